//! Where each ranking puts the memos.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::candidates::{Candidate, Candidates};
use super::fit::{FitOptions, Teachers, cross_validated};
use super::grades::{GradedChange, graded_lists, graded_places};
use super::memos::MemoChange;
use crate::eval::interval::{interval, resampled};
use crate::eval::metrics::count;
use crate::eval::{Bootstrap, Clusters, Estimate};

/// A memo competes with what was recorded this long before and after it.
const WINDOW: SignedDuration = SignedDuration::from_hours(84);
/// Ranks up to which recall is reported.
const DEPTHS: [usize; 4] = [1, 3, 5, 10];
/// Shares of a collection, in percent.
const SHARES: [usize; 4] = [1, 2, 5, 10];

/// The name of the order that the grades give.
pub(super) const GRADES: &str = "the grades themselves";

/// A memo change with its candidates.
#[derive(Debug, Clone)]
pub struct Query {
    /// What the list says of it.
    pub memo_name: String,
    /// Its service.
    pub service: String,
    /// Its place among all candidates.
    pub memo: usize,
    /// Places of what it competes with, itself among them.
    pub candidates: Vec<usize>,
    /// Places of its whole collection.
    pub collection: Vec<usize>,
}

/// Where a ranking put a memo.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// From 1; the mean of the places that equals share.
    pub rank: f64,
    /// Among so many.
    pub of: usize,
    /// The share of its collection that comes before it; nothing where the records do not hold the whole collection.
    pub before: Option<f64>,
}

/// How one ranking does.
#[derive(Debug, Clone)]
pub struct SystemResult {
    /// Its name.
    pub name: String,
    /// Where it put each memo; empty for chance.
    pub placed: Vec<Placed>,
    /// Measures with intervals, by name.
    pub measures: Vec<(String, Option<Estimate>)>,
}

/// All that was measured.
#[derive(Debug)]
pub struct RankingReport {
    /// The memo changes that were found.
    pub queries: Vec<Query>,
    /// Memo changes that the records do not hold, or that are left out (first records, upgrades).
    pub missing: Vec<String>,
    /// Graded changes that the records hold.
    pub graded: usize,
    /// The systems, in the order of the table.
    pub systems: Vec<SystemResult>,
    /// Document changes compared.
    pub compared: usize,
    /// Collections that count for the shares of a whole collection.
    pub whole: Vec<String>,
    /// How intervals were made.
    pub bootstrap: Bootstrap,
}

/// Finds the memos among the candidates.
fn queries(candidates: &Candidates, memos: &[MemoChange]) -> (Vec<Query>, Vec<String>) {
    let mut by_collection: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, one) in candidates.all.iter().enumerate() {
        by_collection.entry(&one.collection).or_default().push(at);
    }
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for memo in memos {
        let collection = by_collection.get(memo.collection.as_str()).cloned().unwrap_or_default();
        for path in &memo.paths {
            let is = |one: &Candidate| one.commit == memo.commit && one.path == *path;
            let place = collection.iter().copied().find(|&at| candidates.all.get(at).is_some_and(is));
            let Some((place, one)) = place.and_then(|place| Some((place, candidates.all.get(place)?))) else {
                missing.push(format!("{} {} {path}", memo.collection, memo.commit.get(..8).unwrap_or(&memo.commit)));
                continue;
            };
            let near = |at: &usize| {
                candidates.all.get(*at).is_some_and(|other| other.date.duration_since(one.date).abs() <= WINDOW)
            };
            found.push(Query {
                memo_name: memo.memo.clone(),
                service: one.service.clone(),
                memo: place,
                candidates: collection.iter().copied().filter(near).collect(),
                collection: collection.clone(),
            });
        }
    }
    (found, missing)
}

