//! A table made for reading: each document change with its reasons, facts and most telling redlines.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::layout::{Run, Style, cut, wrap};
use super::telling::telling;
use super::{Elision, PieceKind, Report, pieces, safe_link, safe_text};
use crate::pipeline::ScanSummary;
use crate::record::{ClauseChangeRecord, DocumentChangeRecord, FactsRecord, PartsRecord};

/// Columns before the text of an entry: rank, priority and date have their own.
const INDENT: usize = 11;
/// Redlines shown of a change that is news.
const REDLINES: usize = 3;
/// Items shown of one list of facts.
const ITEMS: usize = 4;

/// How a table looks.
#[derive(Debug, Clone)]
pub struct TableOptions {
    /// Columns of the terminal.
    pub width: usize,
    /// With colours.
    pub color: bool,
    /// Show the parts that each priority is made of.
    pub explain: bool,
    /// How to see what is not shown, in words; stands in the last line.
    pub hint: String,
}

impl Default for TableOptions {
    fn default() -> Self {
        Self { width: 100, color: false, explain: false, hint: String::new() }
    }
}

/// Writes records for a reader at a terminal.
#[derive(Debug)]
pub struct TableReport<W: Write> {
    writer: W,
    options: TableOptions,
    rank: usize,
}

impl<W: Write> TableReport<W> {
    /// A report into `writer`.
    pub fn new(writer: W, options: TableOptions) -> Self {
        Self { writer, options, rank: 0 }
    }

    fn line(&mut self, style: Style, text: &str) -> io::Result<()> {
        let text = style.paint(text, self.options.color);
        writeln!(self.writer, "{text}")
    }

    /// Writes `runs` indented, wrapped.
    fn block(&mut self, runs: &[Run], indent: usize) -> io::Result<()> {
        for line in wrap(runs, self.options.width.saturating_sub(indent), self.options.color) {
            writeln!(self.writer, "{:indent$}{line}", "")?;
        }
        Ok(())
    }

    fn heading(&mut self, record: &DocumentChangeRecord) -> io::Result<()> {
        let color = self.options.color;
        let date = record.date.get(..10).unwrap_or(&record.date);
        let lead = format!("{:>3}  {:>4.0}  {}  ", self.rank, unsigned(record.priority.round()), safe_text(date));
        let mut name = format!("{} · {}", safe_text(&record.service), safe_text(&record.terms_type));
        if let Some(part) = &record.part {
            name = format!("{name} #{}", safe_text(part));
        }
        let collection = cut(&safe_text(&record.collection), 30);
        let room = self.options.width.saturating_sub(lead.width());
        let name = cut(&name, room.max(10));
        let gap = room.saturating_sub(name.width());
        let name = Style::Bold.paint(&name, color);
        if gap >= collection.width() + 2 {
            let collection = format!("{collection:>gap$}");
            return writeln!(self.writer, "{lead}{name}{}", Style::Dim.paint(&collection, color));
        }
        writeln!(self.writer, "{lead}{name}")
    }

    fn judgement(&mut self, record: &DocumentChangeRecord) -> io::Result<()> {
        let status = if record.status == "change" { Style::Plain } else { Style::Warning };
        let mut parts = vec![(status, safe_text(&record.status).into_owned())];
        let judged = record.materiality.iter().chain(&record.effect);
        let words: Vec<&str> = judged.map(String::as_str).collect();
        if !words.is_empty() {
            parts.push((Style::Plain, safe_text(&words.join(", ")).into_owned()));
        }
        let categories: Vec<&str> = record.categories.iter().map(|category| category.id.as_str()).collect();
        if !categories.is_empty() {
            parts.push((Style::Plain, some_of(&categories, ", ")));
        }
        let counts = counts(record);
        if !counts.is_empty() {
            parts.push((Style::Plain, counts));
        }
        self.block(&separated(parts), INDENT)?;
        if let Some(reason) = &record.status_reason {
            self.block(&[(Style::Dim, safe_text(reason).into_owned())], INDENT)?;
        }
        for said in elsewhere(record) {
            self.block(&[(Style::Dim, said)], INDENT)?;
        }
        Ok(())
    }

