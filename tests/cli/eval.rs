//! `termsift eval`, on clause changes of the fictional sample collection with labels made up by rule.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use termsift::taxonomy::Category;

use super::{SAMPLE, base, run, text};

/// Labels of the sample's clause changes: by a rule on their words, so that there is something to learn.
fn labels(folder: &Path) -> (PathBuf, PathBuf) {
    let records = run(&["scan", SAMPLE, "--format", "jsonl", "-q"]).records();
    let (mut train, mut dev) = (String::new(), String::new());
    let mut seen = BTreeSet::new();
    for record in &records {
        for clause in record["clauses"].as_array().expect("clauses") {
            if !seen.insert(clause["id"].to_string()) {
                continue;
            }
            let words = format!("{} {}", clause["before"], clause["after"]).to_lowercase();
            let mut categories = Vec::new();
            for (word, category) in [
                ("share", "data-sharing"),
                ("retain", "retention"),
                ("fee", "payments"),
                ("you may not", "acceptable-use"),
            ] {
                if words.contains(word) {
                    categories.push(category);
                }
            }
            let line = json!({
                "id": clause["id"], "before": clause["before"], "after": clause["after"], "headings": clause["headings"],
                "lead_in": clause["lead_in"], "service": record["service"], "terms_type": record["terms_type"],
                "path": record["path"], "categories": categories,
                "materiality": if words.len() > 120 { "substantive" } else { "clarifying" },
                "effect": if words.contains("we may") { "adverse" } else { "neutral" },
            });
            let part = if record["service"].as_str() < Some("P") { &mut train } else { &mut dev };
            writeln!(part, "{line}").expect("a string takes it");
        }
    }
    let paths = (folder.join("train.jsonl"), folder.join("dev.jsonl"));
    std::fs::write(&paths.0, train).expect("written");
    std::fs::write(&paths.1, dev).expect("written");
    paths
}

