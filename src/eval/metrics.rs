//! The measures, each over weighted items.
//!
//! Weights are how often an item was drawn in a resample, so one function serves the point estimate
//! (all weights 1) and the bootstrap. Definitions are those of scikit-learn, whose numbers
//! `tests/eval_reference.rs` compares with; where scikit-learn returns 0 with a warning, a measure
//! here is `None`.

/// Bins of a reliability diagram: equal in width, as in Guo et al. 2017,
/// <https://arxiv.org/abs/1706.04599>.
pub const BINS: usize = 15;

/// How often a label was given and predicted.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Counts {
    /// Given and predicted.
    pub both: f64,
    /// Predicted, not given.
    pub predicted_only: f64,
    /// Given, not predicted.
    pub given_only: f64,
}

impl Counts {
    /// Adds an item of `weight`.
    pub fn add(&mut self, given: bool, predicted: bool, weight: f64) {
        match (given, predicted) {
            (true, true) => self.both += weight,
            (false, true) => self.predicted_only += weight,
            (true, false) => self.given_only += weight,
            (false, false) => {}
        }
    }

    /// Adds what another has counted.
    pub fn merge(&mut self, other: Self) {
        self.both += other.both;
        self.predicted_only += other.predicted_only;
        self.given_only += other.given_only;
    }

    /// Items with the label.
    #[must_use]
    pub fn support(&self) -> f64 {
        self.both + self.given_only
    }

    /// Items predicted to have it.
    #[must_use]
    pub fn predicted(&self) -> f64 {
        self.both + self.predicted_only
    }

    /// Share of the predictions that are right; none without a prediction.
    #[must_use]
    pub fn precision(&self) -> Option<f64> {
        share(self.both, self.predicted())
    }

    /// Share of the labels that are found; none without a label.
    #[must_use]
    pub fn recall(&self) -> Option<f64> {
        share(self.both, self.support())
    }

    /// Harmonic mean of both; none where there is neither label nor prediction.
    #[must_use]
    pub fn f1(&self) -> Option<f64> {
        share(2.0 * self.both, self.support() + self.predicted())
    }
}

/// `part / whole`; none of nothing.
#[must_use]
pub fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// The mean of what is there; none of nothing.
#[must_use]
pub fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.into_iter().fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    share(sum, count)
}

/// A count as a number to reckon with.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of items are far below 2^52")]
pub fn count(of: usize) -> f64 {
    of as f64
}

/// Items by descending score, with equal scores in one group: what a ranking measure walks over.
#[derive(Debug, Clone, Default)]
pub struct Ranking {
    /// Items, and whether the item is the last of its group.
    order: Vec<(u32, bool)>,
}

/// One point of a precision-recall curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// Share of the labels found at this score or above.
    pub recall: f64,
    /// Share of the predictions right at this score or above.
    pub precision: f64,
    /// The score.
    pub score: f64,
}

impl Ranking {
    /// The ranking of items with `scores`. Ties keep the order of the items.
    #[must_use]
    pub fn of(scores: &[f64]) -> Self {
        // Zero and minus zero are equals.
        let mut items: Vec<(u32, f64)> = (0..).zip(scores.iter().map(|score| score + 0.0)).collect();
        items.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let order = items
            .iter()
            .enumerate()
            .map(|(at, &(item, score))| (item, items.get(at + 1).is_none_or(|next| next.1.total_cmp(&score).is_ne())))
            .collect();
        Self { order }
    }

    /// Calls `visit` with what is found and what is predicted down to each group, and its last item.
    fn walk(&self, given: impl Fn(u32) -> bool, weight: impl Fn(u32) -> f64, mut visit: impl FnMut(f64, f64, u32)) {
        let (mut found, mut predicted) = (0.0, 0.0);
        for &(item, last) in &self.order {
            let weight = weight(item);
            predicted += weight;
            if given(item) {
                found += weight;
            }
            if last && predicted > 0.0 {
                visit(found, predicted, item);
            }
        }
    }

