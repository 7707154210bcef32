//! Which files differ between two trees.

use gix::ObjectId;
use gix::objs::{TreeRefIter, tree::EntryKind};

/// Deepest folder that is looked into. Collections are two levels deep.
const MAX_DEPTH: usize = 8;

/// One file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileChange {
    pub(super) path: String,
    pub(super) old: Option<ObjectId>,
    pub(super) new: Option<ObjectId>,
}

#[derive(Clone, Copy)]
struct Entry<'a> {
    name: &'a [u8],
    id: ObjectId,
    folder: bool,
}

/// The files that differ between the trees `old` and `new`, in tree order. `load` reads a tree.
///
/// Folders with equal hashes are not entered, so the cost is that of the trees that differ.
pub(super) fn changed_files<E>(
    old: Option<ObjectId>,
    new: Option<ObjectId>,
    load: &mut impl FnMut(ObjectId) -> Result<Vec<u8>, E>,
) -> Result<Vec<FileChange>, E> {
    let mut found = Vec::new();
    compare(old, new, "", MAX_DEPTH, load, &mut found)?;
    Ok(found)
}

fn compare<E>(
    old: Option<ObjectId>,
    new: Option<ObjectId>,
    prefix: &str,
    depth: usize,
    load: &mut impl FnMut(ObjectId) -> Result<Vec<u8>, E>,
    found: &mut Vec<FileChange>,
) -> Result<(), E> {
    if old == new || depth == 0 {
        return Ok(());
    }
    let old_data = old.map(&mut *load).transpose()?.unwrap_or_default();
    let new_data = new.map(&mut *load).transpose()?.unwrap_or_default();
    let (mut olds, mut news) = (entries(&old_data).peekable(), entries(&new_data).peekable());
    loop {
        let order = match (olds.peek(), news.peek()) {
            (None, None) => return Ok(()),
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(a), Some(b)) if a.name == b.name && a.folder == b.folder => std::cmp::Ordering::Equal,
            (Some(a), Some(b)) => sort_key(a).cmp(sort_key(b)),
        };
        let old = if order.is_le() { olds.next() } else { None };
        let new = if order.is_ge() { news.next() } else { None };
        if old.map(|entry| entry.id) != new.map(|entry| entry.id) {
            note(old, new, prefix, depth, load, found)?;
        }
    }
}

fn note<E>(
    old: Option<Entry<'_>>,
    new: Option<Entry<'_>>,
    prefix: &str,
    depth: usize,
    load: &mut impl FnMut(ObjectId) -> Result<Vec<u8>, E>,
    found: &mut Vec<FileChange>,
) -> Result<(), E> {
    let Some(name) = old.or(new).map(|entry| String::from_utf8_lossy(entry.name).into_owned()) else { return Ok(()) };
    let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
    let folder = |entry: Option<Entry<'_>>| entry.filter(|entry| entry.folder).map(|entry| entry.id);
    let file = |entry: Option<Entry<'_>>| entry.filter(|entry| !entry.folder).map(|entry| entry.id);
    if file(old) != file(new) {
        found.push(FileChange { path: path.clone(), old: file(old), new: file(new) });
    }
    compare(folder(old), folder(new), &path, depth - 1, load, found)
}

/// Git sorts a folder as if its name ended with a slash; comparing names with that slash keeps
/// both sides in step.
fn sort_key<'a>(entry: &Entry<'a>) -> impl Iterator<Item = &'a u8> + use<'a> {
    let tail: &[u8] = if entry.folder { b"/" } else { b"" };
    entry.name.iter().chain(tail)
}

fn entries(data: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    TreeRefIter::from_bytes(data, gix::hash::Kind::Sha1).filter_map(Result::ok).filter_map(|entry| {
        let folder = match entry.mode.kind() {
            EntryKind::Tree => true,
            EntryKind::Blob | EntryKind::BlobExecutable => false,
            // Links and submodules are no versions.
            EntryKind::Link | EntryKind::Commit => return None,
        };
        Some(Entry { name: entry.filename, id: entry.oid.to_owned(), folder })
    })
}
