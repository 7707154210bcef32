//! A collection: its documents and their recorded revisions.

use std::sync::Arc;

use jiff::Timestamp;

use super::{ClauseLine, Permalinks, SourceError, archive::ArchiveReader, folder::FolderReader, git::GitReader};
use crate::outcome::Note;

/// Identity of a version's bytes: equal exactly when the bytes are (a git blob hash).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentId(pub [u8; 20]);

impl ContentId {
    /// The identity of `bytes`, computed as git does for a blob.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let id = gix::objs::compute_hash(gix::hash::Kind::Sha1, gix::objs::Kind::Blob, bytes);
        Self(id.ok().and_then(|id| id.as_slice().try_into().ok()).unwrap_or_default())
    }
}

/// What the recorder says that it recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordKind {
    /// The first version of a document (`First record of`, `Start tracking`).
    First,
    /// A change of the service's text (`Record new changes of`, `Update`).
    Change,
    /// The recorder's own upgrade (`Apply technical or declaration upgrade on`, `Refilter`).
    Technical,
    /// It does not say: a folder, or a commit made by hand.
    Unsaid,
}

impl RecordKind {
    /// Reads the first line of a commit message. The wordings are those of the
    /// Open Terms Archive engine, today's and those before version 0.20 of it.
    #[must_use]
    pub fn of_subject(subject: &str) -> Self {
        const WORDINGS: [(&str, RecordKind); 7] = [
            ("First record of ", RecordKind::First),
            ("Start tracking ", RecordKind::First),
            ("Record new changes of ", RecordKind::Change),
            ("Update ", RecordKind::Change),
            ("Apply technical or declaration upgrade on ", RecordKind::Technical),
            ("Apply technical upgrade on ", RecordKind::Technical),
            ("Refilter ", RecordKind::Technical),
        ];
        WORDINGS.iter().find(|(words, _)| subject.starts_with(words)).map_or(Self::Unsaid, |&(_, kind)| kind)
    }
}

/// One commit (or, in a folder, one dated file).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitInfo {
    /// Its hash in hex, or the file-name date where there are no commits.
    pub id: String,
    /// When it was recorded.
    pub date: Timestamp,
    /// What the recorder says.
    pub record: RecordKind,
}

/// The place of a document in its collection.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocumentPath {
    /// Path in the repository, as recorded.
    pub path: String,
    /// The service.
    pub service: String,
    /// The terms type, without the part.
    pub terms_type: String,
    /// The part (`#doc`) of terms that are recorded in several files.
    pub part: Option<String>,
}

impl DocumentPath {
    /// Reads `<service>/<terms type>[ #doc].md`; nothing for any other path.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let (service, file) = path.rsplit_once('/')?;
        let name = file.strip_suffix(".md")?;
        let (terms_type, part) = match name.split_once(" #") {
            Some((terms_type, part)) => (terms_type, Some(part.to_owned())),
            None => (name, None),
        };
        (!service.is_empty() && !terms_type.is_empty()).then(|| Self {
            path: path.to_owned(),
            service: service.to_owned(),
            terms_type: terms_type.to_owned(),
            part,
        })
    }
}

/// One recorded change of one document: the bytes before and after.
#[derive(Debug, Clone)]
pub struct Revision {
    /// Place in the topological order of the whole collection.
    pub order: u32,
    /// The commit that records it.
    pub commit: Arc<CommitInfo>,
    /// The bytes before; none for a first record.
    pub old: Option<ContentId>,
    /// The bytes after; none when the document was dropped.
    pub new: Option<ContentId>,
}

/// A document and its revisions, oldest first.
#[derive(Debug, Clone)]
pub struct Document {
    /// Where it stands.
    pub path: DocumentPath,
    /// Its revisions in topological order.
    pub revisions: Vec<Revision>,
}

/// The text of a version.
#[derive(Debug, Clone, Default)]
pub struct Version {
    /// The Markdown.
    pub text: String,
    /// What had to be mended to read it.
    pub notes: Vec<Note>,
}

impl Version {
    /// Decodes `bytes`: invalid UTF-8 is replaced and noted, an overlong version is cut and noted.
    #[must_use]
    pub fn decode(bytes: Vec<u8>) -> Self {
        let mut notes = Vec::new();
        let mut text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                notes.push(Note::InvalidUtf8 { at: error.utf8_error().valid_up_to() });
                String::from_utf8_lossy(error.as_bytes()).into_owned()
            }
        };
        if text.len() > super::MAX_VERSION_BYTES {
            notes.push(Note::Cut { len: text.len(), kept: super::MAX_VERSION_BYTES });
            let end = (0..=super::MAX_VERSION_BYTES).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
            text.truncate(end);
        }
        Self { text, notes }
    }
}

