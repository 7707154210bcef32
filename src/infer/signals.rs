//! Judgements without a model: what the redline and the facts alone can say.
//!
//! Certain rules first (only link targets, only punctuation, the same words elsewhere, a hidden
//! address, a mended typo, a rolling date); what they leave is taken to be substantive where facts changed or
//! several words did. These scores are not calibrated, and there are no categories.

use std::collections::HashMap;

use aho_corasick::AhoCorasick;

use super::spelling::same_amount_marks;
use super::{ClauseView, Judge, Judgement, same_but_spelling};
use crate::align::{ClauseChange, Op, Redline};
use crate::facts::{Facts, RollingKind, effect_date, only_date_form_differs, only_rolling, only_rolling_differs};
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
/// So many words are looked for in a version one by one; more, all in one pass over it.
const FEW_WORDS: usize = 32;

/// The reason where an address came in place of [`HIDDEN`] or the other way round.
const HIDDEN_ADDRESS: &str = "an e-mail address was hidden or shown";
/// The reason where the same date stands on both sides.
const OTHER_DATE_FORM: &str = "a date written otherwise";

/// What pages show in place of an e-mail address, to keep it from programs that collect them.
const HIDDEN: &str = "[email protected]";
/// Stands for an address where texts are compared without theirs.
const ADDRESS: char = '\u{1}';

/// The deterministic judge.
#[derive(Debug, Clone, Copy, Default)]
pub struct Signals;

impl Judge for Signals {
    fn model(&self) -> Option<&str> {
        None
    }

    fn judge(&self, changes: &[ClauseView<'_>]) -> Vec<Judgement> {
        // The clauses of one version: their text is the same one, not just an equal one.
        let versions = changes.chunk_by(|a, b| std::ptr::eq(a.new_text, b.new_text));
        let judge_version = |views: &[ClauseView<'_>]| {
            let respelt: Vec<Vec<Respelt<'_>>> = views.iter().map(respelt).collect();
            let text = views.first().map_or("", |view| view.new_text);
            let version = Version::new(text, respelt.iter().flatten().flat_map(|&(from, to)| [from, to]).collect());
            let judged = views.iter().zip(&respelt).map(|(view, respelt)| judge_one(view, respelt, &version));
            judged.collect::<Vec<_>>()
        };
        versions.flat_map(judge_version).collect()
    }
}

fn judge_one(view: &ClauseView<'_>, respelt: &[Respelt<'_>], version: &Version<'_>) -> Judgement {
    match view.change {
        ClauseChange::Moved { .. } => cosmetic("the same words stand elsewhere"),
        ClauseChange::Added { .. } => whole(view, view.after.unwrap_or_default()),
        ClauseChange::Removed { .. } => whole(view, view.before.unwrap_or_default()),
        ClauseChange::Modified { redline, .. } => {
            let (before, after) = (view.before.unwrap_or_default(), view.after.unwrap_or_default());
            modified(view, before, after, redline, || are_mended_typos(respelt, version))
        }
    }
}

fn whole(view: &ClauseView<'_>, text: &str) -> Judgement {
    let words = count_words(text);
    if words == 0 {
        return cosmetic("no words");
    }
    if let Some(kind) = only_rolling(text) {
        return rolled(kind, "", text);
    }
    if words <= FURNITURE_WORDS && view.lead_in.is_empty() && *view.facts == Facts::default() {
        return cosmetic("a bare word or two");
    }
    open(Materiality::Substantive, if words >= 6 { 0.7 } else { 0.5 })
}

