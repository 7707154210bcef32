//! The result of an evaluation as JSON: written, and read back as a baseline.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::EvalError;
use super::agreement::Agreement;
use super::clauses::{Comparison, Evaluation, Measured};
use super::gate::GateOutcome;
use super::interval::{Bootstrap, Clusters, Estimate};
use super::measures::{Figure, Measure};
use super::metrics::{BINS, Confusion, Reliability};
use super::scores::{CATEGORIES, CategorySet, Prediction, Scores};
use crate::taxonomy::{Category, Effect, Materiality};

/// Version of the format.
pub(super) const SCHEMA: u32 = 1;

/// What a result says of where it comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The program and its version.
    pub program: String,
    /// The command that made it.
    pub command: String,
    /// Name of the file of labels.
    pub labels: String,
    /// SHA-256 of the file of labels, in hex.
    pub labels_sha256: String,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    kind: &'static str,
    program: &'a str,
    command: &'a str,
    labels: Labels<'a>,
    bootstrap: BootstrapNote,
    calibration: &'static str,
    systems: Vec<System<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<BaselineNote<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gates: Vec<GateNote>,
}

#[derive(Serialize)]
struct Labels<'a> {
    file: &'a str,
    sha256: &'a str,
    items: usize,
    categories_with_items: usize,
    categories_with_15_items: usize,
}

#[derive(Serialize)]
pub(super) struct BootstrapNote {
    method: &'static str,
    level: f64,
    unit: &'static str,
    units: usize,
    resamples: u32,
    seed: u64,
}

#[derive(Serialize)]
struct System<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    thresholds: Option<BTreeMap<&'static str, f64>>,
    measures: BTreeMap<String, Option<Value>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    difference_to_first: BTreeMap<String, Value>,
    categories: Vec<CategoryRow>,
    materiality: Head,
    effect: Head,
    reliability: BTreeMap<&'static str, Vec<BinNote>>,
}

#[derive(Serialize)]
pub(super) struct Value {
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    low: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    high: Option<f64>,
}

#[derive(Serialize)]
struct CategoryRow {
    id: &'static str,
    support: f64,
    predicted: f64,
    precision: Option<f64>,
    recall: Option<f64>,
    f1: Option<Value>,
    ap: Option<Value>,
    ece: Option<f64>,
}

#[derive(Serialize)]
struct Head {
    labels: [&'static str; 3],
    confusion: [[f64; 3]; 3],
    precision: [Option<f64>; 3],
    recall: [Option<f64>; 3],
    f1: [Option<f64>; 3],
}

#[derive(Serialize)]
struct BinNote {
    predictions: f64,
    mean_score: f64,
    came_true: f64,
}

#[derive(Serialize)]
struct BaselineNote<'a> {
    file: &'a str,
    name: &'a str,
    shared_items: usize,
    unshared_items: usize,
    difference: BTreeMap<String, Value>,
}

#[derive(Serialize)]
struct GateNote {
    measure: String,
    bound: f64,
    value: Option<f64>,
    passed: bool,
    said: String,
}

/// What one item got: a line of `items`.
#[derive(Serialize, Deserialize)]
struct ItemNote {
    id: String,
    predicted: Vec<String>,
    scores: Vec<f64>,
    materiality: [f64; 3],
    effect: [f64; 3],
    /// Indices of the materiality and of the effect that it shows; the likeliest where that is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chosen: Option<[usize; 2]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    interest: Option<f64>,
}

