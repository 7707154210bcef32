//! The front matter: title and description from what the redlines show.

use super::importance::{importance, weight_of};
use super::statement::Statement;
use super::tell::{cut_words, in_quotes};
use super::{TITLE, once, services};
use crate::record::{DocumentChangeRecord, ScoredId};
use crate::report::passage::PassageKind;
use crate::report::safe_text;
use crate::report::words::{day, listed, placed, spoken, spoken_day};

/// Categories named in a title.
const CATEGORIES: usize = 3;
/// Statements that a title is made from.
const LEADING: usize = 6;

/// The front matter, fences included.
pub(super) fn front_matter(records: &[DocumentChangeRecord], told: &[&Statement<'_>]) -> String {
    let list = |name: &str, values: Vec<String>| {
        let lines: String = values.iter().map(|value| format!("  - {}\n", yaml(value))).collect();
        if values.is_empty() { format!("{name}: []\n") } else { format!("{name}:\n{lines}") }
    };
    let models = once(records.iter().map(|record| record.model.clone().unwrap_or_default()));
    let judge = if models.is_empty() { "no model".to_owned() } else { format!("model {}", models.join(", ")) };
    let services = services(records);
    let service = match services.as_slice() {
        [one] => format!("service: {}\n", yaml(one)),
        _ => list("service", services.clone()),
    };
    [
        "---\n".to_owned(),
        format!("html_description: {}\n", yaml(&description(records, told))),
        format!("title: {}\n", yaml(&title(records, told))),
        service,
        list("terms_types", once(records.iter().map(|record| safe_text(&record.terms_type).into_owned()))),
        list("dates", once(records.iter().map(|record| safe_text(day(&record.date)).into_owned()))),
        "author: \"\"\n".to_owned(),
        list("related_collections", once(records.iter().map(|record| safe_text(&record.collection).into_owned()))),
        format!(
            "assistance: {}\n",
            yaml(&format!("Drafted with termsift {} ({judge}) from recorded redlines", env!("CARGO_PKG_VERSION")))
        ),
        "---\n".to_owned(),
    ]
    .concat()
}

/// `text` as a YAML string in double quotes.
fn yaml(text: &str) -> String {
    format!("\"{}\"", safe_text(text).replace('\\', "\\\\").replace('"', "\\\""))
}

/// What the memo is about, in the present tense and at most [`TITLE`] characters.
fn title(records: &[DocumentChangeRecord], told: &[&Statement<'_>]) -> String {
    let services = services(records);
    let subject = listed(&services);
    let plural = services.len() > 1;
    let terms = listed(&once(records.iter().map(|record| safe_text(&record.terms_type).into_owned())));
    let its = if plural { "their" } else { "its" };
    let verb = |one: &str, many: &str| if plural { many.to_owned() } else { one.to_owned() };
    let mut title = subject;
    let mut phrases = phrases(records, told, &verb);
    if phrases.is_empty() {
        phrases.push(format!("{} {its} {terms}", verb("changes", "change")));
    }
    let mut parts: Vec<String> = Vec::new();
    for phrase in phrases {
        let mut longer = parts.clone();
        longer.push(phrase);
        if title.chars().count() + 1 + listed(&longer).chars().count() <= TITLE {
            parts = longer;
        }
    }
    let with_terms = format!(" in {its} {terms}");
    title = format!("{title} {}", listed(&parts));
    if !title.contains(&terms) && title.chars().count() + with_terms.chars().count() <= TITLE {
        title.push_str(&with_terms);
    }
    let cut: String = title.chars().take(TITLE).collect();
    cut.trim_end_matches(['.', ',', ';', ':', ' ']).to_owned()
}

/// What happened, a phrase each, the most important first.
fn phrases(
    records: &[DocumentChangeRecord],
    told: &[&Statement<'_>],
    verb: &dyn Fn(&str, &str) -> String,
) -> Vec<String> {
    let mut phrases = Vec::new();
    let topics = categories(told);
    if !topics.is_empty() {
        phrases.push(format!("{} terms on {}", verb("changes", "change"), listed(&topics)));
    }
    let parties = parties(records);
    if !parties.is_empty() {
        let shown: Vec<String> = parties.iter().take(2).cloned().collect();
        phrases.push(format!("{} {}", verb("names", "name"), listed(&shown)));
    }
    let titles = added_titles(told);
    if !titles.is_empty() && topics.is_empty() {
        // As many as fit are kept by the caller, so each stands alone.
        phrases.extend(titles.iter().map(|title| format!("{} {}", verb("adds", "add"), in_quotes(title))));
    }
    if phrases.is_empty() {
        phrases.extend(told.first().and_then(|statement| {
            let heading = statement.passage.headings().last()?;
            let heading = in_quotes(&cut_words(&safe_text(heading), 12));
            Some(match statement.passage.common_kind() {
                Some("added") => format!("{} to {heading}", verb("adds", "add")),
                Some("removed") => format!("{} clauses from {heading}", verb("removes", "remove")),
                _ => format!("{} {heading}", verb("rewords", "reword")),
            })
        }));
    }
    phrases
}

/// The matters that weigh most in what is told first: of each its gravest clause counts, so that
/// many routine ones do not name the memo.
fn categories(told: &[&Statement<'_>]) -> Vec<String> {
    let mut best: Vec<(String, f64)> = Vec::new();
    for statement in told.iter().take(LEADING) {
        for clause in &statement.passage.clauses {
            let important = importance(statement.record, clause).max(0.0);
            for ScoredId { id, score } in &clause.categories {
                let points = important * score * weight_of(id);
                match best.iter_mut().find(|(known, _)| known == id) {
                    Some((_, most)) => *most = most.max(points),
                    None => best.push((id.clone(), points)),
                }
            }
        }
    }
    best.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    best.iter().take(CATEGORIES).map(|(id, _)| spoken(id)).collect()
}

/// Organisations newly named in any of `records`, but for the services themselves.
fn parties(records: &[DocumentChangeRecord]) -> Vec<String> {
    let own = services(records);
    once(records.iter().flat_map(|record| &record.facts.parties_added).map(|party| safe_text(party).into_owned()))
        .into_iter()
        .filter(|party| !own.iter().any(|service| service.contains(party.as_str())))
        .collect()
}

/// Titles of sections and entries that came.
fn added_titles(told: &[&Statement<'_>]) -> Vec<String> {
    told.iter()
        .filter(|one| matches!(one.passage.kind(), PassageKind::Section | PassageKind::Row))
        .filter(|one| one.passage.common_kind() == Some("added"))
        .filter_map(|one| one.passage.clauses.first()?.after.as_deref())
        .map(|title| safe_text(title).trim_end_matches([':', '.']).to_owned())
        .filter(|title| title.chars().count() <= 70)
        .collect()
}

/// What happened in a sentence, in the past tense.
fn description(records: &[DocumentChangeRecord], told: &[&Statement<'_>]) -> String {
    let services = services(records);
    let terms = listed(&once(records.iter().map(|record| safe_text(&record.terms_type).into_owned())));
    let Some(first) = records.first() else { return String::new() };
    let its = if services.len() > 1 { "their" } else { "its" };
    let happened: Vec<String> = phrases(records, told, &|one, _| past(one)).into_iter().take(3).collect();
    let what = if happened.is_empty() { String::new() } else { format!(", and {}", listed(&happened)) };
    let text = format!(
        "{} updated {its} {terms}, as {} recorded on {}{what}",
        listed(&services),
        placed(&first.collection),
        spoken_day(&first.date)
    );
    format!("{}.", cut_words(&text, 60).trim_end_matches('.'))
}

/// The past tense of the verbs used here.
fn past(verb: &str) -> String {
    match verb {
        "adds" => "added",
        "removes" => "removed",
        "names" => "named",
        "rewords" => "reworded",
        _ => "changed",
    }
    .to_owned()
}
