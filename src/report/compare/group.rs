//! Clauses that differ, by what each is about.

use crate::record::{ClauseChangeRecord, ComparisonRecord};
use crate::report::passage::{Passage, passages};
use crate::report::safe_text;
use crate::report::words::headed;

/// Headings that name a group where there are no categories.
const HEADINGS: usize = 2;
/// What holds the clauses that a model gave no category.
const REST: &str = "Without a category";

/// Clauses about one matter.
#[derive(Debug)]
pub(super) struct Group<'a> {
    /// The category or the section.
    pub(super) name: String,
    /// By headings, and in the order of the document under each.
    pub(super) passages: Vec<Passage<'a>>,
    /// Clauses that only the first version has.
    pub(super) before: usize,
    /// Clauses that only the second version has.
    pub(super) after: usize,
    /// Clauses that differ.
    pub(super) differ: usize,
    /// Clauses with the same words and other link targets.
    pub(super) links: usize,
    /// Clauses that touch the matter but are filed under another, with the name of that.
    pub(super) also: Vec<(&'a ClauseChangeRecord, String)>,
    /// Jurisdictions that its clauses name.
    pub(super) jurisdictions: Vec<String>,
    /// Laws that its clauses name.
    pub(super) laws: Vec<String>,
    /// Its clauses in the order of the document.
    clauses: Vec<&'a ClauseChangeRecord>,
    /// Its clauses that are substantive.
    substantive: usize,
    /// Words that differ.
    words: usize,
}

impl<'a> Group<'a> {
    fn named(name: String) -> Self {
        Self {
            name,
            passages: Vec::new(),
            before: 0,
            after: 0,
            differ: 0,
            links: 0,
            also: Vec::new(),
            jurisdictions: Vec::new(),
            laws: Vec::new(),
            clauses: Vec::new(),
            substantive: 0,
            words: 0,
        }
    }

    /// How many clauses are filed here.
    pub(super) fn size(&self) -> usize {
        self.before + self.after + self.differ + self.links
    }

    fn take(&mut self, clause: &'a ClauseChangeRecord) {
        match clause.kind.as_str() {
            "removed" => self.before += 1,
            "added" => self.after += 1,
            _ if is_link_only(clause) => self.links += 1,
            _ => self.differ += 1,
        }
        self.words += words(clause);
        self.substantive += usize::from(is(clause, "substantive"));
        note(&mut self.jurisdictions, &clause.facts.jurisdictions);
        note(&mut self.laws, &clause.facts.laws);
        self.clauses.push(clause);
    }
}

/// The groups of `comparison`, those with most substantive clauses first. Without `full`, clauses
/// that differ in form or place only are left out.
///
/// Each clause is filed under its own best category: what stands beside it says nothing about it.
pub(super) fn groups(comparison: &ComparisonRecord, full: bool) -> Vec<Group<'_>> {
    let shown: Vec<&ClauseChangeRecord> =
        comparison.clauses.iter().filter(|clause| full || !is_small(clause)).collect();
    let by_category = shown.iter().any(|clause| !clause.categories.is_empty());
    let mut groups: Vec<Group<'_>> = Vec::new();
    for clause in shown {
        let home = if by_category { category(clause) } else { section(clause) };
        if let Some(group) = named(&mut groups, &home) {
            group.take(clause);
        }
        for other in clause.categories.iter().map(|category| headed(&category.id)).filter(|other| *other != home) {
            if let Some(group) = named(&mut groups, &other) {
                group.also.push((clause, home.clone()));
            }
        }
    }
    for group in &mut groups {
        group.passages = passages(by_headings(&group.clauses));
    }
    // A stable sort: equals stay in the order of the document.
    groups.sort_by_key(|group| {
        (group.name == REST, std::cmp::Reverse((group.substantive, group.words, group.also.len())))
    });
    groups
}

/// The group called `name`, which is made if there is none.
fn named<'g, 'a>(groups: &'g mut Vec<Group<'a>>, name: &str) -> Option<&'g mut Group<'a>> {
    let at = groups.iter().position(|group| group.name == name).unwrap_or_else(|| {
        groups.push(Group::named(name.to_owned()));
        groups.len() - 1
    });
    groups.get_mut(at)
}

