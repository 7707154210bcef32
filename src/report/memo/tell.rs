//! A statement in words, in the past tense, with its quotations.

use super::importance::importance;
use super::statement::Statement;
use crate::record::ClauseChangeRecord;
use crate::report::escape::at_line_start;
use crate::report::markdown::{link, redline};
use crate::report::passage::{GAP, PassageKind};
use crate::report::words::{edition, listed, placed, spoken, the};
use crate::report::{Elision, safe_link, safe_markdown, safe_text};
use std::fmt::Write as _;

/// Clauses of one passage that are quoted.
const QUOTED: usize = 7;
/// Words of a quoted clause.
const WORDS: usize = 110;
/// Words of an addition or a deletion that is quoted in the sentence itself.
const SHORT: usize = 14;

/// The statement as a paragraph with its quotations.
pub(super) fn paragraph(statement: &Statement<'_>, several: bool) -> String {
    let mut text = tags(statement);
    text.push_str(&sentence(statement, several));
    let clauses = &statement.passage.clauses;
    let skip = usize::from(titled(statement));
    let body: Vec<&ClauseChangeRecord> = clauses.iter().copied().skip(skip).collect();
    let chosen = chosen(statement, &body);
    let shown = chosen.iter().filter(|shown| **shown).count();
    if shown == 0 {
        text.push_str(".\n");
        return text;
    }
    text.push_str(":\n\n");
    let mixed = statement.passage.common_kind().is_none() || (body.len() > 1 && is_modified(body.first()));
    let run = statement.passage.kind() == PassageKind::Run;
    let mut gap = false;
    let mut last: Option<&ClauseChangeRecord> = None;
    for (&clause, shown) in body.iter().zip(chosen) {
        if !shown {
            gap = true;
            continue;
        }
        if let Some(last) = last {
            let gap = gap || (run && apart(last, clause));
            text.push_str(if gap { ">\n> […]\n>\n" } else { ">\n" });
        }
        (gap, last) = (false, Some(clause));
        let quoted = quoted(clause);
        if mixed {
            let _ = writeln!(text, "> {}: {quoted}", verb(&clause.kind, clause.url.as_deref()));
        } else {
            let _ = writeln!(text, "> {}", at_line_start(&quoted));
        }
    }
    if shown < body.len() {
        let left = body.len() - shown;
        let s = if left == 1 { "" } else { "s" };
        let _ = write!(text, "\n[TODO: {left} more clause{s} of this passage not quoted; see the link.]\n");
    }
    text
}

/// The statement in one line.
pub(super) fn bullet(statement: &Statement<'_>, several: bool) -> String {
    let sentence = sentence(statement, several);
    let first = statement.passage.clauses.get(usize::from(titled(statement)));
    match first {
        Some(clause) => {
            let quoted = redline(clause, Elision { context: 10, edit: 30 });
            let further = statement.passage.clauses.len() > usize::from(titled(statement)) + 1;
            let rest = if further && !quoted.ends_with('…') { " …" } else { "" };
            format!("{sentence}: {quoted}{rest}")
        }
        None => format!("{sentence}."),
    }
}

/// Whether other text stands between two clauses.
fn apart(a: &ClauseChangeRecord, b: &ClauseChangeRecord) -> bool {
    let lines = [a.after_line.zip(b.after_line), a.before_line.zip(b.before_line)];
    lines.into_iter().flatten().map(|(a, b)| a.abs_diff(b)).min().is_some_and(|lines| lines > GAP)
}

/// What the predictions say, for the analyst alone.
fn tags(statement: &Statement<'_>) -> String {
    let mut tags: Vec<String> = Vec::new();
    for clause in &statement.passage.clauses {
        let effect = clause.effect.iter().filter(|effect| effect.id != "neutral");
        for one in clause.categories.iter().chain(effect) {
            let said = spoken(&one.id).replace("--", "-").replace(['<', '>'], "");
            if !tags.contains(&said) {
                tags.push(said);
            }
        }
    }
    if tags.is_empty() { String::new() } else { format!("<!-- {} -->\n", tags.join(", ")) }
}

