//! `termsift eval opp115`, on an invented corpus of the same form.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{base, run, termsift, text};

const MATTERS: [(&str, &str); 3] = [("keep", "Retention"), ("share", "Sharing"), ("cookie", "Cookies")];

/// A corpus and a base: twenty invented policies, each with segments in every file; what a segment is
/// about stands in one word, and every fourth is about two things.
fn corpus(folder: &Path) -> (PathBuf, PathBuf) {
    let (corpus, base) = (folder.join("opp115"), folder.join("base"));
    let set = corpus.join("Majority");
    for made in [&set, &base] {
        std::fs::create_dir_all(made).expect("made");
    }
    base::write(&base, &["keep", "share", "cookie", "we", "it", "of", "guests", "widget"]);
    for (file, segments) in [("train", 6_usize), ("validation", 3), ("test", 3)] {
        let mut rows = String::new();
        for policy in 0..20_u8 {
            let name = format!("Widget{}", char::from(b'a' + policy));
            for at in 0..segments {
                let (word, label) = MATTERS[at % 3];
                let (second, other) = MATTERS[(at + 1) % 3];
                let both = (usize::from(policy) + at).is_multiple_of(4);
                let words = if both { format!("{word} {second}") } else { format!("{word} {word}") };
                let segment = format!("{name} {words} {file} {at}, {name}.");
                writeln!(rows, "\"{segment}\",{label}").expect("a string takes it");
                if both {
                    writeln!(rows, "\"{segment}\",{other}").expect("a string takes it");
                }
            }
        }
        std::fs::write(set.join(format!("{file}.csv")), rows).expect("written");
    }
    (corpus, base)
}

#[test]
fn the_trainer_learns_what_a_word_tells_and_says_how_it_was_measured() {
    let folder = tempfile::tempdir().expect("a folder");
    let (corpus, base) = corpus(folder.path());
    let args = ["eval", "opp115", text(&corpus), "--base", text(&base), "--learning-rate", "0.003", "--seeds", "2"];
    let json = |threads| run(&[&args[..], &["--format", "json", "--threads", threads]].concat());
    let ran = json("2");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("seed 2 of 2  epoch 8"), "{}", ran.err);
    let result: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(result["runs"].as_array().map(Vec::len), Some(2));
    assert_eq!(result["runs"][0]["segments"], serde_json::json!([120, 60, 60]));
    let micro = result["result"]["mean"]["micro_f1"]["mean"].as_f64().expect("a number");
    assert!(micro > 0.7, "{result}");
    assert!(result["result"]["mean"]["macro_f1"]["deviation"].is_number(), "{result}");
    assert_eq!(result["published"]["results"].as_array().map(Vec::len), Some(2));
    assert!(!ran.out.contains(text(folder.path())), "a result names no folder of the machine");
    assert_eq!(json("1").out, ran.out, "threads change nothing");
}

#[test]
fn a_split_by_policy_says_that_it_is_inferred() {
    let folder = tempfile::tempdir().expect("a folder");
    let (corpus, base) = corpus(folder.path());
    let args = ["eval", "opp115", text(&corpus), "--base", text(&base), "--split", "policy", "--seeds", "1"];
    let ran = run(&[&args[..], &["--epochs", "2"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("by policy, inferred") && !ran.out.contains("PrivBERT"), "{}", ran.out);
}

#[test]
fn what_is_missing_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let (corpus, base) = corpus(folder.path());
    let ran = run(&["eval", "opp115", text(&corpus), "--base", text(&base), "--set", "union"]);
    assert!(ran.code == 2 && ran.err.contains("train.csv"), "{}", ran.err);
}

#[test]
fn interrupted_before_a_seed_is_done_it_ends_with_3_and_writes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (corpus, base) = corpus(folder.path());
    let output = folder.path().join("out.json");
    let args =
        ["eval", "opp115", text(&corpus), "--base", text(&base), "--epochs", "100000", "--output", text(&output)];
    let mut child = termsift(&args).stderr(Stdio::piped()).spawn().expect("the binary starts");
    let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("epoch 1 ")), "an epoch ends");
    let asked = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill is there");
    assert!(asked.success());
    let said: Vec<String> = lines.collect();
    assert_eq!(child.wait().expect("it ends").code(), Some(3));
    assert!(said.iter().any(|line| line.contains("interrupted")), "{said:?}");
    assert!(!output.exists());
}
