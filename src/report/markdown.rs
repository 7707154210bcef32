//! A digest in Markdown, for an e-mail or a chat.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::elsewhere::{Elsewhere, Places, UNSURE, twins};
use super::facts::fact_lines;
use super::tally::Tally;
use super::telling::telling;
use super::words::{counted, day, placed, spoken, spoken_day, spoken_period};
use super::{Elision, Piece, PieceKind, Report, pieces, safe_link, safe_markdown, safe_text};
use crate::pipeline::ScanSummary;
use crate::record::{ClauseChangeRecord, DocumentChangeRecord};

/// Redlines shown of a change that is news.
const REDLINES: usize = 4;
/// Items shown of one list of facts.
const ITEMS: usize = 5;
/// Lists of facts shown.
const FACTS: usize = 5;
/// Other places of the same change that are named.
const PLACES: usize = 5;

/// Writes the records as a digest.
pub struct MarkdownReport<W: Write> {
    writer: W,
    entries: Vec<String>,
    period: Option<(String, String)>,
    /// With a space before them.
    found_by: String,
}

impl<W: Write> MarkdownReport<W> {
    /// A report into `writer`.
    pub fn new(writer: W) -> Self {
        Self { writer, entries: Vec::new(), period: None, found_by: String::new() }
    }
}

impl<W: Write> Report for MarkdownReport<W> {
    fn found_by(&mut self, options: &str) {
        // They stand in code, which a backtick would end.
        if !options.contains('`') {
            self.found_by = format!(" {}", safe_text(options));
        }
    }

    fn record(&mut self, record: &DocumentChangeRecord) -> io::Result<()> {
        let day = day(&record.date).to_owned();
        self.period = Some(match self.period.take() {
            None => (day.clone(), day),
            Some((first, last)) => (first.min(day.clone()), last.max(day)),
        });
        self.entries.push(entry(record, self.entries.len() + 1, &self.found_by));
        Ok(())
    }

    fn finish(&mut self, summary: &ScanSummary) -> io::Result<()> {
        let tally = Tally::of(summary, self.entries.len());
        // Who counts nothing has the dates of what is shown.
        let shown = || self.period.as_ref().map(|(first, last)| spoken_period(first, last));
        let period = tally.period().or_else(shown).map_or_else(String::new, |period| format!(", {period}"));
        writeln!(self.writer, "# Changes of terms{period}\n")?;
        writeln!(self.writer, "{}.\n", tally.sentence())?;
        for entry in &self.entries {
            self.writer.write_all(entry.as_bytes())?;
        }
        self.writer.flush()
    }
}

fn entry(record: &DocumentChangeRecord, rank: usize, found_by: &str) -> String {
    let part = record.part.as_ref().map(|part| format!(" #{}", safe_markdown(part))).unwrap_or_default();
    let mut text =
        format!("## {rank}. {} · {}{part}\n\n", safe_markdown(&record.service), safe_markdown(&record.terms_type));
    let date = spoken_day(&record.date);
    let when = match record.url.as_deref().and_then(safe_link) {
        Some(url) => link(&date, url),
        None => safe_markdown(&date),
    };
    let mut line =
        vec![format!("**{:.0}**", record.priority.round() + 0.0), when, safe_markdown(&placed(&record.collection))];
    line.push(safe_markdown(&spoken(&record.status)));
    line.extend(record.materiality.iter().chain(&record.effect).map(|id| safe_markdown(&spoken(id))));
    let categories: Vec<String> =
        record.categories.iter().take(ITEMS).map(|one| safe_markdown(&spoken(&one.id))).collect();
    if !categories.is_empty() {
        line.push(categories.join(", "));
    }
    if record.unsure {
        line.push(format!("**{UNSURE}**"));
    }
    text.push_str(&line.join(" · "));
    text.push_str("\n\n");
    if let Some(reason) = &record.status_reason {
        let _ = write!(text, "{}.\n\n", safe_markdown(reason));
    }
    let facts: Vec<String> =
        fact_lines(&record.facts).iter().take(FACTS).map(|line| safe_markdown(&line.said(ITEMS))).collect();
    if !facts.is_empty() {
        let _ = write!(text, "_{}_\n\n", facts.join(" · "));
    }
    text.push_str(&elsewhere(record));
    let shown = telling(record, if record.status == "change" { REDLINES } else { 1 });
    for clause in &shown {
        let _ = writeln!(text, "- {}", clause_line(clause));
    }
    let more = record.clauses.len().saturating_sub(shown.len());
    if more > 0 {
        let id = safe_text(&record.id);
        let more = counted(more, "further clause change");
        let _ = writeln!(text, "- … {more} (`termsift show {id}{found_by}`)");
    }
    if !record.clauses.is_empty() {
        text.push('\n');
    }
    text
}