/// The first words: who did what, where.
fn sentence(statement: &Statement<'_>, several: bool) -> String {
    let passage = &statement.passage;
    let Some(&first) = passage.clauses.first() else { return String::new() };
    let subject = subject(statement);
    let acted = |kind: &str| format!("{}{}", verb(kind, first.url.as_deref()), elsewhere(statement, several));
    let place = place(statement);
    let title = first.after.as_deref().or(first.before.as_deref()).unwrap_or_default();
    let title = in_quotes(&safe_markdown(&cut_words(&safe_text(title), 30)));
    let of = if first.kind == "removed" { "from" } else { "to" };
    let many = passage.clauses.len();
    match (passage.kind(), passage.common_kind()) {
        (PassageKind::Section, Some(kind)) => {
            format!("{subject} {} a section, {title}{}", acted(kind), within(&place))
        }
        (PassageKind::Row, Some(kind)) => format!("{subject} {} an entry {of} {place}, {title}", acted(kind)),
        (PassageKind::Clause, Some("modified")) => modified(&subject, first, statement, several, &place),
        (PassageKind::Clause, Some("removed")) => format!("{subject} {} a clause from {place}", acted("removed")),
        (PassageKind::Clause, _) => format!("{subject} {} a clause to {place}", acted(&first.kind)),
        (_, Some("modified")) => format!("{subject} {} {many} clauses in {place}", acted("reworded")),
        (_, Some(kind)) => format!("{subject} {} {many} clauses {of} {place}", acted(kind)),
        (_, None) => format!("{subject} {} {many} clauses in {place}", acted("changed")),
    }
}

/// Who did it, and in which edition, where others of those given do not have it.
fn subject(statement: &Statement<'_>) -> String {
    let (service, own) = (safe_markdown(&statement.record.service), &statement.record.collection);
    if statement.without.is_empty() {
        return service;
    }
    let editions: Option<Vec<&str>> = statement.without.iter().map(|&other| edition(other)).collect();
    match (edition(own), editions) {
        (Some(own), Some(others)) if !others.contains(&own) => {
            let that = if others.len() == 1 { "that" } else { "those" };
            let others: Vec<String> = others.into_iter().map(the).collect();
            format!("In the edition for {}, not in {that} for {}, {service}", the(own), listed(&others))
        }
        _ => {
            let others: Vec<String> = statement.without.iter().map(|&other| safe_markdown(other)).collect();
            format!("In {}, not in {}, {service}", safe_markdown(own), listed(&others))
        }
    }
}

/// A modified clause: what came and what went, where that is short.
fn modified(
    subject: &str,
    clause: &ClauseChangeRecord,
    statement: &Statement<'_>,
    several: bool,
    place: &str,
) -> String {
    let edits = |op: &str| -> Vec<String> {
        let texts =
            clause.redline.iter().filter(|edit| edit.op == op).map(|edit| safe_text(&edit.text).trim().to_owned());
        texts.filter(|text| text.chars().any(char::is_alphanumeric)).collect()
    };
    let (gone, new) = (edits("delete"), edits("insert"));
    let said = |text: &String| in_quotes(&safe_markdown(text));
    let short = |text: &&String| text.split_whitespace().count() <= SHORT;
    let acted = |kind: &str| format!("{}{}", verb(kind, clause.url.as_deref()), elsewhere(statement, several));
    match (gone.as_slice(), new.as_slice()) {
        ([], [one]) if short(&one) => format!("{subject} {} {} to a clause in {place}", acted("added"), said(one)),
        ([], [_, ..]) => format!("{subject} {} words to a clause in {place}", acted("added")),
        ([one], []) if short(&one) => format!("{subject} {} {} from a clause in {place}", acted("removed"), said(one)),
        ([_, ..], []) => format!("{subject} {} words from a clause in {place}", acted("removed")),
        ([old], [one]) if short(&old) && short(&one) => {
            format!("{subject} {} {} with {} in {place}", acted("replaced"), said(old), said(one))
        }
        _ => format!("{subject} {} a clause in {place}", acted("reworded")),
    }
}

/// The action, linked to its line.
fn verb(kind: &str, url: Option<&str>) -> String {
    let verb = match kind {
        "modified" => "reworded",
        other => other,
    };
    match url.and_then(safe_link) {
        Some(url) => link(&safe_markdown(verb), url),
        None => safe_markdown(verb),
    }
}

/// ` (also in [United States](…))`.
fn elsewhere(statement: &Statement<'_>, several: bool) -> String {
    if !several || statement.places().is_empty() {
        return String::new();
    }
    let places: Vec<String> = statement
        .places()
        .iter()
        .map(|(record, clause)| {
            let name = if record.service == statement.record.service {
                edition(&record.collection).map_or_else(|| placed(&record.collection), str::to_owned)
            } else {
                format!("{} · {}", record.service, record.terms_type)
            };
            match clause.url.as_deref().and_then(safe_link) {
                Some(url) => link(&safe_markdown(&name), url),
                None => safe_markdown(&name),
            }
        })
        .collect();
    format!(" (also: {})", places.join(", "))
}

