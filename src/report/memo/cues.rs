//! Words by which a draft is ordered while no model says what a clause is about.
//!
//! No prediction: a reader's finger on the words that memos are mostly about.

/// Beginnings of words and phrases; a line for each matter, of which a clause counts once.
const CUES: [&[&str]; 16] = [
    &["train ", "training ", "fine-tune", "machine learning"],
    &["legitimate interest", "legal bas", "lawful bas", "legal ground"],
    &["opt out", "opt-out", "object to", "withdraw", "consent"],
    &["advertis", " ads ", "marketing"],
    &[
        "affiliate",
        "parent company",
        "subsidiar",
        "third part",
        "third-part",
        "partners",
        "share your",
        "we may share",
        "sell",
    ],
    &["special categor", "biometric", "genetic", "health data", "political opinion", "sensitive"],
    &["child", "minor", "teen", "under 18", "under the age", "years old", "parental"],
    &["law enforcement", "authorit", "government", "court order"],
    &["retain", "retention", "delet", "keep your"],
    &["arbitrat", "class action", "governing law", "jurisdiction of", "waive"],
    &["liab", "indemnif", "warrant", "damages"],
    &["licen"],
    &["fee", "subscription", "refund", "payment", "price"],
    &["suspend", "terminat", "ban ", "remove your", "enforcement"],
    &["transfer", "outside the", "standard contractual"],
    &["artificial intelligence", " ai ", "generative", "automated decision"],
];

/// How many of the matters `text` touches.
pub(super) fn cues(text: &str) -> usize {
    let padded = format!(" {} ", text.to_lowercase());
    CUES.iter().filter(|cues| cues.iter().any(|cue| padded.contains(cue))).count()
}

#[cfg(test)]
mod tests {
    use super::cues;

    #[test]
    fn matters_count_once() {
        assert_eq!(
            cues("You can opt out of our use of your data to train our AI models; opting out needs no consent."),
            3
        );
        assert_eq!(cues("Effective today"), 0);
    }
}
