//! Where else the same was changed, and whether the decision on a change is open: in words and with
//! links, for every layout.

use super::telling::weight;
use super::words::{counted, listed, placed, spoken_day};
use super::{safe_link, safe_text};
use crate::record::{ClauseChangeRecord, DocumentChangeRecord, TwinRecord};

/// What an unsure decision is called.
pub(super) const UNSURE: &str = "unsure";
/// What that means.
pub(super) const UNSURE_MEANS: &str =
    "judgements near their thresholds decide whether this matters; another model could say otherwise";

/// Another place of the same change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Elsewhere {
    /// Id of the document change there.
    pub(super) id: String,
    /// Where and when, safe to print: `Privacy Policy of Lumeshore, demo-ie (Ireland), 3 November 2025`.
    pub(super) name: String,
    /// Link to its commit, checked.
    pub(super) url: Option<String>,
}

/// The places of the story besides twins, which are told by themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// Those listed, earliest first.
    pub(super) listed: Vec<Elsewhere>,
    /// How many there are beyond these.
    pub(super) more: usize,
}

impl Places {
    /// The places of `record`, at most `most` of them listed.
    pub(super) fn of(record: &DocumentChangeRecord, most: usize) -> Self {
        let Some(story) = &record.story else { return Self::default() };
        let mut others: Vec<Elsewhere> = story
            .places
            .iter()
            .filter(|place| record.twins.iter().all(|twin| twin.id != place.id))
            .map(|place| Elsewhere {
                id: safe_text(&place.id).into_owned(),
                name: format!(
                    "{} · {}, {}, {}",
                    safe_text(&place.service),
                    safe_text(&place.terms_type),
                    placed(&place.collection),
                    spoken_day(&place.date)
                ),
                url: place.url.as_deref().and_then(safe_link).map(str::to_owned),
            })
            .collect();
        let beyond = others.len().saturating_sub(most);
        others.truncate(most);
        Self { listed: others, more: story.more + beyond }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.listed.len() + self.more
    }

    /// `The same change in 5 other places`; nothing if there are none.
    pub(super) fn title(&self) -> Option<String> {
        (self.len() > 0).then(|| format!("The same change in {}", counted(self.len(), "other place")))
    }
}

/// The same document's change in another collection.
#[derive(Debug, Clone)]
pub(super) struct Twin<'a> {
    /// Where that is.
    pub(super) place: Elsewhere,
    /// How both differ: `6 clause changes in both, 77 only here and 2 only there`.
    pub(super) said: String,
    /// Clause changes that only this document change has, the most telling first.
    pub(super) only_here: Vec<&'a ClauseChangeRecord>,
    /// Ids of those that only the twin has.
    pub(super) only_there: Vec<String>,
}

/// The twins of `record`.
pub(super) fn twins(record: &DocumentChangeRecord) -> Vec<Twin<'_>> {
    record.twins.iter().map(|twin| told(record, twin)).collect()
}

fn told<'a>(record: &'a DocumentChangeRecord, twin: &TwinRecord) -> Twin<'a> {
    let mut only_here: Vec<(f64, &ClauseChangeRecord)> = record
        .clauses
        .iter()
        .filter(|clause| twin.only_here.contains(&clause.id))
        .map(|clause| (weight(clause), clause))
        .collect();
    // A stable sort: equals stay in the order of the document.
    only_here.sort_by(|a, b| b.0.total_cmp(&a.0));
    Twin {
        place: Elsewhere {
            id: safe_text(&twin.id).into_owned(),
            name: format!("{}, {}", placed(&twin.collection), spoken_day(&twin.date)),
            url: twin.url.as_deref().and_then(safe_link).map(str::to_owned),
        },
        said: said(twin),
        only_here: only_here.into_iter().map(|(_, clause)| clause).collect(),
        only_there: twin.only_there.iter().map(|id| safe_text(id).into_owned()).collect(),
    }
}

fn said(twin: &TwinRecord) -> String {
    let differences: Vec<String> = [(twin.only_here.len(), "here"), (twin.only_there.len(), "there")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, side)| format!("{count} only {side}"))
        .collect();
    let all = if differences.is_empty() { "none in one alone".to_owned() } else { listed(&differences) };
    let sample = if twin.sampled { " (of a sample)" } else { "" };
    format!("{} in both, {all}{sample}", counted(twin.shared, "clause change"))
}

