//! Whether a version names a party, by the words of its name.

use memchr::memmem::Finder;

use crate::segment::Segmentation;

/// Last words of names that only say what form a company has, without stops. Where one is missing here, the name is
/// looked for as it is written.
const FORMS: [&str; 51] = [
    "Inc",
    "Incorporated",
    "LLC",
    "LLP",
    "LLLP",
    "LP",
    "Ltd",
    "Limited",
    "Corp",
    "Corporation",
    "Co",
    "PLC",
    "PBC",
    "ULC",
    "DAC",
    "GmbH",
    "gGmbH",
    "mbH",
    "AG",
    "SE",
    "KG",
    "KGaA",
    "OHG",
    "eV",
    "UG",
    "SA",
    "SAS",
    "SASU",
    "SARL",
    "Sàrl",
    "EURL",
    "SpA",
    "Srl",
    "SL",
    "SLU",
    "SAU",
    "BV",
    "NV",
    "AB",
    "AS",
    "A/S",
    "ApS",
    "Oy",
    "Oyj",
    "Pte",
    "Pty",
    "Sdn",
    "Bhd",
    "Tbk",
    "Ltda",
    "KK",
];

/// Whether a clause of `version` names `party`, with its legal form or without: "GitHub" is "GitHub, Inc." as well.
pub(super) fn names(version: &Segmentation, party: &str) -> bool {
    let core = core(party);
    let finder = Finder::new(core);
    version.clauses.iter().any(|clause| {
        let text = clause.text.of(&version.plain);
        finder.find_iter(text.as_bytes()).any(|at| is_whole(text, at, at + core.len()))
    })
}

/// The name without the legal forms at its end.
fn core(party: &str) -> &str {
    match party.rsplit_once(char::is_whitespace) {
        Some((name, last)) if is_form(last) && name.contains(char::is_alphanumeric) => {
            core(name.trim_end_matches(|c: char| c == ',' || c.is_whitespace()))
        }
        _ => party,
    }
}

fn is_form(word: &str) -> bool {
    let word = word.replace('.', "");
    FORMS.iter().any(|form| form.eq_ignore_ascii_case(&word))
}

/// Whether no word goes on before `start` or after `end`: "Metadata" does not name "Meta".
fn is_whole(text: &str, start: usize, end: usize) -> bool {
    // From here on come the scripts whose words and particles may stand right beside a name.
    let goes_on = |c: char| c.is_alphanumeric() && c < '\u{2e80}';
    let before = text.get(..start).and_then(|head| head.chars().next_back());
    let after = text.get(end..).and_then(|tail| tail.chars().next());
    ![before, after].into_iter().flatten().any(goes_on)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::segment;

    #[test]
    fn a_party_is_named_by_whole_words_with_or_without_its_legal_form() {
        const WORDS: &str = "We keep Metadata, Snapchats and Boxes.";
        const PARTS: &str = "# Box\n\nSnap helps us.\n\nGitHub and Oskelund Pay GmbH do, too.\n";
        for (text, party, expected) in [
            (WORDS, "Meta", false),
            (WORDS, "Snap", false),
            (WORDS, "Box", false),
            (PARTS, "Box", true),
            (PARTS, "Snap", true),
            (PARTS, "GitHub, Inc.", true),
            (PARTS, "Oskelund Pay", true),
            (PARTS, "Oskelund Pay Co., Ltd.", true),
            (PARTS, "Oskelund Ship GmbH", false),
            (PARTS, "Inc.", false),
            ("Metaはデータを集めます。", "Meta", true),
            ("", "Meta", false),
        ] {
            assert_eq!(names(&segment(text), party), expected, "{party} in {text}");
        }
    }

    #[test]
    fn legal_forms_are_no_part_of_a_name() {
        for (party, expected) in [
            ("GitHub, Inc.", "GitHub"),
            ("Atlassian Pty Ltd", "Atlassian"),
            ("Oskelund Group AS", "Oskelund Group"),
            ("Marrowgate S.p.A.", "Marrowgate"),
            ("Limited", "Limited"),
            ("Inc. Ltd.", "Inc."),
        ] {
            assert_eq!(core(party), expected);
        }
    }
}
