//! Reports from stored records and from sources: formats, `show`, `memo`, `compare`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use super::{SAMPLE, records, run, run_with_input, text};

/// The records of the sample, in a file.
fn stored() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("changes.jsonl");
    let ran = run(&["scan", SAMPLE, "--no-model", "--format", "jsonl", "--output", text(&path)]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    (folder, path)
}

#[test]
fn stored_records_report_as_a_scan_does() {
    let (_folder, path) = stored();
    for format in ["table", "jsonl", "csv", "clause-csv", "markdown", "html", "atom"] {
        for filter in [
            &[][..],
            &["--status", "change", "--top", "5"],
            &["--service", "lumeshore"],
            &["--order", "history", "--top", "30"],
            &["--materiality", "substantive,clarifying", "--effect", "adverse"],
            &["--materiality", "cosmetic"],
            &["--unsure"],
            &["--one-a-story", "--top", "12"],
        ] {
            let scanned = run(&[&["scan", SAMPLE, "--no-model", "--format", format], filter].concat());
            let stored = run(&[&["report", "--from", text(&path), "--format", format], filter].concat());
            let fresh = run(&[&["report", "--source", SAMPLE, "--no-model", "--format", format], filter].concat());
            assert_eq!((scanned.code, stored.code, fresh.code), (0, 0, 0), "{}{}", stored.err, fresh.err);
            assert!(scanned.out == fresh.out, "{format} {filter:?}: a scan through report");
            // CSV leaves out clauses, which changes nothing that it shows. The file is in the order of priority:
            // that of the history comes from the dates.
            // A scan of one service does not know the stories it shares with others.
            if !filter.contains(&"--service") {
                // A digest says where its records are found again.
                let again = stored.out.replace(&format!(" --from {}`", text(&path)), &format!(" --source {SAMPLE}`"));
                assert!(scanned.out == again, "{format} {filter:?}: stored records");
            }
        }
    }
}