/// Measures the built-in priority, the fitted model under cross-validation, and the baselines.
///
/// `partial` names collections of which the records hold only a part: shares of the whole leave them out.
#[must_use]
pub fn compare_rankings(
    candidates: &Candidates,
    memos: &[MemoChange],
    grades: &[GradedChange],
    partial: &[String],
    options: FitOptions,
    bootstrap: Bootstrap,
) -> RankingReport {
    let (queries, missing) = queries(candidates, memos);
    let whole = |query: &Query| candidates.all.get(query.memo).is_some_and(|one| !partial.contains(&one.collection));
    let clusters = Clusters::from_keys(queries.iter().map(|query| Some(query.service.as_str())));
    let by = |name: &str, score: &(dyn Fn(&Candidate) -> f64 + Sync)| {
        let scores: Vec<f64> = candidates.all.iter().map(score).collect();
        let placed: Vec<Placed> = queries.iter().map(|query| place(query, &scores, whole(query))).collect();
        measured(name, placed, &clusters, bootstrap)
    };
    let graded = graded_places(candidates, grades);
    let lists = graded_lists(candidates, &graded);
    let validated = |name: &str, teachers| {
        let scores = cross_validated(candidates, &queries, &lists, teachers, options);
        let placed = queries.iter().zip(&scores).map(|(query, scores)| place(query, scores, whole(query))).collect();
        measured(name, placed, &clusters, bootstrap)
    };
    let mut systems = vec![validated("fitted, service left out", Teachers::Both)];
    if !graded.is_empty() {
        systems.push(validated("fitted to grades alone, service left out", Teachers::Grades));
    }
    systems.extend([
        by("priority as recorded", &|one| one.priority),
        chance(&queries, candidates, partial, &clusters, bootstrap),
        by("changed words", &|one| one.words),
        by("changed words, returns last", &|one| if one.returns { -1.0 } else { one.words }),
        by("keyword counts", &|one| one.keywords),
        by("clause judgements", &|one| one.substantive),
    ]);
    systems.extend(reader(&queries, candidates, &graded).map(|scores| {
        let placed = queries.iter().map(|query| place(query, &scores, whole(query))).collect();
        measured(GRADES, placed, &clusters, bootstrap)
    }));
    let mut names: Vec<String> = queries
        .iter()
        .filter_map(|query| candidates.all.get(query.memo))
        .map(|one| one.collection.clone())
        .filter(|name| !partial.contains(name))
        .collect();
    names.sort();
    names.dedup();
    RankingReport {
        queries,
        missing,
        graded: graded.len(),
        systems,
        compared: candidates.all.len(),
        whole: names,
        bootstrap,
    }
}

/// The scores of one who reads the changes and grades them, as far as a tool that judges like one could get. What
/// has no grade comes last, so they say something only where every memo has one.
fn reader(queries: &[Query], candidates: &Candidates, graded: &[(usize, f64)]) -> Option<Vec<f64>> {
    const UNREAD: f64 = -1.0;
    let mut scores = vec![UNREAD; candidates.all.len()];
    for &(at, grade) in graded {
        if let Some(score) = scores.get_mut(at) {
            *score = grade;
        }
    }
    let read = |query: &Query| scores.get(query.memo).is_some_and(|&score| score > UNREAD);
    (!graded.is_empty() && queries.iter().all(read)).then_some(scores)
}

/// The place of the memo; equals share the mean of their places.
fn place(query: &Query, scores: &[f64], whole: bool) -> Placed {
    let score = |at: &usize| scores.get(*at).copied().unwrap_or(f64::NEG_INFINITY);
    let own = score(&query.memo);
    let ahead = |among: &[usize]| -> f64 {
        among
            .iter()
            .filter(|at| **at != query.memo)
            .map(|at| match score(at).total_cmp(&own) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            })
            .sum()
    };
    Placed {
        rank: 1.0 + ahead(&query.candidates),
        of: query.candidates.len(),
        before: whole.then(|| ahead(&query.collection) / count(query.collection.len()).max(1.0)),
    }
}

