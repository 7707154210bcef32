//! What a priority is read from, gathered from the stages.

use crate::align::ClauseChange;
use crate::infer::{ClauseView, Judgement};
use crate::rank::RankedClause;
use crate::record::ranges;
use crate::segment::Segmentation;

/// Clause changes as features are read from them; without judgements where there are none.
pub(super) fn judged<'a>(
    views: impl Iterator<Item = ClauseView<'a>>,
    judgements: &'a [Judgement],
    returning: &[bool],
) -> Vec<RankedClause<'a>> {
    views
        .enumerate()
        .map(|(at, view)| RankedClause {
            before: view.before,
            after: view.after,
            redline: match view.change {
                ClauseChange::Modified { redline, .. } => Some(redline),
                _ => None,
            },
            moved: matches!(view.change, ClauseChange::Moved { .. }),
            judgement: judgements.get(at),
            returning: returning.get(at).copied().unwrap_or(false),
        })
        .collect()
}

/// Of each clause change the hashes of what went and of what came; moves neither come nor go.
pub(super) fn touched(
    changes: &[ClauseChange],
    old: &Segmentation,
    new: &Segmentation,
) -> Vec<(Option<u64>, Option<u64>)> {
    changes
        .iter()
        .map(|change| {
            if matches!(change, ClauseChange::Moved { .. }) {
                return (None, None);
            }
            let (before, after) = ranges(change);
            let hash = |side: &Segmentation, range: std::ops::Range<u32>| {
                let clauses = side.clauses.get(range.start as usize..range.end as usize).unwrap_or_default();
                clauses.iter().fold(0_u64, |hash, clause| hash.rotate_left(7) ^ clause.hash)
            };
            (before.map(|range| hash(old, range)), after.map(|range| hash(new, range)))
        })
        .collect()
}
