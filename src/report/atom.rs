//! An Atom feed (RFC 4287) of ranked changes, in the shape of the feeds that collections publish.
//!
//! An entry's id hangs on the collection, the commit and the document alone, so a reader sees
//! each change once however often the feed is made. Who subscribes by category finds the service,
//! the terms type, the kind of record, our categories, materiality and effect, each in a scheme of
//! its own.

use std::fmt::Write as _;
use std::io::{self, Write};

use maud::{Markup, html};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::elsewhere::{UNSURE, in_a_line};
use super::facts::fact_lines;
use super::telling::telling;
use super::words::{placed, spoken};
use super::{Elision, PieceKind, Report, pieces, safe_link, safe_text};
use crate::pipeline::ScanSummary;
use crate::record::DocumentChangeRecord;

/// Before every id and scheme.
const TAG: &str = "tag:opentermsarchive.org,2026:";
/// Redlines in an entry.
const REDLINES: usize = 6;
/// Items shown of one list of facts.
const ITEMS: usize = 6;
/// Other places of the same change that an entry names.
const PLACES: usize = 5;

/// Writes the records as an Atom feed.
pub struct AtomReport<W: Write> {
    writer: W,
    entries: Vec<u8>,
    /// When the newest change was recorded.
    updated: Option<String>,
    collections: Vec<String>,
}

impl<W: Write> AtomReport<W> {
    /// A report into `writer`.
    pub fn new(writer: W) -> Self {
        Self { writer, entries: Vec::new(), updated: None, collections: Vec::new() }
    }
}

impl<W: Write> Report for AtomReport<W> {
    fn record(&mut self, record: &DocumentChangeRecord) -> io::Result<()> {
        if self.updated.as_deref().is_none_or(|updated| record.date.as_str() > updated) {
            self.updated = Some(record.date.clone());
        }
        if !self.collections.contains(&record.collection) {
            self.collections.push(record.collection.clone());
        }
        let mut writer = Writer::new_with_indent(&mut self.entries, b' ', 2);
        entry(&mut writer, record)?;
        self.entries.push(b'\n');
        Ok(())
    }

    fn finish(&mut self, _summary: &ScanSummary) -> io::Result<()> {
        self.collections.sort();
        let names: Vec<String> = self.collections.iter().map(|name| part(name)).collect();
        let mut bytes = Vec::new();
        let mut writer = Writer::new_with_indent(&mut bytes, b' ', 2);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
        element(&mut writer, "id", &[], &format!("{TAG}feed:{}:ranked-changes", names.join("+")))?;
        element(&mut writer, "title", &[], &format!("Ranked changes of terms: {}", self.collections.join(", ")))?;
        let updated = self.updated.clone().unwrap_or_else(|| "1970-01-01T00:00:00Z".into());
        element(&mut writer, "updated", &[], &updated)?;
        writer
            .create_element("author")
            .write_inner_content(|writer| element(writer, "name", &[], "Open Terms Archive"))?;
        element(&mut writer, "generator", &[("version", env!("CARGO_PKG_VERSION"))], "termsift")?;
        let head = String::from_utf8_lossy(&bytes).replacen(
            "?>",
            "?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\">",
            1,
        );
        self.writer.write_all(head.as_bytes())?;
        self.writer.write_all(b"\n")?;
        self.writer.write_all(&self.entries)?;
        self.writer.write_all(b"</feed>\n")?;
        self.writer.flush()
    }
}

type Xml<'a> = Writer<&'a mut Vec<u8>>;

fn entry(writer: &mut Xml<'_>, record: &DocumentChangeRecord) -> io::Result<()> {
    writer.create_element("entry").write_inner_content(|writer| {
        let id = format!("{TAG}version:{}:{}:{}", part(&record.collection), part(&record.commit), part(&record.id));
        element(writer, "id", &[], &id)?;
        element(writer, "title", &[], &title(record))?;
        element(writer, "updated", &[], &record.date)?;
        if let Some(url) = record.url.as_deref().and_then(safe_link) {
            element(writer, "link", &[("rel", "alternate"), ("type", "text/html"), ("href", url)], "")?;
        }
        category(writer, "service", &record.service, None)?;
        category(writer, "terms-type", &record.terms_type, None)?;
        category(writer, "record-type", record_type(&record.status), None)?;
        category(writer, "status", &record.status, None)?;
        for one in &record.categories {
            category(writer, "category", &one.id, Some(&spoken(&one.id)))?;
        }
        for (scheme, id) in [("materiality", &record.materiality), ("effect", &record.effect)] {
            if let Some(id) = id {
                category(writer, scheme, id, None)?;
            }
        }
        if record.unsure {
            category(writer, "decision", UNSURE, None)?;
        }
        if let Some(story) = &record.story {
            category(writer, "story", &story.id, None)?;
        }
        element(writer, "summary", &[], &summary(record))?;
        element(writer, "content", &[("type", "html")], &content(record).into_string())
    })?;
    Ok(())
}

/// An element with attributes and text. Characters that XML does not know are left out.
fn element(writer: &mut Xml<'_>, name: &str, attributes: &[(&str, &str)], text: &str) -> io::Result<()> {
    let attributes: Vec<(&str, String)> = attributes.iter().map(|&(name, value)| (name, xml_text(value))).collect();
    let element =
        writer.create_element(name).with_attributes(attributes.iter().map(|(name, value)| (*name, value.as_str())));
    if text.is_empty() {
        element.write_empty()?;
    } else {
        element.write_text_content(BytesText::new(&xml_text(text)))?;
    }
    Ok(())
}