/// Where else the same was changed, a line each.
fn elsewhere(record: &DocumentChangeRecord) -> String {
    let linked = |place: &Elsewhere| match &place.url {
        Some(url) => link(&safe_markdown(&place.name), url),
        None => safe_markdown(&place.name),
    };
    let mut text = String::new();
    let places = Places::of(record, PLACES);
    if let Some(title) = places.title() {
        let names: Vec<String> = places.listed.iter().map(linked).collect();
        let more = if places.more > 0 { format!("; {} more", places.more) } else { String::new() };
        let _ = write!(text, "{title}: {}{more}.\n\n", names.join("; "));
    }
    for twin in twins(record) {
        let _ = write!(text, "Twin: {}: {}.\n\n", linked(&twin.place), safe_markdown(&twin.said));
    }
    text
}

/// `[modified, line 156](…) (Data we share › Our affiliates): we ~~may~~ **will** share …`.
fn clause_line(clause: &ClauseChangeRecord) -> String {
    let line = match (clause.after_line, clause.before_line) {
        (Some(line), _) => format!(", line {line}"),
        (None, Some(line)) => format!(", line {line} before"),
        (None, None) => String::new(),
    };
    let place = format!("{}{line}", safe_markdown(&clause.kind));
    let place = match clause.url.as_deref().and_then(safe_link) {
        Some(url) => link(&place, url),
        None => place,
    };
    let heading = clause.headings.last().map(|heading| format!(" ({})", safe_markdown(heading))).unwrap_or_default();
    format!("{place}{heading}: {}", redline(clause, Elision::default()))
}

/// The redline in Markdown: `~~gone~~`, `**new**`.
pub(super) fn redline(clause: &ClauseChangeRecord, elision: Elision) -> String {
    let shown = pieces(clause, elision);
    let mut text = String::new();
    for (at, piece) in shown.iter().enumerate() {
        let (before, after) = (text.chars().next_back(), shown.get(at + 1).and_then(first_of));
        let marked = match piece.kind {
            PieceKind::Equal => safe_markdown(&piece.text),
            PieceKind::Delete => marked(&piece.text, ("~~", "del"), before, after),
            PieceKind::Insert => marked(&piece.text, ("**", "ins"), before, after),
        };
        text.push_str(&marked);
    }
    text.trim().to_owned()
}

/// The character that `piece` begins with in Markdown. A mark stands before what is marked.
fn first_of(piece: &Piece) -> Option<char> {
    let first = piece.text.chars().next()?;
    Some(if piece.kind == PieceKind::Equal || first.is_whitespace() { first } else { '*' })
}