    /// Average precision: precision at each score, weighted by the gain in recall, without
    /// interpolation. None without a label.
    #[must_use]
    pub fn average_precision(&self, given: impl Fn(u32) -> bool, weight: impl Fn(u32) -> f64) -> Option<f64> {
        let (mut sum, mut before) = (0.0, 0.0);
        self.walk(given, weight, |found, predicted, _| {
            sum += (found - before) * found / predicted;
            before = found;
        });
        share(sum, before)
    }

    /// The precision-recall curve, best scores first.
    #[must_use]
    pub fn curve(&self, given: impl Fn(u32) -> bool, scores: &[f64]) -> Vec<CurvePoint> {
        let mut points = Vec::new();
        self.walk(
            given,
            |_| 1.0,
            |found, predicted, item| {
                let score = scores.get(item as usize).copied().unwrap_or_default();
                points.push(CurvePoint { recall: found, precision: found / predicted, score });
            },
        );
        let all = points.last().map_or(0.0, |last| last.recall);
        for point in &mut points {
            point.recall = share(point.recall, all).unwrap_or_default();
        }
        points
    }
}

/// How often each of three labels was taken for each: rows are what was given, columns what was predicted.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Confusion(pub [[f64; 3]; 3]);

impl Confusion {
    /// Adds an item of `weight`.
    pub fn add(&mut self, given: usize, predicted: usize, weight: f64) {
        if let Some(cell) = self.0.get_mut(given).and_then(|row| row.get_mut(predicted)) {
            *cell += weight;
        }
    }

    /// Counts of one label against the two others.
    #[must_use]
    pub fn counts(&self, label: usize) -> Counts {
        let mut counts = Counts::default();
        for (given, row) in self.0.iter().enumerate() {
            for (predicted, &weight) in row.iter().enumerate() {
                counts.add(given == label, predicted == label, weight);
            }
        }
        counts
    }

    fn total(&self) -> f64 {
        self.0.iter().flatten().sum()
    }

    /// Share of items predicted right.
    #[must_use]
    pub fn accuracy(&self) -> Option<f64> {
        share((0..3).map(|label| self.counts(label).both).sum(), self.total())
    }

    /// Mean F1 of the labels that were given or predicted.
    #[must_use]
    pub fn macro_f1(&self) -> Option<f64> {
        mean((0..3).filter_map(|label| self.counts(label).f1()))
    }

    /// Cohen's kappa: agreement beyond what the two distributions of labels give by chance. None
    /// where chance alone agrees always.
    #[must_use]
    pub fn kappa(&self) -> Option<f64> {
        let total = self.total();
        let observed = self.accuracy()?;
        let expected: f64 = (0..3)
            .map(|label| {
                let counts = self.counts(label);
                (counts.support() / total) * (counts.predicted() / total)
            })
            .sum();
        share(observed - expected, 1.0 - expected)
    }
}

/// One bin of a reliability diagram.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bin {
    /// Predictions in it.
    pub weight: f64,
    /// Sum of their scores.
    pub score: f64,
    /// Those that came true.
    pub hits: f64,
}

/// Predictions by their score, in [`BINS`] bins of equal width.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Reliability(pub [Bin; BINS]);

impl Reliability {
    /// The bin of a score between 0 and 1. A score on an edge belongs to the upper bin; 1 to the last.
    #[must_use]
    pub fn bin(score: f64) -> u8 {
        (1..15_u8).take_while(|&edge| score >= f64::from(edge) / 15.0).last().unwrap_or(0)
    }

    /// Adds a prediction with `score`, whose bin is `bin`.
    pub fn add(&mut self, bin: u8, score: f64, hit: bool, weight: f64) {
        if let Some(bin) = self.0.get_mut(usize::from(bin)) {
            bin.weight += weight;
            bin.score += weight * score;
            if hit {
                bin.hits += weight;
            }
        }
    }

    /// Adds what another has counted.
    pub fn merge(&mut self, other: &Self) {
        for (mine, its) in self.0.iter_mut().zip(&other.0) {
            mine.weight += its.weight;
            mine.score += its.score;
            mine.hits += its.hits;
        }
    }

