//! The measures are those of scikit-learn. Origin of the numbers: `scripts/eval-reference`.
#![allow(clippy::expect_used, clippy::float_cmp, reason = "a test stops where it cannot go on")]

use serde_json::Value;
use termsift::eval::{CATEGORIES, Figure, Judged, Measure, Prediction, Sample, Scores, Tally, Truth, measures};
use termsift::taxonomy::Category;

const CLOSE: f64 = 1e-9;

fn reference() -> Value {
    serde_json::from_str(include_str!("fixtures/eval/reference.json")).expect("the fixture is JSON")
}

fn numbers<const N: usize>(value: &Value) -> [f64; N] {
    let list = value.as_array().expect("a list");
    assert_eq!(list.len(), N);
    std::array::from_fn(|at| list[at].as_f64().expect("a number"))
}

fn label(value: &Value) -> usize {
    usize::try_from(value.as_u64().expect("a label")).expect("a small one")
}

fn sample(reference: &Value) -> Sample {
    let rows = reference["truth"].as_array().expect("rows");
    let truths = rows.iter().enumerate().map(|(item, row)| {
        let given = row.as_str().expect("digits").bytes();
        Truth {
            categories: Category::ALL
                .iter()
                .copied()
                .zip(given)
                .filter(|(_, digit)| *digit == b'1')
                .map(|it| it.0)
                .collect(),
            materiality: label(&reference["materiality"]["labels"][item]),
            effect: label(&reference["effect"]["labels"][item]),
            interest: None,
        }
    });
    Sample::new(truths.collect())
}

fn judged(reference: &Value) -> Judged {
    let rows = reference["scores"].as_array().expect("rows");
    let predictions = rows.iter().enumerate().map(|(item, row)| {
        let scores = Scores {
            categories: numbers(row),
            materiality: numbers(&reference["materiality"]["scores"][item]),
            effect: numbers(&reference["effect"]["scores"][item]),
            interest: None,
        };
        Prediction::with_thresholds(scores, &[0.5; CATEGORIES])
    });
    Judged::new(predictions.collect())
}

#[test]
fn overall_measures_are_scikit_learns() {
    let reference = reference();
    let sample = sample(&reference);
    let values = measures(&sample, &judged(&reference), &vec![1.0; sample.truths.len()]);
    let mut wrong = Vec::new();
    let mut compared = 0;
    // Interest is ranked as a category is, whose average precision the other test compares; the fixture has no grades.
    for measure in Measure::overall().filter(|measure| *measure != Measure::InterestAp) {
        let expected = reference["expected"][measure.id()].as_f64().expect("every measure is in the fixture");
        let found = values[measure.column()];
        compared += 1;
        if (found - expected).abs() > CLOSE {
            wrong.push(format!("{}: {found}, scikit-learn {expected}", measure.id()));
        }
    }
    assert!(wrong.is_empty() && compared == 19, "{compared} compared\n{}", wrong.join("\n"));
}

#[test]
fn measures_of_each_category_are_scikit_learns() {
    let reference = reference();
    let sample = sample(&reference);
    let values = measures(&sample, &judged(&reference), &vec![1.0; sample.truths.len()]);
    for (at, category) in Category::ALL.iter().enumerate() {
        let rows = &reference["categories"];
        assert_eq!(rows["support"][at].as_f64(), Some(sample.supports[at]), "support of {category}");
        for (figure, name) in
            [(Figure::Precision, "precision"), (Figure::Recall, "recall"), (Figure::F1, "f1"), (Figure::Ap, "ap")]
        {
            let found = values[Measure::Of(figure, *category).column()];
            // Where a figure is not defined, scikit-learn says 0, or nothing.
            let expected = rows[name][at].as_f64().unwrap_or(0.0);
            let found = if found.is_nan() { 0.0 } else { found };
            assert!((found - expected).abs() < CLOSE, "{name} of {category}: {found}, scikit-learn {expected}");
        }
    }
}

#[test]
fn confusions_are_scikit_learns() {
    let reference = reference();
    let sample = sample(&reference);
    let tally = Tally::of(&sample, &judged(&reference), &vec![1.0; sample.truths.len()]);
    for (name, confusion) in [("materiality", tally.materiality), ("effect", tally.effect)] {
        for (given, row) in confusion.0.iter().enumerate() {
            assert_eq!(*row, numbers::<3>(&reference["confusions"][name][given]), "{name}, row {given}");
        }
    }
}
