//! How much of a choice one document change and one service may have.

use std::collections::HashMap;

use super::item::Item;

/// What is taken so far, and what is the most.
#[derive(Debug)]
pub(super) struct Limits {
    per_change: usize,
    per_service: usize,
    changes: HashMap<(String, String), usize>,
    services: HashMap<String, usize>,
}

impl Limits {
    /// At most `per_change` items of one document change and `per_service`, a share of `count`, of one service.
    pub(super) fn new(count: usize, per_change: usize, per_service: f64) -> Self {
        Self { per_change, per_service: part(count, per_service), changes: HashMap::new(), services: HashMap::new() }
    }

    /// Whether `item` may be taken; if so, it is.
    pub(super) fn takes(&mut self, item: &Item) -> bool {
        let of_change = self.changes.entry((item.commit.clone(), item.path.clone())).or_default();
        let of_service = self.services.entry(item.service.clone()).or_default();
        if *of_change >= self.per_change || *of_service >= self.per_service {
            return false;
        }
        *of_change += 1;
        *of_service += 1;
        true
    }
}

/// `share` of `count`, rounded up: a share that is not nothing is at least one.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a count that fits the memory"
)]
fn part(count: usize, share: f64) -> usize {
    (count as f64 * share.clamp(0.0, 1.0)).ceil() as usize
}
