//! Runs the built binary as a user would.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::type_complexity,
    reason = "a test fails by panicking, and its cases are tables"
)]

mod base;
mod branches;
mod classify;
mod dataset;
mod eval;
mod git;
mod opp115;
mod ranking;
mod reports;
mod sources;
mod statuses;

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/sample");

/// What a run left.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("it ended by itself"),
            out: String::from_utf8(output.stdout).expect("the output is UTF-8"),
            err: String::from_utf8(output.stderr).expect("messages are UTF-8"),
        }
    }

    /// The records of a run that succeeded.
    fn records(&self) -> Vec<Value> {
        assert_eq!(self.code, 0, "{}", self.err);
        records(&self.out)
    }
}

fn termsift(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_termsift"));
    command.args(args).stdin(Stdio::null()).env_remove("NO_COLOR").current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

fn run(args: &[&str]) -> Ran {
    Ran::of(termsift(args).output().expect("the binary starts"))
}

fn run_with_input(args: &[&str], input: &str) -> Ran {
    run_with_bytes(args, input.as_bytes())
}

fn run_with_bytes(args: &[&str], input: &[u8]) -> Ran {
    let mut child = termsift(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    child.stdin.take().expect("a pipe").write_all(input).expect("it reads");
    Ran::of(child.wait_with_output().expect("it ends"))
}

fn records(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

#[test]
fn bad_usage_and_input_end_with_2_and_say_what_to_do() {
    let empty = tempfile::tempdir().expect("a folder");
    let cases: [(&[&str], &[&str]); 14] = [
        (&["scan"], &["no SOURCE given", "termsift scan --sample"]),
        (&["scan", "no/such/place"], &["no/such/place: no such file or folder"]),
        (&["scan", text(empty.path())], &[text(empty.path()), "neither a git repository nor a folder"]),
        (&["scan", "Cargo.toml"], &["Cargo.toml: neither"]),
        (&["scan", SAMPLE, "--since", "2025-13-01"], &["\"2025-13-01\"", "--since", "caused by:"]),
        (&["scan", SAMPLE, "--until", "yesterday"], &["\"yesterday\"", "2025-11-03"]),
        (&["scan", SAMPLE, "--since", "2025-02-01", "--until", "2025-01-01"], &["later than --until"]),
        (&["scan", SAMPLE, "--status", "news"], &["unknown status \"news\"", "reversion", "rolling"]),
        (&["scan", SAMPLE, "--category", "cats"], &["unknown category \"cats\"", "data-sharing"]),
        (&["scan", SAMPLE, "--service", "Nobody"], &["unknown service \"Nobody\"", "Lumeshore"]),
        (&["scan", SAMPLE, "--terms-type", "Imprint"], &["unknown terms type", "Privacy Policy"]),
        (&["scan", SAMPLE, "--format", "pdf"], &["jsonl"]),
        (
            &["scan", SAMPLE, "--output", "no/such/folder/x.csv"],
            &["no/such/folder/x.csv: cannot be written", "caused by:"],
        ),
        (&["scan", "--pair", "Cargo.toml"], &["--pair"]),
    ];
    for (args, said) in cases {
        let ran = run(args);
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.err);
        assert_eq!(ran.out, "", "{args:?}");
        for words in said {
            assert!(ran.err.contains(words), "{args:?} should say {words:?}:\n{}", ran.err);
        }
    }
}

#[test]
fn help_explains_with_examples() {
    for (args, said) in [
        (&["--help"][..], &["scan", "completions"][..]),
        (&["scan", "--help"], &["Examples:", "termsift scan --sample", "Exit status:", "--commit", "page-replaced"]),
        (&["completions", "bash"], &["_termsift"]),
    ] {
        let ran = run(args);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args:?}");
        for words in said {
            assert!(ran.out.contains(words), "{args:?} should say {words:?}:\n{}", ran.out);
        }
    }
}

#[test]
fn a_scan_remembers_predictions_where_it_is_told_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = folder.path().join("predictions.sqlite");
    let scan = ["scan", "--sample", "--format", "jsonl"];
    let remembering = |cache: &Path| run(&[&scan[..], &["--cache", text(cache)]].concat());
    let plain = run(&scan);
    assert_eq!(plain.code, 0, "{}", plain.err);
    for _ in 0..2 {
        let ran = remembering(&cache);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        assert_eq!(ran.out, plain.out, "a cache changes nothing");
    }
    // What it remembers is what is said, for as long as the cache is that of the same model.
    let connection = rusqlite::Connection::open(&cache).expect("it is a store");
    connection.execute("UPDATE prediction_cache SET outputs = zeroblob(length(outputs))", []).expect("it is changed");
    assert_ne!(remembering(&cache).out, plain.out);
    connection.execute("UPDATE model SET checksum = 'another'", []).expect("it is changed");
    assert_eq!(remembering(&cache).out, plain.out);

    let refused = remembering(Path::new("Cargo.toml"));
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(refused.err.contains("Cargo.toml"), "{}", refused.err);
}

