//! A comparison for a reader at a terminal.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::{
    CompareOptions, Group, ONLY_LINKS, is_link_only, left_out, lines, named, owner, row, summary, tally, version,
};
use crate::record::ComparisonRecord;
use crate::report::layout::{Run, Style, cut, wrap};
use crate::report::passage::Passage;
use crate::report::show::link_runs;
use crate::report::words::{counted, spoken};
use crate::report::{Elision, PieceKind, pieces, safe_text};

/// Columns of the names of groups in the overview; longer ones are cut.
const LABELS: usize = 40;
/// Passages shown of a group.
const PASSAGES: usize = 8;
/// Clauses filed elsewhere that a group names.
const ALSO: usize = 6;
/// Clauses shown of a passage.
const CLAUSES: usize = 6;

/// Writes `groups`.
pub(super) fn write(
    comparison: &ComparisonRecord,
    groups: &[Group<'_>],
    names: &[String; 2],
    options: &CompareOptions,
    writer: &mut dyn Write,
) -> io::Result<()> {
    let mut block = |runs: &[Run], indent: usize| -> io::Result<()> {
        for line in wrap(runs, options.width.saturating_sub(indent), options.color) {
            writeln!(writer, "{:indent$}{line}", "")?;
        }
        // An empty block is an empty line.
        if runs.is_empty() { writeln!(writer) } else { Ok(()) }
    };
    let title = format!("{} · {}", safe_text(&comparison.service), safe_text(&comparison.terms_type));
    block(&[(Style::Bold, title)], 0)?;
    block(
        &[(Style::Deleted, format!("[-{}-]", names[0])), (Style::Plain, format!(" {}", version(&comparison.before)))],
        0,
    )?;
    block(
        &[(Style::Inserted, format!("{{+{}+}}", names[1])), (Style::Plain, format!(" {}", version(&comparison.after)))],
        0,
    )?;
    block(&[(Style::Plain, summary(comparison, names))], 0)?;
    for note in &comparison.notes {
        block(&[(Style::Warning, format!("note: {}", safe_text(note)))], 0)?;
    }
    block(&[], 0)?;
    let labels: Vec<String> = groups.iter().map(|group| cut(&group.name, LABELS)).collect();
    let wide = labels.iter().map(|label| label.width()).max().unwrap_or_default();
    for (group, label) in groups.iter().zip(labels) {
        let gap = " ".repeat(wide.saturating_sub(label.width()) + 2);
        block(&[(Style::Bold, label), (Style::Dim, format!("{gap}{}", row(group, names)))], 0)?;
    }
    for group in groups {
        write_group(group, comparison, names, options, &mut block)?;
    }
    if let Some(said) = left_out(comparison, options.full) {
        block(&[], 0)?;
        block(&[(Style::Dim, said)], 0)?;
    }
    Ok(())
}

fn write_group(
    group: &Group<'_>,
    comparison: &ComparisonRecord,
    names: &[String; 2],
    options: &CompareOptions,
    block: &mut dyn FnMut(&[Run], usize) -> io::Result<()>,
) -> io::Result<()> {
    block(&[], 0)?;
    block(&[(Style::Bold, group.name.clone()), (Style::Dim, format!("  {}", tally(group, names)))], 0)?;
    for line in named(group) {
        block(&[(Style::Dim, line)], 2)?;
    }
    let mut section: &[String] = &[];
    for (passage, shown) in group.passages.iter().zip(chosen(group, options.full)) {
        if !shown {
            continue;
        }
        if passage.headings() != section {
            section = passage.headings();
            let headings: Vec<_> = section.iter().map(|heading| cut(&safe_text(heading), 60)).collect();
            block(&[(Style::Dim, headings.join(" › "))], 2)?;
        }
        write_passage(passage, comparison, names, options, block)?;
    }
    let more = if options.full { 0 } else { group.passages.len().saturating_sub(PASSAGES) };
    if more > 0 {
        block(&[(Style::Dim, format!("{} not shown; --full shows all.", counted(more, "further passage")))], 2)?;
    }
    let also: Vec<String> = group
        .also
        .iter()
        .take(if options.full { usize::MAX } else { ALSO })
        .map(|(clause, home)| {
            let places: Vec<String> = lines(clause, comparison, names).into_iter().map(|(name, _)| name).collect();
            format!("{} ({home})", places.join(", "))
        })
        .collect();
    if !also.is_empty() {
        let more = group.also.len() - also.len();
        let more = if more > 0 { format!("; {more} more") } else { String::new() };
        block(&[(Style::Dim, format!("also about this, filed elsewhere: {}{more}", also.join("; ")))], 2)?;
    }
    Ok(())
}

/// Which passages are shown: all, or those that tell most.
fn chosen(group: &Group<'_>, full: bool) -> Vec<bool> {
    let mut order: Vec<(usize, f64)> = group.passages.iter().map(Passage::weight).enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let mut chosen = vec![full; group.passages.len()];
    for (at, _) in order.into_iter().take(PASSAGES) {
        if let Some(slot) = chosen.get_mut(at) {
            *slot = true;
        }
    }
    chosen
}

fn write_passage(
    passage: &Passage<'_>,
    comparison: &ComparisonRecord,
    names: &[String; 2],
    options: &CompareOptions,
    block: &mut dyn FnMut(&[Run], usize) -> io::Result<()>,
) -> io::Result<()> {
    let shown = if options.full { usize::MAX } else { CLAUSES };
    let mut owned = String::new();
    for clause in passage.clauses.iter().take(shown) {
        let owner = if is_link_only(clause) { ONLY_LINKS.to_owned() } else { owner(Some(&clause.kind), names) };
        if owner != owned {
            let lines: Vec<String> = lines(clause, comparison, names).into_iter().map(|(name, _)| name).collect();
            block(&[(Style::Warning, owner.clone()), (Style::Dim, format!(" · {}", lines.join(" · ")))], 2)?;
        }
        owned = owner;
        let elision = if options.full {
            Elision { context: usize::MAX / 4, edit: usize::MAX / 4 }
        } else {
            Elision { context: 12, edit: 60 }
        };
        let mut runs: Vec<Run> = pieces(clause, elision)
            .iter()
            .map(|piece| match piece.kind {
                PieceKind::Equal => (Style::Plain, piece.marked()),
                PieceKind::Delete => (Style::Deleted, piece.marked()),
                PieceKind::Insert => (Style::Inserted, piece.marked()),
            })
            .collect();
        runs.extend(link_runs(clause));
        let tags: Vec<String> = clause.categories.iter().chain(&clause.effect).map(|one| spoken(&one.id)).collect();
        if !tags.is_empty() {
            runs.push((Style::Dim, format!(" ({})", tags.join(", "))));
        }
        block(&runs, 4)?;
    }
    let more = passage.clauses.len().saturating_sub(shown);
    if more > 0 {
        block(&[(Style::Dim, format!("… {} of this passage", counted(more, "further clause")))], 4)?;
    }
    if let Some(url) = passage.clauses.first().and_then(|clause| lines(clause, comparison, names).pop()?.1) {
        block(&[(Style::Link, url)], 4)?;
    }
    Ok(())
}