    /// Expected calibration error: by how much the mean score and the share that came true differ,
    /// averaged over the bins by weight.
    #[must_use]
    pub fn error(&self) -> Option<f64> {
        let total: f64 = self.0.iter().map(|bin| bin.weight).sum();
        share(self.0.iter().map(|bin| (bin.hits - bin.score).abs()).sum(), total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: Option<f64>, b: f64) -> bool {
        a.is_some_and(|a| (a - b).abs() < 1e-12)
    }

    #[test]
    fn counts_by_hand() {
        let mut counts = Counts::default();
        for (given, predicted) in [(true, true), (true, false), (false, true), (true, true), (false, false)] {
            counts.add(given, predicted, 1.0);
        }
        assert!(close(counts.precision(), 2.0 / 3.0) && close(counts.recall(), 2.0 / 3.0));
        assert!(close(counts.f1(), 2.0 / 3.0));
        assert_eq!(Counts::default().f1(), None);
        assert_eq!(Counts { given_only: 2.0, ..Counts::default() }.precision(), None);
        assert!(close(Counts { given_only: 2.0, ..Counts::default() }.f1(), 0.0));
    }

    #[test]
    fn equal_scores_are_one_step_whatever_their_order() {
        let given = [true, false, true, false];
        let one = |order: [usize; 4]| {
            let scores = [0.5, 0.5, 0.5, 0.1];
            let ranked: Vec<f64> = order.iter().map(|&at| scores[at]).collect();
            Ranking::of(&ranked).average_precision(|item| given[order[item as usize]], |_| 1.0)
        };
        assert!(close(one([0, 1, 2, 3]), 2.0 / 3.0));
        assert_eq!(one([0, 1, 2, 3]), one([3, 2, 1, 0]));
        assert_eq!(Ranking::of(&[0.3]).average_precision(|_| false, |_| 1.0), None);
        let zeros = Ranking::of(&[0.0, -0.0]).average_precision(|item| item == 0, |_| 1.0);
        assert!(close(zeros, 0.5), "zero and minus zero are equals: {zeros:?}");
    }

    #[test]
    fn a_weight_is_the_same_as_a_repetition() {
        let scores = [0.9, 0.6, 0.6, 0.2];
        let given = [true, false, true, true];
        let weights = [2.0, 0.0, 3.0, 1.0];
        let repeated: Vec<usize> = vec![0, 0, 2, 2, 2, 3];
        let long: Vec<f64> = repeated.iter().map(|&at| scores[at]).collect();
        let weighted =
            Ranking::of(&scores).average_precision(|item| given[item as usize], |item| weights[item as usize]);
        let plain = Ranking::of(&long).average_precision(|item| given[repeated[item as usize]], |_| 1.0);
        assert!((weighted.unwrap() - plain.unwrap()).abs() < 1e-12);
    }

    #[test]
    fn kappa_of_perfect_and_of_chance() {
        let perfect = Confusion([[3.0, 0.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 5.0]]);
        assert!(close(perfect.kappa(), 1.0) && close(perfect.macro_f1(), 1.0));
        let chance = Confusion([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0; 3]]);
        assert!(close(chance.kappa(), 0.0) && close(chance.accuracy(), 0.5));
        assert_eq!(Confusion([[4.0, 0.0, 0.0], [0.0; 3], [0.0; 3]]).kappa(), None);
    }

    #[test]
    fn calibration_error_by_hand() {
        let mut bins = Reliability::default();
        for (score, hit) in [(0.95, true), (0.97, false), (0.1, false), (0.11, false)] {
            bins.add(Reliability::bin(score), score, hit, 1.0);
        }
        // Upper bin: mean 0.96, half came true; lower: mean 0.105, none did.
        assert!(close(bins.error(), (0.46 * 2.0 + 0.105 * 2.0) / 4.0));
        assert_eq!([0.0, 1.0 / 15.0, 0.5, 0.999, 1.0].map(Reliability::bin), [0, 1, 7, 14, 14]);
        assert_eq!(Reliability::default().error(), None);
    }
}
