//! The places a text names.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use super::gazetteer::{Hit, Kind, jurisdiction_words, longest, word_after, word_before};

static FOLLOW: LazyLock<HashSet<&'static str>> = LazyLock::new(|| jurisdiction_words("follow"));
static PLACE: LazyLock<HashSet<&'static str>> = LazyLock::new(|| jurisdiction_words("place"));

/// The ids of the places, leaving out those inside one of the `names` of companies.
pub(super) fn find(text: &str, hits: &[Hit], names: &[(usize, usize)]) -> BTreeSet<&'static str> {
    let found: Vec<Hit> = longest(hits, Kind::Jurisdiction)
        .into_iter()
        .filter(|hit| !names.iter().any(|&(start, end)| start <= hit.start && hit.end <= end))
        .filter(|hit| !is_part_of_name(text, hit))
        .collect();
    let sure: Vec<Hit> = found
        .iter()
        .filter(|hit| matches!(hit.entry.rule, "name" | "exact" | "any") && !is_pronoun(text, hit))
        .copied()
        .collect();
    let mut ids: BTreeSet<&'static str> = sure.iter().map(|hit| hit.entry.id).collect();
    let american = ids.iter().any(|id| id.starts_with("US-"));
    for hit in &found {
        let beside =
            |prefix: &str| sure.iter().any(|other| other.entry.id.starts_with(prefix) && near(text, hit, other));
        let counts = match hit.entry.rule {
            "adj" => followed(text, hit),
            "context" => placed(text, hit) || beside(""),
            "state" => beside("US-") || followed(text, hit),
            "country" => !american && (placed(text, hit) || beside("")),
            _ => false,
        };
        if counts {
            ids.insert(hit.entry.id);
        }
    }
    ids
}

/// "non-English", "Bahasa Indonesia": a language; "251 Rhode Island Street", "Benin Sapele Road": an address.
fn is_part_of_name(text: &str, hit: &Hit) -> bool {
    const STREETS: &[&str] = &["Street", "Avenue", "Ave", "Road", "Rd", "Boulevard", "Blvd", "Drive"];
    let head = text.get(..hit.start).unwrap_or_default();
    head.ends_with("non-")
        || head.ends_with("Non-")
        || head.ends_with("Bahasa ")
        || STREETS.contains(&word_after(text, hit.end))
}

/// "CONTACT US": the pronoun in a text set in capitals.
fn is_pronoun(text: &str, hit: &Hit) -> bool {
    let shouted = |word: &str| word.chars().count() > 1 && !word.chars().any(char::is_lowercase);
    matches!(&*hit.entry.alias, "US" | "IT" | "IN")
        && (shouted(word_before(text, hit.start)) && word_before(text, hit.start) != "EU"
            || word_after(text, hit.end).len() > 3 && shouted(word_after(text, hit.end)))
}

fn followed(text: &str, hit: &Hit) -> bool {
    FOLLOW.contains(word_after(text, hit.end).to_lowercase().as_str())
}

fn placed(text: &str, hit: &Hit) -> bool {
    PLACE.contains(word_before(text, hit.start).to_lowercase().as_str())
}

/// Whether only a comma, a slash or a conjunction stands between two names.
fn near(text: &str, one: &Hit, other: &Hit) -> bool {
    let (left, right) = if one.start < other.start { (one, other) } else { (other, one) };
    text.get(left.end..right.start)
        .is_some_and(|gap| gap.len() <= 8 && matches!(gap.trim_matches([' ', ',', '/', '(', '&']), "" | "and" | "or"))
}