impl ItemNote {
    /// Its id and what was said of it; else what is wrong.
    fn read(self) -> Result<(String, Prediction), String> {
        let categories = <[f64; CATEGORIES]>::try_from(self.scores.as_slice())
            .map_err(|_| format!("item {:?} has {} scores, not {CATEGORIES}", self.id, self.scores.len()))?;
        let scores = Scores { categories, materiality: self.materiality, effect: self.effect, interest: self.interest };
        let shown = self
            .predicted
            .iter()
            .map(|id| Category::from_id(id).ok_or_else(|| format!("item {:?}: {id:?} is no category", self.id)))
            .collect::<Result<CategorySet, String>>()?;
        let prediction = Prediction::new(scores, shown);
        let [materiality, effect] = self.chosen.unwrap_or([prediction.materiality(), prediction.effect()]);
        Ok((self.id, prediction.choosing(materiality, effect)))
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

impl From<Estimate> for Value {
    fn from(estimate: Estimate) -> Self {
        let (low, high) = estimate.interval.unzip();
        Self { value: rounded(estimate.value), low: low.map(rounded), high: high.map(rounded) }
    }
}

/// Writes `evaluation` as JSON: indented, with the scores of the first system one line an item.
///
/// # Errors
/// When `output` cannot be written.
pub fn write_json(
    output: &mut dyn Write,
    evaluation: &Evaluation,
    origin: &Origin,
    comparison: Option<&Comparison>,
    gates: &[GateOutcome],
) -> io::Result<()> {
    let first = evaluation.first();
    let document = Document {
        schema: SCHEMA,
        kind: "eval-clauses",
        program: &origin.program,
        command: &origin.command,
        labels: Labels {
            file: &origin.labels,
            sha256: &origin.labels_sha256,
            items: evaluation.ids.len(),
            categories_with_items: evaluation.sample.supported_count(),
            categories_with_15_items: evaluation.sample.frequent_count(),
        },
        bootstrap: bootstrap_note(&evaluation.clusters, evaluation.bootstrap),
        calibration: "expected calibration error in 15 bins of equal width",
        systems: evaluation.systems.iter().enumerate().map(|(at, one)| system(one, first.filter(|_| at > 0))).collect(),
        baseline: comparison.map(|comparison| BaselineNote {
            file: &comparison.file,
            name: &comparison.stored.name,
            shared_items: comparison.shared,
            unshared_items: comparison.unshared,
            difference: differences(&comparison.now, &comparison.stored),
        }),
        gates: gates.iter().map(gate_note).collect(),
    };
    let text = serde_json::to_string_pretty(&document).map_err(io::Error::other)?;
    // The scores stand one item a line: pretty-printed, each would take forty.
    let head = text.strip_suffix("\n}").unwrap_or(&text);
    write!(output, "{head},\n  \"items\": [")?;
    let predictions = first.map(|first| first.judged.predictions.as_slice()).unwrap_or_default();
    for (at, (id, prediction)) in evaluation.ids.iter().zip(predictions).enumerate() {
        let note = ItemNote {
            id: id.clone(),
            predicted: prediction.categories.iter().map(|one| one.id().to_owned()).collect(),
            scores: prediction.scores.categories.iter().copied().map(rounded).collect(),
            materiality: prediction.scores.materiality.map(rounded),
            effect: prediction.scores.effect.map(rounded),
            chosen: Some([prediction.materiality(), prediction.effect()]),
            interest: prediction.scores.interest.map(rounded),
        };
        let line = serde_json::to_string(&note).map_err(io::Error::other)?;
        write!(output, "{}\n    {line}", if at == 0 { "" } else { "," })?;
    }
    writeln!(output, "\n  ]\n}}")
}

fn gate_note(outcome: &GateOutcome) -> GateNote {
    GateNote {
        measure: outcome.gate.measure.id(),
        bound: outcome.gate.bound,
        value: outcome.value.map(rounded),
        passed: outcome.passed(),
        said: outcome.said(),
    }
}

fn system<'a>(measured: &'a Measured, first: Option<&Measured>) -> System<'a> {
    let categories = Category::ALL.iter().map(|category| row(measured, *category)).collect();
    System {
        name: &measured.name,
        thresholds: measured
            .thresholds
            .map(|all| Category::ALL.iter().zip(all).map(|(category, one)| (category.id(), rounded(one))).collect()),
        measures: Measure::overall()
            .map(|measure| (measure.id(), measured.estimate(measure).map(Value::from)))
            .collect(),
        difference_to_first: first.map(|first| differences(measured, first)).unwrap_or_default(),
        categories,
        materiality: head(&measured.tally.materiality, Materiality::ALL.iter().map(|one| one.id())),
        effect: head(&measured.tally.effect, Effect::ALL.iter().map(|one| one.id())),
        reliability: BTreeMap::from([
            ("categories", bins(&measured.tally.pooled())),
            ("categories_shown", bins(&measured.tally.shown)),
            ("materiality", bins(&measured.tally.materiality_reliability)),
            ("effect", bins(&measured.tally.effect_reliability)),
        ]),
    }
}

fn differences(of: &Measured, to: &Measured) -> BTreeMap<String, Value> {
    Measure::overall().filter_map(|measure| Some((measure.id(), of.difference(to, measure)?.into()))).collect()
}

