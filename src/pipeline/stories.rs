//! The same change in several places: stories and twins.
//!
//! While documents are read, each document change that is news leaves a sketch here: a hash of each
//! clause change that matters, with the service's own name masked, no texts. When all are read,
//! changes that share at least half of the smaller one's clause changes within 30 days are joined:
//! across documents and services into a *story*, across collections for the same document into
//! *twins*. Both are only known among what was read: a filter on dates or services narrows them.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::record::{DocumentChangeRecord, PlaceRecord, StoryRecord, TwinRecord};

/// Two records of one change are not further apart.
const APART: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Clause changes kept of one document change: those with the smallest hashes, which is the same
/// choice in every document.
const SKETCH: usize = 256;
/// Documents that a clause change is joined with at most: those that had it last. Chains of them make the stories, so
/// that a clause change in thousands of documents does not pair each with each.
const CHAINED: usize = 4;
/// The same document is paired directly in so many other collections at most.
const TWINS: usize = 32;
/// From so many clause changes in common on, what is known of a cut sketch stands for the whole.
const SAMPLE: usize = 8;
/// Places that a record lists.
const LISTED: usize = 50;

/// What is kept of a document change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sketch {
    place: PlaceRecord,
    date: Timestamp,
    /// The hash of each clause change and its id, smallest hash first.
    keys: Vec<(u64, u64)>,
    /// Whether there were more clause changes than are kept.
    cut: bool,
}

impl Sketch {
    /// Of the document change at `place`, recorded at `date`. `keys` are the hash of each clause change and its id;
    /// nothing if there are none.
    pub(super) fn new(place: PlaceRecord, date: Timestamp, mut keys: Vec<(u64, u64)>) -> Option<Self> {
        keys.sort_unstable();
        keys.dedup_by_key(|(key, _)| *key);
        let cut = keys.len() > SKETCH;
        keys.truncate(SKETCH);
        keys.shrink_to_fit();
        Self::kept(place, date, keys, cut)
    }

    /// The sketch that [`Sketch::keys`] and [`Sketch::is_cut`] were asked of; nothing if there are no keys.
    #[must_use]
    pub fn kept(place: PlaceRecord, date: Timestamp, keys: Vec<(u64, u64)>, cut: bool) -> Option<Self> {
        (!keys.is_empty()).then_some(Self { place, date, keys, cut })
    }

    /// The hash of each clause change and its id, smallest hash first.
    #[must_use]
    pub fn keys(&self) -> &[(u64, u64)] {
        &self.keys
    }

    /// Whether there were more clause changes than are kept.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// Link to the commit on the hosting site.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        self.place.url.as_deref()
    }

    fn document(&self) -> (&str, &str) {
        (&self.place.collection, &self.place.path)
    }

    /// Hashes up to which the sketch knows everything.
    fn known(&self) -> u64 {
        self.keys.last().filter(|_| self.cut).map_or(u64::MAX, |(key, _)| *key)
    }

    /// The clause changes with hashes up to `known`.
    fn up_to(&self, known: u64) -> &[(u64, u64)] {
        let end = self.keys.partition_point(|(key, _)| *key <= known);
        self.keys.get(..end).unwrap_or_default()
    }
}

/// The sketches so far.
#[derive(Debug, Default)]
pub struct Stories(Vec<Sketch>);

impl Stories {
    /// Takes one more.
    pub fn take(&mut self, sketch: Sketch) {
        self.0.push(sketch);
    }

    /// Stories and twins. They do not depend on the order of arrival.
    #[must_use]
    pub fn resolve(mut self) -> Related {
        self.0.sort_by(|a, b| (a.date, a.document(), &a.place.commit).cmp(&(b.date, b.document(), &b.place.commit)));
        let sketches = self.0;
        let shared = shared(&sketches);
        let stories = groups(sketches.len(), &shared);
        let mut at: HashMap<String, Kin> = HashMap::new();
        for (nth, members) in stories.iter().enumerate() {
            for &member in members {
                let Some(sketch) = sketches.get(member) else { continue };
                at.insert(sketch.place.id.clone(), Kin { sketch: member, story: nth, twins: Vec::new() });
            }
        }
        for &(a, b) in &shared {
            let (Some(one), Some(other)) = (sketches.get(a), sketches.get(b)) else { continue };
            if are_twins(one, other) {
                for (id, twin) in [(&one.place.id, b), (&other.place.id, a)] {
                    if let Some(kin) = at.get_mut(id) {
                        kin.twins.push(twin);
                    }
                }
            }
        }
        Related { sketches, stories, at }
    }
}

