//! Whether files of labels are sound: valid, each item once, no document on both sides.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::item::{ClauseRef, Labels, StandoffLabel};
use super::label::checked;
use super::split::Split;
use crate::source::DocumentPath;
use crate::taxonomy::{Effect, GUIDELINES, Materiality};

/// What a check found.
#[derive(Debug, Default)]
pub struct CheckReport {
    /// Numbers of items by what they are counted by: `materiality substantive`, `category minors`, …
    pub counts: BTreeMap<String, usize>,
    /// What is wrong, in words.
    pub faults: Vec<String>,
}

/// What makes two labels speak of the same clause change: its document change, and the bytes of both sides.
type Place<'a> = (&'a str, &'a str, &'a str, Option<[u32; 2]>, Option<[u32; 2]>);

/// Checks the `parts` of a dataset: each a split and its labels.
#[must_use]
pub fn check(parts: &[(Split, Vec<StandoffLabel>)]) -> CheckReport {
    let mut report = CheckReport::default();
    let mut ids = HashSet::new();
    let mut places: HashMap<Place<'_>, &str> = HashMap::new();
    let mut sides: HashMap<(&str, &str), Split> = HashMap::new();
    for (split, labels) in parts {
        for label in labels {
            *report.counts.entry(format!("split {}", split.id())).or_default() += 1;
            *report.counts.entry(format!("kind {}", label.kind)).or_default() += 1;
            *report.counts.entry(format!("collection {}", label.collection)).or_default() += 1;
            *report.counts.entry(format!("materiality {}", label.labels.materiality)).or_default() += 1;
            *report.counts.entry(format!("effect {}", label.labels.effect)).or_default() += 1;
            for category in &label.labels.categories {
                *report.counts.entry(format!("category {category}")).or_default() += 1;
            }
            if !ids.insert(&label.id) {
                report.faults.push(format!("item {} is there twice", label.id));
            }
            report.faults.extend(faults(label).into_iter().map(|why| format!("item {}: {why}", label.id)));
            let first = *places.entry(place(label)).or_insert(&label.id);
            if first != label.id {
                report.faults.push(format!("items {first} and {} are the same clause change", label.id));
            }
            let side = sides.entry((&label.collection, &label.path)).or_insert(*split);
            if side != split {
                report.faults.push(format!("{} in {} is in both splits", label.path, label.collection));
            }
            let due = DocumentPath::parse(&label.path).map(|path| Split::of_service(&path.service));
            if due != Some(*split) {
                report.faults.push(format!("item {}: {} belongs in the other split", label.id, label.path));
            }
        }
    }
    report
}

fn place(label: &StandoffLabel) -> Place<'_> {
    let span = |side: Option<&ClauseRef>| side.map(|clause| clause.span);
    (&label.collection, &label.commit, &label.path, span(label.before.as_ref()), span(label.after.as_ref()))
}

/// What cannot be, whatever the texts are.
fn faults(label: &StandoffLabel) -> Vec<String> {
    let mut faults = Vec::new();
    faults.extend(checked(&label.labels).err());
    let Labels { materiality, categories, effect, .. } = &label.labels;
    // By the guidelines, what is cosmetic touches no matter and changes nothing for anybody.
    if materiality == Materiality::Cosmetic.id() && !(categories.is_empty() && effect == Effect::Neutral.id()) {
        faults.push("cosmetic, but with a category or an effect".to_owned());
    }
    match (label.kind.as_str(), label.before.is_some(), label.after.is_some()) {
        (_, false, false) => faults.push("names no clause".to_owned()),
        ("added", false, true) | ("removed", true, false) | ("modified" | "moved", true, true) => {}
        ("added" | "removed" | "modified" | "moved", ..) => {
            faults.push(format!("{} does not go with the sides that it names", label.kind));
        }
        (kind, ..) => faults.push(format!("{kind:?} is no kind of clause change")),
    }
    for clause in label.before.iter().chain(&label.after) {
        let [start, end] = clause.span;
        if clause.commit.is_empty() || start >= end || !is_hash(&clause.hash) {
            let (commit, hash) = (&clause.commit, &clause.hash);
            faults.push(format!("bytes {start}..{end} at {commit:?} with hash {hash:?} are no place"));
        }
    }
    if !is_hash(&label.context) {
        faults.push(format!("{:?} is no hash of a context", label.context));
    }
    if !(1..=GUIDELINES).contains(&label.guidelines) {
        faults.push(format!("version {} of the guidelines is not known; the last is {GUIDELINES}", label.guidelines));
    }
    if label.annotator.trim().is_empty() {
        faults.push("does not say who annotated".to_owned());
    }
    faults
}

