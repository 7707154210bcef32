//! Ids and dates in the words that people read.

use jiff::civil::Date;

use crate::record::ScoredId;

/// A class of three with a lower score is surely not the likeliest: a rule chose it, or the lean of the calibration.
const LIKELIEST: f64 = 0.35;

/// `ai-training` as `AI training`.
pub(super) fn spoken(id: &str) -> String {
    let words = id.split('-').map(|word| if word == "ai" { "AI" } else { word });
    super::safe_text(&words.collect::<Vec<_>>().join(" ")).into_owned()
}

/// A materiality or an effect with its score: `adverse 0.80`. A score that is not why it was chosen is left out, for it
/// would be read as how sure that is.
pub(super) fn class(one: &ScoredId) -> String {
    let id = spoken(&one.id);
    if one.score < LIKELIEST { id } else { format!("{id} {:.2}", one.score) }
}

/// `AI training` as a heading: with a capital.
pub(super) fn headed(id: &str) -> String {
    let spoken = spoken(id);
    let mut chars = spoken.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The day of an RFC 3339 `date`: `2025-11-03`.
pub(super) fn day(date: &str) -> &str {
    date.get(..10).unwrap_or(date)
}

/// The day of an RFC 3339 `date` in words: `3 November 2025`.
pub(super) fn spoken_day(date: &str) -> String {
    match day(date).parse::<Date>() {
        Ok(day) => day.strftime("%-d %B %Y").to_string(),
        Err(_) => super::safe_text(day(date)).into_owned(),
    }
}

/// From when to when, in words: `3 to 5 November 2025`.
pub(super) fn spoken_period(first: &str, last: &str) -> String {
    match (day(first).parse::<Date>(), day(last).parse::<Date>()) {
        (Ok(a), Ok(b)) if a == b => spoken_day(first),
        (Ok(a), Ok(b)) if (a.year(), a.month()) == (b.year(), b.month()) => {
            format!("{} to {}", a.day(), spoken_day(last))
        }
        (Ok(a), Ok(b)) if a.year() == b.year() => {
            format!("{} to {}", a.strftime("%-d %B"), spoken_day(last))
        }
        _ => format!("{} to {}", spoken_day(first), spoken_day(last)),
    }
}

/// The jurisdiction whose edition of the terms a collection records, read from the end of its
/// name (`vlopses-ie`).
pub(super) fn edition(collection: &str) -> Option<&'static str> {
    Some(match collection.rsplit_once('-')?.1 {
        "us" => "United States",
        "gb" | "uk" => "United Kingdom",
        "ie" => "Ireland",
        "eu" => "European Union",
        "fr" => "France",
        "de" => "Germany",
        "ch" => "Switzerland",
        "at" => "Austria",
        "br" => "Brazil",
        "in" => "India",
        "jp" => "Japan",
        "ca" => "Canada",
        "au" => "Australia",
        "nl" => "Netherlands",
        _ => return None,
    })
}

/// A place as it stands in a sentence: `the United States`, `Ireland`.
pub(super) fn the(place: &str) -> String {
    const WITH: [&str; 3] = ["United ", "European ", "Netherlands"];
    if WITH.iter().any(|start| place.starts_with(start)) { format!("the {place}") } else { place.to_owned() }
}

/// A collection with its edition: `vlopses-ie (Ireland)`.
pub(super) fn placed(collection: &str) -> String {
    let name = super::safe_text(collection);
    match edition(collection) {
        Some(edition) => format!("{name} ({edition})"),
        None => name.into_owned(),
    }
}

/// `1 clause`, `2 clauses`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// `a, b and c`.
pub(super) fn listed(texts: &[String]) -> String {
    match texts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_dates_in_words() {
        assert_eq!(spoken("ai-training"), "AI training");
        assert_eq!(headed("data-use"), "Data use");
        let scored = |score| class(&ScoredId { id: "clarifying".into(), score });
        assert_eq!([scored(0.35), scored(0.21)], ["clarifying 0.35", "clarifying"]);
        assert_eq!(spoken_day("2025-11-03T17:46:40Z"), "3 November 2025");
        assert_eq!(spoken_day("someday"), "someday");
        let periods = [
            ("2025-11-03", "2025-11-03", "3 November 2025"),
            ("2025-11-03", "2025-11-05", "3 to 5 November 2025"),
            ("2025-10-30", "2025-11-05", "30 October to 5 November 2025"),
            ("2024-12-30", "2025-01-02", "30 December 2024 to 2 January 2025"),
        ];
        for (first, last, said) in periods {
            assert_eq!(spoken_period(first, last), said);
        }
        assert_eq!(placed("vlopses-ie"), "vlopses-ie (Ireland)");
        assert_eq!(placed("contrib"), "contrib");
        let places = ["United Kingdom", "Netherlands", "Ireland", "2025-11-03"].map(the);
        assert_eq!(places, ["the United Kingdom", "the Netherlands", "Ireland", "2025-11-03"]);
        assert_eq!(listed(&["a".into(), "b".into(), "c".into()]), "a, b and c");
    }
}