/// Where the bytes of versions come from.
#[derive(Debug, Clone)]
pub(super) enum Store {
    Git(super::git::GitStore),
    Folder(super::folder::FolderStore),
    Archive(super::archive::ArchiveStore),
    Memory(Arc<std::collections::HashMap<ContentId, String>>),
}

/// A collection, opened: the whole of its history, without the texts.
#[derive(Debug, Clone)]
pub struct Collection {
    /// Its name, such as `vlopses-us`.
    pub name: String,
    /// Its documents in the order of their paths.
    pub documents: Vec<Document>,
    /// Links to its hosting site.
    pub permalinks: Option<Permalinks>,
    /// Clause changes given as JSON Lines stand alone: no Markdown, no history.
    pub clause_lines: Arc<Vec<ClauseLine>>,
    pub(super) store: Store,
}

/// Reads versions; one for each thread.
#[derive(Debug)]
pub enum Reader {
    /// From a repository.
    Git(Box<GitReader>),
    /// From a folder.
    Folder(FolderReader),
    /// From a zip archive.
    Archive(Box<ArchiveReader>),
    /// From memory.
    Memory(Arc<std::collections::HashMap<ContentId, String>>),
}

impl Collection {
    /// A reader of its versions.
    ///
    /// # Errors
    /// When the archive cannot be opened again.
    pub fn reader(&self) -> Result<Reader, SourceError> {
        Ok(match &self.store {
            Store::Git(store) => Reader::Git(Box::new(store.reader())),
            Store::Folder(store) => Reader::Folder(store.reader()),
            Store::Archive(store) => Reader::Archive(Box::new(store.reader()?)),
            Store::Memory(texts) => Reader::Memory(Arc::clone(texts)),
        })
    }

    /// Number of document changes recorded.
    #[must_use]
    pub fn revision_count(&self) -> usize {
        self.documents.iter().map(|document| document.revisions.len()).sum()
    }
}

impl Reader {
    /// The version with the identity `id`.
    ///
    /// # Errors
    /// When its object or file is missing or damaged.
    pub fn version(&mut self, id: ContentId) -> Result<Version, SourceError> {
        Ok(Version::decode(match self {
            Self::Git(reader) => reader.bytes(id)?,
            Self::Folder(reader) => reader.bytes(id)?,
            Self::Archive(reader) => reader.bytes(id)?,
            Self::Memory(texts) => texts.get(&id).cloned().unwrap_or_default().into_bytes(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_of_today_and_of_the_past() {
        let cases = [
            ("First record of Lumeshore Privacy Policy", RecordKind::First),
            ("Start tracking Lumeshore Privacy Policy", RecordKind::First),
            ("Record new changes of Lumeshore Privacy Policy", RecordKind::Change),
            ("Update Lumeshore Privacy Policy", RecordKind::Change),
            ("Apply technical or declaration upgrade on Lumeshore Privacy Policy", RecordKind::Technical),
            ("Refilter Lumeshore Privacy Policy", RecordKind::Technical),
            ("Fix links", RecordKind::Unsaid),
        ];
        for (subject, kind) in cases {
            assert_eq!(RecordKind::of_subject(subject), kind, "{subject}");
        }
    }

    #[test]
    fn paths_of_documents() {
        let parsed = DocumentPath::parse("Lumeshore/Terms of Service #annex.md");
        assert_eq!(
            parsed,
            Some(DocumentPath {
                path: "Lumeshore/Terms of Service #annex.md".into(),
                service: "Lumeshore".into(),
                terms_type: "Terms of Service".into(),
                part: Some("annex".into()),
            })
        );
        for other in ["README.md", "LICENSE", "Lumeshore/notes.txt", "/x.md", "a/.md"] {
            assert_eq!(DocumentPath::parse(other), None, "{other}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced_and_noted() {
        let version = Version::decode(b"caf\xe9 terms".to_vec());
        assert_eq!(version.text, "caf\u{fffd} terms");
        assert_eq!(version.notes, [Note::InvalidUtf8 { at: 3 }]);
    }
}
