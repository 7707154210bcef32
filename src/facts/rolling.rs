//! Texts that differ only in what changes by itself.

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

/// The kind of rolling content that is all the two texts differ in, if there is such.
#[must_use]
pub fn only_rolling_differs(before: &str, after: &str) -> Option<RollingKind> {
    let rolls = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit()) || text.contains("ago");
    if before == after || !rolls(before) || !rolls(after) {
        return None;
    }
    let (old, new) = (tokens(before), tokens(after));
    let same = |kinds: &[RollingKind]| masked(before, &old, kinds) == masked(after, &new, kinds);
    if same(&[]) {
        return None;
    }
    let alone = KINDS.into_iter().find(|kind| same(&[*kind]));
    alone.or_else(|| same(&KINDS).then_some(RollingKind::Date))
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

fn date(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    if WEEKDAYS.contains(&word(tokens, at)) {
        let next = at + 1 + usize::from(word(tokens, at + 1) == ",");
        return date_at(tokens, next).map(|(_, end)| end);
    }
    if let Some((_, end)) = date_at(tokens, at) {
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
    if !is_number(tokens, at) {
        return None;
    }
    let scaled = at + 1 + usize::from(matches!(word(tokens, at + 1), "k" | "m"));
    let short = tokens.len() <= COUNTER_LINE;
    if short && COUNTED.contains(&word(tokens, scaled)) {
        return Some(scaled + 1);
    }
    let has = |wanted: &[&str]| tokens.iter().any(|token| wanted.contains(&token.word.as_ref()));
    // "1,906 customers found it helpful": whoever they are, they are counted.
    let helpful = tokens.len() <= COUNTER_LINE * 2 && has(&["helpful", "useful"]) && has(&["found", "find"]);
    let viewed = short && has(&["viewed", "visited"]) && matches!(word(tokens, scaled), "times" | "time");
    (helpful || viewed).then_some(scaled)
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