fn modified(
    view: &ClauseView<'_>,
    before: &str,
    after: &str,
    redline: &Redline,
    is_mended: impl FnOnce() -> bool,
) -> Judgement {
    if redline.is_equal() {
        return cosmetic(beside_words(view.change));
    }
    if view.facts.numbers.is_empty() && same_amounts(before, after) && letters(before).eq(letters(after)) {
        return cosmetic("only punctuation, case or spacing changed");
    }
    if same_but_spelling(before, after) {
        return cosmetic("only the spelling changed, between British and American");
    }
    if only_addresses_hidden(before, after) {
        return cosmetic(HIDDEN_ADDRESS);
    }
    if only_date_form_differs(before, after) {
        return cosmetic(OTHER_DATE_FORM);
    }
    if let Some(kind) = only_rolling_differs(before, after) {
        return rolled(kind, before, after);
    }
    if is_mended() {
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

/// Whether a judgement of these rules is surer than what a model makes of the words.
pub(super) fn is_settled(judgement: &Judgement) -> bool {
    matches!(judgement.reason.as_deref(), Some(HIDDEN_ADDRESS | OTHER_DATE_FORM))
}

fn cosmetic(reason: &str) -> Judgement {
    Judgement { reason: Some(reason.to_owned()), ..open(Materiality::Cosmetic, 0.95) }
}

/// The judgement where nothing but what is of `kind` changed between two texts; one of them is empty where it came or
/// went.
fn rolled(kind: RollingKind, before: &str, after: &str) -> Judgement {
    let effect = |text: &str| effect_date(text).map(|date| (date.date, date.last));
    // When terms start to apply is news: analysts wrote a memo about nothing but that.
    if kind == RollingKind::Date && effect(before) != effect(after) {
        let reason = Some("the date from which the document applies changed".to_owned());
        return Judgement { reason, ..open(Materiality::Clarifying, 0.9) };
    }
    rolling(kind)
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

/// What changed where no word did. Of clauses that were split or merged nobody here knows the link targets: that their
/// division changed is sure.
fn beside_words(change: &ClauseChange) -> &'static str {
    match change {
        ClauseChange::Modified { old, new, .. } if old.len() > 1 || new.len() > 1 => {
            "only the division into clauses changed"
        }
        _ => "only link targets changed",
    }
}

/// Whether both texts have the same numbers, separators included, and the same marks of currency, share and
/// comparison. Letters and digits alone are the same in "1.5%" and "15%", in "$100" and "€100".
fn same_amounts(before: &str, after: &str) -> bool {
    numbers(before).eq(numbers(after)) && same_amount_marks(before, after)
}

/// The numbers of a text with the separators inside them, also those in a word: "5-day" has the 5 of "5 day".
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    let is_outside = |c: char| !c.is_numeric() && !matches!(c, '.' | ',');
    words(text).flat_map(move |word| word.split(is_outside)).filter(|piece| !piece.is_empty())
}

/// The letters and digits of a text, lower case: what is left when form does not count.
fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// Whether two texts differ, and only in which e-mail addresses they hide.
fn only_addresses_hidden(before: &str, after: &str) -> bool {
    let mentions = |text: &str| text.contains("protected]");
    if !mentions(before) && !mentions(after) {
        return false;
    }
    let ((old, was), (new, is)) = (without_addresses(before), without_addresses(after));
    let agree = was.iter().zip(&is).all(|(was, is)| was.is_none() || is.is_none() || was == is);
    agree && was != is && old.split_whitespace().eq(new.split_whitespace())
}

/// A text with a sign for each e-mail address, and these in order; nothing for one that is hidden.
fn without_addresses(text: &str) -> (String, Vec<Option<String>>) {
    let text = text.replace('\u{a0}', " ");
    let (mut masked, mut addresses) = (String::with_capacity(text.len()), Vec::new());
    for (at, piece) in text.split(HIDDEN).enumerate() {
        if at > 0 {
            masked.push(ADDRESS);
            addresses.push(None);
        }
        let mut rest = piece;
        while let Some((head, tail)) = rest.split_once('@') {
            let before = head.trim_end_matches(is_of_address);
            let name = head.get(before.len()..).unwrap_or_default();
            let end = tail.find(|c: char| !is_of_address(c)).unwrap_or(tail.len());
            // The stop at the end is that of the sentence.
            let domain = tail.get(..end).unwrap_or_default().trim_end_matches('.');
            if name.is_empty() || !domain.contains('.') {
                masked.push_str(head);
                masked.push('@');
                rest = tail;
            } else {
                masked.push_str(before);
                masked.push(ADDRESS);
                addresses.push(Some(format!("{name}@{domain}")));
                rest = tail.get(domain.len()..).unwrap_or_default();
            }
        }
        masked.push_str(rest);
    }
    (masked, addresses)
}

fn is_of_address(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-')
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

/// A word, and the nearly equal one that replaces it.
type Respelt<'a> = (&'a str, &'a str);

/// The words that are replaced, where every edit replaces one word by one that is nearly the same; else none.
fn respelt<'a>(view: &ClauseView<'a>) -> Vec<Respelt<'a>> {
    let ClauseChange::Modified { redline, .. } = view.change else { return Vec::new() };
    let (Some(before), Some(after)) = (view.before, view.after) else { return Vec::new() };
    let deleted: Vec<&str> = redline.texts(Op::Delete, before, after).map(str::trim).collect();
    let inserted: Vec<&str> = redline.texts(Op::Insert, before, after).map(str::trim).collect();
    let is_word = |text: &str| text.chars().count() >= TYPO_LEAST && text.chars().all(char::is_alphabetic);
    let is_respelt = |&(from, to): &Respelt<'_>| {
        is_word(from) && is_word(to) && same_edges(from, to) && distance_at_most(from, to, TYPO_DISTANCE)
    };
    let pairs = || deleted.iter().copied().zip(inserted.iter().copied());
    let all = deleted.len() == inserted.len() && pairs().all(|pair| is_respelt(&pair));
    if all { pairs().collect() } else { Vec::new() }
}

