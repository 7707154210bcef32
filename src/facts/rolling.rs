//! Texts that differ only in what changes by itself.

use std::borrow::Cow;
use std::fmt;

use super::date::{date_at, is_month};
use super::gazetteer::{Shape, Token, tokens};

/// What rolls on by itself in a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollingKind {
    /// A calendar date.
    Date,
    /// An age such as "9 months ago".
    Age,
    /// A count of views, votes, comments, or people who found a page helpful.
    Counter,
    /// The year of a copyright notice.
    Year,
}

impl fmt::Display for RollingKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Date => "a date",
            Self::Age => "a relative age",
            Self::Counter => "a counter",
            Self::Year => "a copyright year",
        })
    }
}

const KINDS: [RollingKind; 4] = [RollingKind::Date, RollingKind::Age, RollingKind::Counter, RollingKind::Year];
const COUNTED: &[&str] = &["view", "views", "vote", "votes", "comment", "comments", "likes", "replies"];
const WEEKDAYS: &[&str] = &["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const UNITS: &[&str] = &["second", "minute", "hour", "day", "week", "month", "year"];
/// A counter with its noun stands in a line of at most this many tokens.
const COUNTER_LINE: usize = 14;
/// Words of a text that sets a limit or grants something: its numbers are part of the terms.
const LIMITS: &[&str] = &[
    "may",
    "might",
    "can",
    "can't",
    "can’t",
    "cannot",
    "could",
    "must",
    "shall",
    "should",
    "will",
    "per",
    "each",
    "every",
    "daily",
    "weekly",
    "monthly",
    "within",
    "than",
    "limit",
    "limits",
    "limited",
    "maximum",
    "minimum",
    "exceed",
    "allowed",
    "permitted",
    "include",
    "includes",
    "included",
    "are",
    "is",
];
/// Words that a page shows beside its dates and counters.
const BESIDE: &[&str] = &[
    "last",
    "updated",
    "update",
    "modified",
    "revised",
    "reviewed",
    "edited",
    "posted",
    "published",
    "created",
    "effective",
    "date",
    "on",
    "as",
    "of",
    "from",
    "since",
    "and",
    "this",
    "page",
    "was",
    "viewed",
    "visited",
    "times",
    "time",
    "total",
    "like",
    "share",
    "reply",
];
/// A text that is nothing but a mark and a few words has at most this many bytes.
const MARK_LINE: usize = 120;

/// The kind of rolling content that is all the two texts differ in, if there is such. A date that is only written
/// otherwise does not roll.
#[must_use]
pub fn only_rolling_differs(before: &str, after: &str) -> Option<RollingKind> {
    if before == after || !rolls(before) || !rolls(after) {
        return None;
    }
    let (old, new) = (tokens(before), tokens(after));
    let same = |kinds: &[RollingKind]| masked(before, &old, kinds) == masked(after, &new, kinds);
    if same(&[]) || with_days(before, &old) == with_days(after, &new) {
        return None;
    }
    let alone = KINDS.into_iter().find(|kind| same(&[*kind]));
    alone.or_else(|| same(&KINDS).then_some(RollingKind::Date))
}

/// Whether two texts differ, and only in how they write the same dates: "August 8, 2023", "on 8th August 2023".
#[must_use]
pub fn only_date_form_differs(before: &str, after: &str) -> bool {
    if before == after || !rolls(before) || !rolls(after) {
        return false;
    }
    let (old, new) = (tokens(before), tokens(after));
    with_days(before, &old) == with_days(after, &new) && masked(before, &old, &[]) != masked(after, &new, &[])
}

/// The text as written, token by token, with its day for each full date, without the commas around it and without
/// "from" or "on" before it.
fn with_days<'a>(text: &'a str, tokens: &[Token<'_>]) -> Vec<Cow<'a, str>> {
    let mut out: Vec<Cow<'a, str>> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if let Some((day, end)) = date_at(tokens, past_weekday(tokens, at)) {
            while out.last().is_some_and(|last| matches!(&**last, "," | "from" | "From" | "on" | "On")) {
                out.pop();
            }
            out.push(format!("\u{1}{day}").into());
            at = end + usize::from(word(tokens, end) == ",");
        } else {
            out.push(text.get(token.start..token.end).unwrap_or_default().into());
            at += 1;
        }
    }
    out
}

