//! Zip archives of dated versions, as published.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zip::ZipArchive;

use super::collection::{Collection, ContentId, Store};
use super::folder::{Dated, documents};
use super::{MAX_VERSION_BYTES, SourceError};

/// Where each version lies in the archive.
#[derive(Debug, Clone)]
pub(super) struct ArchiveStore {
    path: PathBuf,
    entries: Arc<HashMap<ContentId, usize>>,
}

/// Reads versions from a zip archive.
#[derive(Debug)]
pub struct ArchiveReader {
    path: PathBuf,
    archive: ZipArchive<BufReader<File>>,
    entries: Arc<HashMap<ContentId, usize>>,
}

impl ArchiveStore {
    pub(super) fn reader(&self) -> Result<ArchiveReader, SourceError> {
        Ok(ArchiveReader {
            path: self.path.clone(),
            archive: open_zip(&self.path)?,
            entries: Arc::clone(&self.entries),
        })
    }
}

impl ArchiveReader {
    pub(super) fn bytes(&mut self, id: ContentId) -> Result<Vec<u8>, SourceError> {
        let index = self.entries.get(&id).copied().unwrap_or(usize::MAX);
        entry(&mut self.archive, index, &self.path)
    }
}

fn open_zip(path: &Path) -> Result<ZipArchive<BufReader<File>>, SourceError> {
    let file = File::open(path).map_err(|source| SourceError::Io { path: path.into(), source })?;
    ZipArchive::new(BufReader::new(file)).map_err(|source| SourceError::Archive { path: path.into(), source })
}

/// The bytes of the entry at `index`. An entry that unpacks to more than a version may hold
/// is cut one byte past the limit, so that decoding notes it: a small archive cannot fill the memory.
fn entry(archive: &mut ZipArchive<BufReader<File>>, index: usize, path: &Path) -> Result<Vec<u8>, SourceError> {
    let file = archive.by_index(index).map_err(|source| SourceError::Archive { path: path.into(), source })?;
    let mut bytes = Vec::new();
    file.take(MAX_VERSION_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| SourceError::Io { path: path.into(), source })?;
    Ok(bytes)
}

/// Opens the archive at `path`; nothing if it holds no dated version.
pub(super) fn open(path: &Path) -> Result<Option<Collection>, SourceError> {
    let mut archive = open_zip(path)?;
    let mut versions = Vec::new();
    let mut entries = HashMap::new();
    for index in 0..archive.len() {
        let known = archive.name_for_index(index).and_then(Result::ok).and_then(|name| Dated::parse(&name));
        let Some(dated) = known else { continue };
        let bytes = entry(&mut archive, index, path)?;
        let id = ContentId::of(&bytes);
        entries.insert(id, index);
        versions.push((dated, id));
    }
    if versions.is_empty() {
        return Ok(None);
    }
    Ok(Some(Collection {
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        documents: documents(versions),
        permalinks: None,
        clause_lines: Arc::default(),
        store: Store::Archive(ArchiveStore { path: path.into(), entries: Arc::new(entries) }),
    }))
}
