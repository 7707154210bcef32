//! Passages that differ, by what they are about.

use crate::record::{ClauseChangeRecord, ComparisonRecord};
use crate::report::passage::{Passage, passages};
use crate::report::safe_text;
use crate::report::words::headed;

/// Headings that name a group where there are no categories.
const HEADINGS: usize = 2;

/// Passages about one matter.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// The category or the section.
    pub(super) name: String,
    /// In the order of the document.
    pub(super) passages: Vec<Passage<'a>>,
    /// Clauses that only the first version has.
    pub(super) before: usize,
    /// Clauses that only the second version has.
    pub(super) after: usize,
    /// Clauses that differ.
    pub(super) differ: usize,
    /// Words that differ.
    words: usize,
}

/// The groups of `comparison`, those in which most words differ first. Without `full`, clauses
/// that differ in form or place only are left out.
pub(super) fn groups(comparison: &ComparisonRecord, full: bool) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for mut passage in passages(&comparison.clauses) {
        if !full {
            passage.clauses.retain(|clause| !is_small(clause));
        }
        if passage.clauses.is_empty() {
            continue;
        }
        let name = name(&passage);
        let at = groups.iter().position(|group| group.name == name).unwrap_or_else(|| {
            groups.push(Group { name, passages: Vec::new(), before: 0, after: 0, differ: 0, words: 0 });
            groups.len() - 1
        });
        let Some(group) = groups.get_mut(at) else { continue };
        for clause in &passage.clauses {
            match clause.kind.as_str() {
                "removed" => group.before += 1,
                "added" => group.after += 1,
                _ => group.differ += 1,
            }
            group.words += words(clause);
        }
        group.passages.push(passage);
    }
    // A stable sort: equals stay in the order of the document.
    groups.sort_by_key(|group| std::cmp::Reverse(group.words));
    groups
}

/// Whether a clause differs in form or place only.
pub(super) fn is_small(clause: &ClauseChangeRecord) -> bool {
    clause.kind == "moved" || clause.materiality.as_ref().is_some_and(|materiality| materiality.id == "cosmetic")
}

/// The category with the greatest sum of scores; without any, the section.
fn name(passage: &Passage<'_>) -> String {
    let mut sums: Vec<(&str, f64)> = Vec::new();
    for category in passage.clauses.iter().flat_map(|clause| &clause.categories) {
        match sums.iter_mut().find(|(id, _)| *id == category.id) {
            Some((_, sum)) => *sum += category.score,
            None => sums.push((&category.id, category.score)),
        }
    }
    sums.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    if let Some((id, _)) = sums.first() {
        return headed(id);
    }
    let headings: Vec<_> = passage.headings().iter().take(HEADINGS).map(|heading| safe_text(heading)).collect();
    if headings.is_empty() { "Outside of all sections".into() } else { headings.join(" › ") }
}

fn words(clause: &ClauseChangeRecord) -> usize {
    let count = |text: &str| text.split_whitespace().count();
    if clause.kind == "moved" {
        return 0;
    }
    if clause.redline.is_empty() {
        return clause.before.iter().chain(&clause.after).map(|text| count(text)).sum();
    }
    clause.redline.iter().filter(|edit| edit.op != "equal").map(|edit| count(&edit.text)).sum()
}