/// Where the passage stands: the two innermost headings, without that of the whole document.
fn place(statement: &Statement<'_>) -> String {
    let headings = statement.passage.headings();
    let inner = headings.get(usize::from(headings.len() > 1)..).unwrap_or_default();
    let last = inner.get(inner.len().saturating_sub(2)..).unwrap_or_default();
    let names: Vec<String> = last.iter().map(|heading| safe_markdown(&cut_words(&safe_text(heading), 16))).collect();
    if names.is_empty() { "the document".into() } else { in_quotes(&names.join(" › ")) }
}

fn within(place: &str) -> String {
    if place == "the document" { String::new() } else { format!(", in {place}") }
}

/// Whether the sentence itself quotes the first clause.
fn titled(statement: &Statement<'_>) -> bool {
    let kind = statement.passage.kind();
    matches!(kind, PassageKind::Section | PassageKind::Row) && statement.passage.common_kind().is_some()
}

fn is_modified(clause: Option<&&ClauseChangeRecord>) -> bool {
    clause.is_some_and(|clause| clause.kind == "modified")
}

/// Which clauses are quoted: all, or the most important of many.
fn chosen(statement: &Statement<'_>, body: &[&ClauseChangeRecord]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..body.len()).collect();
    order.sort_by(|&a, &b| {
        let of = |at: usize| body.get(at).map_or(0.0, |clause| importance(statement.record, clause));
        of(b).total_cmp(&of(a)).then(a.cmp(&b))
    });
    let mut chosen = vec![false; body.len()];
    for at in order.into_iter().take(QUOTED) {
        if let Some(slot) = chosen.get_mut(at) {
            *slot = true;
        }
    }
    chosen
}

/// The clause as it is quoted: new words bold, words that went struck through.
fn quoted(clause: &ClauseChangeRecord) -> String {
    let text = clause.after.as_ref().or(clause.before.as_ref());
    match text {
        Some(text) if clause.redline.is_empty() => {
            let said = safe_markdown(&cut_words(&safe_text(text), WORDS));
            // A quotation block needs no marks; beside those of the text they would only confuse.
            if said.contains(['“', '”', '"']) { said } else { format!("“{said}”") }
        }
        _ => redline(clause, Elision { context: 40, edit: WORDS }),
    }
}

/// `text` in quotation marks; those inside it become single ones.
pub(super) fn in_quotes(text: &str) -> String {
    let inner = text.chars().map(|c| match c {
        '“' => '‘',
        '”' => '’',
        '"' => '\'',
        other => other,
    });
    format!("“{}”", inner.collect::<String>())
}

/// The first `most` words of `text`, with `…` where something is missing.
pub(super) fn cut_words(text: &str, most: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.get(..most) {
        Some(first) if words.len() > most + 2 => format!("{} …", first.join(" ")),
        _ => words.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::super::memo;
    use super::*;
    use crate::record::DocumentChangeRecord;

    fn added(line: u32, text: &str) -> ClauseChangeRecord {
        ClauseChangeRecord {
            kind: "added".into(),
            after: Some(text.into()),
            after_line: Some(line),
            headings: vec!["Terms".into(), "“Words”".into()],
            ..ClauseChangeRecord::default()
        }
    }

    #[test]
    fn quotation_marks_never_stand_twice() {
        assert_eq!(in_quotes("“Copilot” is \"it\""), "“‘Copilot’ is 'it'”");
        let record = DocumentChangeRecord {
            clauses: vec![added(1, "“Copilot” is our helper.")],
            ..DocumentChangeRecord::default()
        };
        let text = memo(&[record]);
        assert!(text.contains("> “Copilot” is our helper.\n") && !text.contains("““"), "{text}");
        assert!(text.contains("to “‘Words’”"), "{text}");
    }

    #[test]
    fn a_line_that_quotes_the_first_of_several_says_so() {
        let small = |mut clause: ClauseChangeRecord| {
            clause.materiality = Some(crate::record::ScoredId { id: "clarifying".into(), score: 0.9 });
            clause
        };
        let clauses = vec![small(added(1, "One.")), small(added(3, "Two."))];
        let record = DocumentChangeRecord { clauses, ..DocumentChangeRecord::default() };
        let text = memo(&[record]);
        assert!(text.contains("- "), "{text}");
        assert!(text.contains("added 2 clauses to “‘Words’”: **One.** …\n"), "{text}");
        let record = DocumentChangeRecord { clauses: vec![small(added(1, "One."))], ..DocumentChangeRecord::default() };
        assert!(memo(&[record]).contains("added a clause to “‘Words’”: **One.**\n"));
    }
}
