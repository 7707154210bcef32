//! One self-contained page: ranked changes with redlines, filters and a chart. No network.
//!
//! Texts of terms are untrusted: `maud` escapes every text and attribute, links are checked, and the
//! page's policy allows its own script and style by their hashes and nothing else, so that even
//! a text that came through unescaped could neither run nor load anything.

mod block;
mod chart;
mod entry;
mod filters;

use std::collections::BTreeSet;
use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use self::chart::{Bar, chart};
use self::entry::Entry;
use self::filters::{Filters, filters};
use super::Report;
use super::tally::Tally;
use super::words::{counted, spoken_period};
use crate::pipeline::ScanSummary;
use crate::record::DocumentChangeRecord;

const CSS: &str = include_str!("page.css");
const JS: &str = include_str!("page.js");

/// Bytes of a page: what stands around the redlines is counted first, and they get the rest.
const PAGE_BYTES: usize = 1_900_000;
/// Bytes that the redlines of one entry may take up at least, however many entries there are.
const LEAST_BYTES: usize = 2_000;
/// Bytes of the page without entries, chart, filters, style and script.
const FRAME_BYTES: usize = 4_000;
/// Bytes that the redlines of one entry may take up at most.
const MOST_BYTES: usize = 60_000;

/// Writes the records as one HTML page.
pub struct HtmlReport<W: Write> {
    writer: W,
    entries: Vec<Entry>,
    bars: Vec<Bar>,
    filters: Filters,
    period: Option<(String, String)>,
}

impl<W: Write> HtmlReport<W> {
    /// A report into `writer`.
    pub fn new(writer: W) -> Self {
        Self { writer, entries: Vec::new(), bars: Vec::new(), filters: Filters::default(), period: None }
    }

    fn page(&self, summary: &ScanSummary) -> Markup {
        let tally = Tally::of(summary, self.entries.len());
        // Who counts nothing has the dates of what is shown.
        let shown = || self.period.as_ref().map(|(first, last)| spoken_period(first, last));
        let period = tally.period().or_else(shown).map_or_else(String::new, |period| format!(", {period}"));
        let title = format!("Changes of terms{period}");
        let (chart, filters) = (chart(&self.bars), filters(&self.filters));
        let around = CSS.len() + JS.len() + chart.0.len() + filters.0.len() + FRAME_BYTES;
        let others: usize = self.entries.iter().map(Entry::other_bytes).sum();
        let sizes: Vec<usize> = self.entries.iter().map(Entry::redline_bytes).collect();
        let room = PAGE_BYTES.saturating_sub(around + others);
        let brief = others > PAGE_BYTES / 2;
        let allowance = allowance(&sizes, room).clamp(LEAST_BYTES, MOST_BYTES);
        let here: BTreeSet<&str> = self.entries.iter().map(Entry::id).collect();
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy());
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="referrer" content="no-referrer";
                    title { (title) }
                    style { (PreEscaped(CSS)) }
                }
                body {
                    a.skip href="#list" { "Skip to the changes" }
                    header {
                        h1 { (title) }
                        p.sum { (sum(tally, self.entries.len())) }
                        (chart)
                    }
                    (filters)
                    p #shown .shown role="status" aria-live="polite" { (counted(self.entries.len(), "change")) " shown" }
                    main {
                        ol #list .list tabindex="-1" {
                            @for entry in &self.entries { (entry.markup(allowance, &here, brief)) }
                        }
                        p #none .none hidden { "No change passes these filters." }
                    }
                    footer {
                        p {
                            "Made by termsift. Priorities, categories and effects are estimates that help to choose "
                            "what to read; the redline is what was recorded. Check the linked version before you quote."
                        }
                    }
                    script { (PreEscaped(JS)) }
                }
            }
        }
    }
}

impl<W: Write> Report for HtmlReport<W> {
    fn record(&mut self, record: &DocumentChangeRecord) -> io::Result<()> {
        let day = super::words::day(&record.date).to_owned();
        self.period = Some(match self.period.take() {
            None => (day.clone(), day),
            Some((first, last)) => (first.min(day.clone()), last.max(day)),
        });
        self.filters.note(record);
        self.bars.push(Bar::of(record));
        // Where there are more entries than a page is made for, each keeps less in memory.
        let most = if self.entries.len() < 200 { MOST_BYTES } else { 4 * LEAST_BYTES };
        self.entries.push(Entry::new(record, self.entries.len() + 1, most));
        Ok(())
    }

    fn finish(&mut self, summary: &ScanSummary) -> io::Result<()> {
        self.writer.write_all(self.page(summary).into_string().as_bytes())?;
        self.writer.flush()
    }
}

