//! How runs end that are interrupted, that cannot write what they made, or that are asked for what is not there.

use super::{SAMPLE, records, run, text};

#[test]
fn threads_have_a_bound() {
    let cases: [&[&str]; 8] = [
        &["scan", "--sample", "--no-model"],
        &["classify"],
        &["noise", SAMPLE],
        &["report", "--source", SAMPLE],
        &["train", "--labels", "x", "--base", "x", "--output", "x"],
        &["eval", "clauses", "--labels", "x"],
        &["eval", "ranking", "--memos", "x", SAMPLE],
        &["eval", "opp115", "x", "--base", "x"],
    ];
    for args in cases {
        let ran = run(&[args, &["--threads", "99999999"]].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}: {}", ran.err);
        assert!(ran.err.contains("--threads") && ran.err.contains("0..=1024"), "{args:?}: {}", ran.err);
    }
}

#[test]
fn a_commit_that_no_source_has_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let stored = folder.path().join("stored.jsonl");
    let made = run(&["scan", SAMPLE, "--no-model", "--format", "jsonl", "--output", text(&stored)]);
    assert_eq!(made.code, 0, "{}", made.err);
    let places: [&[&str]; 4] = [
        &["scan", SAMPLE, "--no-model"],
        &["scan", "--sample", "--no-model"],
        &["report", "--from", text(&stored)],
        &["report", "--source", SAMPLE, "--no-model"],
    ];
    for place in places {
        let of = |commit: &str| run(&[place, &["--format", "jsonl", "--commit", commit]].concat());
        let unknown = of("1999-01-01");
        assert_eq!((unknown.code, unknown.out.as_str()), (2, ""), "{place:?}: {}", unknown.err);
        assert!(unknown.err.contains("no commit \"1999-01-01\""), "{place:?}: {}", unknown.err);
        let known = of("2025-01-28t03");
        assert_eq!(known.code, 0, "{place:?}: {}", known.err);
        assert!(!records(&known.out).is_empty(), "{place:?}");
    }
}

#[test]
fn a_model_folder_that_is_not_there_is_told_without_the_hub() {
    for named in ["/no/such/model", "./no-such-model", "../no-such-model", "no/such/model"] {
        let ran = run(&["classify", "--model", named]);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{named}: {}", ran.err);
        assert!(ran.err.contains(named) && ran.err.contains("no such folder"), "{named}: {}", ran.err);
    }
    let file = run(&["train", "--labels", "/dev/null", "--base", "Cargo.toml", "--output", "no/such"]);
    assert_eq!(file.code, 2, "{}", file.err);
    assert!(file.err.contains("Cargo.toml") && file.err.contains("no folder"), "{}", file.err);
}

/// A disk that is full.
#[cfg(target_os = "linux")]
mod full {
    use std::fs;
    use std::process::Stdio;

    use crate::{Ran, SAMPLE, run, run_with_input, termsift, text};

    const FULL: &str = "/dev/full";

    fn assert_told(ran: &Ran, what: &[&str]) {
        assert_eq!(ran.code, 3, "{what:?}: {}", ran.err);
        assert!(ran.err.contains("/dev/full: cannot be written"), "{what:?}: {}", ran.err);
    }

    #[test]
    fn what_cannot_be_written_to_the_end_ends_with_3() {
        let id =
            run(&["scan", "--sample", "--no-model", "--format", "jsonl", "--top", "1"]).records()[0]["id"].to_string();
        let id = id.trim_matches('"');
        let compare =
            ["--service", "Lumeshore", "--terms-type", "Privacy Policy", "--at", "2024-06-01", "--at", "2025-06-01"];
        let cases: [&[&str]; 6] = [
            &["scan", "--sample", "--no-model", "--format", "jsonl"],
            &["scan", "--sample", "--no-model"],
            &["memo", id, "--source", SAMPLE, "--no-model"],
            &[&["compare", SAMPLE, "--no-model"][..], &compare].concat(),
            &["dataset", "sample", SAMPLE],
            &["noise", SAMPLE, "--least", "1"],
        ];
        for args in cases {
            assert_told(&run(&[args, &["--output", FULL]].concat()), args);
        }
        let line = r#"{"id":1,"before":null,"after":"We share your data."}"#;
        assert_told(&run_with_input(&["classify", "--output", FULL], line), &["classify"]);
    }

    #[test]
    fn a_store_that_cannot_be_exported_to_the_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let (config, store) = (folder.path().join("termsift.toml"), folder.path().join("store.sqlite"));
        let configured = format!("store = \"store.sqlite\"\nmodel = \"none\"\n[[collection]]\nsource = {SAMPLE:?}\n");
        fs::write(&config, configured).expect("it is written");
        let night = run(&["nightly", "--config", text(&config)]);
        assert_eq!(night.code, 0, "{}", night.err);
        let args = ["store", "export", text(&store)];
        assert_told(&run(&[&args[..], &["--output", FULL]].concat()), &args);

