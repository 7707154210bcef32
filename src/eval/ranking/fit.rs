//! Fitting the weights: listwise logistic regression.
//!
//! The probability that a candidate is picked from its list is a softmax over weighted features; the
//! weights make the picks as probable as they can be, less a penalty on their squares (features are
//! scaled to unit variance for it). A memo is one pick from what its collection recorded in those
//! days; a graded change is picked by a share of a memo, from all graded changes of its collection.
//! Newton's method on a strictly convex function: one answer, the same on every machine. A weight
//! whose sign is known is kept to it.

use std::collections::BTreeMap;

use super::candidates::Candidates;
use super::grades::{GradedChange, graded_lists, graded_places};
use super::list::List;
use super::measure::Query;
use crate::dataset::family;
use crate::eval::metrics::count;
use crate::rank::{Feature, Features, Weights};

const SIZE: usize = Feature::COUNT;
/// Steps after which Newton's method is stopped; it takes about ten.
const STEPS: usize = 100;
/// The score in the middle of all document changes, in points, and that of the first in a hundred.
const MIDDLE: f64 = 15.0;
const HIGH: f64 = 85.0;

/// How to fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitOptions {
    /// Penalty on the squares of the scaled weights.
    pub penalty: f64,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self { penalty: 3.0 }
    }
}

type Vector = [f64; SIZE];

/// The deviations of the features over all candidates of all lists.
fn deviations(candidates: &Candidates, lists: &[List]) -> Vector {
    let rows = || lists.iter().flat_map(|list| &list.candidates).filter_map(|&at| candidates.all.get(at));
    let total = count(rows().count()).max(1.0);
    std::array::from_fn(|at| {
        let value = |features: &Features| Feature::ALL.get(at).map_or(0.0, |&feature| features.get(feature));
        let mean = rows().map(|row| value(&row.features)).sum::<f64>() / total;
        (rows().map(|row| (value(&row.features) - mean).powi(2)).sum::<f64>() / total).sqrt()
    })
}

fn scaled(features: &Features, deviations: &Vector) -> Vector {
    std::array::from_fn(|at| match (Feature::ALL.get(at), deviations.get(at)) {
        (Some(&feature), Some(&deviation)) if deviation > 1e-9 => features.get(feature) / deviation,
        _ => 0.0,
    })
}

fn dot(a: &Vector, b: &Vector) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A list ready for the fit: the scaled features of its candidates, and the picks.
type Rows = (Vec<Vector>, Vec<f64>);

/// The scaled weights that fit `lists` best.
fn solve(candidates: &Candidates, lists: &[List], deviations: &Vector, options: FitOptions) -> Vector {
    let rows: Vec<Rows> = lists
        .iter()
        .map(|list| {
            let of = |&at: &usize| candidates.all.get(at).map_or([0.0; SIZE], |one| scaled(&one.features, deviations));
            (list.candidates.iter().map(of).collect(), list.picks.clone())
        })
        .collect();
    let mut weights = [0.0; SIZE];
    for _ in 0..STEPS {
        let (gradient, hessian) = slopes(&rows, &weights, options.penalty);
        // A weight that stands at zero and would go where it must not is left out of this step.
        let free: Vec<usize> = (0..SIZE)
            .filter(|&at| {
                let sign = sign(at);
                sign == 0.0 || weights[at] * sign > 1e-12 || gradient[at] * sign < 0.0
            })
            .collect();
        let step = newton(&gradient, &hessian, &free);
        let mut moved = 0.0_f64;
        for (&at, step) in free.iter().zip(step) {
            let mut next = weights[at] - step;
            if next * sign(at) < 0.0 {
                next = 0.0;
            }
            moved = moved.max((next - weights[at]).abs());
            weights[at] = next;
        }
        if moved < 1e-9 {
            break;
        }
    }
    weights
}

fn sign(at: usize) -> f64 {
    Feature::ALL.get(at).map_or(0.0, |feature| f64::from(feature.sign()))
}

