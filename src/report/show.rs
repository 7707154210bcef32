//! One document change for a reader at a terminal: every clause change, redlined and explained.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::elsewhere::{Places, Twin, UNSURE, UNSURE_MEANS, twins};
use super::facts::fact_lines;
use super::layout::{Run, Style, cut, wrap};
use super::passage::{Passage, passages};
use super::telling::priority_parts;
use super::words::{class, counted, day, placed, spoken};
use super::{Elision, PieceKind, pieces, safe_link, safe_text};
use crate::record::{ClauseChangeRecord, DocumentChangeRecord, ScoredId};

/// Columns of the names of properties.
const LABELS: usize = 14;
/// Items shown of one list of facts.
const ITEMS: usize = 12;
/// Other places of the same change, and clause changes that a twin lacks, that are shown.
const PLACES: usize = 8;

/// How a document change is shown.
#[derive(Debug, Clone)]
pub struct ShowOptions {
    /// Columns of the terminal.
    pub width: usize,
    /// With colours.
    pub color: bool,
    /// Nothing of a clause is left out, and cosmetic changes are shown like the others.
    pub full: bool,
}

/// Writes `record` to `writer`.
///
/// # Errors
/// When the writer fails.
pub fn show(record: &DocumentChangeRecord, options: &ShowOptions, writer: &mut dyn Write) -> io::Result<()> {
    let mut shown = Show { options, writer };
    shown.heading(record)?;
    shown.properties(record)?;
    for passage in passages(&record.clauses) {
        shown.passage(&passage)?;
    }
    shown.rest(record)?;
    shown.writer.flush()
}

struct Show<'a> {
    options: &'a ShowOptions,
    writer: &'a mut dyn Write,
}

