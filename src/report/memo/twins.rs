//! The same terms in other jurisdictions: what both editions say, and what one says alone.

use std::fmt::Write as _;

use super::importance::importance;
use super::statement::Statement;
use crate::record::{ClauseChangeRecord, DocumentChangeRecord};
use crate::report::elsewhere::{Elsewhere, Places, Twin, lower, twins as recorded};
use crate::report::markdown::{link, redline};
use crate::report::words::{counted, placed};
use crate::report::{Elision, safe_link, safe_markdown};

/// Clause changes of one edition alone that are named.
const NAMED: usize = 5;
/// Other places of the same change that are named.
const PLACES: usize = 12;

/// The section on other jurisdictions and other services.
pub(super) fn twins(records: &[DocumentChangeRecord], told: &[Statement<'_>]) -> String {
    let Some((first, others)) = records.split_first() else { return String::new() };
    let mut text = String::from("\n## In other jurisdictions\n\n");
    for other in others {
        text.push_str(&given(first, other, told));
    }
    let mut missing: Vec<Twin<'_>> = recorded(first);
    missing.retain(|twin| others.iter().all(|other| other.id != twin.place.id));
    for twin in &missing {
        // A paragraph of its own, also after a list.
        if !text.ends_with("\n\n") {
            text.push('\n');
        }
        text.push_str(&known(first, twin));
    }
    text.push_str(&places(first));
    if others.is_empty() && missing.is_empty() {
        text.push_str(
            "[TODO: was the same change recorded elsewhere? Give the other changes to `termsift memo` as well and it \
             tells them apart, or run `termsift compare`; else delete this section.]\n",
        );
        return text;
    }
    if !missing.is_empty() {
        let ids: Vec<&str> = records
            .iter()
            .map(|record| record.id.as_str())
            .chain(missing.iter().map(|twin| twin.place.id.as_str()))
            .collect();
        let _ = write!(
            text,
            "\n[TODO: `termsift memo {}` states what each edition has alone.]\n",
            safe_markdown(&ids.join(" "))
        );
    }
    text.push_str("\n[TODO: say in a sentence who gets which terms, and delete this section's counts.]\n");
    text
}

/// Another change that the memo is about: its statements are compared with those of the first.
fn given(first: &DocumentChangeRecord, other: &DocumentChangeRecord, told: &[Statement<'_>]) -> String {
    let shared = told.iter().filter(|one| one.record.id == first.id && one.also(other).is_some()).count();
    let here = told.iter().filter(|one| one.record.id == first.id && one.also(other).is_none()).count();
    let there = told.iter().filter(|one| one.record.id == other.id).count();
    format!(
        "{} · {} in {} and {} in {}: {} the same in both, {here} only in the first, {there} only in the second.\n",
        safe_markdown(&first.service),
        safe_markdown(&first.terms_type),
        safe_markdown(&placed(&first.collection)),
        safe_markdown(&format!("{} · {}", other.service, other.terms_type)),
        safe_markdown(&placed(&other.collection)),
        counted(shared, "passage"),
    )
}

/// A twin that the record knows of, with the gravest clauses that it lacks.
fn known(record: &DocumentChangeRecord, twin: &Twin<'_>) -> String {
    let mut text =
        format!("{} has a change of the same document: {}.\n", linked(&twin.place), safe_markdown(&twin.said));
    let mut only: Vec<&ClauseChangeRecord> = twin.only_here.clone();
    // A stable sort: equals stay as they were.
    only.sort_by(|a, b| importance(record, b).total_cmp(&importance(record, a)));
    for clause in only.iter().take(NAMED) {
        let place = match clause.url.as_deref().and_then(safe_link) {
            Some(url) => link("only here", url),
            None => "only here".to_owned(),
        };
        let _ = writeln!(text, "- {place}: {}", redline(clause, Elision { context: 10, edit: 30 }));
    }
    if let Some(more) = only.len().checked_sub(NAMED).filter(|&more| more > 0) {
        let _ = writeln!(text, "- … {}", counted(more, "further clause change"));
    }
    text
}

/// Other documents and services with the same change.
fn places(record: &DocumentChangeRecord) -> String {
    let places = Places::of(record, PLACES);
    let Some(title) = places.title() else { return String::new() };
    let names: Vec<String> = places.listed.iter().map(linked).collect();
    let more = if places.more > 0 { format!("; {} more", places.more) } else { String::new() };
    format!("\n[TODO: {}, or is that another story? {}{more}.]\n", lower(&title), names.join("; "))
}

fn linked(place: &Elsewhere) -> String {
    match &place.url {
        Some(url) => link(&safe_markdown(&place.name), url),
        None => safe_markdown(&place.name),
    }
}

#[cfg(test)]
mod tests {
    use super::super::memo;
    use crate::report::elsewhere::example;

    #[test]
    fn twins_of_the_record_are_compared_without_being_given() {
        let record = example();
        let alone = memo(std::slice::from_ref(&record));
        for said in [
            "[demo-ie (Ireland), 5 March 2025](https://a.example/ie) has a change of the same document: 6 clause changes",
            "- [only here](https://a.example/commit/1#R9): **Only readers in one place are told of this.**",
            "`termsift memo 00000000000000aa 00000000000000bb`",
            "the same change in 4 other places",
        ] {
            assert!(alone.contains(said), "{said}\n{alone}");
        }
        let mut other = record.clone();
        other.id = "00000000000000bb".into();
        other.collection = "demo-ie".into();
        let both = memo(&[record, other]);
        assert!(both.contains("2 passages the same in both"), "{both}");
        assert!(!both.contains("only here"), "{both}");
    }
}
