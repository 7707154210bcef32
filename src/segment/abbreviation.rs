//! What is known of single words when a full stop is judged.
//!
//! The lexicon `data/abbreviations.tsv` was written by hand for the languages that terms are
//! published in most. One table serves all languages: a block of text does not say which one it is
//! in, and the few clashes ("hr.", "no.", "ex.") are settled by the weaker class.

use rapidhash::RapidHashMap;
use std::sync::LazyLock;

/// The classes of a word; a set, since "No." is a number's abbreviation and also starts sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Classes(u16);

impl Classes {
    /// A stop after it does not end a sentence.
    pub(super) const NEVER: Self = Self(1);
    /// A stop after it does not end a sentence when a number follows.
    pub(super) const NUMBER: Self = Self(1 << 1);
    /// A stop after it ends a sentence only when a typical first word follows.
    pub(super) const OPEN: Self = Self(1 << 2);
    /// A typical first word of a sentence.
    pub(super) const STARTER: Self = Self(1 << 3);
    /// Makes a cross-reference of the number or letter after it.
    pub(super) const REFERENCE: Self = Self(1 << 4);
    /// The name of a month.
    pub(super) const MONTH: Self = Self(1 << 5);
    /// A number and a stop after it is an ordinal.
    pub(super) const DETERMINER: Self = Self(1 << 6);
    /// Joins the last item of an enumeration.
    pub(super) const AND: Self = Self(1 << 7);
    /// A name that ends in an exclamation mark.
    pub(super) const MARK: Self = Self(1 << 8);
    /// Ends sentences, and asides in brackets as often ("etc.").
    pub(super) const LAST: Self = Self(1 << 9);
    /// As [`Self::OPEN`] when written with a capital, an ordinary word else.
    pub(super) const TITLED: Self = Self(1 << 10);

    /// Whether it is in the class, or in one of the classes, of `other`.
    pub(super) const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Those of both.
    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "never" => Self::NEVER,
            "number" => Self::NUMBER,
            "open" => Self::OPEN,
            "starter" => Self::STARTER,
            "reference" => Self::REFERENCE,
            "month" => Self::MONTH,
            "determiner" => Self::DETERMINER,
            "and" => Self::AND,
            "mark" => Self::MARK,
            "last" => Self::LAST,
            "titled" => Self::TITLED,
            _ => return None,
        })
    }
}

const LEXICON: &str = include_str!("data/abbreviations.tsv");

/// No word of the lexicon is longer, in bytes.
const LONGEST: usize = 24;

static CLASSES: LazyLock<RapidHashMap<&'static str, Classes>> = LazyLock::new(|| {
    let mut classes: RapidHashMap<&'static str, Classes> = RapidHashMap::default();
    for (word, class) in LEXICON.lines().filter_map(entry) {
        let known = classes.entry(word).or_default();
        *known = known.or(class);
    }
    classes
});

/// The word and class of a line of the lexicon; a unit test sees that none is lost.
fn entry(line: &'static str) -> Option<(&'static str, Classes)> {
    let mut fields = line.split('\t');
    let word = fields.next()?;
    let class = Classes::named(fields.next()?)?;
    Some((word, class))
}

/// The classes of `word`, whatever its case. Constant time: a longer word is not looked up.
pub(super) fn classes(word: &str) -> Classes {
    if word.is_empty() || word.len() > LONGEST {
        return Classes::default();
    }
    let mut buffer = [0_u8; LONGEST];
    let mut used = 0;
    for c in word.chars() {
        // The first lower-case character is enough for every letter of the lexicon.
        let lower = match c {
            '\u{2019}' => '\'',
            c if c.is_ascii() => c.to_ascii_lowercase(),
            c => c.to_lowercase().next().unwrap_or(c),
        };
        let Some(free) = buffer.get_mut(used..).filter(|free| free.len() >= lower.len_utf8()) else {
            return Classes::default();
        };
        used += lower.encode_utf8(free).len();
    }
    let folded = buffer.get(..used).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default();
    CLASSES.get(folded).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_lexicon_is_read() {
        for line in LEXICON.lines().filter(|line| !line.starts_with('#')) {
            let (word, _) = entry(line).unwrap_or_else(|| panic!("not an entry: {line:?}"));
            assert!(!word.is_empty() && word.len() <= LONGEST, "{line:?}");
            assert_eq!(word, word.to_lowercase(), "{line:?}");
            assert!(!word.ends_with('.'), "{line:?}");
            assert_eq!(line.split('\t').count(), 3, "{line:?}");
        }
    }

    #[test]
    fn words_are_found_whatever_their_case() {
        let cases = [
            ("Inc", Classes::OPEN, true),
            ("E.G", Classes::NEVER, true),
            ("SECTION", Classes::REFERENCE, true),
            ("Cláusula", Classes::REFERENCE, true),
            ("You’ll", Classes::STARTER, true),
            ("March", Classes::MONTH, true),
            ("Tex", Classes::TITLED, true),
            ("service", Classes::NEVER, false),
            ("", Classes::NEVER, false),
            ("a-word-that-is-longer-than-any", Classes::OPEN, false),
        ];
        for (word, class, expected) in cases {
            assert_eq!(classes(word).any(class), expected, "{word}");
        }
    }
}
