//! British and American spelling of the same words.
//!
//! Some services serve either by chance, and then hundreds of clauses change without a word's
//! meaning. Not a dictionary: endings that differ by rule are folded on both sides, and all letters
//! must then be equal, so a word that merely looks alike on one side is still a change.

use crate::text::words;

/// Endings and what both spellings of them become. Of `our` only what ends a word counts: "our" and "four" stay.
const ENDINGS: [(&str, &str); 24] = [
    ("our", "or"),
    ("ours", "ors"),
    ("oured", "ored"),
    ("ouring", "oring"),
    ("oural", "oral"),
    ("ourable", "orable"),
    ("ourite", "orite"),
    ("ourites", "orites"),
    ("isations", "izations"),
    ("isation", "ization"),
    ("ising", "izing"),
    ("ises", "izes"),
    ("ised", "ized"),
    ("ise", "ize"),
    ("ysing", "yzing"),
    ("ysed", "yzed"),
    ("yse", "yze"),
    ("lled", "led"),
    ("lling", "ling"),
    ("llation", "lation"),
    ("ences", "enses"),
    ("ence", "ense"),
    ("tre", "ter"),
    ("ogue", "og"),
];

/// Marks that belong to an amount: "$100" is not "€100", and "< 13" is not "> 13".
const AMOUNT_MARKS: [char; 10] = ['%', '$', '€', '£', '¥', '₹', '<', '>', '≤', '≥'];

/// Whether `before` and `after` have the same words but for spelling, letter case and punctuation.
pub(crate) fn same_but_spelling(before: &str, after: &str) -> bool {
    // Spelling moves a letter here and there: texts of other lengths need not be read.
    before.len().abs_diff(after.len()) <= 8 + before.len() / 10
        && same_amount_marks(before, after)
        && same_words(before, after)
}

/// Whether `before` and `after` have the same marks of currency, share and comparison, in order.
pub(super) fn same_amount_marks(before: &str, after: &str) -> bool {
    amount_marks(before).eq(amount_marks(after))
}

fn amount_marks(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|mark| AMOUNT_MARKS.contains(mark))
}

/// The words of both, one beside the other, until two differ.
fn same_words(before: &str, after: &str) -> bool {
    let (mut before, mut after) = (words(before), words(after));
    loop {
        match (before.next(), after.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == b || fold(&a.to_lowercase()) == fold(&b.to_lowercase()) => {}
            _ => return false,
        }
    }
}

fn fold(word: &str) -> String {
    let word = word.replace('’', "'").replace("licence", "license");
    for (from, to) in ENDINGS {
        if let Some(stem) = word.strip_suffix(from).filter(|stem| stem.len() >= 3) {
            return format!("{stem}{to}");
        }
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_told_from_words() {
        for (before, after) in [
            ("We recognise that marginalised groups", "We recognize that marginalized groups,"),
            ("everyone’s behaviour is analysed", "everyone's behavior is analyzed"),
            ("the licence was cancelled", "The license was canceled"),
            ("Favourable colours, labouring and honoured", "favorable colors, laboring and honored"),
            ("behavioural advertising for 5% of neighbours", "Behavioral advertising for 5% of neighbors"),
        ] {
            assert!(same_but_spelling(before, after), "{before} / {after}");
        }
        for (before, after) in [
            ("You may use it", "You must use it"),
            ("with your consent", "with your content"),
            ("We sell data", "We do not sell data"),
            ("our data", "your data"),
            ("data or content", "data our content"),
            ("for days", "four days"),
            ("a fee of $100", "a fee of €100"),
            ("children under < 13", "children under > 13"),
            ("a share of 5%", "a share of 5"),
            ("$10.00", "$1,000"),
        ] {
            assert!(!same_but_spelling(before, after), "{before} / {after}");
        }
    }
}
