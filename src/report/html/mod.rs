//! One self-contained page: ranked changes with redlines, filters and a chart. No network.
//!
//! Texts of terms are untrusted: `maud` escapes every text and attribute, links are checked, and the
//! page's policy allows its own script and style by their hashes and nothing else, so that even
//! a text that came through unescaped could neither run nor load anything.

mod chart;
mod entry;
mod filters;

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use self::chart::{Bar, chart};
use self::entry::Entry;
use self::filters::{Filters, filters};
use super::Report;
use super::words::{counted, spoken_period};
use crate::pipeline::ScanSummary;
use crate::record::DocumentChangeRecord;

const CSS: &str = include_str!("page.css");
const JS: &str = include_str!("page.js");

/// Bytes that the redlines of all entries may take up together: with what stands around them a
/// page of 200 entries stays below 2 MB.
const REDLINE_BYTES: usize = 1_300_000;
/// Bytes that the redlines of one entry may take up at least, however many entries there are.
const LEAST_BYTES: usize = 2_000;
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
        let title = self.period.as_ref().map_or_else(
            || "Changes of terms".to_owned(),
            |(first, last)| format!("Changes of terms, {}", spoken_period(first, last)),
        );
        let sizes: Vec<usize> = self.entries.iter().map(Entry::redline_bytes).collect();
        let allowance = allowance(&sizes, REDLINE_BYTES).clamp(LEAST_BYTES, MOST_BYTES);
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
                        p.sum { (sum(summary, self.entries.len())) }
                        (chart(&self.bars))
                    }
                    (filters(&self.filters))
                    p #shown .shown role="status" aria-live="polite" { (counted(self.entries.len(), "change")) " shown" }
                    main {
                        ol #list .list {
                            @for entry in &self.entries { (entry.markup(allowance)) }
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

/// `108 document changes: 48 change, … 20 of them are on this page.`
fn sum(summary: &ScanSummary, shown: usize) -> String {
    let total: usize = summary.by_status.values().sum();
    let mut by_status: Vec<(&String, &usize)> = summary.by_status.iter().collect();
    by_status.sort_by_key(|&(status, count)| (std::cmp::Reverse(*count), status));
    let said: Vec<String> = by_status.iter().map(|(status, count)| format!("{count} {status}")).collect();
    let colon = if said.is_empty() { "" } else { ": " };
    let here = match (shown, total) {
        (shown, total) if shown >= total => "All are on this page.".to_owned(),
        (1, _) => "The one that most deserves a look is on this page.".to_owned(),
        (shown, _) => format!("The {shown} that most deserve a look are on this page."),
    };
    format!("{}{colon}{}. {here}", counted(total, "document change"), said.join(", "))
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
}
