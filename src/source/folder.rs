//! Folders of dated versions: `Service/Terms type/2025-01-31T10-00-00Z.md`, the layout of the
//! datasets that Open Terms Archive publishes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::SourceError;
use super::collection::{
    Collection, CommitInfo, ContentId, Document, DocumentPath, RecordKind, Revision, Store, Version,
};

/// Where each version lies.
#[derive(Debug, Clone)]
pub(super) struct FolderStore {
    files: Arc<HashMap<ContentId, PathBuf>>,
}

/// Reads versions from a folder.
#[derive(Debug)]
pub struct FolderReader {
    files: Arc<HashMap<ContentId, PathBuf>>,
}

impl FolderStore {
    pub(super) fn reader(&self) -> FolderReader {
        FolderReader { files: Arc::clone(&self.files) }
    }
}

impl FolderReader {
    pub(super) fn bytes(&mut self, id: ContentId) -> Result<Vec<u8>, SourceError> {
        let path = self.files.get(&id).cloned().unwrap_or_default();
        read(&path)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, SourceError> {
    std::fs::read(path).map_err(|source| SourceError::Io { path: path.into(), source })
}

/// A dated version: where its document stands, and when it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dated {
    pub(super) path: DocumentPath,
    pub(super) name: String,
    pub(super) date: Timestamp,
}

impl Dated {
    /// Reads `…/Service/Terms type/2025-01-31T10-00-00Z.md`; nothing for any other path.
    pub(super) fn parse(path: &str) -> Option<Self> {
        let mut parts = path.rsplit('/');
        let name = parts.next()?.strip_suffix(".md")?.to_owned();
        let (terms, service) = (parts.next()?, parts.next()?);
        let (day, time) = name.split_once('T')?;
        let date = format!("{day}T{}", time.replace('-', ":")).parse().ok()?;
        Some(Self { path: DocumentPath::parse(&format!("{service}/{terms}.md"))?, name, date })
    }
}

/// Makes the history of a collection from its dated versions and the identities of their bytes.
/// Here the date is all there is to order by; the name breaks ties.
pub(super) fn documents(mut versions: Vec<(Dated, ContentId)>) -> Vec<Document> {
    versions.sort_by(|(a, _), (b, _)| (a.date, &a.path, &a.name).cmp(&(b.date, &b.path, &b.name)));
    let mut by_path: std::collections::BTreeMap<DocumentPath, Vec<Revision>> = std::collections::BTreeMap::new();
    let mut order = 0;
    for (dated, id) in versions {
        let revisions = by_path.entry(dated.path).or_default();
        let old = revisions.last().and_then(|last| last.new);
        if old == Some(id) {
            continue;
        }
        let commit = Arc::new(CommitInfo { id: dated.name, date: dated.date, record: RecordKind::Unsaid });
        revisions.push(Revision { order, commit, old, new: Some(id) });
        order += 1;
    }
    by_path.into_iter().map(|(path, revisions)| Document { path, revisions }).collect()
}

/// Opens the folder at `path`; nothing if it holds no dated version.
pub(super) fn open(path: &Path) -> Result<Option<Collection>, SourceError> {
    let mut versions = Vec::new();
    let mut files = HashMap::new();
    for service in folders(path)? {
        for terms in folders(&service)? {
            for file in children(&terms)? {
                let Some(dated) = file.to_str().and_then(Dated::parse) else { continue };
                let id = ContentId::of(&read(&file)?);
                files.insert(id, file);
                versions.push((dated, id));
            }
        }
    }
    if versions.is_empty() {
        return Ok(None);
    }
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
    Ok(Some(Collection {
        name: absolute.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        documents: documents(versions),
        permalinks: None,
        clause_lines: Arc::default(),
        store: Store::Folder(FolderStore { files: Arc::new(files) }),
    }))
}

/// A folder of dated versions that the program holds in itself: paths and bytes.
#[must_use]
pub fn embedded<'a>(name: &str, files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Collection {
    let mut versions = Vec::new();
    let mut texts = HashMap::new();
    for (path, bytes) in files {
        let Some(dated) = Dated::parse(path) else { continue };
        let id = ContentId::of(bytes);
        texts.insert(id, Version::decode(bytes.to_vec()).text);
        versions.push((dated, id));
    }
    Collection {
        name: name.to_owned(),
        documents: documents(versions),
        permalinks: None,
        clause_lines: Arc::default(),
        store: Store::Memory(Arc::new(texts)),
    }
}

fn folders(path: &Path) -> Result<Vec<PathBuf>, SourceError> {
    Ok(children(path)?.into_iter().filter(|child| child.is_dir()).collect())
}

/// The entries of a folder in the order of their names.
fn children(path: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let failed = |source| SourceError::Io { path: path.into(), source };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).map_err(failed)? {
        found.push(entry.map_err(failed)?.path());
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_dated_versions() {
        let dated = Dated::parse("x/Lumeshore/Privacy Policy/2025-01-31T10-00-05Z.md");
        assert_eq!(dated.as_ref().map(|dated| dated.path.path.as_str()), Some("Lumeshore/Privacy Policy.md"));
        assert_eq!(dated.map(|dated| dated.date.to_string()).as_deref(), Some("2025-01-31T10:00:05Z"));
        for other in ["README.md", "Lumeshore/Privacy Policy/latest.md", "a/b/2025-13-01T00-00-00Z.md"] {
            assert_eq!(Dated::parse(other), None, "{other}");
        }
    }
}