/// Reads the contract strictly, without the crate's own types.
fn check_record(record: &Value) {
    let kinds: [(&str, fn(&Value) -> bool); 28] = [
        ("schema", |value| value == 1),
        ("id", |value| value.as_str().is_some_and(|id| id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit()))),
        ("collection", Value::is_string),
        ("service", Value::is_string),
        ("terms_type", Value::is_string),
        ("path", Value::is_string),
        ("commit", Value::is_string),
        ("date", |value| value.as_str().is_some_and(|date| date.ends_with('Z') && date.contains('T'))),
        ("previous_commit", |value| value.is_null() || value.is_string()),
        ("previous_date", |value| value.is_null() || value.is_string()),
        ("url", |value| value.is_null() || value.is_string()),
        ("status", Value::is_string),
        ("status_reason", |value| value.is_null() || value.is_string()),
        ("priority", |value| value.as_f64().is_some_and(|priority| (0.0..=100.0).contains(&priority))),
        ("priority_parts", |value| value.as_object().is_some_and(|parts| parts.values().all(Value::is_number))),
        ("materiality", |value| value.is_null() || value.is_string()),
        ("categories", |value| value.as_array().is_some_and(|all| all.iter().all(is_scored))),
        ("effect", |value| value.is_null() || value.is_string()),
        ("model", |value| value.is_null() || value.is_string()),
        ("facts", Value::is_object),
        ("counts", |value| value.as_object().is_some_and(|counts| counts.values().all(Value::is_u64))),
        ("clauses", |value| value.as_array().is_some_and(|all| all.iter().all(is_clause))),
        ("part", |value| value.is_null() || value.is_string()),
        ("notes", |value| value.is_null() || value.as_array().is_some_and(|all| all.iter().all(Value::is_string))),
        ("signals", |value| value.is_null() || value.as_object().is_some_and(|all| all.values().all(Value::is_number))),
        ("unsure", |value| value.is_null() || value.is_boolean()),
        ("story", |value| value.is_null() || value["places"].as_array().is_some_and(|all| !all.is_empty())),
        ("twins", |value| value.is_null() || value.is_array()),
    ];
    let fields = record.as_object().expect("a record is an object");
    for (name, fits) in &kinds {
        let optional = matches!(*name, "part" | "notes" | "signals" | "unsure" | "story" | "twins");
        let value =
            fields.get(*name).unwrap_or_else(|| if optional { &Value::Null } else { panic!("no {name}: {record}") });
        assert!(fits(value), "{name} is {value}");
    }
    let unknown: Vec<_> = fields.keys().filter(|name| !kinds.iter().any(|(known, _)| known == name)).collect();
    assert!(unknown.is_empty(), "fields that the contract does not know: {unknown:?}");
    let sum: f64 =
        record["priority_parts"].as_object().into_iter().flatten().filter_map(|(_, points)| points.as_f64()).sum();
    let priority = record["priority"].as_f64().unwrap_or_default();
    assert!((sum - priority).abs() < 0.15, "the parts sum to {sum}, not {priority}");
}

fn is_scored(value: &Value) -> bool {
    value["id"].is_string() && value["score"].as_f64().is_some_and(|score| (0.0..=1.0).contains(&score))
}

fn is_clause(clause: &Value) -> bool {
    let (before, after) = (&clause["before"], &clause["after"]);
    let sides = match clause["kind"].as_str() {
        Some("added") => before.is_null() && after.is_string(),
        Some("removed") => before.is_string() && after.is_null(),
        Some("modified" | "moved") => before.is_string() && after.is_string(),
        _ => false,
    };
    let lines =
        before.is_null() == clause["before_line"].is_null() && after.is_null() == clause["after_line"].is_null();
    let redline = clause["redline"].as_array().is_none_or(|edits| {
        let side = |left_out: &str| -> String {
            edits.iter().filter(|edit| edit["op"] != left_out).filter_map(|edit| edit["text"].as_str()).collect()
        };
        edits.is_empty()
            || (Some(side("insert").as_str()) == before.as_str() && Some(side("delete").as_str()) == after.as_str())
    });
    sides && lines && redline && clause["headings"].is_array() && clause["facts"].is_object()
}

