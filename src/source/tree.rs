//! Which files differ between two trees.

use std::cmp::Ordering;
use std::path::Path;

use gix::ObjectId;
use gix::objs::{TreeRefIter, tree::EntryKind};

use super::SourceError;
use super::collection::DocumentPath;
use super::git::boxed;

/// Deepest folder that is looked into. Collections are two levels deep.
const MAX_DEPTH: usize = 8;
/// Most files and folders that may differ in one commit. The largest collections have some thousand documents in all; a
/// few hundred bytes of trees that name each other over and over stand for millions of files.
const MAX_DIFFERING: usize = 200_000;

/// One file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileChange {
    pub(super) path: String,
    pub(super) old: Option<ObjectId>,
    pub(super) new: Option<ObjectId>,
}

/// Where trees are read from.
pub(super) trait Trees {
    /// The bytes of the tree `id`.
    fn tree(&mut self, id: ObjectId) -> Result<Vec<u8>, SourceError>;
    /// The repository, for messages.
    fn repository(&self) -> &Path;
}

#[derive(Clone, Copy)]
struct Entry<'a> {
    name: &'a [u8],
    id: ObjectId,
    folder: bool,
}

/// The files that differ between the trees `old` and `new` and stand where documents do, in tree order.
///
/// Folders with equal hashes are not entered, so the cost is that of the trees that differ.
pub(super) fn changed_files(
    old: Option<ObjectId>,
    new: Option<ObjectId>,
    trees: &mut impl Trees,
) -> Result<Vec<FileChange>, SourceError> {
    let mut comparison = Comparison { trees, root: new.or(old), differing: 0, found: Vec::new() };
    comparison.compare(old, new, "", MAX_DEPTH)?;
    Ok(comparison.found)
}

struct Comparison<'t, T> {
    trees: &'t mut T,
    /// The tree of the commit, for messages.
    root: Option<ObjectId>,
    /// Files and folders that differ, whatever they are called.
    differing: usize,
    found: Vec<FileChange>,
}

impl<T: Trees> Comparison<'_, T> {
    fn compare(
        &mut self,
        old: Option<ObjectId>,
        new: Option<ObjectId>,
        prefix: &str,
        depth: usize,
    ) -> Result<(), SourceError> {
        if old == new || depth == 0 {
            return Ok(());
        }
        let old_data = old.map(|id| self.trees.tree(id)).transpose()?.unwrap_or_default();
        let new_data = new.map(|id| self.trees.tree(id)).transpose()?.unwrap_or_default();
        let (mut olds, mut news) = (entries(&old_data).peekable(), entries(&new_data).peekable());
        loop {
            let order = match (olds.peek(), news.peek()) {
                (None, None) => return Ok(()),
                (Some(Ok(a)), Some(Ok(b))) if a.name == b.name && a.folder == b.folder => Ordering::Equal,
                (Some(Ok(a)), Some(Ok(b))) => sort_key(a).cmp(sort_key(b)),
                // What cannot be read ends the comparison as soon as it is taken.
                (Some(Err(_)), _) | (Some(_), None) => Ordering::Less,
                (_, Some(_)) => Ordering::Greater,
            };
            let left = if order.is_le() { olds.next() } else { None };
            let right = if order.is_ge() { news.next() } else { None };
            let left = left.transpose().map_err(|error| self.damaged(old, error))?;
            let right = right.transpose().map_err(|error| self.damaged(new, error))?;
            if left.map(|entry| entry.id) != right.map(|entry| entry.id) {
                self.note(left, right, prefix, depth)?;
            }
        }
    }

    fn note(
        &mut self,
        old: Option<Entry<'_>>,
        new: Option<Entry<'_>>,
        prefix: &str,
        depth: usize,
    ) -> Result<(), SourceError> {
        self.differing += 1;
        if self.differing > MAX_DIFFERING {
            return Err(SourceError::TooManyFiles {
                path: self.trees.repository().into(),
                tree: self.root.map(|id| id.to_string()).unwrap_or_default(),
                most: MAX_DIFFERING,
            });
        }
        let Some(name) = old.or(new).map(|entry| text(entry.name)) else { return Ok(()) };
        let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        let folder = |entry: Option<Entry<'_>>| entry.filter(|entry| entry.folder).map(|entry| entry.id);
        let file = |entry: Option<Entry<'_>>| entry.filter(|entry| !entry.folder).map(|entry| entry.id);
        if file(old) != file(new) && DocumentPath::parse(&path).is_some() {
            self.found.push(FileChange { path: path.clone(), old: file(old), new: file(new) });
        }
        self.compare(folder(old), folder(new), &path, depth - 1)
    }

    /// A tree is read as a whole or not at all: what lies behind a damaged entry would pass for dropped.
    fn damaged(&self, tree: Option<ObjectId>, error: gix::Error) -> SourceError {
        SourceError::Object {
            path: self.trees.repository().into(),
            object: tree.map(|id| id.to_string()).unwrap_or_default(),
            source: boxed(error),
        }
    }
}

/// Git sorts a folder as if its name ended with a slash; comparing names with that slash keeps
/// both sides in step.
fn sort_key<'a>(entry: &Entry<'a>) -> impl Iterator<Item = &'a u8> + use<'a> {
    let tail: &[u8] = if entry.folder { b"/" } else { b"" };
    entry.name.iter().chain(tail)
}

fn entries(data: &[u8]) -> impl Iterator<Item = Result<Entry<'_>, gix::Error>> {
    TreeRefIter::from_bytes(data, gix::hash::Kind::Sha1).filter_map(|entry| {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => return Some(Err(error)),
        };
        let folder = match entry.mode.kind() {
            EntryKind::Tree => true,
            EntryKind::Blob | EntryKind::BlobExecutable => false,
            // Links and submodules are no versions.
            EntryKind::Link | EntryKind::Commit => return None,
        };
        Some(Ok(Entry { name: entry.filename, id: entry.oid.to_owned(), folder }))
    })
}

