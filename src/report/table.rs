//! A table made for reading: each document change with its reasons, facts and most telling redlines.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::elsewhere::{Places, UNSURE, UNSURE_MEANS, lower};
use super::facts::fact_lines;
use super::layout::{Run, Style, cut, wrap};
use super::tally::Tally;
use super::telling::{priority_parts, telling};
use super::words::{counted, day, listed};
use super::{Elision, PieceKind, Report, pieces, safe_link, safe_text};
use crate::pipeline::ScanSummary;
use crate::record::{ClauseChangeRecord, DocumentChangeRecord, FactsRecord, PartsRecord, TwinRecord};

/// Columns before the text of an entry: rank, priority and date have their own.
const INDENT: usize = 11;
/// Redlines shown of a change that is news.
const REDLINES: usize = 3;
/// Items shown of one list of facts.
const ITEMS: usize = 4;
/// Other places of the same change that are named.
const PLACES: usize = 3;
/// Facts that tell their kind by themselves: `30 days → 60 days`, `may → will`.
const UNLABELLED: [&str; 2] = ["numbers", "modal verbs"];
/// Facts that stay as they were: not worth a first look.
const UNCHANGED: [&str; 2] = ["names", "laws named"];

/// How a table looks.
#[derive(Debug, Clone)]
pub struct TableOptions {
    /// Columns of the terminal.
    pub width: usize,
    /// With colours.
    pub color: bool,
    /// Show the parts that each priority is made of.
    pub explain: bool,
    /// Say by which options of the command line more is seen, where not all is shown.
    pub hints: bool,
}

impl Default for TableOptions {
    fn default() -> Self {
        Self { width: 100, color: false, explain: false, hints: false }
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
            if !links.dropped.is_empty() {
                runs.push((Style::Deleted, format!(" [-{}-]", some_of(&links.dropped, " "))));
            }
            if !links.added.is_empty() {
                runs.push((Style::Inserted, format!(" {{+{}+}}", some_of(&links.added, " "))));
            }
            runs.push((Style::Dim, ")".into()));
        }
        self.block(&runs, INDENT + 2)
    }

    /// How many of those that pass the filters are shown, and how more are.
    fn shown(&self, tally: Tally<'_>) -> String {
        if let Some(all) = tally.all_here("shown") {
            return format!("{all}.");
        }
        let passing = tally.passing().map_or_else(String::new, |passing| format!("{passing}, "));
        let hint = if self.options.hints { hint(tally) } else { String::new() };
        format!("{passing}{} shown.{hint}", self.rank)
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
        let tally = Tally::of(summary, self.rank);
        if let Some(nothing) = tally.nothing() {
            self.block(&[(Style::Plain, format!("{nothing}."))], 0)?;
        } else {
            self.block(&[(Style::Plain, tally.by_status())], 0)?;
            self.block(&[(Style::Dim, self.shown(tally))], 0)?;
        }
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
    let lines = fact_lines(facts);
    let worth = lines.iter().filter(|line| !UNCHANGED.contains(&line.label));
    let run = worth.map(|line| {
        let items = some_of(&line.items, ", ");
        let style = if line.warning { Style::Warning } else { Style::Plain };
        (style, if UNLABELLED.contains(&line.label) { items } else { format!("{}: {items}", line.label) })
    });
    run.collect()
}

/// By which options more is seen.
fn hint(tally: Tally<'_>) -> String {
    let news = if tally.is_mixed() { ", --status change only news" } else { "" };
    format!(" More: --top 0 shows all{news}, --format jsonl every clause.")
}

/// Where else the same was changed, and whether the decision is open.
fn elsewhere(record: &DocumentChangeRecord) -> Vec<String> {
    let mut said: Vec<String> = record.unsure.then(|| format!("{UNSURE}: {UNSURE_MEANS}")).into_iter().collect();
    let places = Places::of(record, PLACES);
    said.extend(places.title().map(|title| {
        let names: Vec<&str> = places.listed.iter().map(|place| place.name.as_str()).collect();
        let more = if places.more > 0 { format!("; {} more", places.more) } else { String::new() };
        format!("{}: {}{more}", lower(&title), names.join("; "))
    }));
    said.extend(record.twins.iter().map(twin));
    said
}

/// `twin in vlopses-ie of 2025-11-04: the same 18 clause changes`.
fn twin(twin: &TwinRecord) -> String {
    let place = format!("twin in {} of {}", safe_text(&twin.collection), safe_text(day(&twin.date)));
    let sample = if twin.sampled { " (of a sample)" } else { "" };
    let differs: Vec<String> = [(twin.only_here.len(), "here"), (twin.only_there.len(), "there")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, side)| format!("{count} only {side}"))
        .collect();
    if !differs.is_empty() {
        let shared = counted(twin.shared, "clause change");
        return format!("shares {shared} with its {place}; {}{sample}", listed(&differs));
    }
    match twin.shared {
        1 => format!("{place}: the same clause change{sample}"),
        shared => format!("{place}: the same {shared} clause changes{sample}"),
    }
}

