//! How far two annotations of the same items agree: the ceiling that a model is compared with.
//!
//! The second is measured against the first as a system would be. F1 and kappa are symmetric, so it
//! does not matter which is which. In the macro average count the categories to which the two annotations
//! together give at least 30 labels (15 in the mean).

use std::collections::HashMap;
use std::path::Path;

use super::EvalError;
use super::clauses::{Evaluation, Measured};
use super::interval::{Bootstrap, Clusters};
use super::measures::Measure;
use super::scores::Truth;
use crate::dataset::{DatasetLine, LabelledChange};

/// Two annotations, compared.
#[derive(Debug, Clone)]
pub struct Agreement {
    /// The measures of the second against the first.
    pub between: Measured,
    /// Documents, or items.
    pub clusters: Clusters,
    /// How intervals were made.
    pub bootstrap: Bootstrap,
    /// Items in both.
    pub shared: usize,
    /// Items only in the first.
    pub only_a: usize,
    /// Items only in the second.
    pub only_b: usize,
}

impl Agreement {
    /// The measures that say something of two annotations.
    pub const MEASURES: [Measure; 10] = [
        Measure::MicroF1,
        Measure::MacroF1,
        Measure::MacroF1All,
        Measure::ExactMatch,
        Measure::MaterialityKappa,
        Measure::MaterialityMacroF1,
        Measure::MaterialityAccuracy,
        Measure::EffectKappa,
        Measure::EffectMacroF1,
        Measure::EffectAccuracy,
    ];

    /// Compares `a` with `b` over the items that both have; the files' names are for messages.
    ///
    /// `items` may say which document an item is of, where the annotations do not.
    ///
    /// # Errors
    /// When no item is in both.
    pub fn of(
        (a, a_file): (&[LabelledChange], &Path),
        (b, b_file): (&[LabelledChange], &Path),
        items: &[LabelledDocument],
        bootstrap: Bootstrap,
    ) -> Result<Self, EvalError> {
        let others: HashMap<&str, &LabelledChange> = b.iter().map(|item| (item.clause.id.as_str(), item)).collect();
        let documents: HashMap<&str, &str> =
            items.iter().filter_map(|item| Some((item.id.as_str(), item.document()?))).collect();
        let mut shared = Vec::new();
        let mut second = Vec::new();
        let mut keys = Vec::new();
        for item in a {
            if let Some(other) = others.get(item.clause.id.as_str()) {
                shared.push(item.clone());
                second.push(Truth::of(other).as_prediction());
                let known = documents.get(item.clause.id.as_str()).copied();
                keys.push(known.or_else(|| item.document()).or_else(|| other.document()));
            }
        }
        if shared.is_empty() {
            return Err(EvalError::NothingShared { a: a_file.into(), b: b_file.into() });
        }
        let mut evaluation = Evaluation::new(&shared, bootstrap);
        evaluation.clusters = Clusters::from_keys(keys);
        let firsts = evaluation.sample.supports;
        let seconds = super::measures::Sample::new(second.iter().map(truth_of).collect()).supports;
        evaluation.sample.supports = std::array::from_fn(|at: usize| f64::midpoint(firsts[at], seconds[at]));
        evaluation.sample.mutual = true;
        evaluation.add("second", None, second);
        let clusters = evaluation.clusters.clone();
        let count = shared.len();
        match evaluation.systems.pop() {
            Some(between) => Ok(Self {
                between,
                clusters,
                bootstrap,
                shared: count,
                only_a: a.len() - count,
                only_b: b.len() - count,
            }),
            None => Err(EvalError::NothingShared { a: a_file.into(), b: b_file.into() }),
        }
    }
}

fn truth_of(prediction: &super::scores::Prediction) -> Truth {
    Truth {
        categories: prediction.categories,
        materiality: prediction.materiality(),
        effect: prediction.effect(),
        interest: None,
    }
}

/// Which document an item is of.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct LabelledDocument {
    /// The item.
    pub id: String,
    /// Path of the document.
    #[serde(default)]
    pub path: Option<String>,
    /// The commit.
    #[serde(default)]
    pub commit: Option<String>,
}

impl DatasetLine for LabelledDocument {
    const WHAT: &'static str = "an item: a JSON object with id, and path or commit";
}

impl LabelledDocument {
    fn document(&self) -> Option<&str> {
        self.path.as_deref().or(self.commit.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Texts, read_labelled_from};
    use crate::eval::measures::Figure;
    use crate::taxonomy::Category;

    fn annotation(categories: [&str; 3]) -> Vec<LabelledChange> {
        let line = |(id, categories): (usize, &str)| {
            format!(r#"{{"id":"{id}","materiality":"clarifying","categories":[{categories}],"effect":"neutral"}}"#)
        };
        let lines: Vec<String> = categories.into_iter().enumerate().map(line).collect();
        read_labelled_from(lines.join("\n").as_bytes(), Path::new("x"), Texts::Optional).unwrap()
    }

    #[test]
    fn it_does_not_matter_which_annotation_is_the_first() {
        let a = annotation([r#""minors""#, r#""security""#, ""]);
        let b = annotation([r#""minors","retention""#, r#""security""#, ""]);
        let bootstrap = Bootstrap { resamples: 50, seed: 1 };
        let path = Path::new("x");
        let between = |a: &[LabelledChange], b: &[LabelledChange]| {
            Agreement::of((a, path), (b, path), &[], bootstrap).unwrap().between
        };
        let (there, back) = (between(&a, &b), between(&b, &a));
        let f1 = Category::ALL.iter().map(|category| Measure::Of(Figure::F1, *category));
        for measure in Agreement::MEASURES.into_iter().chain(f1) {
            assert_eq!(there.estimate(measure), back.estimate(measure), "{}", measure.id());
        }
        // Alike in two categories, and in none of the third, that only one of both gave.
        let mean = there.value(Measure::MacroF1All).unwrap();
        assert!((mean - 2.0 / 3.0).abs() < 1e-12, "{mean}");
        assert_eq!(there.value(Measure::Of(Figure::F1, Category::Retention)), Some(0.0));
        assert_eq!(there.value(Measure::Of(Figure::F1, Category::Payments)), None);
    }
}
