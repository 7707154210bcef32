//! Modal verbs that were replaced, and negations that came or went.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::gazetteer::{Hit, Kind, Neighbour, Neighbours, Shape, longest, modal_words, tokens};

/// What replacing one modal by another does to the clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shift {
    /// From a weaker force to a stronger one: "may" to "will".
    Strengthened,
    /// From a stronger force to a weaker one: "must" to "should".
    Weakened,
    /// What was open or demanded is now barred: "may" to "may not".
    Forbidden,
    /// What was barred is no longer: "may not" to "may".
    Allowed,
}

impl Shift {
    /// The name used in records.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Strengthened => "strengthened",
            Self::Weakened => "weakened",
            Self::Forbidden => "forbidden",
            Self::Allowed => "allowed",
        }
    }
}

/// A modal replaced by another at the same place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModalShift {
    /// The modal before, in lower case.
    pub from: String,
    /// The modal after, in lower case.
    pub to: String,
    /// What that does.
    pub direction: Shift,
}

/// A text with its hits.
pub(super) trait Read {
    fn text(&self) -> &str;
    fn hits(&self) -> &[Hit];
}

static NOT: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| modal_words("negation"));
static NOT_BEFORE: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| modal_words("before"));
static SKIP: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| modal_words("skip"));

/// The longest change, in words of both sides multiplied, whose place is looked for.
const LARGEST: usize = 10_000;
/// The most words around a replaced modal that may have changed with it.
const NEIGHBOURS: usize = 8;

/// The negations of one side that the other lacks.
pub(super) fn negations_missing(of: &impl Read, from: &impl Read) -> Vec<String> {
    let mut there: HashMap<&str, usize> = HashMap::new();
    for id in negations(from) {
        *there.entry(id).or_default() += 1;
    }
    let mut out = Vec::new();
    for id in negations(of) {
        match there.get_mut(id) {
            Some(left) if *left > 0 => *left -= 1,
            _ => out.push(id.to_owned()),
        }
    }
    out.sort();
    out
}

fn negations(side: &impl Read) -> Vec<&'static str> {
    longest(side.hits(), Kind::Negation)
        .into_iter()
        .filter(|hit| {
            let tail = side.text().get(hit.end..).unwrap_or_default();
            let numbered = tail.strip_prefix('.').map(str::trim_start).unwrap_or_default();
            let is_number = numbered.starts_with(|c: char| c.is_ascii_digit());
            let is_abbreviation = hit.entry.rule == "number" && is_number;
            !is_abbreviation && !tail.starts_with('-')
        })
        .map(|hit| hit.entry.id)
        .collect()
}