    fn clause(&mut self, clause: &ClauseChangeRecord) -> io::Result<()> {
        let place = place(clause);
        if !place.is_empty() {
            let place = cut(&place, self.options.width.saturating_sub(INDENT));
            self.block(&[(Style::Dim, place)], INDENT)?;
        }
        let mut runs: Vec<Run> = pieces(clause, Elision::default())
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
        if let Some(links) = &clause.links {
            runs.push((Style::Dim, " (links:".into()));
            runs.push((Style::Deleted, format!(" [-{}-]", some_of(&links.dropped, " "))));
            runs.push((Style::Inserted, format!("{{+{}+}}", some_of(&links.added, " "))));
            runs.push((Style::Dim, ")".into()));
        }
        self.block(&runs, INDENT + 2)
    }
}

impl<W: Write> Report for TableReport<W> {
    fn record(&mut self, record: &DocumentChangeRecord) -> io::Result<()> {
        if self.rank == 0 {
            self.line(Style::Dim, "  #  prio  date        service · terms type")?;
        }
        self.rank += 1;
        writeln!(self.writer)?;
        self.heading(record)?;
        self.judgement(record)?;
        let facts = facts(&record.facts);
        if !facts.is_empty() {
            self.block(&separated(facts), INDENT)?;
        }
        if self.options.explain {
            self.block(&[(Style::Plain, explained(record.priority, &record.priority_parts))], INDENT)?;
        }
        for note in &record.notes {
            self.block(&[(Style::Warning, format!("note: {}", safe_text(note)))], INDENT)?;
        }
        let telling = telling(record, if record.status == "change" { REDLINES } else { 1 });
        for clause in &telling {
            self.clause(clause)?;
        }
        let link = telling.first().and_then(|clause| clause.url.as_deref()).or(record.url.as_deref());
        if let Some(link) = link.and_then(safe_link) {
            let color = self.options.color;
            writeln!(self.writer, "{:INDENT$}{}", "", Style::Link.paint(link, color))?;
        }
        Ok(())
    }

    fn finish(&mut self, summary: &ScanSummary) -> io::Result<()> {
        if self.rank > 0 {
            writeln!(self.writer)?;
        }
        let total: usize = summary.by_status.values().sum();
        let mut by_status: Vec<(&String, &usize)> = summary.by_status.iter().collect();
        by_status.sort_by_key(|&(status, count)| (std::cmp::Reverse(*count), status));
        let statuses: Vec<String> =
            by_status.iter().map(|(status, count)| format!("{count} {}", safe_text(status))).collect();
        let noun = if total == 1 { "document change" } else { "document changes" };
        let colon = if statuses.is_empty() { "" } else { ": " };
        self.block(&[(Style::Plain, format!("{total} {noun}{colon}{}", statuses.join(", ")))], 0)?;
        let shown = self.rank;
        let said =
            if shown < total { format!("{shown} shown. {}", self.options.hint) } else { "All are shown.".to_owned() };
        self.block(&[(Style::Dim, said)], 0)?;
        self.writer.flush()
    }
}

/// `parts` with ` · ` between them.
fn separated(parts: Vec<Run>) -> Vec<Run> {
    let mut runs = Vec::with_capacity(parts.len() * 2);
    for (at, part) in parts.into_iter().enumerate() {
        if at > 0 {
            runs.push((Style::Dim, " · ".into()));
        }
        runs.push(part);
    }
    runs
}

/// The first few of `texts`, and how many more there are.
fn some_of(texts: &[impl AsRef<str>], separator: &str) -> String {
    let shown: Vec<_> = texts.iter().take(ITEMS).map(|text| cut(&safe_text(text.as_ref()), 60)).collect();
    let more = texts.len().saturating_sub(ITEMS);
    let tail = if more > 0 { format!("{separator}{more} more") } else { String::new() };
    format!("{}{tail}", shown.join(separator))
}

