//! Folders of dated versions: `Service/Terms type/2025-01-31T10-00-00Z.md`, the layout of the
//! datasets that Open Terms Archive publishes.

use std::collections::HashMap;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::collection::{
    Collection, CommitInfo, ContentId, Document, DocumentPath, RecordKind, Revision, Store, Version,
};
use super::{MAX_READ_BYTES, SourceError};

/// Where each version lies.
#[derive(Debug, Clone)]
pub(super) struct FolderStore {
    places: Arc<HashMap<ContentId, Place>>,
    /// What could not be read as a whole, and why.
    left_out: Arc<[String]>,
}

/// Where the bytes of a version are.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// In a file, from which they are read when they are asked for.
    File(PathBuf),
    /// Here: what they came from may be a pipe, which cannot be read twice.
    Held(Vec<u8>),
}

/// Reads versions from a folder.
#[derive(Debug)]
pub struct FolderReader {
    places: Arc<HashMap<ContentId, Place>>,
}

impl FolderStore {
    pub(super) fn new(places: HashMap<ContentId, Place>, left_out: Vec<String>) -> Self {
        Self { places: Arc::new(places), left_out: left_out.into() }
    }

    pub(super) fn reader(&self) -> FolderReader {
        FolderReader { places: Arc::clone(&self.places) }
    }
}

impl FolderReader {
    pub(super) fn bytes(&mut self, id: ContentId) -> Result<Vec<u8>, SourceError> {
        match self.places.get(&id) {
            Some(Place::File(path)) => read(path),
            Some(Place::Held(bytes)) => Ok(bytes.clone()),
            None => read(Path::new("")),
        }
    }
}

impl Collection {
    /// What of its folder could not be read as a whole, and why: folders, and files without a name in UTF-8. A version
    /// that cannot be read is not among it: it has a revision, and reading that says why.
    #[must_use]
    pub fn left_out(&self) -> &[String] {
        match &self.store {
            Store::Folder(store) => &store.left_out,
            Store::Git(_) | Store::Archive(_) | Store::Memory(_) => &[],
        }
    }
}

/// Reads a regular file. Anything else is not opened: a pipe or a device may never end.
fn read(path: &Path) -> Result<Vec<u8>, SourceError> {
    let bytes = std::fs::metadata(path).and_then(|found| {
        if !found.is_file() {
            return Err(io::Error::other("it is not a regular file"));
        }
        std::fs::File::open(path).and_then(read_bounded)
    });
    bytes.map_err(|source| SourceError::Io { path: path.into(), source })
}

/// The whole of `file`, unless it is too large to be a version.
pub(super) fn read_bounded(file: impl io::Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(MAX_READ_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() <= MAX_READ_BYTES {
        return Ok(bytes);
    }
    Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {} MiB", MAX_READ_BYTES >> 20)))
}

/// The identity of the version called `name` whose bytes cannot be read: like that of no bytes, nor of another name.
pub(super) fn unread(name: &str) -> ContentId {
    ContentId(Sha256::digest(name.as_bytes()).first_chunk().copied().unwrap_or_default())
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
///
/// What cannot be read is left out and told, so that the rest is read.
pub(super) fn open(path: &Path) -> Result<Option<Collection>, SourceError> {
    let failed = |source| SourceError::Io { path: path.into(), source };
    let mut walk = Walk::default();
    for (service, folder) in walk.folders(children(path).map_err(failed)?) {
        let inside = walk.list(&folder);
        for (terms, folder) in walk.folders(inside) {
            walk.versions(&service, &terms, &folder);
        }
    }
    let Walk { versions, places, left_out } = walk;
    if versions.is_empty() {
        // What may not be read may be all there is.
        let forbidden = left_out.into_iter().find(|(_, source)| source.kind() == io::ErrorKind::PermissionDenied);
        return forbidden.map_or(Ok(None), |(path, source)| Err(SourceError::Io { path, source }));
    }
    let left_out = left_out.iter().map(|(path, why)| format!("{}: cannot be read: {why}", path.display())).collect();
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
    Ok(Some(Collection {
        name: absolute.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        documents: documents(versions),
        permalinks: None,
        clause_lines: Arc::default(),
        store: Store::Folder(FolderStore::new(places, left_out)),
    }))
}

/// What is found on the way through a folder.
#[derive(Default)]
struct Walk {
    versions: Vec<(Dated, ContentId)>,
    places: HashMap<ContentId, Place>,
    left_out: Vec<(PathBuf, io::Error)>,
}

impl Walk {
    /// The folders among `entries`, with their names.
    fn folders(&mut self, entries: Vec<PathBuf>) -> Vec<(String, PathBuf)> {
        let mut found = Vec::new();
        for entry in entries {
            match std::fs::metadata(&entry).and_then(|it| it.is_dir().then(|| name(&entry)).transpose()) {
                Ok(Some(name)) => found.push((name, entry)),
                Ok(None) => {}
                Err(error) => self.left_out.push((entry, error)),
            }
        }
        found
    }

    fn list(&mut self, folder: &Path) -> Vec<PathBuf> {
        children(folder).unwrap_or_else(|error| {
            self.left_out.push((folder.into(), error));
            Vec::new()
        })
    }

    /// Takes the versions in the folder of one document.
    fn versions(&mut self, service: &str, terms: &str, folder: &Path) {
        for file in self.list(folder) {
            let name = match name(&file) {
                Ok(name) => name,
                // Other files are no versions, whatever they are called.
                Err(error) if file.extension().is_some_and(|it| it == "md") => {
                    self.left_out.push((file, error));
                    continue;
                }
                Err(_) => continue,
            };
            let path = format!("{service}/{terms}/{name}");
            let Some(dated) = Dated::parse(&path) else { continue };
            let id = read(&file).map_or_else(|_| unread(&path), |bytes| ContentId::of(&bytes));
            self.places.insert(id, Place::File(file));
            self.versions.push((dated, id));
        }
    }
}

/// The last part of `path`, which must be UTF-8: documents are told apart by it.
fn name(path: &Path) -> io::Result<String> {
    let name = path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
    name.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "its name is not UTF-8"))
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

/// The entries of a folder in the order of their names.
fn children(path: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(path)?.map(|entry| Ok(entry?.path()));
    let mut found = entries.collect::<io::Result<Vec<_>>>()?;
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
