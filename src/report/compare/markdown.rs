//! A comparison in Markdown.

use std::io::{self, Write};

use super::{
    CompareOptions, Group, ONLY_LINKS, is_link_only, left_out, lines, named, owner, row, summary, tally, version,
};
use crate::record::{ClauseChangeRecord, ComparisonRecord};
use crate::report::escape::at_line_start;
use crate::report::markdown::{link, redline};
use crate::report::passage::Passage;
use crate::report::words::{counted, spoken, the};
use crate::report::{Elision, safe_link, safe_markdown};

/// Clauses shown of a passage.
const CLAUSES: usize = 10;
/// Clauses filed elsewhere that a group names.
const ALSO: usize = 12;

/// Writes `groups`.
pub(super) fn write(
    comparison: &ComparisonRecord,
    groups: &[Group<'_>],
    names: &[String; 2],
    options: &CompareOptions,
    writer: &mut dyn Write,
) -> io::Result<()> {
    let title = format!("{} · {}", comparison.service, comparison.terms_type);
    writeln!(writer, "# {}: {} and {}\n", safe_markdown(&title), safe_markdown(&names[0]), safe_markdown(&names[1]))?;
    for (name, one) in [(&names[0], &comparison.before), (&names[1], &comparison.after)] {
        let said = safe_markdown(&version(one));
        let said = one.url.as_deref().and_then(safe_link).map_or_else(|| said.clone(), |url| link(&said, url));
        writeln!(writer, "- **{}**: {said}", safe_markdown(name))?;
    }
    writeln!(writer, "\n{}.", safe_markdown(&summary(comparison, names)))?;
    for note in &comparison.notes {
        writeln!(writer, "\nNote: {}", safe_markdown(note))?;
    }
    writeln!(
        writer,
        "\nIn clauses that differ ~~struck-through words~~ stand in {} and **bold words** in {}.",
        safe_markdown(&the(&names[0])),
        safe_markdown(&the(&names[1]))
    )?;
    writeln!(writer)?;
    for group in groups {
        writeln!(writer, "- **{}**: {}", safe_markdown(&group.name), safe_markdown(&row(group, names)))?;
    }
    for group in groups {
        write_group(group, comparison, names, options, writer)?;
    }
    if let Some(said) = left_out(comparison, options.full) {
        writeln!(writer, "\n{}", safe_markdown(&said))?;
    }
    Ok(())
}

fn write_group(
    group: &Group<'_>,
    comparison: &ComparisonRecord,
    names: &[String; 2],
    options: &CompareOptions,
    writer: &mut dyn Write,
) -> io::Result<()> {
    let mut said = vec![tally(group, names)];
    said.extend(named(group));
    said.retain(|part| !part.is_empty());
    writeln!(writer, "\n## {}", safe_markdown(&group.name))?;
    if !said.is_empty() {
        writeln!(writer, "\n{}", safe_markdown(&said.join(" · ")))?;
    }
    let mut section: &[String] = &[];
    for passage in &group.passages {
        if passage.headings() != section {
            section = passage.headings();
            let headings: Vec<String> = section.iter().map(|heading| safe_markdown(heading)).collect();
            writeln!(writer, "\n### {}", headings.join(" › "))?;
        }
        write_passage(passage, comparison, names, options, writer)?;
    }
    let also: Vec<String> =
        group.also.iter().take(ALSO).map(|(clause, home)| filed(clause, home, comparison, names)).collect();
    if !also.is_empty() {
        let more = group.also.len() - also.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        writeln!(writer, "\nFiled elsewhere, and about this as well: {}{more}.", also.join("; "))?;
    }
    Ok(())
}

/// Where a clause stands and under what it is filed: `[Ireland, line 20](…) (Legal basis)`.
fn filed(clause: &ClauseChangeRecord, home: &str, comparison: &ComparisonRecord, names: &[String; 2]) -> String {
    format!("{} ({})", linked(clause, comparison, names), safe_markdown(home))
}

/// The lines of a clause in both versions, linked.
fn linked(clause: &ClauseChangeRecord, comparison: &ComparisonRecord, names: &[String; 2]) -> String {
    let links: Vec<String> = lines(clause, comparison, names)
        .into_iter()
        .map(|(name, url)| url.map_or_else(|| safe_markdown(&name), |url| link(&safe_markdown(&name), &url)))
        .collect();
    links.join(", ")
}

/// The link targets of a clause that changed: ` (links: ~~https://a.example/old~~ **https://a.example/new**)`.
fn link_changes(clause: &ClauseChangeRecord) -> String {
    let Some(links) = &clause.links else { return String::new() };
    let gone = links.dropped.iter().map(|link| format!("~~{}~~", safe_markdown(link)));
    let new = links.added.iter().map(|link| format!("**{}**", safe_markdown(link)));
    format!(" (links: {})", gone.chain(new).collect::<Vec<_>>().join(" "))
}

fn write_passage(
    passage: &Passage<'_>,
    comparison: &ComparisonRecord,
    names: &[String; 2],
    options: &CompareOptions,
    writer: &mut dyn Write,
) -> io::Result<()> {
    let kind = passage.common_kind();
    let owner = match kind {
        Some("added" | "removed" | "moved") => owner(kind, names),
        _ if passage.clauses.iter().all(|clause| is_link_only(clause)) => ONLY_LINKS.into(),
        _ => "different".into(),
    };
    let links = passage.clauses.first().map(|clause| linked(clause, comparison, names)).unwrap_or_default();
    writeln!(writer, "\n**{}** ({links})\n", safe_markdown(&owner))?;
    let shown = if options.full { usize::MAX } else { CLAUSES };
    let elision = if options.full {
        Elision { context: usize::MAX / 4, edit: usize::MAX / 4 }
    } else {
        Elision { context: 15, edit: 80 }
    };
    for clause in passage.clauses.iter().take(shown) {
        let tags: Vec<String> = clause.categories.iter().chain(&clause.effect).map(|one| spoken(&one.id)).collect();
        let tags = if tags.is_empty() { String::new() } else { format!(" _{}_", safe_markdown(&tags.join(", "))) };
        let text = match (kind, clause.after.as_deref().or(clause.before.as_deref())) {
            // Where a whole passage stands in one version alone nothing has to be marked.
            (Some("added" | "removed"), Some(text)) => {
                safe_markdown(&crate::report::redline::shortened(text, elision.edit))
            }
            _ => redline(clause, elision),
        };
        writeln!(writer, "- {}{}{tags}", at_line_start(&text), link_changes(clause))?;
    }
    let more = passage.clauses.len().saturating_sub(shown);
    if more > 0 {
        writeln!(writer, "- … {} of this passage", counted(more, "further clause"))?;
    }
    Ok(())
}