/// `108 document changes: 48 change, … The 20 that most deserve a look are on this page.`
fn sum(tally: Tally<'_>, shown: usize) -> String {
    if let Some(nothing) = tally.nothing() {
        return format!("{nothing}.");
    }
    let counts = tally.by_status();
    if let Some(all) = tally.all_here("on this page") {
        return format!("{counts}. {all}.");
    }
    let passing = tally.passing().map_or_else(String::new, |passing| format!(" {passing}."));
    let are = if shown == 1 { "is" } else { "are" };
    format!("{counts}.{passing} {} {are} on this page.", tally.chosen())
}

/// What each of `sizes` may take up so that all fit into `total`: the small ones take what they
/// need, the others share the rest evenly.
fn allowance(sizes: &[usize], total: usize) -> usize {
    let mut sorted = sizes.to_vec();
    sorted.sort_unstable();
    let mut left = total;
    for (at, size) in sorted.iter().enumerate() {
        let share = left / (sorted.len() - at);
        if *size > share {
            return share;
        }
        left -= size;
    }
    usize::MAX
}

/// The policy: nothing is loaded, nothing runs but this page's own script.
fn policy() -> String {
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        base64(&Sha256::digest(CSS.as_bytes())),
        base64(&Sha256::digest(JS.as_bytes()))
    )
}