/// `priority 87.3 = law +20.0, numbers +12.5, …`, the largest parts first.
fn explained(priority: f64, parts: &PartsRecord) -> String {
    let parts = priority_parts(parts);
    let equals = if parts.is_empty() { "" } else { " = " };
    format!("priority {:.1}{equals}{}", unsigned(priority), parts.join(", "))
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
    use crate::record::{EditRecord, LinkTargetsRecord, NumberRecord};

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

    /// Five document changes, of which `passed` pass the filters.
    fn summary(passed: usize, passed_noise: usize) -> ScanSummary {
        let by_status = [("change".to_owned(), 2), ("rolling".to_owned(), 3)].into();
        ScanSummary { recorded: 9, read: 5, passed, passed_noise, by_status, ..ScanSummary::default() }
    }

    fn table(records: &[DocumentChangeRecord], summary: &ScanSummary, options: TableOptions) -> String {
        let mut bytes = Vec::new();
        let mut report = TableReport::new(&mut bytes, options);
        assert!(records.iter().all(|record| report.record(record).is_ok()));
        assert!(report.finish(summary).is_ok());
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn written(record: &DocumentChangeRecord, options: TableOptions) -> String {
        table(std::slice::from_ref(record), &summary(5, 3), options)
    }

    #[test]
    fn an_entry_without_colours() {
        let options = TableOptions { width: 70, explain: true, hints: true, ..TableOptions::default() };
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
1 shown. More: --top 0 shows all, --status change only news, --format
jsonl every clause.
";
        assert_eq!(written(&record(), options), expected);
    }

    #[test]
    fn the_last_lines_tell_what_passes_and_what_is_shown() {
        let all = "5 document changes: 3 rolling, 2 change\n";
        let one = [record()];
        let cases: [(&[DocumentChangeRecord], ScanSummary, &str); 6] = [
            (
                one.as_slice(),
                summary(5, 3),
                "1 shown. More: --top 0 shows all, --status change only news, --format jsonl every clause.\n",
            ),
            (
                one.as_slice(),
                summary(2, 0),
                "2 of them pass the filters, 1 shown. More: --top 0 shows all, --format jsonl every clause.\n",
            ),
            (
                one.as_slice(),
                summary(3, 3),
                "3 of them pass the filters, 1 shown. More: --top 0 shows all, --format jsonl every clause.\n",
            ),
            (one.as_slice(), summary(1, 0), "1 of them passes the filters; it is shown.\n"),
            (&[one[0].clone(), one[0].clone()], summary(2, 0), "2 of them pass the filters; all are shown.\n"),
            (&[], summary(0, 0), "None of them passes the filters.\n"),
        ];
        let options = || TableOptions { width: 140, hints: true, ..TableOptions::default() };
        for (records, summary, said) in cases {
            let text = table(records, &summary, options());
            assert!(text.ends_with(&format!("{all}{said}")), "{said}: {text}");
        }
        let none = ScanSummary { recorded: 9, ..ScanSummary::default() };
        assert_eq!(table(&[], &none, options()), "None of 9 document changes passes the filters.\n");
    }

    #[test]
    fn twins_are_told_apart_from_other_places() {
        let mut record = crate::report::elsewhere::example();
        let twins = |record: &DocumentChangeRecord| elsewhere(record).split_off(2);
        assert_eq!(
            elsewhere(&record),
            [
                "unsure: judgements near their thresholds decide whether this matters; another model could say otherwise",
                "the same change in 4 other places: Tarn <b> · Privacy Policy, demo-us (United States), 5 March 2025; \
                 3 more",
                "shares 6 clause changes with its twin in demo-ie of 2025-03-05; 1 only here and 2 only there",
            ]
        );
        record.twins[0].only_here.clear();
        record.twins[0].only_there.clear();
        assert_eq!(twins(&record), ["twin in demo-ie of 2025-03-05: the same 6 clause changes"]);
        record.twins[0].shared = 1;
        record.twins[0].sampled = true;
        assert_eq!(twins(&record), ["twin in demo-ie of 2025-03-05: the same clause change (of a sample)"]);
        // A story of twins alone has no other places.
        if let Some(story) = &mut record.story {
            story.places.truncate(1);
            story.more = 0;
        }
        assert_eq!(elsewhere(&record).len(), 2);
    }

    #[test]
    fn facts_have_the_words_of_the_other_layouts() {
        let facts = facts(&FactsRecord {
            silent_update: Some("its date is still March 4, 2025".into()),
            parties_added: vec!["Tarnwick Networks Ltd".into()],
            negations_added: vec!["not".into(), "unless".into()],
            negations_dropped: vec!["except".into()],
            jurisdictions: vec!["UK".into()],
            laws: vec!["GDPR".into()],
            ..record().facts
        });
        let said: Vec<&str> = facts.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(
            said,
            [
                "silent update: its date is still March 4, 2025",
                "newly named: Tarnwick Networks Ltd",
                "30 days → 60 days",
                "negations added: not, unless",
                "negations dropped: except",
            ]
        );
        assert_eq!(facts[0].0, Style::Warning);
    }

    #[test]
    fn only_links_that_came_or_went_are_shown() {
        let mut record = record();
        let added = vec!["https://b.example/".to_owned()];
        record.clauses[0].links = Some(LinkTargetsRecord { added, ..LinkTargetsRecord::default() });
        let text = written(&record, TableOptions { width: 140, ..TableOptions::default() });
        assert!(text.contains("(links: {+https://b.example/+})"), "{text}");
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
