//! Whether files of labels are sound: valid, each item once, no document on both sides.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::item::StandoffLabel;
use super::label::checked;
use super::split::Split;
use crate::source::DocumentPath;

/// What a check found.
#[derive(Debug, Default)]
pub struct CheckReport {
    /// Numbers of items by what they are counted by: `materiality substantive`, `category minors`, …
    pub counts: BTreeMap<String, usize>,
    /// What is wrong, in words.
    pub faults: Vec<String>,
}

/// Checks the `parts` of a dataset: each a split and its labels.
#[must_use]
pub fn check(parts: &[(Split, Vec<StandoffLabel>)]) -> CheckReport {
    let mut report = CheckReport::default();
    let mut ids = HashSet::new();
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
            if let Err(why) = checked(&label.labels) {
                report.faults.push(format!("item {}: {why}", label.id));
            }
            if label.before.is_none() && label.after.is_none() {
                report.faults.push(format!("item {} names no clause", label.id));
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
