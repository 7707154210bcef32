//! Sources other than git, and what is odd or broken in them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Ran, records, run, run_with_bytes, run_with_input, text};

const BEFORE: &[u8] = b"# Terms\n\nWe keep your data for 30 days.\n\nYou can write to us.\n";
const AFTER: &[u8] = b"# Terms\n\nWe keep your data for 90 days.\n\nYou can write to us.\n";
const BAD: &[u8] = b"# Terms\n\nWe keep your caf\xe9 data for 60 days.\n\nYou can write to us.\n";

/// By rules alone, in the order of the record: nothing here hangs on a model.
const SCAN: [&str; 6] = ["scan", "--no-model", "--format", "jsonl", "--order", "history"];

pub(crate) fn scan(args: &[&str]) -> Ran {
    run(&[&SCAN[..], args].concat())
}

fn scan_lines(args: &[&str], input: &str) -> Ran {
    run_with_input(&[&SCAN[..], &["-"], args].concat(), input)
}

/// Writes versions of one document, the first on 1 January 2025, a day apart. Gives its folder.
pub(crate) fn versions(root: &Path, texts: &[&[u8]]) -> PathBuf {
    let folder = root.join("Lumeshore/Privacy Policy");
    fs::create_dir_all(&folder).expect("a folder");
    for (day, bytes) in (1..).zip(texts) {
        fs::write(folder.join(format!("2025-01-{day:02}T00-00-00Z.md")), bytes).expect("it is written");
    }
    folder
}

pub(crate) fn field<'r>(records: &'r [Value], name: &str) -> Vec<&'r str> {
    records.iter().map(|record| record[name].as_str().unwrap_or_default()).collect()
}

fn has_note(record: &Value, part: &str) -> bool {
    record["notes"].as_array().into_iter().flatten().any(|note| note.as_str().is_some_and(|note| note.contains(part)))
}

const LINES: &str = concat!(
    r#"{"id":"a1","before":"We may share data.","after":"We share data.","service":"Lumeshore","terms_type":"Privacy Policy"}"#,
    "\n",
    r#"{"id":"b2","after":"You must be 16.","service":"Tarnwick","terms_type":"Terms of Service"}"#,
    "\n",
    r#"{"id":"a3","before":"We sell no data.","service":"Tarnwick","terms_type":"Privacy Policy"}"#,
    "\n",
);

#[test]
fn filters_act_on_clause_changes() {
    let cases: [(&[&str], &[&str]); 6] = [
        (&["--service", "tarnwick"], &["b2", "a3"]),
        (&["--terms-type", "Privacy Policy"], &["a1", "a3"]),
        (&["--service", "Tarnwick", "--terms-type", "privacy policy"], &["a3"]),
        (&["--commit", "a"], &["a1", "a3"]),
        // They have no date: they are in no period that has a beginning.
        (&["--since", "2020-01-01"], &[]),
        (&["--until", "2020-01-01"], &["a1", "b2", "a3"]),
    ];
    let all = scan_lines(&[], LINES);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("records.jsonl");
    fs::write(&file, &all.out).expect("it is written");
    for (filter, expected) in cases {
        let found = scan_lines(filter, LINES).records();
        assert_eq!(field(&found, "path"), expected, "{filter:?}");
        let kept: Vec<Value> =
            all.records().into_iter().filter(|record| found.iter().any(|one| one["id"] == record["id"])).collect();
        assert_eq!(found, kept, "a filter changes nothing: {filter:?}");
        let stored = ["report", "--from", text(&file), "--format", "jsonl", "--order", "history"];
        assert_eq!(run(&[&stored[..], filter].concat()).records(), found, "as of stored records: {filter:?}");
    }
    let unknown = scan_lines(&["--service", "Nobody"], LINES);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("unknown service \"Nobody\""), "{}", unknown.err);
}