#[test]
fn json_lines_keep_the_contract() {
    let found = run(&["scan", SAMPLE, "--format", "jsonl"]).records();
    assert!(found.len() >= 93, "{}", found.len());
    found.iter().for_each(check_record);
    let ids: std::collections::HashSet<_> = found.iter().map(|record| record["id"].as_str()).collect();
    assert_eq!(ids.len(), found.len(), "ids are unique");
    let priorities: Vec<f64> = found.iter().filter_map(|record| record["priority"].as_f64()).collect();
    assert!(priorities.is_sorted_by(|a, b| a >= b), "highest priority first");
}

#[test]
fn csv_reads_back() {
    let ran = run(&["scan", SAMPLE, "--format", "csv", "--top", "7"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let mut reader = csv::Reader::from_reader(ran.out.as_bytes());
    let rows: Vec<HashMap<String, String>> = reader.deserialize().collect::<Result<_, _>>().expect("it is CSV");
    let json = run(&["scan", SAMPLE, "--format", "jsonl", "--top", "7"]).records();
    assert_eq!(rows.len(), 7);
    for (row, record) in rows.iter().zip(&json) {
        for name in ["id", "service", "terms_type", "status", "date", "path", "commit"] {
            assert_eq!(Some(row[name].as_str()), record[name].as_str(), "{name}");
        }
        assert_eq!(row["added"].parse().ok(), record["counts"]["added"].as_u64().or(Some(0)));
    }
}

#[test]
fn filters_choose_and_change_nothing() {
    // A story has its places, and a document its twins, among what is looked at.
    let apart = |mut records: Vec<Value>| {
        for record in &mut records {
            if let Some(fields) = record.as_object_mut() {
                fields.retain(|name, _| name != "story" && name != "twins");
            }
        }
        records
    };
    let all = apart(run(&["scan", SAMPLE, "--format", "jsonl"]).records());
    let cases: [(&[&str], fn(&Value) -> bool); 5] = [
        (&["--service", "lumeshore"], |record| record["service"] == "Lumeshore"),
        (&["--terms-type", "Privacy Policy"], |record| record["terms_type"] == "Privacy Policy"),
        (&["--status", "reversion,oscillation"], |record| {
            record["status"] == "reversion" || record["status"] == "oscillation"
        }),
        (&["--since", "2025-01-28", "--until", "2025-03-01"], |record| {
            record["date"].as_str().is_some_and(|date| ("2025-01-28".."2025-03-02").contains(&date))
        }),
        (&["--commit", "2025-01-28T03-19-17Z"], |record| record["commit"] == "2025-01-28T03-19-17Z"),
    ];
    for (filter, fits) in cases {
        let args: Vec<&str> = ["scan", SAMPLE, "--format", "jsonl"].iter().chain(filter).copied().collect();
        let expected: Vec<Value> = all.iter().filter(|record| fits(record)).cloned().collect();
        assert!(!expected.is_empty(), "{filter:?}");
        assert!(apart(run(&args).records()) == expected, "{filter:?}");
    }
    let nothing = run(&["scan", SAMPLE, "--format", "jsonl", "--since", "2199-01-01"]);
    assert_eq!((nothing.code, nothing.out.as_str()), (0, ""));
    assert!(nothing.err.contains("no document change passes the filters, of 108 in all"), "{}", nothing.err);
}

#[test]
fn threads_do_not_change_the_output() {
    for (format, order) in [("jsonl", "priority"), ("jsonl", "history"), ("csv", "priority"), ("table", "priority")] {
        let with = |threads: &str| {
            run(&["scan", SAMPLE, "--format", format, "--order", order, "--top", "0", "--threads", threads])
        };
        let (one, four) = (with("1"), with("4"));
        assert_eq!((one.code, four.code), (0, 0), "{}", one.err);
        assert!(one.out == four.out, "{format} in the order of {order}");
    }
}

#[test]
fn a_table_in_a_pipe_has_no_control_codes() {
    let ran = run(&["scan", SAMPLE, "--top", "0", "--explain"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert!(!ran.out.chars().any(|c| c.is_control() && c != '\n'));
    assert!(ran.out.contains("108 document changes: ") && ran.out.contains("reversion"), "{}", ran.out);
    let short = run(&["scan", SAMPLE]);
    assert!(short.out.contains("20 shown. More: --top 0 shows all"), "{}", short.out);
    let painted = run(&["scan", SAMPLE, "--color", "always"]);
    assert!(painted.out.contains("\u{1b}[31;9m[-"));
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("changes.jsonl");
    std::fs::write(&path, "before").expect("it is written");
    let args = ["scan", SAMPLE, "--format", "jsonl", "--output", text(&path)];
    let failed = run(&[&args[..], &["--status", "news"]].concat());
    assert_eq!(failed.code, 2);
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), "before");
    let done = run(&args);
    assert_eq!((done.code, done.out.as_str()), (0, ""));
    assert!(records(&std::fs::read_to_string(&path).expect("it is there")).len() >= 93);
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing else is left");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = termsift(&["scan", SAMPLE, "--format", "jsonl"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    drop(child.stdout.take());
    let ran = Ran::of(child.wait_with_output().expect("it ends"));
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

#[test]
fn clause_changes_on_standard_input() {
    let input = "{\"before\":\"We may share data.\",\"after\":\"We will share data.\",\"service\":\"X\",\"terms_type\":\"Privacy Policy\"}\n\n\
                 {\"before\":null,\"after\":\"You must be 16.\"}\n";
    let found = run_with_input(&["scan", "-", "--format", "jsonl"], input).records();
    assert_eq!(found.len(), 2);
    assert!(found.iter().any(|record| record["clauses"][0]["kind"] == "added"), "{found:?}");
    let broken = run_with_input(&["scan", "-", "--format", "jsonl"], "{\"before\":null,\"after\":\"x\"}\nnot json\n");
    assert_eq!(broken.code, 2);
    assert!(broken.err.contains("-:2: not a clause change"), "{}", broken.err);
}

#[test]
fn a_pair_of_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("it is written");
        path
    };
    let old = file("old.md", "# Terms\n\nWe keep your data for 30 days.\n");
    let new = file("new.md", "# Terms\n\nWe keep your data for 90 days.\n");
    let found =
        run(&["scan", "--pair", text(&old), text(&new), "--no-model", "--format", "jsonl", "--status", "change"])
            .records();
    assert_eq!(found.len(), 1);
    let clause = &found[0]["clauses"][0];
    assert_eq!(clause["kind"], "modified");
    assert_eq!((clause["before_line"].as_u64(), clause["after_line"].as_u64()), (Some(3), Some(3)));
}

#[test]
fn the_sample_is_in_the_program() {
    let folder = run(&["scan", SAMPLE, "--format", "jsonl"]).out;
    let elsewhere = tempfile::tempdir().expect("a folder");
    let mut command = termsift(&["scan", "--sample", "--format", "jsonl"]);
    let held = Ran::of(command.current_dir(elsewhere.path()).output().expect("the binary starts"));
    assert!(!folder.is_empty());
    assert_eq!(held.out, folder);
}

#[test]
fn a_zip_of_dated_versions_reads_like_the_folder() {
    let made = tempfile::tempdir().expect("a folder");
    let path = made.path().join("sample.zip");
    let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).expect("a file"));
    let mut folders = vec![std::path::PathBuf::from(SAMPLE)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let path = entry.path();
            let name = text(path.strip_prefix(SAMPLE).expect("inside")).replace('\\', "/");
            zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("an entry");
            zip.write_all(&std::fs::read(entry.path()).expect("a file")).expect("written");
        }
    }
    zip.finish().expect("a whole archive");
    assert_eq!(run(&["scan", text(&path), "--format", "jsonl"]).out, run(&["scan", SAMPLE, "--format", "jsonl"]).out);

    let broken = made.path().join("broken.zip");
    std::fs::write(&broken, b"PK no archive").expect("written");
    let ran = run(&["scan", text(&broken)]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("not a readable zip archive"), "{}", ran.err);
}

#[cfg(unix)]
#[test]
fn an_interrupted_scan_ends_with_3_and_leaves_the_file_as_it_was() {
    let made = tempfile::tempdir().expect("a folder");
    let output = made.path().join("out.jsonl");
    std::fs::write(&output, "as it was").expect("written");
    // Enough work to be met in the middle of it.
    let mut child = termsift(&["scan", "--pair", "Cargo.toml", "Cargo.lock", "--output", text(&output)])
        .args(std::iter::repeat_n(["--pair", "Cargo.lock", "Cargo.toml"], 400).flatten())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    std::thread::sleep(std::time::Duration::from_millis(300));
    let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill is there");
    assert!(killed.success());
    let status = child.wait().expect("it ends");
    // Where it was faster than the signal it has written the file.
    let whole = std::fs::read_to_string(&output).expect("the file is there");
    match status.code() {
        Some(3) => assert_eq!(whole, "as it was"),
        code => assert!(code == Some(0) && whole != "as it was", "{code:?}"),
    }
    let left = std::fs::read_dir(made.path()).expect("a folder").count();
    assert_eq!(left, 1, "a temporary file was left behind");
}

mod exits;
