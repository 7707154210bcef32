//! The report on rankings, for reading and for storing.

use std::io::{self, Write};

use serde_json::json;

use super::candidates::Candidates;
use super::measure::{GRADES, RankingReport};
use crate::eval::Estimate;
use crate::report::safe_text;

/// What the numbers do not say.
const CAVEAT: &str = "\
What got no memo is no negative: analysts write about one change in fifty and could not write about all that
deserved it. These are measures of how early memos come, not of how much of the rest is worthless.";

/// Writes `report` for reading; with `each`, also where every memo came.
///
/// # Errors
/// When `output` cannot be written.
pub fn write_ranking_table(
    output: &mut dyn Write,
    report: &RankingReport,
    candidates: &Candidates,
    each: bool,
) -> io::Result<()> {
    what_was_compared(output, report)?;
    writeln!(output)?;
    rows(output, report)?;
    if report.systems.iter().any(|one| one.name == GRADES) {
        writeln!(output, "\n{GRADES}: no system, but one who read what is graded; the rest comes last")?;
    }
    writeln!(output, "\n{CAVEAT}")?;
    if each { each_memo(output, report, candidates) } else { Ok(()) }
}

fn what_was_compared(output: &mut dyn Write, report: &RankingReport) -> io::Result<()> {
    writeln!(
        output,
        "{} memo changes among {} document changes; each competes with what its collection recorded within 3.5 days of it",
        report.queries.len(),
        report.compared
    )?;
    if !report.missing.is_empty() {
        writeln!(output, "not among the records, or a first record or an upgrade: {}", report.missing.len())?;
        for missing in &report.missing {
            writeln!(output, "  {}", safe_text(missing))?;
        }
    }
    if report.graded > 0 {
        writeln!(output, "graded document changes to learn from as well: {}", report.graded)?;
    }
    writeln!(output, "shares are of the whole of: {}", safe_text(&report.whole.join(", ")))?;
    if report.bootstrap.resamples > 0 {
        writeln!(
            output,
            "95 % intervals: percentile bootstrap, {} resamples of whole families of services, seed {}",
            report.bootstrap.resamples, report.bootstrap.seed
        )?;
    }
    Ok(())
}

/// The measures, a system a row.
fn rows(output: &mut dyn Write, report: &RankingReport) -> io::Result<()> {
    let names: Vec<&str> = report
        .systems
        .first()
        .map(|one| one.measures.iter().map(|(name, _)| name.as_str()).collect())
        .unwrap_or_default();
    let wide = report.systems.iter().map(|one| one.name.chars().count()).max().unwrap_or(0);
    write!(output, "{:wide$}", "")?;
    for name in &names {
        write!(output, "  {name:>17}")?;
    }
    writeln!(output)?;
    for system in &report.systems {
        write!(output, "{:wide$}", system.name)?;
        for (_, estimate) in &system.measures {
            write!(output, "  {:>17}", shown(estimate.as_ref()))?;
        }
        writeln!(output)?;
    }
    Ok(())
}

/// Where the first system put each memo, the last first.
fn each_memo(output: &mut dyn Write, report: &RankingReport, candidates: &Candidates) -> io::Result<()> {
    let Some(first) = report.systems.first() else { return Ok(()) };
    writeln!(output, "\nrank of each memo by {}", first.name)?;
    let mut rows: Vec<_> = report.queries.iter().zip(&first.placed).collect();
    rows.sort_by(|a, b| b.1.rank.total_cmp(&a.1.rank));
    for (query, placed) in rows {
        let Some(one) = candidates.all.get(query.memo) else { continue };
        let share = placed.before.map(|before| format!("  first {:4.1} %", before * 100.0)).unwrap_or_default();
        writeln!(
            output,
            "{:5.1} of {:4}{share}  {} {} {}",
            placed.rank,
            placed.of,
            one.date.strftime("%Y-%m-%d"),
            safe_text(&one.collection),
            safe_text(&one.path)
        )?;
    }
    Ok(())
}

fn shown(estimate: Option<&Estimate>) -> String {
    match estimate {
        None => "–".into(),
        Some(Estimate { value, interval: None }) => format!("{value:.2}"),
        Some(Estimate { value, interval: Some((low, high)) }) => format!("{value:.2} [{low:.2}, {high:.2}]"),
    }
}

/// Writes `report` as JSON.
///
/// # Errors
/// When `output` cannot be written.
pub fn write_ranking_json(output: &mut dyn Write, report: &RankingReport, program: &str) -> io::Result<()> {
    let systems: Vec<_> = report
        .systems
        .iter()
        .map(|system| {
            let measures: serde_json::Map<String, serde_json::Value> = system
                .measures
                .iter()
                .map(|(name, estimate)| {
                    let value = estimate.map(|it| json!({"value": it.value, "low": it.interval.map(|it| it.0), "high": it.interval.map(|it| it.1)}));
                    (name.clone(), json!(value))
                })
                .collect();
            json!({"name": system.name, "measures": measures, "ranks": system.placed.iter().map(|it| it.rank).collect::<Vec<_>>()})
        })
        .collect();
    let body = json!({
        "program": program,
        "memo_changes": report.queries.len(),
        "document_changes": report.compared,
        "missing": report.missing,
        "graded_changes": report.graded,
        "whole_collections": report.whole,
        "resamples": report.bootstrap.resamples,
        "seed": report.bootstrap.seed,
        "note": CAVEAT,
        "systems": systems,
    });
    serde_json::to_writer_pretty(&mut *output, &body)?;
    writeln!(output)
}