#[test]
fn clause_changes_with_the_same_id_have_records_of_their_own() {
    let line = |id: &str, after: &str| format!("{{\"id\":\"{id}\",\"after\":\"{after}\"}}\n");
    let input = [line("x", "One."), line("x", "Two."), line("", "Three."), line("2", "Four."), line("x", "Five.")];
    let found = scan_lines(&[], &input.concat()).records();
    assert_eq!(field(&found, "path"), ["x", "x", "2", "2", "x"], "they keep what they are called");
    let mut ids: Vec<&str> = field(&found, "id");
    ids.extend(found.iter().map(|record| record["clauses"][0]["id"].as_str().unwrap_or_default()));
    let distinct: std::collections::HashSet<&str> = ids.iter().copied().collect();
    assert_eq!(distinct.len(), 10, "{ids:?}");
    let alone = scan_lines(&[], &line("x", "One.")).records();
    assert_eq!(alone[0]["id"], found[0]["id"], "the first one's id hangs on no other");
}

#[test]
fn lines_that_are_no_clause_change_are_told_with_their_number() {
    let good = "{\"after\":\"x\"}\n";
    let recorded = scan_lines(&[], LINES).out;
    let record = recorded.lines().next().expect("a record");
    for bad in [r#"{"x":1}"#, r#"{"before":null,"after":null}"#, r#"["1","a","b",[],"","",""]"#, record] {
        let ran = scan_lines(&[], &format!("{good}\n{bad}\n"));
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{bad}: {}", ran.err);
        assert!(ran.err.contains("-:3: not a clause change") && ran.err.contains("caused by: "), "{bad}: {}", ran.err);
    }
}

#[test]
fn a_line_that_is_not_utf_8_is_read_and_noted() {
    let input =
        b"{\"after\":\"You must be 16.\"}\n{\"after\":\"We keep caf\xe9 data.\"}\n{\"after\":\"We sell data.\"}\n";
    let found = run_with_bytes(&[&SCAN[..], &["-"]].concat(), input).records();
    assert_eq!(found.len(), 3);
    assert_eq!(found[1]["clauses"][0]["after"], "We keep caf\u{fffd} data.");
    let noted: Vec<bool> = found.iter().map(|record| has_note(record, "not valid UTF-8 from byte 21")).collect();
    assert_eq!(noted, [false, true, false]);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_line() {
    let found = scan_lines(&[], &format!("\u{feff}{LINES}")).records();
    assert_eq!(found, scan_lines(&[], LINES).records());
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_version() {
    let folder = tempfile::tempdir().expect("a folder");
    let marked = |bytes: &[u8]| ["\u{feff}".as_bytes(), bytes].concat();
    versions(folder.path(), &[&marked(BEFORE), &marked(AFTER), AFTER]);
    let found = scan(&[text(folder.path())]).records();
    assert_eq!(field(&found, "status"), ["first-record", "change", "technical"]);
    let clause = &found[1]["clauses"][0];
    assert_eq!(clause["headings"], serde_json::json!(["Terms"]));
    assert_eq!((&clause["before_line"], &clause["after_line"]), (&3.into(), &3.into()));
    // Three bytes are the mark and nine the heading.
    assert_eq!(clause["after_span"], serde_json::json!([12, 42]));
    assert_eq!(found[2]["counts"], serde_json::json!({"unchanged": 3}), "without the mark it is the same");
}

#[test]
fn a_pair_that_is_not_utf_8_is_noted() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).expect("it is written");
        path
    };
    let (good, bad) = (file("good.md", BEFORE), file("bad.md", BAD));
    for (old, new, noted) in [(&good, &bad, [false, true]), (&bad, &good, [true, true])] {
        let found = scan(&["--pair", text(old), text(new)]).records();
        let told: Vec<bool> = found.iter().map(|record| has_note(record, "not valid UTF-8 from byte 25")).collect();
        assert_eq!(told, noted, "{old:?} and {new:?}");
    }
    let mut long = BEFORE.to_vec();
    long.resize((32 << 20) + 1, b'\n');
    let long = file("long.md", &long);
    let found = scan(&["--pair", text(&long), text(&long)]).records();
    assert!(has_note(&found[0], "only the first 33554432 were read"), "{}", found[0]["notes"]);
}

#[test]
fn each_record_notes_what_was_mended_of_either_side() {
    let folder = tempfile::tempdir().expect("a folder");
    versions(folder.path(), &[BAD, BEFORE, AFTER]);
    let found = scan(&[text(folder.path())]).records();
    let noted: Vec<bool> = found.iter().map(|record| has_note(record, "not valid UTF-8 from byte 25")).collect();
    assert_eq!(noted, [true, true, false]);
}

