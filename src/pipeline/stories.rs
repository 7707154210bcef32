//! The same change in several places: stories and twins.
//!
//! While documents are read, each document change that is news leaves a sketch here: a hash of each
//! clause change that matters, with the service's own name masked, no texts. When all are read,
//! changes that share at least half of the smaller one's clause changes within 30 days are joined:
//! across documents and services into a *story*, across collections for the same document into
//! *twins*. Both are only known among what was read: a filter on dates or services narrows them.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

use crate::record::{DocumentChangeRecord, PlaceRecord, StoryRecord, TwinRecord};

/// Two records of one change are not further apart.
const APART: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Clause changes kept of one document change: those with the smallest hashes, which is the same
/// choice in every document.
const SKETCH: usize = 256;
/// Places that a record lists.
const LISTED: usize = 50;

/// What is kept of a document change.
#[derive(Debug)]
pub(super) struct Sketch {
    pub(super) id: String,
    pub(super) collection: String,
    pub(super) service: String,
    pub(super) terms_type: String,
    pub(super) path: String,
    pub(super) commit: String,
    pub(super) date: Timestamp,
    /// Link to the commit on the hosting site.
    url: Option<String>,
    keys: Vec<(u64, u64)>,
    /// Whether there were more clause changes than are kept.
    cut: bool,
}

impl Sketch {
    /// `keys` are the hash of each clause change and its id; nothing if there are none.
    pub(super) fn with(mut self, mut keys: Vec<(u64, u64)>) -> Option<Self> {
        keys.sort_unstable();
        keys.dedup_by_key(|(key, _)| *key);
        self.cut = keys.len() > SKETCH;
        keys.truncate(SKETCH);
        keys.shrink_to_fit();
        self.keys = keys;
        (!self.keys.is_empty()).then_some(self)
    }

    /// A sketch without clause changes.
    pub(super) fn bare(
        id: String,
        collection: &str,
        path: &crate::source::DocumentPath,
        commit: &str,
        date: Timestamp,
    ) -> Self {
        Self {
            id,
            collection: collection.to_owned(),
            service: path.service.clone(),
            terms_type: path.terms_type.clone(),
            path: path.path.clone(),
            commit: commit.to_owned(),
            date,
            url: None,
            keys: Vec::new(),
            cut: false,
        }
    }

    /// The same with a link to the commit.
    pub(super) fn linked(self, url: Option<String>) -> Self {
        Self { url, ..self }
    }

    fn document(&self) -> (&str, &str) {
        (&self.collection, &self.path)
    }

    /// Hashes up to which both sketches know everything.
    fn known(&self) -> u64 {
        self.keys.last().filter(|_| self.cut).map_or(u64::MAX, |(key, _)| *key)
    }
}

/// The story and the twins of one document change.
#[derive(Debug, Default)]
pub(super) struct Marks {
    pub(super) story: Option<StoryRecord>,
    pub(super) twins: Vec<TwinRecord>,
}

impl Marks {
    pub(super) fn put(&self, record: &mut DocumentChangeRecord) {
        record.story.clone_from(&self.story);
        record.twins.clone_from(&self.twins);
    }
}

/// The sketches so far.
#[derive(Debug, Default)]
pub(super) struct Stories(Vec<Sketch>);

impl Stories {
    pub(super) fn take(&mut self, sketch: Sketch) {
        self.0.push(sketch);
    }

    /// Stories and twins, by the id of the document change. Does not depend on the order of arrival.
    #[expect(clippy::iter_over_hash_type, reason = "each is put in order on its own")]
    pub(super) fn resolve(mut self) -> HashMap<String, Marks> {
        self.0.sort_by(|a, b| (a.date, a.document(), &a.commit).cmp(&(b.date, b.document(), &b.commit)));
        let sketches = self.0;
        let shared = shared(&sketches);
        let mut marks: HashMap<String, Marks> = HashMap::new();
        for members in groups(sketches.len(), &shared) {
            tell(&sketches, &members, &mut marks);
        }
        for (&(a, b), _) in &shared {
            let (Some(one), Some(other)) = (sketches.get(a), sketches.get(b)) else { continue };
            if are_twins(one, other) {
                marks.entry(one.id.clone()).or_default().twins.push(twin(one, other));
                marks.entry(other.id.clone()).or_default().twins.push(twin(other, one));
            }
        }
        for mark in marks.values_mut() {
            nearest(&mut mark.twins);
        }
        marks
    }
}

