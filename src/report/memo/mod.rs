//! The first draft of a memo, in the form that Open Terms Archive memos have.
//!
//! In: the records of the document changes that the memo is about, the one to be told first first.
//! Out: Markdown with front matter. The draft states what the redlines show, in the past tense, and
//! nothing else: what they do not tell is left as a marked gap.

mod cues;
mod front;
mod importance;
mod statement;
mod tell;
mod twins;

use std::collections::HashSet;
use std::fmt::Write as _;

use self::front::front_matter;
use self::statement::{Statement, own_dates, statements};
use self::tell::{bullet, in_quotes, paragraph};
use self::twins::twins;
use super::facts::fact_lines;
use super::markdown::link;
use super::words::{counted, listed, placed, spoken, spoken_day};
use super::{safe_link, safe_markdown, safe_text};
use crate::record::DocumentChangeRecord;

/// Statements told in full; the others follow in a list.
const TOLD: usize = 12;
/// Longest title that the published memos have.
pub(super) const TITLE: usize = 140;

/// The draft of a memo about `records`.
#[must_use]
pub fn memo(records: &[DocumentChangeRecord]) -> String {
    let told = statements(records);
    let (main, small): (Vec<&Statement<'_>>, Vec<&Statement<'_>>) = told.iter().partition(|one| !one.small);
    let mut text = front_matter(records, &main);
    text.push('\n');
    text.push_str(&opening(records));
    for statement in main.iter().take(TOLD) {
        let _ = write!(text, "\n{}", paragraph(statement, records.len() > 1));
    }
    text.push_str(
        "\n[TODO: why this matters to users, in a sentence or two; the redlines do not tell.]\n\n\
         [TODO: context: how the change was announced, from when it applies, which law or event lies behind it.]\n",
    );
    text.push_str(&twins(records, &told));
    let rest: Vec<&Statement<'_>> = main.iter().skip(TOLD).chain(&small).copied().collect();
    if !rest.is_empty() {
        text.push_str("\n## Further changes: move up what belongs in the memo, delete the rest\n\n");
        for statement in rest {
            let _ = writeln!(text, "- {}", bullet(statement, records.len() > 1));
        }
    }
    text.push_str(&checklist(records, &main));
    text
}

/// Services of `records`, each once.
fn services(records: &[DocumentChangeRecord]) -> Vec<String> {
    once(records.iter().map(|record| safe_text(&record.service).into_owned()))
}

/// Each once, in order.
fn once(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for text in texts {
        if !text.is_empty() && !list.contains(&text) {
            list.push(text);
        }
    }
    list
}

/// What was recorded, when and where.
fn opening(records: &[DocumentChangeRecord]) -> String {
    let mut text = String::new();
    for (at, record) in records.iter().enumerate() {
        let part = record.part.as_ref().map(|part| format!(" ({})", safe_markdown(part))).unwrap_or_default();
        let verb = if record.previous_commit.is_some() { "updated" } else { "changed" };
        let verb = match record.url.as_deref().and_then(safe_link) {
            Some(url) => link(verb, url),
            None => verb.to_owned(),
        };
        let _ = write!(
            text,
            "{}{} {verb} its {}{part}, as {} recorded on {}: {}.",
            if at > 0 { " " } else { "" },
            safe_markdown(&record.service),
            safe_markdown(&record.terms_type),
            safe_markdown(&placed(&record.collection)),
            spoken_day(&record.date),
            counts(record),
        );
        if let (Some(previous), true) = (&record.previous_date, at == 0) {
            let _ = write!(text, " The version before had stood since {} at the latest.", spoken_day(previous));
        }
        text.push_str(&dates(record));
        for line in fact_lines(&record.facts).iter().filter(|line| line.warning) {
            let _ = write!(text, " It was a {}.", safe_markdown(&line.said(1)));
        }
    }
    text.push('\n');
    text
}

