//! Versions repositories of Open Terms Archive, bare or not, through `gix`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::ObjectId;
use gix::bstr::ByteSlice;
use jiff::Timestamp;
use rayon::prelude::*;

use super::collection::{Collection, CommitInfo, ContentId, Document, DocumentPath, RecordKind, Revision, Store};
use super::history::{Node, parents_first};
use super::tree::{FileChange, Trees, changed_files};
use super::{MAX_READ_BYTES, OpenOptions, Permalinks, SourceError};
use crate::outcome::Stop;

/// Commits whose trees one task compares: enough to make the tree of each serve twice.
const COMMITS_A_TASK: usize = 512;
/// Newest commits that are asked where the repository is hosted. The recorder says it in nearly every one.
const COMMITS_ASKED: usize = 64;

/// A repository that readers are made from.
#[derive(Clone)]
pub(super) struct GitStore {
    repository: Arc<gix::ThreadSafeRepository>,
    path: PathBuf,
}

impl std::fmt::Debug for GitStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitStore").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Reads versions from a repository.
#[derive(Debug)]
pub struct GitReader {
    repository: gix::Repository,
    path: PathBuf,
}

impl GitStore {
    fn open(path: &Path) -> Result<Self, SourceError> {
        let failed = |error| SourceError::Repository { path: path.into(), source: boxed(error) };
        // A few kilobytes in a pack can become gigabytes. Without a number gix takes any object, but none of more than
        // 16 MiB of a repository that belongs to another user.
        let limit = format!("gitoxide.objects.allocLimit={MAX_READ_BYTES}");
        let options = gix::open::Options::default().config_overrides([limit]);
        let repository = gix::ThreadSafeRepository::open_opts(path, options).map_err(failed)?;
        // Where its history is cut off, what was recorded long ago would be told as a first record, and what lies before
        // as gone.
        if repository.to_thread_local().is_shallow().map_err(failed)? {
            return Err(SourceError::Shallow { path: path.into() });
        }
        Ok(Self { repository: Arc::new(repository), path: path.into() })
    }

    pub(super) fn reader(&self) -> GitReader {
        GitReader { repository: self.repository.to_thread_local(), path: self.path.clone() }
    }
}

impl GitReader {
    pub(super) fn bytes(&mut self, id: ContentId) -> Result<Vec<u8>, SourceError> {
        self.object(ObjectId::Sha1(id.0))
    }

    fn object(&self, id: ObjectId) -> Result<Vec<u8>, SourceError> {
        let mut object = self.repository.find_object(id).map_err(|error| self.damaged(id, error))?;
        Ok(std::mem::take(&mut object.data))
    }

    /// The commit `id`. One that is missing is an error: a history that ends there would look like a whole one.
    fn node(&self, id: ObjectId) -> Result<Node, SourceError> {
        let object = self.repository.find_object(id).map_err(|error| self.damaged(id, error))?;
        let commit = object.try_into_commit().map_err(|error| self.damaged(id, error))?;
        let decoded = commit.decode().map_err(|error| self.damaged(id, error))?;
        let time = decoded.committer().and_then(|by| by.time()).map_err(|error| self.damaged(id, error))?;
        Ok(Node {
            id,
            parents: decoded.parents().collect(),
            tree: decoded.tree(),
            message: decoded.message.to_str_lossy().into_owned(),
            seconds: time.seconds,
        })
    }

    fn damaged(&self, id: ObjectId, error: impl std::error::Error + Send + Sync + 'static) -> SourceError {
        SourceError::Object { path: self.path.clone(), object: id.to_string(), source: boxed(error) }
    }

    /// The commit whose hash starts with `prefix`.
    fn commit(&self, prefix: &str) -> Result<ObjectId, SourceError> {
        let missing = || SourceError::NoSuchCommit { path: self.path.clone(), commit: prefix.into() };
        let prefix = gix::hash::Prefix::from_hex(prefix).map_err(|_| missing())?;
        match self.repository.objects.lookup_prefix(prefix, None) {
            Ok(Some(Ok(id))) if self.repository.find_commit(id).is_ok() => Ok(id),
            _ => Err(missing()),
        }
    }

