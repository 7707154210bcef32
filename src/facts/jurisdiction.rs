//! The places a text names.

use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

use super::gazetteer::{Hit, Kind, Neighbour, Neighbours, jurisdiction_words, longest};

static FOLLOW: LazyLock<HashSet<&'static str>> = LazyLock::new(|| jurisdiction_words("follow"));
static PLACE: LazyLock<HashSet<&'static str>> = LazyLock::new(|| jurisdiction_words("place"));
static LANGUAGES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| jurisdiction_words("language"));

/// The most bytes between two names that stand side by side.
const GAP: usize = 8;

/// The ids of the places, leaving out those inside one of the `names` of companies.
///
/// The hits and the names are sorted by where they begin.
pub(super) fn find(text: &str, hits: &[Hit], names: &[(usize, usize)]) -> BTreeSet<&'static str> {
    let mut words = Neighbours::new(text);
    let found: Vec<Hit> = outside(longest(hits, Kind::Jurisdiction), names)
        .into_iter()
        .filter(|hit| !is_part_of_name(text, hit, &mut words))
        .collect();
    let sure = certain(text, hits, &found, &mut words);
    let mut ids: BTreeSet<&'static str> = sure.iter().map(|hit| hit.entry.id).collect();
    let american = ids.iter().any(|id| id.starts_with("US-"));
    for hit in &found {
        let counts = match hit.entry.rule {
            "adj" => followed(hit, &mut words),
            "context" => placed(hit, &mut words) || beside(text, hit, &sure, ""),
            "state" => beside(text, hit, &sure, "US-") || followed(hit, &mut words),
            "country" => !american && (placed(hit, &mut words) || beside(text, hit, &sure, "")),
            _ => false,
        };
        if counts {
            ids.insert(hit.entry.id);
        }
    }
    ids
}

/// The hits that stand in none of the names.
fn outside(mut hits: Vec<Hit>, names: &[(usize, usize)]) -> Vec<Hit> {
    let mut names = names.iter().peekable();
    // How far the names that have begun reach.
    let mut reach = 0;
    hits.retain(|hit| {
        while let Some(&(_, end)) = names.next_if(|(start, _)| *start <= hit.start) {
            reach = reach.max(end);
        }
        hit.end > reach
    });
    hits
}

/// "non-English", "Bahasa Indonesia", "Español (España)": a language; "251 Rhode Island Street", "Benin Sapele Road":
/// an address.
fn is_part_of_name(text: &str, hit: &Hit, words: &mut Neighbours<'_>) -> bool {
    const STREETS: &[&str] = &["Street", "Avenue", "Ave", "Road", "Rd", "Boulevard", "Blvd", "Drive"];
    let head = text.get(..hit.start).unwrap_or_default();
    head.ends_with("non-")
        || head.ends_with("Non-")
        || head.ends_with("Bahasa ")
        || is_kind_of_language(head, text.get(hit.end..).unwrap_or_default())
        || STREETS.contains(&words.after(hit.end).word)
}

/// Whether what stands between `head` and `tail` is in brackets directly after the name of a language. In a menu that
/// name may be glued to the one before it.
fn is_kind_of_language(head: &str, tail: &str) -> bool {
    let Some(before) = head.strip_suffix(['(', '（']).filter(|_| tail.starts_with([')', '）'])) else { return false };
    let before = before.trim_end();
    LANGUAGES.iter().any(|language| before.ends_with(*language))
}

/// Those of the places `found` that are places wherever they stand.
fn certain(text: &str, hits: &[Hit], found: &[Hit], words: &mut Neighbours<'_>) -> Vec<Hit> {
    let mut sure: Vec<Hit> = Vec::new();
    for (at, hit) in found.iter().enumerate() {
        if !matches!(hit.entry.rule, "name" | "exact" | "any") {
            continue;
        }
        // "EU, US", "the EU-US Data Privacy Framework": places are listed, and short names are in capitals anyway.
        let listed = sure.last().is_some_and(|last| touch(text, last, hit));
        if listed || !is_pronoun(text, hit, found.get(at + 1), hits, words) {
            sure.push(*hit);
        }
    }
    sure
}

/// "CONTACT US": the pronoun in a text set in capitals; `following` is the next place in it.
fn is_pronoun(text: &str, hit: &Hit, following: Option<&Hit>, hits: &[Hit], words: &mut Neighbours<'_>) -> bool {
    if !matches!(&*hit.entry.alias, "US" | "IT" | "IN") {
        return false;
    }
    let (last, next) = (words.before(hit.start), words.after(hit.end));
    if last.shouted() {
        return true;
    }
    // "US/EEA", "the US CLOUD Act": such a name is in capitals in every text.
    let named = || following.is_some_and(|place| touch(text, hit, place)) || begins_law(hits, next);
    next.word.len() > 3 && next.shouted() && !named()
}

/// Whether one place follows another with nothing but a few signs between them.
fn touch(text: &str, left: &Hit, right: &Hit) -> bool {
    text.get(left.end..right.start).is_some_and(|gap| gap.len() <= GAP && !gap.contains(char::is_alphanumeric))
}

/// Whether the name of a law begins with a word.
fn begins_law(hits: &[Hit], word: Neighbour<'_>) -> bool {
    let Some(signs) = word.word.find(char::is_alphanumeric) else { return false };
    let start = word.start + signs;
    // The hits are sorted, and few begin at one place.
    let from = hits.partition_point(|hit| hit.start < start);
    hits.iter().skip(from).take_while(|hit| hit.start == start).any(|hit| hit.entry.kind == Kind::Law)
}

fn followed(hit: &Hit, words: &mut Neighbours<'_>) -> bool {
    FOLLOW.contains(words.after(hit.end).listed().to_lowercase().as_str())
}

fn placed(hit: &Hit, words: &mut Neighbours<'_>) -> bool {
    PLACE.contains(words.before(hit.start).listed().to_lowercase().as_str())
}

/// Whether one of the `sure` places whose id begins with the prefix stands beside the hit.
fn beside(text: &str, hit: &Hit, sure: &[Hit], prefix: &str) -> bool {
    // They are sorted and do not overlap, so that few are near enough to be looked at.
    let from = sure.partition_point(|other| other.end + GAP < hit.start);
    let mut close = sure.iter().skip(from).take_while(|other| other.start <= hit.end + GAP);
    close.any(|other| other.entry.id.starts_with(prefix) && near(text, hit, other))
}

/// Whether only a comma, a slash or a conjunction stands between two names.
fn near(text: &str, one: &Hit, other: &Hit) -> bool {
    let (left, right) = if one.start < other.start { (one, other) } else { (other, one) };
    text.get(left.end..right.start)
        .is_some_and(|gap| gap.len() <= GAP && matches!(gap.trim_matches([' ', ',', '/', '(', '&']), "" | "and" | "or"))
}