        let ran = run(&["report", "--store", text(&store), "--commit", "1999-01-01"]);
        assert_eq!(ran.code, 2, "{}", ran.err);
        assert!(ran.err.contains("no commit \"1999-01-01\""), "{}", ran.err);
    }

    #[test]
    fn standard_output_that_is_full() {
        let id =
            run(&["scan", "--sample", "--no-model", "--format", "jsonl", "--top", "1"]).records()[0]["id"].to_string();
        let cases: [&[&str]; 3] = [
            &["show", id.trim_matches('"'), "--source", SAMPLE, "--no-model"],
            &["scan", "--sample", "--no-model"],
            &["completions", "bash"],
        ];
        for args in cases {
            let full = fs::OpenOptions::new().write(true).open(FULL).expect("it is there");
            let ran = Ran::of(termsift(args).stdout(Stdio::from(full)).output().expect("the binary starts"));
            assert_eq!(ran.code, 3, "{args:?}: {}", ran.err);
            assert!(ran.err.contains("standard output: cannot be written"), "{args:?}: {}", ran.err);
        }
    }
}

/// Commands that wait for standard input are asked to end.
#[cfg(target_os = "linux")]
mod interrupted {
    use std::fs;
    use std::path::Path;
    use std::process::{Child, Command, Stdio};
    use std::time::Duration;

    use crate::{Ran, SAMPLE, termsift, text};

    const TERM: u32 = 15;

    /// Waits until `holds`, but not for ever.
    fn wait_until(what: &str, holds: impl Fn() -> bool) {
        for _ in 0..1200 {
            if holds() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("in vain: {what}");
    }

    fn catches_signals(child: &Child) -> bool {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap_or_default();
        u64::from_str_radix(caught.trim(), 16).is_ok_and(|caught| caught & (1 << (TERM - 1)) != 0)
    }

    /// What is left of a command that is asked to end once it catches signals and `ready`.
    fn asked(args: &[&str], signal: &str, ready: impl Fn() -> bool) -> Ran {
        let mut command = termsift(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        // Held open, so that it waits.
        let _input = child.stdin.take();
        wait_until("it should catch signals", || catches_signals(&child));
        wait_until("it should be ready", ready);
        let asked = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill is there");
        assert!(asked.success());
        Ran::of(child.wait_with_output().expect("it ends"))
    }

    #[test]
    fn whatever_waits_ends_with_3_and_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let labels = folder.path().join("labels.tsv");
        fs::write(&labels, "collection\tcommit\tpath\tstatus\nx\t1\ta.md\tchange\n").expect("it is written");
        let cases: [&[&str]; 7] = [
            &["classify"],
            &["scan", "-"],
            &["compare", "-", SAMPLE],
            &["noise", "-"],
            &["dataset", "sample", "-"],
            &["eval", "status", "-", "--labels", text(&labels)],
            &["report", "--from", "-"],
        ];
        for args in cases {
            for signal in ["-TERM", "-INT"] {
                let ran = asked(args, signal, || true);
                assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{args:?}: {}", ran.err);
                assert!(ran.err.contains("interrupted; the output, if there is any"), "{args:?}: {}", ran.err);
            }
        }
    }

    #[test]
    fn no_temporary_file_is_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let output = folder.path().join("predictions.jsonl");
        fs::write(&output, "as it was").expect("it is written");
        let files = |folder: &Path| fs::read_dir(folder).map_or(0, Iterator::count);
        let begun = || files(folder.path()) == 2;
        let ran = asked(&["classify", "--output", text(&output)], "-TERM", begun);
        assert_eq!(ran.code, 3, "{}", ran.err);
        assert!(ran.err.contains("interrupted; the output file is as it was"), "{}", ran.err);
        assert_eq!(fs::read_to_string(&output).expect("it is there"), "as it was");
        assert_eq!(files(folder.path()), 1, "a temporary file was left behind");
    }
}

#[test]
fn an_output_does_not_replace_an_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let stored = folder.path().join("in.jsonl");
    let made = run(&["scan", SAMPLE, "--no-model", "--format", "jsonl", "--output", text(&stored)]);
    assert_eq!(made.code, 0, "{}", made.err);
    let before = std::fs::read(&stored).expect("it is there");
    let pair = ["scan", "--no-model", "--pair", text(&stored), "Cargo.toml", "-o", text(&stored)];
    for args in [&["report", "--from", text(&stored), "-o", text(&stored)][..], &pair] {
        let ran = run(args);
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.err);
        assert!(ran.err.contains("is an input of this command"), "{args:?}: {}", ran.err);
    }
    assert_eq!(std::fs::read(&stored).expect("it is there"), before);
}
