//! How alike two clauses are.
//!
//! Dice's coefficient on the multiset of words, each weighted by its length: shared long words
//! say more than shared articles. Words are compared by hash, case folded.

use crate::text::stable_hash;

/// Below this two clauses are different clauses, not versions of one.
pub(super) const ALIKE: f64 = 0.5;

/// Stands for any number.
const NUMBER: u64 = 0;

/// The weighted words of a clause.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    /// Hash and weight, sorted by hash.
    words: Vec<(u64, u32)>,
    total: u64,
    marks: Marks,
    heading: bool,
}

/// A set of words in 128 bits, one a word, chosen by its hash: what is missing in it is missing in the clause.
#[derive(Debug, Clone, Copy, Default)]
struct Marks {
    all: u128,
    /// Those of words of weight 2 and of weight 3.
    heavy: [u128; 2],
}

impl Marks {
    fn of(words: &[(u64, u32)]) -> Self {
        let mut marks = Self::default();
        for &(hash, weight) in words {
            // The last bits: a stable hash has all of them well mixed.
            let bit = 1_u128 << (hash & 127);
            marks.all |= bit;
            match weight {
                2 => marks.heavy[0] |= bit,
                3 => marks.heavy[1] |= bit,
                _ => {}
            }
        }
        marks
    }

    /// The weight at least of the words that `other` does not have.
    fn missing_in(&self, other: &Self) -> u64 {
        let count = |marks: u128| u64::from((marks & !other.all).count_ones());
        count(self.heavy[0]) * 2 + count(self.heavy[1]) * 3
    }
}

impl Words {
    pub(super) fn of(text: &str, heading: bool) -> Self {
        let mut words: Vec<(u64, u32)> = Vec::with_capacity(text.len() / 6 + 1);
        words.extend(crate::text::words(text).map(|word| (fold(word), weight(word))));
        words.sort_unstable();
        let total = words.iter().map(|&(_, weight)| u64::from(weight)).sum();
        let marks = Marks::of(&words);
        Self { words, total, marks, heading }
    }

    /// The words of both together.
    pub(super) fn with(&self, other: &Self) -> Self {
        let mut words = [self.words.as_slice(), other.words.as_slice()].concat();
        words.sort_unstable();
        let marks = Marks::of(&words);
        Self { words, total: self.total + other.total, marks, heading: self.heading }
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    pub(super) fn hashes(&self) -> impl Iterator<Item = u64> {
        let mut last = None;
        self.words.iter().map(|&(hash, _)| hash).filter(move |&hash| last.replace(hash) != Some(hash))
    }

    /// 0 (nothing shared) to 1 (the same words).
    #[expect(clippy::cast_precision_loss, reason = "weights of words in a clause are far below 2^52")]
    pub(super) fn likeness(&self, other: &Self) -> f64 {
        let sum = self.total + other.total;
        if sum == 0 {
            return 0.0;
        }
        // An upper bound by length and by words that are surely not shared saves most merges.
        let shared = (self.total - self.marks.missing_in(&other.marks)).min(other.total);
        let most = 2.0 * shared as f64 / sum as f64;
        if most < ALIKE {
            return 0.0;
        }
        let likeness = 2.0 * self.shared(other) as f64 / sum as f64;
        // A heading rarely becomes a sentence.
        if self.heading == other.heading { likeness } else { likeness * 0.8 }
    }

    /// The share of the weight of the lighter of both that the other has as well, 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "weights of words in a clause are far below 2^52")]
    pub(super) fn containment(&self, other: &Self) -> f64 {
        match self.total.min(other.total) {
            0 => 0.0,
            least => self.shared(other) as f64 / least as f64,
        }
    }

    /// The sum of the weights of its words.
    pub(super) fn weight(&self) -> u64 {
        self.total
    }

    /// Whether it has a word that says something, not only numbers and short words.
    pub(super) fn has_long_word(&self) -> bool {
        self.words.iter().any(|&(hash, weight)| hash != NUMBER && weight > 2)
    }

    /// The weight of the words that both have. Numbers are one word of several weights: the lesser one counts, so
    /// that it is the same from both sides.
    fn shared(&self, other: &Self) -> u64 {
        let (mut ours, mut theirs) = (self.words.iter().peekable(), other.words.iter().peekable());
        let mut shared = 0;
        while let (Some(&&(a, our_weight)), Some(&&(b, their_weight))) = (ours.peek(), theirs.peek()) {
            match a.cmp(&b) {
                std::cmp::Ordering::Less => drop(ours.next()),
                std::cmp::Ordering::Greater => drop(theirs.next()),
                std::cmp::Ordering::Equal => {
                    shared += u64::from(our_weight.min(their_weight));
                    ours.next();
                    theirs.next();
                }
            }
        }
        shared
    }
}

/// The hash of a word, whatever its case. All numbers are one word: a clause whose number changed
/// is still that clause.
fn fold(word: &str) -> u64 {
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return NUMBER;
    }
    if word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
        return stable_hash(word.as_bytes());
    }
    // Hyphens come and go: "sub-processors", "subprocessors".
    let mut short = [0_u8; 40];
    if word.is_ascii() && word.len() <= short.len() {
        let mut len = 0;
        for (slot, byte) in short.iter_mut().zip(word.bytes().filter(|&byte| byte != b'-')) {
            *slot = byte.to_ascii_lowercase();
            len += 1;
        }
        return stable_hash(short.get(..len).unwrap_or_default());
    }
    let folded: String = word.chars().filter(|c| *c != '-').flat_map(char::to_lowercase).collect();
    stable_hash(folded.as_bytes())
}

/// Words of one to three letters are mostly articles and prepositions.
fn weight(word: &str) -> u32 {
    match if word.is_ascii() { word.len() } else { word.chars().count() } {
        0..=3 => 1,
        4..=6 => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What a clause surely lacks is not shared: no pair that is alike is left out for it. What is shared is the
        /// same from both sides.
        #[test]
        fn what_is_shared_is_neither_missing_nor_a_matter_of_sides(
            a in "([a-f]{1,9} |[0-9]{1,5} ){1,14}",
            b in "([a-f]{1,9} |[0-9]{1,5} ){1,14}",
            common in "([a-f]{1,9} |[0-9]{1,5} ){0,14}",
        ) {
            let (a, b) = (Words::of(&format!("{a}{common}"), false), Words::of(&format!("{common}{b}"), false));
            prop_assert!(a.shared(&b) + a.marks.missing_in(&b.marks) <= a.total);
            prop_assert_eq!(a.shared(&b), b.shared(&a));
        }
    }
}
