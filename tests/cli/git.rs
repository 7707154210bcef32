//! Git histories, whole and damaged, made with `git`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::{records, run, text};

const DOCUMENT: &str = "Lumeshore/Privacy Policy.md";

/// What `git` with `args` says in `folder`, as a recorder on that day.
pub(crate) fn git(folder: &Path, date: &str, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=recorder", "-c", "user.email=recorder@collection.example"])
        .args(["-c", "commit.gpgsign=false", "-c", "gc.auto=0", "-c", "core.autocrlf=false"])
        .args(args)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_AUTHOR_DATE", date)
        .env("GIT_COMMITTER_DATE", date)
        .output()
        .expect("git is needed to run these tests");
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A repository in a folder of its own.
struct Repository {
    folder: TempDir,
}

impl Repository {
    fn new() -> Self {
        let repository = Self { folder: tempfile::tempdir().expect("a folder") };
        repository.git(&["init", "--quiet", "--initial-branch", "main"]);
        repository
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn git(&self, args: &[&str]) -> String {
        git(self.path(), "2025-03-04T05:06:07Z", args)
    }

    /// Records `bytes` as the next version and returns the commit.
    fn record(&self, bytes: &[u8]) -> String {
        let path = self.path().join(DOCUMENT);
        fs::create_dir_all(path.parent().expect("a service")).expect("a folder");
        fs::write(path, bytes).expect("it is written");
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "--message", "Record new changes of Lumeshore Privacy Policy"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Where the loose object named by `revision` lies.
    fn object(&self, revision: &str) -> PathBuf {
        let id = self.git(&["rev-parse", revision]);
        let (folder, file) = id.split_at(2);
        self.path().join(".git/objects").join(folder).join(file)
    }
}

fn terms(days: u32) -> String {
    format!(
        "# Privacy Policy\n\nWe keep your data for {days} days after you close your account.\n\nYou can write to us.\n"
    )
}

/// Cuts a file to its first 20 bytes.
fn truncate(path: &Path) {
    let bytes = fs::read(path).expect("it is there");
    fs::remove_file(path).expect("it is removed");
    fs::write(path, bytes.get(..20).unwrap_or_default()).expect("it is written");
}

#[test]
fn a_history_gives_records_with_commits() {
    let repository = Repository::new();
    let commits = [repository.record(terms(30).as_bytes()), repository.record(terms(90).as_bytes())];
    let found =
        run(&["scan", text(repository.path()), "--no-model", "--format", "jsonl", "--order", "history"]).records();
    assert_eq!(found.len(), 2);
    assert_eq!([&found[0]["commit"], &found[1]["commit"]], [commits[0].as_str(), commits[1].as_str()]);
    assert_eq!(found[1]["previous_commit"], commits[0].as_str());
    assert_eq!((&found[0]["status"], &found[1]["status"]), (&"first-record".into(), &"change".into()));
    assert_eq!(found[1]["date"], "2025-03-04T05:06:07Z");
}

#[test]
fn a_commit_that_head_does_not_reach() {
    let repository = Repository::new();
    repository.record(terms(30).as_bytes());
    let lost = repository.record(terms(90).as_bytes());
    repository.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    let short = lost.get(..9).expect("a hash");
    let found = run(&["scan", text(repository.path()), "--format", "jsonl", "--commit", short]).records();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["commit"], lost.as_str());

    for unknown in ["0123456789abcdef", "not-a-hash"] {
        let ran = run(&["scan", text(repository.path()), "--commit", unknown]);
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains(unknown) && ran.err.contains(text(repository.path())), "{}", ran.err);
    }
}

#[test]
fn a_commit_needs_to_be_in_one_source_only() {
    let (one, other) = (Repository::new(), Repository::new());
    one.record(terms(30).as_bytes());
    let wanted = one.record(terms(60).as_bytes());
    other.record(terms(90).as_bytes());
    let (one, other) = (text(one.path()), text(other.path()));
    for sources in [[one, other], [other, one]] {
        let found = run(&["scan", sources[0], sources[1], "--format", "jsonl", "--commit", &wanted]).records();
        assert_eq!(found.len(), 1);
    }
    assert_eq!(run(&["scan", one, other, "--commit", "0123456789"]).code, 2);
}

#[test]
fn odd_versions_are_read() {
    let repository = Repository::new();
    let (first, last) = (terms(30), terms(90));
    let versions: [&[u8]; 5] =
        [first.as_bytes(), b"# Privacy Policy\n\nWe keep caf\xe9 data \xff\xfe.\n", b"", b"\0\0\0", last.as_bytes()];
    for version in versions {
        repository.record(version);
    }
    let found = run(&["scan", text(repository.path()), "--format", "jsonl", "--order", "history"]).records();
    assert_eq!(found.len(), versions.len());
    assert!(found[1]["notes"].to_string().contains("not valid UTF-8"), "{}", found[1]["notes"]);
    assert_eq!(run(&["scan", text(repository.path()), "--top", "0"]).code, 0);
}

#[test]
fn a_repository_without_a_commit() {
    let repository = Repository::new();
    let ran = run(&["scan", text(repository.path())]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains(text(repository.path())) && ran.err.contains("no commit"), "{}", ran.err);
}

#[test]
fn a_damaged_version_is_told_and_the_rest_is_read() {
    let repository = Repository::new();
    for days in [30, 60, 90] {
        repository.record(terms(days).as_bytes());
    }
    truncate(&repository.object(&format!("HEAD~1:{DOCUMENT}")));
    let ran = run(&["scan", text(repository.path()), "--format", "jsonl"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("could not be read") && ran.err.contains(DOCUMENT), "{}", ran.err);
    assert!(ran.err.contains(text(repository.path())), "{}", ran.err);
    assert_eq!(records(&ran.out).len(), 3, "each document change has its record");
}

#[test]
fn a_version_of_hundreds_of_megabytes_is_told_and_not_read() {
    let repository = Repository::new();
    repository.record(terms(30).as_bytes());
    repository.record(&vec![b'a'; 257 << 20]);
    repository.record(terms(60).as_bytes());
    let ran = run(&["scan", text(repository.path()), "--format", "jsonl", "--order", "history"]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    let found = records(&ran.out);
    let notes = |at: usize| found[at]["notes"].to_string();
    assert!(found.len() == 3 && notes(1).contains("exceeds the configured allocation limit"), "{}", ran.out);
}

#[test]
fn a_damaged_history_ends_with_2() {
    let spoil: [(&str, fn(&Repository)); 3] = [
        ("the commit at HEAD", |repository| truncate(&repository.object("HEAD"))),
        ("a tree", |repository| truncate(&repository.object("HEAD^{tree}"))),
        ("the pack", |repository| {
            repository.git(&["repack", "--quiet", "-a", "-d"]);
            let packs = fs::read_dir(repository.path().join(".git/objects/pack")).expect("a folder");
            let pack = packs
                .filter_map(Result::ok)
                .map(|entry| entry.path())
                .find(|path| path.extension().is_some_and(|it| it == "pack"));
            truncate(&pack.expect("a pack"));
        }),
    ];
    for (what, spoil) in spoil {
        let repository = Repository::new();
        repository.record(terms(30).as_bytes());
        repository.record(terms(60).as_bytes());
        spoil(&repository);
        let ran = run(&["scan", text(repository.path()), "--format", "jsonl"]);
        assert!(matches!(ran.code, 2 | 3), "{what}: {} {}", ran.code, ran.err);
        assert!(ran.err.contains(text(repository.path())), "{what}: {}", ran.err);
        assert!(!ran.err.contains("panicked"), "{what}: {}", ran.err);
    }
}

#[test]
fn a_shallow_clone_is_refused() {
    let origin = Repository::new();
    for days in [30, 60, 90] {
        origin.record(terms(days).as_bytes());
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (path, clones) = (folder.path().join("shallow"), folder.path().join("clones"));
    origin.git(&["clone", "--quiet", "--depth", "2", &format!("file://{}", text(origin.path())), text(&path)]);
    let url = format!("file://{}", text(&path));
    let scan = |source: &str| run(&["scan", source, "--clones", text(&clones), "--no-model", "--format", "jsonl"]);
    for source in [text(&path), &url] {
        let ran = scan(source);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{source}: {}", ran.err);
        assert!(ran.err.contains("a shallow clone") && ran.err.contains("fetch --unshallow"), "{source}: {}", ran.err);
    }
    // What the message says to do.
    let clone = fs::read_dir(&clones).expect("a folder").find_map(Result::ok).expect("the clone of the URL").path();
    for repository in [&path, &clone] {
        origin.git(&["-C", text(repository), "fetch", "--quiet", "--unshallow"]);
    }
    for source in [text(&path), &url] {
        assert_eq!(scan(source).records().len(), 3, "{source}");
    }
}

#[test]
fn a_missing_commit_is_not_taken_for_the_border_of_the_history() {
    let repository = Repository::new();
    for days in [30, 60, 90] {
        repository.record(terms(days).as_bytes());
    }
    let missing = repository.git(&["rev-parse", "HEAD~1"]);
    fs::remove_file(repository.object("HEAD~1")).expect("it is removed");
    let ran = run(&["scan", text(repository.path()), "--no-model", "--format", "jsonl"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
    assert!(ran.err.contains(&missing) && ran.err.contains("missing or damaged"), "{}", ran.err);
    assert!(ran.err.contains(text(repository.path())), "{}", ran.err);
}

#[test]
fn a_url_is_cloned_once_and_fetched_from_then_on() {
    let repository = Repository::new();
    repository.record(terms(30).as_bytes());
    let clones = tempfile::tempdir().expect("a folder");
    let url = format!("file://{}", text(repository.path()));
    let scan = || run(&["scan", &url, "--clones", text(clones.path()), "--format", "jsonl"]).records();
    assert_eq!(scan().len(), 1);
    repository.record(terms(90).as_bytes());
    assert_eq!(scan().len(), 2, "what is new is fetched");
    // The default branch gets another name, and what is recorded from then on is recorded there.
    repository.git(&["branch", "--move", "main", "trunk"]);
    repository.record(terms(120).as_bytes());
    let found = scan();
    assert_eq!(found.len(), 3, "HEAD is followed");
    let name = repository.path().file_name().expect("a name").to_string_lossy().into_owned();
    assert_eq!(found[0]["collection"], name.as_str(), "called as its address says");
    repository.git(&["checkout", "--quiet", "-b", "other", "HEAD~1"]);
    repository.git(&["branch", "--delete", "--force", "trunk"]);
    assert_eq!(scan().len(), 2, "and a branch that is gone is not read any more");
    let kept = fs::read_dir(clones.path()).expect("a folder").count();
    assert_eq!(kept, 1, "one clone and nothing half done");
}

#[test]
fn a_url_that_refuses_is_told_with_a_remedy() {
    let clones = tempfile::tempdir().expect("a folder");
    // Taken and given back: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port").port();
    for url in [format!("https://127.0.0.1:{port}/a/b-versions.git"), "file:///no/such/place.git".to_owned()] {
        let ran = run(&["scan", &url, "--clones", text(clones.path())]);
        assert_eq!(ran.code, 2, "{}", ran.err);
        for part in [url.as_str(), "cannot be cloned or fetched", "caused by", "local clone"] {
            assert!(ran.err.contains(part), "{part:?} in {}", ran.err);
        }
        assert!(ran.out.is_empty());
    }
    assert_eq!(fs::read_dir(clones.path()).expect("a folder").count(), 0, "nothing half done is left");
}
