//! Where each ranking puts the memos.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::candidates::{Candidate, Candidates};
use super::fit::{FitOptions, Teachers, cross_validated};
use super::grades::{GradedChange, graded_lists, graded_places};
use super::memos::MemoChange;
use super::standing::Standing;
use crate::dataset::family;
use crate::eval::interval::{interval, resampled};
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
    let families: Vec<String> = queries.iter().map(|query| family(&query.service)).collect();
    let clusters = Clusters::from_keys(families.iter().map(|family| Some(family.as_str())));
    let by = |name: &str, score: &(dyn Fn(&Candidate) -> f64 + Sync)| {
        let scores: Vec<f64> = candidates.all.iter().map(score).collect();
        let places: Vec<Place> = queries.iter().map(|query| Place::by(query, &scores, whole(query))).collect();
        measured(name, &places, &clusters, bootstrap)
    };
    let graded = graded_places(candidates, grades);
    let lists = graded_lists(candidates, &graded);
    let validated = |name: &str, teachers| {
        let scores = cross_validated(candidates, &queries, &lists, teachers, options);
        let placed = |(query, scores): (&Query, &Vec<f64>)| Place::by(query, scores, whole(query));
        let places: Vec<Place> = queries.iter().zip(&scores).map(placed).collect();
        measured(name, &places, &clusters, bootstrap)
    };
    let mut systems = vec![validated("fitted, family left out", Teachers::Both)];
    if !graded.is_empty() {
        systems.push(validated("fitted to grades alone, family left out", Teachers::Grades));
    }
    let chance: Vec<Place> = queries.iter().map(|query| Place::by_chance(query, whole(query))).collect();
    systems.extend([
        by("priority as recorded", &|one| one.priority),
        // No order was made, so there is none to list.
        SystemResult { placed: Vec::new(), ..measured("random order", &chance, &clusters, bootstrap) },
        by("changed words", &|one| one.words),
        by("changed words, returns last", &|one| if one.returns { -1.0 } else { one.words }),
        by("keyword counts", &|one| one.keywords),
        by("clause judgements", &|one| one.substantive),
    ]);
    systems.extend(reader(&queries, candidates, &graded).map(|scores| {
        let places: Vec<Place> = queries.iter().map(|query| Place::by(query, &scores, whole(query))).collect();
        measured(GRADES, &places, &clusters, bootstrap)
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

/// How a memo stands in what it is held against.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// Among its candidates.
    near: Standing,
    /// In its collection; nothing where the records do not hold the whole of it.
    whole: Option<Standing>,
}

impl Place {
    /// The place of the memo of `query` by the scores of all candidates.
    fn by(query: &Query, scores: &[f64], whole: bool) -> Self {
        let score = |at: usize| scores.get(at).copied().unwrap_or(f64::NEG_INFINITY);
        Self {
            near: Standing::by(query.memo, &query.candidates, score),
            whole: whole.then(|| Standing::by(query.memo, &query.collection, score)),
        }
    }

    fn by_chance(query: &Query, whole: bool) -> Self {
        Self {
            near: Standing::by_chance(query.candidates.len()),
            whole: whole.then(|| Standing::by_chance(query.collection.len())),
        }
    }

    /// It for reading.
    fn placed(&self) -> Placed {
        Placed { rank: self.near.rank(), of: self.near.of(), before: self.whole.map(Standing::before) }
    }

    fn row(&self) -> Row {
        DEPTHS
            .iter()
            .map(|&depth| Some(self.near.within(depth)))
            .chain(std::iter::once(Some(self.near.reciprocal())))
            .chain(SHARES.iter().map(|&share| self.whole.map(|whole| whole.within_percent(share))))
            .collect()
    }
}

/// Of each memo: how likely it is within each depth, its reciprocal rank, how likely it is within each share.
type Row = Vec<Option<f64>>;

fn names() -> Vec<String> {
    let depths = DEPTHS.iter().map(|depth| format!("R@{depth}"));
    depths.chain(std::iter::once("MRR".to_owned())).chain(SHARES.iter().map(|share| format!("top {share} %"))).collect()
}

fn measured(name: &str, places: &[Place], clusters: &Clusters, bootstrap: Bootstrap) -> SystemResult {
    let rows: Vec<Row> = places.iter().map(Place::row).collect();
    SystemResult {
        name: name.into(),
        placed: places.iter().map(Place::placed).collect(),
        measures: estimates(&rows, clusters, bootstrap),
    }
}

/// Means over the memos with intervals; whole families of services are drawn, for their memos are alike.
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
        let place = Place::by(&query, &[5.0, 3.0, 3.0, 1.0, 9.0, 0.0, 0.0, 3.0], true);
        let placed = place.placed();
        assert!((placed.rank - 2.5).abs() < 1e-12 && placed.of == 4, "{placed:?}");
        assert_eq!(placed.before, Some(3.0 / 8.0));
        // Second or third of four, each as likely. In its collection two come before it, so no order of its equals
        // puts it into the first tenth of eight.
        let row = place.row();
        assert_eq!((row[0], row[1], row[8]), (Some(0.0), Some(1.0), Some(0.0)));
        assert!((row[4].unwrap() - 5.0 / 12.0).abs() < 1e-12, "{row:?}");
    }

    #[test]
    fn a_ranking_without_an_opinion_does_as_chance_does() {
        let one = |at: i32| Candidate {
            collection: "orchard".into(),
            service: format!("farm {at}"),
            path: at.to_string(),
            commit: "1".into(),
            date: jiff::Timestamp::UNIX_EPOCH,
            returns: false,
            priority: 7.0,
            features: crate::rank::Features::default(),
            words: 7.0,
            keywords: 7.0,
            substantive: 7.0,
            model: false,
        };
        let candidates = Candidates { all: (0..30).map(one).collect() };
        let memo = |at: i32| MemoChange {
            collection: "orchard".into(),
            commit: "1".into(),
            date: String::new(),
            paths: vec![at.to_string()],
            memo: String::new(),
        };
        let bootstrap = Bootstrap { resamples: 20, seed: 1 };
        let report = compare_rankings(&candidates, &[memo(3), memo(8)], &[], &[], FitOptions::default(), bootstrap);
        let of = |name: &str| report.systems.iter().find(|one| one.name == name).unwrap();
        let chance = of("random order");
        assert!(chance.placed.is_empty());
        for name in ["priority as recorded", "changed words", "keyword counts", "clause judgements"] {
            assert_eq!(of(name).measures, chance.measures, "{name}");
        }
        // One of thirty is in the top tenth with three, in the top fiftieth with one of them.
        for (measure, expected) in [("R@3", 0.1), ("top 10 %", 0.1), ("top 2 %", 1.0 / 30.0)] {
            let (_, found) = chance.measures.iter().find(|(name, _)| name == measure).unwrap();
            assert!((found.unwrap().value - expected).abs() < 1e-12, "{measure}: {found:?}");
        }
    }
}