/// A word, or a modal with its negation.
#[derive(Debug)]
struct Unit {
    word: String,
    force: Option<Force>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Force {
    MustNot,
    ShouldNot,
    May,
    Should,
    Must,
}

/// The shifts between two sides.
pub(super) fn shifts(before: &impl Read, after: &impl Read) -> Vec<ModalShift> {
    let (old, new) = (modals(before), modals(after));
    let same = |list: &[Modal]| list.iter().map(|modal| modal.force).collect::<Vec<_>>();
    if old.is_empty() || new.is_empty() || same(&old) == same(&new) {
        return Vec::new();
    }
    let (old, new) = (units(before.text(), &old), units(after.text(), &new));
    let mut out = Vec::new();
    for (left, right) in gaps(&old, &new) {
        if left.len() > NEIGHBOURS || right.len() > NEIGHBOURS {
            continue;
        }
        let modals = |units: &[&Unit]| units.iter().filter(|unit| unit.force.is_some()).count();
        if modals(&left) != modals(&right) {
            continue;
        }
        let held = |units: Vec<_>| units.into_iter().filter_map(|unit: &Unit| Some((unit.force?, &unit.word)));
        for ((from, was), (to, is)) in held(left).zip(held(right)) {
            if let Some(direction) = direction(from, to) {
                out.push(ModalShift { from: was.clone(), to: is.clone(), direction });
            }
        }
    }
    out
}

fn direction(from: Force, to: Force) -> Option<Shift> {
    let barred = |force| matches!(force, Force::MustNot | Force::ShouldNot);
    if from == to {
        return None;
    }
    Some(match (barred(from), barred(to)) {
        (_, true) if !barred(from) || to == Force::MustNot => Shift::Forbidden,
        (true, _) => Shift::Allowed,
        _ if to > from => Shift::Strengthened,
        _ => Shift::Weakened,
    })
}

struct Modal {
    start: usize,
    end: usize,
    force: Force,
}

fn modals(side: &impl Read) -> Vec<Modal> {
    let mut words = Neighbours::new(side.text());
    longest(side.hits(), Kind::Modal)
        .into_iter()
        .filter_map(|hit| {
            let (last, next) = (words.before(hit.start), words.after(hit.end));
            let none = is_noun(&hit, last, &mut words) || is_month(side.text(), &hit, last, next);
            if none { None } else { modal(&hit, last, next) }
        })
        .collect()
}

/// "Will" in "at will" or "of their own will"; that of "content you own will be used" is the verb.
fn is_noun(hit: &Hit, last: Neighbour<'_>, words: &mut Neighbours<'_>) -> bool {
    if hit.entry.alias != "will" {
        return false;
    }
    let word = last.listed().to_lowercase();
    SKIP.contains_key(word.as_str()) && (word != "own" || is_possessive(words.before(last.start)))
}

/// "Their", "the user's".
fn is_possessive(word: Neighbour<'_>) -> bool {
    const PRONOUNS: &[&str] = &["my", "your", "his", "her", "its", "our", "their"];
    let word = word.listed().to_lowercase();
    PRONOUNS.contains(&word.as_str()) || word.ends_with("'s") || word.ends_with("’s")
}

/// "May" in "on May 3" or "in May".
fn is_month(text: &str, hit: &Hit, last: Neighbour<'_>, next: Neighbour<'_>) -> bool {
    text.get(hit.start..hit.end) == Some("May")
        && (next.word.starts_with(|c: char| c.is_ascii_digit()) || !last.word.is_empty())
}

/// The modal of a hit between the words `last` and `next`.
fn modal(hit: &Hit, last: Neighbour<'_>, next: Neighbour<'_>) -> Option<Modal> {
    let (mut start, mut end) = (hit.start, hit.end);
    let language = Some(&hit.entry.rule);
    let mut negative = false;
    if NOT.get(next.listed().to_lowercase().as_str()) == language {
        end = next.start + next.word.len();
        negative = true;
    } else if NOT_BEFORE.get(last.listed().to_lowercase().as_str()) == language {
        start = last.start;
        negative = true;
    }
    let force = match (hit.entry.id, negative) {
        ("may" | "must" | "must-not", true) | ("must-not", false) => Force::MustNot,
        ("should" | "should-not", true) | ("should-not", false) => Force::ShouldNot,
        ("may", false) => Force::May,
        ("should", false) => Force::Should,
        ("must", false) => Force::Must,
        _ => return None,
    };
    Some(Modal { start, end, force })
}

fn units(text: &str, modals: &[Modal]) -> Vec<Unit> {
    let mut out = Vec::new();
    let mut modals = modals.iter().peekable();
    let mut covered = 0;
    for token in tokens(text) {
        if token.start < covered || token.shape == Shape::Sign {
            continue;
        }
        while modals.next_if(|modal| modal.start < token.start).is_some() {}
        let modal = modals.next_if(|modal| modal.start < token.end);
        covered = modal.map_or(covered, |modal| modal.end);
        let word = modal.and_then(|modal| text.get(modal.start..modal.end));
        out.push(Unit {
            word: word.map_or_else(|| token.word.into_owned(), str::to_lowercase),
            force: modal.map(|modal| modal.force),
        });
    }
    out
}

type Gap<'a> = (Vec<&'a Unit>, Vec<&'a Unit>);

/// The stretches that differ, by a longest common subsequence of what the ends do not share.
fn gaps<'a>(old: &'a [Unit], new: &'a [Unit]) -> Vec<Gap<'a>> {
    let head = old.iter().zip(new).take_while(|(a, b)| a.word == b.word).count();
    let (old, new) = (old.get(head..).unwrap_or_default(), new.get(head..).unwrap_or_default());
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a.word == b.word).count();
    let old = old.get(..old.len() - tail).unwrap_or_default();
    let new = new.get(..new.len() - tail).unwrap_or_default();
    if old.len() * new.len() > LARGEST {
        return Vec::new();
    }
    let width = new.len() + 1;
    let mut table = vec![0_u16; (old.len() + 1) * width];
    let at = |table: &[u16], i: usize, j: usize| table.get(i * width + j).copied().unwrap_or_default();
    for (i, a) in old.iter().enumerate().rev() {
        for (j, b) in new.iter().enumerate().rev() {
            let best = if a.word == b.word {
                at(&table, i + 1, j + 1) + 1
            } else {
                at(&table, i + 1, j).max(at(&table, i, j + 1))
            };
            if let Some(cell) = table.get_mut(i * width + j) {
                *cell = best;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut out = vec![Gap::default()];
    while let (Some(a), Some(b)) = (old.get(i), new.get(j)) {
        if a.word == b.word {
            (i, j) = (i + 1, j + 1);
            out.push(Gap::default());
        } else if at(&table, i + 1, j) >= at(&table, i, j + 1) {
            i += 1;
            out.last_mut().into_iter().for_each(|gap: &mut Gap<'a>| gap.0.push(a));
        } else {
            j += 1;
            out.last_mut().into_iter().for_each(|gap: &mut Gap<'a>| gap.1.push(b));
        }
    }
    if let Some(gap) = out.last_mut() {
        gap.0.extend(old.get(i..).unwrap_or_default());
        gap.1.extend(new.get(j..).unwrap_or_default());
    }
    out
}
