//! A split by policy, as nearly as the published files allow.
//!
//! The files name no policy: a row is a text and a label. But the segments of a policy stand together
//! in each file, and most policies name their company. A word that is written as a name, occurs in at
//! least four segments and occupies at least a quarter of the stretches between its first and its last
//! place in each file is taken to belong to one policy. All segments of such stretches are one group,
//! and names whose stretches overlap are too: a group is one policy, or several that cannot be told
//! apart. Segments that no stretch covers are of policies unknown.
//!
//! Only groups are tested on. A segment of unknown policy that stands next to a held-out group, with
//! only others like it between, may be of the same policy and is left out; so is every segment for
//! training or choosing with a near twin in the test part.

use std::collections::{BTreeMap, BTreeSet};

use super::near::near_twins;
use super::{Opp115, Parts, Segment};
use crate::eval::metrics::count;
use crate::text::stable_hash;

/// Segments that a name occurs in at least, and that a group has at least.
const LEAST: usize = 4;
/// Longest stretches between the first and the last place of a name, in occurrences.
const SPREAD: usize = 4;
/// Share of a word's occurrences that are written as a name.
const AS_NAME: f64 = 0.9;
/// Share of all segments to test on, and to choose on.
const TEST: f64 = 0.12;
const VALIDATION: f64 = 0.08;
/// A group with more than this share of all segments is for training: it would be a test of its own.
const LARGE: f64 = 0.05;

/// A split without a named policy in two parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicySplit {
    /// The parts.
    pub parts: Parts,
    /// Groups of segments that the names give, of which the parts are made.
    pub groups: usize,
    /// Those that are tested on.
    pub tested: usize,
    /// Segments left out because their policy is not known to differ, or for a near twin in the test part.
    pub left_out: usize,
}

/// Where a group goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Train,
    Validation,
    Test,
}

impl PolicySplit {
    /// Draws the groups to test and to choose on; another `seed` draws others.
    #[must_use]
    pub fn draw(corpus: &Opp115, seed: u64) -> Self {
        let files = files(corpus);
        let groups = policy_groups(corpus);
        let sides = sides(&files, &groups, seed);
        let mut parts = Parts::default();
        let mut left_out = 0;
        for (file, groups) in files.iter().zip(&groups) {
            let side = |at: usize| groups.get(at).copied().flatten().and_then(|group| sides.get(&group)).copied();
            for (at, segment) in file.iter().enumerate() {
                // The nearest known groups before and after speak for what is unknown.
                let in_training = || {
                    let before = (0..at).rev().find_map(side);
                    let after = (at + 1..file.len()).find_map(side);
                    [before, after].into_iter().flatten().all(|side| side == Side::Train)
                };
                match side(at) {
                    Some(Side::Test) => parts.test.push((*segment).clone()),
                    Some(Side::Validation) => parts.validation.push((*segment).clone()),
                    Some(Side::Train) => parts.train.push((*segment).clone()),
                    None if in_training() => parts.train.push((*segment).clone()),
                    None => left_out += 1,
                }
            }
        }
        left_out += without_twins(&mut parts.train, &parts.test) + without_twins(&mut parts.validation, &parts.test);
        let tested = sides.values().filter(|side| **side == Side::Test).count();
        Self { parts, groups: sides.len(), tested, left_out }
    }
}

/// Removes those with a near twin in `test`; how many.
fn without_twins(segments: &mut Vec<Segment>, test: &[Segment]) -> usize {
    let before = segments.len();
    let mut twins = near_twins(segments, test).into_iter();
    segments.retain(|_| twins.next() != Some(true));
    before - segments.len()
}

fn files(corpus: &Opp115) -> [Vec<&Segment>; 3] {
    [&corpus.parts.train, &corpus.parts.validation, &corpus.parts.test].map(|file| file.iter().collect())
}

/// The group of each segment of each file: training, validation, test; none where no name tells it.
#[must_use]
pub fn policy_groups(corpus: &Opp115) -> [Vec<Option<usize>>; 3] {
    let files = files(corpus);
    let starts = [0, files[0].len(), files[0].len() + files[1].len()];
    let mut joined = Joined::new(files.iter().map(Vec::len).sum());
    for stretches in names(&files) {
        let covered = stretches
            .iter()
            .zip(starts)
            .flat_map(|(stretch, start)| stretch.iter().flat_map(move |(first, last)| start + first..=start + last));
        let covered: Vec<usize> = covered.collect();
        covered.windows(2).for_each(|pair| joined.join(pair[0], pair[1]));
    }
    let sizes = joined.sizes();
    let mut place = starts.iter().zip(&files).map(|(start, file)| {
        (*start..start + file.len()).map(|at| Some(joined.root(at)).filter(|root| sizes[*root] >= LEAST)).collect()
    });
    std::array::from_fn(|_| place.next().unwrap_or_default())
}

/// First and last place of a name in each file; none where it does not occur.
type Stretches = [Option<(usize, usize)>; 3];

