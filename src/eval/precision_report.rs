//! The nearness of precisions as a table, and as JSON.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::clauses::Measured;
use super::measures::Measure;
use super::precision::{AIM_COSINE, AIM_F1, AIM_SAME, Likeness, Nearness, PrecisionReport, Same};
use super::stored::{BootstrapNote, SCHEMA, Value, bootstrap_note};
use super::table::{Grid, interval_note, minus, shown, signed};
use crate::report::safe_text;

/// Writes `report` for reading.
///
/// # Errors
/// When `output` cannot be written.
pub fn write_precision(output: &mut dyn Write, report: &PrecisionReport) -> io::Result<()> {
    writeln!(output, "{} items; {} against itself in 32-bit floats", report.items, safe_text(&report.model))?;
    if let Some(note) = interval_note(&report.clusters, report.bootstrap) {
        writeln!(output, "{note}")?;
    }
    writeln!(output)?;
    let near = &report.near;
    let mut grid = Grid::default();
    let mut row = |name: &str, aim: Option<f64>, cell: &dyn Fn(&Nearness) -> (f64, String)| {
        let aimed = aim.map_or_else(String::new, |aim| minus(&format!("≥ {aim}")));
        let cells = near.iter().map(|one| {
            let (value, shown) = cell(one);
            if aim.is_some_and(|aim| value < aim) { format!("missed: {shown}") } else { shown }
        });
        grid.push([name.to_owned(), aimed].into_iter().chain(cells));
    };
    row("", None, &|one| (0.0, safe_text(&one.measured.name).into_owned()));
    let plain = |value: f64| (value, minus(&format!("{value:.5}")));
    row("cosine of embeddings, mean", Some(AIM_COSINE), &|one| plain(one.likeness.cosine_mean));
    row("cosine of embeddings, least", None, &|one| plain(one.likeness.cosine_least));
    for (name, aim, of) in SAME {
        row(name, aim, &|one| {
            let Same { same, of } = of(&one.likeness);
            let share = Same { same, of }.share();
            (share, format!("{share:.4} ({same} of {of})"))
        });
    }
    row("macro F1 less that of f32", Some(AIM_F1), &|one| {
        let difference = one.measured.difference(&report.reference, Measure::MacroF1);
        (difference.map_or(0.0, |it| it.value), signed(difference))
    });
    grid.write(output)?;
    writeln!(output)?;
    let systems: Vec<&Measured> =
        std::iter::once(&report.reference).chain(near.iter().map(|it| &it.measured)).collect();
    let mut grid = Grid::default();
    grid.push(std::iter::once(String::new()).chain(systems.iter().map(|it| safe_text(&it.name).into_owned())));
    for measure in PrecisionReport::MEASURES {
        grid.push(std::iter::once(measure.name()).chain(systems.iter().map(|it| shown(it.estimate(measure)))));
    }
    grid.write(output)
}

/// A row of shares: its name, what is aimed at, and where it is.
type SameRow = (&'static str, Option<f64>, fn(&Likeness) -> Same);

/// What both say alike. Most pairs are sure to be shown by neither, so their share flatters.
const SAME: [SameRow; 5] = [
    ("categories, pairs that either shows: the same", Some(AIM_SAME), |it| it.shown_pairs),
    ("categories, all pairs: the same", Some(AIM_SAME), |it| it.pairs),
    ("categories of an item: all the same", None, |it| it.items),
    ("materiality: the same", None, |it| it.materiality),
    ("effect: the same", None, |it| it.effect),
];

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    kind: &'static str,
    program: &'a str,
    model: &'a str,
    model_checksum: &'a str,
    items: usize,
    bootstrap: BootstrapNote,
    aims: BTreeMap<&'static str, f64>,
    reference: System<'a>,
    systems: Vec<System<'a>>,
}

#[derive(Serialize)]
struct System<'a> {
    name: &'a str,
    measures: BTreeMap<String, Option<Value>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    difference_to_reference: BTreeMap<String, Option<Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cosine_mean: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cosine_least: Option<f64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    same: BTreeMap<&'static str, SameNote>,
}

#[derive(Serialize)]
struct SameNote {
    same: usize,
    of: usize,
    share: f64,
}

/// Writes `report` as JSON.
///
/// # Errors
/// When `output` cannot be written.
pub fn write_precision_json(output: &mut dyn Write, report: &PrecisionReport, program: &str) -> io::Result<()> {
    let document = Document {
        schema: SCHEMA,
        kind: "eval-precision",
        program,
        model: &report.model,
        model_checksum: &report.checksum,
        items: report.items,
        bootstrap: bootstrap_note(&report.clusters, report.bootstrap),
        aims: BTreeMap::from([("cosine_mean", AIM_COSINE), ("same", AIM_SAME), ("macro_f1_difference", AIM_F1)]),
        reference: system(&report.reference),
        systems: report.near.iter().map(|near| compared(near, &report.reference)).collect(),
    };
    let text = serde_json::to_string_pretty(&document).map_err(io::Error::other)?;
    writeln!(output, "{text}")
}

fn system(measured: &Measured) -> System<'_> {
    System {
        name: &measured.name,
        measures: each(|measure| measured.estimate(measure).map(Value::from)),
        difference_to_reference: BTreeMap::new(),
        cosine_mean: None,
        cosine_least: None,
        same: BTreeMap::new(),
    }
}

fn compared<'a>(near: &'a Nearness, reference: &Measured) -> System<'a> {
    let likeness = &near.likeness;
    let same = [
        ("shown_pairs", likeness.shown_pairs),
        ("pairs", likeness.pairs),
        ("items", likeness.items),
        ("materiality", likeness.materiality),
        ("effect", likeness.effect),
    ];
    let note = |(name, of): (&'static str, Same)| (name, SameNote { same: of.same, of: of.of, share: of.share() });
    System {
        difference_to_reference: each(|measure| near.measured.difference(reference, measure).map(Value::from)),
        cosine_mean: Some(likeness.cosine_mean),
        cosine_least: Some(likeness.cosine_least),
        same: same.into_iter().map(note).collect(),
        ..system(&near.measured)
    }
}

fn each(of: impl Fn(Measure) -> Option<Value>) -> BTreeMap<String, Option<Value>> {
    PrecisionReport::MEASURES.iter().map(|&measure| (measure.id(), of(measure))).collect()
}