/// Predictions that are sure of the labels in `dev`.
fn perfect(dev: &Path, folder: &Path) -> PathBuf {
    let mut lines = String::new();
    for line in std::fs::read_to_string(dev).expect("read").lines() {
        let item: Value = serde_json::from_str(line).expect("JSON");
        let given: Vec<&str> =
            item["categories"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        let scores: serde_json::Map<String, Value> = Category::ALL
            .iter()
            .map(|category| (category.id().to_owned(), json!(if given.contains(&category.id()) { 1.0 } else { 0.0 })))
            .collect();
        let shown: Vec<Value> = given.iter().map(|id| json!({"id": id, "score": 1.0})).collect();
        let line = json!({
            "id": item["id"], "materiality": {"id": item["materiality"], "score": 1.0}, "categories": shown,
            "effect": {"id": item["effect"], "score": 1.0}, "scores": scores,
        });
        writeln!(lines, "{line}").expect("a string takes it");
    }
    let path = folder.join("perfect.jsonl");
    std::fs::write(&path, lines).expect("written");
    path
}

#[test]
fn perfect_predictions_and_baselines_on_the_sample() {
    let folder = tempfile::tempdir().expect("a folder");
    let (train, dev) = labels(folder.path());
    let predictions = perfect(&dev, folder.path());
    let stored = folder.path().join("stored.json");
    let args = [
        "eval",
        "clauses",
        "--labels",
        text(&dev),
        "--predictions",
        text(&predictions),
        "--train",
        text(&train),
        "--resamples",
        "100",
    ];
    let json = [&args[..], &["--format", "json", "--output", text(&stored)]].concat();
    let ran = run(&json);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let first = std::fs::read_to_string(&stored).expect("written");
    let result: Value = serde_json::from_str(&first).expect("JSON");
    let names: Vec<&str> =
        result["systems"].as_array().expect("systems").iter().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(names, ["perfect", "tf-idf", "keywords", "majority"]);
    for measure in ["micro_f1", "macro_f1_all", "macro_ap_all", "exact_match", "materiality_kappa", "effect_kappa"] {
        assert_eq!(result["systems"][0]["measures"][measure]["value"], 1.0, "{measure}");
    }
    assert_eq!(result["systems"][0]["measures"]["ece"]["value"], 0.0);
    let low = |measure: &str| &result["systems"][1]["measures"][measure]["low"];
    assert!(low("micro_f1").is_number() && low("ece").is_null(), "a calibration error has no interval");
    let learned = result["systems"][1]["measures"]["micro_f1"]["value"].as_f64().expect("a number");
    let guessed = result["systems"][3]["measures"]["micro_f1"]["value"].as_f64().unwrap_or(0.0);
    assert!(learned > 0.4 && learned < 1.0 && learned > guessed + 0.2, "tf-idf {learned}, majority {guessed}");
    assert_eq!(result["bootstrap"]["unit"], "document");
    assert!(!first.contains(text(folder.path())), "a result names no folder of the machine");

    run(&json);
    assert_eq!(std::fs::read_to_string(&stored).expect("written"), first, "the same on every run");

    let compared = run(&[
        &args[..],
        &["--baseline", text(&stored), "--fail-under", "micro_f1=1", "--fail-over", "ece=0"],
    ]
    .concat());
    assert_eq!(compared.code, 0, "{}", compared.err);
    assert!(compared.out.contains("+0.000 [+0.000, +0.000]") && compared.out.contains("gate passed: micro_f1"));

    let page = run(&[&args[..], &["--format", "html"]].concat()).out;
    assert!(page.starts_with("<!DOCTYPE html>") && page.contains("<svg") && !page.contains("http://"), "{page}");
}

#[test]
fn an_encoder_as_it_is_stands_beside_the_other_baselines() {
    let folder = tempfile::tempdir().expect("a folder");
    let (train, dev) = labels(folder.path());
    let predictions = perfect(&dev, folder.path());
    let encoder = folder.path().join("base");
    std::fs::create_dir(&encoder).expect("made");
    base::write(&encoder, &["share", "retain", "fee", "you", "we", "may", "not", "your", "data"]);
    let with = ["--baseline-encoder", text(&encoder), "--baselines", "majority", "--resamples", "0"];
    let args = ["eval", "clauses", "--labels", text(&dev), "--predictions", text(&predictions), "--format", "json"];
    let fitted = |threads| run(&[&args[..], &with[..], &["--train", text(&train), "--threads", threads]].concat());
    let ran = fitted("2");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let result: Value = serde_json::from_str(&ran.out).expect("JSON");
    let names: Vec<&str> =
        result["systems"].as_array().expect("systems").iter().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(names, ["perfect", "majority", "frozen encoder"]);
    assert!(result["systems"][2]["measures"]["macro_ap_all"]["value"].as_f64() > Some(0.05), "{result}");
    assert_eq!(fitted("1").out, ran.out, "threads change nothing");
    assert_eq!(run(&[&args[..], &with[..]].concat()).code, 2, "it needs --train");
}

#[test]
fn a_gate_that_fails_ends_with_1_after_the_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, dev) = labels(folder.path());
    let items = folder.path().join("items.csv");
    let ran = run(&[
        "eval",
        "clauses",
        "--labels",
        text(&dev),
        "--fail-under",
        "micro_f1=0.99",
        "--per-item",
        text(&items),
        "--resamples",
        "20",
    ]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(
        ran.out.contains("gate FAILED: micro_f1 is") && ran.err.contains("gate failed: micro_f1 is"),
        "{}",
        ran.err
    );
    let rows = std::fs::read_to_string(&items).expect("written").lines().count();
    let lines = std::fs::read_to_string(&dev).expect("read").lines().count();
    assert_eq!(rows, lines + 1);
}