impl Show<'_> {
    fn block(&mut self, runs: &[Run], indent: usize) -> io::Result<()> {
        for line in wrap(runs, self.options.width.saturating_sub(indent), self.options.color) {
            writeln!(self.writer, "{:indent$}{line}", "")?;
        }
        Ok(())
    }

    fn heading(&mut self, record: &DocumentChangeRecord) -> io::Result<()> {
        let mut name = format!("{} · {}", safe_text(&record.service), safe_text(&record.terms_type));
        if let Some(part) = &record.part {
            name = format!("{name} #{}", safe_text(part));
        }
        self.block(&[(Style::Bold, name)], 0)?;
        let commit = format!("commit {}", safe_text(&record.commit));
        let place = [placed(&record.collection), safe_text(&record.date).into_owned(), commit];
        self.block(&[(Style::Plain, place.join(" · "))], 0)?;
        if let Some(previous) = &record.previous_commit {
            let date = record.previous_date.as_deref().map(|date| format!(" of {}", safe_text(day(date))));
            let said = format!("compared with the version{} ({})", date.unwrap_or_default(), safe_text(previous));
            self.block(&[(Style::Dim, said)], 0)?;
        }
        self.link(record.url.as_deref(), 0)?;
        writeln!(self.writer)
    }

    fn properties(&mut self, record: &DocumentChangeRecord) -> io::Result<()> {
        let status = match &record.status_reason {
            Some(reason) => format!("{}: {}", record.status, reason),
            None => record.status.clone(),
        };
        let style = if record.status == "change" { Style::Plain } else { Style::Warning };
        self.property("status", style, &status)?;
        if record.unsure {
            self.property(UNSURE, Style::Warning, UNSURE_MEANS)?;
        }
        let judged = record.materiality.iter().chain(&record.effect).map(String::as_str).collect::<Vec<_>>().join(", ");
        self.property("judgement", Style::Plain, &judged)?;
        self.property("categories", Style::Plain, &scored(&record.categories))?;
        self.property("clauses", Style::Plain, &clause_counts(record))?;
        for line in fact_lines(&record.facts) {
            let style = if line.warning { Style::Warning } else { Style::Plain };
            let said = line.said(ITEMS);
            let said = said.strip_prefix(line.label).and_then(|said| said.strip_prefix(": ")).unwrap_or(&said);
            self.property(line.label, style, said)?;
        }
        self.elsewhere(record)?;
        self.property("priority", Style::Plain, &priority(record))?;
        self.property("judged by", Style::Plain, record.model.as_deref().unwrap_or("deterministic rules, no model"))?;
        for note in &record.notes {
            self.property("note", Style::Warning, note)?;
        }
        self.property("id", Style::Dim, &record.id)
    }

    /// Where else the same was changed.
    fn elsewhere(&mut self, record: &DocumentChangeRecord) -> io::Result<()> {
        let most = if self.options.full { usize::MAX } else { PLACES };
        let places = Places::of(record, most);
        if let Some(title) = places.title() {
            self.property("story", Style::Plain, &title)?;
            for place in &places.listed {
                self.property("", Style::Plain, &format!("{} · id {}", place.name, place.id))?;
                self.link(place.url.as_deref(), LABELS)?;
            }
            if places.more > 0 {
                self.property("", Style::Dim, &format!("and {} more", places.more))?;
            }
        }
        twins(record).iter().try_for_each(|twin| self.twin(twin, most))
    }

    /// A twin, and the clause changes that only one of both has.
    fn twin(&mut self, twin: &Twin<'_>, most: usize) -> io::Result<()> {
        self.property("twin", Style::Plain, &format!("{}: {} · id {}", twin.place.name, twin.said, twin.place.id))?;
        self.link(twin.place.url.as_deref(), LABELS)?;
        for clause in twin.only_here.iter().take(most) {
            let short: String = pieces(clause, Elision::default()).iter().map(super::Piece::marked).collect();
            let line =
                clause.after_line.or(clause.before_line).map_or_else(String::new, |line| format!(", line {line}"));
            self.property("", Style::Dim, &format!("only here: {}{line}: {short}", clause.kind))?;
        }
        if let Some(more) = twin.only_here.len().checked_sub(most).filter(|&more| more > 0) {
            self.property("", Style::Dim, &format!("and {more} more only here; --full shows all"))?;
        }
        if !twin.only_there.is_empty() {
            let said = format!("{} only there: termsift show {}", twin.only_there.len(), twin.place.id);
            self.property("", Style::Dim, &said)?;
        }
        Ok(())
    }

    fn property(&mut self, label: &str, style: Style, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let color = self.options.color;
        // A label that is longer than its column has a line of its own.
        let indent = LABELS.max(2);
        let lines = wrap(&[(style, safe_text(text).into_owned())], self.options.width.saturating_sub(indent), color);
        if label.width() >= indent {
            writeln!(self.writer, "{}", Style::Dim.paint(label, color))?;
        }
        for (at, line) in lines.iter().enumerate() {
            let name = if at == 0 && label.width() < indent { label } else { "" };
            writeln!(self.writer, "{}{line}", Style::Dim.paint(&format!("{name:indent$}"), color))?;
        }
        Ok(())
    }

    fn passage(&mut self, passage: &Passage<'_>) -> io::Result<()> {
        let shown: Vec<&ClauseChangeRecord> =
            passage.clauses.iter().copied().filter(|clause| self.options.full || !is_small(clause)).collect();
        if shown.is_empty() {
            return Ok(());
        }
        writeln!(self.writer)?;
        let headings: Vec<_> = passage.headings().iter().map(|heading| cut(&safe_text(heading), 70)).collect();
        if !headings.is_empty() {
            self.block(&[(Style::Bold, headings.join(" › "))], 0)?;
        }
        let mut lead_in = "";
        for clause in shown {
            if clause.lead_in != lead_in && !clause.lead_in.is_empty() {
                let said = format!("under: {}", cut(&safe_text(&clause.lead_in), 2 * self.options.width));
                self.block(&[(Style::Dim, said)], 2)?;
            }
            lead_in = &clause.lead_in;
            self.clause(clause)?;
        }
        Ok(())
    }

    fn clause(&mut self, clause: &ClauseChangeRecord) -> io::Result<()> {
        self.block(&[(Style::Dim, judged(clause))], 2)?;
        let elision = if self.options.full {
            Elision { context: usize::MAX / 4, edit: usize::MAX / 4 }
        } else {
            Elision { context: 30, edit: 160 }
        };
        let mut runs: Vec<Run> = pieces(clause, elision)
            .iter()
            .map(|piece| {
                let style = match piece.kind {
                    PieceKind::Equal => Style::Plain,
                    PieceKind::Delete => Style::Deleted,
                    PieceKind::Insert => Style::Inserted,
                };
                (style, piece.marked())
            })
            .collect();
        runs.extend(link_runs(clause));
        self.block(&runs, 4)?;
        let facts: Vec<String> = fact_lines(&clause.facts).iter().map(|line| line.said(ITEMS)).collect();
        if !facts.is_empty() {
            self.block(&[(Style::Dim, facts.join(" · "))], 4)?;
        }
        self.link(clause.url.as_deref(), 4)
    }

    fn link(&mut self, url: Option<&str>, indent: usize) -> io::Result<()> {
        match url.and_then(safe_link) {
            Some(url) => writeln!(self.writer, "{:indent$}{}", "", Style::Link.paint(url, self.options.color)),
            None => Ok(()),
        }
    }

    /// Says what was left out.
    fn rest(&mut self, record: &DocumentChangeRecord) -> io::Result<()> {
        let small = record.clauses.iter().filter(|clause| is_small(clause)).count();
        if small > 0 && !self.options.full {
            writeln!(self.writer)?;
            let said =
                format!("{} in form or place only not shown; --full shows all.", counted(small, "clause change"));
            self.block(&[(Style::Dim, said)], 0)?;
        }
        if record.clauses.is_empty() {
            writeln!(self.writer)?;
            self.block(&[(Style::Dim, "No clause changes are recorded.".into())], 0)?;
        }
        Ok(())
    }
}

