//! Local clones of repositories that are given by URL.
//!
//! A URL is cloned once, bare, and fetched from then on. A clone grows under another name and takes
//! its own when it is whole, so that one cut short leaves nothing that a later run would take for it.

use std::path::{Path, PathBuf};

use super::git::{boxed, name_of};
use super::{OpenOptions, SourceError};

/// Clones `url` into the folder of clones, or fetches what is new there, and returns where the clone lies.
pub(super) fn mirror(url: &str, options: &OpenOptions) -> Result<PathBuf, SourceError> {
    let folder = &options.clones;
    let target = folder.join(format!("{:016x}-{}", crate::text::stable_hash(url.as_bytes()), name_of(Path::new(url))));
    let flag = options.stop.flag();
    let failed = |source: Cause| {
        if options.stop.asked() {
            return SourceError::Stopped;
        }
        SourceError::Remote { url: without_password(url), source }
    };
    if target.exists() {
        fetch(&target, &flag).map_err(failed)?;
        return Ok(target);
    }
    let io = |source| SourceError::Io { path: folder.clone(), source };
    std::fs::create_dir_all(folder).map_err(io)?;
    let growing = tempfile::Builder::new().prefix(".growing-").tempdir_in(folder).map_err(io)?;
    let grown = growing.path().join("clone.git");
    clone(url, &grown, &flag).map_err(failed)?;
    match std::fs::rename(&grown, &target) {
        // Another run was faster.
        Err(_) if target.exists() => Ok(target),
        renamed => renamed.map(|()| target).map_err(io),
    }
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

fn clone(url: &str, target: &Path, interrupt: &std::sync::atomic::AtomicBool) -> Result<(), Cause> {
    let mut clone = gix::prepare_clone_bare(url, target).map_err(boxed)?;
    clone.fetch_only(gix::progress::Discard, interrupt).map_err(boxed)?;
    Ok(())
}

fn fetch(target: &Path, interrupt: &std::sync::atomic::AtomicBool) -> Result<(), Cause> {
    let repository = gix::open(target).map_err(boxed)?;
    // A bare clone has no refspec of its own to fetch by.
    let origin = repository
        .find_remote("origin")
        .map_err(boxed)?
        .with_refspecs(["+refs/heads/*:refs/remotes/origin/*"], gix::remote::Direction::Fetch)
        .map_err(boxed)?;
    origin
        .connect(gix::remote::Direction::Fetch)
        .map_err(boxed)?
        .prepare_fetch(gix::progress::Discard, gix::remote::ref_map::Options::default())
        .map_err(boxed)?
        .receive(gix::progress::Discard, interrupt)
        .map_err(boxed)?;
    Ok(())
}

/// `url` as it may be printed: a password in it is nobody's business.
fn without_password(url: &str) -> String {
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
        for (url, shown) in cases {
            assert_eq!(without_password(url), shown);
        }
    }
}