/// Gradient and Hessian of the penalised negative log likelihood.
fn slopes(rows: &[Rows], weights: &Vector, penalty: f64) -> (Vector, Vec<Vector>) {
    let mut gradient: Vector = std::array::from_fn(|at| penalty * weights[at]);
    let mut hessian = vec![[0.0; SIZE]; SIZE];
    for (at, row) in hessian.iter_mut().enumerate() {
        row[at] = penalty;
    }
    for (candidates, picks) in rows {
        let picked: f64 = picks.iter().sum();
        let scores: Vec<f64> = candidates.iter().map(|row| dot(row, weights)).collect();
        let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let powers: Vec<f64> = scores.iter().map(|score| (score - most).exp()).collect();
        let total: f64 = powers.iter().sum();
        let mut mean = [0.0; SIZE];
        for (row, power) in candidates.iter().zip(&powers) {
            for (slot, value) in mean.iter_mut().zip(row) {
                *slot += power / total * value;
            }
        }
        for (row, power) in candidates.iter().zip(&powers) {
            let share = picked * power / total;
            let off: Vector = std::array::from_fn(|at| row[at] - mean[at]);
            for (line, a) in hessian.iter_mut().zip(&off) {
                for (cell, b) in line.iter_mut().zip(&off) {
                    *cell += share * a * b;
                }
            }
        }
        for (row, pick) in candidates.iter().zip(picks).filter(|(_, pick)| **pick > 0.0) {
            for ((slot, value), mean) in gradient.iter_mut().zip(row).zip(&mean) {
                *slot -= pick * (value - mean);
            }
        }
    }
    (gradient, hessian)
}

/// Solves the Hessian's rows and columns `free` for the gradient: Gauss elimination with the largest pivot.
fn newton(gradient: &Vector, hessian: &[Vector], free: &[usize]) -> Vec<f64> {
    let size = free.len();
    let mut rows: Vec<Vec<f64>> = free
        .iter()
        .map(|&a| free.iter().map(|&b| hessian[a][b]).chain(std::iter::once(gradient[a])).collect())
        .collect();
    for column in 0..size {
        let pivot = (column..size).max_by(|&a, &b| rows[a][column].abs().total_cmp(&rows[b][column].abs()));
        rows.swap(column, pivot.unwrap_or(column));
        let lead = rows[column].clone();
        if lead[column].abs() < 1e-12 {
            continue;
        }
        for row in rows.iter_mut().skip(column + 1) {
            let factor = row[column] / lead[column];
            for (cell, above) in row.iter_mut().zip(&lead) {
                *cell -= factor * above;
            }
        }
    }
    let mut found = vec![0.0; size];
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size).map(|column| rows[row][column] * found[column]).sum();
        let lead = rows[row][row];
        found[row] = if lead.abs() < 1e-12 { 0.0 } else { (rows[row][size] - known) / lead };
    }
    found
}

/// The weights that fit all `queries` and `grades`, in points: so scaled that the middle one of all
/// document changes has few points and the first in a hundred many. Nothing where a feature is so
/// large that they cannot be reckoned in finite numbers.
#[must_use]
pub fn fitted(
    candidates: &Candidates,
    queries: &[Query],
    grades: &[GradedChange],
    options: FitOptions,
    notes: BTreeMap<String, String>,
) -> Option<Weights> {
    let mut lists = graded_lists(candidates, &graded_places(candidates, grades));
    lists.extend(queries.iter().map(List::of_memo));
    let deviations = deviations(candidates, &lists);
    let weights = solve(candidates, &lists, &deviations, options);
    let mut scores: Vec<f64> =
        candidates.all.iter().map(|one| dot(&scaled(&one.features, &deviations), &weights)).collect();
    scores.sort_by(f64::total_cmp);
    let at = |permille: usize| scores.get(scores.len() * permille / 1000).copied().unwrap_or(0.0);
    let (middle, high) = (at(500), at(990));
    let unit = if high > middle { (HIGH - MIDDLE) / (high - middle) } else { 1.0 };
    let rounded = |points: f64| (points * 1000.0).round() / 1000.0 + 0.0;
    let points = (0..SIZE).filter_map(|at| {
        let (feature, deviation) = (Feature::ALL.get(at)?, deviations.get(at).filter(|it| **it > 1e-9)?);
        Some((feature.words().to_owned(), rounded(weights.get(at)? / deviation * unit)))
    });
    let points: Vec<(String, f64)> = points.collect();
    let start = rounded(MIDDLE - middle * unit);
    // A feature that spreads without end would only lose its weight, in silence.
    if !(start.is_finite() && deviations.iter().chain(points.iter().map(|(_, it)| it)).all(|it| it.is_finite())) {
        return None;
    }
    Some(Weights { start, points: points.into_iter().filter(|(_, it)| it.abs() > 0.0).collect(), fitted: notes })
}