#[test]
fn a_source_is_given_once() {
    let root = tempfile::tempdir().expect("a folder");
    let (one, other) = (root.path().join("one/terms"), root.path().join("other/terms"));
    versions(&one, &[BEFORE, AFTER]);
    versions(&other, &[BEFORE]);
    for sources in [[text(&one), text(&one)], [text(&one), text(&other)]] {
        let ran = scan(&sources);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{}", ran.err);
        assert!(ran.err.contains("\"terms\" is the name of two of the sources"), "{}", ran.err);
    }
    // Two pairs are two sources.
    let file = |day: u32| one.join(format!("Lumeshore/Privacy Policy/2025-01-{day:02}T00-00-00Z.md"));
    let (old, new) = (file(1), file(2));
    let pairs = ["--pair", text(&old), text(&new), "--pair", text(&new), text(&old)];
    assert_eq!(scan(&pairs).records().len(), 4);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_in_a_folder_is_told_and_the_rest_is_read() {
    let root = tempfile::tempdir().expect("a folder");
    let folder = versions(root.path(), &[BEFORE, AFTER]);
    std::os::unix::fs::symlink("nowhere.md", folder.join("2025-01-03T00-00-00Z.md")).expect("a link");
    let made = std::process::Command::new("mkfifo").arg(folder.join("2025-01-04T00-00-00Z.md")).status();
    assert!(made.expect("mkfifo is there").success());
    std::os::unix::fs::symlink("/dev/zero", folder.join("2025-01-05T00-00-00Z.md")).expect("a link");
    fs::write(folder.join("2025-01-06T00-00-00Z.md"), BEFORE).expect("it is written");
    let ran = scan(&[text(root.path())]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    let found = records(&ran.out);
    let expected = ["first-record", "change", "technical", "technical", "technical", "technical"];
    assert_eq!(field(&found, "status"), expected, "the last one is compared with what cannot be read");
    assert!(has_note(&found[2], "cannot be read: No such file"), "{}", found[2]["notes"]);
    assert!(has_note(&found[3], "it is not a regular file"), "{}", found[3]["notes"]);
    assert!(has_note(&found[4], "it is not a regular file"), "{}", found[4]["notes"]);
    assert!(ran.err.contains("4 document changes could not be read"), "{}", ran.err);
    assert!(ran.err.contains("2025-01-03T00-00-00Z.md: cannot be read"), "{}", ran.err);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf_8_are_told() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let root = tempfile::tempdir().expect("a folder");
    let folder = versions(root.path(), &[BEFORE, AFTER]);
    fs::write(folder.join(OsStr::from_bytes(b"2025-01-03T00-00-00Z\xff.md")), BEFORE).expect("it is written");
    fs::write(folder.join(OsStr::from_bytes(b"notes\xff.txt")), BEFORE).expect("it is written");
    versions(&root.path().join(OsStr::from_bytes(b"Caf\xe9")), &[BEFORE]);
    let ran = scan(&[text(root.path())]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert_eq!(records(&ran.out).len(), 2, "the rest is read");
    assert_eq!(ran.err.matches("its name is not UTF-8").count(), 2, "{}", ran.err);
    assert!(ran.err.contains("Caf\u{fffd}: cannot be read") && !ran.err.contains("notes"), "{}", ran.err);
}

#[test]
fn a_damaged_entry_of_a_zip_is_told_and_the_rest_is_read() {
    use std::io::Write as _;
    let root = tempfile::tempdir().expect("a folder");
    let path = root.path().join("terms.zip");
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).expect("a file"));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (day, bytes) in (1..).zip([BEFORE, AFTER]) {
        zip.start_file(format!("Lumeshore/Terms/2025-01-{day:02}T00-00-00Z.md"), stored).expect("an entry");
        zip.write_all(bytes).expect("written");
    }
    zip.finish().expect("a whole archive");
    let mut bytes = fs::read(&path).expect("it is there");
    let at = bytes.windows(7).position(|part| part == b"90 days").expect("the second version");
    bytes[at] = b'8';
    fs::write(&path, bytes).expect("it is written");
    let ran = scan(&[text(&path)]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert_eq!(field(&records(&ran.out), "status"), ["first-record", "technical"]);
    assert!(ran.err.contains("1 document change could not be read"), "{}", ran.err);
}
