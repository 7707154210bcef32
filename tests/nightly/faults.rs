//! What can go wrong around a run. After each: nothing lost, nothing twice, the next run completes.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{Night, run, terms, text};

#[test]
fn a_second_run_says_so_and_exits_with_3() {
    let night = Night::new(1, 1, 2);
    let lock = fs::File::create(night.path("store.sqlite.lock")).expect("a lock file");
    lock.lock().expect("it is locked");
    let ran = night.run(&[]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("another run is at work"), "{}", ran.err);
    drop(lock);
    night.run(&[]).ok();
}

#[test]
fn a_locked_store_is_waited_for_and_then_told() {
    let night = Night::new(1, 1, 2);
    night.run(&[]).ok();
    night.repository(0).record("Service 0/Terms of Service.md", &terms(0, 7));
    let other = night.connection();
    other.execute_batch("BEGIN IMMEDIATE").expect("it is locked");
    let ran = night.run(&[]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.err.contains("locked by another program"), "{}", ran.err);
    other.execute_batch("COMMIT").expect("it is released");
    assert!(night.run(&[]).ok().out.contains("1 document change stored"));
    night.check();
}

#[test]
fn a_corrupt_repository_does_not_stop_the_healthy_ones() {
    let night = Night::new(3, 1, 3);
    let head = night.repository(1).git(&["rev-parse", "HEAD"]);
    let object = night.path("col-1/.git/objects").join(&head[..2]).join(&head[2..]);
    let whole = fs::read(&object).expect("it is there");
    fs::remove_file(&object).expect("it is removed");
    fs::write(&object, &whole[..20]).expect("it is written");
    let ran = night.run(&[]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.out.contains("6 document changes stored"), "{}", ran.out);
    let reason = night.words("SELECT reason FROM run_collection WHERE source = 'col-1'");
    assert!(reason.contains("damaged"), "{reason}");
    let reason = night.words("SELECT reason FROM run WHERE outcome = 'partly'");
    assert!(reason.contains("col-1"), "{reason}");
    night.check();
    fs::write(&object, whole).expect("it is mended");
    assert!(night.run(&[]).ok().out.contains("3 document changes stored"));
    night.check();
}

#[test]
fn a_shallow_clone_fails_alone_and_nothing_counts_as_gone() {
    let night = Night::new(2, 1, 4);
    night.run(&[]).ok();
    // The first collection is cloned anew, without its older history.
    let origin = night.path("origin");
    fs::rename(night.path("col-0"), &origin).expect("it is moved");
    let url = format!("file://{}", text(&origin));
    let path = night.path("col-0");
    night.repository_of("origin").git(&["clone", "--quiet", "--depth", "2", &url, text(&path)]);
    night.repository(1).record("Service 0/Terms of Service.md", &terms(0, 7));
    let checked = night.run(&["--check"]);
    assert_eq!(checked.code, 2, "{}", checked.err);
    assert!(checked.out.contains("col-0: would fail:"), "{}", checked.out);
    // Also where it stands at a commit that is stored already, and where there is a new one.
    for (nth, stored) in [(8, "1 document change stored"), (9, "0 document changes stored")] {
        let ran = night.run(&[]);
        assert_eq!(ran.code, 3, "{}", ran.err);
        assert!(ran.out.contains(stored) && ran.out.contains("fetch --unshallow"), "{}", ran.out);
        assert_eq!(night.number("SELECT count(*) FROM document_change WHERE gone"), 0);
        night.repository(0).record("Service 0/Terms of Service.md", &terms(0, nth));
    }
    night.repository(0).git(&["fetch", "--quiet", "--unshallow"]);
    assert!(night.run(&[]).ok().out.contains("2 document changes stored"));
    assert_eq!(night.number("SELECT count(*) FROM document_change WHERE gone"), 0);
    night.check();
}

#[test]
fn a_missing_commit_fails_its_collection_and_nothing_counts_as_gone() {
    let night = Night::new(2, 1, 4);
    night.run(&[]).ok();
    for at in 0..2 {
        night.repository(at).record("Service 0/Terms of Service.md", &terms(0, 7));
    }
    let commit = night.repository(0).git(&["rev-parse", "HEAD~2"]);
    let object = night.path("col-0/.git/objects").join(&commit[..2]).join(&commit[2..]);
    let whole = fs::read(&object).expect("it is there");
    fs::remove_file(&object).expect("it is removed");
    let ran = night.run(&[]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.out.contains("1 document change stored") && ran.out.contains("missing or damaged"), "{}", ran.out);
    assert_eq!(night.number("SELECT count(*) FROM document_change WHERE gone"), 0);
    fs::write(&object, whole).expect("it is mended");
    assert!(night.run(&[]).ok().out.contains("1 document change stored"));
    night.check();
}