/// Whether two words begin and end with the same letter. Few slips are at the edges of a word, and what is another
/// there is often another word: "limited" and "unlimited", "including" and "excluding", "licensor" and "licensee".
fn same_edges(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    a.chars().next() == b.chars().next() && a.chars().next_back() == b.chars().next_back()
}

/// Whether every misspelt word stands nowhere else while the other does: "consent" to "content" is no typo, both
/// are in use.
fn are_mended_typos(respelt: &[Respelt<'_>], version: &Version<'_>) -> bool {
    !respelt.is_empty() && respelt.iter().all(|(from, to)| version.times(from) == 0 && version.times(to) > 1)
}

/// A version that words are looked up in, as parts of longer words too.
enum Version<'a> {
    /// Its text.
    Text(&'a str),
    /// How often each word stands in it: a long version in which thousands of clauses mend a typo each is not gone
    /// through for each of them.
    Counted(HashMap<&'a str, usize>),
}

impl<'a> Version<'a> {
    /// The version `text`, which `words` will be looked up in.
    fn new(text: &'a str, mut words: Vec<&'a str>) -> Self {
        words.sort_unstable();
        words.dedup();
        if words.len() <= FEW_WORDS {
            return Self::Text(text);
        }
        AhoCorasick::new(&words).map_or(Self::Text(text), |automaton| Self::Counted(counted(&automaton, text, &words)))
    }

    /// How often `word` stands in it; twice stands for more, too.
    fn times(&self, word: &str) -> usize {
        match self {
            Self::Text(text) => text.matches(word).take(2).count(),
            Self::Counted(times) => times.get(word).copied().unwrap_or_default(),
        }
    }
}

/// How often each of `words`, which `automaton` finds, stands in `text`; one that overlaps itself counts once.
fn counted<'a>(automaton: &AhoCorasick, text: &str, words: &[&'a str]) -> HashMap<&'a str, usize> {
    let mut seen = vec![(0_usize, 0_usize); words.len()];
    for hit in automaton.find_overlapping_iter(text) {
        if let Some((times, end)) = seen.get_mut(hit.pattern().as_usize()).filter(|(_, end)| hit.start() >= *end) {
            *times += 1;
            *end = hit.end();
        }
    }
    words.iter().copied().zip(seen.into_iter().map(|(times, _)| times)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::align::redline;
    use crate::facts::{ClauseTexts, facts};

    /// A change from `before` to `after` in a version with the text `new_text`.
    fn view<'a>(
        change: &'a ClauseChange,
        (before, after): (Option<&'a str>, Option<&'a str>),
        new_text: &'a str,
        facts: &'a Facts,
    ) -> ClauseView<'a> {
        ClauseView {
            change,
            before,
            after,
            headings: &[],
            lead_in: "",
            service: "",
            terms_type: "",
            old_text: "",
            new_text,
            facts,
        }
    }

    fn modified_in(before: &str, after: &str, old: std::ops::Range<u32>) -> ClauseChange {
        ClauseChange::Modified { old, new: 0..1, redline: redline(before, after), moved: false }
    }

    /// The judgement on one change of one clause, with its facts.
    fn judged(change: &ClauseChange, before: Option<&str>, after: Option<&str>) -> Judgement {
        let facts = facts(&ClauseTexts { before, after, ..ClauseTexts::default() });
        Signals.judge(&[view(change, (before, after), "", &facts)]).remove(0)
    }

    fn reworded(before: &str, after: &str) -> Judgement {
        judged(&modified_in(before, after, 0..1), Some(before), Some(after))
    }

    /// Whether each change of a clause, in a version with the text `new_text`, is judged to mend a typo.
    fn mended(clauses: &[(String, String)], new_text: &str) -> Vec<bool> {
        let facts = Facts::default();
        let changes: Vec<ClauseChange> =
            clauses.iter().map(|(before, after)| modified_in(before, after, 0..1)).collect();
        let views: Vec<ClauseView<'_>> = clauses
            .iter()
            .zip(&changes)
            .map(|((before, after), change)| {
                let sides = (Some(before.as_str()), Some(after.as_str()));
                view(change, sides, new_text, &facts)
            })
            .collect();
        let judged = Signals.judge(&views);
        judged.iter().map(|one| one.reason.as_deref() == Some("a typo was mended")).collect()
    }

    #[test]
    fn form_hides_no_amount() {
        for (before, after) in [
            ("a late fee of 1.5% a month", "a late fee of 15% a month"),
            ("You pay $10.00 a year.", "You pay $1,000 a year."),
            ("children under < 13", "children under > 13"),
            ("You pay $100.", "You pay €100."),
            ("version 2.1 of it", "version 21 of it"),
            ("We keep 5% of it.", "We keep 5 of it."),
        ] {
            for (before, after) in [(before, after), (after, before)] {
                assert_ne!(reworded(before, after).materiality, Materiality::Cosmetic, "{before} / {after}");
            }
        }
        for (before, after) in [
            ("Send us an e-mail within 5 days.", "send us an email, within 5 days"),
            ("the user's third party sites", "the user’s third-party sites."),
            ("a 5-day limit of $10.50", "A 5 day limit of $10.50"),
        ] {
            let said = reworded(before, after);
            assert_eq!(said.reason.as_deref(), Some("only punctuation, case or spacing changed"), "{before} / {after}");
        }
    }

    #[test]
    fn what_rolls_alone_is_rolling_when_it_comes_or_goes() {
        for (text, kind) in [
            ("May 5, 2025", Some(RollingKind::Date)),
            ("9 months ago", Some(RollingKind::Age)),
            ("128 people found this helpful", Some(RollingKind::Counter)),
            ("We keep data for 9 months.", None),
        ] {
            let added = judged(&ClauseChange::Added { new: 0 }, None, Some(text));
            let removed = judged(&ClauseChange::Removed { old: 0 }, Some(text), None);
            let expected = kind.map(|kind| format!("only {kind} changed"));
            for said in [added, removed] {
                assert_eq!((said.rolling, said.reason), (kind.is_some(), expected.clone()), "{text}");
            }
        }
        let applies = judged(&ClauseChange::Added { new: 0 }, None, Some("Effective Date: May 5, 2025"));
        assert_eq!((applies.rolling, applies.materiality), (false, Materiality::Clarifying), "when it applies is news");
    }

    #[test]
    fn an_address_that_is_hidden_or_shown_is_cosmetic() {
        let hidden = |before: &str, after: &str| {
            let there = reworded(before, after);
            let back = reworded(after, before);
            assert_eq!(there.reason, back.reason, "{before} / {after}");
            let told = there.reason.as_deref() == Some("an e-mail address was hidden or shown");
            assert!(!told || there.materiality == Materiality::Cosmetic && !there.rolling && is_settled(&there));
            told
        };
        assert!(hidden("Ask legal@marrowgate.example first.", "Ask [email protected] first."));
        assert!(hidden("Ask legal@marrowgate.example.", "Ask [email\u{a0}protected]."));
        assert!(hidden("Ask a@b.example or c@d.example.", "Ask a@b.example or [email protected]."));
        for (before, after) in [
            ("Ask legal@marrowgate.example first.", "Ask [email protected] last."),
            ("Ask a@b.example or [email protected].", "Ask c@b.example or [email protected]."),
            ("Ask legal@marrowgate.example first.", "Ask help@marrowgate.example first."),
            ("Ask legal@marrowgate first.", "Ask [email protected] first."),
        ] {
            assert!(!hidden(before, after), "{before} / {after}");
        }
    }

    #[test]
    fn the_date_of_effect_counts_beside_that_of_the_last_change() {
        for (before, after, rolling) in [
            ("Updated May 3, 2025. Effective June 3, 2025.", "Updated May 3, 2025. Effective June 9, 2025.", false),
            ("Updated May 3, 2025. Effective June 3, 2025.", "Updated May 8, 2025. Effective June 3, 2025.", true),
            ("Effective and last updated on May 3, 2025", "Effective and last updated on May 9, 2025", false),
            ("Last updated on May 3, 2025", "Last updated on May 9, 2025", true),
        ] {
            let said = reworded(before, after);
            assert_eq!((said.rolling, said.materiality), (rolling, Materiality::Clarifying), "{after}");
        }
    }

    #[test]
    fn a_date_that_is_written_otherwise_is_cosmetic() {
        for (before, after, same) in [
            ("Updated August 8, 2023", "Updated August 8th 2023", true),
            ("It applies from 1 January 2026 to all.", "It applies January 1, 2026, to all.", true),
            ("Updated on 03 May 2025", "Updated on 3 May 2025", true),
            ("Updated August 8, 2023", "Updated August 9th 2023", false),
        ] {
            let said = reworded(before, after);
            let told = said.reason.as_deref() == Some("a date written otherwise");
            assert_eq!((told, said.rolling), (same, !same), "{after}");
            assert_eq!((said.materiality == Materiality::Cosmetic, is_settled(&said)), (same, same), "{after}");
        }
    }

    #[test]
    fn the_same_words_in_other_clauses_are_a_matter_of_division() {
        let text = "We keep it. You may not.";
        for (old, reason) in [(0..1, "only link targets changed"), (0..2, "only the division into clauses changed")] {
            let said = judged(&modified_in(text, text, old), Some(text), Some(text));
            assert_eq!((said.materiality, said.reason.as_deref()), (Materiality::Cosmetic, Some(reason)));
        }
    }

    #[test]
    fn another_word_is_no_typo() {
        let words = [("unlimited", "limited"), ("unlawful", "lawful"), ("irrevocable", "revocable")];
        let clauses: Vec<(String, String)> = words
            .iter()
            .chain(&[("unauthorized", "authorized"), ("Unlimited", "limited"), ("licensor", "licensee")])
            .flat_map(|&(from, to)| [(from, to), (to, from)])
            .map(|(from, to)| (format!("It is {from}."), format!("It is {to}.")))
            .collect();
        for clause in clauses {
            // The new word is in use elsewhere, the old one is not.
            let text = format!("{0} {0}", clause.1);
            assert_eq!(mended(std::slice::from_ref(&clause), &text), [false], "{clause:?}");
        }
    }

    /// A word of eight letters that no other number has.
    fn word(mut at: usize) -> String {
        let mut letters = String::from("quor");
        for _ in 0..4 {
            letters.extend(char::from_digit(u32::try_from(at % 26).expect("small") + 10, 36));
            at /= 26;
        }
        letters
    }

    #[test]
    fn a_word_is_a_typo_where_it_stands_nowhere_else_and_the_other_does() {
        let clause = |word: &str| format!("All {word} stays.");
        let pair = |from: &str, to: &str| (clause(from), clause(to));
        let few = [
            pair("informatoin", "information"),
            pair("consent", "content"),
            pair("licence", "license"),
            pair("servises", "services"),
            pair("policy", "policies"),
        ];
        let text = "All information stays. Misinformation. All content stays. No consent. Contents. License. \
                    Misservises. Services, services. All services stay.";
        let expected = [true, false, false, false, false];
        assert_eq!(mended(&few, text), expected);
        // The same where there are so many words that they are counted in one pass.
        let more: Vec<(String, String)> =
            (0..40).map(|at| pair(&format!("{}x", word(at)), &format!("{}z", word(at)))).collect();
        assert_eq!(mended(&[&few[..], &more].concat(), text)[..few.len()], expected);
    }

    #[test]
    fn words_are_counted_as_they_are_looked_for() {
        let words: Vec<String> = (0..60).map(|at| "aab".repeat(20)[at % 3..at / 3 + 5].to_owned()).collect();
        for text in ["", "aab", &"aab".repeat(9), &"aabaabaab aabaa".repeat(3), &"a".repeat(30)] {
            let version = Version::new(text, words.iter().map(String::as_str).chain(["aaaaa"]).collect());
            assert!(matches!(version, Version::Counted(_)));
            for word in words.iter().map(String::as_str).chain(["aaaaa"]) {
                assert_eq!(version.times(word), text.matches(word).count(), "{word} in {text}");
            }
        }
    }

    #[test]
    fn typos_in_each_clause_of_a_long_version_are_looked_up_in_one_pass() {
        const MANY: usize = 20_000;
        let clauses: Vec<(String, String)> =
            (0..MANY).map(|at| (format!("All {}xo stays.", word(at)), format!("All {}zo stays.", word(at)))).collect();
        let text: String = clauses.iter().map(|(_, after)| format!("{after} {after} ")).collect();
        assert!(mended(&clauses, &(text + &"Quiet words. ".repeat(500_000))).into_iter().all(|is| is));
    }
}