/// The kind of the one date, age, counter or copyright year that is all of a text, but for a few words such as
/// "last updated" beside it.
///
/// A date with "effective" beside it counts: whether it tells when a document applies is for the caller to ask.
#[must_use]
pub fn only_rolling(text: &str) -> Option<RollingKind> {
    if text.len() > MARK_LINE || !rolls(text) {
        return None;
    }
    let tokens = tokens(text);
    let mut found = None;
    let mut at = 0;
    while at < tokens.len() {
        let mark = KINDS.into_iter().find_map(|kind| Some((kind, shown(kind, &tokens, at)?)));
        match mark {
            Some((kind, end)) if found.is_none() => {
                found = Some(kind);
                at = end.max(at + 1);
            }
            None if is_beside(&tokens, at) => at += 1,
            _ => return None,
        }
    }
    found
}

/// Whether something that rolls may stand in a text: all but "a year ago" have digits.
fn rolls(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit()) || text.contains("ago")
}

/// The text as written, token by token, with a mark for what rolls.
fn masked<'a>(text: &'a str, tokens: &[Token<'_>], kinds: &[RollingKind]) -> Vec<&'a str> {
    let mut out = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let found = kinds.iter().find_map(|kind| Some((mark(*kind), end_of(*kind, tokens, at)?)));
        if let Some((mark, end)) = found {
            out.push(mark);
            at = end.max(at + 1);
        } else {
            out.push(text.get(token.start..token.end).unwrap_or_default());
            at += 1;
        }
    }
    out
}

const fn mark(kind: RollingKind) -> &'static str {
    match kind {
        RollingKind::Date => "\u{1}date",
        RollingKind::Age => "\u{1}age",
        RollingKind::Counter => "\u{1}counter",
        RollingKind::Year => "\u{1}year",
    }
}