/// What one document change is related to, by the places of the sketches.
#[derive(Debug)]
struct Kin {
    sketch: usize,
    story: usize,
    twins: Vec<usize>,
}

/// Stories and twins, found. What a record says of them is made when it is asked for: of a story in a thousand
/// documents each record lists dozens of places, which are not to be in memory all at once.
#[derive(Debug, Default)]
pub struct Related {
    sketches: Vec<Sketch>,
    stories: Vec<Vec<usize>>,
    /// By the id of the document change; one that is related to none is missing.
    at: HashMap<String, Kin>,
}

impl Related {
    /// The id of the story that the document change `id` belongs to.
    #[must_use]
    pub fn story_of(&self, id: &str) -> Option<&str> {
        let first = self.stories.get(self.at.get(id)?.story)?.first()?;
        self.sketches.get(*first).map(|sketch| sketch.place.id.as_str())
    }

    /// Whether the document change `id` has a story or twins.
    #[must_use]
    pub fn knows(&self, id: &str) -> bool {
        self.at.contains_key(id)
    }

    /// Tells `record` of its story and its twins.
    pub fn mark(&self, record: &mut DocumentChangeRecord) {
        record.story = self.at.get(&record.id).and_then(|kin| self.story(kin));
        record.twins = self.at.get(&record.id).map_or_else(Vec::new, |kin| self.twins(kin));
    }

    /// The story, called after its earliest member, so that its id stays when more join.
    fn story(&self, kin: &Kin) -> Option<StoryRecord> {
        let members = self.stories.get(kin.story)?;
        let place = |at: &usize| self.sketches.get(*at).map(|sketch| &sketch.place);
        let places: Vec<PlaceRecord> =
            members.iter().filter(|at| **at != kin.sketch).take(LISTED).filter_map(place).cloned().collect();
        let more = members.len() - 1 - places.len();
        Some(StoryRecord { id: place(members.first()?)?.id.clone(), places, more })
    }

    fn twins(&self, kin: &Kin) -> Vec<TwinRecord> {
        let Some(one) = self.sketches.get(kin.sketch) else { return Vec::new() };
        let mut twins =
            kin.twins.iter().filter_map(|at| self.sketches.get(*at)).map(|other| twin(one, other)).collect();
        nearest(&mut twins);
        twins
    }
}

/// Pairs of document changes that share enough, the earlier one first.
fn shared(sketches: &[Sketch]) -> BTreeSet<(usize, usize)> {
    let mut places: HashMap<u64, Vec<usize>> = HashMap::new();
    for (at, sketch) in sketches.iter().enumerate() {
        for (key, _) in &sketch.keys {
            places.entry(*key).or_default().push(at);
        }
    }
    let paths: Vec<String> = sketches.iter().map(|sketch| sketch.place.path.to_lowercase()).collect();
    let mut pairs = BTreeSet::new();
    for members in places.values().filter(|members| members.len() > 1) {
        pair_up(members, sketches, &paths, &mut pairs);
    }
    pairs.retain(|(a, b)| match (sketches.get(*a), sketches.get(*b)) {
        (Some(a), Some(b)) => share_half(a, b),
        _ => false,
    });
    pairs
}