    /// Links to where the repository is hosted. Its remote says it, or else one of the newest commits up to `head`, by
    /// first parents: they name the snapshots beside it.
    fn permalinks(&self, head: ObjectId) -> Result<Option<Permalinks>, SourceError> {
        let remote = self.repository.find_remote("origin").ok();
        let origin =
            remote.and_then(|remote| remote.url(gix::remote::Direction::Fetch).map(|url| url.to_bstring().to_string()));
        let mut found = origin.as_deref().and_then(Permalinks::of_remote);
        let mut next = Some(head);
        for _ in 0..COMMITS_ASKED {
            let Some(id) = next.filter(|_| found.is_none()) else { break };
            let node = self.node(id)?;
            found = Permalinks::of_message(&node.message);
            next = node.parents.first().copied();
        }
        Ok(found)
    }
}

/// Opens the repository at `path`: its whole history, also that of the commits asked for that HEAD
/// does not reach.
pub(super) fn open(path: &Path, options: &OpenOptions) -> Result<Collection, SourceError> {
    let store = GitStore::open(path)?;
    let reader = store.reader();
    let head = reader.repository.head_id().map_err(|_| SourceError::NoHead { path: path.into() })?.detach();
    let mut tips = vec![head];
    for commit in &options.commits {
        tips.push(reader.commit(commit)?);
    }
    history(&name_of(path), store, &tips, &options.stop)
}

/// Opens the repository at `path`: the history of the commit `head`, also that of `commits`. It is called `name` where
/// neither its remote nor its commits say how.
pub(super) fn open_at(path: &Path, name: &str, head: &str, options: &OpenOptions) -> Result<Collection, SourceError> {
    let store = GitStore::open(path)?;
    let reader = store.reader();
    let mut tips = vec![reader.commit(head)?];
    for commit in &options.commits {
        tips.push(reader.commit(commit)?);
    }
    history(name, store, &tips, &options.stop)
}

/// The commit that `branch`, or the branch of HEAD, stands at. In a mirror that is what was fetched last: there HEAD's own
/// branch stays where it was cloned.
pub(super) fn tip(path: &Path, branch: Option<&str>, mirror: bool) -> Result<String, SourceError> {
    let GitReader { repository, .. } = GitStore::open(path)?.reader();
    let find = |name: String| repository.find_reference(name.as_str()).ok()?.into_fully_peeled_id().ok();
    let fetched = |branch: &str| find(format!("refs/remotes/origin/{branch}"));
    let own = |branch: &str| find(format!("refs/heads/{branch}"));
    let found = match branch {
        Some(branch) if mirror => fetched(branch).or_else(|| own(branch)),
        Some(branch) => own(branch).or_else(|| fetched(branch)),
        None => {
            let head = repository.head_name().ok().flatten().filter(|_| mirror);
            let tip = head.and_then(|name| fetched(&name.shorten().to_string()));
            tip.or_else(|| repository.head_id().ok())
        }
    };
    found.map(|id| id.detach().to_string()).ok_or_else(|| match branch {
        Some(branch) => SourceError::NoBranch { path: path.into(), branch: branch.into() },
        None => SourceError::NoHead { path: path.into() },
    })
}

fn history(name: &str, store: GitStore, tips: &[ObjectId], stop: &Stop) -> Result<Collection, SourceError> {
    let reader = store.reader();
    let nodes = parents_first(tips, |id| going_on(stop).and_then(|()| reader.node(id)))?;
    let permalinks = tips.first().map(|&head| reader.permalinks(head)).transpose()?.flatten();
    let name = permalinks.as_ref().and_then(Permalinks::collection).unwrap_or(name).to_owned();
    let documents = documents(&store, nodes, stop)?;
    Ok(Collection { name, documents, permalinks, clause_lines: Arc::default(), store: Store::Git(store) })
}

fn going_on(stop: &Stop) -> Result<(), SourceError> {
    if stop.asked() { Err(SourceError::Stopped) } else { Ok(()) }
}

/// The name that the repository at `path` gives its collection. Few commits are read for it.
pub(super) fn name(path: &Path, branch: Option<&str>) -> Result<String, SourceError> {
    let head = tip(path, branch, false)?;
    let reader = GitStore::open(path)?.reader();
    let permalinks = reader.permalinks(reader.commit(&head)?)?;
    Ok(permalinks.as_ref().and_then(Permalinks::collection).map_or_else(|| name_of(path), str::to_owned))
}

