//! Links that open the exact line of a change on the hosting site.

use sha2::{Digest, Sha256};

use super::DocumentPath;
use super::link_template::{LinkTemplate, at_line, encoded};
use crate::id::hex;

/// A side of a document change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The version before.
    Old,
    /// The version after.
    New,
}

/// Links to the lines of one file in one document change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineLinks(Lines);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Lines {
    /// The diff of the commit shows both sides, where it is compared with the commit before.
    Diff { stem: String, old: bool },
    /// Each side as its own version; filled but for the line.
    Versions { old: Option<String>, new: String },
}

impl LineLinks {
    /// The link to `line` of a side; nothing where the hosting site does not show that side.
    #[must_use]
    pub fn line(&self, side: Side, line: u32) -> Option<String> {
        match (&self.0, side) {
            (Lines::Diff { stem, .. }, Side::New) => Some(format!("{stem}R{line}")),
            (Lines::Diff { stem, old }, Side::Old) => old.then(|| format!("{stem}L{line}")),
            (Lines::Versions { new, .. }, Side::New) => Some(at_line(new, line)),
            (Lines::Versions { old, .. }, Side::Old) => old.as_ref().map(|old| at_line(old, line)),
        }
    }
}

/// The old side of a document change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OldSide<'a> {
    /// The commit that recorded it.
    pub commit: &'a str,
    /// Whether it is the one just before, which a diff shows: not so where a wall was looked past.
    pub shown: bool,
}

/// Where a collection is hosted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permalinks(Site);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Site {
    /// Such as `https://github.com/OpenTermsArchive/vlopses-us-versions`.
    GitHub(String),
    /// Another site, by a template.
    Other(LinkTemplate),
}

impl Permalinks {
    /// Links as an operator gives them: the address of a repository on a known hosting site, or a template for another
    /// with `{commit}` and, as needed, `{path}`, `{line}`, `{service}`, `{terms_type}`.
    ///
    /// # Errors
    /// Says what is wrong and what would be right.
    pub fn parse(given: &str) -> Result<Self, String> {
        if given.contains(['{', '}']) {
            return LinkTemplate::parse(given).map(|template| Self(Site::Other(template)));
        }
        Self::of_remote(given).ok_or_else(|| {
            format!(
                "{given:?} is no address that links can be made for; give https://github.com/OWNER/REPOSITORY, or a \
                 template such as https://git.example.org/OWNER/REPOSITORY/src/commit/{{commit}}/{{path}}#L{{line}}"
            )
        })
    }

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
            .then(|| Self(Site::GitHub(format!("https://github.com/{owner}/{name}"))))
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
        let Site::GitHub(base) = &self.0 else { return None };
        base.rsplit('/').next()?.strip_suffix("-versions")
    }

    /// The link to what `commit` did to the document at `path`.
    #[must_use]
    pub fn commit(&self, commit: &str, path: &DocumentPath) -> String {
        match &self.0 {
            Site::GitHub(base) => format!("{base}/commit/{commit}"),
            Site::Other(template) => template.document(commit, path),
        }
    }

    /// The link to the file at `path` as of `commit`, shown as plain text: `#L12` after it opens a line.
    #[must_use]
    pub fn file(&self, commit: &str, path: &DocumentPath) -> String {
        match &self.0 {
            Site::GitHub(base) => format!("{base}/blob/{commit}/{}?plain=1", encoded(&path.path, "/")),
            Site::Other(template) => template.document(commit, path),
        }
    }

    /// Links to the lines of the file at `path` in the change that `commit` records of it from `old`.
    #[must_use]
    pub fn lines(&self, commit: &str, old: Option<OldSide<'_>>, path: &DocumentPath) -> LineLinks {
        LineLinks(match &self.0 {
            Site::GitHub(base) => {
                let anchor = hex(&Sha256::digest(path.path.as_bytes()));
                let stem = format!("{base}/commit/{commit}#diff-{anchor}");
                Lines::Diff { stem, old: old.is_none_or(|old| old.shown) }
            }
            Site::Other(template) => Lines::Versions {
                old: old.map(|old| template.lines(old.commit, path)),
                new: template.lines(commit, path),
            },
        })
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
            assert_eq!(Permalinks::of_remote(url), Some(Permalinks(Site::GitHub(base.to_owned()))), "{url}");
        }
        for url in ["/tmp/demo.bundle", "https://github.com/a/b/c", "https://github.com/a/b\"x"] {
            assert_eq!(Permalinks::of_remote(url), None, "{url}");
        }
        let message = "Record new changes of X\n\n- https://github.com/OpenTermsArchive/demo-snapshots/commit/abc\n";
        let links = Permalinks::of_message(message);
        assert_eq!(links.as_ref().and_then(Permalinks::collection), Some("demo"));
    }

    fn path(path: &str) -> DocumentPath {
        DocumentPath::parse(path).unwrap()
    }

    #[test]
    fn links_of_files_are_encoded() {
        let links = Permalinks::parse("https://github.com/o/r").unwrap();
        let expected = "https://github.com/o/r/blob/c0ffee/A%20b/C%20%23d%3F.md?plain=1";
        assert_eq!(links.file("c0ffee", &path("A b/C #d?.md")), expected);
        assert_eq!(links.commit("c0ffee", &path("A b/C #d?.md")), "https://github.com/o/r/commit/c0ffee");
    }

    #[test]
    fn line_anchor_is_the_hash_of_the_path() {
        // `printf 'a/b.md' | sha256sum`
        let hash = "5a05f1b231ec94b2822eb9a3e4863903643c2d81ba385adcfe76aacd2feca673";
        let links = Permalinks::parse("https://github.com/o/r").unwrap();
        let before = |shown| Some(OldSide { commit: "dec0de", shown });
        for (side, letter) in [(Side::New, 'R'), (Side::Old, 'L')] {
            let expected = format!("https://github.com/o/r/commit/c0ffee#diff-{hash}{letter}7");
            assert_eq!(links.lines("c0ffee", before(true), &path("a/b.md")).line(side, 7), Some(expected));
        }
        let past_a_wall = links.lines("c0ffee", before(false), &path("a/b.md"));
        assert_eq!(past_a_wall.line(Side::Old, 7), None, "the diff shows the wall there");
        assert!(past_a_wall.line(Side::New, 7).is_some());
    }

    #[test]
    fn a_template_opens_each_side_in_its_own_version() {
        let links = Permalinks::parse("https://git.example.org/o/r/src/commit/{commit}/{path}#L{line}").unwrap();
        let of = |commit: &str| format!("https://git.example.org/o/r/src/commit/{commit}/a/b%20c.md");
        let document = path("a/b c.md");
        assert_eq!(links.commit("c0ffee", &document), of("c0ffee"));
        let lines = links.lines("c0ffee", Some(OldSide { commit: "dec0de", shown: false }), &document);
        assert_eq!(lines.line(Side::New, 7), Some(format!("{}#L7", of("c0ffee"))));
        assert_eq!(lines.line(Side::Old, 7), Some(format!("{}#L7", of("dec0de"))));
        assert_eq!(links.lines("c0ffee", None, &document).line(Side::Old, 7), None);
        assert_eq!(links.collection(), None);
    }

    #[test]
    fn what_gives_no_links_says_what_would() {
        let said = Permalinks::parse("https://x.example/a").unwrap_err();
        assert!(said.contains("is no address") && said.contains("{commit}"), "{said}");
        assert!(Permalinks::parse("https://x.example/{a}").unwrap_err().contains("unknown placeholder {a}"));
    }
}
