//! Ranking, stories, twins, the unsure and the noisy.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Ran, SAMPLE, records, run};

/// A scan by rules alone: what is tested here hangs on no model.
fn scan(args: &[&str]) -> Ran {
    run(&[&["scan", "--no-model"][..], args].concat())
}

/// Writes a folder of dated versions.
fn versions(root: &Path, collection: &str, document: &str, texts: &[(&str, &str)]) -> String {
    let folder = root.join(collection);
    let place = folder.join(document);
    fs::create_dir_all(&place).expect("a folder can be made");
    for (day, text) in texts {
        fs::write(place.join(format!("{day}T10-00-00Z.md")), text).expect("a file can be written");
    }
    folder.to_string_lossy().into_owned()
}

const BEFORE: &str = "# Terms\n\nWe keep the baskets that you bring for 30 days.\n\nYou may pick apples in all of our orchards.\n\nWe do not pass on your name to anybody else.\n";
const AFTER: &str = "# Terms\n\nWe keep the baskets that you bring for 90 days and may sell them.\n\nYou must not pick apples in any of our orchards.\n\nWe do not pass on your name to anybody else.\n";
const ELSEWHERE: &str = "# Terms\n\nWe keep the baskets that you bring for 90 days and may sell them.\n\nYou must not pick apples in any of our orchards.\n\nWe pass on your name to our partners and their friends.\n";

#[test]
fn the_same_change_is_one_story_and_the_same_document_elsewhere_a_twin() {
    let root = tempfile::tempdir().expect("a folder can be made");
    let root = root.path();
    let north = versions(root, "north", "Appleton/Terms of Service", &[("2025-01-01", BEFORE), ("2025-02-01", AFTER)]);
    versions(root, "north", "Pearville/Terms of Service", &[("2025-01-01", BEFORE), ("2025-02-03", AFTER)]);
    versions(root, "north", "Plumstead/Terms of Service", &[("2025-01-01", BEFORE), ("2025-06-03", AFTER)]);
    let south =
        versions(root, "south", "Appleton/Terms of Service", &[("2025-01-01", BEFORE), ("2025-02-10", ELSEWHERE)]);
    let found = scan(&[&north, &south, "--status", "change", "--format", "jsonl"]).records();
    let of = |collection: &str, service: &str| {
        found
            .iter()
            .find(|record| record["collection"] == collection && record["service"] == service)
            .unwrap_or_else(|| panic!("{service} in {collection} changed"))
    };
    let first = of("north", "Appleton");
    assert_eq!(first["story"]["id"], first["id"], "called after the earliest");
    let places: Vec<&str> = first["story"]["places"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|place| place["service"].as_str())
        .collect();
    assert_eq!(places, ["Pearville", "Appleton"], "in the order of their dates");
    assert_eq!(of("north", "Pearville")["story"]["id"], first["id"]);
    assert_eq!(of("north", "Plumstead")["story"], Value::Null, "four months later is another story");
    let twin = &first["twins"][0];
    assert_eq!((twin["collection"].as_str(), twin["shared"].as_u64()), (Some("south"), Some(2)));
    assert_eq!(twin["id"], of("south", "Appleton")["id"]);
    let only = twin["only_there"][0].as_str().expect("the clause that only the south has");
    let there = of("south", "Appleton")["clauses"].as_array().expect("clauses");
    assert!(there.iter().any(|clause| clause["id"] == only), "{only} is the id of a clause there");

    let told = scan(&[&north, &south, "--status", "change", "--format", "jsonl", "--one-a-story"]).records();
    assert_eq!(told.len(), 2, "the story once, and the late one");
    let table = scan(&[&north, &south, "--status", "change"]).out;
    assert!(table.contains("shares 2 clause changes with its twin in south of 2025-02-10; "), "{table}");
    assert!(table.contains("the same change in 1 other place: Pearville · Terms of Service, north"), "{table}");
}

#[test]
fn stories_do_not_hang_on_threads() {
    let one = scan(&[SAMPLE, "--format", "jsonl", "--threads", "1"]).out;
    let many = scan(&[SAMPLE, "--format", "jsonl", "--threads", "5"]).out;
    assert_eq!(one, many);
}