#[test]
fn what_passes_the_filters_is_told_from_what_is_read_and_what_is_shown() {
    let (_folder, path) = stored();
    let all = records(&std::fs::read_to_string(&path).expect("text"));
    let report = |format: &str, filter: &[&str]| {
        let ran = run(&[&["report", "--from", text(&path), "--format", format], filter].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran
    };
    let news = all.iter().filter(|record| record["status"] == "change").count();
    let returns = all.iter().filter(|record| record["status"] == "reversion").count();
    assert!((2..20).contains(&returns) && news > 20 && all.len() == 108);
    let cases: [(&str, &[&str], String); 9] = [
        ("table", &["--status", "reversion"], format!("\n{returns} of them pass the filters; all are shown.\n")),
        ("html", &["--status", "reversion"], format!(". {returns} of them pass the filters; all are on this page.<")),
        ("markdown", &["--status", "reversion"], format!("\n{returns} of 108 document changes pass the filters.\n")),
        (
            "table",
            &["--status", "change", "--top", "3"],
            format!(
                "\n{news} of them pass the filters, 3 shown. More: --top 0 shows all, --format jsonl every clause.\n"
            ),
        ),
        (
            "html",
            &["--status", "change", "--top", "3"],
            format!(". {news} of them pass the filters. The 3 that most deserve a look are on this page.<"),
        ),
        (
            "markdown",
            &["--status", "change", "--top", "3"],
            format!("\nThe 3 that most deserve a look, of {news} document changes that pass the filters.\n"),
        ),
        ("markdown", &["--order", "history", "--top", "3"], "\nThe first 3, of 108 document changes.\n".to_owned()),
        ("html", &["--since", "2199-01-01"], ">None of 108 document changes passes the filters.<".to_owned()),
        ("markdown", &["--since", "2199-01-01"], "\nNone of 108 document changes passes the filters.\n".to_owned()),
    ];
    for (format, filter, said) in cases {
        let ran = report(format, filter);
        assert!(ran.out.contains(&said), "{format} {filter:?} should say {said:?}:\n{}", ran.out);
    }
    let none = report("table", &["--since", "2199-01-01"]);
    assert_eq!(none.out, "None of 108 document changes passes the filters.\n");
    assert_eq!(none.err, "no document change passes the filters, of 108 in all\n");
    // By rules alone nothing has a category.
    let minors = report("table", &["--category", "minors"]);
    assert!(minors.out.ends_with("\nNone of them passes the filters.\n"), "{}", minors.out);
    let told = "warning: 108 of 108 document changes were judged without a model";
    assert!(minors.err.starts_with(told) && minors.err.matches("warning:").count() == 1, "{}", minors.err);
    let scanned = run(&["scan", SAMPLE, "--no-model", "--effect", "adverse", "--format", "csv"]);
    assert!(scanned.err.starts_with(told) && scanned.err.contains("passes --effect"), "{}", scanned.err);
}

#[test]
fn the_period_is_that_of_what_is_counted_not_of_what_is_shown() {
    let (_folder, path) = stored();
    let titles = |filter: &[&str]| {
        let of = |format: &str| run(&[&["report", "--from", text(&path), "--format", format], filter].concat()).out;
        let digest = of("markdown");
        let page = of("html");
        let title = digest.strip_prefix("# ").and_then(|rest| rest.split_once('\n')).map(|(title, _)| title.to_owned());
        let title = title.expect("a title");
        assert!(page.contains(&format!("<h1>{title}</h1>")), "{title}");
        title
    };
    let whole = titles(&["--top", "0"]);
    assert!(whole.starts_with("Changes of terms, "), "{whole}");
    for filter in [&["--top", "1"][..], &["--status", "reversion"], &["--category", "minors"]] {
        assert_eq!(titles(filter), whole, "{filter:?}");
    }
    let march = titles(&["--since", "2025-03-01", "--until", "2025-03-31", "--top", "1"]);
    assert!(march.ends_with("March 2025") && march.contains(" to "), "{march}");
}

#[test]
fn a_digest_says_how_to_see_more() {
    let (_folder, path) = stored();
    let digest = run(&["report", "--from", text(&path), "--format", "markdown"]).out;
    let command =
        digest.split_once("(`termsift ").and_then(|(_, rest)| rest.split_once('`')).map(|(command, _)| command);
    let command: Vec<&str> = command.expect("a command").split(' ').collect();
    assert_eq!(command[0], "show");
    let shown = run(&command);
    assert_eq!(shown.code, 0, "{}", shown.err);
}

#[test]
fn bad_records_are_told_with_their_line() {
    let (folder, path) = stored();
    let broken = folder.path().join("broken.jsonl");
    let first = std::fs::read_to_string(&path).expect("text").lines().next().expect("a line").to_owned();
    std::fs::write(&broken, format!("{first}\n\n{{\"id\":\"x\"}}\n")).expect("written");
    let newer = folder.path().join("newer.jsonl");
    std::fs::write(&newer, first.replacen("\"schema\":1", "\"schema\":99", 1)).expect("written");
    let parquet = folder.path().join("no");
    let cases: [(&[&str], &[&str]); 15] = [
        (&["report"], &["no records given", "--from FILE.jsonl", "--source"]),
        (&["report", "--from", "no/such.jsonl"], &["no/such.jsonl: cannot be read", "caused by:"]),
        (&["report", "--from", text(&broken)], &["broken.jsonl:3: not a record", "missing field"]),
        (&["report", "--from", text(&newer)], &["newer.jsonl:1:", "schema 99"]),
        (&["report", "--from", text(&path), "--service", "Nobody"], &["unknown service \"Nobody\"", "Lumeshore"]),
        (
            &["report", "--from", text(&path), "--materiality", "grave"],
            &["unknown materiality \"grave\"", "substantive"],
        ),
        (&["report", "--from", text(&path), "--effect", "bad"], &["unknown effect \"bad\"", "adverse"]),
        (&["report", "--from", text(&path), "--format", "parquet"], &["--output changes.parquet"]),
        (&["show", "abc", "--from", text(&path)], &["\"abc\" is too short"]),
        (&["show", "ffffffffffff", "--from", text(&path)], &["no change \"ffffffffffff\" among 108"]),
        (&["memo", "2025", "--from", text(&path)], &["names more than one change", "Lumeshore/", "more"]),
        (&["compare", SAMPLE], &["one source and no date", "--at twice"]),
        (&["compare", SAMPLE, SAMPLE], &["which terms?", "--service", "Lumeshore/Privacy Policy"]),
        (&["compare", SAMPLE, SAMPLE, "--service", "Nobody"], &["no service \"Nobody\"", "Lumeshore"]),
        (
            &[
                "compare",
                SAMPLE,
                SAMPLE,
                "--service",
                "Lumeshore",
                "--terms-type",
                "Privacy Policy",
                "--at",
                "2001-01-01",
            ],
            &["was not recorded at 2001-01-01", "begins 2024-01-31"],
        ),
    ];
    for (args, said) in cases {
        let ran = run(args);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{args:?}: {}", ran.err);
        for words in said {
            assert!(ran.err.contains(words), "{args:?} should say {words:?}:\n{}", ran.err);
        }
    }
    assert!(!parquet.exists());
}

#[test]
fn a_change_is_named_by_id_or_commit_in_records_and_in_sources() {
    let (_folder, path) = stored();
    let lines = std::fs::read_to_string(&path).expect("text");
    let record = records(&lines).into_iter().find(|record| record["status"] == "change").expect("a change");
    let said = |key: &str| record[key].as_str().expect("text").to_owned();
    let (id, commit, document) = (said("id"), said("commit"), said("path"));
    let by_path = format!("{commit}:{}", document.to_lowercase());
    let mut shown = BTreeSet::new();
    for name in [&id, &id[..8], by_path.as_str()] {
        for place in [&["--from", text(&path)][..], &["--source", SAMPLE, "--no-model"]] {
            let ran = run(&[&["show", name][..], place].concat());
            assert_eq!(ran.code, 0, "{name} {place:?}: {}", ran.err);
            shown.insert(ran.out);
        }
    }
    assert_eq!(shown.len(), 1, "the same however it is named");
    let shown = shown.into_iter().next().expect("one");
    for words in [&said("service"), &id, "priority", "deterministic rules", "line ", "substantive 0."] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains('\u{1b}'), "no control codes in a pipe");
    let piped = run_with_input(&["show", &id, "--from", "-"], &lines);
    assert_eq!(piped.out, shown);
}