#[test]
fn a_version_that_cannot_be_read_is_tried_again() {
    let night = Night::new(1, 1, 5);
    let blob = night.repository(0).git(&["rev-parse", "HEAD~2:Service 0/Terms of Service.md"]);
    let object = night.path("col-0/.git/objects").join(&blob[..2]).join(&blob[2..]);
    let whole = fs::read(&object).expect("it is there");
    fs::remove_file(&object).expect("it is removed");
    for _ in 0..2 {
        let ran = night.run(&[]);
        assert_eq!(ran.code, 3, "{}", ran.err);
        assert!(ran.out.contains("cannot be read"), "{}", ran.out);
        assert_eq!(night.number("SELECT count(*) FROM document_change"), 5);
    }
    fs::write(&object, whole).expect("it is mended");
    night.run(&[]).ok();
    let (store, source) = (night.store(), night.path("col-0"));
    let scanned = run(&["scan", text(&source), "--no-model", "--format", "jsonl", "--order", "history"]).ok();
    assert_eq!(run(&["store", "export", text(&store)]).ok().out, scanned.out);
    night.check();
}

#[test]
fn a_network_that_is_away() {
    let night = Night::new(1, 1, 2);
    let gone = night.path("gone");
    night.append(&format!("[[collection]]\nsource = \"file://{}\"\n", text(&gone)));
    let ran = night.run(&[]);
    assert_eq!(ran.code, 3);
    assert!(ran.out.contains("2 document changes stored") && ran.out.contains("cannot be cloned"), "{}", ran.out);
}

#[test]
fn a_store_that_may_not_grow_is_whole_and_goes_on() {
    let night = Night::new(1, 6, 8);
    night.append("[limits]\nstore = \"260 kB\"\n");
    let ran = night.run(&[]);
    assert_eq!(ran.code, 3, "{}\n{}", ran.out, ran.err);
    assert!(ran.err.contains("disk is full"), "{}", ran.err);
    let stored = night.number("SELECT count(*) FROM document_change");
    assert!(stored > 0 && stored < 48, "{stored}");
    night.check();
    let config = fs::read_to_string(night.config()).expect("it is there").replace("260 kB", "1 GB");
    fs::write(night.config(), config).expect("it is written");
    night.run(&[]).ok();
    assert_eq!(night.number("SELECT count(*) FROM document_change"), 48);
    night.check();
}

/// A real full disk: a file system of its own in memory. Needs `unshare` with the right to mount.
#[test]
fn a_full_disk() {
    let night = Night::new(1, 6, 8);
    let disk = night.path("disk");
    fs::create_dir(&disk).expect("a folder");
    let config = fs::read_to_string(night.config()).expect("it is there");
    fs::write(night.config(), config.replace("\"store.sqlite\"", "\"disk/store.sqlite\"")).expect("it is written");
    let may_mount = Command::new("unshare").args(["--mount", "mount", "-t", "tmpfs", "tmpfs", text(&disk)]).output();
    if !may_mount.is_ok_and(|output| output.status.success()) {
        println!("skipped: no right to mount a file system here; limits.store is tested all the same");
        return;
    }
    // Full in the first run; then there is room.
    let script = "mount -t tmpfs -o size=600k tmpfs \"$1\" && shift
        \"$@\"; first=$?
        cp disk/store.sqlite* . 2>/dev/null; mount -o remount,size=64m \"$PWD/disk\"
        \"$@\"; second=$?; rm -f store.sqlite*; cp disk/store.sqlite* .; echo \"exits $first $second\"";
    let output = Command::new("unshare")
        .args(["--mount", "sh", "-c", script, "sh", text(&disk), env!("CARGO_BIN_EXE_termsift")])
        .args(["nightly", "--config", text(&night.config())])
        .current_dir(night.folder.path())
        .output()
        .expect("it starts");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(out.contains("exits 3 0"), "{out}\n{err}");
    assert!(err.contains("disk is full"), "{err}");
    assert_eq!(night.number("SELECT count(*) FROM document_change"), 48);
    night.check();
}

#[test]
fn a_newer_store_is_read_and_never_written() {
    let night = Night::new(1, 1, 3);
    night.run(&[]).ok();
    night.connection().execute_batch("PRAGMA user_version = 99").expect("it is changed");
    let before = fs::read(night.store()).expect("it is there");
    let ran = night.run(&[]);
    assert_eq!(ran.code, 2, "{}", ran.err);
    assert!(ran.err.contains("newer termsift"), "{}", ran.err);
    let store = night.store();
    let exported = run(&["store", "export", text(&store)]).ok();
    assert_eq!(exported.out.lines().count(), 3);
    assert!(exported.err.contains("newer termsift"), "{}", exported.err);
    assert_eq!(run(&["store", "vacuum", text(&store)]).code, 2);
    assert_eq!(fs::read(night.store()).expect("it is there"), before);
}

