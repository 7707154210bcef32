//! Local clones of repositories that are given by URL.
//!
//! A URL is cloned once, bare, and fetched from then on. A clone grows under another name and takes
//! its own when it is whole, so that one cut short leaves nothing that a later run would take for it.

use std::collections::HashSet;
use std::io::{self, Read};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use gix::protocol::handshake::Ref;
use gix::protocol::transport::client::blocking_io::Transport;
use gix::protocol::transport::client::git::ConnectMode;
use gix::protocol::transport::client::git::blocking_io::{Connection, connect};
use gix::refs::FullName;
use gix::refs::transaction::{PreviousValue, RefEdit};
use gix::remote::Direction;

use super::git::{boxed, name_of};
use super::{OpenOptions, SourceError};

/// How long a server may say nothing. Over `http` the transport itself ends after as long.
const SILENCE: Duration = Duration::from_secs(30);
/// What the name of a growing clone starts with.
const GROWING: &str = ".growing-";
/// Age at which a growing clone is nobody's any more: its run was killed.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// Clones `url` into the folder of clones, or fetches what is new there, and returns where the clone lies.
pub(super) fn mirror(url: &str, options: &OpenOptions) -> Result<PathBuf, SourceError> {
    let folder = &options.clones;
    let target = folder.join(format!("{:016x}-{}", crate::text::stable_hash(url.as_bytes()), name_of(Path::new(url))));
    let flag = options.stop.flag();
    let failed = |source: Cause| {
        if options.stop.asked() {
            return SourceError::Stopped;
        }
        SourceError::Remote { url: shown(url), source }
    };
    // Room is all that is lost with one that cannot be removed.
    remove_abandoned(folder).ok();
    if target.exists() {
        fetch(&target, &flag, SILENCE).map_err(failed)?;
        return Ok(target);
    }
    let io = |source| SourceError::Io { path: folder.clone(), source };
    std::fs::create_dir_all(folder).map_err(io)?;
    let growing = tempfile::Builder::new().prefix(GROWING).tempdir_in(folder).map_err(io)?;
    let grown = growing.path().join("clone.git");
    clone(url, &grown, &flag, SILENCE).map_err(failed)?;
    match std::fs::rename(&grown, &target) {
        // Another run was faster.
        Err(_) if target.exists() => Ok(target),
        renamed => renamed.map(|()| target).map_err(io),
    }
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

fn clone(url: &str, target: &Path, interrupt: &AtomicBool, silence: Duration) -> Result<(), Cause> {
    let clone = gix::prepare_clone_bare(url, target).map_err(boxed)?;
    let mut clone = clone.configure_connection(move |connection| limit_silence(connection, silence));
    clone.fetch_only(gix::progress::Discard, interrupt).map_err(boxed)?;
    Ok(())
}

fn fetch(target: &Path, interrupt: &AtomicBool, silence: Duration) -> Result<(), Cause> {
    let repository = gix::open(target).map_err(boxed)?;
    // A bare clone has no refspec of its own to fetch by.
    let origin = repository
        .find_remote("origin")
        .map_err(boxed)?
        .with_refspecs(["+refs/heads/*:refs/remotes/origin/*"], Direction::Fetch)
        .map_err(boxed)?;
    let mut connection = origin.connect(Direction::Fetch).map_err(boxed)?;
    limit_silence(&mut connection, silence).map_err(boxed)?;
    // HEAD, which says what the default branch is, is asked for beside the branches.
    let head = gix::refspec::parse("HEAD".into(), gix::refspec::parse::Operation::Fetch).map_err(boxed)?.to_owned();
    let options = gix::remote::ref_map::Options { extra_refspecs: vec![head], ..Default::default() };
    let fetched = connection
        .prepare_fetch(gix::progress::Discard, options)
        .map_err(boxed)?
        .receive(gix::progress::Discard, interrupt)
        .map_err(boxed)?;
    follow(&repository, &fetched.ref_map.remote_refs)
}

/// Leaves in a clone no branch that its origin, which has the references `there`, has no longer: that would stand where
/// it stood for ever, and look as if nothing new were recorded. HEAD becomes what it is there.
fn follow(repository: &gix::Repository, there: &[Ref]) -> Result<(), Cause> {
    // What was cloned as its own is of the past as well: what was fetched stands below `refs/remotes`.
    const OWN: &str = "refs/heads/";
    const FETCHED: &str = "refs/remotes/origin/";
    let branches: HashSet<&[u8]> = there.iter().filter_map(|one| one.unpack().0.strip_prefix(OWN.as_bytes())).collect();
    if branches.is_empty() {
        return Err("the repository has no branch".into());
    }
    let mut edits = Vec::new();
    let references = repository.references().map_err(boxed)?;
    for prefix in [OWN, FETCHED] {
        for reference in references.prefixed(prefix).map_err(boxed)? {
            let name = reference.map_err(boxed)?.name().to_owned();
            let branch = name.as_bstr().strip_prefix(FETCHED.as_bytes());
            if branch.is_none_or(|branch| !branches.contains(branch)) {
                edits.push(RefEdit::delete(name, PreviousValue::Any));
            }
        }
    }
    for one in there {
        if let Ref::Symbolic { full_ref_name, target, .. } | Ref::Unborn { full_ref_name, target } = one
            && full_ref_name == "HEAD"
        {
            let head = FullName::try_from("HEAD").map_err(boxed)?;
            let target = FullName::try_from(target).map_err(boxed)?;
            edits.push(RefEdit::update(head, target, PreviousValue::Any, "fetch: the default branch"));
        }
    }
    repository.edit_references_as(edits, None).map_err(boxed)?;
    Ok(())
}

/// Takes another connection in the place of one over `git://`, on which nothing has been said yet: that would wait for
/// ever for a server that says nothing, and cannot be told otherwise.
fn limit_silence(
    connection: &mut gix::remote::Connection<'_, '_, '_, Box<dyn Transport + Send>>,
    silence: Duration,
) -> gix::Result<()> {
    let (url, version) = connection.remote().sanitized_url_and_version(Direction::Fetch)?;
    let (gix::url::Scheme::Git, Some(host)) = (&url.scheme, url.host()) else { return Ok(()) };
    let (read, write) = connect(host, url.path.clone(), version, url.port, false)?.into_inner();
    // Both are the same socket.
    read.set_read_timeout(Some(silence)).map_err(gix::Error::from_error)?;
    read.set_write_timeout(Some(silence)).map_err(gix::Error::from_error)?;
    let read = Waiting { stream: read, silence };
    let there = Some((host, url.port));
    *connection.transport_mut() =
        Box::new(Connection::new(read, write, version, url.path.clone(), there, ConnectMode::Daemon, false));
    Ok(())
}

/// A stream that says what happened when nothing came in time; the system says that a resource is unavailable.
struct Waiting {
    stream: TcpStream,
    silence: Duration,
}

impl Read for Waiting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                let said = format!("the server said nothing for {} seconds", self.silence.as_secs());
                io::Error::new(io::ErrorKind::TimedOut, said)
            }
            _ => error,
        })
    }
}