#[test]
fn a_memo_quotes_links_and_leaves_gaps() {
    let (_folder, path) = stored();
    let lines = std::fs::read_to_string(&path).expect("text");
    let record = records(&lines)
        .into_iter()
        .find(|record| {
            record["service"] == "Lumeshore" && record["date"].as_str().is_some_and(|it| it.starts_with("2025-03-04"))
        })
        .expect("the change");
    let ran = run(&["memo", record["id"].as_str().expect("id"), "--from", text(&path)]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let (front, body) =
        ran.out.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).expect("front matter");
    let fields: BTreeMap<&str, &str> = front.lines().filter_map(|line| line.split_once(": ")).collect();
    let title = fields["title"].trim_matches('"');
    assert!(title.starts_with("Lumeshore ") && title.chars().count() <= 140, "{title}");
    assert!(!title.ends_with(['.', '!', '?']), "{title}");
    assert_eq!(fields["author"], "\"\"");
    for key in [
        "html_description: ",
        "service: \"Lumeshore\"",
        "terms_types:\n",
        "dates:\n  - \"2025-03-04\"",
        "related_collections:\n",
        "assistance: ",
    ] {
        assert!(front.contains(key), "{key}: {front}");
    }
    for words in ["Oskelund Group AS", "Tarnwick Networks Ltd", "post the new version here", "[TODO: ", "- [ ] ", "> "]
    {
        assert!(body.contains(words), "{words}: {body}");
    }
    // Whatever is quoted stands in the record.
    let texts: String = record["clauses"]
        .as_array()
        .expect("clauses")
        .iter()
        .map(|it| format!("{} {} ", it["before"], it["after"]))
        .collect();
    for quoted in body.lines().filter_map(|line| line.strip_prefix("> “")?.strip_suffix('”')) {
        let words = quoted.replace('\\', "");
        let start: String = words.split(" …").next().unwrap_or_default().chars().take(60).collect();
        assert!(texts.contains(&start), "{start}");
    }
}

