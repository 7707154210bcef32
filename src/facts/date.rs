//! Dates, and the date a document gives itself.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::LazyLock;

use jiff::civil::Date;

use super::gazetteer::{Shape, Token, rows, split, tokens};

/// The date a document says it was last changed or takes effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentDate {
    /// The date; the first day that it can mean, where only a month is given or day and month cannot be told apart.
    pub date: Date,
    /// The last day that it can mean.
    pub last: Date,
    /// The words that introduce it, as written: "Last updated".
    pub label: String,
    /// Whether it is the date from which the document applies, not that of its last change.
    pub takes_effect: bool,
    /// The date as written.
    pub written: String,
}

impl DocumentDate {
    /// Whether it is before `other`, whatever day each of them means.
    #[must_use]
    pub fn is_before(&self, other: &Self) -> bool {
        self.last < other.date
    }
}

/// The day, or as written where it may be one of several.
impl fmt::Display for DocumentDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.date == self.last { write!(f, "{}", self.date) } else { f.write_str(&self.written) }
    }
}

const LIST: &str = include_str!("data/date_words.tsv");
const FIRST_LINES: usize = 60;
const LAST_LINES: usize = 20;
/// A line shorter than this may be a label whose date stands on the next, and may give a month for a date.
const LABEL_LINE: usize = 60;

fn words(kind: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    rows(LIST).filter(move |row| row.first() == Some(&kind)).flat_map(|row| {
        let value = row.get(1).copied().unwrap_or_default();
        split(row.get(2)).map(move |word| (value, word)).collect::<Vec<_>>()
    })
}

static MONTHS: LazyLock<HashMap<String, i8>> = LazyLock::new(|| {
    words("month").filter_map(|(value, word)| Some((word.to_lowercase(), value.parse().ok()?))).collect()
});
static GLUE: LazyLock<HashSet<&'static str>> = LazyLock::new(|| words("glue").map(|(_, word)| word).collect());
static PAST: LazyLock<HashSet<&'static str>> = LazyLock::new(|| words("past").map(|(_, word)| word).collect());

type Labels = HashMap<String, Vec<(Vec<String>, bool)>>;

/// The labels by their first word, as words; `true` for those of the last change.
static LABELS: LazyLock<Labels> = LazyLock::new(|| {
    let mut out = Labels::new();
    for (kind, updated) in [("updated", true), ("effective", false)] {
        for (_, label) in words(kind) {
            let label: Vec<String> = tokens(label).into_iter().map(|token| token.word.into_owned()).collect();
            if let Some(first) = label.first() {
                out.entry(first.clone()).or_default().push((label, updated));
            }
        }
    }
    #[expect(clippy::iter_over_hash_type, reason = "each list is sorted by itself")]
    for labels in out.values_mut() {
        labels.sort_by_key(|(label, _)| std::cmp::Reverse(label.len()));
    }
    out
});

/// Finds the document's own date: that of the last change before that of effect.
///
/// `text` is the plain text of a version, one clause on each line. Only the first 60 and the last
/// 20 lines are read.
#[must_use]
pub fn document_date(text: &str) -> Option<DocumentDate> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let tail = lines.len().saturating_sub(LAST_LINES).max(FIRST_LINES);
    let mut effective = None;
    for (at, line) in lines.iter().enumerate() {
        if at >= FIRST_LINES && at < tail {
            continue;
        }
        let next = lines.get(at + 1).copied().unwrap_or_default();
        if !may_be_dated(line, next) {
            continue;
        }
        match labelled(line, next) {
            Some((found, true)) => return Some(found),
            Some((found, false)) if effective.is_none() => effective = Some(found),
            _ => {}
        }
    }
    effective
}

/// The date from which a document or a part of it applies, wherever a text gives it, also beside that of its last
/// change.
#[must_use]
pub fn effect_date(text: &str) -> Option<DocumentDate> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).peekable();
    while let Some(line) = lines.next() {
        let next = lines.peek().copied().unwrap_or_default();
        let found = if may_be_dated(line, next) { all_labelled(line, next) } else { Vec::new() };
        if let Some((found, _)) = found.into_iter().find(|(_, updated)| !updated) {
            return Some(found);
        }
    }
    None
}

/// Whether a date may stand in a line, or on the next under a label. Every date has a digit, and most lines have none:
/// they need not be cut into words.
fn may_be_dated(line: &str, next: &str) -> bool {
    has_digit(line) || line.len() < LABEL_LINE && has_digit(next)
}