fn category(writer: &mut Xml<'_>, scheme: &str, term: &str, label: Option<&str>) -> io::Result<()> {
    let scheme = format!("{TAG}scheme:{scheme}");
    let mut attributes = vec![("scheme", scheme.as_str()), ("term", term)];
    attributes.extend(label.map(|label| ("label", label)));
    element(writer, "category", &attributes, "")
}

/// `text` without what XML 1.0 cannot hold.
fn xml_text(text: &str) -> String {
    safe_text(text).chars().filter(|c| !matches!(c, '\u{fffe}' | '\u{ffff}')).collect()
}

/// `text` as a part of a tag URI: what may not stand in one becomes `%XX`.
fn part(text: &str) -> String {
    let mut part = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            part.push(char::from(byte));
        } else {
            let _ = write!(part, "%{byte:02X}");
        }
    }
    part
}

/// What the recorder calls such a record.
fn record_type(status: &str) -> &'static str {
    match status {
        "first-record" => "first-record",
        "technical" => "technical-upgrade",
        _ => "change",
    }
}

fn title(record: &DocumentChangeRecord) -> String {
    let part = record.part.as_ref().map(|part| format!(" #{part}")).unwrap_or_default();
    let status = if record.status == "change" { String::new() } else { format!(" ({})", spoken(&record.status)) };
    format!("{} · {}{part}{status}", record.service, record.terms_type)
}

/// The change in a sentence of plain text.
fn summary(record: &DocumentChangeRecord) -> String {
    let mut parts = vec![format!("priority {:.0}", record.priority.round() + 0.0), placed(&record.collection)];
    parts.extend(record.status_reason.clone());
    parts.extend(record.materiality.iter().chain(&record.effect).cloned());
    let categories: Vec<String> = record.categories.iter().map(|category| spoken(&category.id)).collect();
    if !categories.is_empty() {
        parts.push(categories.join(", "));
    }
    parts.extend(in_a_line(record, PLACES));
    parts.extend(fact_lines(&record.facts).iter().take(4).map(|line| line.said(ITEMS)));
    parts.join(" · ")
}

/// The most telling redlines, as HTML.
fn content(record: &DocumentChangeRecord) -> Markup {
    let shown = telling(record, REDLINES);
    let more = record.clauses.len().saturating_sub(shown.len());
    html! {
        p { (summary(record)) }
        @for clause in &shown {
            @let headings: Vec<_> = clause.headings.iter().map(|heading| safe_text(heading)).collect();
            p {
                @if !headings.is_empty() { strong { (headings.join(" › ")) } br; }
                @for piece in pieces(clause, Elision { context: 12, edit: 60 }) {
                    @match piece.kind {
                        PieceKind::Equal => (piece.text),
                        PieceKind::Delete => del { (piece.text) },
                        PieceKind::Insert => ins { (piece.text) },
                    }
                }
                @if let Some(url) = clause.url.as_deref().and_then(safe_link) { " " a href=(url) { "[" (safe_text(&clause.kind)) "]" } }
            }
        }
        @if more > 0 { p { (more) " more clause changes." } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{ClauseChangeRecord, ScoredId};

    #[test]
    fn entries_have_stable_ids_categories_and_inert_text() {
        let record = DocumentChangeRecord {
            id: "0123456789abcdef".into(),
            collection: "demo".into(),
            service: "A & \"B\" <c>\u{ffff}".into(),
            terms_type: "Privacy Policy".into(),
            commit: "2025-01-31T10-00-00Z/x y".into(),
            date: "2025-01-31T10:00:00Z".into(),
            status: "technical".into(),
            categories: vec![ScoredId { id: "ai-training".into(), score: 0.9 }],
            clauses: vec![ClauseChangeRecord {
                kind: "added".into(),
                after: Some("]]><script>alert(1)</script>".into()),
                ..ClauseChangeRecord::default()
            }],
            ..DocumentChangeRecord::default()
        };
        let mut bytes = Vec::new();
        let mut report = AtomReport::new(&mut bytes);
        assert!(report.record(&record).is_ok());
        assert!(report.finish(&ScanSummary::default()).is_ok());
        drop(report);
        let feed = String::from_utf8_lossy(&bytes);
        for said in [
            "<id>tag:opentermsarchive.org,2026:version:demo:2025-01-31T10-00-00Z%2Fx%20y:0123456789abcdef</id>",
            "<category scheme=\"tag:opentermsarchive.org,2026:scheme:record-type\" term=\"technical-upgrade\"/>",
            "term=\"ai-training\" label=\"AI training\"",
            "term=\"A &amp; &quot;B&quot; &lt;c&gt;\"",
            "<updated>2025-01-31T10:00:00Z</updated>",
        ] {
            assert!(feed.contains(said), "{said}\n{feed}");
        }
        assert!(!feed.contains("<script"), "{feed}");
        assert!(feed.contains("&amp;lt;script"), "{feed}");
    }
    #[test]
    fn an_entry_tells_where_else_and_whether_it_is_sure() {
        let mut bytes = Vec::new();
        let mut report = AtomReport::new(&mut bytes);
        assert!(report.record(&super::super::elsewhere::example()).is_ok());
        assert!(report.finish(&ScanSummary::default()).is_ok());
        drop(report);
        let feed = String::from_utf8_lossy(&bytes);
        for said in [
            "scheme:decision\" term=\"unsure\"",
            "scheme:story\" term=\"00000000000000aa\"",
            "the same change in 4 other places: Tarn &lt;b&gt;",
            "twin in demo-ie (Ireland), 5 March 2025: 6 clause changes in both",
        ] {
            assert!(feed.contains(said), "{said}\n{feed}");
        }
    }
}