/// Two records of the sample that are told to be twins and one story, the first with an unsure decision.
fn twins() -> (tempfile::TempDir, PathBuf, [String; 2]) {
    let (folder, path) = stored();
    let all = records(&std::fs::read_to_string(&path).expect("text"));
    let mut chosen: Vec<Value> = all.into_iter().filter(|record| record["status"] == "change").take(2).collect();
    let ids = [0, 1].map(|at: usize| chosen[at]["id"].as_str().expect("an id").to_owned());
    let alone = chosen[0]["clauses"][0]["id"].clone();
    chosen[0]["unsure"] = true.into();
    for (at, other) in [(0, 1), (1, 0)] {
        chosen[at]["story"] = serde_json::json!({"id": ids[0], "places": [{"id": "f00d", "collection": "elsewhere-fr",
            "service": "Tarnwick", "terms_type": "Terms of Service", "path": "Tarnwick/Terms of Service.md",
            "commit": "f00d", "date": "2025-03-05T10:00:00Z", "url": "https://a.example/commit/f00d"}]});
        chosen[at]["twins"] = serde_json::json!([{"id": ids[other], "collection": "sample-ie", "commit": "beef",
            "date": "2025-03-05T10:00:00Z", "shared": 4, "only_here": [alone]}]);
        chosen[at]["effect"] = if at == 0 { "adverse" } else { "favourable" }.into();
    }
    let lines: Vec<String> = chosen.iter().map(ToString::to_string).collect();
    let twins = folder.path().join("twins.jsonl");
    std::fs::write(&twins, lines.join("\n")).expect("written");
    (folder, twins, ids)
}

#[test]
fn stories_twins_and_unsure_decisions_are_told_everywhere() {
    let (_folder, path, [first, second]) = twins();
    let place = "Tarnwick · Terms of Service, elsewhere-fr (France), 5 March 2025";
    let twin = "sample-ie (Ireland), 5 March 2025";
    let differs = "4 clause changes in both";
    for format in ["markdown", "html", "atom"] {
        let ran = run(&["report", "--from", text(&path), "--format", format]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        for words in [place, twin, differs, "unsure"] {
            assert!(ran.out.contains(words), "{format}: {words}\n{}", ran.out);
        }
    }
    let csv = run(&["report", "--from", text(&path), "--format", "csv"]);
    assert!(csv.out.contains(&format!(",yes,{first},sample-ie {second}")), "{}", csv.out);
    let shown = run(&["show", &first, "--from", text(&path)]);
    for words in [place, twin, differs, "unsure", "only here: ", "https://a.example/commit/f00d"] {
        assert!(shown.out.contains(words), "{words}\n{}", shown.out);
    }
    let memo = run(&["memo", &first, "--from", text(&path)]);
    for words in [twin, differs, &format!("termsift memo {first} {second}"), "Tarnwick"] {
        assert!(memo.out.contains(words), "{words}\n{}", memo.out);
    }
    let both = run(&["memo", &first, &second, "--from", text(&path)]);
    assert!(both.out.contains("only in the second") && !both.out.contains(differs), "{}", both.out);
    let cases: [(&[&str], &[&String]); 4] = [
        (&["--unsure"], &[&first]),
        (&["--effect", "favourable"], &[&second]),
        (&["--effect", "favourable,adverse"], &[&first, &second]),
        (&["--one-a-story"], &[&first]),
    ];
    for (filter, expected) in cases {
        let ran = run(&[&["report", "--from", text(&path), "--format", "jsonl"], filter].concat());
        let found: Vec<String> =
            ran.records().iter().map(|record| record["id"].as_str().expect("an id").to_owned()).collect();
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{filter:?}");
    }
}

#[test]
fn a_comparison_of_two_dates_shows_what_differs() {
    let args = [
        "compare",
        SAMPLE,
        "--service",
        "lumeshore",
        "--terms-type",
        "privacy policy",
        "--at",
        "2024-12-31",
        "--at",
        "2025-12-31",
    ];
    let table = run(&args);
    assert_eq!(table.code, 0, "{}", table.err);
    for words in ["[-2024-12-03-]", "{+2025-03-04+}", "the same", "Oskelund Group AS"] {
        assert!(table.out.contains(words), "{words}: {}", table.out);
    }
    let json = run(&[&args[..], &["--format", "jsonl"]].concat());
    let record: Value = serde_json::from_str(&json.out).expect("JSON");
    let scanned = run(&[
        "scan",
        SAMPLE,
        "--service",
        "Lumeshore",
        "--terms-type",
        "Privacy Policy",
        "--since",
        "2025-03-04",
        "--until",
        "2025-03-04",
        "--format",
        "jsonl",
    ]);
    let change = scanned.records().remove(0);
    assert_eq!(record["counts"], change["counts"], "two dates around one change differ as it does");
    // In Markdown each clause stands under its own best category.
    let page = run(&[&args[..], &["--format", "markdown", "--full"]].concat());
    assert_eq!(page.code, 0, "{}", page.err);
    let headed = |id: &str| {
        let words = id.replace('-', " ").replacen("ai ", "AI ", 1);
        words[..1].to_uppercase() + &words[1..]
    };
    let mut group = String::new();
    let mut filed: BTreeMap<String, usize> = BTreeMap::new();
    for line in page.out.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            name.clone_into(&mut group);
        } else if line.starts_with("- ") && !group.is_empty() {
            *filed.entry(group.clone()).or_default() += 1;
        }
    }
    let mut expected: BTreeMap<String, usize> = BTreeMap::new();
    for clause in record["clauses"].as_array().expect("clauses") {
        let best = clause["categories"][0]["id"].as_str().map_or_else(|| "Without a category".to_owned(), headed);
        *expected.entry(best).or_default() += 1;
    }
    filed.retain(|name, _| expected.contains_key(name));
    assert_eq!(filed, expected, "{}", page.out);
    for name in expected.keys() {
        assert!(page.out.contains(&format!("- **{name}**: ")), "{name} in the overview: {}", page.out);
    }
    let same = run(&[&args[..6], &["--at", "2025-12-31", "--at", "2025-12-31"]].concat());
    assert!(same.out.contains("0 only in") && same.out.contains("0 different"), "{}", same.out);
}

