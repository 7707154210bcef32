//! Two files: a document before and after.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::SourceError;
use super::collection::{Collection, CommitInfo, ContentId, Document, DocumentPath, RecordKind, Revision, Store};
use super::folder::{FolderStore, Place, read_bounded};

/// The name of the collection that a pair is.
const NAME: &str = "pair";

impl Collection {
    /// Whether it is two files and not a collection with a name of its own.
    #[must_use]
    pub fn is_pair(&self) -> bool {
        self.name == NAME
    }
}

/// The change from the file `old` to the file `new`, as a collection of one document.
pub(super) fn open(old: &Path, new: &Path) -> Result<Collection, SourceError> {
    let mut places = HashMap::new();
    let mut read = |path: &Path| {
        let bytes = std::fs::File::open(path)
            .and_then(read_bounded)
            .map_err(|source| SourceError::Io { path: path.into(), source })?;
        let id = ContentId::of(&bytes);
        places.insert(id, Place::Held(bytes));
        Ok(id)
    };
    let (before, after) = (read(old)?, read(new)?);
    let name = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let service = new.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
    let path = DocumentPath {
        path: new.display().to_string(),
        service: if service.is_empty() { name(new) } else { service },
        terms_type: name(new),
        part: None,
    };
    let commit = |which: &Path| {
        Arc::new(CommitInfo {
            id: which.display().to_string(),
            date: Timestamp::UNIX_EPOCH,
            record: RecordKind::Unsaid,
        })
    };
    let mut revisions = vec![Revision { order: 0, commit: commit(old), old: None, new: Some(before) }];
    if before != after {
        revisions.push(Revision { order: 1, commit: commit(new), old: Some(before), new: Some(after) });
    }
    Ok(Collection {
        name: NAME.into(),
        documents: vec![Document { path, revisions }],
        permalinks: None,
        clause_lines: Arc::default(),
        store: Store::Folder(FolderStore::new(places, Vec::new())),
    })
}