/// Pairs of document changes that share enough, with how many clause changes; `a` before `b`.
#[expect(clippy::iter_over_hash_type, reason = "counts do not hang on the order")]
fn shared(sketches: &[Sketch]) -> BTreeMap<(usize, usize), usize> {
    let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
    for (at, sketch) in sketches.iter().enumerate() {
        for (key, _) in &sketch.keys {
            places.entry(*key).or_default().push(at);
        }
    }
    let mut pairs: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for members in places.values().filter(|members| members.len() > 1) {
        for (nth, &at) in members.iter().enumerate().skip(1) {
            // The last one before it of each of the documents just before: a chain, not all pairs.
            for &before in members.get(nth.saturating_sub(4)..nth).unwrap_or_default() {
                let (Some(a), Some(b)) = (sketches.get(before), sketches.get(at)) else { continue };
                if a.document() != b.document() && b.date.duration_since(a.date) <= APART {
                    *pairs.entry((before, at)).or_default() += 1;
                }
            }
        }
    }
    pairs.retain(|(a, b), count| match (sketches.get(*a), sketches.get(*b)) {
        (Some(a), Some(b)) => *count * 2 >= a.keys.len().min(b.keys.len()),
        _ => false,
    });
    pairs
}

/// The members of each group of joined document changes, earliest first.
fn groups(size: usize, pairs: &BTreeMap<(usize, usize), usize>) -> Vec<Vec<usize>> {
    let mut parent: Vec<usize> = (0..size).collect();
    fn root(parent: &mut [usize], mut at: usize) -> usize {
        while let Some(&up) = parent.get(at).filter(|up| **up != at) {
            let over = parent.get(up).copied().unwrap_or(up);
            if let Some(slot) = parent.get_mut(at) {
                *slot = over;
            }
            at = up;
        }
        at
    }
    for &(a, b) in pairs.keys() {
        let (a, b) = (root(&mut parent, a), root(&mut parent, b));
        if let Some(slot) = parent.get_mut(a.max(b)) {
            *slot = a.min(b);
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in 0..size {
        groups.entry(root(&mut parent, at)).or_default().push(at);
    }
    groups.into_values().filter(|members| members.len() > 1).collect()
}

/// Tells each member of a story of the others. The story is called after its earliest member, so
/// that its id stays when more join.
fn tell(sketches: &[Sketch], members: &[usize], marks: &mut HashMap<String, Marks>) {
    let members: Vec<&Sketch> = members.iter().filter_map(|&at| sketches.get(at)).collect();
    let Some(first) = members.first() else { return };
    for one in &members {
        let places: Vec<PlaceRecord> = members
            .iter()
            .filter(|other| other.id != one.id)
            .take(LISTED)
            .map(|other| PlaceRecord {
                id: other.id.clone(),
                collection: other.collection.clone(),
                service: other.service.clone(),
                terms_type: other.terms_type.clone(),
                path: other.path.clone(),
                commit: other.commit.clone(),
                date: other.date.to_string(),
                url: other.url.clone(),
            })
            .collect();
        let more = members.len() - 1 - places.len();
        marks.entry(one.id.clone()).or_default().story = Some(StoryRecord { id: first.id.clone(), places, more });
    }
}

/// The same document in two collections.
fn are_twins(one: &Sketch, other: &Sketch) -> bool {
    let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    one.collection != other.collection && same(&one.path, &other.path)
}

fn twin(one: &Sketch, other: &Sketch) -> TwinRecord {
    let known = one.known().min(other.known());
    let without = |a: &Sketch, b: &Sketch| -> Vec<String> {
        a.keys
            .iter()
            .filter(|(key, _)| *key <= known && b.keys.binary_search_by_key(key, |(key, _)| *key).is_err())
            .map(|(_, id)| format!("{id:016x}"))
            .collect()
    };
    let (only_here, only_there) = (without(one, other), without(other, one));
    let compared = one.keys.iter().filter(|(key, _)| *key <= known).count();
    TwinRecord {
        id: other.id.clone(),
        collection: other.collection.clone(),
        commit: other.commit.clone(),
        date: other.date.to_string(),
        url: other.url.clone(),
        shared: compared - only_here.len(),
        only_here,
        only_there,
        sampled: one.cut || other.cut,
    }
}

/// Keeps of each collection the twin that shares most; of equals the earliest.
fn nearest(twins: &mut Vec<TwinRecord>) {
    twins.sort_by(|a, b| {
        (&a.collection, std::cmp::Reverse(a.shared), &a.date, &a.id).cmp(&(
            &b.collection,
            std::cmp::Reverse(b.shared),
            &b.date,
            &b.id,
        ))
    });
    twins.dedup_by(|a, b| a.collection == b.collection);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::DocumentPath;

    fn sketch(collection: &str, path: &str, day: i64, keys: &[u64]) -> Sketch {
        let (service, terms_type) = path.split_once('/').unwrap();
        let document =
            DocumentPath { path: path.into(), service: service.into(), terms_type: terms_type.into(), part: None };
        let date = Timestamp::from_second(day * 86_400).unwrap();
        Sketch::bare(format!("{collection} {path} {day}"), collection, &document, &day.to_string(), date)
            .with(keys.iter().map(|&key| (key, key)).collect())
            .unwrap()
    }

    #[test]
    fn one_story_with_its_places_and_twins_with_their_differences() {
        let all = || {
            vec![
                sketch("us", "Facebook/Privacy Policy", 1, &[1, 2, 3]),
                sketch("us", "Instagram/Privacy Policy", 3, &[1, 2, 3, 4]),
                sketch("gb", "Facebook/Privacy Policy", 20, &[1, 2, 9]),
                sketch("gb", "Facebook/Privacy Policy", 90, &[1, 2, 3]),
                sketch("us", "Pinterest/Terms of Service", 3, &[1, 20, 21, 22]),
            ]
        };
        let mut stories = Stories::default();
        all().into_iter().for_each(|one| stories.take(one));
        let marks = stories.resolve();
        let story = |id: &str| marks.get(id).and_then(|mark| mark.story.clone());
        let first = story("us Facebook/Privacy Policy 1").unwrap();
        assert_eq!(first.id, "us Facebook/Privacy Policy 1");
        assert_eq!(first.places.len(), 2, "{first:?}");
        assert_eq!(story("us Instagram/Privacy Policy 3").unwrap().id, first.id);
        assert_eq!(story("gb Facebook/Privacy Policy 90"), None, "three months later");
        assert_eq!(story("us Pinterest/Terms of Service 3"), None, "one clause in four is boilerplate");
        let twins = &marks.get("us Facebook/Privacy Policy 1").unwrap().twins;
        assert_eq!(twins.len(), 1);
        assert_eq!((twins[0].shared, twins[0].collection.as_str()), (2, "gb"));
        assert_eq!(twins[0].only_here, [format!("{:016x}", 3)]);
        assert_eq!(twins[0].only_there, [format!("{:016x}", 9)]);
        let mut backwards = Stories::default();
        all().into_iter().rev().for_each(|one| backwards.take(one));
        let again = backwards.resolve();
        for (id, mark) in &marks {
            assert_eq!(again.get(id).map(|it| (&it.story, &it.twins)), Some((&mark.story, &mark.twins)));
        }
    }
}