#[test]
fn two_annotations_are_compared() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = |id: &str, materiality: &str, category: &str| {
        format!(r#"{{"id":"{id}","materiality":"{materiality}","categories":["{category}"],"effect":"neutral"}}"#)
    };
    let (a, b) = (folder.path().join("a.jsonl"), folder.path().join("b.jsonl"));
    let first =
        [line("1", "cosmetic", "minors"), line("2", "substantive", "minors"), line("3", "substantive", "minors")];
    let second =
        [line("2", "substantive", "minors"), line("1", "cosmetic", "security"), line("9", "cosmetic", "minors")];
    std::fs::write(&a, first.join("\n")).expect("written");
    std::fs::write(&b, second.join("\n")).expect("written");
    let ran = run(&["eval", "agreement", text(&a), text(&b), "--format", "json", "--resamples", "50"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("1 items are only in"), "{}", ran.err);
    let result: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!((&result["items"], &result["only_in_first"]), (&json!(2), &json!(1)));
    assert_eq!(result["measures"]["materiality_kappa"]["value"], 1.0);
    assert_eq!(result["measures"]["micro_f1"]["value"], 0.5);
    assert!(result["measures"]["effect_kappa"].is_null(), "chance alone agrees always");
    assert_eq!(result["measures"]["macro_f1_all"]["value"], 0.333_333);
    let back = run(&["eval", "agreement", text(&b), text(&a), "--format", "json", "--resamples", "50"]);
    let back: Value = serde_json::from_str(&back.out).expect("JSON");
    assert_eq!(back["measures"]["macro_f1_all"]["value"], 0.333_333, "the same from the other side");
}

#[test]
fn eight_bits_are_compared_with_floats() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, dev) = labels(folder.path());
    // Floats are slow.
    let lines: Vec<String> =
        std::fs::read_to_string(&dev).expect("read").lines().take(30).map(|line| format!("{line}\n")).collect();
    std::fs::write(&dev, lines.concat()).expect("written");
    let ran = run(&["eval", "precision", "--labels", text(&dev), "--format", "json", "--resamples", "20"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let result: Value = serde_json::from_str(&ran.out).expect("JSON");
    let [system] = result["systems"].as_array().expect("systems").as_slice() else { panic!("one system: {}", ran.out) };
    assert_eq!(system["name"], "int8");
    assert!(system["cosine_mean"].as_f64().expect("a number") > 0.95, "{system}");
    assert!(system["same"]["pairs"]["share"].as_f64().expect("a number") > 0.9, "{system}");
}

#[test]
fn bad_labels_predictions_and_gates_end_with_2() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, dev) = labels(folder.path());
    let short = folder.path().join("short.jsonl");
    std::fs::write(&short, "{\"id\":\"x\"}\n").expect("written");
    let cases: [(&[&str], &str); 6] = [
        (&["--labels", "no/such.jsonl"], "no/such.jsonl: cannot be read"),
        (&["--labels", text(&short)], "line 1: not a labelled clause change"),
        (&["--labels", text(&dev), "--predictions", text(&short)], "line 1: no \"scores\""),
        (
            &["--labels", text(&dev), "--fail-under", "macro=1"],
            "no measure is called \"macro\"; known: micro_precision",
        ),
        (&["--labels", text(&dev), "--baselines", "tfidf"], "needs --train"),
        (&["--labels", text(&dev), "--baseline", text(&dev)], "not a stored result"),
    ];
    for (args, expected) in cases {
        let ran = run(&[&["eval", "clauses"], args].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(expected), "{args:?}: {}", ran.err);
    }
}

/// Four document changes of the sample with their status, but for the first one's, which is another.
fn status_labels(folder: &Path) -> PathBuf {
    let mut table = String::from("collection\tcommit\tpath\tstatus\tsample\tpart\n");
    let records = run(&["scan", SAMPLE, "--no-model", "--status", "change", "--format", "jsonl", "-q"]).records();
    for (at, record) in records.iter().take(4).enumerate() {
        let field = |name: &str| record[name].as_str().expect("text");
        let status = if at == 0 { "rolling" } else { field("status") };
        let part = if at < 2 { "tune" } else { "test" };
        writeln!(table, "{}\t{}\t{}\t{status}\trandom\t{part}", field("collection"), field("commit"), field("path"))
            .expect("a string takes it");
    }
    let path = folder.join("labels.tsv");
    std::fs::write(&path, table).expect("written");
    path
}