#[test]
fn a_file_that_is_no_store_is_left_alone() {
    let night = Night::new(1, 1, 1);
    fs::write(night.store(), "dear diary").expect("it is written");
    assert_eq!(night.run(&[]).code, 2);
    assert_eq!(fs::read_to_string(night.store()).expect("it is there"), "dear diary");
    fs::remove_file(night.store()).expect("it is removed");
    night.connection().execute_batch("CREATE TABLE diary (line TEXT)").expect("another program's");
    let ran = night.run(&[]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("not one of termsift"), "{}", ran.err);
}

#[test]
fn sigterm_finishes_the_document_change_and_exits_with_3() {
    let night = Night::new(2, 8, 8);
    // A stop in time, without luck: wait until something is stored, then ask.
    let mut child = night.command(&[]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    for _ in 0..2000 {
        std::thread::sleep(Duration::from_millis(1));
        let count = rusqlite::Connection::open_with_flags(night.store(), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
            .and_then(|store| store.query_row("SELECT count(*) FROM document_change", [], |row| row.get::<_, i64>(0)));
        if count.is_ok_and(|count| count > 0) {
            break;
        }
    }
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill is there").success());
    let code = child.wait().expect("it ends").code();
    let stored = night.number("SELECT count(*) FROM document_change");
    if stored < 128 {
        assert_eq!(code, Some(3));
        assert_eq!(night.words("SELECT outcome FROM run"), "interrupted");
        assert_eq!(night.number("SELECT count(*) FROM document_change WHERE announced_by IS NOT NULL"), 0);
    } else {
        assert!(matches!(code, Some(0 | 3)), "all was stored before the signal came: {code:?}");
    }
    night.check();
    night.run(&[]).ok();
    assert_eq!(night.number("SELECT count(*) FROM document_change"), 128);
}

#[test]
fn a_clock_that_jumps() {
    let night = Night::new(1, 1, 3);
    night.run(&[]).ok();
    // The last run, says the store, was in the far future; and a document change is recorded in the past.
    night.connection().execute("UPDATE run SET started = '2099-01-01T00:00:00Z'", []).expect("it is changed");
    let repository = night.repository(0);
    repository.record("Service 0/Terms of Service.md", &terms(0, 7));
    repository.git(&["commit", "--quiet", "--amend", "--no-edit", "--date", "1999-01-01T00:00:00Z"]);
    assert!(night.run(&[]).ok().out.contains("1 document change stored"));
    night.check();
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_folder_does_not_let_be_read_is_not_gone() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let night = Night::new(0, 0, 0);
    night.configure("[[collection]]\nsource = \"dated\"\n");
    for service in ["Lumeshore", "Tarnwick"] {
        let folder = night.path("dated").join(service).join("Terms of Service");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("2025-01-01T00-00-00Z.md"), terms(0, 1)).expect("it is written");
    }
    night.run(&[]).ok();
    let service = night.path("dated/Tarnwick");
    let hidden = night.path("dated").join(OsStr::from_bytes(b"Tarnwick\xff"));
    fs::rename(&service, &hidden).expect("it is renamed");
    let ran = night.run(&[]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    assert!(ran.out.contains("its name is not UTF-8"), "{}", ran.out);
    assert_eq!(night.number("SELECT count(*) FROM document_change WHERE gone"), 0);
    fs::rename(&hidden, &service).expect("it is renamed");
    assert!(night.run(&[]).ok().out.contains("nothing new"));
}

#[test]
fn what_can_be_made_again_is_though_something_else_cannot() {
    let night = Night::new(3, 1, 3);
    night.run(&[]).ok();
    night.connection().execute_batch("UPDATE assessment SET engine = 1").expect("they are stale");
    // Of the second, one version is damaged; the first is not there at all. Both are as cheap as the third.
    let repository = night.repository(1);
    let blob = repository.git(&["rev-parse", "HEAD~1:Service 0/Terms of Service.md"]);
    let object = night.path("col-1/.git/objects").join(&blob[..2]).join(&blob[2..]);
    let whole = fs::read(&object).expect("it is there");
    fs::remove_file(&object).expect("it is removed");
    fs::rename(night.path("col-0"), night.path("away")).expect("it is moved");
    let ran = night.run(&["--refresh"]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    assert!(ran.out.contains("refresh not finished") && ran.out.contains("cannot be read"), "{}", ran.out);
    let fresh = |name: &str| {
        night.number(&format!(
            "SELECT count(*) FROM assessment JOIN document_change ON document_change.id = document_change_id
             JOIN collection ON collection.id = collection_id WHERE name = '{name}' AND engine <> 1"
        ))
    };
    assert_eq!((fresh("col-0"), fresh("col-2")), (0, 3));
    assert_eq!(night.number("SELECT count(*) FROM assessment WHERE unreadable"), 0, "the older records are kept");
    fs::write(&object, whole).expect("it is mended");
    fs::rename(night.path("away"), night.path("col-0")).expect("it is back");
    night.run(&["--refresh"]).ok();
    assert_eq!((fresh("col-0"), fresh("col-1"), fresh("col-2")), (3, 3, 3));
    night.check();
}