/// The collection's name when nothing but the path says it.
pub(super) fn name_of(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
    let mut name = absolute.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if name == ".git" {
        name = absolute.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
    }
    bare_name(&name)
}

/// The collection's name when nothing but the address of its repository says it.
pub(super) fn name_of_url(url: &str) -> String {
    bare_name(url.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or(url))
}

/// The name of a repository without what says that it is one.
fn bare_name(name: &str) -> String {
    let name = name.strip_suffix(".git").unwrap_or(name);
    name.strip_suffix("-versions").unwrap_or(name).to_owned()
}

/// The revisions of each document that the commits record.
fn documents(store: &GitStore, nodes: Vec<Node>, stop: &Stop) -> Result<Vec<Document>, SourceError> {
    let trees: HashMap<ObjectId, ObjectId> = nodes.iter().map(|node| (node.id, node.tree)).collect();
    let tasks: Vec<&[Node]> = nodes.chunks(COMMITS_A_TASK).collect();
    let changes: Vec<Vec<Vec<FileChange>>> = tasks
        .par_iter()
        .map_init(
            || TreeCache::new(store.reader()),
            |cache, task| {
                going_on(stop)?;
                task.iter().map(|node| files_of(node, &trees, cache)).collect::<Result<Vec<_>, _>>()
            },
        )
        .collect::<Result<_, _>>()?;

    let mut by_path: BTreeMap<String, Vec<Revision>> = BTreeMap::new();
    let mut order = 0;
    for (node, files) in nodes.into_iter().zip(changes.into_iter().flatten()) {
        let commit = Arc::new(CommitInfo {
            id: node.id.to_string(),
            date: Timestamp::from_second(node.seconds).unwrap_or_default(),
            record: RecordKind::of_subject(&node.message),
        });
        for file in files {
            let revision =
                Revision { order, commit: Arc::clone(&commit), old: file.old.map(content), new: file.new.map(content) };
            order += 1;
            by_path.entry(file.path).or_default().push(revision);
        }
    }
    Ok(by_path
        .into_iter()
        .filter_map(|(path, revisions)| Some(Document { path: DocumentPath::parse(&path)?, revisions }))
        .collect())
}

/// The files that `node` records. A merge records only what none of its parents has.
fn files_of(
    node: &Node,
    trees: &HashMap<ObjectId, ObjectId>,
    cache: &mut TreeCache,
) -> Result<Vec<FileChange>, SourceError> {
    let mut parents = node.parents.iter().filter_map(|parent| trees.get(parent).copied());
    let first = parents.next();
    let mut files = changed_files(first, Some(node.tree), cache)?;
    for other in parents {
        let differing = changed_files(Some(other), Some(node.tree), cache)?;
        let differing: HashSet<&str> = differing.iter().map(|file| file.path.as_str()).collect();
        files.retain(|file| differing.contains(file.path.as_str()));
    }
    Ok(files)
}

/// Trees read lately: the root of a commit is compared again with that of its child.
struct TreeCache {
    reader: GitReader,
    recent: [(ObjectId, Vec<u8>); 4],
    next: usize,
}

impl TreeCache {
    fn new(reader: GitReader) -> Self {
        let none = || (ObjectId::null(gix::hash::Kind::Sha1), Vec::new());
        Self { reader, recent: [none(), none(), none(), none()], next: 0 }
    }
}

impl Trees for TreeCache {
    fn repository(&self) -> &Path {
        &self.reader.path
    }

    fn tree(&mut self, id: ObjectId) -> Result<Vec<u8>, SourceError> {
        if let Some((_, data)) = self.recent.iter().find(|(known, _)| *known == id) {
            return Ok(data.clone());
        }
        let data = self.reader.object(id)?;
        if let Some(slot) = self.recent.get_mut(self.next) {
            *slot = (id, data.clone());
        }
        self.next = (self.next + 1) % self.recent.len();
        Ok(data)
    }
}

fn content(id: ObjectId) -> ContentId {
    ContentId(id.as_slice().try_into().unwrap_or_default())
}

pub(super) fn boxed(error: impl std::error::Error + Send + Sync + 'static) -> Box<dyn std::error::Error + Send + Sync> {
    Box::new(error)
}
