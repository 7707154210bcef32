//! Which document changes are wanted.

use jiff::Timestamp;

use crate::source::{CommitInfo, Document, DocumentPath, Revision};

/// Document changes to report. A filter selects what is reported; it never changes what a status
/// or a priority is, because the history behind it is read all the same.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Recorded at this time or later.
    pub since: Option<Timestamp>,
    /// Recorded at this time or earlier.
    pub until: Option<Timestamp>,
    /// Recorded by one of these commits (full hashes or beginnings); empty: by any.
    pub commits: Vec<String>,
    /// Of one of these services, letter case ignored; empty: of any.
    pub services: Vec<String>,
    /// Of one of these terms types, letter case ignored; empty: of any.
    pub terms_types: Vec<String>,
    /// With one of these statuses; empty: with any.
    pub statuses: Vec<String>,
    /// With one of these categories; empty: with any or none.
    pub categories: Vec<String>,
    /// With one of these as highest materiality; empty: with any or none.
    pub materialities: Vec<String>,
    /// With one of these effects; empty: with any or none.
    pub effects: Vec<String>,
    /// Only those whose decision hangs on judgements near their thresholds.
    pub unsure: bool,
    /// Of each story only the first, in the order of the output.
    pub one_a_story: bool,
    /// Only the first so many, in the order of the output.
    pub top: Option<usize>,
}

impl Filter {
    /// Whether revisions of `document` can be wanted.
    #[must_use]
    pub fn wants_document(&self, document: &Document) -> bool {
        self.wants_path(&document.path)
    }

    /// Whether what stands at `path` can be wanted.
    #[must_use]
    pub fn wants_path(&self, path: &DocumentPath) -> bool {
        let among = |wanted: &[String], is: &str| {
            wanted.is_empty() || wanted.iter().any(|one| one.to_lowercase() == is.to_lowercase())
        };
        among(&self.services, &path.service) && among(&self.terms_types, &path.terms_type)
    }

    /// Whether `revision` is wanted, by its commit and date.
    #[must_use]
    pub fn wants_revision(&self, revision: &Revision) -> bool {
        self.wants_commit(&revision.commit)
    }

    /// Whether what `commit` recorded is wanted, by its name and date.
    #[must_use]
    pub fn wants_commit(&self, commit: &CommitInfo) -> bool {
        self.since.is_none_or(|since| commit.date >= since)
            && self.until.is_none_or(|until| commit.date <= until)
            && (self.commits.is_empty()
                || self.commits.iter().any(|wanted| {
                    commit.id.get(..wanted.len()).is_some_and(|start| start.eq_ignore_ascii_case(wanted))
                }))
    }
}
