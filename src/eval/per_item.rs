//! One row an item, for reading the errors in a spreadsheet and for diffs between two runs.

use std::io::{self, Write};

use super::clauses::Evaluation;
use super::scores::{effect_at, materiality_at};
use crate::dataset::LabelledChange;
use crate::report::safe_cell;

/// Writes what the first system of `evaluation` said of each of `items`, without their texts.
///
/// # Errors
/// When `output` cannot be written.
pub fn write_per_item(output: &mut dyn Write, evaluation: &Evaluation, items: &[LabelledChange]) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(output);
    writer.write_record([
        "id",
        "service",
        "terms_type",
        "unsure",
        "categories",
        "categories_predicted",
        "categories_missed",
        "categories_wrong",
        "materiality",
        "materiality_predicted",
        "materiality_score",
        "effect",
        "effect_predicted",
        "effect_score",
    ])?;
    let Some(first) = evaluation.first() else { return writer.flush() };
    for ((item, truth), prediction) in items.iter().zip(&evaluation.sample.truths).zip(&first.judged.predictions) {
        let joined = |keep: &dyn Fn(usize) -> bool| {
            let ids = crate::taxonomy::Category::ALL.iter().filter(|one| keep(**one as usize)).map(|one| one.id());
            ids.collect::<Vec<_>>().join("; ")
        };
        let given = |at: usize| truth.categories.has(at);
        let shown = |at: usize| prediction.categories.has(at);
        let (materiality, effect) = (prediction.materiality(), prediction.effect());
        writer.write_record([
            &*safe_cell(&item.clause.id),
            &*safe_cell(&item.clause.service),
            &*safe_cell(&item.clause.terms_type),
            if item.unsure { "true" } else { "" },
            &joined(&given),
            &joined(&shown),
            &joined(&|at| given(at) && !shown(at)),
            &joined(&|at| shown(at) && !given(at)),
            materiality_at(truth.materiality),
            materiality_at(materiality),
            &format!("{:.4}", prediction.scores.materiality[materiality]),
            effect_at(truth.effect),
            effect_at(effect),
            &format!("{:.4}", prediction.scores.effect[effect]),
        ])?;
    }
    writer.flush()
}
