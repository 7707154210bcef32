//! Histories that branch, and documents that go and come back.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::git::git;
use super::{run, text};

const DOCUMENT: &str = "Lumeshore/Privacy Policy.md";

/// A repository in which each commit is a day after the one before.
struct Repository {
    folder: tempfile::TempDir,
    day: u32,
}

impl Repository {
    fn new() -> Self {
        let repository = Self { folder: tempfile::tempdir().expect("a folder"), day: 1 };
        repository.git(&["init", "--quiet", "--initial-branch", "main"]);
        repository
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn git(&self, args: &[&str]) -> String {
        git(self.path(), &format!("2025-03-{:02}T00:00:00Z", self.day), args)
    }

    /// Records `days` in the document, or that it is gone, and returns the commit.
    fn record(&mut self, days: Option<u32>) -> String {
        let path = self.path().join(DOCUMENT);
        fs::create_dir_all(path.parent().expect("a service")).expect("a folder");
        match days {
            Some(days) => fs::write(path, format!("# Terms\n\nWe keep your data for {days} days.\n\nWrite to us.\n")),
            None => fs::remove_file(path),
        }
        .expect("it is written");
        self.git(&["add", "--all", "."]);
        self.git(&["commit", "--quiet", "--message", "Record new changes of Lumeshore Privacy Policy"]);
        self.day += 1;
        self.git(&["rev-parse", "HEAD"])
    }

    fn records(&self) -> Vec<Value> {
        run(&["scan", text(self.path()), "--no-model", "--format", "jsonl", "--order", "history"]).records()
    }
}

fn of<'r>(found: &'r [Value], commit: &str) -> &'r Value {
    found.iter().find(|record| record["commit"] == commit).expect("a record of the commit")
}

#[test]
fn a_version_is_compared_with_the_one_of_its_own_branch() {
    let mut repository = Repository::new();
    let base = repository.record(Some(30));
    repository.git(&["checkout", "--quiet", "-b", "side"]);
    let side = repository.record(Some(60));
    repository.git(&["checkout", "--quiet", "main"]);
    let main = repository.record(Some(90));
    repository.git(&["merge", "--quiet", "--strategy", "ours", "--message", "Merge", "side"]);
    let after = repository.record(Some(120));
    let found = repository.records();
    for (commit, before, from, date) in [
        (&main, &base, "30 days", "2025-03-01T00:00:00Z"),
        (&side, &base, "30 days", "2025-03-01T00:00:00Z"),
        (&after, &main, "90 days", "2025-03-03T00:00:00Z"),
    ] {
        let record = of(&found, commit);
        let told = record["clauses"][0]["before"].as_str().unwrap_or_default();
        assert!(told.contains(from), "{told}");
        assert_eq!((&record["previous_commit"], &record["previous_date"]), (&before.as_str().into(), &date.into()));
    }
    assert_eq!(found.len(), 4, "the merge records nothing");
}

#[test]
fn a_document_that_comes_back_is_a_first_record() {
    let mut repository = Repository::new();
    let (first, gone) = (repository.record(Some(30)), repository.record(None));
    let (back, after) = (repository.record(Some(60)), repository.record(Some(90)));
    let found = repository.records();
    for (commit, status, before) in [
        (&first, "first-record", None),
        (&gone, "last-record", Some(&first)),
        (&back, "first-record", None),
        (&after, "change", Some(&back)),
    ] {
        let record = of(&found, commit);
        assert_eq!(record["status"], status);
        assert_eq!(record["previous_commit"].as_str(), before.map(String::as_str), "{status}");
        assert_eq!(record["previous_date"].is_null(), before.is_none(), "{status}");
    }
}
