//! Only what is new is made, and all of it, whatever happened to the history.

use std::fs;
use std::time::Instant;

use termsift::store::{Store, StoreOptions};

use crate::support::{Night, Repository, run, terms, text};

#[test]
fn the_store_gives_back_what_a_scan_gives() {
    let night = Night::new(1, 3, 6);
    night.run(&[]).ok();
    let source = night.path("col-0");
    let scanned = run(&["scan", text(&source), "--no-model", "--format", "jsonl", "--order", "history"]).ok();
    let store = night.store();
    let exported = run(&["store", "export", text(&store)]).ok();
    assert_eq!(scanned.out.lines().count(), 18);
    assert_eq!(exported.out, scanned.out);

    let ranked = |from: &[&str]| {
        let more = ["--format", "jsonl", "--service", "service 1", "--top", "4"];
        run(&[&["report"], from, &more[..]].concat()).ok().out
    };
    assert_eq!(ranked(&["--store", text(&store)]), ranked(&["--source", text(&source), "--no-model"]));
    assert_eq!(ranked(&["--store", text(&store)]).lines().count(), 4);
    let unknown = run(&["report", "--store", text(&store), "--service", "Nobody"]);
    assert_eq!(unknown.code, 2, "{}", unknown.err);
    let commit = night.repository(0).git(&["rev-parse", "HEAD"]);
    let shown = |from: &[&str]| run(&[&["show", &commit], from].concat()).ok().out;
    assert_eq!(shown(&["--store", text(&store)]), shown(&["--source", text(&source), "--no-model"]));
    night.check();
}

#[test]
fn a_second_run_makes_only_what_is_new() {
    let night = Night::new(2, 3, 4);
    let first = night.run(&[]).ok();
    assert!(first.out.contains("24 document changes stored"), "{}", first.out);
    let again = night.run(&[]).ok();
    assert!(again.out.contains("0 document changes stored") && again.out.contains("nothing new"), "{}", again.out);

    // The same second, the same date as everything else: identity counts, not time.
    night.repository(1).record("Service 1/Terms of Service.md", &terms(1, 9));
    let third = night.run(&[]).ok();
    assert!(third.out.contains("1 document change stored"), "{}", third.out);
    assert!(third.err.contains("documents=1") && third.err.contains("new=1"), "{}", third.err);
    assert_eq!(night.number("SELECT count(*) FROM document_change"), 25);

    // As if all had been made at once, but for who was told when.
    let fresh = Night { folder: tempfile::tempdir().expect("a folder") };
    for at in 0..2 {
        run_copy(&night, &fresh, at);
    }
    fs::copy(night.config(), fresh.config()).expect("it is copied");
    fresh.run(&[]).ok();
    assert_eq!(night.rows(), fresh.rows());
}

fn run_copy(from: &Night, to: &Night, at: usize) {
    let name = format!("col-{at}");
    let target = to.path(&name);
    from.repository(at).git(&["clone", "--quiet", "--no-local", ".", text(&target)]);
}

#[test]
fn nothing_new_takes_no_time() {
    let night = Night::new(5, 2, 4);
    night.run(&[]).ok();
    let begun = Instant::now();
    night.run(&[]).ok();
    let seconds = begun.elapsed().as_secs_f64();
    assert!(seconds < 1.0, "{seconds} s");
}

#[test]
fn a_rewritten_history_keeps_the_old_and_adds_the_new() {
    let night = Night::new(1, 1, 5);
    night.run(&[]).ok();
    // The last two versions are taken back and two others recorded.
    let repository = night.repository(0);
    repository.git(&["reset", "--quiet", "--hard", "HEAD~2"]);
    repository.record("Service 0/Terms of Service.md", &terms(0, 20));
    repository.record("Service 0/Terms of Service.md", &terms(0, 21));
    let ran = night.run(&[]).ok();
    assert!(ran.out.contains("2 new") && ran.out.contains("2 no longer in the history"), "{}", ran.out);
    assert_eq!(night.number("SELECT count(*) FROM document_change"), 7, "nothing is lost");
    assert_eq!(night.number("SELECT count(*) FROM document_change WHERE gone"), 2);
    let (store, source) = (night.store(), night.path("col-0"));
    let scanned = run(&["scan", text(&source), "--no-model", "--format", "jsonl", "--order", "history"]).ok();
    assert_eq!(run(&["store", "export", text(&store)]).ok().out, scanned.out);
    assert_eq!(run(&["store", "export", text(&store), "--with-gone"]).ok().out.lines().count(), 7);
    night.check();
}

