//! What the first words of a block say of it: that it is an item, or that it tells a date.

use super::abbreviation::{Classes, classes};
use super::enumeration::roman;

/// How a block starts that may be an item of a list which the Markdown does not mark as one: with a
/// bullet sign, or with a number or letter with a bracket or stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Label {
    /// Levels of its number: one for `2.`, two for `13.2`; none for a bullet, a letter or `(2)`.
    pub(super) levels: u8,
    /// Whether it is the number one: `1.`.
    pub(super) first: bool,
}

/// Characters looked at for the letters or digits of a label; `xxxviii` has seven.
const LONGEST: usize = 8;

impl Label {
    /// The label that the block with the text `plain` starts with, if it starts with one.
    pub(super) fn of(plain: &str) -> Option<Self> {
        let plain = plain.trim_start();
        let first = plain.chars().next()?;
        if matches!(first, '•' | '·' | '–' | '—' | '-' | '*' | '▪' | '◦' | '●' | '○') {
            return Some(Self { levels: 0, first: false });
        }
        let rest = plain.strip_prefix('(').unwrap_or(plain);
        let length = rest.chars().take(LONGEST).take_while(char::is_ascii_alphanumeric).count();
        let (label, tail) = rest.split_at_checked(length)?;
        let short = (1..=4).contains(&length) && (first.is_ascii_digit() || first == '(' || length == 1);
        let numeral = label.bytes().all(|b| b.is_ascii_lowercase()) && roman(label).is_some();
        if !(short || numeral) || !tail.starts_with([')', '.']) {
            return None;
        }
        Some(Self::numbered(plain))
    }

    /// The label of a block that starts with a label: its number is what digits and stops it starts with.
    fn numbered(plain: &str) -> Self {
        let number = plain.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default();
        let levels = number.split('.').filter(|level| !level.is_empty()).count();
        Self { levels: u8::try_from(levels).unwrap_or(u8::MAX), first: number.trim_end_matches('.') == "1" }
    }
}

/// Words that stand before the date of a document.
const DATE_LABELS: [&str; 4] = ["updated", "effective", "modified", "revised"];

/// Whether `line` tells no more than a date of the document: "Last updated: April 6, 2025". A title
/// with a date behind it does not: it has more words before the label.
pub(super) fn tells_date(line: &str) -> bool {
    let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let labels = |word: &&str| DATE_LABELS.iter().any(|label| word.eq_ignore_ascii_case(label));
    let Some(label) = words.iter().position(labels) else { return false };
    let (before, after) = words.split_at(label);
    let titled = before.iter().filter(|word| word.starts_with(char::is_alphabetic)).count() > 1;
    !titled && (after.iter().any(|word| is_year(word)) || after.windows(2).any(is_day))
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit())
}

/// Whether the two words are a month and a number: "April 6", "6th April".
fn is_day(words: &[&str]) -> bool {
    let month = |word: &str| classes(word).any(Classes::MONTH);
    let number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    matches!(words, &[one, other] if month(one) && number(other) || number(one) && month(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_items() {
        let cases = [
            ("• tell us", Some((0, false))),
            ("a. tell us", Some((0, false))),
            ("(12) tell us", Some((0, false))),
            ("i. tell us", Some((0, false))),
            ("ii. tell us", Some((0, false))),
            ("xviii) tell us", Some((0, false))),
            ("1. Tell us", Some((1, true))),
            ("12) Tell us", Some((1, false))),
            ("13.2 Tell us", Some((2, false))),
            ("2.1.1. Tell us", Some((3, false))),
            ("II. Scope", None),
            ("mix. We keep it", None),
            ("We keep it", None),
            ("in. We keep it", None),
            ("2 parties", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Label::of(text).map(|label| (label.levels, label.first)), expected, "{text}");
        }
        let deep = "1.".repeat(1000);
        assert_eq!(Label::of(&deep), Some(Label { levels: u8::MAX, first: false }));
    }

    #[test]
    fn lines_that_tell_a_date() {
        for line in [
            "Last updated: April 6, 2025",
            "LAST UPDATED: 3/28/2019",
            "Effective 6 February",
            "Version Effective Date: June 23, 2025",
            "3.0- Updated 06/02/2025",
            "Last revised on March 3rd",
        ] {
            assert!(tells_date(line), "{line}");
        }
        for line in [
            "How we are updated",
            "11. Effective Date",
            "Updated terms may bind 3 parties",
            "5 effective ways to tell us",
            "Privacy Policy (effective May 25, 2018)",
            "Changes in 2024",
        ] {
            assert!(!tells_date(line), "{line}");
        }
    }
}
