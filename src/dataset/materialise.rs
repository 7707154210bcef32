//! Puts the texts back into stand-off labels, from clones of the collections.

use std::collections::{BTreeMap, HashMap};

use super::item::{ClauseRef, Item, StandoffLabel, context_hash};
use super::rendered::{FoundClause, Rendered};
use crate::source::{Collection, ContentId, DocumentPath, Reader};

/// A label whose text was not found, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// The identity of the clause change.
    pub id: String,
    /// Why, in words.
    pub reason: String,
}

/// What came back.
#[derive(Debug, Default)]
pub struct Materialised {
    /// Items with texts and labels, in the order of the labels.
    pub items: Vec<Item>,
    /// Labels whose texts are not there.
    pub misses: Vec<Miss>,
    /// Items whose clause is there but stands under other headings than when it was labelled.
    pub moved_context: usize,
}

/// Reads the texts of `labels` from `collections`, found by name.
#[must_use]
pub fn materialise(labels: &[StandoffLabel], collections: &[Collection]) -> Materialised {
    let mut found: Vec<Option<Result<(Item, bool), String>>> = labels.iter().map(|_| None).collect();
    // Document by document, so that each version is read and cut once.
    let mut by_document: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (at, label) in labels.iter().enumerate() {
        by_document.entry((&label.collection, &label.path)).or_default().push(at);
    }
    for ((name, path), places) in by_document {
        let collection = collections.iter().find(|collection| collection.name == name);
        let mut document = collection.map(|collection| Document::open(collection, path));
        for at in places {
            let Some(label) = labels.get(at) else { continue };
            let item = match &mut document {
                None => Err(format!("collection {name} was not given")),
                Some(Err(reason)) => Err(reason.clone()),
                Some(Ok(document)) => document.item(label),
            };
            if let Some(slot) = found.get_mut(at) {
                *slot = Some(item);
            }
        }
    }
    let mut result = Materialised::default();
    for (label, found) in labels.iter().zip(found) {
        match found {
            Some(Ok((item, moved))) => {
                result.items.push(item);
                result.moved_context += usize::from(moved);
            }
            Some(Err(reason)) => result.misses.push(Miss { id: label.id.clone(), reason }),
            None => result.misses.push(Miss { id: label.id.clone(), reason: "was not looked for".into() }),
        }
    }
    result
}

/// One document of a collection, with the versions read so far.
struct Document {
    reader: Reader,
    path: DocumentPath,
    contents: HashMap<String, ContentId>,
    versions: HashMap<ContentId, Rendered>,
}

impl Document {
    fn open(collection: &Collection, path: &str) -> Result<Self, String> {
        let document = collection
            .documents
            .iter()
            .find(|document| document.path.path == path)
            .ok_or_else(|| format!("{path} is not in {}", collection.name))?;
        let contents = document
            .revisions
            .iter()
            .filter_map(|revision| Some((revision.commit.id.clone(), revision.new?)))
            .collect();
        let reader = collection.reader().map_err(|error| error.to_string())?;
        Ok(Self { reader, path: document.path.clone(), contents, versions: HashMap::new() })
    }

    /// The item of `label`, and whether its context is not what it was.
    fn item(&mut self, label: &StandoffLabel) -> Result<(Item, bool), String> {
        let before = label.before.as_ref().map(|at| self.clause(at)).transpose()?;
        let after = label.after.as_ref().map(|at| self.clause(at)).transpose()?;
        let context = after.as_ref().or(before.as_ref()).ok_or("the label names no clause")?;
        let (headings, lead_in) = (context.headings.clone(), context.lead_in.clone());
        let moved = context_hash(&headings, &lead_in) != label.context;
        let item = Item {
            id: label.id.clone(),
            before: before.map(|clause| clause.text),
            after: after.map(|clause| clause.text),
            headings,
            lead_in,
            service: self.path.service.clone(),
            terms_type: self.path.terms_type.clone(),
            kind: label.kind.clone(),
            collection: label.collection.clone(),
            commit: label.commit.clone(),
            path: label.path.clone(),
            before_ref: label.before.clone(),
            after_ref: label.after.clone(),
            labels: Some(label.labels.clone()),
        };
        Ok((item, moved))
    }

    fn clause(&mut self, wanted: &ClauseRef) -> Result<FoundClause, String> {
        let content = *self
            .contents
            .get(&wanted.commit)
            .ok_or_else(|| format!("no version of {} was recorded by {}", self.path.path, wanted.commit))?;
        if !self.versions.contains_key(&content) {
            let version = self.reader.version(content).map_err(|error| error.to_string())?;
            self.versions.insert(content, Rendered::of(&version.text));
        }
        self.versions.get(&content).and_then(|version| version.find(wanted)).ok_or_else(|| {
            format!("bytes {}..{} at {} hold another text", wanted.span[0], wanted.span[1], wanted.commit)
        })
    }
}