/// Where the rolling content of a kind that begins at a token ends.
fn end_of(kind: RollingKind, tokens: &[Token<'_>], at: usize) -> Option<usize> {
    match kind {
        RollingKind::Date => date(tokens, at),
        RollingKind::Age => age(tokens, at),
        RollingKind::Counter => counter(tokens, at),
        RollingKind::Year => year(tokens, at),
    }
}

/// [`end_of`], and past the words that say what a counter counts: "128 people found this helpful".
fn shown(kind: RollingKind, tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let end = end_of(kind, tokens, at)?;
    let counted = if kind == RollingKind::Counter { helpful(tokens, end) } else { None };
    Some(counted.unwrap_or(end))
}

/// Whether a token is a sign or a word that a page shows beside its dates and counters.
fn is_beside(tokens: &[Token<'_>], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| token.shape == Shape::Sign || BESIDE.contains(&token.word.as_ref()))
}

fn word<'a>(tokens: &'a [Token<'_>], at: usize) -> &'a str {
    tokens.get(at).map_or("", |token| token.word.as_ref())
}

fn is_number(tokens: &[Token<'_>], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| token.shape == Shape::Number)
}

fn is_year(tokens: &[Token<'_>], at: usize) -> bool {
    let word = word(tokens, at);
    is_number(tokens, at) && word.len() == 4 && (word.starts_with("19") || word.starts_with("20"))
}

/// The token after the weekday, if one stands at a token.
fn past_weekday(tokens: &[Token<'_>], at: usize) -> usize {
    let weekday = WEEKDAYS.contains(&word(tokens, at));
    at + usize::from(weekday) + usize::from(weekday && word(tokens, at + 1) == ",")
}

fn date(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    if let Some((_, end)) = date_at(tokens, past_weekday(tokens, at)) {
        return Some(end);
    }
    (is_month(word(tokens, at)) && is_year(tokens, at + 1)).then_some(at + 2)
}

fn age(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let unit = word(tokens, at + 1);
    let counted = is_number(tokens, at) || matches!(word(tokens, at), "a" | "an" | "one");
    let known = UNITS.contains(&unit.strip_suffix('s').unwrap_or(unit));
    (counted && known && word(tokens, at + 2) == "ago").then_some(at + 3)
}

fn counter(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    if !is_number(tokens, at) || tokens.len() > COUNTER_LINE * 2 || sets_limit(tokens) {
        return None;
    }
    let scaled = past_scale(tokens, at);
    // "1,906 customers found it helpful": whoever they are, they are counted.
    if helpful(tokens, scaled).is_some() {
        return Some(scaled);
    }
    if tokens.len() > COUNTER_LINE {
        return None;
    }
    if is_viewed(tokens, at, scaled) {
        return Some(scaled);
    }
    // "Free accounts have 10 comments." is a sentence; a counter begins its line and ends in no stop.
    let sentence = tokens.last().is_some_and(|token| token.word == ".");
    counted(tokens, at).filter(|_| !sentence && begins_line(tokens, at))
}

/// Whether a text has a modal or another word that makes its numbers limits: "may post 10 comments per day".
fn sets_limit(tokens: &[Token<'_>]) -> bool {
    tokens.iter().enumerate().any(|(at, token)| {
        let here: &str = &token.word;
        let pair = matches!((here, word(tokens, at + 1)), ("up", "to") | ("at", "most" | "least"));
        // "May 3, 2025" has no modal.
        pair || LIMITS.contains(&here) && date(tokens, at).is_none()
    })
}

/// The token after a number and the letter of its scale: "1.2k".
fn past_scale(tokens: &[Token<'_>], at: usize) -> usize {
    at + 1 + usize::from(matches!(word(tokens, at + 1), "k" | "m"))
}

/// Where "found … helpful" ends in the sentence that goes on at a token.
fn helpful(tokens: &[Token<'_>], from: usize) -> Option<usize> {
    let past = |from: usize, wanted: &[&str]| {
        let mut sentence = tokens.iter().skip(from).take_while(|token| token.word != ".");
        let place = sentence.position(|token| wanted.contains(&token.word.as_ref()))?;
        Some(from + place + 1)
    };
    past(past(from, &["found"])?, &["helpful", "useful"])
}

/// "Viewed 523 times", "Viewed 3 times today": the number at a token, with "times" at another.
fn is_viewed(tokens: &[Token<'_>], at: usize, times: usize) -> bool {
    let colon = word(tokens, at.saturating_sub(1)) == ":";
    let last = at.saturating_sub(if colon { 2 } else { 1 });
    let after = times + 1 + usize::from(matches!(word(tokens, times + 1), "today" | "yesterday" | "recently"));
    let ends = tokens.get(after).is_none_or(|token| token.shape == Shape::Sign);
    matches!(word(tokens, last), "viewed" | "visited") && matches!(word(tokens, times), "times" | "time") && ends
}

/// Where a number and a noun that pages count end.
fn counted(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let noun = past_scale(tokens, at);
    (is_number(tokens, at) && COUNTED.contains(&word(tokens, noun))).then_some(noun + 1)
}

/// Whether before a token stands only what a page shows beside a counter: "May 3, 2025 · 12 views · 3 comments".
fn begins_line(tokens: &[Token<'_>], at: usize) -> bool {
    let mut next = 0;
    while next < at {
        let mark = date(tokens, next).or_else(|| age(tokens, next)).or_else(|| counted(tokens, next));
        match mark {
            Some(end) => next = end,
            None if is_beside(tokens, next) => next += 1,
            None => return false,
        }
    }
    next == at
}

fn year(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    if !is_year(tokens, at) {
        return None;
    }
    let near = tokens.get(at.saturating_sub(4)..at).unwrap_or_default();
    let noted = near.iter().any(|token| matches!(token.word.as_ref(), "©" | "copyright"))
        || word(tokens, at.saturating_sub(2)) == "c" && word(tokens, at.saturating_sub(1)) == ")";
    if !noted {
        return None;
    }
    let range = matches!(word(tokens, at + 1), "-" | "–" | "—") && is_year(tokens, at + 2);
    Some(at + if range { 3 } else { 1 })
}