/// The link targets of a clause that changed: ` links: [-https://a.example/old-] {+https://a.example/new+}`.
pub(super) fn link_runs(clause: &ClauseChangeRecord) -> Vec<Run> {
    let Some(links) = &clause.links else { return Vec::new() };
    let gone = links.dropped.iter().map(|link| (Style::Deleted, format!(" [-{}-]", safe_text(link))));
    let new = links.added.iter().map(|link| (Style::Inserted, format!(" {{+{}+}}", safe_text(link))));
    std::iter::once((Style::Dim, " links:".to_owned())).chain(gone).chain(new).collect()
}

/// Whether a clause changed in form or place only.
fn is_small(clause: &ClauseChangeRecord) -> bool {
    clause.kind == "moved" || clause.materiality.as_ref().is_some_and(|materiality| materiality.id == "cosmetic")
}

fn scored(list: &[ScoredId]) -> String {
    list.iter().map(|one| format!("{} {:.2}", spoken(&one.id), one.score)).collect::<Vec<_>>().join(", ")
}

fn clause_counts(record: &DocumentChangeRecord) -> String {
    ["added", "removed", "modified", "moved", "unchanged"]
        .iter()
        .filter_map(|kind| record.counts.get(*kind).map(|count| format!("{count} {kind}")))
        .collect::<Vec<_>>()
        .join(", ")
}

/// `87.3 = law +20.0, numbers +12.5, …`, the largest parts first; without those that round to nothing.
fn priority(record: &DocumentChangeRecord) -> String {
    let said = priority_parts(&record.priority_parts);
    let equals = if said.is_empty() { "" } else { " = " };
    format!("{:.1}{equals}{}", record.priority + 0.0, said.join(", "))
}

/// `modified · line 162 → 156 · substantive 0.80 · data sharing 0.97 · adverse 0.80`.
fn judged(clause: &ClauseChangeRecord) -> String {
    let line = match (clause.before_line, clause.after_line) {
        (Some(before), Some(after)) if before != after => format!("line {before} → {after}"),
        (_, Some(line)) => format!("line {line}"),
        (Some(line), None) => format!("line {line} of the version before"),
        (None, None) => String::new(),
    };
    let kind = if clause.moved { "modified and moved" } else { &clause.kind };
    let (materiality, effect) = (clause.materiality.as_ref().map(class), clause.effect.as_ref().map(class));
    let regrouped = clause.regrouped.map(|[old, new]| format!("{old} clauses became {new}"));
    let parts = [
        Some(kind.to_owned()),
        Some(line),
        materiality,
        clause.materiality_reason.clone(),
        Some(scored(&clause.categories)),
        effect,
        clause.interest.map(|interest| format!("interest {interest:.2}")),
        regrouped,
    ];
    let said: Vec<String> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
    safe_text(&said.join(" · ")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_tells_its_twins_and_whether_it_is_sure() {
        let record = super::super::elsewhere::example();
        let mut bytes = Vec::new();
        let options = ShowOptions { width: 100, color: false, full: false };
        assert!(show(&record, &options, &mut bytes).is_ok());
        let text = String::from_utf8_lossy(&bytes);
        for said in [
            "unsure        judgements near their thresholds",
            "story         The same change in 4 other places",
            "and 3 more",
            "twin          demo-ie (Ireland), 5 March 2025: 6 clause changes in both, 1 only here and 2 only",
            "https://a.example/ie",
            "only here: added, line 9: {+Only readers in one place are told of this.+}",
            "2 only there: termsift show 00000000000000bb",
        ] {
            assert!(text.contains(said), "{said}\n{text}");
        }
        assert!(!text.contains("javascript"), "{text}");
    }

    #[test]
    fn numbers_that_mislead_are_left_out() {
        let scored = |id: &str, score| Some(ScoredId { id: id.into(), score });
        let clause = ClauseChangeRecord {
            kind: "added".into(),
            materiality: scored("clarifying", 0.21),
            effect: scored("adverse", 0.8),
            ..ClauseChangeRecord::default()
        };
        assert_eq!(judged(&clause), "added · clarifying · adverse 0.80");
        let parts = [("words", 3.0), ("law", -0.04), ("block", -2.5), ("named", 0.04)];
        let record = DocumentChangeRecord {
            priority: 0.5,
            priority_parts: parts.map(|(name, points)| (name.to_owned(), points)).into_iter().collect(),
            ..DocumentChangeRecord::default()
        };
        assert_eq!(priority(&record), "0.5 = words +3.0, block -2.5");
    }
}
