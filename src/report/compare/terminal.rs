//! A comparison for a reader at a terminal.

use std::io::{self, Write};

use super::{CompareOptions, Group, lines, owner, summary, tally, version};
use crate::record::ComparisonRecord;
use crate::report::layout::{Run, Style, cut, wrap};
use crate::report::passage::Passage;
use crate::report::words::{counted, spoken};
use crate::report::{Elision, PieceKind, pieces, safe_text};

/// Passages shown of a group.
const PASSAGES: usize = 8;
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
    for group in groups {
        block(&[], 0)?;
        block(&[(Style::Bold, group.name.clone()), (Style::Dim, format!("  {}", tally(group, names)))], 0)?;
        let shown = if options.full { usize::MAX } else { PASSAGES };
        for passage in group.passages.iter().take(shown) {
            write_passage(passage, comparison, names, options, &mut block)?;
        }
        let more = group.passages.len().saturating_sub(shown);
        if more > 0 {
            block(&[(Style::Dim, format!("{} not shown; --full shows all.", counted(more, "further passage")))], 2)?;
        }
    }
    Ok(())
}

fn write_passage(
    passage: &Passage<'_>,
    comparison: &ComparisonRecord,
    names: &[String; 2],
    options: &CompareOptions,
    block: &mut dyn FnMut(&[Run], usize) -> io::Result<()>,
) -> io::Result<()> {
    let headings: Vec<_> = passage.headings().iter().map(|heading| cut(&safe_text(heading), 60)).collect();
    let shown = if options.full { usize::MAX } else { CLAUSES };
    let mut owned = String::new();
    block(&[(Style::Dim, headings.join(" › "))], 2)?;
    for clause in passage.clauses.iter().take(shown) {
        let owner = owner(Some(&clause.kind), names);
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