/// Everything in one line of plain text, at most `most` places: for feeds.
pub(super) fn in_a_line(record: &DocumentChangeRecord, most: usize) -> Vec<String> {
    let mut said: Vec<String> = record.unsure.then(|| UNSURE.to_owned()).into_iter().collect();
    let places = Places::of(record, most);
    said.extend(places.title().map(|title| {
        let names: Vec<&str> = places.listed.iter().map(|place| place.name.as_str()).collect();
        let more = if places.more > 0 { format!("; {} more", places.more) } else { String::new() };
        format!("{}: {}{more}", lower(&title), names.join("; "))
    }));
    said.extend(twins(record).iter().map(|twin| format!("twin in {}: {}", twin.place.name, twin.said)));
    said
}

/// `text` with a small letter at its beginning.
pub(super) fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// A record with a story and a twin, for tests of layouts.
#[cfg(test)]
pub(super) fn example() -> DocumentChangeRecord {
    use crate::record::{PlaceRecord, StoryRecord};
    let place = |id: &str, service: &str, collection: &str, url: &str| PlaceRecord {
        id: id.into(),
        collection: collection.into(),
        service: service.into(),
        terms_type: "Privacy Policy".into(),
        path: format!("{service}/Privacy Policy.md"),
        commit: "c0ffee".into(),
        date: "2025-03-05T10:00:00Z".into(),
        url: Some(url.into()),
    };
    let clause = |id: &str, text: &str, line: u32| ClauseChangeRecord {
        id: id.into(),
        kind: "added".into(),
        after: Some(text.into()),
        after_line: Some(line),
        url: Some(format!("https://a.example/commit/1#R{line}")),
        ..ClauseChangeRecord::default()
    };
    DocumentChangeRecord {
        id: "00000000000000aa".into(),
        collection: "demo-us".into(),
        service: "Lumeshore".into(),
        terms_type: "Privacy Policy".into(),
        date: "2025-03-04T10:00:00Z".into(),
        status: "change".into(),
        unsure: true,
        story: Some(StoryRecord {
            id: "00000000000000aa".into(),
            places: vec![
                place("00000000000000bb", "Lumeshore", "demo-ie", "https://a.example/ie"),
                place("00000000000000cc", "Tarn <b>", "demo-us", "javascript:x"),
            ],
            more: 3,
        }),
        twins: vec![TwinRecord {
            id: "00000000000000bb".into(),
            collection: "demo-ie".into(),
            commit: "c0ffee".into(),
            date: "2025-03-05T10:00:00Z".into(),
            url: Some("https://a.example/ie".into()),
            shared: 6,
            only_here: vec!["0000000000000002".into()],
            only_there: vec!["0000000000000007".into(), "0000000000000008".into()],
            sampled: false,
        }],
        clauses: vec![
            clause("0000000000000001", "We keep what you post for a year.", 3),
            clause("0000000000000002", "Only readers in one place are told of this.", 9),
        ],
        ..DocumentChangeRecord::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_without_twins_and_twins_with_what_differs() {
        let record = example();
        let places = Places::of(&record, 1);
        assert_eq!(places.title().as_deref(), Some("The same change in 4 other places"));
        assert_eq!(places.listed.len(), 1);
        assert_eq!(places.listed[0].url, None, "no link that runs");
        assert_eq!(places.more, 3);
        let twins = twins(&record);
        assert_eq!(twins.len(), 1);
        assert_eq!(twins[0].said, "6 clause changes in both, 1 only here and 2 only there");
        assert_eq!(twins[0].only_here[0].after_line, Some(9));
        assert_eq!(twins[0].place.name, "demo-ie (Ireland), 5 March 2025");
        assert_eq!(
            in_a_line(&record, 1),
            [
                "unsure",
                "the same change in 4 other places: Tarn <b> · Privacy Policy, demo-us (United States), 5 March 2025; \
                 3 more",
                "twin in demo-ie (Ireland), 5 March 2025: 6 clause changes in both, 1 only here and 2 only there",
            ]
        );
        assert_eq!(Places::of(&DocumentChangeRecord::default(), 3).title(), None);
    }
}
