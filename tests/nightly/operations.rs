//! What an operator sees: checks, logs, metrics, reports, notifications, limits.

use std::fs;

use serde_json::Value;

use crate::support::{Night, run, terms, text};

#[test]
fn a_wrong_configuration_names_the_line_and_does_nothing() {
    let night = Night::new(1, 1, 1);
    night.append("colour = \"blue\"\n");
    let ran = night.run(&[]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("termsift.toml:5: unknown field `colour`"), "{}", ran.err);
    assert!(!night.store().exists());
    night.configure("[[collection]]\nsource = \"col-0\"\n[[report]]\nformat = \"pdf\"\npath = \"x.pdf\"\n");
    let ran = night.run(&["--check"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("termsift.toml:6: unknown format \"pdf\""), "{}", ran.err);
}

#[test]
fn a_check_says_what_a_run_would_do_and_writes_nothing() {
    let night = Night::new(2, 1, 3);
    night.append("[[report]]\nformat = \"csv\"\npath = \"out/new.csv\"\n");
    let ran = night.run(&["--check"]).ok();
    for said in ["would be made", "col-1, 3 of 3 document changes new", "out/new.csv", "the configuration is right"] {
        assert!(ran.out.contains(said), "{said:?} in {}", ran.out);
    }
    assert!(!night.store().exists() && !night.path("out").exists());
    night.run(&[]).ok();
    assert!(night.run(&["--check"]).ok().out.contains("col-1, 0 of 3 document changes new"));
    night.append("[[collection]]\nsource = \"nowhere\"\n");
    let ran = night.run(&["--check"]);
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("nowhere: would fail:"), "{}", ran.out);
}

#[test]
fn a_service_that_no_collection_has_is_told() {
    let night = Night::new(2, 2, 2);
    night.append("[filter]\nservices = [\"service 1\", \"Nobody\"]\n");
    let told = "warning: no collection has the service \"Nobody\" of [filter]; known: ";
    let read = format!("{told}Service 0, Service 1\n");
    let checked = night.run(&["--check"]).ok();
    assert!(checked.out.contains(&read), "{}", checked.out);
    assert!(!checked.out.contains("the configuration is right"), "{}", checked.out);
    assert!(night.run(&[]).ok().out.contains(&read));
    // Where nothing is read again, the store tells.
    let again = night.run(&[]).ok();
    assert!(again.out.contains(&format!("{told}Service 1\n")), "{}", again.out);
    // It may be in a collection that cannot be read.
    fs::rename(night.path("col-1"), night.path("away")).expect("it is moved");
    let ran = night.run(&[]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(!ran.out.contains("warning:"), "{}", ran.out);

    night.configure("[[collection]]\nsource = \"col-0\"\n[filter]\nservices = [\"service 1\"]\n");
    assert!(night.run(&["--check"]).ok().out.contains("the configuration is right"));
    // The other filters may keep out all that a service has: that is no misspelling.
    night.append("terms-types = [\"Privacy Policy\"]\n");
    for _ in 0..2 {
        assert!(!night.run(&[]).ok().out.contains("has the service"));
    }
}

#[test]
fn terms_types_that_no_collection_has_are_told() {
    let night = Night::new(1, 1, 2);
    night.append("[filter]\nterms-types = [\"Privacy\"]\n");
    let told = "warning: no collection has the terms type \"Privacy\" of [filter]";
    let read = format!("{told}; known: Terms of Service\n");
    assert!(night.run(&["--check"]).ok().out.contains(&read));
    assert!(night.run(&[]).ok().out.contains(&read));
    // Nothing is stored, so nothing tells what there is.
    assert!(night.run(&[]).ok().out.contains(&format!("{told}\n")));
    night.configure("[[collection]]\nsource = \"col-0\"\n[filter]\nterms-types = [\"terms of service\"]\n");
    assert!(night.run(&["--check"]).ok().out.contains("the configuration is right"));
}

#[test]
fn categories_without_a_model_are_told() {
    let night = Night::new(1, 1, 2);
    night.append("[[report]]\nformat = \"csv\"\npath = \"new.csv\"\ncategories = [\"data-sharing\"]\n");
    for ran in [night.run(&["--check"]).ok(), night.run(&[]).ok()] {
        assert!(ran.out.contains("new.csv asks for categories; without a model"), "{}", ran.out);
    }
}

#[test]
fn a_check_says_what_would_fail_at_night() {
    let cases = [
        ("[[report]]\nformat = \"csv\"\npath = \"col-0\"\n", "is the source of a collection"),
        ("[[report]]\nformat = \"csv\"\npath = \"folder\"\n", "folder: would fail: it is a folder"),
        ("[[report]]\nformat = \"csv\"\npath = \"termsift.toml/x/y.csv\"\n", "termsift.toml is no folder"),
        ("[notify]\ncommand = [\"no-such-program\"]\n", "notify: would fail: no-such-program: no such program"),
        ("[notify]\ncommand = [\"/no/such/program\", \"x\"]\n", "/no/such/program: no such program"),
    ];
    for (more, said) in cases {
        let night = Night::new(1, 1, 1);
        fs::create_dir(night.path("folder")).expect("a folder");
        night.append(more);
        let ran = night.run(&["--check"]);
        assert_eq!(ran.code, 2, "{more}: {}", ran.out);
        assert!(ran.out.contains(said) || ran.err.contains(said), "{said:?} in {}{}", ran.out, ran.err);
    }
    let night = Night::new(1, 1, 1);
    night.append("[notify]\ncommand = [\"sh\", \"-c\", \"cat\"]\n");
    assert!(night.run(&["--check"]).ok().out.contains("the configuration is right"));
    let config = fs::read_to_string(night.config()).expect("it is there");
    let config = config.replace("store.sqlite", "termsift.toml/store.sqlite");
    fs::write(night.config(), config).expect("it is written");
    let ran = night.run(&["--check"]);
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.out.contains("store.sqlite: would fail:") && ran.out.contains("is no folder"), "{}", ran.out);
}