/// Base 64 of a hash, padded.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |place: usize| u32::from(chunk.get(place).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4_usize {
            let digit = (bits >> (18 - 6 * place)) & 63;
            text.push(if place > chunk.len() { '=' } else { char::from(DIGITS[digit as usize]) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{ClauseChangeRecord, FactsRecord, ScoredId};

    fn page(records: &[DocumentChangeRecord]) -> String {
        let mut bytes = Vec::new();
        let mut report = HtmlReport::new(&mut bytes);
        for record in records {
            assert!(report.record(record).is_ok());
        }
        assert!(report.finish(&ScanSummary::default()).is_ok());
        drop(report);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// A record whose every text tries to break out.
    fn hostile() -> DocumentChangeRecord {
        let evil = "<script>alert(1)</script>\" onmouseover=\"alert(2)' onfocus='x\u{202e}</del></style>";
        let scored = |id: &str| ScoredId { id: id.into(), score: 0.9 };
        let clause = ClauseChangeRecord {
            kind: evil.into(),
            before: Some(evil.into()),
            after: Some("[x](javascript:alert(3))".into()),
            headings: vec![evil.into()],
            lead_in: evil.into(),
            url: Some("javascript:alert(4)".into()),
            categories: vec![scored(evil)],
            effect: Some(scored(evil)),
            materiality: Some(scored("substantive")),
            ..ClauseChangeRecord::default()
        };
        DocumentChangeRecord {
            id: evil.into(),
            collection: evil.into(),
            service: evil.into(),
            terms_type: evil.into(),
            date: evil.into(),
            status: evil.into(),
            status_reason: Some(evil.into()),
            url: Some("data:text/html,x".into()),
            effect: Some(evil.into()),
            categories: vec![scored(evil)],
            notes: vec![evil.into()],
            facts: FactsRecord {
                parties_added: vec![evil.into()],
                jurisdictions: vec![evil.into()],
                ..FactsRecord::default()
            },
            clauses: vec![clause],
            ..DocumentChangeRecord::default()
        }
    }

    #[test]
    fn hostile_text_stays_text() {
        let page = page(&[hostile()]);
        assert_eq!(page.matches("<script").count(), 1, "only the page's own");
        assert_eq!(page.matches("</style>").count(), 1);
        assert!(!page.contains("href=\"javascript"), "no link that runs");
        assert!(!page.contains("href=\"data"), "no link that holds a page");
        assert!(!page.contains('\u{202e}'));
        // Inside a tag no attribute is opened by the text: its quotes are all escaped.
        for tag in page.split('<').filter(|tag| !tag.starts_with("script") && !tag.starts_with("style")) {
            let inside = tag.split('>').next().unwrap_or_default();
            let unquoted: String = inside.split('"').step_by(2).collect();
            assert!(!unquoted.contains("onmouseover") && !unquoted.contains("onfocus"), "{inside}");
        }
    }

    #[test]
    fn the_policy_names_the_hashes() {
        assert_eq!(base64(b"Man"), "TWFu");
        assert_eq!(base64(b"Ma"), "TWE=");
        assert_eq!(base64(b"M"), "TQ==");
        assert!(
            page(&[]).contains(&format!("script-src &#39;sha256-{}", base64(&Sha256::digest(JS.as_bytes()))))
                || page(&[]).contains(&format!("script-src 'sha256-{}", base64(&Sha256::digest(JS.as_bytes()))))
        );
    }

    #[test]
    fn small_entries_leave_room_to_large_ones() {
        assert_eq!(allowance(&[10, 10, 1000], 300), 280);
        assert_eq!(allowance(&[10, 10], 300), usize::MAX);
        assert_eq!(allowance(&[], 300), usize::MAX);
        assert_eq!(allowance(&[200, 200], 300), 150);
    }

    #[test]
    fn a_page_of_large_changes_stays_below_two_megabytes() {
        let clause = |at: u32| ClauseChangeRecord {
            kind: "added".into(),
            after: Some(format!("{at} {}", "We share personal data with <partners> & others. ".repeat(10))),
            after_line: Some(at * 10),
            headings: vec!["Privacy".into(), "Sharing".into()],
            url: Some(format!("https://a.example/commit/0#diff-{:064}R{at}", 0)),
            ..ClauseChangeRecord::default()
        };
        let record = DocumentChangeRecord {
            service: "Lumeshore".into(),
            date: "2025-03-04T10:00:00Z".into(),
            status: "change".into(),
            clauses: (0..300).map(clause).collect(),
            ..DocumentChangeRecord::default()
        };
        let records = vec![record; 200];
        let page = page(&records);
        assert!(page.len() < 2_000_000, "{}", page.len());
        assert_eq!(page.matches("<article").count(), 200);
    }
    /// A change in which everything is long: passages of many clauses, clauses of many words, facts, places.
    fn huge(nth: usize) -> DocumentChangeRecord {
        let clause = |at: u32| ClauseChangeRecord {
            id: format!("{at:016x}"),
            kind: "added".into(),
            after: Some(format!("{at} {}", "We share personal data with <partners> & \"others\". ".repeat(60))),
            after_line: Some(10 + at / 40 * 100 + at % 40),
            headings: vec![format!("Sharing {}", at / 40), "Who gets what, and why they do".repeat(20)],
            lead_in: "You allow us the following things, among others: ".repeat(40),
            url: Some(format!("https://a.example/commit/0#diff-{:064}R{at}", 0)),
            facts: FactsRecord { parties_added: vec!["Tarnwick Networks Ltd".repeat(20); 4], ..FactsRecord::default() },
            ..ClauseChangeRecord::default()
        };
        let mut record = crate::report::elsewhere::example();
        let place = record.story.iter().flat_map(|story| &story.places).last().cloned();
        if let Some(story) = &mut record.story {
            story.places.extend(std::iter::repeat_n(place, 40).flatten());
        }
        record.twins = vec![record.twins.first().cloned().unwrap_or_default(); 4];
        for twin in &mut record.twins {
            twin.only_here = (0..100).map(|at| format!("{at:016x}")).collect();
        }
        DocumentChangeRecord {
            id: format!("{nth:016x}"),
            status_reason: Some("It came back. ".repeat(200)),
            notes: vec!["A version could not be read as UTF-8. ".repeat(30); 40],
            facts: FactsRecord {
                parties_added: vec!["Tarnwick Networks Ltd and Others".into(); 300],
                parties_dropped: vec!["Oskelund Group AS and Others".into(); 300],
                negations_added: vec!["will never be told of what they do".into(); 300],
                negations_dropped: vec!["must not be told of what they do".into(); 300],
                jurisdictions: vec!["Ireland".into(); 60],
                ..FactsRecord::default()
            },
            clauses: (0..60).map(clause).collect(),
            ..record
        }
    }

    #[test]
    fn two_hundred_huge_changes_fit_and_the_page_says_what_it_cut() {
        let mut bytes = Vec::new();
        let mut report = HtmlReport::new(&mut bytes);
        // One at a time: together they are large.
        assert!((0..200).all(|nth| report.record(&huge(nth)).is_ok()));
        assert!(report.finish(&ScanSummary::default()).is_ok());
        drop(report);
        let page = String::from_utf8_lossy(&bytes);
        assert!(page.len() < 2_000_000, "{}", page.len());
        assert_eq!(page.matches("<article").count(), 200);
        // Each entry shows something of its clauses, and says where the rest is.
        assert!(page.matches("<div class=\"clause\">").count() >= 200);
        assert_eq!(
            page.matches("further clause changes not on this page, and long clauses cut: all is in ").count(),
            200
        );
        assert!(page.contains("[cut: a long clause]"));
        assert!(page.contains("<code>termsift show 0000000000000007 --full</code>"));
    }

    #[test]
    fn a_small_page_cuts_nothing() {
        let mut record = huge(1);
        record.clauses.truncate(1);
        for clause in &mut record.clauses {
            clause.after = Some("We keep what you post for a year.".into());
        }
        let page = page(&[record]);
        assert!(!page.contains("[cut: ") && !page.contains("not on this page"));
    }

    #[test]
    fn other_places_are_linked_to_their_entries_or_commits() {
        let record = crate::report::elsewhere::example();
        let alone = page(std::slice::from_ref(&record));
        assert!(alone.contains("Twin: <a href=\"https://a.example/ie\""), "{alone}");
        assert!(alone.contains("Only here, line 9: <ins>"), "{alone}");
        assert!(alone.contains("The same change in 4 other places: Tarn &lt;b&gt;"), "{alone}");
        assert!(alone.contains("class=\"chip unsure\""), "{alone}");
        let twin =
            DocumentChangeRecord { id: "00000000000000bb".into(), unsure: false, ..DocumentChangeRecord::default() };
        let both = page(&[record, twin]);
        assert!(both.contains("Twin: <a href=\"#c-00000000000000bb\""), "{both}");
        assert!(both.contains("id=\"c-00000000000000bb\""), "{both}");
        assert!(both.contains("<option value=\"unsure\">unsure (1)</option>"), "{both}");
    }

    #[test]
    fn the_page_says_what_it_counts_and_when_that_was() {
        let record = crate::report::elsewhere::example();
        let mut summary = ScanSummary { recorded: 9, ..ScanSummary::default() };
        let said = |summary: &ScanSummary, records: &[DocumentChangeRecord]| {
            let mut bytes = Vec::new();
            let mut report = HtmlReport::new(&mut bytes);
            assert!(records.iter().all(|record| report.record(record).is_ok()));
            assert!(report.finish(summary).is_ok());
            drop(report);
            let page = String::from_utf8_lossy(&bytes).into_owned();
            let part = |start: &str, end: &str| {
                page.split_once(start).and_then(|(_, rest)| rest.split_once(end)).map(|(part, _)| part.to_owned())
            };
            (part("<h1>", "</h1>").unwrap_or_default(), part("<p class=\"sum\">", "</p>").unwrap_or_default())
        };
        let nothing = said(&summary, &[]);
        assert_eq!(nothing.0, "Changes of terms");
        assert_eq!(nothing.1, "None of 9 document changes passes the filters.");
        for date in ["2025-03-04T10:00:00Z", "2025-03-09T10:00:00Z", "2025-03-05T10:00:00Z"] {
            summary.count("change", date.parse().ok());
        }
        let counts = "3 document changes: 3 change.";
        let cases = [
            (0, "None of them passes the filters."),
            (1, "1 of them passes the filters; it is on this page."),
            (2, "2 of them pass the filters. The one that most deserves a look is on this page."),
            (3, "The one that most deserves a look is on this page."),
        ];
        for (passed, expected) in cases {
            summary.passed = passed;
            let records: &[DocumentChangeRecord] = if passed == 0 { &[] } else { std::slice::from_ref(&record) };
            let (title, sum) = said(&summary, records);
            assert_eq!(title, "Changes of terms, 4 to 9 March 2025");
            assert_eq!(sum, format!("{counts} {expected}"));
        }
    }

    #[test]
    fn scores_are_text_and_no_class_is_empty() {
        let scored = |id: &str, score: f64| ScoredId { id: id.into(), score };
        let mut record = crate::report::elsewhere::example();
        record.facts.parties_added = vec!["Tarnwick Networks Ltd".into()];
        record.categories = vec![scored("data-sharing", 0.97)];
        record.priority_parts = [("law".to_owned(), 20.0), ("returns".to_owned(), -0.04)].into();
        for clause in &mut record.clauses {
            clause.categories = vec![scored("data-sharing", 0.91)];
            clause.materiality = Some(scored("substantive", 0.8));
        }
        let page = page(&[record]);
        assert!(!page.contains("class=\"\""), "{page}");
        for said in [
            "<li>newly named: Tarnwick Networks Ltd</li>",
            "data sharing<span class=\"vh\"> score 0.97</span>",
            "data sharing 0.91",
            "substantive 0.80",
            "Unsure: judgements near their thresholds",
            " = law +20.0. ",
        ] {
            assert!(page.contains(said), "{said}: {page}");
        }
    }

    #[test]
    fn what_is_seen_is_also_heard() {
        let page = page(&[huge(3)]);
        assert_eq!(page.matches("<ins>").count(), page.matches("<ins><span class=\"vh\">[inserted: ").count());
        assert!(page.contains("<span class=\"vh\">Rank </span>1"), "the rank is named");
        // The order of the keyboard is that of the page: nothing has a place of its own.
        assert!(!page.replace("tabindex=\"-1\"", "").contains("tabindex"));
        for (before, after) in
            [("class=\"skip\"", "<header"), ("<header", "id=\"filters\""), ("id=\"filters\"", "id=\"list\"")]
        {
            assert!(page.find(before) < page.find(after), "{before} before {after}");
        }
    }
}