fn row(measured: &Measured, category: Category) -> CategoryRow {
    let counts = measured.tally.counts[category as usize];
    let of = |figure| measured.estimate(Measure::Of(figure, category)).map(Value::from);
    CategoryRow {
        id: category.id(),
        support: counts.support(),
        predicted: counts.predicted(),
        precision: counts.precision().map(rounded),
        recall: counts.recall().map(rounded),
        f1: of(Figure::F1),
        ap: of(Figure::Ap),
        ece: measured.tally.reliability[category as usize].error().map(rounded),
    }
}

fn head(confusion: &Confusion, ids: impl Iterator<Item = &'static str>) -> Head {
    let mut labels = [""; 3];
    labels.iter_mut().zip(ids).for_each(|(label, id)| *label = id);
    let counts = [0, 1, 2].map(|label| confusion.counts(label));
    Head {
        labels,
        confusion: confusion.0,
        precision: counts.map(|one| one.precision().map(rounded)),
        recall: counts.map(|one| one.recall().map(rounded)),
        f1: counts.map(|one| one.f1().map(rounded)),
    }
}

fn bins(reliability: &Reliability) -> Vec<BinNote> {
    debug_assert_eq!(reliability.0.len(), BINS);
    let mean = |sum: f64, weight: f64| if weight > 0.0 { rounded(sum / weight) } else { 0.0 };
    let note = |bin: &super::metrics::Bin| BinNote {
        predictions: bin.weight,
        mean_score: mean(bin.score, bin.weight),
        came_true: mean(bin.hits, bin.weight),
    };
    reliability.0.iter().map(note).collect()
}

/// A stored result: what its first system said of each item.
#[derive(Debug, Clone)]
pub struct StoredResult {
    /// The system.
    pub name: String,
    by_id: HashMap<String, Prediction>,
}

#[derive(Deserialize)]
struct StoredDocument {
    schema: u32,
    kind: String,
    systems: Vec<StoredSystem>,
    #[serde(default)]
    items: Vec<ItemNote>,
}

#[derive(Deserialize)]
struct StoredSystem {
    name: String,
    /// Its categories, in the order of each item's scores.
    #[serde(default)]
    categories: Vec<StoredCategory>,
}

#[derive(Deserialize)]
struct StoredCategory {
    id: String,
}

impl StoredResult {
    /// Reads the result that [`write_json`] wrote to `path`.
    ///
    /// # Errors
    /// When the file cannot be read or is no such result.
    pub fn read(path: &Path) -> Result<Self, EvalError> {
        let bad = |why: String| EvalError::Baseline { path: path.into(), why };
        let text = std::fs::read_to_string(path).map_err(|source| EvalError::Io { path: path.into(), source })?;
        let read: StoredDocument = serde_json::from_str(&text).map_err(|error| {
            bad(format!("not a stored result ({error}); write one with `termsift eval clauses --format json`"))
        })?;
        if read.kind != "eval-clauses" || read.schema > SCHEMA {
            return Err(bad(format!(
                "a result of kind {:?}, schema {}; this version reads \"eval-clauses\" up to schema {SCHEMA}",
                read.kind, read.schema
            )));
        }
        let first = read.systems.into_iter().next().ok_or_else(|| bad("no system in it".into()))?;
        let known = Category::ALL.iter().map(|category| category.id());
        // Scores stand without names: by another list they would be taken for those of other categories.
        if !first.categories.is_empty() && !first.categories.iter().map(|one| one.id.as_str()).eq(known) {
            return Err(bad("its categories, or their order, are not those of this version; measure it anew".into()));
        }
        let items = read.items.into_iter();
        let by_id = items.map(|note| note.read().map_err(bad)).collect::<Result<HashMap<_, _>, EvalError>>()?;
        if by_id.is_empty() {
            return Err(bad("no item in it".into()));
        }
        Ok(Self { name: first.name, by_id })
    }

    /// What it says of the item `id`.
    #[must_use]
    pub fn prediction(&self, id: &str) -> Option<Prediction> {
        self.by_id.get(id).copied()
    }

    /// How many items it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}

#[derive(Serialize)]
struct AgreementDocument<'a> {
    schema: u32,
    kind: &'static str,
    program: &'a str,
    items: usize,
    only_in_first: usize,
    only_in_second: usize,
    bootstrap: BootstrapNote,
    measures: BTreeMap<String, Option<Value>>,
    categories: Vec<PairRow>,
    materiality: Head,
    effect: Head,
}