#[test]
fn a_branch_that_moves_back_is_followed_and_forgiven() {
    let night = Night::new(1, 1, 4);
    night.run(&[]).ok();
    let repository = night.repository(0);
    let tip = repository.git(&["rev-parse", "HEAD"]);
    repository.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    let back = night.run(&[]).ok();
    assert!(back.out.contains("nothing new") && back.out.contains("1 no longer"), "{}", back.out);
    repository.git(&["reset", "--quiet", "--hard", &tip]);
    night.run(&[]).ok();
    assert_eq!(night.number("SELECT count(*) FROM document_change WHERE gone"), 0);
    assert_eq!(night.number("SELECT count(*) FROM document_change"), 4);
}

#[test]
fn a_branch_can_be_named() {
    let night = Night::new(1, 1, 2);
    let repository = night.repository(0);
    repository.git(&["checkout", "--quiet", "-b", "other"]);
    repository.record("Service 0/Terms of Service.md", &terms(0, 8));
    repository.git(&["checkout", "--quiet", "main"]);
    night.configure("[[collection]]\nsource = \"col-0\"\nbranch = \"other\"\nname = \"named\"\n");
    let ran = night.run(&[]).ok();
    assert!(ran.out.contains("named: 3 new"), "{}", ran.out);
    night.configure("[[collection]]\nsource = \"col-0\"\nbranch = \"nowhere\"\n");
    let ran = night.run(&[]);
    assert_eq!(ran.code, 3);
    assert!(ran.out.contains("no branch \"nowhere\""), "{}", ran.out);
}

#[test]
fn a_url_is_cloned_and_then_fetched() {
    let night = Night::new(1, 1, 2);
    let source = night.path("col-0");
    night.configure(&format!("[[collection]]\nsource = \"file://{}\"\n", text(&source)));
    let first = night.run(&[]).ok();
    assert!(first.out.contains("2 new"), "{}", first.out);
    assert!(night.path("clones").is_dir());
    night.repository(0).record("Service 0/Terms of Service.md", &terms(0, 8));
    let second = night.run(&[]).ok();
    assert!(second.out.contains("1 new"), "{}", second.out);
    assert!(night.run(&[]).ok().out.contains("nothing new"));
    // Rewritten there.
    let repository = night.repository(0);
    repository.git(&["reset", "--quiet", "--hard", "HEAD~2"]);
    repository.record("Service 0/Terms of Service.md", &terms(0, 9));
    let third = night.run(&[]).ok();
    assert!(third.out.contains("1 new") && third.out.contains("2 no longer"), "{}", third.out);
}

#[test]
fn a_folder_of_dated_versions_is_a_collection() {
    let night = Night { folder: tempfile::tempdir().expect("a folder") };
    let folder = night.path("dated/Service/Terms of Service");
    fs::create_dir_all(&folder).expect("a folder");
    for (day, nth) in [(1, 0), (2, 1)] {
        fs::write(folder.join(format!("2025-01-0{day}T10-00-00Z.md")), terms(0, nth)).expect("it is written");
    }
    night.configure("[[collection]]\nsource = \"dated\"\n");
    assert!(night.run(&[]).ok().out.contains("2 new"));
    fs::write(folder.join("2024-12-31T10-00-00Z.md"), terms(0, 5)).expect("it is written");
    assert!(night.run(&[]).ok().out.contains("1 new"), "also when the new one is older");
}

#[test]
fn stale_records_are_made_again_on_demand() {
    let night = Night::new(2, 2, 4);
    night.run(&[]).ok();
    let rows = night.rows();
    // As if an older version of the program had made them.
    night.connection().execute("UPDATE assessment SET engine = 0, priority = -1", []).expect("it is changed");
    let plain = night.run(&[]).ok();
    assert!(plain.out.contains("16 records of another model or version"), "{}", plain.out);
    let refreshed = night.run(&["--refresh"]).ok();
    assert!(refreshed.out.contains("16 stale records made again"), "{}", refreshed.out);
    assert_eq!(night.rows(), rows);
    night.check();
}

