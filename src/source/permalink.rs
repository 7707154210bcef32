//! Links that open the exact line of a change on the hosting site.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;

use crate::id::hex;

/// A side of a document change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The version before.
    Old,
    /// The version after.
    New,
}

/// Links to the lines of one file in the diff of one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineLinks {
    stem: String,
}

impl LineLinks {
    /// The link to `line` of a side.
    #[must_use]
    pub fn line(&self, side: Side, line: u32) -> String {
        let letter = match side {
            Side::Old => 'L',
            Side::New => 'R',
        };
        format!("{}{letter}{line}", self.stem)
    }
}

/// Where a collection is hosted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permalinks {
    /// Such as `https://github.com/OpenTermsArchive/vlopses-us-versions`.
    base: String,
}

impl Permalinks {
    /// Links into the repository at `url`, if that is one of a known hosting site.
    #[must_use]
    pub fn of_remote(url: &str) -> Option<Self> {
        let rest = url.strip_prefix("https://github.com/").or_else(|| url.strip_prefix("git@github.com:"))?;
        let mut parts = rest.trim_end_matches('/').trim_end_matches(".git").split('/');
        let (owner, name) = (parts.next()?, parts.next()?);
        let plain = |part: &str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        };
        (plain(owner) && plain(name) && parts.next().is_none())
            .then(|| Self { base: format!("https://github.com/{owner}/{name}") })
    }

    /// Links for a versions repository whose commit `message` names the snapshots repository beside it.
    #[must_use]
    pub fn of_message(message: &str) -> Option<Self> {
        let at = message.find("https://github.com/")?;
        let url = message.get(at..)?.split("/commit/").next()?;
        Self::of_remote(&url.replace("-snapshots", "-versions"))
    }

    /// The collection's name in the repository's (`vlopses-us` of `vlopses-us-versions`).
    #[must_use]
    pub fn collection(&self) -> Option<&str> {
        self.base.rsplit('/').next()?.strip_suffix("-versions")
    }

    /// The link to the commit.
    #[must_use]
    pub fn commit(&self, commit: &str) -> String {
        format!("{}/commit/{commit}", self.base)
    }

    /// The link to the file at `path` as of `commit`, shown as plain text: `#L12` after it opens a line.
    #[must_use]
    pub fn file(&self, commit: &str, path: &str) -> String {
        let mut encoded = String::with_capacity(path.len());
        for byte in path.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
                encoded.push(char::from(byte));
            } else {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
        format!("{}/blob/{commit}/{encoded}?plain=1", self.base)
    }

    /// The link to `line` of one side of the file at `path` in the diff of `commit`.
    #[must_use]
    pub fn line(&self, commit: &str, path: &str, side: Side, line: u32) -> String {
        self.lines(commit, path).line(side, line)
    }

    /// Links to the lines of the file at `path` in the diff of `commit`.
    #[must_use]
    pub fn lines(&self, commit: &str, path: &str) -> LineLinks {
        let anchor = hex(&Sha256::digest(path.as_bytes()));
        LineLinks { stem: format!("{}/commit/{commit}#diff-{anchor}", self.base) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_remotes_and_messages() {
        let base = "https://github.com/OpenTermsArchive/demo-versions";
        for url in [
            base,
            "https://github.com/OpenTermsArchive/demo-versions.git",
            "git@github.com:OpenTermsArchive/demo-versions.git",
        ] {
            assert_eq!(Permalinks::of_remote(url).map(|links| links.base), Some(base.to_owned()), "{url}");
        }
        for url in ["/tmp/demo.bundle", "https://github.com/a/b/c", "https://github.com/a/b\"x"] {
            assert_eq!(Permalinks::of_remote(url), None, "{url}");
        }
        let message = "Record new changes of X\n\n- https://github.com/OpenTermsArchive/demo-snapshots/commit/abc\n";
        let links = Permalinks::of_message(message);
        assert_eq!(links.as_ref().and_then(Permalinks::collection), Some("demo"));
    }

    #[test]
    fn links_of_files_are_encoded() {
        let links = Permalinks { base: "https://github.com/o/r".into() };
        let expected = "https://github.com/o/r/blob/c0ffee/A%20b/C%20%23d%3F.md?plain=1";
        assert_eq!(links.file("c0ffee", "A b/C #d?.md"), expected);
    }

    #[test]
    fn line_anchor_is_the_hash_of_the_path() {
        // `printf 'a/b.md' | sha256sum`
        let hash = "5a05f1b231ec94b2822eb9a3e4863903643c2d81ba385adcfe76aacd2feca673";
        let links = Permalinks { base: "https://github.com/o/r".into() };
        for (side, letter) in [(Side::New, 'R'), (Side::Old, 'L')] {
            let expected = format!("https://github.com/o/r/commit/c0ffee#diff-{hash}{letter}7");
            assert_eq!(links.line("c0ffee", "a/b.md", side, 7), expected);
        }
    }
}