/// The stretches of the words that belong to one policy.
fn names(files: &[Vec<&Segment>; 3]) -> Vec<Stretches> {
    #[derive(Default)]
    struct Word {
        segments: usize,
        as_name: usize,
        stretches: Stretches,
    }
    let mut words: BTreeMap<String, Word> = BTreeMap::new();
    for (file, segments) in files.iter().enumerate() {
        for (at, segment) in segments.iter().enumerate() {
            let mut met: BTreeMap<String, bool> = BTreeMap::new();
            for word in words_of(&segment.text) {
                let as_name = word.contains('.') || word.starts_with(char::is_uppercase);
                met.entry(word.to_lowercase()).and_modify(|all| *all &= as_name).or_insert(as_name);
            }
            for (word, as_name) in met {
                let word = words.entry(word).or_default();
                word.segments += 1;
                word.as_name += usize::from(as_name);
                let stretch = word.stretches[file].get_or_insert((at, at));
                stretch.1 = at;
            }
        }
    }
    let kept = words.into_values().filter(|word| {
        let length: usize = word.stretches.iter().flatten().map(|(first, last)| last - first + 1).sum();
        word.segments >= LEAST
            && length <= SPREAD * word.segments
            && count(word.as_name) >= AS_NAME * count(word.segments)
    });
    kept.map(|word| word.stretches).collect()
}

/// The words of `text` with three letters or more; a dot or hyphen inside belongs to one.
fn words_of(text: &str) -> impl Iterator<Item = &str> {
    let pieces = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'));
    pieces.map(|word| word.trim_matches(['.', '-'])).filter(|word| word.len() >= 3)
}

/// The side of each group. Groups come in an order that hangs on the seed and their first segment.
fn sides(files: &[Vec<&Segment>; 3], groups: &[Vec<Option<usize>>; 3], seed: u64) -> BTreeMap<usize, Side> {
    let mut sizes: BTreeMap<usize, (u64, usize)> = BTreeMap::new();
    for (segment, group) in files.iter().flatten().zip(groups.iter().flatten()) {
        if let Some(group) = group {
            let key = || (stable_hash(format!("policy {seed} {}", segment.text).as_bytes()), 0);
            sizes.entry(*group).or_insert_with(key).1 += 1;
        }
    }
    let all = count(files.iter().map(Vec::len).sum());
    let order: BTreeSet<(u64, usize, usize)> = sizes.iter().map(|(group, (key, size))| (*key, *group, *size)).collect();
    let (mut test, mut validation) = (0.0, 0.0);
    let mut sides = BTreeMap::new();
    for (_, group, size) in order {
        let size = count(size);
        let side = if size > LARGE * all {
            Side::Train
        } else if test < TEST * all {
            test += size;
            Side::Test
        } else if validation < VALIDATION * all {
            validation += size;
            Side::Validation
        } else {
            Side::Train
        };
        sides.insert(group, side);
    }
    sides
}

/// Disjoint sets (R. Tarjan, 1975), with the least member as the root.
struct Joined(Vec<usize>);

impl Joined {
    fn new(all: usize) -> Self {
        Self((0..all).collect())
    }

    fn root(&self, mut at: usize) -> usize {
        while self.0[at] != at {
            at = self.0[at];
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }

    fn sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.0.len()];
        (0..self.0.len()).for_each(|at| sizes[self.root(at)] += 1);
        sizes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twenty invented policies, a stretch of each in each file, each with a sentence of no name at its end.
    fn corpus() -> Opp115 {
        let names: Vec<String> = (0..20_u8).map(|at| format!("Widget{}", char::from(b'a' + at))).collect();
        let matters = ["letters", "cookies", "parcels", "stamps", "maps", "songs"];
        let file = |first: usize, last: usize| -> Vec<Segment> {
            let of = |name: &String| -> Vec<Segment> {
                let said = matters[first..last].iter().map(|matter| format!("{name} keeps {matter}, {name} says."));
                let unnamed = format!("so it ends in {} {first}.", name.to_lowercase().replace("widget", "x"));
                said.chain([unnamed]).map(|text| Segment { text, labels: vec![0] }).collect()
            };
            names.iter().flat_map(of).collect()
        };
        let parts = Parts { train: file(0, 3), validation: file(3, 4), test: file(4, 6) };
        Opp115 { labels: vec!["Keeping".into()], parts, lost: 0, leaked: 0 }
    }

    fn named(segments: &[Segment]) -> BTreeSet<&str> {
        segments.iter().filter_map(|one| one.text.split(' ').find(|word| word.starts_with("Widget"))).collect()
    }

    #[test]
    fn no_name_is_in_two_parts_and_unknown_neighbours_are_left_out() {
        let corpus = corpus();
        let groups = policy_groups(&corpus);
        assert_eq!(groups[0].iter().flatten().collect::<BTreeSet<_>>().len(), 20);
        assert!(groups[0][3].is_none(), "a sentence without a name is of an unknown policy");
        for seed in 1..4 {
            let split = PolicySplit::draw(&corpus, seed);
            let parts = &split.parts;
            assert_eq!(split.groups, 20);
            assert!(split.tested > 1 && !parts.validation.is_empty(), "{split:?}");
            let (train, validation, test) = (named(&parts.train), named(&parts.validation), named(&parts.test));
            assert!(train.is_disjoint(&test) && train.is_disjoint(&validation) && validation.is_disjoint(&test));
            assert_eq!(parts.test.len(), 6 * split.tested, "only what names tell is tested on");
            let all = parts.train.len() + parts.validation.len() + parts.test.len();
            assert_eq!(all + split.left_out, 20 * 9);
            assert_eq!(split, PolicySplit::draw(&corpus, seed));
        }
        assert_ne!(PolicySplit::draw(&corpus, 1).parts, PolicySplit::draw(&corpus, 2).parts);
    }

    #[test]
    fn a_word_met_everywhere_joins_nothing() {
        let mut corpus = corpus();
        for segment in corpus.parts.train.iter_mut().step_by(16) {
            segment.text.push_str(" Ask Doubleclock.");
        }
        let groups = policy_groups(&corpus);
        assert_eq!(groups[0].iter().flatten().collect::<BTreeSet<_>>().len(), 20);
    }
}