#[derive(Serialize)]
struct PairRow {
    id: &'static str,
    first: f64,
    second: f64,
    both: f64,
    f1: Option<Value>,
}

/// Writes how two annotations agree as JSON. Rows of the confusions are the first, columns the second.
///
/// # Errors
/// When `output` cannot be written.
pub fn write_agreement_json(output: &mut dyn Write, agreement: &Agreement, program: &str) -> io::Result<()> {
    let between = &agreement.between;
    let document = AgreementDocument {
        schema: SCHEMA,
        kind: "eval-agreement",
        program,
        items: agreement.shared,
        only_in_first: agreement.only_a,
        only_in_second: agreement.only_b,
        bootstrap: bootstrap_note(&agreement.clusters, agreement.bootstrap),
        measures: Agreement::MEASURES
            .iter()
            .map(|measure| (measure.id(), between.estimate(*measure).map(Value::from)))
            .collect(),
        categories: Category::ALL
            .iter()
            .map(|category| {
                let counts = between.tally.counts[*category as usize];
                PairRow {
                    id: category.id(),
                    first: counts.support(),
                    second: counts.predicted(),
                    both: counts.both,
                    f1: between.estimate(Measure::Of(Figure::F1, *category)).map(Value::from),
                }
            })
            .collect(),
        materiality: head(&between.tally.materiality, Materiality::ALL.iter().map(|one| one.id())),
        effect: head(&between.tally.effect, Effect::ALL.iter().map(|one| one.id())),
    };
    let text = serde_json::to_string_pretty(&document).map_err(io::Error::other)?;
    writeln!(output, "{text}")
}

pub(super) fn bootstrap_note(clusters: &Clusters, bootstrap: Bootstrap) -> BootstrapNote {
    BootstrapNote {
        method: "percentile",
        level: 0.95,
        unit: if clusters.by_document() { "document" } else { "item" },
        units: clusters.len(),
        resamples: bootstrap.resamples,
        seed: bootstrap.seed,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A change of a stored result.
    type Edit = fn(&mut serde_json::Value);

    /// What is read of a result with one item, or what is wrong with it.
    fn read(change: impl Fn(&mut serde_json::Value)) -> Result<StoredResult, String> {
        let rows: Vec<_> = Category::ALL.iter().map(|category| json!({"id": category.id()})).collect();
        let mut result = json!({
            "schema": SCHEMA, "kind": "eval-clauses", "systems": [{"name": "old", "categories": rows}],
            "items": [{"id": "1", "predicted": ["minors"], "scores": vec![0.25; CATEGORIES],
                "materiality": [0.2, 0.5, 0.3], "effect": [0.1, 0.2, 0.7], "chosen": [2, 0]}]
        });
        change(&mut result);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stored.json");
        std::fs::write(&path, result.to_string()).unwrap();
        StoredResult::read(&path).map_err(|error| error.to_string())
    }

    #[test]
    fn a_result_is_read_by_item() {
        let stored = read(|_| ()).unwrap();
        let said = stored.prediction("1").unwrap();
        assert_eq!((stored.name.as_str(), stored.len(), stored.prediction("2")), ("old", 1, None));
        assert_eq!(said.categories.iter().collect::<Vec<_>>(), [Category::Minors]);
        assert_eq!((said.materiality(), said.effect()), (2, 0), "as chosen, not the likeliest");
    }

    #[test]
    fn a_result_of_other_categories_is_refused() {
        let cases: [(Edit, &str); 6] = [
            (|it| it["systems"][0]["categories"][3]["id"] = json!("cats"), "its categories, or their order"),
            (|it| it["systems"][0]["categories"].as_array_mut().unwrap().swap(0, 1), "its categories, or their order"),
            (|it| it["items"][0]["predicted"] = json!(["cats"]), "item \"1\": \"cats\" is no category"),
            (|it| it["items"][0]["scores"] = json!([0.5]), "has 1 scores, not"),
            (|it| it["items"] = json!([]), "no item in it"),
            (|it| it["systems"] = json!([]), "no system in it"),
        ];
        for (change, expected) in cases {
            let said = read(change).unwrap_err();
            assert!(said.contains(expected), "{said}");
        }
    }
}
