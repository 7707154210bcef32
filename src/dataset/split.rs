//! Which services are for training and which for development.
//!
//! Split by family of services, never by clause: services of one company copy clauses from each
//! other, so a family is on one side as a whole, in every collection.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::text::stable_hash;

/// Services and the family that they belong to; a service that is not listed is a family of its own.
const FAMILIES: &str = include_str!("data/families.tsv");
/// Families in a hundred that are for development.
const DEV_PERCENT: u64 = 16;
/// Families that are for development whatever the draw says: without them the collections of very large
/// platforms, which few families fill, would not be measured on.
const DEV_FAMILIES: [&str; 2] = ["pinterest", "snapchat"];
/// Families for training in a hundred whose items are set aside while a model is fitted: by them it is stopped and
/// calibrated, so that no number of a model is fitted to the development items.
const TUNE_PERCENT: u64 = 9;

/// A part of the labelled data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Split {
    /// To fit on.
    Train,
    /// To measure on. No weight, calibration or threshold is fitted to it; but ways of doing things were chosen by what
    /// they brought on it, so its measures of what was chosen flatter a little.
    Dev,
}

impl Split {
    /// Its name in files and on the command line.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Dev => "dev",
        }
    }

    /// Whether items of `service` are set aside while a model is fitted.
    #[must_use]
    pub fn is_for_tuning(service: &str) -> bool {
        stable_hash(format!("tune 1 {}", family(service)).as_bytes()) % 100 < TUNE_PERCENT
    }

    /// The split that every document of `service` belongs to.
    #[must_use]
    pub fn of_service(service: &str) -> Self {
        let family = family(service);
        if DEV_FAMILIES.contains(&family.as_str()) {
            return Self::Dev;
        }
        if family.is_empty() || stable_hash(format!("split 1 {family}").as_bytes()) % 100 >= DEV_PERCENT {
            Self::Train
        } else {
            Self::Dev
        }
    }
}

/// The family of `service`: as listed, else its own name in lower case.
pub(crate) fn family(service: &str) -> String {
    static LISTED: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
        FAMILIES
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once('\t'))
            .map(|(service, family)| (service.to_lowercase(), family))
            .collect()
    });
    let service = service.to_lowercase();
    LISTED.get(&service).map_or(service, |&family| family.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_on_one_side() {
        for (a, b) in [("Facebook", "instagram"), ("Google Play", "YouTube"), ("Twitter", "X")] {
            assert_eq!(family(a), family(b));
            assert_eq!(Split::of_service(a), Split::of_service(b));
        }
        assert_ne!(family("Lumeshore"), family("Quillmere"));
    }
}
