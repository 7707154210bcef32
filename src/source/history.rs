//! The order of commits: parents before children, whatever their dates.

use std::collections::HashSet;

use gix::ObjectId;

/// A commit as the walk needs it.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) id: ObjectId,
    pub(super) parents: Vec<ObjectId>,
    pub(super) tree: ObjectId,
    pub(super) message: String,
    /// Seconds since the epoch.
    pub(super) seconds: i64,
}

/// The commits reachable from `tips`, parents first; among those that could come next, the one
/// that the first parents lead to. Deterministic: it depends on nothing but the graph.
///
/// Iterative depth-first post-order, linear in commits and edges.
pub(super) fn parents_first<E>(
    tips: &[ObjectId],
    mut load: impl FnMut(ObjectId) -> Result<Node, E>,
) -> Result<Vec<Node>, E> {
    let mut entered = HashSet::new();
    let mut ordered = Vec::new();
    for &tip in tips {
        let mut stack: Vec<(Node, usize)> = Vec::new();
        enter(tip, &mut entered, &mut stack, &mut load)?;
        while let Some((node, next)) = stack.last_mut() {
            if let Some(&parent) = node.parents.get(*next) {
                *next += 1;
                enter(parent, &mut entered, &mut stack, &mut load)?;
            } else if let Some((node, _)) = stack.pop() {
                ordered.push(node);
            }
        }
    }
    Ok(ordered)
}

fn enter<E>(
    id: ObjectId,
    entered: &mut HashSet<ObjectId>,
    stack: &mut Vec<(Node, usize)>,
    load: &mut impl FnMut(ObjectId) -> Result<Node, E>,
) -> Result<(), E> {
    if entered.insert(id) {
        stack.push((load(id)?, 0));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    fn id(n: u8) -> ObjectId {
        ObjectId::Sha1([n; 20])
    }

    #[test]
    fn parents_come_first_whatever_the_dates() {
        // 1 ← 2 ← 4 (merge of 2 and 3), 1 ← 3.
        let parents = |n: u8| match n {
            2 | 3 => vec![id(1)],
            4 => vec![id(2), id(3)],
            _ => vec![],
        };
        let load = |at: ObjectId| {
            let n = at.as_slice()[0];
            let (message, seconds) = (String::new(), -i64::from(n));
            Ok::<_, Infallible>(Node { id: at, parents: parents(n), tree: at, message, seconds })
        };
        let order = parents_first(&[id(4)], load)
            .map(|nodes| nodes.iter().map(|node| node.id.as_slice()[0]).collect::<Vec<_>>());
        assert_eq!(order, Ok(vec![1, 2, 3, 4]));
    }
}
