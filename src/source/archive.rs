//! Zip archives of dated versions, as published.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zip::ZipArchive;

use super::collection::{Collection, ContentId, Store};
use super::folder::{Dated, documents, unread};
use super::{MAX_VERSION_BYTES, SourceError};

/// An archive may cost this many times its size, and the free part on top, to read. Terms unpack to some ten times what
/// they are packed in; entries that share one packed text, or hold nothing but repetition, to hundreds.
const MOST_TIMES: u64 = 100;
/// What any archive may cost, however small it is.
const FREE_BYTES: u64 = 2 * MAX_VERSION_BYTES as u64;

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
        let mut bytes = Vec::new();
        unpack(&mut self.archive, index, &self.path, &mut bytes)?;
        Ok(bytes)
    }
}

fn open_zip(path: &Path) -> Result<ZipArchive<BufReader<File>>, SourceError> {
    let file = File::open(path).map_err(|source| SourceError::Io { path: path.into(), source })?;
    ZipArchive::new(BufReader::new(file)).map_err(|source| SourceError::Archive { path: path.into(), source })
}

/// Appends the bytes of the entry at `index` to `bytes`, also what can be had of one that is damaged. An entry that
/// unpacks to more than a version may hold is cut one byte past the limit, so that decoding notes it: a small archive
/// cannot fill the memory.
fn unpack(
    archive: &mut ZipArchive<BufReader<File>>,
    index: usize,
    path: &Path,
    bytes: &mut Vec<u8>,
) -> Result<(), SourceError> {
    let file = archive.by_index(index).map_err(|source| SourceError::Archive { path: path.into(), source })?;
    file.take(MAX_VERSION_BYTES as u64 + 1)
        .read_to_end(bytes)
        .map_err(|source| SourceError::Io { path: path.into(), source })?;
    Ok(())
}

/// What reading the entries of an archive has cost, so that a small archive cannot take hours either.
struct Cost {
    /// Length of the archive.
    size: u64,
    spent: u64,
}

impl Cost {
    fn of(path: &Path) -> Result<Self, SourceError> {
        let found = std::fs::metadata(path).map_err(|source| SourceError::Io { path: path.into(), source })?;
        Ok(Self { size: found.len(), spent: 0 })
    }

    fn most(&self) -> u64 {
        self.size.saturating_mul(MOST_TIMES).saturating_add(FREE_BYTES)
    }

    /// Counts an entry that was read from `packed` bytes, as it says itself, and gave `unpacked`. One that gives
    /// nothing may take long too.
    fn add(&mut self, packed: u64, unpacked: usize, path: &Path) -> Result<(), SourceError> {
        self.spent = self.spent.saturating_add(packed.min(self.size)).saturating_add(unpacked as u64);
        if self.spent > self.most() {
            return Err(SourceError::Unpacks { path: path.into(), size: self.size, most: self.most() });
        }
        Ok(())
    }
}