/// Removes the clones in `folder` that a killed run left growing. What the time is, the file system says.
fn remove_abandoned(folder: &Path) -> io::Result<()> {
    let growing = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with(GROWING);
    let left: Vec<_> = std::fs::read_dir(folder)?.filter_map(Result::ok).filter(growing).collect();
    if left.is_empty() {
        return Ok(());
    }
    let now = tempfile::tempfile_in(folder)?.metadata()?.modified()?;
    for entry in left {
        let modified = entry.metadata()?.modified()?;
        if now.duration_since(modified).is_ok_and(|age| age > ABANDONED) {
            std::fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// A source as it may be printed: a user and a password in a URL are nobody's business. A path stays as it is.
#[must_use]
pub fn shown(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find('/').unwrap_or(rest.len());
    match rest.get(..end).and_then(|authority| authority.rfind('@')) {
        Some(at) => format!("{scheme}://{}", rest.get(at + 1..).unwrap_or_default()),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_printed() {
        let cases = [
            ("https://me:secret@example.org/a.git", "https://example.org/a.git"),
            ("https://example.org/a@b.git", "https://example.org/a@b.git"),
            ("git@example.org:a.git", "git@example.org:a.git"),
        ];
        for (url, safe) in cases {
            assert_eq!(shown(url), safe);
        }
    }

    #[test]
    fn a_server_that_says_nothing_is_not_waited_for_for_ever() {
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("git://{}/terms.git", server.local_addr().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let going = AtomicBool::new(false);
        let silence = Duration::from_millis(200);
        let told = |result: Result<(), Cause>| {
            let mut said = Vec::new();
            let cause = result.unwrap_err();
            let mut next: Option<&(dyn std::error::Error + 'static)> = Some(cause.as_ref());
            while let Some(error) = next {
                said.push(error.to_string());
                next = error.source();
            }
            assert!(said.iter().any(|it| it.contains("the server said nothing")), "{said:?}");
        };
        told(clone(&url, &folder.path().join("clone"), &going, silence));
        let repository = folder.path().join("fetch");
        gix::init_bare(&repository).unwrap();
        let config = format!("[core]\n\tbare = true\n[remote \"origin\"]\n\turl = {url}\n");
        std::fs::write(repository.join("config"), config).unwrap();
        told(fetch(&repository, &going, silence));
    }

    #[test]
    fn a_clone_that_a_killed_run_left_growing_is_removed_after_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let names = [".growing-old", ".growing-new", "0123456789abcdef-terms"];
        for name in names {
            std::fs::create_dir_all(folder.path().join(name).join("clone.git")).unwrap();
        }
        let now = folder.path().metadata().unwrap().modified().unwrap();
        for name in [".growing-old", "0123456789abcdef-terms"] {
            let opened = std::fs::File::open(folder.path().join(name)).unwrap();
            opened.set_modified(now - 2 * ABANDONED).unwrap();
        }
        remove_abandoned(folder.path()).unwrap();
        let left = names.map(|name| folder.path().join(name).exists());
        assert_eq!(left, [false, true, true]);
    }
}