fn has_digit(line: &str) -> bool {
    line.bytes().any(|byte| byte.is_ascii_digit())
}

/// The labelled date of a line: that of the last change before that of effect.
fn labelled(line: &str, next: &str) -> Option<(DocumentDate, bool)> {
    let mut found = all_labelled(line, next);
    let updated = found.iter().position(|(_, updated)| *updated).unwrap_or_default();
    if updated < found.len() { Some(found.swap_remove(updated)) } else { None }
}

/// The labelled dates of a line, or of a label alone on its line and the date on the next; `true` for those of the last
/// change.
fn all_labelled(line: &str, next: &str) -> Vec<(DocumentDate, bool)> {
    let line_tokens = tokens(line);
    let mut out = Vec::new();
    // The tokens that the last label was followed past. A label among them stops where that one did: "effective" may
    // stand between a label and its date, and a line of nothing else would be walked to its end for each.
    let mut passed = 0..0;
    // Nor does a label begin within another: "Effective Date" says when the document applies, not when it changed.
    let mut label_end = 0;
    for at in 0..line_tokens.len() {
        let Some((length, updated)) = label_at(&line_tokens, at).filter(|_| at >= label_end) else { continue };
        label_end = at + length;
        if at > 0 && line_tokens.get(at - 1).is_some_and(|token| PAST.contains(token.word.as_ref())) {
            continue;
        }
        let from = at + length;
        let label = label_text(line, &line_tokens, at, from);
        if !passed.contains(&from) {
            passed = from..past_glue(&line_tokens, from);
        }
        let found = dated(line, &line_tokens, passed.end);
        let found = if found.is_none() && passed.end >= line_tokens.len() && line.len() < LABEL_LINE {
            let next_tokens = tokens(next);
            dated(next, &next_tokens, past_glue(&next_tokens, 0))
        } else {
            found
        };
        let Some(Written { first, last, written }) = found else { continue };
        out.push((DocumentDate { date: first, last, label, written, takes_effect: !updated }, updated));
    }
    out
}

