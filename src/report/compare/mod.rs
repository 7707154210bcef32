//! Two versions of the same terms side by side, for a terminal or in Markdown.
//!
//! What differs is grouped by each clause's own best category, or by section where no model names
//! categories; the groups with most substantive clauses come first. Each clause says which edition
//! has it, and each group which clauses touch it although they are filed elsewhere.

mod group;
mod markdown;
mod terminal;

use std::io::{self, Write};

use self::group::{Group, groups};
use super::words::{counted, day, edition};
use super::{safe_link, safe_text};
use crate::record::{ComparisonRecord, VersionRecord};

/// How a comparison is written.
#[derive(Debug, Clone)]
pub struct CompareOptions {
    /// Columns of the terminal.
    pub width: usize,
    /// With colours.
    pub color: bool,
    /// Nothing is left out.
    pub full: bool,
    /// In Markdown rather than for a terminal.
    pub markdown: bool,
}

/// Writes `comparison`.
///
/// # Errors
/// When the writer fails.
pub fn write_comparison(
    comparison: &ComparisonRecord,
    options: &CompareOptions,
    writer: &mut dyn Write,
) -> io::Result<()> {
    let groups = groups(comparison, options.full);
    let names = names(comparison);
    if options.markdown {
        markdown::write(comparison, &groups, &names, options, writer)?;
    } else {
        terminal::write(comparison, &groups, &names, options, writer)?;
    }
    writer.flush()
}

/// What the two versions are called: by jurisdiction, by collection, or by date.
fn names(comparison: &ComparisonRecord) -> [String; 2] {
    let (before, after) = (&comparison.before, &comparison.after);
    if before.collection == after.collection {
        return [before, after].map(|version| safe_text(day(&version.date)).into_owned());
    }
    match (edition(&before.collection), edition(&after.collection)) {
        (Some(a), Some(b)) if a != b => [a.to_owned(), b.to_owned()],
        _ => [before, after].map(|version| safe_text(&version.collection).into_owned()),
    }
}

/// `vlopses-us, version of 2025-11-04`.
fn version(version: &VersionRecord) -> String {
    let commit = version.commit.get(..12).unwrap_or(&version.commit);
    safe_text(&format!("{}, version recorded {} ({commit})", version.collection, day(&version.date))).into_owned()
}

/// `508 clauses are the same, 12 only in …`.
fn summary(comparison: &ComparisonRecord, names: &[String; 2]) -> String {
    let count = |kind: &str| comparison.counts.get(kind).copied().unwrap_or_default();
    let [a, b] = names;
    let mut parts = vec![
        format!("{} the same", counted(count("unchanged"), "clause")),
        format!("{} only in {a}", count("removed")),
        format!("{} only in {b}", count("added")),
        format!("{} different", count("modified")),
    ];
    if count("moved") > 0 {
        parts.push(format!("{} elsewhere", count("moved")));
    }
    parts.join(", ")
}

/// `only in Ireland: 89 · only in United States: 2 · different: 4`.
fn tally(group: &Group<'_>, names: &[String; 2]) -> String {
    let [a, b] = names;
    let parts = [
        (format!("only in {a}"), group.before),
        (format!("only in {b}"), group.after),
        ("different".into(), group.differ),
    ];
    let said: Vec<String> =
        parts.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name}: {count}")).collect();
    said.join(" · ")
}

/// What the clauses of a group name: `jurisdictions named: EU, UK`, `laws named: GDPR`.
fn named(group: &Group<'_>) -> Vec<String> {
    let lists = [("jurisdictions named", &group.jurisdictions), ("laws named", &group.laws)];
    lists
        .into_iter()
        .filter(|(_, texts)| !texts.is_empty())
        .map(|(label, texts)| format!("{label}: {}", texts.join(", ")))
        .collect()
}

/// One line of the overview of groups: in how many clauses it stands in either version.
fn row(group: &Group<'_>, names: &[String; 2]) -> String {
    let touched = format!("touched by {}", counted(group.also.len(), "clause"));
    match (group.size(), group.also.len()) {
        (0, _) => format!("{touched} filed elsewhere"),
        (_, 0) => tally(group, names),
        _ => format!("{} · {touched} filed elsewhere", tally(group, names)),
    }
}

/// Whose a passage of this `kind` is.
fn owner(kind: Option<&str>, names: &[String; 2]) -> String {
    match kind {
        Some("removed") => format!("only in {}", names[0]),
        Some("added") => format!("only in {}", names[1]),
        Some("moved") => "in another place".into(),
        _ => format!("different: [-{}-] {{+{}+}}", names[0], names[1]),
    }
}

/// Links to the lines of a clause in both versions, with what each is called.
fn lines(
    clause: &crate::record::ClauseChangeRecord,
    comparison: &ComparisonRecord,
    names: &[String; 2],
) -> Vec<(String, Option<String>)> {
    let side = |line: Option<u32>, version: &VersionRecord, name: &String| {
        line.map(|line| {
            let url = version.line(line).and_then(|url| safe_link(&url).map(str::to_owned));
            (format!("{name}, line {line}"), url)
        })
    };
    [side(clause.before_line, &comparison.before, &names[0]), side(clause.after_line, &comparison.after, &names[1])]
        .into_iter()
        .flatten()
        .collect()
}
