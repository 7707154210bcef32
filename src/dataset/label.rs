//! Joins what an annotator said to the items, and leaves their texts out.

use std::collections::HashMap;

use serde::Deserialize;

use super::item::{DatasetError, DatasetLine, Item, Labels, StandoffLabel};
use crate::taxonomy::{Category, Effect, GUIDELINES, Materiality};

/// The highest grade of interest.
pub(super) const MOST_INTEREST: u8 = 4;

/// One line of an annotation, in the format of the guidelines.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Annotation {
    /// The item.
    pub id: String,
    /// The labels.
    #[serde(flatten)]
    pub labels: Labels,
}

impl DatasetLine for Annotation {
    const WHAT: &'static str = "an annotation: a JSON object with id, materiality, categories and effect";
}

/// Stand-off labels from `items` and what `annotator` said of them, in the order of the items.
///
/// # Errors
/// When an item has no annotation or several, an annotation no item, or a label is not of the taxonomy.
pub fn label(items: &[Item], annotations: &[Annotation], annotator: &str) -> Result<Vec<StandoffLabel>, DatasetError> {
    let mut said: HashMap<&str, &Labels> = HashMap::with_capacity(annotations.len());
    for annotation in annotations {
        if said.insert(&annotation.id, &annotation.labels).is_some() {
            return Err(DatasetError::Mismatch(format!("item {} is annotated twice", annotation.id)));
        }
    }
    let labels = items
        .iter()
        .map(|item| {
            let labels = said
                .remove(item.id.as_str())
                .ok_or_else(|| DatasetError::Mismatch(format!("item {} has no annotation", item.id)))?;
            let labels = checked(labels).map_err(|why| DatasetError::Mismatch(format!("item {}: {why}", item.id)))?;
            Ok(StandoffLabel {
                id: item.id.clone(),
                collection: item.collection.clone(),
                commit: item.commit.clone(),
                path: item.path.clone(),
                kind: item.kind.clone(),
                before: item.before_ref.clone(),
                after: item.after_ref.clone(),
                context: item.context_hash(),
                labels,
                guidelines: GUIDELINES,
                annotator: annotator.to_owned(),
            })
        })
        .collect::<Result<Vec<_>, DatasetError>>()?;
    match said.into_keys().min() {
        Some(id) => Err(DatasetError::Mismatch(format!("annotation {id} belongs to no item"))),
        None => Ok(labels),
    }
}

/// `labels` with every id known and the categories in the order of the taxonomy, each once.
pub(super) fn checked(labels: &Labels) -> Result<Labels, String> {
    if Materiality::from_id(&labels.materiality).is_none() {
        return Err(format!("{} is no materiality", labels.materiality));
    }
    if Effect::from_id(&labels.effect).is_none() {
        return Err(format!("{} is no effect", labels.effect));
    }
    if let Some(grade) = labels.interest.filter(|&grade| grade > MOST_INTEREST) {
        return Err(format!("{grade} is no grade of interest: 0 to {MOST_INTEREST}"));
    }
    let mut categories = labels
        .categories
        .iter()
        .map(|id| Category::from_id(id).ok_or_else(|| format!("{id} is no category")))
        .collect::<Result<Vec<_>, _>>()?;
    categories.sort_unstable();
    categories.dedup();
    Ok(Labels {
        categories: categories.into_iter().map(|category| category.id().to_owned()).collect(),
        ..labels.clone()
    })
}