/// Opens the archive at `path`; nothing if it holds no dated version.
pub(super) fn open(path: &Path) -> Result<Option<Collection>, SourceError> {
    let mut archive = open_zip(path)?;
    let mut cost = Cost::of(path)?;
    let mut bytes = Vec::new();
    let mut versions = Vec::new();
    let mut entries = HashMap::new();
    // The folder above each document.
    let mut roots: HashMap<String, String> = HashMap::new();
    for index in 0..archive.len() {
        // A name that is not UTF-8 is read by the old code page of zip archives, so each entry has one.
        let Some(name) = archive.name_for_index(index).and_then(Result::ok).map(Cow::into_owned) else { continue };
        let Some(dated) = Dated::parse(&name) else { continue };
        let root = name.rsplitn(4, '/').nth(3).unwrap_or_default();
        let first = roots.entry(dated.path.path.clone()).or_insert_with(|| root.to_owned());
        if first != root {
            return Err(SourceError::SeveralCollections {
                path: path.into(),
                document: dated.path.path,
                first: first.clone(),
                other: root.into(),
            });
        }
        bytes.clear();
        let read = unpack(&mut archive, index, path, &mut bytes);
        cost.add(archive.by_index_data(index).map_or(0, |entry| entry.compressed_size()), bytes.len(), path)?;
        // One that cannot be read keeps its place, and reading it again says why: the rest is read.
        let id = read.map_or_else(|_| unread(&name), |()| ContentId::of(&bytes));
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use zip::write::SimpleFileOptions;

    fn written(path: &Path, texts: &[Vec<u8>]) {
        written_below(path, texts, |_| "Lumeshore/Terms");
    }

    /// `folder`: where the version of a day lies.
    fn written_below(path: &Path, texts: &[Vec<u8>], folder: fn(usize) -> &'static str) {
        let mut zip = zip::ZipWriter::new(File::create(path).unwrap());
        for (day, text) in (1..).zip(texts) {
            zip.start_file(format!("{}/2025-01-{day:02}T00-00-00Z.md", folder(day)), SimpleFileOptions::default())
                .unwrap();
            zip.write_all(text).unwrap();
        }
        zip.finish().unwrap();
    }

    #[test]
    fn an_archive_that_unpacks_to_far_more_than_its_size_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("terms.zip");
        let text = b"You keep what is yours. ".repeat(1 << 20);
        let shared = |copies: i32| {
            let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
            let name = |day: i32| format!("Lumeshore/Terms/2025-01-{day:02}T00-00-00Z.md");
            zip.start_file(name(1), SimpleFileOptions::default()).unwrap();
            zip.write_all(&text).unwrap();
            for day in 2..=copies {
                zip.shallow_copy_file(&name(1), &name(day)).unwrap();
            }
            zip.finish().unwrap();
        };
        shared(28);
        assert!(matches!(open(&path), Err(SourceError::Unpacks { .. })), "28 entries share 24 MiB of text");
        shared(2);
        assert!(open(&path).unwrap().is_some(), "one text twice is no bomb");
    }

    #[test]
    fn an_entry_that_gives_nothing_costs_what_it_is_read_from() {
        let mut cost = Cost { size: 1 << 20, spent: 0 };
        let entries = (0..1000).take_while(|_| cost.add(u64::MAX, 0, Path::new("terms.zip")).is_ok()).count();
        assert_eq!(entries, 164);
    }

    #[test]
    fn a_damaged_entry_keeps_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("terms.zip");
        let texts: Vec<Vec<u8>> = (0..3).map(|n| format!("Version {n} of the terms.").into_bytes()).collect();
        written(&path, &texts);
        let mut archive = std::fs::read(&path).unwrap();
        // The checksum of the second entry, in the central directory.
        let at = (0..archive.len()).filter(|&at| archive[at..].starts_with(b"PK\x01\x02")).nth(1).unwrap();
        archive[at + 16] ^= 0xff;
        std::fs::write(&path, archive).unwrap();

        let collection = open(&path).unwrap().unwrap();
        let mut reader = collection.reader().unwrap();
        let ids: Vec<ContentId> = collection.documents[0].revisions.iter().filter_map(|it| it.new).collect();
        let read: Vec<Option<String>> = ids.iter().map(|&id| Some(reader.version(id).ok()?.text)).collect();
        let whole = |n: usize| Some(String::from_utf8_lossy(&texts[n]).into_owned());
        assert_eq!(read, [whole(0), None, whole(2)]);
    }

    #[test]
    fn two_collections_in_one_archive_are_not_mixed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("terms.zip");
        let texts = [b"One.".to_vec(), b"Two.".to_vec()];
        written_below(&path, &texts, |day| if day == 1 { "us/Lumeshore/Terms" } else { "gb/Lumeshore/Terms" });
        let said = open(&path).unwrap_err().to_string();
        assert!(said.contains("\"Lumeshore/Terms.md\" stands below \"us\" and below \"gb\""), "{said}");
        written_below(&path, &texts, |_| "us/Lumeshore/Terms");
        assert_eq!(open(&path).unwrap().unwrap().documents.len(), 1);
    }
}