#[test]
fn no_output_takes_the_place_of_an_input() {
    let night = Night::new(1, 1, 2);
    night.run(&[]).ok();
    let (store, config) = (night.store(), night.config());
    let kept = fs::read(&store).expect("it is there");
    let (other, link) = (night.path("col-0/../store.sqlite"), night.path("link.sqlite"));
    let mut outputs = vec![text(&store), text(&other)];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&store, &link).expect("a link");
        outputs.push(text(&link));
    }
    for output in outputs {
        let exported = run(&["store", "export", text(&store), "--output", output]);
        assert_eq!(exported.code, 2, "{output}: {}", exported.err);
        assert!(exported.err.contains("is an input of this command"), "{}", exported.err);
        let ran = night.run(&["--metrics", output]);
        assert_eq!(ran.code, 2, "{output}: {}", ran.err);
        assert!(ran.err.contains("is the store") && ran.err.contains("another path"), "{}", ran.err);
    }
    assert_eq!(night.run(&["--metrics", text(&config)]).code, 2);
    night.append("[[report]]\nformat = \"csv\"\npath = \"store.sqlite\"\n");
    for more in [&["--check"][..], &[]] {
        let ran = night.run(more);
        assert_eq!(ran.code, 2, "{}", ran.out);
        assert!(ran.err.contains("termsift.toml:7: ") && ran.err.contains("is the store"), "{}", ran.err);
    }
    assert_eq!(fs::read(&store).expect("it is there"), kept);
    night.configure("[[collection]]\nsource = \"col-0\"\n");
    night.check();
}

#[test]
fn a_level_of_logging_that_is_none_is_refused() {
    let night = Night::new(1, 1, 1);
    for level in ["bogus", "info,bogus", "termsift=bogus", ""] {
        let ran = night.run(&["--log-level", level]);
        assert_eq!(ran.code, 2, "{level:?}: {}", ran.err);
        assert!(ran.err.contains("is no level of logging"), "{level:?}: {}", ran.err);
    }
    assert!(!night.store().exists());
    assert_eq!(night.run(&["--log-level", "off"]).ok().err, "");
    assert!(night.run(&["--log-level", "warn,termsift=info"]).ok().err.contains("run ended"));
}