/// ` A date of its own went from “…” to “…”.`, or ` Dates of its own went from … and from ….`, each once; letter case
/// makes no other date.
fn dates(record: &DocumentChangeRecord) -> String {
    let mut seen = HashSet::new();
    let said: Vec<String> = own_dates(record)
        .into_iter()
        .filter(|(before, after)| seen.insert((before.to_lowercase(), after.to_lowercase())))
        .map(|(before, after)| {
            format!("from {} to {}", in_quotes(&safe_markdown(&before)), in_quotes(&safe_markdown(&after)))
        })
        .collect();
    match said.len() {
        0 => String::new(),
        1 => format!(" A date of its own went {}.", listed(&said)),
        _ => format!(" Dates of its own went {}.", listed(&said)),
    }
}

/// `99 clauses were added, 4 removed and 14 modified`.
fn counts(record: &DocumentChangeRecord) -> String {
    let kinds = ["added", "removed", "modified", "moved"];
    let present: Vec<(usize, &str)> = kinds
        .iter()
        .filter_map(|kind| record.counts.get(*kind).map(|&count| (count, *kind)))
        .filter(|one| one.0 > 0)
        .collect();
    let parts: Vec<String> = present
        .iter()
        .enumerate()
        .map(|(at, (count, kind))| match (at, *count) {
            (0, 1) => format!("1 clause was {kind}"),
            (0, count) => format!("{count} clauses were {kind}"),
            (_, count) => format!("{count} {kind}"),
        })
        .collect();
    if parts.is_empty() { "no clause changed".into() } else { listed(&parts) }
}

/// What the analyst must verify.
fn checklist(records: &[DocumentChangeRecord], main: &[&Statement<'_>]) -> String {
    let mut items = vec![
        format!(
            "The title says the most important change, in the present tense, in at most {TITLE} characters, without a final stop."
        ),
        "Each link opens the line that the sentence tells of.".to_owned(),
        "Each quotation is word for word what stands in the version; what is left out is marked “…” or “[…]”."
            .to_owned(),
        "No sentence says more than its redline: no motive, no effect that the text does not state.".to_owned(),
    ];
    for record in records {
        items.push(format!(
            "The date {} is when {} recorded the change, not when it took effect: what does the document say?",
            spoken_day(&record.date),
            safe_markdown(&placed(&record.collection))
        ));
        if record.status != "change" {
            let reason = record.status_reason.as_deref().unwrap_or("no reason given");
            items.push(format!("This is probably no news ({}: {}).", spoken(&record.status), safe_markdown(reason)));
        }
        let facts: Vec<String> = fact_lines(&record.facts)
            .iter()
            .filter(|line| !matches!(line.label, "names" | "laws named"))
            .map(|line| safe_markdown(&line.said(12)))
            .collect();
        if !facts.is_empty() {
            let place = if records.len() > 1 {
                format!(" ({})", safe_markdown(&placed(&record.collection)))
            } else {
                String::new()
            };
            items.push(format!("Names and numbers, as read from the words{place}: {}.", facts.join(" · ")));
        }
        items.extend(record.notes.iter().map(|note| format!("While reading: {}.", safe_markdown(note))));
    }
    let models = once(records.iter().map(|record| record.model.clone().unwrap_or_default()));
    items.push(if models.is_empty() {
        "The order comes from rules that read words, not meaning: is the first statement the most important one?".into()
    } else {
        format!("Order and tags come from the model {}: do they hold?", safe_markdown(&models.join(", ")))
    });
    let doubtful = main
        .iter()
        .filter(|one| {
            one.passage.clauses.iter().any(|clause| clause.materiality.as_ref().is_some_and(|it| it.score < 0.6))
        })
        .count();
    if doubtful > 0 {
        items.push(format!("{} about whose weight the judgement was unsure.", counted(doubtful, "statement")));
    }
    items.push("All [TODO] gaps are filled or deleted, and so are this list and the comments.".into());
    let list: Vec<String> = items.iter().map(|item| format!("- [ ] {item}\n")).collect();
    format!("\n## To verify before publishing\n\n{}", list.concat())
}
