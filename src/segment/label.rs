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
    /// What it counts with, if that is not a plain number.
    pub(super) ordinal: Option<Ordinal>,
}

/// What items are counted with inside a section: `(b)`, `c.`, `iv)`, `(2)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ordinal {
    /// Whether a bracket opens before it.
    open: bool,
    /// Whether a bracket closes after it, not a stop.
    closed: bool,
    script: Script,
    /// The letter that it is, if it is a single one.
    letter: Option<u8>,
    /// The number that it is; `i` is both a letter and a number.
    number: Option<u32>,
}

/// What an ordinal is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Digits,
    Small,
    Capital,
}

impl Ordinal {
    /// The ordinal `label`, after an opening bracket if `open`, before `tail`.
    fn of(open: bool, label: &str, tail: &str) -> Option<Self> {
        let mut after = tail.chars();
        let closed = after.next()? == ')';
        // `i.e.` counts nothing.
        after.next().filter(|c| c.is_whitespace())?;
        let all = |is: fn(&u8) -> bool| label.as_bytes().iter().all(is);
        let script = if all(u8::is_ascii_digit) {
            Script::Digits
        } else if all(u8::is_ascii_lowercase) {
            Script::Small
        } else if all(u8::is_ascii_uppercase) {
            Script::Capital
        } else {
            return None;
        };
        let (letter, number) = match (script, label.as_bytes()) {
            // `2.` and `2)` are told apart by their levels.
            (Script::Digits, _) => (None, label.parse::<u32>().ok().filter(|_| open && closed)),
            (_, &[letter]) => (Some(letter), roman(label)),
            _ => (None, roman(label)),
        };
        (letter.is_some() || number.is_some()).then_some(Self { open, closed, script, letter, number })
    }

    /// Whether it is the first one.
    pub(super) fn is_first(self) -> bool {
        self.number == Some(1) || matches!(self.letter, Some(b'a' | b'A'))
    }

    /// Whether it counts on from `other`: `(c)` from `(a)`, `iii.` from `i.`. The `(i)` after `(h)` does not: it may
    /// as well be the first one below that.
    pub(super) fn follows(self, other: Self) -> bool {
        let alike = (self.open, self.closed, self.script) == (other.open, other.closed, other.script);
        alike
            && match (self.number, other.number) {
                (Some(later), Some(earlier)) => later > earlier,
                (None, None) => self.letter > other.letter,
                _ => false,
            }
    }
}

/// Characters looked at for the letters or digits of a label; `xxxviii` has seven.
const LONGEST: usize = 8;

impl Label {
    /// The label that the block with the text `plain` starts with, if it starts with one.
    pub(super) fn of(plain: &str) -> Option<Self> {
        let plain = plain.trim_start();
        let first = plain.chars().next()?;
        if matches!(first, '•' | '·' | '–' | '—' | '-' | '*' | '▪' | '◦' | '●' | '○') {
            return Some(Self { levels: 0, first: false, ordinal: None });
        }
        let rest = plain.strip_prefix('(').unwrap_or(plain);
        let length = rest.chars().take(LONGEST).take_while(char::is_ascii_alphanumeric).count();
        let (label, tail) = rest.split_at_checked(length)?;
        let short = (1..=4).contains(&length) && (first.is_ascii_digit() || first == '(' || length == 1);
        let numeral = label.bytes().all(|b| b.is_ascii_lowercase()) && roman(label).is_some();
        if !(short || numeral) || !tail.starts_with([')', '.']) {
            return None;
        }
        let ordinal = Ordinal::of(rest.len() < plain.len(), label, tail);
        Some(Self { ordinal, ..Self::numbered(plain) })
    }

    /// The label of a block that starts with a label: its number is what digits and stops it starts with.
    fn numbered(plain: &str) -> Self {
        let number = plain.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default();
        let levels = number.split('.').filter(|level| !level.is_empty()).count();
        let levels = u8::try_from(levels).unwrap_or(u8::MAX);
        Self { levels, first: number.trim_end_matches('.') == "1", ordinal: None }
    }
}

/// Words that stand before the date of a document.
const DATE_LABELS: [&str; 4] = ["updated", "effective", "modified", "revised"];

/// Whether `line` tells no more than a date of the document: "Last updated: April 6, 2025". A title
/// with a date behind it does not: it has more words before the label. Nor does "Effective until May 1, 2025", which
/// tells one edition from another.
pub(super) fn tells_date(line: &str) -> bool {
    let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let labels = |word: &&str| DATE_LABELS.iter().any(|label| word.eq_ignore_ascii_case(label));
    let Some(label) = words.iter().position(labels) else { return false };
    let (before, after) = words.split_at(label);
    if words.iter().any(|word| word.eq_ignore_ascii_case("until")) {
        return false;
    }
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
        assert_eq!(Label::of(&deep), Some(Label { levels: u8::MAX, first: false, ordinal: None }));
    }

    #[test]
    fn what_counts_on_stands_beside() {
        let ordinal = |label: &str| Label::of(&format!("{label} tell us")).and_then(|label| label.ordinal);
        let follows = |later: &str, earlier: &str| {
            ordinal(later).zip(ordinal(earlier)).is_some_and(|(later, earlier)| later.follows(earlier))
        };
        for (later, earlier) in
            [("(b)", "(a)"), ("(j)", "(b)"), ("c.", "b."), ("ii.", "i."), ("v)", "iii)"), ("(2)", "(1)"), ("B.", "A.")]
        {
            assert!(follows(later, earlier), "{later} {earlier}");
            assert!(!follows(earlier, later), "{earlier} {later}");
        }
        // Below it, or counted otherwise.
        for (later, earlier) in [
            ("(i)", "(a)"),
            ("(ii)", "(h)"),
            ("(i)", "(h)"),
            ("(b)", "(i)"),
            ("b.", "(a)"),
            ("b)", "(a)"),
            ("(B)", "(a)"),
            ("(2)", "(a)"),
            ("(2)", "(i)"),
            ("2.", "1."),
            ("(b)", "(b)"),
        ] {
            assert!(!follows(later, earlier), "{later} {earlier}");
        }
        let none = ["i.e. names", "(see) it", "(c)(1) all", "(mix) it", "• it", "2) it"];
        assert!(none.iter().all(|text| Label::of(text).is_none_or(|label| label.ordinal.is_none())));
        let firsts =
            ["(a)", "A.", "i)", "(1)", "(b)", "(ii)"].map(|label| ordinal(label).is_some_and(Ordinal::is_first));
        assert_eq!(firsts, [true, true, true, true, false, false]);
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
            "Effective until May 1, 2025",
        ] {
            assert!(!tells_date(line), "{line}");
        }
    }
}