fn label_at(tokens: &[Token<'_>], at: usize) -> Option<(usize, bool)> {
    let labels = LABELS.get(tokens.get(at)?.word.as_ref())?;
    labels.iter().find_map(|(label, updated)| {
        let here = tokens.get(at..at + label.len())?;
        here.iter().zip(label).all(|(token, word)| token.word == *word).then_some((label.len(), *updated))
    })
}

fn label_text(line: &str, tokens: &[Token<'_>], from: usize, to: usize) -> String {
    let span = tokens.get(from).zip(tokens.get(to.saturating_sub(1)));
    span.and_then(|(first, last)| line.get(first.start..last.end)).unwrap_or_default().to_owned()
}

/// The first token from `from` on that is no word or sign that may stand between a label and its date. A second label
/// of the same date may: "effective and last updated on".
fn past_glue(tokens: &[Token<'_>], from: usize) -> usize {
    let mut at = from;
    while let Some(token) = tokens.get(at).filter(|_| date_at(tokens, at).is_none()) {
        let joined = at > from && matches!(word(tokens, at - 1), "and" | "&" | "/");
        at += match label_at(tokens, at).filter(|_| joined) {
            Some((length, _)) => length,
            None if token.shape == Shape::Sign || GLUE.contains(token.word.as_ref()) => 1,
            None => break,
        };
    }
    at
}

/// The days that a date can mean, and how it is written.
struct Written {
    first: Date,
    last: Date,
    written: String,
}

/// The date that begins at a token. In a long line only a whole one: "as of May 2018" is said of much.
fn dated(line: &str, tokens: &[Token<'_>], at: usize) -> Option<Written> {
    let whole = date_at(tokens, at).map(|(date, end)| (date, date, end));
    let vague = || either_order(tokens, at).or_else(|| month_alone(tokens, at)).filter(|_| line.len() < LABEL_LINE);
    let (first, last, end) = whole.or_else(vague)?;
    Some(Written { first, last, written: label_text(line, tokens, at, end) })
}

/// The date that begins at a token, and the token after it.
pub(super) fn date_at(tokens: &[Token<'_>], at: usize) -> Option<(Date, usize)> {
    numeric(tokens, at).or_else(|| month_first(tokens, at)).or_else(|| day_first(tokens, at))
}

fn word<'a>(tokens: &'a [Token<'_>], at: usize) -> &'a str {
    tokens.get(at).map_or("", |token| token.word.as_ref())
}

fn number(tokens: &[Token<'_>], at: usize, digits: std::ops::RangeInclusive<usize>) -> Option<i16> {
    let word = word(tokens, at);
    if digits.contains(&word.len()) { word.parse().ok() } else { None }
}

fn civil(year: i16, month: i16, day: i16) -> Option<Date> {
    if !(1970..=2100).contains(&year) {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn numeric(tokens: &[Token<'_>], at: usize) -> Option<(Date, usize)> {
    let first = tokens.get(at).filter(|token| token.shape == Shape::Number)?;
    if first.word.contains('.') {
        let mut parts = first.word.split('.').map(str::parse::<i16>);
        let (day, month, year) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
        let date = if day > 31 { civil(day, month, year) } else { civil(year, month, day) };
        return date.filter(|_| parts.next().is_none()).map(|date| (date, at + 1));
    }
    let sign = word(tokens, at + 1);
    let asian = sign == "年" && word(tokens, at + 3) == "月" && word(tokens, at + 5).starts_with('日');
    if !asian && (!matches!(sign, "-" | "/") || word(tokens, at + 3) != sign) {
        return None;
    }
    let end = at + if asian { 6 } else { 5 };
    if let Some(year) = number(tokens, at, 4..=4) {
        let date = civil(year, number(tokens, at + 2, 1..=2)?, number(tokens, at + 4, 1..=2)?)?;
        return Some((date, end));
    }
    let (a, b) = (number(tokens, at, 1..=2)?, number(tokens, at + 2, 1..=2)?);
    let year = number(tokens, at + 4, 4..=4)?;
    let (month, day) = if a > 12 {
        (b, a)
    } else if b > 12 || a == b {
        (a, b)
    } else {
        return None;
    };
    Some((civil(year, month, day)?, end))
}

/// Both readings of "5/12/2024", the earlier first, and the token after it.
fn either_order(tokens: &[Token<'_>], at: usize) -> Option<(Date, Date, usize)> {
    let sign = word(tokens, at + 1);
    if !matches!(sign, "-" | "/") || word(tokens, at + 3) != sign {
        return None;
    }
    let (a, b) = (number(tokens, at, 1..=2)?, number(tokens, at + 2, 1..=2)?);
    let year = number(tokens, at + 4, 4..=4)?;
    let (one, other) = (civil(year, a, b)?, civil(year, b, a)?);
    Some((one.min(other), one.max(other), at + 5))
}

/// The first and the last day of "May 2024", and the token after it.
fn month_alone(tokens: &[Token<'_>], at: usize) -> Option<(Date, Date, usize)> {
    let month = *MONTHS.get(word(tokens, at))?;
    let year_at = at + 1 + usize::from(matches!(word(tokens, at + 1), "." | ","));
    let first = civil(number(tokens, year_at, 4..=4)?, i16::from(month), 1)?;
    Some((first, first.last_of_month(), year_at + 1))
}

fn month_first(tokens: &[Token<'_>], at: usize) -> Option<(Date, usize)> {
    let month = *MONTHS.get(word(tokens, at))?;
    let skip = |at: usize, words: &[&str]| at + usize::from(words.contains(&word(tokens, at)));
    let day_at = skip(at + 1, &["."]);
    let day = number(tokens, day_at, 1..=2)?;
    let year_at = skip(skip(day_at + 1, &["st", "nd", "rd", "th"]), &[",", "."]);
    let year = number(tokens, year_at, 4..=4)?;
    Some((civil(year, i16::from(month), day)?, year_at + 1))
}

fn day_first(tokens: &[Token<'_>], at: usize) -> Option<(Date, usize)> {
    let day = number(tokens, at, 1..=2)?;
    let skip = |at: usize, words: &[&str]| at + usize::from(words.contains(&word(tokens, at)));
    let month_at = skip(at + 1, &[".", "st", "nd", "rd", "th", "er", "º", "-"]);
    let month_at = skip(month_at, &["de", "of", "."]);
    let month = *MONTHS.get(word(tokens, month_at))?;
    let year_at = skip(skip(month_at + 1, &[".", "-", ","]), &["de", "del", ","]);
    let year = number(tokens, year_at, 4..=4)?;
    Some((civil(year, i16::from(month), day)?, year_at + 1))
}

/// Whether the token is the name of a month.
pub(super) fn is_month(word: &str) -> bool {
    MONTHS.contains_key(word)
}