/// `text` marked up between the characters `before` and `after`: by a mark of Markdown, or by the HTML element of the
/// same meaning where a mark would be shown as it stands.
///
/// A mark holds only where it touches a word, or has white space or punctuation on its other side. So white space goes
/// outside; anything else is marked, for whatever stands outside would read as if it had stayed.
fn marked(text: &str, (mark, element): (&str, &str), before: Option<char>, after: Option<char>) -> String {
    let (head, inner, tail) = trimmed(text, char::is_whitespace, char::is_whitespace);
    let (Some(first), Some(last)) = (inner.chars().next(), inner.chars().next_back()) else { return text.to_owned() };
    let (before, after) = (head.chars().next_back().or(before), tail.chars().next().or(after));
    let inner = safe_markdown(inner);
    if holds(before, first) && holds(after, last) {
        return format!("{head}{mark}{inner}{mark}{tail}");
    }
    format!("{head}<{element}>{inner}</{element}>{tail}")
}

/// Whether a mark between `outside` and `inside` belongs to what is inside (CommonMark, 6.2). Renderers differ on
/// which characters beyond ASCII are punctuation: those count for neither side.
fn holds(outside: Option<char>, inside: char) -> bool {
    inside.is_alphanumeric() || outside.is_none_or(|c| c.is_whitespace() || c.is_ascii_punctuation())
}

/// `text` in three: what `head` holds of at its beginning, the rest, and what `tail` holds of at the end of that.
fn trimmed(text: &str, head: impl Fn(char) -> bool, tail: impl Fn(char) -> bool) -> (&str, &str, &str) {
    let rest = text.trim_start_matches(head);
    let inner = rest.trim_end_matches(tail);
    (text.strip_suffix(rest).unwrap_or_default(), inner, rest.strip_prefix(inner).unwrap_or_default())
}