/// `clauses` with those under the same headings side by side, in the order in which these come first.
fn by_headings<'a>(clauses: &[&'a ClauseChangeRecord]) -> Vec<&'a ClauseChangeRecord> {
    let mut sections: Vec<(&[String], Vec<&'a ClauseChangeRecord>)> = Vec::new();
    for &clause in clauses {
        match sections.iter_mut().find(|(headings, _)| *headings == clause.headings.as_slice()) {
            Some((_, section)) => section.push(clause),
            None => sections.push((&clause.headings, vec![clause])),
        }
    }
    sections.into_iter().flat_map(|(_, section)| section).collect()
}

/// Whether a clause differs in form or place only.
pub(super) fn is_small(clause: &ClauseChangeRecord) -> bool {
    clause.kind == "moved" || is(clause, "cosmetic")
}

/// Whether a clause has the same words in both versions and other link targets.
pub(super) fn is_link_only(clause: &ClauseChangeRecord) -> bool {
    clause.kind == "modified" && clause.links.is_some() && clause.before == clause.after
}

fn is(clause: &ClauseChangeRecord, materiality: &str) -> bool {
    clause.materiality.as_ref().is_some_and(|it| it.id == materiality)
}

/// The category with the best score.
fn category(clause: &ClauseChangeRecord) -> String {
    let best = clause.categories.iter().max_by(|a, b| a.score.total_cmp(&b.score).then_with(|| b.id.cmp(&a.id)));
    best.map_or_else(|| REST.to_owned(), |category| headed(&category.id))
}

/// The section, where no model names categories.
fn section(clause: &ClauseChangeRecord) -> String {
    let headings: Vec<_> = clause.headings.iter().take(HEADINGS).map(|heading| safe_text(heading)).collect();
    if headings.is_empty() { "Outside of all sections".into() } else { headings.join(" › ") }
}

/// Adds those of `texts` that `list` does not have.
fn note(list: &mut Vec<String>, texts: &[String]) {
    for text in texts.iter().map(|text| safe_text(text).into_owned()) {
        if !list.contains(&text) {
            list.push(text);
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::ScoredId;

    fn scored(id: &str, score: f64) -> ScoredId {
        ScoredId { id: id.into(), score }
    }

    fn clause(line: u32, heading: &str, materiality: &str, categories: &[(&str, f64)]) -> ClauseChangeRecord {
        ClauseChangeRecord {
            kind: "added".into(),
            after: Some(format!("Clause {line}.")),
            after_line: Some(line),
            headings: vec![heading.into()],
            materiality: Some(scored(materiality, 0.9)),
            categories: categories.iter().map(|(id, score)| scored(id, *score)).collect(),
            ..ClauseChangeRecord::default()
        }
    }

    #[test]
    fn one_section_is_filed_by_what_each_of_its_clauses_is_about() {
        let comparison = ComparisonRecord {
            clauses: vec![
                clause(1, "A", "substantive", &[("data-use", 0.9)]),
                clause(2, "A", "substantive", &[("legal-basis", 0.6), ("data-use", 0.5)]),
                clause(3, "B", "substantive", &[("legal-basis", 0.8), ("ai-training", 0.4)]),
                clause(4, "A", "substantive", &[("legal-basis", 0.7)]),
                clause(5, "B", "clarifying", &[]),
                clause(6, "B", "cosmetic", &[("security", 0.9)]),
            ],
            ..ComparisonRecord::default()
        };
        let groups = groups(&comparison, false);
        let names: Vec<(&str, usize, usize)> =
            groups.iter().map(|group| (group.name.as_str(), group.size(), group.also.len())).collect();
        assert_eq!(
            names,
            [("Legal basis", 3, 0), ("Data use", 1, 1), ("AI training", 0, 1), ("Without a category", 1, 0)]
        );
        let lines: Vec<Option<u32>> =
            groups[0].passages.iter().flat_map(|passage| &passage.clauses).map(|clause| clause.after_line).collect();
        assert_eq!(lines, [Some(2), Some(4), Some(3)], "by headings");
        assert_eq!(groups[2].also[0].1, "Legal basis");
    }

    #[test]
    fn without_categories_sections_are_groups() {
        let comparison = ComparisonRecord {
            clauses: vec![clause(1, "A", "clarifying", &[]), clause(2, "B", "substantive", &[])],
            ..ComparisonRecord::default()
        };
        let names: Vec<String> = groups(&comparison, false).into_iter().map(|group| group.name).collect();
        assert_eq!(names, ["B", "A"]);
    }
}