#[test]
fn statuses_are_measured_and_gated() {
    let folder = tempfile::tempdir().expect("a folder");
    let labels = status_labels(folder.path());
    let args = ["eval", "status", SAMPLE, "--no-model", "--labels", text(&labels)];
    let failed = run(&[&args[..], &["--least", "0.9"]].concat());
    assert_eq!((failed.code, failed.err.as_str()), (1, "gate failed: 0.750 right, under 0.9\n"));
    for said in [
        "| change | 3 | 4 | 3 | 0.750 | 1.000 |",
        "| rolling | 1 | 0 | 0 | – | 0.000 |",
        "\n3 of 4 right (0.750); 0 labels name no document change",
    ] {
        assert!(failed.out.contains(said), "{said}: {}", failed.out);
    }
    let passed = run(&[&args[..], &["--least", "0.75"]].concat());
    assert_eq!((passed.code, passed.err.as_str()), (0, ""));
    let part = run(&[&args[..], &["--part", "test", "--sample", "random"]].concat());
    assert!(part.out.contains("\n2 of 2 right (1.000)"), "{}", part.out);

    std::fs::write(&labels, "collection\tcommit\tpath\tstatus\nelsewhere\t1\ta.md\tchange\n").expect("written");
    let absent = run(&[&args[..], &["--least", "0"]].concat());
    assert_eq!(absent.code, 1, "{}", absent.err);
    assert!(absent.out.contains("0 of 0 right (–); 1 labels"), "{}", absent.out);
    for said in ["warning: none of the labels names a document change", "gate failed: no labelled document change"] {
        assert!(absent.err.contains(said), "{said}: {}", absent.err);
    }
}

#[test]
fn nothing_to_measure_ends_with_2() {
    let folder = tempfile::tempdir().expect("a folder");
    let labels = status_labels(folder.path());
    let file = |name: &str, lines: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, lines).expect("written");
        path
    };
    let (empty, json) = (file("empty", ""), file("bad.jsonl", "{\"id\":\"x\"}\n"));
    let heads = file("heads.tsv", "collection\tcommit\tpath\tstatus\n");
    let news = file("news.tsv", "collection\tcommit\tpath\tstatus\nsample\t1\ta.md\tnews\n");
    fn status<'a>(labels: &'a str, args: &[&'a str]) -> Vec<&'a str> {
        [&["eval", "status", SAMPLE, "--labels", labels][..], args].concat()
    }
    let cases: [(Vec<&str>, &str); 12] = [
        (status(text(&empty), &[]), "empty: no status labels\n  caused by: no column \"collection\""),
        (status(text(&json), &[]), "no column \"collection\"; expected tab-separated columns"),
        (status(text(&heads), &[]), "no label under the heads"),
        (status(text(&news), &[]), "\"news\" is no status; known: change, "),
        (status(text(&heads), &["--least", "90"]), "from 0 to 1"),
        (status(text(&labels), &["--part", "tst"]), "unknown part \"tst\"; known: test, tune"),
        (status(text(&labels), &["--part", "test", "--sample", "rndom"]), "unknown sample \"rndom\"; known: random"),
        (vec!["eval", "ranking", "--memos", text(&empty), SAMPLE], "empty: no memo change in it"),
        (vec!["eval", "clauses", "--labels", text(&empty)], "no labelled clause change in it"),
        (vec!["dataset", "check", text(&empty)], "empty: not one line in it; each should be a label without texts"),
        (
            vec!["dataset", "check", text(&json)],
            "bad.jsonl line 1: not a label without texts, as `termsift dataset label`",
        ),
        (vec!["dataset", "check", "no/such.jsonl"], "no/such.jsonl: cannot be read"),
    ];
    for (args, expected) in cases {
        let ran = run(&args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}: {}", ran.err);
        assert!(ran.err.contains(expected), "{args:?}: {}", ran.err);
        assert!(!ran.err.contains(" column 1"), "the place in a line misleads: {}", ran.err);
    }
}

#[test]
fn a_check_says_how_many_items_it_looked_at() {
    let ran = run(&["dataset", "check", "datasets/clauses/dev.jsonl"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.ends_with(" items checked, 0 faults\n") && !ran.err.starts_with("0 "), "{}", ran.err);
}

#[test]
fn without_resamples_no_interval_is_told_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, dev) = labels(folder.path());
    let predictions = perfect(&dev, folder.path());
    for format in ["table", "html"] {
        let args = ["eval", "clauses", "--labels", text(&dev), "--predictions", text(&predictions), "--format", format];
        let told = |resamples| run(&[&args[..], &["--resamples", resamples]].concat()).out;
        assert!(told("5").contains("95 % intervals: ") && !told("0").contains("95 % intervals"), "{format}");
    }
}