#[test]
fn only_the_unsure_are_shown_when_asked_for() {
    let all = scan(&[SAMPLE, "--format", "jsonl"]).records();
    let unsure = scan(&[SAMPLE, "--format", "jsonl", "--unsure"]);
    let expected = all.iter().filter(|record| record["unsure"] == true).count();
    assert_eq!(records(&unsure.out).len(), expected);
    assert!(expected < all.len(), "not all are unsure");
}

#[test]
fn signals_stand_behind_every_priority() {
    for record in scan(&[SAMPLE, "--format", "jsonl", "--status", "change"]).records() {
        let signals = record["signals"].as_object().expect("signals");
        let parts = record["priority_parts"].as_object().expect("parts");
        for name in parts.keys().filter(|name| !["to start from", "at most 100", "at least 0"].contains(&name.as_str()))
        {
            assert!(signals.contains_key(name), "{name} has a signal");
        }
    }
}

#[test]
fn rankings_are_measured_and_fitted() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let place = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let (stored, memos, weights) = (place("records.jsonl"), place("memos.jsonl"), place("priority.json"));
    let all = scan(&[SAMPLE, "--order", "history", "--format", "jsonl", "--output", &stored]);
    assert_eq!(all.code, 0, "{}", all.err);
    let lines: Vec<String> = records(&fs::read_to_string(&stored).expect("records"))
        .iter()
        .filter(|record| record["status"] == "change")
        .take(4)
        .map(|record| {
            serde_json::json!({"collection": record["collection"], "commit": record["commit"], "date": record["date"],
                "paths": [record["path"]], "memo": "apples"})
            .to_string()
        })
        .collect();
    fs::write(&memos, lines.join("\n")).expect("a file can be written");
    let args =
        ["eval", "ranking", "--memos", &memos, "--records", &stored, "--fit", &weights, "--each", "--resamples", "50"];
    let ran = run(&args);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for said in
        ["4 memo changes", "R@5", "MRR", "top 5 %", "random order", "changed words, returns last", "no negative"]
    {
        assert!(ran.out.contains(said), "{said} in {}", ran.out);
    }
    let fitted: Value = serde_json::from_slice(&fs::read(&weights).expect("weights")).expect("JSON");
    assert_eq!(fitted["rules"]["fitted"]["memo changes"], "4");
    assert_eq!(ran.out, run(&args).out, "the same on every run");
    let scanned = run(&["eval", "ranking", "--no-model", "--memos", &memos, SAMPLE, "--each", "--resamples", "50"]);
    assert_eq!(scanned.out, ran.out, "from sources as from their records");

    let weighed = fs::read(&weights).expect("weights");
    let absent = r#"{"collection":"elsewhere","commit":"1","paths":["a.md"]}"#;
    fs::write(&memos, absent).expect("a file can be written");
    let refused = run(&args);
    assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{}", refused.err);
    assert!(refused.err.contains("no memo change and no graded change is among the records"), "{}", refused.err);
    assert_eq!(fs::read(&weights).expect("weights"), weighed, "what was fitted before stays");

    fs::write(&memos, "{\"collection\":\"sample\"}\n").expect("a file can be written");
    let bad = run(&["eval", "ranking", "--memos", &memos, "--records", &stored]);
    assert_eq!(bad.code, 2);
    assert!(bad.err.contains("line 1") && bad.err.contains("commit"), "{}", bad.err);
}

#[test]
fn noise_is_listed_with_what_flips() {
    let root = tempfile::tempdir().expect("a folder can be made");
    let texts: Vec<(String, &str)> =
        (1..=7).map(|day| (format!("2025-03-0{day}"), if day % 2 == 0 { AFTER } else { BEFORE })).collect();
    let texts: Vec<(&str, &str)> = texts.iter().map(|(day, text)| (day.as_str(), *text)).collect();
    let place = versions(root.path(), "north", "Appleton/Terms of Service", &texts);
    versions(root.path(), "north", "Pearville/Terms of Service", &[("2025-01-01", BEFORE), ("2025-02-03", AFTER)]);
    let ran = run(&["noise", &place]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("5 of 6 changes") && ran.out.contains("oscillation"), "{}", ran.out);
    assert!(ran.out.contains("[-90-]{+30+} days") && !ran.out.contains("Pearville"), "{}", ran.out);
    let lines = run(&["noise", &place, "--format", "jsonl"]).records();
    assert_eq!((lines.len(), lines[0]["noise"].as_u64()), (1, Some(5)));
}
