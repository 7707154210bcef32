//! Judgements without a model: what the redline and the facts alone can say.
//!
//! Certain rules first (only link targets, only punctuation, the same words elsewhere, a mended
//! typo, a rolling date); what they leave is taken to be substantive where facts changed or
//! several words did. These scores are not calibrated, and there are no categories.

use super::{ClauseView, Judge, Judgement, same_but_spelling};
use crate::align::{ClauseChange, Op, Redline};
use crate::facts::{Facts, RollingKind, document_date, only_rolling_differs};
use crate::taxonomy::Materiality;
use crate::text::words;

/// So many words that carry meaning must change before a modified clause counts as substantive
/// without any fact to show for it.
const SUBSTANTIVE_WORDS: usize = 3;
/// A clause of so few words, with no list to give it meaning, is page furniture.
const FURNITURE_WORDS: usize = 2;
/// A mended typo is this near the word it stands for, in letters.
const TYPO_DISTANCE: usize = 2;
/// Shorter words are never taken for typos: one letter changes too much in them.
const TYPO_LEAST: usize = 5;

/// The deterministic judge.
#[derive(Debug, Clone, Copy, Default)]
pub struct Signals;

impl Judge for Signals {
    fn model(&self) -> Option<&str> {
        None
    }

    fn judge(&self, changes: &[ClauseView<'_>]) -> Vec<Judgement> {
        changes.iter().map(judge_one).collect()
    }
}

fn judge_one(view: &ClauseView<'_>) -> Judgement {
    match view.change {
        ClauseChange::Moved { .. } => cosmetic("the same words stand elsewhere"),
        ClauseChange::Added { .. } => whole(view, view.after.unwrap_or_default()),
        ClauseChange::Removed { .. } => whole(view, view.before.unwrap_or_default()),
        ClauseChange::Modified { redline, .. } => {
            modified(view, view.before.unwrap_or_default(), view.after.unwrap_or_default(), redline)
        }
    }
}

fn whole(view: &ClauseView<'_>, text: &str) -> Judgement {
    let words = count_words(text);
    if words == 0 {
        return cosmetic("no words");
    }
    if let Some(kind) = only_rolling_differs(text, "") {
        return rolling(kind);
    }
    if words <= FURNITURE_WORDS && view.lead_in.is_empty() && *view.facts == Facts::default() {
        return cosmetic("a bare word or two");
    }
    open(Materiality::Substantive, if words >= 6 { 0.7 } else { 0.5 })
}

fn modified(view: &ClauseView<'_>, before: &str, after: &str, redline: &Redline) -> Judgement {
    if redline.is_equal() {
        return cosmetic("only link targets changed");
    }
    if letters(before).eq(letters(after)) {
        return cosmetic("only punctuation, case or spacing changed");
    }
    if same_but_spelling(before, after) {
        return cosmetic("only the spelling changed, between British and American");
    }
    if let Some(kind) = only_rolling_differs(before, after) {
        // When terms start to apply is news: analysts wrote a memo about nothing but that.
        if kind == RollingKind::Date && document_date(after).is_some_and(|date| date.takes_effect) {
            let reason = Some("the date from which the document applies changed".to_owned());
            return Judgement { reason, ..open(Materiality::Clarifying, 0.9) };
        }
        return rolling(kind);
    }
    if is_mended_typo(view, before, after, redline) {
        return cosmetic("a typo was mended");
    }
    let changed = changed_words(before, after, redline);
    let facts = view.facts;
    let telling = !(facts.parties_added.is_empty()
        && facts.parties_dropped.is_empty()
        && facts.numbers.is_empty()
        && facts.modal_shifts.is_empty()
        && facts.negations_added.is_empty()
        && facts.negations_dropped.is_empty()
        && facts.jurisdictions_added.is_empty()
        && facts.jurisdictions_dropped.is_empty()
        && facts.laws_added.is_empty()
        && facts.laws_dropped.is_empty());
    if telling {
        open(Materiality::Substantive, 0.8)
    } else if changed >= SUBSTANTIVE_WORDS {
        open(Materiality::Substantive, 0.6)
    } else {
        open(Materiality::Clarifying, 0.5)
    }
}

fn cosmetic(reason: &str) -> Judgement {
    Judgement { reason: Some(reason.to_owned()), ..open(Materiality::Cosmetic, 0.95) }
}

fn rolling(kind: RollingKind) -> Judgement {
    // A fixed date that changed is worth knowing (guidelines, rules of thumb); an age or a counter is not.
    let materiality = if kind == RollingKind::Date { Materiality::Clarifying } else { Materiality::Cosmetic };
    Judgement { reason: Some(format!("only {kind} changed")), rolling: true, ..open(materiality, 0.95) }
}

fn open(materiality: Materiality, score: f64) -> Judgement {
    let substantive = match materiality {
        Materiality::Substantive => score,
        Materiality::Clarifying => 0.3,
        Materiality::Cosmetic => 0.02,
    };
    Judgement::new(materiality, score, substantive)
}

/// The letters and digits of a text, lower case: what is left when form does not count.
fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}

fn count_words(text: &str) -> usize {
    words(text).count()
}

/// Words of four letters or more that the redline deletes or inserts, on the side that has more.
pub(crate) fn changed_words(before: &str, after: &str, redline: &Redline) -> usize {
    let count = |op| {
        redline
            .texts(op, before, after)
            .map(|text| {
                let telling =
                    |word: &&str| word.chars().count() >= 4 || word.chars().any(|c| c.is_numeric() || !c.is_ascii());
                words(text).filter(telling).count()
            })
            .sum::<usize>()
    };
    count(Op::Delete).max(count(Op::Insert))
}

/// Whether every edit replaces one word by one that is nearly the same, and the misspelt one stands
/// nowhere else while the other does: "consent" to "content" is no typo, both are in use.
fn is_mended_typo(view: &ClauseView<'_>, before: &str, after: &str, redline: &Redline) -> bool {
    let deleted: Vec<&str> = redline.texts(Op::Delete, before, after).map(str::trim).collect();
    let inserted: Vec<&str> = redline.texts(Op::Insert, before, after).map(str::trim).collect();
    !deleted.is_empty()
        && deleted.len() == inserted.len()
        && deleted.iter().zip(&inserted).all(|(from, to)| {
            let word = |text: &str| text.chars().count() >= TYPO_LEAST && text.chars().all(char::is_alphabetic);
            word(from)
                && word(to)
                && distance_at_most(from, to, TYPO_DISTANCE)
                && !view.new_text.contains(from)
                && view.new_text.matches(to).nth(1).is_some()
        })
}

/// Whether the edit distance (insertions, deletions, substitutions, swaps of neighbours) of two
/// words is at most `most`. Optimal string alignment (Damerau 1964, restricted).
fn distance_at_most(a: &str, b: &str, most: usize) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.to_lowercase().chars().collect(), b.to_lowercase().chars().collect());
    if a.len().abs_diff(b.len()) > most || a.len().max(b.len()) > 40 {
        return false;
    }
    let mut rows = vec![vec![0_usize; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + same);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()] <= most
}