/// Of each memo: whether it is within each depth, its reciprocal rank, whether it is within each share.
type Row = Vec<Option<f64>>;

fn names() -> Vec<String> {
    let depths = DEPTHS.iter().map(|depth| format!("R@{depth}"));
    depths.chain(std::iter::once("MRR".to_owned())).chain(SHARES.iter().map(|share| format!("top {share} %"))).collect()
}

fn row(placed: &Placed) -> Row {
    let hit = |yes: bool| Some(f64::from(u8::from(yes)));
    let depths = DEPTHS.iter().map(|&depth| hit(placed.rank <= count(depth)));
    depths
        .chain(std::iter::once(Some(1.0 / placed.rank)))
        .chain(SHARES.iter().map(|&share| placed.before.and_then(|before| hit(before < count(share) / 100.0))))
        .collect()
}

/// Chance: the expectation over all orders.
fn chance(
    queries: &[Query],
    candidates: &Candidates,
    partial: &[String],
    clusters: &Clusters,
    bootstrap: Bootstrap,
) -> SystemResult {
    let rows: Vec<Row> = queries
        .iter()
        .map(|query| {
            let size = query.candidates.len().max(1);
            let whole = candidates.all.get(query.memo).is_some_and(|one| !partial.contains(&one.collection));
            let depths = DEPTHS.iter().map(|&depth| Some(count(depth.min(size)) / count(size)));
            let reciprocal = (1..=size).map(|rank| 1.0 / count(rank)).sum::<f64>() / count(size);
            depths
                .chain(std::iter::once(Some(reciprocal)))
                .chain(SHARES.iter().map(|&share| whole.then_some(count(share) / 100.0)))
                .collect()
        })
        .collect();
    SystemResult { name: "random order".into(), placed: Vec::new(), measures: estimates(&rows, clusters, bootstrap) }
}

fn measured(name: &str, placed: Vec<Placed>, clusters: &Clusters, bootstrap: Bootstrap) -> SystemResult {
    let rows: Vec<Row> = placed.iter().map(row).collect();
    SystemResult { name: name.into(), measures: estimates(&rows, clusters, bootstrap), placed }
}

/// Means over the memos with intervals; whole services are drawn, for their memos are alike.
fn estimates(rows: &[Row], clusters: &Clusters, bootstrap: Bootstrap) -> Vec<(String, Option<Estimate>)> {
    let names = names();
    let means = |weights: &[f64]| -> Vec<f64> {
        (0..names.len())
            .map(|column| {
                let cells =
                    rows.iter().zip(weights).filter_map(|(row, weight)| Some((*row.get(column)?.as_ref()?, weight)));
                let (sum, total) =
                    cells.fold((0.0, 0.0), |(sum, total), (cell, weight)| (sum + cell * weight, total + weight));
                if total > 0.0 { sum / total } else { f64::NAN }
            })
            .collect()
    };
    let values = means(&vec![1.0; rows.len()]);
    let drawn = resampled(clusters, bootstrap, means);
    names
        .iter()
        .zip(values)
        .enumerate()
        .map(|(column, (name, value))| {
            let estimate = value.is_finite().then(|| Estimate { value, interval: interval(&drawn, column) });
            (name.clone(), estimate)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_share_their_places() {
        let query = Query {
            memo_name: String::new(),
            service: String::new(),
            memo: 1,
            candidates: vec![0, 1, 2, 3],
            collection: vec![0, 1, 2, 3, 4, 5, 6, 7],
        };
        let placed = place(&query, &[5.0, 3.0, 3.0, 1.0, 9.0, 0.0, 0.0, 3.0], true);
        assert!((placed.rank - 2.5).abs() < 1e-12, "{placed:?}");
        assert_eq!(placed.before, Some(3.0 / 8.0));
        let row = row(&placed);
        assert_eq!((row[0], row[1], row[4]), (Some(0.0), Some(1.0), Some(0.4)));
    }
}