/// The feed by its elements, read with a parser of its own.
#[test]
fn the_feed_is_strict_atom() {
    let ran = run(&["scan", SAMPLE, "--format", "atom", "--top", "0"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let mut reader = quick_xml::Reader::from_str(&ran.out);
    let mut open: Vec<String> = Vec::new();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    let mut entries = 0;
    // What RFC 4287, 4.1.1 and 4.1.2 allow here.
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("", &["feed"][..]),
        ("feed", &["id", "title", "updated", "author", "generator", "entry"]),
        ("entry", &["id", "title", "updated", "link", "category", "summary", "content"]),
        ("author", &["name"]),
    ]);
    loop {
        use quick_xml::events::Event;
        let event = reader.read_event().expect("well-formed");
        match event {
            Event::Start(ref tag) | Event::Empty(ref tag) => {
                let name = tag.name().as_ref().to_owned();
                let parent = open.last().map_or("", String::as_str);
                assert!(allowed.get(parent).is_some_and(|names| names.contains(&name.as_str())), "{name} in {parent}");
                if parent == "feed" {
                    assert!(entries == 0 || name == "entry", "{name} after an entry");
                }
                *seen.entry(format!("{parent}/{name}")).or_default() += 1;
                if name == "entry" {
                    entries += 1;
                    seen.retain(|key, _| !key.starts_with("entry/"));
                }
                if name == "category" {
                    let keys: Vec<_> =
                        tag.attributes().map(|it| it.expect("an attribute").key.as_ref().to_owned()).collect();
                    assert!(keys.contains(&"term".to_owned()) && keys.contains(&"scheme".to_owned()), "{keys:?}");
                }
                if matches!(event, Event::Start(_)) {
                    open.push(name);
                }
            }
            Event::Text(text) if open.last().is_some_and(|name| name == "id") => {
                assert!(ids.insert(text.to_string()), "an id twice");
            }
            Event::End(_) => {
                let name = open.pop();
                if name.as_deref() == Some("entry") {
                    for once in ["id", "title", "updated"] {
                        assert_eq!(seen.get(&format!("entry/{once}")), Some(&1), "{once} once an entry");
                    }
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(entries, 108);
    assert!(ids.iter().all(|id| id.starts_with("tag:opentermsarchive.org,2026:")), "{ids:?}");
    for once in ["feed/id", "feed/title", "feed/updated"] {
        assert_eq!(seen.get(once), Some(&1), "{once}");
    }
}

#[test]
fn parquet_makes_two_files_that_are_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("changes.parquet");
    let ran = run(&["scan", SAMPLE, "--format", "parquet", "--output", text(&path)]);
    assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{}", ran.err);
    for name in ["changes.parquet", "changes.clauses.parquet"] {
        let bytes = std::fs::read(folder.path().join(name)).expect("a file");
        assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"), "{name}");
    }
}