/// A name as text. Documents are told apart by it, so bytes that are not UTF-8 are escaped (`%E9`), and in a name that
/// has such bytes `%` is too. Other names stay as they are.
fn text(name: &[u8]) -> String {
    if let Ok(name) = std::str::from_utf8(name) {
        return name.to_owned();
    }
    let mut text = String::new();
    for chunk in name.utf8_chunks() {
        text.push_str(&chunk.valid().replace('%', "%25"));
        text.extend(chunk.invalid().iter().map(|byte| format!("%{byte:02X}")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    const FILE: &str = "100644";
    const FOLDER: &str = "40000";

    #[derive(Default)]
    struct Made {
        trees: HashMap<ObjectId, Vec<u8>>,
    }

    impl Trees for Made {
        fn tree(&mut self, id: ObjectId) -> Result<Vec<u8>, SourceError> {
            Ok(self.trees.get(&id).cloned().unwrap())
        }

        fn repository(&self) -> &Path {
            Path::new("made")
        }
    }

    impl Made {
        fn add(&mut self, entries: &[(&str, &[u8], ObjectId)]) -> ObjectId {
            let id = ObjectId::Sha1([u8::try_from(self.trees.len()).unwrap() + 100; 20]);
            let written = |(mode, name, id): &(&str, &[u8], ObjectId)| {
                [mode.as_bytes(), b" ", *name, b"\0", id.as_slice()].concat()
            };
            self.trees.insert(id, entries.iter().flat_map(written).collect());
            id
        }
    }

    fn blob(n: u8) -> ObjectId {
        ObjectId::Sha1([n; 20])
    }

    fn paths(found: &[FileChange]) -> Vec<&str> {
        found.iter().map(|file| file.path.as_str()).collect()
    }

    #[test]
    fn documents_that_differ_are_found_and_nothing_else() {
        let mut made = Made::default();
        let same = made.add(&[(FILE, b"Terms.md", blob(1))]);
        let older = made.add(&[(FILE, b"Gone.md", blob(2)), (FILE, b"Terms.md", blob(3))]);
        let newer = made.add(&[(FILE, b"Terms.md", blob(4)), (FILE, b"notes.txt", blob(5))]);
        let old = made.add(&[(FOLDER, b"A", same), (FOLDER, b"B", older), (FILE, b"README.md", blob(6))]);
        let new = made.add(&[(FOLDER, b"A", same), (FOLDER, b"B", newer), (FILE, b"README.md", blob(7))]);
        let found = changed_files(Some(old), Some(new), &mut made).unwrap();
        let change = |path: &str, old, new| FileChange { path: path.into(), old, new };
        let terms = change("B/Terms.md", Some(blob(3)), Some(blob(4)));
        assert_eq!(found, [change("B/Gone.md", Some(blob(2)), None), terms]);
    }

    #[test]
    fn a_damaged_tree_does_not_read_as_dropped_documents() {
        let mut made = Made::default();
        let service = made.add(&[(FILE, b"Terms.md", blob(1))]);
        let whole = made.add(&[(FOLDER, b"A", service), (FOLDER, b"B", service)]);
        let damaged = made.add(&[("4X000", b"A", service), (FOLDER, b"B", service)]);
        let cut = made.add(&[(FOLDER, b"A", service), (FOLDER, b"B", service)]);
        made.trees.get_mut(&cut).unwrap().pop();
        for spoilt in [damaged, cut] {
            let hash = spoilt.to_string();
            for (old, new) in [(whole, spoilt), (spoilt, whole)] {
                let found = changed_files(Some(old), Some(new), &mut made);
                let named = matches!(&found, Err(SourceError::Object { object, .. }) if *object == hash);
                assert!(named, "{found:?}");
            }
        }
    }

    #[test]
    fn names_that_are_not_utf8_stay_distinct() {
        let mut made = Made::default();
        let service = made.add(&[(FILE, b"Terms.md", blob(1))]);
        let names: [&[u8]; 5] = [b"Caf%E9\xe9", b"Caf%25", "Caf\u{e9}".as_bytes(), b"Caf\xe8", b"Caf\xe9"];
        let root = made.add(&names.map(|name| (FOLDER, name, service)));
        let found = changed_files(None, Some(root), &mut made).unwrap();
        let services = ["Caf%25E9%E9", "Caf%25", "Caf\u{e9}", "Caf%E8", "Caf%E9"];
        let expected: Vec<String> = services.iter().map(|service| format!("{service}/Terms.md")).collect();
        assert_eq!(paths(&found), expected);
    }

    #[test]
    fn trees_that_name_each_other_over_and_over_are_refused() {
        for leaf in ["md", "txt"] {
            let mut made = Made::default();
            let names: Vec<String> = (0..20).map(|n| format!("{n:02}.{leaf}")).collect();
            let level = |made: &mut Made, mode, id| {
                let entries: Vec<(&str, &[u8], ObjectId)> =
                    names.iter().map(|name| (mode, name.as_bytes(), id)).collect();
                made.add(&entries)
            };
            let mut tree = level(&mut made, FILE, blob(1));
            for _ in 0..6 {
                tree = level(&mut made, FOLDER, tree);
            }
            let found = changed_files(None, Some(tree), &mut made).map(|found| found.len());
            assert!(matches!(found, Err(SourceError::TooManyFiles { .. })), "{found:?}");
        }
    }
}