/// Of the document changes with a clause change in common, earliest first, the pairs that may belong together: each
/// with the documents just before it and with the same document in other collections.
fn pair_up(members: &[usize], sketches: &[Sketch], paths: &[String], pairs: &mut BTreeSet<(usize, usize)>) {
    let mut chain: VecDeque<usize> = VecDeque::new();
    let mut same: HashMap<&str, VecDeque<usize>> = HashMap::new();
    for &at in members {
        let (Some(sketch), Some(path)) = (sketches.get(at), paths.get(at)) else { continue };
        let twins = same.entry(path.as_str()).or_default();
        for &before in chain.iter().chain(twins.iter()) {
            let Some(other) = sketches.get(before) else { continue };
            if other.document() != sketch.document() && sketch.date.duration_since(other.date) <= APART {
                pairs.insert((before, at));
            }
        }
        // One more than are paired: the document itself may be among them when it comes again.
        remember(&mut chain, at, sketches, CHAINED + 1);
        remember(twins, at, sketches, TWINS + 1);
    }
}

/// Puts `at` last, in place of an earlier change of the same document: one that says the same again and again pushes
/// no other document out.
fn remember(last: &mut VecDeque<usize>, at: usize, sketches: &[Sketch], most: usize) {
    let document = |at: usize| sketches.get(at).map(Sketch::document);
    last.retain(|&one| document(one) != document(at));
    last.push_back(at);
    if last.len() > most {
        last.pop_front();
    }
}

/// Whether they share at least half of the smaller one's clause changes. Where one of them was cut, those that both
/// know of are counted, if enough are shared to say something of the rest.
fn share_half(a: &Sketch, b: &Sketch) -> bool {
    let known = a.known().min(b.known());
    let (ours, theirs) = (a.up_to(known), b.up_to(known));
    let both = ours.iter().filter(|(key, _)| theirs.binary_search_by_key(key, |(key, _)| *key).is_ok()).count();
    let is_half = |of: usize| both * 2 >= of;
    is_half(a.keys.len().min(b.keys.len())) || (both >= SAMPLE && is_half(ours.len().min(theirs.len())))
}