/// Whether `text` can be what [`ClauseRef::hash_of`] gives.
fn is_hash(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A sound label of a service for training, with the fields of `other` in place of its own.
    fn label(other: &Value) -> StandoffLabel {
        let service = ["A", "B", "C", "D", "E"].into_iter().find(|one| Split::of_service(one) == Split::Train).unwrap();
        let mut sound = json!({
            "id": "1", "collection": "c", "commit": "2", "path": format!("{service}/Privacy Policy.md"),
            "kind": "modified", "before_ref": {"commit": "1", "span": [0, 9], "hash": "0123456789abcdef"},
            "after_ref": {"commit": "2", "span": [0, 8], "hash": "fedcba9876543210"}, "context": "0000000000000000",
            "materiality": "substantive", "categories": ["minors"], "effect": "adverse", "guidelines": GUIDELINES,
            "annotator": "A. Reader"
        });
        for (name, value) in other.as_object().unwrap() {
            sound[name] = value.clone();
        }
        serde_json::from_value(sound).unwrap()
    }

    fn said(labels: &[Value]) -> String {
        check(&[(Split::Train, labels.iter().map(label).collect())]).faults.join("\n")
    }

    #[test]
    fn what_cannot_be_is_a_fault() {
        assert_eq!(said(&[json!({})]), "");
        assert_eq!(said(&[json!({"materiality": "cosmetic", "categories": [], "effect": "neutral"})]), "");
        assert_eq!(said(&[json!({"kind": "added", "before_ref": null})]), "");
        let cases = [
            (json!({"effect": "bad"}), "bad is no effect"),
            (json!({"materiality": "cosmetic"}), "cosmetic, but with a category or an effect"),
            (json!({"kind": "changed"}), "\"changed\" is no kind of clause change"),
            (json!({"kind": "added"}), "added does not go with the sides that it names"),
            (json!({"after_ref": null}), "modified does not go with the sides that it names"),
            (json!({"before_ref": null, "after_ref": null}), "names no clause"),
            (json!({"after_ref": {"commit": "2", "span": [8, 8], "hash": "fedcba9876543210"}}), "bytes 8..8 at \"2\""),
            (json!({"after_ref": {"commit": "2", "span": [0, 8], "hash": "abc"}}), "with hash \"abc\" are no place"),
            (json!({"context": ""}), "\"\" is no hash of a context"),
            (json!({"guidelines": 0}), "version 0 of the guidelines is not known"),
            (json!({"annotator": " "}), "does not say who annotated"),
            (json!({"path": "nowhere"}), "nowhere belongs in the other split"),
        ];
        for (other, expected) in cases {
            let said = said(&[other]);
            assert!(said.starts_with("item 1: ") && said.contains(expected) && !said.contains('\n'), "{said}");
        }
    }

    #[test]
    fn no_item_stands_twice_and_no_clause_change_under_two_ids() {
        assert_eq!(said(&[json!({}), json!({})]), "item 1 is there twice");
        assert_eq!(said(&[json!({}), json!({"id": "2"})]), "items 1 and 2 are the same clause change");
        let other = json!({"id": "2", "before_ref": {"commit": "1", "span": [10, 19], "hash": "0123456789abcdef"}});
        assert_eq!(said(&[json!({}), other]), "");
    }
}
