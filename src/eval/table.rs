//! An evaluation as a table for the terminal.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::agreement::Agreement;
use super::clauses::{Comparison, Evaluation, Measured};
use super::gate::GateOutcome;
use super::interval::{Bootstrap, Clusters, Estimate, FEW_CLUSTERS};
use super::measures::{Figure, Measure};
use super::metrics::Confusion;
use super::stored::Origin;
use crate::report::safe_text;
use crate::taxonomy::{Category, Effect, Materiality};

/// Rows of cells; the first column goes left, all others right.
#[derive(Default)]
pub(super) struct Grid(Vec<Vec<String>>);

impl Grid {
    pub(super) fn push(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.push(cells.into_iter().collect());
    }

    pub(super) fn write(&self, output: &mut dyn Write) -> io::Result<()> {
        let columns = self.0.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| self.0.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max();
        let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
        for row in &self.0 {
            let mut line = String::new();
            for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let gap = " ".repeat(width.saturating_sub(cell.width()));
                line.push_str(&if at == 0 { format!("{cell}{gap}") } else { format!("  {gap}{cell}") });
            }
            writeln!(output, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// `number` with the minus of reports, which is as wide as a plus.
pub(super) fn minus(number: &str) -> String {
    number.replace('-', "−")
}

/// `0.684 [0.651, 0.715]`.
pub(super) fn shown(estimate: Option<Estimate>) -> String {
    match estimate {
        None => "–".into(),
        Some(Estimate { value, interval: None }) => minus(&format!("{value:.3}")),
        Some(Estimate { value, interval: Some((low, high)) }) => minus(&format!("{value:.3} [{low:.3}, {high:.3}]")),
    }
}

/// `+0.021 [−0.004, +0.046]`, with a star where the interval leaves out 0.
pub(super) fn signed(estimate: Option<Estimate>) -> String {
    let number = |value: f64| minus(&format!("{value:+.3}"));
    match estimate {
        None => "–".into(),
        Some(Estimate { value, interval: None }) => number(value),
        Some(Estimate { value, interval: Some((low, high)) }) => {
            let star = if low > 0.0 || high < 0.0 { "*" } else { " " };
            format!("{} [{}, {}]{star}", number(value), number(low), number(high))
        }
    }
}

/// `0.684`.
pub(super) fn plain(value: Option<f64>) -> String {
    value.map_or_else(|| "–".into(), |value| minus(&format!("{value:.3}")))
}

/// How intervals were made, in words; nothing where there are none.
pub(super) fn interval_note(clusters: &Clusters, bootstrap: Bootstrap) -> Option<String> {
    if bootstrap.resamples == 0 {
        return None;
    }
    let unit = if clusters.by_document() { "documents" } else { "items" };
    let few = if clusters.len() < FEW_CLUSTERS { "; so few that the intervals say little" } else { "" };
    Some(format!(
        "95 % intervals: percentile bootstrap, {} resamples of {} {unit}, seed {}{few}",
        bootstrap.resamples,
        clusters.len(),
        bootstrap.seed
    ))
}

/// Writes `evaluation` for reading.
///
/// # Errors
/// When `output` cannot be written.
pub fn write_table(
    output: &mut dyn Write,
    evaluation: &Evaluation,
    origin: &Origin,
    comparison: Option<&Comparison>,
    gates: &[GateOutcome],
) -> io::Result<()> {
    let sample = &evaluation.sample;
    writeln!(
        output,
        "{} items; {} of 26 categories have an item, {} have at least 15",
        evaluation.ids.len(),
        sample.supported_count(),
        sample.frequent_count()
    )?;
    if let Some(note) = interval_note(&evaluation.clusters, evaluation.bootstrap) {
        writeln!(output, "{note}")?;
    }
    // A table is stored as it is, so it says itself what it is of.
    writeln!(output, "{}: {}", safe_text(&origin.program), safe_text(&origin.command))?;
    writeln!(output, "labels SHA-256 {}", safe_text(&origin.labels_sha256))?;
    let Some(first) = evaluation.first() else { return Ok(()) };
    writeln!(output)?;
    overall(output, &evaluation.systems)?;
    if evaluation.systems.len() > 1 {
        writeln!(output, "\n{} less each other, paired (*: the interval leaves out 0)", safe_text(&first.name))?;
        less(output, first, evaluation.systems.get(1..).unwrap_or_default())?;
    }
    writeln!(output)?;
    categories(output, evaluation, first)?;
    for (what, confusion, ids) in [
        ("materiality", &first.tally.materiality, Materiality::ALL.iter().map(|one| one.id()).collect::<Vec<_>>()),
        ("effect", &first.tally.effect, Effect::ALL.iter().map(|one| one.id()).collect()),
    ] {
        writeln!(output)?;
        confused(output, &format!("{what}, {}", safe_text(&first.name)), confusion, &ids)?;
    }
    if let Some(comparison) = comparison {
        writeln!(output)?;
        compared(output, comparison)?;
    }
    gated(output, gates)
}

fn overall(output: &mut dyn Write, systems: &[Measured]) -> io::Result<()> {
    let mut grid = Grid::default();
    grid.push(std::iter::once(String::new()).chain(systems.iter().map(|one| safe_text(&one.name).into_owned())));
    for measure in Measure::overall() {
        let cells = systems.iter().map(|one| shown(one.estimate(measure)));
        grid.push(std::iter::once(measure.name()).chain(cells));
    }
    grid.write(output)
}

fn less(output: &mut dyn Write, first: &Measured, others: &[Measured]) -> io::Result<()> {
    let mut grid = Grid::default();
    grid.push(std::iter::once(String::new()).chain(others.iter().map(|one| safe_text(&one.name).into_owned())));
    for measure in [
        Measure::MicroF1,
        Measure::MacroF1,
        Measure::MacroF1All,
        Measure::MacroAp,
        Measure::MaterialityMacroF1,
        Measure::MaterialityKappa,
        Measure::EffectMacroF1,
        Measure::EffectKappa,
    ] {
        let cells = others.iter().map(|one| signed(first.difference(one, measure)));
        grid.push(std::iter::once(measure.name()).chain(cells));
    }
    grid.write(output)
}

fn categories(output: &mut dyn Write, evaluation: &Evaluation, first: &Measured) -> io::Result<()> {
    let mut grid = Grid::default();
    let others = evaluation.systems.get(1..).unwrap_or_default();
    let heads = ["category", "items", "shown", "precision", "recall", "F1", "AP"].map(str::to_owned);
    grid.push(heads.into_iter().chain(others.iter().map(|one| format!("F1 {}", safe_text(&one.name)))));
    for category in Category::ALL {
        let counts = first.tally.counts[*category as usize];
        if counts.support() + counts.predicted() <= 0.0 {
            continue;
        }
        let f1 = Measure::Of(Figure::F1, *category);
        let cells = [
            category.id().to_owned(),
            format!("{:.0}", counts.support()),
            format!("{:.0}", counts.predicted()),
            plain(counts.precision()),
            plain(counts.recall()),
            shown(first.estimate(f1)),
            shown(first.estimate(Measure::Of(Figure::Ap, *category))),
        ];
        grid.push(cells.into_iter().chain(others.iter().map(|one| plain(one.value(f1)))));
    }
    grid.write(output)
}

fn confused(output: &mut dyn Write, title: &str, confusion: &Confusion, ids: &[&str]) -> io::Result<()> {
    let mut grid = Grid::default();
    let heads = ids.iter().map(|id| format!("→ {id}")).chain(["precision", "recall", "F1"].map(str::to_owned));
    grid.push(std::iter::once(title.to_owned()).chain(heads));
    for (label, (id, row)) in ids.iter().zip(&confusion.0).enumerate() {
        let counts = confusion.counts(label);
        let cells = row.iter().map(|weight| format!("{weight:.0}"));
        let figures = [plain(counts.precision()), plain(counts.recall()), plain(counts.f1())];
        grid.push(std::iter::once((*id).to_owned()).chain(cells).chain(figures));
    }
    grid.write(output)
}

fn compared(output: &mut dyn Write, comparison: &Comparison) -> io::Result<()> {
    writeln!(
        output,
        "against {} ({}), {} shared items{}",
        safe_text(&comparison.file),
        safe_text(&comparison.stored.name),
        comparison.shared,
        if comparison.unshared > 0 { format!(", {} in only one of both", comparison.unshared) } else { String::new() }
    )?;
    let mut grid = Grid::default();
    grid.push(["", "stored", "now", "difference, paired"].map(str::to_owned));
    for measure in Measure::overall() {
        grid.push([
            measure.name(),
            plain(comparison.stored.value(measure)),
            plain(comparison.now.value(measure)),
            signed(comparison.now.difference(&comparison.stored, measure)),
        ]);
    }
    grid.write(output)
}

fn gated(output: &mut dyn Write, gates: &[GateOutcome]) -> io::Result<()> {
    if !gates.is_empty() {
        writeln!(output)?;
    }
    for outcome in gates {
        let word = if outcome.passed() { "passed" } else { "FAILED" };
        writeln!(output, "gate {word}: {}", outcome.said())?;
    }
    Ok(())
}

/// Writes how two annotations agree.
///
/// # Errors
/// When `output` cannot be written.
pub fn write_agreement(output: &mut dyn Write, agreement: &Agreement) -> io::Result<()> {
    let between = &agreement.between;
    write!(output, "{} items annotated in both", agreement.shared)?;
    if agreement.only_a + agreement.only_b > 0 {
        write!(
            output,
            "; {} only in the first and {} only in the second are left out",
            agreement.only_a, agreement.only_b
        )?;
    }
    writeln!(output)?;
    if let Some(note) = interval_note(&agreement.clusters, agreement.bootstrap) {
        writeln!(output, "{note}")?;
    }
    writeln!(output)?;
    let mut grid = Grid::default();
    for measure in Agreement::MEASURES {
        grid.push([measure.name(), shown(between.estimate(measure))]);
    }
    grid.write(output)?;
    writeln!(output)?;
    let mut grid = Grid::default();
    grid.push(["category", "first", "second", "both", "F1"].map(str::to_owned));
    for category in Category::ALL {
        let counts = between.tally.counts[*category as usize];
        if counts.support() + counts.predicted() > 0.0 {
            grid.push([
                category.id().to_owned(),
                format!("{:.0}", counts.support()),
                format!("{:.0}", counts.predicted()),
                format!("{:.0}", counts.both),
                shown(between.estimate(Measure::Of(Figure::F1, *category))),
            ]);
        }
    }
    grid.write(output)?;
    for (what, confusion, ids) in [
        ("materiality", &between.tally.materiality, Materiality::ALL.iter().map(|one| one.id()).collect::<Vec<_>>()),
        ("effect", &between.tally.effect, Effect::ALL.iter().map(|one| one.id()).collect()),
    ] {
        writeln!(output)?;
        confused(output, &format!("{what}: first ↓, second →"), confusion, &ids)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_minus_and_notes_are_of_intervals_that_are_there() {
        let below = Estimate { value: -0.01, interval: Some((-0.02, 0.0)) };
        assert_eq!(shown(Some(below)), "−0.010 [−0.020, 0.000]");
        assert_eq!(signed(Some(below)), "−0.010 [−0.020, +0.000] ");
        assert_eq!(plain(Some(-0.01)), "−0.010");
        let clusters = Clusters::from_keys([Some("a"), Some("b")]);
        let note = |resamples| interval_note(&clusters, Bootstrap { resamples, seed: 1 });
        assert_eq!(note(0), None);
        assert!(note(5).is_some_and(|note| note.contains("5 resamples of 2 documents")));
    }
}