/// `+12 −3 ~7 ↔1`: clauses added, removed, modified, moved.
fn counts(record: &DocumentChangeRecord) -> String {
    let signs = [("added", '+'), ("removed", '−'), ("modified", '~'), ("moved", '↔')];
    let counted = signs.iter().filter_map(|(kind, sign)| {
        let count = record.counts.get(*kind).copied().unwrap_or_default();
        (count > 0).then(|| format!("{sign}{count}"))
    });
    counted.collect::<Vec<_>>().join(" ")
}

/// The facts worth a reader's first look.
fn facts(facts: &FactsRecord) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    if let Some(silent) = &facts.silent_update {
        runs.push((Style::Warning, format!("silent update ({})", cut(&safe_text(silent), 60))));
    }
    if let Some(back) = &facts.back_dated {
        runs.push((Style::Warning, format!("back-dated ({})", cut(&safe_text(back), 60))));
    }
    let lists = [
        ("new parties", &facts.parties_added),
        ("parties dropped", &facts.parties_dropped),
        ("new laws", &facts.laws_added),
        ("laws dropped", &facts.laws_dropped),
        ("new jurisdictions", &facts.jurisdictions_added),
        ("jurisdictions dropped", &facts.jurisdictions_dropped),
    ];
    for (name, texts) in lists {
        if !texts.is_empty() {
            runs.push((Style::Plain, format!("{name}: {}", some_of(texts, ", "))));
        }
    }
    let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "∅".into());
    // What became something else tells more than what came or went.
    let (changed, others): (Vec<_>, Vec<_>) =
        facts.numbers.iter().partition(|number| number.from.is_some() && number.to.is_some());
    let numbers: Vec<String> =
        changed.iter().chain(&others).map(|number| format!("{} → {}", side(&number.from), side(&number.to))).collect();
    let shifts: Vec<String> = facts.modal_shifts.iter().map(|shift| format!("{} → {}", shift.from, shift.to)).collect();
    for texts in [numbers, shifts] {
        if !texts.is_empty() {
            runs.push((Style::Plain, some_of(&texts, ", ")));
        }
    }
    runs
}

