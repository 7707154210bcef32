//! Which files a run reads and writes, so that none is written in the place of another.

use std::path::{Component, Path, PathBuf};

use super::{Config, ReportConfig};
use crate::source::SourceSpec;
use crate::store::Store;

/// A file or folder whose place is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Where it is.
    pub path: PathBuf,
    /// What it is: "the store".
    pub what: &'static str,
}

impl Config {
    /// What a run reads and keeps, the file of the configuration, `file`, among it.
    #[must_use]
    pub fn kept(&self, file: &Path) -> Vec<Taken> {
        let taken = |what| move |path: PathBuf| Taken { path, what };
        let sources = self.collections.iter().filter_map(|collection| match &collection.tracked.spec {
            SourceSpec::Path(path) => Some(path.clone()),
            SourceSpec::Url(_) | SourceSpec::Pair { .. } | SourceSpec::Stdin => None,
        });
        let mut kept = vec![taken("the store")(self.store.clone()), taken("the configuration")(file.into())];
        kept.extend(Store::files(&self.store).into_iter().map(taken("a file of the store")));
        kept.extend(sources.map(taken("the source of a collection")));
        kept
    }
}

impl ReportConfig {
    /// The files that it is written to: Parquet makes two.
    #[must_use]
    pub fn files(&self) -> Vec<PathBuf> {
        let clauses = (self.format == "parquet").then(|| clauses_beside(&self.path));
        std::iter::once(self.path.clone()).chain(clauses).collect()
    }
}

/// Where the clause changes of a Parquet report at `path` are written.
#[must_use]
pub fn clauses_beside(path: &Path) -> PathBuf {
    path.with_extension("clauses.parquet")
}

/// Whether a file written to `output` takes the place of `other`. What is neither a file nor a folder, such as a named
/// pipe or `/dev/null`, is written into and not replaced.
#[must_use]
pub fn replaces(output: &Path, other: &Path) -> bool {
    let special = std::fs::metadata(output).is_ok_and(|found| !found.is_file() && !found.is_dir());
    !special && resolved(output) == resolved(other)
}

/// `path` without links and dots. What of it is not there yet is taken by its words.
fn resolved(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
    let there = absolute.ancestors().find_map(|one| Some((one.canonicalize().ok()?, absolute.strip_prefix(one).ok()?)));
    let Some((mut resolved, rest)) = there else { return path.into() };
    for part in rest.components() {
        match part {
            Component::ParentDir => {
                resolved.pop();
            }
            Component::Normal(name) => resolved.push(name),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    resolved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_any_of_its_names() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("store.sqlite");
        // Whether it is there or not.
        for _ in 0..2 {
            for name in ["store.sqlite", "./store.sqlite", "reports/../store.sqlite"] {
                assert!(replaces(&folder.path().join(name), &file), "{name}");
            }
            assert!(!replaces(&folder.path().join("reports/store.sqlite"), &file));
            std::fs::write(&file, "").expect("it is written");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_special_files_are_not_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("store.sqlite"), folder.path().join("link"));
        std::fs::write(&file, "").expect("it is written");
        std::os::unix::fs::symlink(&file, &link).expect("a link");
        assert!(replaces(&link, &file) && replaces(&file, &link));
        assert!(!replaces(Path::new("/dev/null"), Path::new("/dev/null")));
    }
}