/// A Markdown link.
pub(super) fn link(text: &str, url: &str) -> String {
    format!("[{text}]({})", url.replace('(', "%28").replace(')', "%29").replace('<', "%3C").replace('>', "%3E"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::EditRecord;

    #[test]
    fn an_entry_reads_well_and_hostile_text_stays_text() {
        let edit = |op: &str, text: &str| EditRecord { op: op.into(), text: text.into() };
        let clause = ClauseChangeRecord {
            kind: "modified".into(),
            redline: vec![
                edit("equal", "We "),
                edit("delete", "may "),
                edit("insert", "<b>will</b> "),
                edit("equal", "share [it](javascript:x)."),
            ],
            headings: vec!["A *b*".into()],
            after_line: Some(3),
            url: Some("https://a.example/c#R3".into()),
            ..ClauseChangeRecord::default()
        };
        let record = DocumentChangeRecord {
            id: "0123456789abcdef".into(),
            service: "Lumeshore".into(),
            terms_type: "Privacy Policy".into(),
            collection: "sample".into(),
            date: "2025-03-04T10:00:00Z".into(),
            status: "change".into(),
            priority: 70.6,
            clauses: vec![clause],
            ..DocumentChangeRecord::default()
        };
        let mut bytes = Vec::new();
        let mut report = MarkdownReport::new(&mut bytes);
        assert!(report.record(&record).is_ok());
        assert!(report.finish(&ScanSummary::default()).is_ok());
        drop(report);
        let expected = "# Changes of terms, 4 March 2025

1 document change.

## 1. Lumeshore · Privacy Policy

**71** · 4 March 2025 · sample · change

- [modified, line 3](https://a.example/c#R3) (A \\*b\\*): We ~~may~~ **\\<b\\>will\\</b\\>** share \\[it\\](javascript:x).

";
        assert_eq!(String::from_utf8_lossy(&bytes), expected);
    }

    #[test]
    fn the_digest_says_what_it_counts_and_where_the_rest_is() {
        let clause = ClauseChangeRecord {
            kind: "added".into(),
            after: Some("We sell.".into()),
            ..ClauseChangeRecord::default()
        };
        let record = DocumentChangeRecord {
            id: "0123456789abcdef".into(),
            date: "2025-10-13T10:00:00Z".into(),
            status: "rolling".into(),
            clauses: vec![clause.clone(), clause],
            ..DocumentChangeRecord::default()
        };
        let mut summary = ScanSummary { recorded: 146, ..ScanSummary::default() };
        for date in ["2025-10-01T10:00:00Z", "2025-10-15T10:00:00Z"] {
            summary.count("rolling", date.parse().ok());
        }
        summary.pass("rolling");
        for (options, shown) in
            [(None, ""), (Some("--store night.sqlite"), " --store night.sqlite"), (Some("--from a`b"), "")]
        {
            let mut bytes = Vec::new();
            let mut report = MarkdownReport::new(&mut bytes);
            options.into_iter().for_each(|options| report.found_by(options));
            assert!(report.record(&record).is_ok() && report.finish(&summary).is_ok());
            drop(report);
            let text = String::from_utf8_lossy(&bytes);
            let start = "# Changes of terms, 1 to 15 October 2025\n\n1 of 146 document changes passes the filters.\n";
            assert!(text.starts_with(start), "{text}");
            assert!(
                text.contains(&format!("- … 1 further clause change (`termsift show 0123456789abcdef{shown}`)")),
                "{text}"
            );
        }
    }

    #[test]
    fn marks_stand_where_they_mark() {
        let cases: [(&[(&str, &str)], &str); 13] = [
            (
                &[("equal", "We give it to you"), ("insert", ", and in aggregated form,"), ("equal", " to others.")],
                "We give it to you<ins>, and in aggregated form,</ins> to others.",
            ),
            (
                &[("equal", "to you"), ("delete", ", as it is,"), ("equal", "and others")],
                "to you<del>, as it is,</del>and others",
            ),
            (
                &[
                    ("equal", "share it "),
                    ("insert", "without your consent"),
                    ("delete", ", except for transfers"),
                    ("equal", "."),
                ],
                "share it **without your consent**~~, except for transfers~~.",
            ),
            (&[("equal", "to you"), ("insert", ".")], "to you<ins>.</ins>"),
            (&[("equal", "a"), ("delete", ", "), ("equal", "b")], "a<del>,</del> b"),
            (
                &[("equal", "US"), ("delete", "$5"), ("insert", "€6"), ("equal", " a day")],
                "US<del>\\$5</del>**€6** a day",
            ),
            (&[("equal", "pay "), ("delete", "$5"), ("insert", "€6"), ("equal", " a day")], "pay ~~\\$5~~**€6** a day"),
            (&[("equal", "5"), ("delete", "%"), ("equal", " of it")], "5<del>%</del> of it"),
            (&[("equal", "("), ("insert", "new) "), ("equal", "words")], "(**new)** words"),
            (&[("equal", "it ("), ("insert", "(a)"), ("equal", "b")], "it (<ins>(a)</ins>b"),
            (&[("delete", "5%"), ("insert", "6%"), ("equal", " of it")], "~~5%~~**6%** of it"),
            (
                &[("equal", "to you"), ("delete", ", or"), ("insert", "; and"), ("equal", " us")],
                "to you<del>, or</del>**; and** us",
            ),
            (&[("delete", "may"), ("insert", "will"), ("equal", " <b>")], "~~may~~**will** \\<b\\>"),
        ];
        for (edits, expected) in cases {
            let edit = |(op, text): &(&str, &str)| EditRecord { op: (*op).into(), text: (*text).into() };
            let redlined = edits.iter().map(edit).collect();
            let clause = ClauseChangeRecord { redline: redlined, ..ClauseChangeRecord::default() };
            assert_eq!(redline(&clause, Elision::default()), expected, "{edits:?}");
        }
    }

    #[test]
    fn other_places_are_named_and_linked() {
        let text = entry(&super::super::elsewhere::example(), 1, "");
        for said in [
            "**unsure**",
            "The same change in 4 other places: Tarn \\<b\\> · Privacy Policy",
            "; 3 more.",
            "Twin: [demo-ie (Ireland), 5 March 2025](https://a.example/ie): 6 clause changes in both, 1 only here",
        ] {
            assert!(text.contains(said), "{said}\n{text}");
        }
        assert!(!text.contains("javascript"), "{text}");
    }
}