#[test]
fn records_of_other_weights_are_weighed_anew_without_their_collections() {
    let night = Night::new(2, 2, 4);
    night.run(&[]).ok();
    let rows = night.rows();
    // As if other weights had been used for the records of one collection.
    let changed = "UPDATE assessment SET weights = 'other', priority = 99 WHERE document_change_id IN
         (SELECT document_change.id FROM document_change JOIN collection ON collection.id = collection_id
          WHERE name = 'col-0')";
    night.connection().execute(changed, []).expect("it is changed");
    let plain = night.run(&[]).ok();
    assert!(plain.out.contains("8 records of another model or version"), "{}", plain.out);
    // The collection is away, so nothing can be read from it.
    fs::rename(night.path("col-0"), night.path("away")).expect("it is moved");
    let refreshed = night.run(&["--refresh"]);
    assert!(refreshed.out.contains("8 stale records weighed anew"), "{}", refreshed.out);
    assert!(!refreshed.out.contains("made again"), "{}", refreshed.out);
    fs::rename(night.path("away"), night.path("col-0")).expect("it is back");
    assert_eq!(night.rows(), rows);
    night.check();
}

#[test]
fn the_built_in_model_judges_and_what_it_said_is_remembered() {
    let night = Night::new(1, 2, 4);
    let rules = fs::read_to_string(night.config()).expect("it is there");
    fs::write(night.config(), rules.replace("model = \"none\"\n", "")).expect("it is written");
    night.run(&[]).ok();
    let (store, source) = (night.store(), night.path("col-0"));
    let scanned = run(&["scan", text(&source), "--format", "jsonl", "--order", "history"]).ok();
    assert_eq!(run(&["store", "export", text(&store)]).ok().out, scanned.out);
    assert!(night.number("SELECT count(*) FROM prediction_cache") > 0);

    // Made again, the same comes from the cache: a cache that says something else is believed.
    let rows = night.rows();
    night.connection().execute("UPDATE assessment SET engine = 0", []).expect("it is changed");
    night.run(&["--refresh"]).ok();
    assert_eq!(night.rows(), rows);
    let cleared = "UPDATE assessment SET engine = 0; UPDATE prediction_cache SET outputs = zeroblob(length(outputs));";
    night.connection().execute_batch(cleared).expect("it is changed");
    night.run(&["--refresh"]).ok();
    assert_ne!(night.rows(), rows);

    fs::write(night.config(), rules).expect("it is written");
    let other = night.run(&[]).ok();
    assert!(other.out.contains("8 records of another model or version"), "{}", other.out);
}

#[test]
fn two_collections_of_one_name_are_told_before_anything_is_done() {
    let night = Night::new(1, 1, 2);
    Repository::at(night.path("other/col-0")).record("A/B.md", "x");
    night.append("[[collection]]\nsource = \"other/col-0\"\n");
    for more in [&["--check"][..], &[]] {
        let ran = night.run(more);
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains("other/col-0: col-0 has the name \"col-0\" too"), "{}", ran.err);
    }
    assert!(!night.store().exists());
    night.append("name = \"other\"\n");
    let ran = night.run(&[]).ok();
    assert!(ran.out.contains("col-0: 2 new") && ran.out.contains("other: 1 new"), "{}", ran.out);
}

#[test]
fn folders_of_one_name_are_told_apart_by_their_remotes() {
    let night = Night::new(1, 1, 2);
    let other = Repository::at(night.path("other/col-0"));
    other.record("A/B.md", "x");
    for (repository, name) in [(night.repository(0), "north"), (other, "south")] {
        let url = format!("https://github.com/OpenTermsArchive/{name}-versions");
        repository.git(&["remote", "add", "origin", &url]);
    }
    night.append("[[collection]]\nsource = \"other/col-0\"\n");
    let ran = night.run(&["--check"]).ok();
    for said in ["col-0: north, 2 of 2 document changes new", "other/col-0: south, 1 of 1 document changes new"] {
        assert!(ran.out.contains(said), "{said:?} in {}", ran.out);
    }
    let ran = night.run(&[]).ok();
    assert!(ran.out.contains("north: 2 new") && ran.out.contains("south: 1 new"), "{}", ran.out);
    let ran = night.run(&[]).ok();
    assert!(ran.out.contains("north: nothing new") && ran.out.contains("south: nothing new"), "{}", ran.out);
}

