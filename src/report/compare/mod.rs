//! Two versions of the same terms side by side, for a terminal or in Markdown.
//!
//! What differs is grouped by each clause's own best category, or by section where no model names
//! categories; the groups with most substantive clauses come first. Each clause says which edition
//! has it, and each group which clauses touch it although they are filed elsewhere.

mod group;
mod markdown;
mod terminal;

use std::io::{self, Write};

use self::group::{Group, groups, is_link_only, is_small};
use super::facts::{law_named, place_named};
use super::words::{counted, day, edition, the};
use super::{safe_link, safe_text};
use crate::record::{ComparisonRecord, VersionRecord};

/// What differs where the words are the same.
const ONLY_LINKS: &str = "only links differ";

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
    // A folder's versions are called by their time, which says nothing when it is cut.
    let hash = version.commit.len() >= 40 && version.commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    let commit = if hash { &version.commit[..12] } else { &version.commit };
    safe_text(&format!("{}, version recorded {} ({commit})", version.collection, day(&version.date))).into_owned()
}

/// `508 clauses the same, 12 only in …`.
fn summary(comparison: &ComparisonRecord, names: &[String; 2]) -> String {
    let count = |kind: &str| comparison.counts.get(kind).copied().unwrap_or_default();
    let [a, b] = names.each_ref().map(|name| the(name));
    let links = comparison.clauses.iter().filter(|clause| is_link_only(clause)).count();
    let mut parts = vec![
        format!("{} the same", counted(count("unchanged"), "clause")),
        format!("{} only in {a}", count("removed")),
        format!("{} only in {b}", count("added")),
        format!("{} different", count("modified").saturating_sub(links)),
    ];
    if links > 0 {
        parts.push(format!("{links} with other link targets only"));
    }
    if count("moved") > 0 {
        parts.push(format!("{} elsewhere", count("moved")));
    }
    parts.join(", ")
}

/// What is left out unless `full`; nothing where nothing is.
fn left_out(comparison: &ComparisonRecord, full: bool) -> Option<String> {
    let small = comparison.clauses.iter().filter(|clause| is_small(clause)).count();
    let clauses = counted(small, "clause");
    (!full && small > 0)
        .then(|| format!("Not shown: {clauses} different in form, place or link targets only; --full shows all."))
}

/// `only in Ireland: 89 · only in the United States: 2 · different: 4`.
fn tally(group: &Group<'_>, names: &[String; 2]) -> String {
    let [a, b] = names.each_ref().map(|name| the(name));
    let parts = [
        (format!("only in {a}"), group.before),
        (format!("only in {b}"), group.after),
        ("different".into(), group.differ),
        (ONLY_LINKS.into(), group.links),
    ];
    let said: Vec<String> =
        parts.into_iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{name}: {count}")).collect();
    said.join(" · ")
}

/// What the clauses of a group name: `jurisdictions named: European Union (EU), Canada (CA)`, `laws named: …`.
fn named(group: &Group<'_>) -> Vec<String> {
    let places: Vec<String> = group.jurisdictions.iter().map(|id| place_named(id)).collect();
    let laws: Vec<String> = group.laws.iter().map(|id| law_named(id)).collect();
    [("jurisdictions named", places), ("laws named", laws)]
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
        Some("removed") => format!("only in {}", the(&names[0])),
        Some("added") => format!("only in {}", the(&names[1])),
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::record::{ClauseChangeRecord, LinkTargetsRecord, ScoredId};

    /// Two editions: a clause that only the second has, and one in which only a link differs.
    fn comparison() -> ComparisonRecord {
        let version = |collection: &str| VersionRecord { collection: collection.into(), ..VersionRecord::default() };
        let judged = |id: &str| Some(ScoredId { id: id.into(), score: 0.95 });
        let links = LinkTargetsRecord {
            dropped: vec!["https://a.example/us".into()],
            added: vec!["https://a.example/gb".into()],
        };
        let words = Some("See our help pages.".to_owned());
        let linked = ClauseChangeRecord {
            kind: "modified".into(),
            before: words.clone(),
            after: words,
            headings: vec!["A heading that is longer than the twenty-four columns of old".into()],
            links: Some(links),
            materiality: judged("cosmetic"),
            ..ClauseChangeRecord::default()
        };
        let added = ClauseChangeRecord {
            kind: "added".into(),
            after: Some("You may complain to a regulator.".into()),
            headings: vec!["Short".into()],
            materiality: judged("substantive"),
            ..ClauseChangeRecord::default()
        };
        ComparisonRecord {
            before: version("demo-us"),
            after: version("demo-gb"),
            counts: BTreeMap::from([("modified".to_owned(), 1), ("added".to_owned(), 1)]),
            clauses: vec![linked, added],
            ..ComparisonRecord::default()
        }
    }

    fn written(full: bool, markdown: bool) -> String {
        let mut bytes = Vec::new();
        let options = CompareOptions { width: 200, color: false, full, markdown };
        assert!(write_comparison(&comparison(), &options, &mut bytes).is_ok());
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[test]
    fn a_hash_is_shortened_and_a_time_is_not() {
        let of = |commit: &str| version(&VersionRecord { commit: commit.into(), ..VersionRecord::default() });
        assert!(of(&"0123456789abcdef".repeat(3)[..40]).ends_with("(0123456789ab)"));
        assert!(of("2024-07-02T21-30-00Z").ends_with("(2024-07-02T21-30-00Z)"));
    }

    #[test]
    fn links_that_differ_are_counted_apart_and_what_is_left_out_is_told() {
        for markdown in [false, true] {
            let text = written(false, markdown);
            for said in [
                "0 only in the United States, 1 only in the United Kingdom, 0 different, 1 with other link targets only",
                "Not shown: 1 clause different in form, place or link targets only; --full shows all.",
            ] {
                assert!(text.contains(said), "{said}\n{text}");
            }
            assert!(!text.contains("a.example"), "{text}");
        }
    }

    #[test]
    fn all_of_it_has_the_links() {
        let terminal = written(true, false);
        for said in [
            "See our help pages. links: [-https://a.example/us-] {+https://a.example/gb+}",
            "Short                                     only in the United Kingdom: 1",
            "A heading that is longer than the twent…  only links differ: 1",
        ] {
            assert!(terminal.contains(said), "{said}\n{terminal}");
        }
        let page = written(true, true);
        for said in
            ["See our help pages. (links: ~~https://a.example/us~~ **https://a.example/gb**)", "**only links differ**"]
        {
            assert!(page.contains(said), "{said}\n{page}");
        }
        for text in [terminal, page] {
            assert!(!text.contains("different:") && !text.contains("Not shown"), "{text}");
        }
    }
}
