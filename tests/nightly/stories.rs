//! Stories and twins out of the store are those that one scan of the same collections finds.

use std::fs;

use serde_json::Value;

use crate::support::{Night, Repository, TO_VERSION_1, rows, run, text};

/// The terms of `service`: the `nth` version, with a word of its own where `own` says so.
fn orchard(service: &str, nth: usize, own: &str) -> String {
    let days = 30 * (nth + 1);
    let picking = if nth == 0 { "You may pick apples" } else { "You must not pick apples" };
    format!(
        "# Terms\n\n{service} keeps the baskets that you bring for {days} days and may sell them.\n\n\
         {picking} in any of the orchards of {service} before noon.\n\n\
         We do not pass on your name to anybody{own}.\n"
    )
}

/// Two collections: in the first two services change in the same way, and the second has one of them.
fn two_collections() -> Night {
    let night = Night { folder: tempfile::tempdir().expect("a folder") };
    let (north, south) = (Repository::at(night.path("north")), Repository::at(night.path("south")));
    for nth in 0..2 {
        north.record("Appleton/Terms of Service.md", &orchard("Appleton", nth, " else"));
        north.record("Pearville/Terms of Service.md", &orchard("Pearville", nth, " else"));
        let own = if nth == 0 { " else" } else { " but our partners and their friends" };
        south.record("Appleton/Terms of Service.md", &orchard("Appleton", nth, own));
    }
    south.record("Plumstead/Privacy Policy.md", "# Privacy\n\nWe know your name and the baskets that you bring.\n");
    night.configure("[[collection]]\nsource = \"north\"\n[[collection]]\nsource = \"south\"\n");
    night
}

fn parsed(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

fn scanned(night: &Night) -> Vec<Value> {
    let (north, south) = (night.path("north"), night.path("south"));
    parsed(
        &run(&["scan", text(&north), text(&south), "--no-model", "--format", "jsonl", "--order", "history"]).ok().out,
    )
}

fn exported(night: &Night) -> Vec<Value> {
    let store = night.store();
    parsed(&run(&["store", "export", text(&store)]).ok().out)
}

/// Field by field, so that a failure names the one that differs.
fn same(stored: &[Value], scanned: &[Value]) {
    assert_eq!(stored.len(), scanned.len());
    for (stored, scanned) in stored.iter().zip(scanned) {
        let (stored, scanned) = (stored.as_object().expect("an object"), scanned.as_object().expect("an object"));
        let document = format!("{} of {} at {}", scanned["path"], scanned["collection"], scanned["commit"]);
        for (field, value) in scanned {
            assert_eq!(stored.get(field), Some(value), "{field} of {document}");
        }
        assert_eq!(stored.len(), scanned.len(), "fields of {document}");
    }
}

fn last<'r>(records: &'r [Value], collection: &str, service: &str) -> &'r Value {
    let found = records.iter().rfind(|record| record["collection"] == collection && record["service"] == service);
    found.unwrap_or_else(|| panic!("{service} is in {collection}"))
}

fn places(record: &Value) -> usize {
    record["story"]["places"].as_array().map_or(0, Vec::len)
}

#[test]
fn the_store_tells_of_the_same_stories_as_a_scan() {
    let night = two_collections();
    night.run(&[]).ok();
    let (stored, found) = (exported(&night), scanned(&night));
    let appleton = last(&found, "north", "Appleton");
    assert_eq!(places(appleton), 2, "{appleton}");
    assert_eq!(appleton["twins"][0]["shared"], 2);
    assert_eq!(appleton["twins"][0]["only_there"].as_array().map(Vec::len), Some(1));
    same(&stored, &found);

    let (store, north, south) = (night.store(), night.path("north"), night.path("south"));
    for more in [&["--one-a-story"][..], &["--status", "change"], &["--unsure"], &["--one-a-story", "--top", "2"]] {
        let ranked = |from: &[&str]| run(&[&["report"], from, &["--format", "jsonl"], more].concat()).ok().out;
        let of_sources = ["--source", text(&north), "--source", text(&south), "--no-model"];
        assert_eq!(ranked(&["--store", text(&store)]), ranked(&of_sources), "{more:?}");
    }
    night.check();
}

#[test]
fn tonights_change_joins_the_story_of_what_was_stored_before() {
    let night = two_collections();
    night.append("[[report]]\nformat = \"jsonl\"\npath = \"out/new.jsonl\"\n");
    let south = night.repository_of("south");
    south.git(&["tag", "before"]);
    night.run(&[]).ok();
    south.record("Quincely/Terms of Service.md", &orchard("Quincely", 0, " else"));
    south.record("Quincely/Terms of Service.md", &orchard("Quincely", 1, " else"));
    assert!(night.run(&[]).ok().out.contains("2 document changes stored"));
    let stored = exported(&night);
    same(&stored, &scanned(&night));
    assert_eq!(places(last(&stored, "north", "Appleton")), 3, "an old record is told of the new place");
    // By priority: the first record, which is no change, comes after it.
    let told = parsed(&fs::read_to_string(night.path("out/new.jsonl")).expect("the report"));
    let story = told.iter().find(|record| record["service"] == "Quincely" && record["status"] == "change");
    let story = story.expect("the change is in the report");
    assert_eq!(places(story), 3, "the report of tonight knows of what was stored before: {story}");

    // What is gone from a history is in no story any more.
    south.git(&["reset", "--quiet", "--hard", "before~2"]);
    night.run(&[]).ok();
    let stored = exported(&night);
    same(&stored, &scanned(&night));
    assert_eq!(last(&stored, "north", "Appleton")["twins"], Value::Null);
    night.check();
}

#[test]
fn a_store_of_the_first_version_is_brought_up_to_date() {
    let night = two_collections();
    night.run(&[]).ok();
    let (rows_now, stored) = (rows(&night.connection()), exported(&night));
    night.connection().execute_batch(TO_VERSION_1).expect("it is changed");
    let store = night.store();
    let older = run(&["store", "export", text(&store)]);
    assert_eq!(older.code, 2);
    assert!(older.err.contains("older termsift"), "{}", older.err);
    let ran = night.run(&[]).ok();
    assert!(ran.out.contains("7 records of another model or version"), "{}", ran.out);
    assert_eq!(exported(&night).len(), 7, "what was stored is there");
    night.check();
    assert!(night.run(&["--refresh"]).ok().out.contains("7 stale records made again"));
    assert_eq!(rows(&night.connection()), rows_now);
    same(&exported(&night), &stored);
    night.check();
}