#[test]
fn what_is_stored_is_not_hidden_by_another_collection_of_its_name() {
    let night = Night::new(1, 1, 2);
    let other = Repository::at(night.path("col-1"));
    other.record("Other/Privacy Policy.md", "Ours.");
    // Only their commits say how the collections are called, so none of the names is known before they are read.
    let message = "Record new changes\n\n- https://github.com/OpenTermsArchive/demo-snapshots/commit/c0ffee";
    for repository in [&night.repository(0), &other] {
        repository.git(&["commit", "--quiet", "--amend", "--message", message]);
    }
    let source = |at| format!("file://{}", text(&night.path(&format!("col-{at}"))));
    let [first, second] = [0, 1].map(|at| format!("[[collection]]\nsource = \"{}\"\n", source(at)));
    // The first run stores the first; then it is unchanged, whatever the order of the file.
    for sources in [[&first, &second], [&first, &second], [&second, &first]] {
        night.configure(&sources.map(String::as_str).concat());
        let ran = night.run(&[]);
        assert_eq!(ran.code, 3, "{}", ran.err);
        let said = format!("{}: {} has the name \"demo\" too", source(1), source(0));
        assert!(ran.out.contains(&said), "{said:?} in {}", ran.out);
        assert_eq!(night.words("SELECT source FROM collection"), source(0));
        assert_eq!(night.number("SELECT count(*) FROM document_change WHERE NOT gone"), 2);
    }
    night.configure(&format!("{first}{second}name = \"other\"\n"));
    let ran = night.run(&[]).ok();
    assert!(ran.out.contains("demo: nothing new") && ran.out.contains("other: 1 new"), "{}", ran.out);
    assert_eq!(night.number("SELECT count(*) FROM document_change WHERE NOT gone"), 3);
    night.check();
}

#[test]
fn a_collection_with_another_name_is_stored_under_it() {
    let night = Night::new(1, 1, 2);
    night.run(&[]).ok();
    night.append("name = \"named\"\n");
    assert!(night.run(&[]).ok().out.contains("named: 2 new"));
    assert!(night.run(&[]).ok().out.contains("named: nothing new"));
    // What is made again are the records of the name that it has now.
    night.connection().execute_batch("UPDATE assessment SET engine = 1").expect("they are stale");
    assert!(night.run(&["--check"]).ok().out.contains("named, 0 of 2 document changes new"));
    assert!(night.run(&["--refresh"]).ok().out.contains("2 stale records made again"));
    let stale = "SELECT group_concat(DISTINCT name) FROM assessment JOIN document_change ON document_change.id =
                 document_change_id JOIN collection ON collection.id = collection_id WHERE engine = 1";
    assert_eq!(night.words(stale), "col-0", "those of the old one stay as they were");
    assert_eq!(night.number("SELECT count(*) - count(DISTINCT public_id) FROM document_change"), 0);
}

#[test]
fn what_is_recorded_late_and_of_earlier_takes_its_place_in_the_history() {
    let night = Night::new(0, 0, 0);
    night.configure("[[collection]]\nsource = \"dated\"\n");
    let folder = night.path("dated/Lumeshore/Terms of Service");
    fs::create_dir_all(&folder).expect("a folder");
    let record = |day: &str, nth| {
        fs::write(folder.join(format!("{day}T00-00-00Z.md")), terms(0, nth)).expect("it is written");
    };
    record("2025-01-01", 1);
    record("2025-01-02", 2);
    night.run(&[]).ok();
    record("2024-12-30", 4);
    record("2024-12-31", 5);
    night.run(&[]).ok();
    let (store, source) = (night.store(), night.path("dated"));
    let scanned = run(&["scan", text(&source), "--no-model", "--format", "jsonl", "--order", "history"]).ok();
    let dates = |lines: &str| {
        let records = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a record"));
        records.map(|record| record["date"].as_str().expect("a date").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(dates(&run(&["store", "export", text(&store)]).ok().out), dates(&scanned.out));
}

#[test]
fn a_history_that_comes_back_after_a_killed_run_is_forgiven() {
    let night = Night::new(1, 1, 4);
    night.run(&[]).ok();
    // As a run leaves it that met another history, marked what is gone in it, and was killed before it read the rest.
    let store = Store::open(&night.store(), &StoreOptions::default()).expect("the store opens");
    let row = store.collection_named("col-0").expect("it is read").expect("the collection is stored");
    assert_eq!(store.mark_gone(row, &|_, _| None).expect("it is marked"), (4, 0));
    drop(store);
    night.run(&[]).ok();
    assert_eq!(night.number("SELECT count(*) FROM document_change WHERE gone"), 0);
}