/// Where else the same was changed, and whether the decision is open.
fn elsewhere(record: &DocumentChangeRecord) -> Vec<String> {
    let mut said = Vec::new();
    if record.unsure {
        said.push("not sure: the decision hangs on judgements near their thresholds".to_owned());
    }
    if let Some(story) = &record.story {
        let mut names: Vec<String> =
            story.places.iter().map(|place| format!("{} {}", place.service, place.terms_type)).collect();
        names.sort();
        names.dedup();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        said.push(format!(
            "same change in {}: {}",
            counted(story.places.len() + story.more, "other place"),
            some_of(&names, ", ")
        ));
    }
    for twin in &record.twins {
        let date = twin.date.get(..10).unwrap_or(&twin.date);
        let differs = match (twin.only_here.len(), twin.only_there.len()) {
            (0, 0) => "the same clauses".to_owned(),
            (here, there) => format!("{} only here, {there} only there", counted(here, "clause")),
        };
        said.push(format!(
            "twin in {} of {date}: {} in common, {differs}",
            safe_text(&twin.collection),
            counted(twin.shared, "clause")
        ));
    }
    said
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// `priority 87.3 = law +20.0, numbers +12.5, …`, the largest parts first.
fn explained(priority: f64, parts: &PartsRecord) -> String {
    let mut sorted: Vec<(&String, f64)> = parts.iter().map(|(name, points)| (name, *points)).collect();
    sorted.sort_by(|(a, x), (b, y)| y.abs().total_cmp(&x.abs()).then_with(|| a.cmp(b)));
    let shown: Vec<String> = sorted.iter().map(|(name, points)| format!("{} {points:+.1}", safe_text(name))).collect();
    format!("priority {priority:.1} = {}", shown.join(", "))
}

/// `number` without the sign of a negative zero.
fn unsigned(number: f64) -> f64 {
    number + 0.0
}

/// `modified · line 156 · Data we share › Our affiliates`.
fn place(clause: &ClauseChangeRecord) -> String {
    let moved = if clause.moved { "modified and moved" } else { clause.kind.as_str() };
    let headings: Vec<_> = clause.headings.iter().map(|heading| cut(&safe_text(heading), 50)).collect();
    let line = match (clause.after_line, clause.before_line) {
        (Some(line), _) => format!("line {line}"),
        (None, Some(line)) => format!("line {line} of the version before"),
        (None, None) => String::new(),
    };
    let parts = [safe_text(moved).into_owned(), line, headings.join(" › ")];
    parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::record::{EditRecord, NumberRecord};

    fn edit(op: &str, text: &str) -> EditRecord {
        EditRecord { op: op.into(), text: text.into() }
    }

    fn record() -> DocumentChangeRecord {
        let clause = ClauseChangeRecord {
            kind: "modified".into(),
            before: Some("We may keep your data for 30 days after you leave.".into()),
            after: Some("We will keep your data for 60 days after you leave.".into()),
            redline: vec![
                edit("equal", "We "),
                edit("delete", "may"),
                edit("insert", "will"),
                edit("equal", " keep your data for "),
                edit("delete", "30"),
                edit("insert", "60"),
                edit("equal", " days after you leave."),
            ],
            headings: vec!["Retention\u{1b}[2J".into()],
            after_line: Some(12),
            url: Some("https://a.example/x#R12".into()),
            ..ClauseChangeRecord::default()
        };
        DocumentChangeRecord {
            service: "Lumeshore".into(),
            terms_type: "Privacy Policy".into(),
            collection: "sample".into(),
            date: "2025-03-04T10:00:00Z".into(),
            status: "change".into(),
            priority: 71.25,
            priority_parts: [("numbers".to_owned(), 21.25), ("base".to_owned(), 50.0)].into(),
            counts: [("modified".to_owned(), 1)].into(),
            facts: FactsRecord {
                numbers: vec![NumberRecord {
                    kind: "duration".into(),
                    from: Some("30 days".into()),
                    to: Some("60 days".into()),
                }],
                ..FactsRecord::default()
            },
            clauses: vec![clause],
            ..DocumentChangeRecord::default()
        }
    }

    fn written(record: &DocumentChangeRecord, options: TableOptions) -> String {
        let mut bytes = Vec::new();
        let mut report = TableReport::new(&mut bytes, options);
        let summary = ScanSummary {
            by_status: [("change".to_owned(), 2), ("rolling".to_owned(), 3)].into(),
            ..ScanSummary::default()
        };
        assert!(report.record(record).is_ok());
        assert!(report.finish(&summary).is_ok());
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[test]
    fn an_entry_without_colours() {
        let options =
            TableOptions { width: 70, explain: true, hint: "--top 0 shows all.".into(), ..TableOptions::default() };
        let expected = "  #  prio  date        service · terms type

  1    71  2025-03-04  Lumeshore · Privacy Policy               sample
           change · ~1
           30 days → 60 days
           priority 71.2 = base +50.0, numbers +21.2
           modified · line 12 · Retention[2J
             We [-may-]{+will+} keep your data for [-30-]{+60+} days
             after you leave.
           https://a.example/x#R12

5 document changes: 3 rolling, 2 change
1 shown. --top 0 shows all.
";
        assert_eq!(written(&record(), options), expected);
    }

    #[test]
    fn colours_are_the_only_control_codes() {
        let text = written(&record(), TableOptions { color: true, ..TableOptions::default() });
        let codes: HashSet<&str> =
            text.split('\u{1b}').skip(1).filter_map(|rest| rest.split_inclusive('m').next()).collect();
        assert!(codes.iter().all(|code| code.starts_with('[') && code.ends_with('m') && code.len() <= 6), "{codes:?}");
        assert!(text.contains("\u{1b}[31;9m[-may-]\u{1b}[0m"));
    }

    #[test]
    fn lines_fit_the_width() {
        for width in [40, 60, 100] {
            let text = written(&record(), TableOptions { width, ..TableOptions::default() });
            for line in text.lines().filter(|line| !line.contains("https://") && !line.contains("service ·")) {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    }
}