/// The members of each group of joined document changes, earliest first.
fn groups(size: usize, pairs: &BTreeSet<(usize, usize)>) -> Vec<Vec<usize>> {
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
    for &(a, b) in pairs {
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

/// The same document in two collections.
fn are_twins(one: &Sketch, other: &Sketch) -> bool {
    let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
    one.place.collection != other.place.collection && same(&one.place.path, &other.place.path)
}

fn twin(one: &Sketch, other: &Sketch) -> TwinRecord {
    let known = one.known().min(other.known());
    let without = |a: &Sketch, b: &Sketch| -> Vec<String> {
        a.up_to(known)
            .iter()
            .filter(|(key, _)| b.keys.binary_search_by_key(key, |(key, _)| *key).is_err())
            .map(|(_, id)| format!("{id:016x}"))
            .collect()
    };
    let (only_here, only_there) = (without(one, other), without(other, one));
    let compared = one.up_to(known).len();
    TwinRecord {
        id: other.place.id.clone(),
        collection: other.place.collection.clone(),
        commit: other.place.commit.clone(),
        date: other.place.date.clone(),
        url: other.place.url.clone(),
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

    fn sketch(collection: &str, path: &str, day: i64, keys: &[u64]) -> Sketch {
        let (service, terms_type) = path.split_once('/').unwrap();
        let date = Timestamp::from_second(day * 86_400).unwrap();
        let place = PlaceRecord {
            id: format!("{collection} {path} {day}"),
            collection: collection.into(),
            service: service.into(),
            terms_type: terms_type.into(),
            path: path.into(),
            commit: day.to_string(),
            date: date.to_string(),
            url: None,
        };
        Sketch::new(place, date, keys.iter().map(|&key| (key, key)).collect()).unwrap()
    }

    fn resolved(sketches: Vec<Sketch>) -> Related {
        let mut stories = Stories::default();
        sketches.into_iter().for_each(|one| stories.take(one));
        stories.resolve()
    }

    fn marked(related: &Related, id: &str) -> DocumentChangeRecord {
        let mut record = DocumentChangeRecord { id: id.to_owned(), ..DocumentChangeRecord::default() };
        related.mark(&mut record);
        record
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
        let related = resolved(all());
        let story = |id: &str| marked(&related, id).story;
        let first = story("us Facebook/Privacy Policy 1").unwrap();
        assert_eq!(first.id, "us Facebook/Privacy Policy 1");
        assert_eq!(first.places.len(), 2, "{first:?}");
        assert_eq!(story("us Instagram/Privacy Policy 3").unwrap().id, first.id);
        assert_eq!(related.story_of("us Instagram/Privacy Policy 3"), Some(first.id.as_str()));
        assert_eq!(story("gb Facebook/Privacy Policy 90"), None, "three months later");
        assert_eq!(story("us Pinterest/Terms of Service 3"), None, "one clause in four is boilerplate");
        let twins = marked(&related, "us Facebook/Privacy Policy 1").twins;
        assert_eq!(twins.len(), 1);
        assert_eq!((twins[0].shared, twins[0].collection.as_str()), (2, "gb"));
        assert_eq!(twins[0].only_here, [format!("{:016x}", 3)]);
        assert_eq!(twins[0].only_there, [format!("{:016x}", 9)]);
        let backwards = resolved(all().into_iter().rev().collect());
        for one in all() {
            assert_eq!(marked(&backwards, &one.place.id), marked(&related, &one.place.id));
        }
    }

    #[test]
    fn each_of_many_documents_with_one_clause_has_its_twins() {
        let all = || -> Vec<Sketch> {
            let mut all = vec![sketch("fr", "SERVICE 3/terms", 9, &[7])];
            for nth in 0..5 {
                all.push(sketch("us", &format!("Service {nth}/Terms"), 1, &[7]));
                all.push(sketch("gb", &format!("Service {nth}/Terms"), 2, &[7]));
            }
            all
        };
        let related = resolved(all());
        let twins = |id: &str| marked(&related, id).twins.into_iter().map(|twin| twin.id).collect::<Vec<_>>();
        for nth in 0..5 {
            let (us, gb) = (format!("us Service {nth}/Terms 1"), format!("gb Service {nth}/Terms 2"));
            let mut fr = vec!["fr SERVICE 3/terms 9".to_owned()];
            fr.retain(|_| nth == 3);
            assert_eq!(twins(&us), [fr.clone(), vec![gb.clone()]].concat());
            assert_eq!(twins(&gb), [fr, vec![us]].concat());
            assert_eq!(related.story_of(&gb), Some("us Service 0/Terms 1"), "all are one story");
        }
        let backwards = resolved(all().into_iter().rev().collect());
        for one in all() {
            assert_eq!(marked(&backwards, &one.place.id), marked(&related, &one.place.id));
        }
    }

    #[test]
    fn a_document_that_says_the_same_again_pushes_no_other_out() {
        let mut all = vec![sketch("us", "First/Terms", 1, &[7, 8, 9]), sketch("us", "Last/Terms", 8, &[7, 8, 10])];
        for day in 2..8 {
            all.push(sketch("us", "Again/Terms", day, &[7, 100, 101, 102]));
            all.push(sketch("us", "Anew/Terms", day, &[8, 110, 111, 112]));
        }
        let related = resolved(all);
        let places = marked(&related, "us Last/Terms 8").story.map_or_else(Vec::new, |story| story.places);
        let ids: Vec<&str> = places.iter().map(|place| place.id.as_str()).collect();
        assert_eq!(ids, ["us First/Terms 1"]);
    }

    #[test]
    fn what_a_cut_sketch_does_not_know_is_not_held_against_the_other() {
        let whole: Vec<u64> = (0..700).map(|nth| nth * 2).collect();
        // 300 of the 700, evenly spread: 110 of them are among the 256 that are kept.
        let part: Vec<u64> = (0..300).map(|nth| nth * 7 / 3 * 2).collect();
        // The same, but two of three are others.
        let third: Vec<u64> = part.iter().zip(0..).map(|(key, nth)| key + u64::from(nth % 3 != 0)).collect();
        let one_in_four = [0, 2_001, 2_003, 2_005];
        for (keys, joined) in [(&part[..], true), (&third[..], false), (&one_in_four[..], false)] {
            let related = resolved(vec![sketch("us", "A/Terms", 1, &whole), sketch("us", "B/Terms", 2, keys)]);
            assert_eq!(related.knows("us B/Terms 2"), joined, "{} clause changes", keys.len());
        }
    }
}