#[test]
fn links_are_made_from_a_template() {
    let night = Night::new(1, 1, 3);
    let template = "https://git.example.org/{service}/{commit}/{path}?type={terms_type}#L{line}";
    night.configure(&format!("[[collection]]\nsource = \"col-0\"\nlinks = \"{template}\"\n"));
    night.run(&[]).ok();
    let store = night.store();
    let exported = run(&["store", "export", text(&store)]).ok().out;
    let records: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let link = |commit: &Value| {
        let commit = commit.as_str().expect("a commit");
        format!(
            "https://git.example.org/Service%200/{commit}/Service%200/Terms%20of%20Service.md?type=Terms%20of%20Service"
        )
    };
    let mut sides = [0, 0];
    for record in &records {
        assert_eq!(record["url"], link(&record["commit"]));
        for clause in record["clauses"].as_array().expect("clauses") {
            let (commit, line, side) = match clause["after_line"].as_u64() {
                Some(line) => (&record["commit"], line, 1),
                None => (&record["previous_commit"], clause["before_line"].as_u64().expect("a line"), 0),
            };
            sides[side] += 1;
            assert_eq!(clause["url"], format!("{}#L{line}", link(commit)));
        }
    }
    assert!(sides[1] > 0, "{sides:?}");
    night.configure("[[collection]]\nsource = \"col-0\"\nlinks = \"https://git.example.org/{sha}\"\n");
    let ran = night.run(&["--check"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("termsift.toml:5: unknown placeholder {sha}"), "{}", ran.err);
}

#[test]
fn the_example_is_printed() {
    let ran = run(&["nightly", "--example"]).ok();
    assert!(ran.out.contains("[[collection]]"));
}

#[test]
fn reports_hold_each_document_change_once() {
    let night = Night::new(1, 1, 3);
    night.append("[[report]]\nformat = \"jsonl\"\npath = \"out/new.jsonl\"\n");
    night.append("[[report]]\nformat = \"csv\"\npath = \"out/all.csv\"\ndays = 60000\n");
    let lines = |name: &str| fs::read_to_string(night.path(name)).map_or(0, |text| text.lines().count());
    night.run(&[]).ok();
    assert_eq!((lines("out/new.jsonl"), lines("out/all.csv")), (3, 4));
    night.repository(0).record("Service 0/Terms of Service.md", &terms(0, 7));
    night.run(&[]).ok();
    assert_eq!((lines("out/new.jsonl"), lines("out/all.csv")), (1, 5));
    // Nothing new: yesterday's news stay.
    night.run(&[]).ok();
    assert_eq!(lines("out/new.jsonl"), 1);
    // A report that cannot be written: nothing counts as announced, and the next run tries again.
    night.repository(0).record("Service 0/Terms of Service.md", &terms(0, 9));
    let before = night.path("out");
    fs::rename(&before, night.path("kept")).expect("it is moved");
    fs::write(&before, "in the way").expect("it is written");
    let ran = night.run(&[]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    fs::remove_file(&before).expect("it is removed");
    night.run(&[]).ok();
    assert_eq!(lines("out/new.jsonl"), 1);
}

#[test]
fn a_command_gets_the_digest() {
    let night = Night::new(1, 2, 3);
    let kept = night.path("digest.txt");
    night.append(&format!("[notify]\npriority = 0\ncommand = [\"sh\", \"-c\", \"cat > '{}'\"]\n", text(&kept)));
    night.run(&[]).ok();
    let digest = fs::read_to_string(&kept).expect("the digest");
    assert!(digest.contains("Service 1"), "{digest}");
    // Nothing new, nobody told.
    fs::remove_file(&kept).expect("it is removed");
    night.run(&[]).ok();
    assert!(!kept.exists());
    // A command that fails is tried again.
    let config = fs::read_to_string(night.config()).expect("it is there");
    night.repository(0).record("Service 0/Terms of Service.md", &terms(0, 7));
    fs::write(night.config(), config.replace("cat >", "false; exit 7; cat >")).expect("it is written");
    let ran = night.run(&[]);
    assert_eq!(ran.code, 3, "{}", ran.out);
    assert!(ran.out.contains("sh: ended with exit status: 7"), "{}", ran.out);
    fs::write(night.config(), config).expect("it is written");
    night.run(&[]).ok();
    assert!(kept.exists());
    // While a report fails nothing counts as announced, so nobody is told the same again and again.
    fs::remove_file(&kept).expect("it is removed");
    night.repository(0).record("Service 0/Terms of Service.md", &terms(0, 8));
    let config = fs::read_to_string(night.config()).expect("it is there");
    night.append("[[report]]\nformat = \"csv\"\npath = \"termsift.toml/no/folder.csv\"\n");
    assert_eq!(night.run(&[]).code, 3);
    assert!(!kept.exists());
    fs::write(night.config(), config).expect("it is written");
    night.run(&[]).ok();
    assert!(kept.exists());
    // One that hangs is ended.
    night.repository(0).record("Service 0/Terms of Service.md", &terms(0, 9));
    night.configure(
        "[[collection]]\nsource = \"col-0\"\n[notify]\ncommand = [\"sleep\", \"60\"]\ntimeout = \"200ms\"\n",
    );
    let ran = night.run(&[]);
    assert_eq!(ran.code, 3);
    assert!(ran.out.contains("was ended"), "{}", ran.out);
}

#[test]
fn logs_are_json_and_metrics_are_for_prometheus() {
    let night = Night::new(1, 1, 2);
    let metrics = night.path("metrics/termsift.prom");
    let ran = night.run(&["--log-format", "json", "--metrics", text(&metrics)]).ok();
    let lines: Vec<Value> =
        ran.err.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    assert!(lines.iter().any(|line| line["message"] == "run ended" && line["stored"] == 2), "{}", ran.err);
    let text = fs::read_to_string(&metrics).expect("metrics");
    for line in [
        "# TYPE termsift_run_success gauge",
        "termsift_run_success 1.0",
        "termsift_run_document_changes_stored 2.0",
        "termsift_collection_success{collection=\"col-0\"} 1.0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    fs::rename(night.path("col-0"), night.path("moved")).expect("it is moved");
    let metrics = night.path("metrics/termsift.prom");
    assert_eq!(night.run(&["--metrics", metrics.to_str().expect("UTF-8")]).code, 3);
    let text = fs::read_to_string(&metrics).expect("metrics");
    assert!(text.contains("termsift_run_success 0.0") && text.contains("collection_success{collection=\"col-0\"} 0.0"));
}

#[test]
fn metrics_that_cannot_be_written_hide_nothing() {
    let night = Night::new(1, 1, 2);
    let ran = night.run(&["--metrics", text(&night.config().join("no/folder.prom"))]);
    assert_eq!(ran.code, 3, "{}", ran.err);
    assert!(ran.out.contains("2 document changes stored") && ran.err.contains("metrics not written"), "{}", ran.err);
    assert!(ran.out.contains(": partly, ") && ran.out.contains("metrics not written: "), "{}", ran.out);
}

#[test]
fn passwords_are_told_to_nobody() {
    let night = Night::new(0, 0, 0);
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port").port();
    night.configure(&format!("[[collection]]\nsource = \"http://me:secret@127.0.0.1:{port}/terms.git\"\n"));
    let metrics = night.path("termsift.prom");
    let check = night.run(&["--check"]);
    let ran = night.run(&["--metrics", text(&metrics)]);
    assert_eq!(ran.code, 3);
    let reasons = night.words("SELECT run.reason || run_collection.source FROM run JOIN run_collection");
    let written = fs::read_to_string(&metrics).expect("metrics");
    for said in [check.out, check.err, ran.out, ran.err, reasons, written] {
        assert!(!said.contains("secret"), "{said}");
    }
}

#[test]
fn limits_stop_a_run_that_the_next_goes_on_with() {
    let night = Night::new(1, 4, 6);
    night.append("[limits]\nmemory = \"1 kB\"\nthreads = 1\n");
    let ran = night.run(&[]);
    // A small collection may be done before the limit is looked at.
    assert!(matches!(ran.code, 0 | 3), "{}", ran.err);
    if ran.code == 3 {
        assert!(ran.out.contains("limits.memory is reached"), "{}", ran.out);
    }
    night.configure("[[collection]]\nsource = \"col-0\"\n");
    night.run(&[]).ok();
    assert_eq!(night.number("SELECT count(*) FROM document_change"), 24);
}

#[test]
fn words_are_found() {
    let night = Night::new(1, 1, 3);
    night.run(&[]).ok();
    let store = night.store();
    let found = run(&["store", "search", text(&store), "tarnwick", "partners"]).ok();
    assert!(found.out.contains("Tarnwick Networks Ltd"), "{}", found.out);
    let odd = run(&["store", "search", text(&store), "NEAR(", "\"", "x*"]).ok();
    assert_eq!(odd.out, "");
    assert!(run(&["store", "vacuum", text(&store)]).ok().out.contains("MB after"));
    night.check();
    let found = run(&["store", "search", text(&store), "tarnwick"]).ok();
    assert!(found.out.contains("Tarnwick"), "{}", found.out);
}

#[test]
fn a_damaged_store_is_told() {
    let night = Night::new(1, 1, 3);
    night.run(&[]).ok();
    night.connection().execute("UPDATE comparison SET clauses = x'00'", []).expect("it is changed");
    let store = night.store();
    let ran = run(&["store", "check", text(&store)]);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.out.contains("is not what it was") && ran.out.contains("cannot be read"), "{}", ran.out);
    assert_eq!(run(&["store", "check", "no/such/store"]).code, 2);
    // So damaged that a check breaks off: it does not advise itself.
    let mut bytes = fs::read(&store).expect("it is there");
    let half = bytes.len() / 2;
    bytes[half..].fill(0xff);
    fs::write(&store, bytes).expect("it is written");
    let ran = run(&["store", "check", text(&store)]);
    assert_ne!(ran.code, 0, "{}", ran.out);
    assert!(!ran.err.contains("store check"), "{}", ran.err);
}