/// What weights are fitted to under cross-validation, beside the penalty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Teachers {
    /// The memos and the graded changes of other families of services.
    Both,
    /// The graded changes of other families alone: no memo is used.
    Grades,
}

/// Scores of all candidates for each query, by weights fitted without any change of the family of the query's service,
/// picked or not: services of one company copy clauses from each other.
#[must_use]
pub(super) fn cross_validated(
    candidates: &Candidates,
    queries: &[Query],
    graded: &[List],
    teachers: Teachers,
    options: FitOptions,
) -> Vec<Vec<f64>> {
    let memos: Vec<List> = queries.iter().map(List::of_memo).collect();
    let all: Vec<List> = graded.iter().chain(&memos).cloned().collect();
    // How far features spread says nothing about which change was picked.
    let deviations = deviations(candidates, &all);
    let rows: Vec<Vector> = candidates.all.iter().map(|one| scaled(&one.features, &deviations)).collect();
    let taught = match teachers {
        Teachers::Both => all.as_slice(),
        Teachers::Grades => graded,
    };
    let families: Vec<String> = candidates.all.iter().map(|one| family(&one.service)).collect();
    let own: Vec<String> = queries.iter().map(|query| family(&query.service)).collect();
    let mut by_family: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for left_out in own.iter().map(String::as_str) {
        by_family.entry(left_out).or_insert_with(|| {
            // Its own memos lose their pick with it, and a list without a pick teaches nothing.
            let lists: Vec<List> = taught.iter().map(|list| list.without(&families, left_out)).collect();
            let weights = solve(candidates, &lists, &deviations, options);
            rows.iter().map(|row| dot(row, &weights)).collect()
        });
    }
    own.iter().map(|family| by_family.get(family.as_str()).cloned().unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::ranking::Candidate;

    /// Lists of four in which the memo has most of one feature, of a second that misleads, and of
    /// a third whose sign forbids what the data say.
    fn data() -> (Candidates, Vec<Query>) {
        let mut candidates = Candidates::default();
        let mut queries = Vec::new();
        for list in 0..12_u32 {
            let first = candidates.all.len();
            for nth in 0..4_u32 {
                let mut features = Features::default();
                let telling = if nth == 0 { 2.0 } else { 1.0 + f64::from((list + nth) % 3) / 2.0 };
                features.set(Feature::Words, telling);
                features.set(Feature::Named, f64::from((list * 7 + nth * 5) % 4));
                features.set(Feature::Block, if nth == 0 { 1.0 } else { 0.2 });
                candidates.all.push(Candidate {
                    collection: "orchard".into(),
                    service: format!("farm {list}"),
                    path: format!("{list}/{nth}"),
                    commit: nth.to_string(),
                    date: jiff::Timestamp::UNIX_EPOCH,
                    returns: false,
                    priority: 0.0,
                    features,
                    words: 0.0,
                    keywords: 0.0,
                    substantive: 0.0,
                    model: false,
                });
            }
            let places: Vec<usize> = (first..first + 4).collect();
            queries.push(Query {
                memo_name: String::new(),
                service: format!("farm {list}"),
                memo: first,
                candidates: places.clone(),
                collection: places,
            });
        }
        (candidates, queries)
    }

    #[test]
    fn the_fit_stands_where_no_free_weight_can_do_better() {
        let (candidates, queries) = data();
        let all: Vec<List> = queries.iter().map(List::of_memo).collect();
        let deviations = deviations(&candidates, &all);
        let options = FitOptions { penalty: 0.5 };
        let found = solve(&candidates, &all, &deviations, options);
        assert!(found[Feature::Words as usize] > 0.3, "{found:?}");
        assert!(found[Feature::Block as usize].abs() < 1e-9, "a block can only lower: {found:?}");
        let loss = |weights: &Vector| -> f64 {
            let penalty: f64 = weights.iter().map(|weight| weight * weight * 0.25).sum();
            let lists: f64 = queries
                .iter()
                .map(|query| {
                    let score = |&at: &usize| dot(&scaled(&candidates.all[at].features, &deviations), weights);
                    query.candidates.iter().map(|at| score(at).exp()).sum::<f64>().ln() - score(&query.memo)
                })
                .sum();
            penalty + lists
        };
        let best = loss(&found);
        for feature in [Feature::Words, Feature::Named] {
            for step in [-1e-3, 1e-3] {
                let mut other = found;
                other[feature as usize] = (other[feature as usize] + step).max(0.0);
                assert!(loss(&other) >= best - 1e-12, "{feature:?} {step}");
            }
        }
    }

    #[test]
    fn weights_that_are_no_finite_numbers_are_never_given() {
        let (mut candidates, queries) = data();
        let fit = |candidates: &Candidates| fitted(candidates, &queries, &[], FitOptions::default(), BTreeMap::new());
        let weights = fit(&candidates).expect("weights");
        assert!(weights.start.is_finite() && !weights.points.is_empty());
        assert!(weights.points.values().all(|points| points.is_finite()));
        candidates.all[0].features.set(Feature::Words, 1e303);
        assert_eq!(fit(&candidates), None, "its spread is beyond all numbers");
    }

    #[test]
    fn a_service_is_never_scored_by_weights_that_saw_its_memos_or_grades() {
        let (candidates, mut queries) = data();
        let options = FitOptions::default();
        let graded = |own: f64| {
            vec![List {
                candidates: (0..candidates.all.len()).collect(),
                picks: (0..candidates.all.len()).map(|at| if at < 4 { own } else { 0.1 }).collect(),
            }]
        };
        let scored =
            |queries: &[Query], own, teachers| cross_validated(&candidates, queries, &graded(own), teachers, options);
        let before = scored(&queries, 0.0, Teachers::Both);
        let grades_alone = scored(&queries, 0.0, Teachers::Grades);
        // Another memo of the first service, or another grade, changes the scores of all others and not its own.
        assert_eq!(before[0], scored(&queries, 0.9, Teachers::Both)[0]);
        assert_ne!(before[1], scored(&queries, 0.9, Teachers::Both)[1]);
        queries[0].memo += 1;
        let after = scored(&queries, 0.0, Teachers::Both);
        assert_eq!(before[0], after[0]);
        assert_ne!(before[1], after[1]);
        assert_eq!(grades_alone, scored(&queries, 0.0, Teachers::Grades), "no memo is used");
    }

    #[test]
    fn a_family_is_left_out_of_the_memos_of_others_as_well() {
        let (mut candidates, queries) = data();
        let options = FitOptions::default();
        // The wordy changes of the first farm stand beside the memo of one other farm, not picked: beside the wordiest
        // memo or a short one. The features spread alike whichever it is.
        for (at, words) in [(0, 4.0), (1, 4.0), (2, 4.0), (3, 4.0), (4, 5.0)] {
            candidates.all[at].features.set(Feature::Words, words);
        }
        let scored = |beside: usize| {
            let mut queries = queries.clone();
            queries[beside].candidates.extend(0..4);
            cross_validated(&candidates, &queries, &[], Teachers::Both, options)
        };
        let apart = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let (a, b) = (scored(1), scored(2));
        assert!(apart(&a[0], &b[0]) < 1e-6, "its own changes say nothing of it: {}", apart(&a[0], &b[0]));
        assert!(apart(&a[5], &b[5]) > 1e-5, "those of others do: {}", apart(&a[5], &b[5]));
    }

    #[test]
    fn services_of_one_company_are_left_out_together() {
        let (mut candidates, mut queries) = data();
        for (farm, name) in [(0, "Facebook"), (3, "Instagram")] {
            queries[farm].service = name.into();
            candidates.all[4 * farm..4 * farm + 4].iter_mut().for_each(|one| one.service = name.into());
        }
        let scored =
            |queries: &[Query]| cross_validated(&candidates, queries, &[], Teachers::Both, FitOptions::default());
        let before = scored(&queries);
        queries[3].memo += 1;
        let after = scored(&queries);
        assert_eq!((&before[0], &before[3]), (&after[0], &after[3]));
        assert_ne!(before[1], after[1]);
    }
}
