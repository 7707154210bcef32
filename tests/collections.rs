//! Real collections: bare clones `<name>.git` in the folder that `TERMSIFT_COLLECTIONS` names.
//!
//! Without it these tests say that they are skipped.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::naive_bytecount,
    clippy::redundant_closure_for_method_calls,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test or an example stops where it cannot go on, and says why"
)]

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use termsift::align::{Alignment, ClauseChange, Op, Redline, align};
use termsift::infer::{Judge, Neural, Precision, Signals};
use termsift::model::Package;
use termsift::pipeline::{Filter, NoProgress, Order, ScanOptions, Sink, scan_with};
use termsift::record::{ClauseChangeRecord, DocumentChangeRecord};
use termsift::segment::{Segmentation, segment, segment_after};
use termsift::source::{Collection, OpenOptions, SourceSpec, open};

/// The clone of `name`, if there are clones at all.
fn clone_of(name: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("TERMSIFT_COLLECTIONS") else {
        println!("skipped: set TERMSIFT_COLLECTIONS to a folder of bare clones (<name>.git)");
        return None;
    };
    let path = Path::new(&folder).join(format!("{name}.git"));
    assert!(path.is_dir(), "TERMSIFT_COLLECTIONS is set but holds no {name}.git");
    Some(path)
}

fn opened(path: &Path, commits: &[String]) -> Collection {
    let options = OpenOptions { commits: commits.to_vec(), ..OpenOptions::default() };
    open(&SourceSpec::Path(path.into()), &options).expect("the collection opens")
}

struct Records(Vec<DocumentChangeRecord>);

impl Sink for Records {
    fn record(&mut self, record: DocumentChangeRecord) -> std::io::Result<()> {
        self.0.push(record);
        Ok(())
    }
}

/// The records of some commits, by rules; of all when there are none.
fn scanned(path: &Path, commits: &[String], without_clauses: bool) -> Vec<DocumentChangeRecord> {
    judged(path, commits, without_clauses, &Signals)
}

/// The records of some commits, by `judge`; of all when there are none.
fn judged(path: &Path, commits: &[String], without_clauses: bool, judge: &dyn Judge) -> Vec<DocumentChangeRecord> {
    let options = ScanOptions {
        filter: Filter { commits: commits.to_vec(), ..Filter::default() },
        order: Order::History,
        without_clauses,
        ..ScanOptions::default()
    };
    let mut records = Records(Vec::new());
    let summary = scan_with(&[opened(path, commits)], &options, judge, &NoProgress, &mut records)
        .expect("the collection is scanned");
    assert!(summary.unreadable.is_empty(), "{:?}", summary.unreadable);
    records.0
}

fn git(path: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").arg("-C").arg(path).args(arguments).output().expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Clauses and furniture cover the text once, in order; each clause's line is the real one.
fn tiles(text: &str, cut: &Segmentation) -> Result<(), String> {
    let mut spans: Vec<Range<u32>> = cut.clauses.iter().map(|clause| clause.span.start..clause.span.end).collect();
    if spans.windows(2).any(|pair| pair[0].end > pair[1].start) {
        return Err("clauses are not in the order of the text".into());
    }
    spans.extend(cut.furniture.iter().map(|furniture| furniture.span.start..furniture.span.end));
    spans.sort_unstable_by_key(|span| (span.start, span.end));
    let mut at = 0;
    for span in spans {
        if span.start != at || text.get(span.start as usize..span.end as usize).is_none() {
            return Err(format!("a span {span:?} follows byte {at}"));
        }
        at = span.end;
    }
    if at as usize != text.len() {
        return Err(format!("the spans end at {at} of {}", text.len()));
    }
    let (mut line, mut counted) = (1, 0);
    for (index, clause) in cut.clauses.iter().enumerate() {
        line += text.as_bytes()[counted..clause.span.start as usize].iter().filter(|&&byte| byte == b'\n').count();
        counted = clause.span.start as usize;
        if clause.line as usize != line || clause.heading.is_some_and(|heading| heading as usize >= index) {
            return Err(format!("clause {index} is on line {line}, says {} under {:?}", clause.line, clause.heading));
        }
    }
    Ok(())
}

/// Every version of the collection `name`, each text once.
fn all_versions_tile(name: &str) {
    let Some(path) = clone_of(name) else { return };
    let collection = opened(&path, &[]);
    let mut reader = collection.reader().expect("a reader");
    let mut seen = HashSet::new();
    let mut wrong = Vec::new();
    for document in &collection.documents {
        for revision in &document.revisions {
            let Some(id) = revision.new.filter(|id| seen.insert(*id)) else { continue };
            let text = reader.version(id).expect("a version").text;
            if let Err(error) = tiles(&text, &segment(&text)) {
                wrong.push(format!("{} {}: {error}", revision.commit.id, document.path.path));
            }
        }
    }
    println!("{name}: {} versions", seen.len());
    assert!(seen.len() > 100, "{name}: only {} versions", seen.len());
    assert!(wrong.is_empty(), "{} versions:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn clauses_tile_every_version_of_vlopses_us() {
    all_versions_tile("vlopses-us");
}

#[test]
fn clauses_tile_every_version_of_genai_contrib() {
    all_versions_tile("genai-contrib");
}

fn joined(cut: &Segmentation, clauses: Range<u32>) -> String {
    clauses.map(|at| cut.text(at)).collect::<Vec<_>>().join(" ")
}

fn steps(redline: &Redline, before: &str, after: &str) -> Vec<(Op, String)> {
    let text = |op: Op, old: &str, new: &str| if op == Op::Delete { old.to_owned() } else { new.to_owned() };
    redline.edits().iter().map(|edit| (edit.op, text(edit.op, edit.old.of(before), edit.new.of(after)))).collect()
}

/// Every clause is covered once, and the changes lead from the old texts to the new ones.
fn applies(old: &Segmentation, new: &Segmentation, found: &Alignment) -> Result<(), String> {
    let (mut olds, mut news): (Vec<u32>, Vec<u32>) = found.unchanged.iter().copied().unzip();
    for &(a, b) in &found.unchanged {
        if old.text(a) != new.text(b) {
            return Err(format!("unchanged {a} and {b} differ"));
        }
    }
    for change in &found.changes {
        match change {
            ClauseChange::Added { new: b } => news.push(*b),
            ClauseChange::Removed { old: a } => olds.push(*a),
            ClauseChange::Moved { old: a, new: b } => {
                olds.push(*a);
                news.push(*b);
                if old.text(*a) != new.text(*b) {
                    return Err(format!("moved {a} and {b} differ"));
                }
            }
            ClauseChange::Modified { old: a, new: b, redline, .. } => {
                olds.extend(a.clone());
                news.extend(b.clone());
                let (before, after) = (joined(old, a.clone()), joined(new, b.clone()));
                let steps = steps(redline, &before, &after);
                let side = |without: Op| {
                    steps.iter().filter(|step| step.0 != without).map(|step| step.1.as_str()).collect::<String>()
                };
                if side(Op::Insert) != before || side(Op::Delete) != after {
                    return Err(format!("the redline of {a:?} and {b:?} does not lead from one to the other"));
                }
            }
        }
    }
    olds.sort_unstable();
    news.sort_unstable();
    let whole = |cut: &Segmentation| (0..).take(cut.clauses.len()).collect::<Vec<u32>>();
    if olds != whole(old) || news != whole(new) {
        return Err("not every clause is covered exactly once".into());
    }
    Ok(())
}

/// The alignment as a set of lines; with `swapped`, as seen from the other side.
fn described(old: &Segmentation, new: &Segmentation, found: &Alignment, swapped: bool) -> BTreeSet<String> {
    let order = |a: String, b: String| if swapped { format!("{b} → {a}") } else { format!("{a} → {b}") };
    let mut lines: BTreeSet<String> =
        found.unchanged.iter().map(|(a, b)| order(a.to_string(), b.to_string())).collect();
    lines.extend(found.changes.iter().map(|change| match change {
        ClauseChange::Added { new } => format!("{} {new}", if swapped { "removed" } else { "added" }),
        ClauseChange::Removed { old } => format!("{} {old}", if swapped { "added" } else { "removed" }),
        ClauseChange::Moved { old, new } => format!("moved {}", order(old.to_string(), new.to_string())),
        ClauseChange::Modified { old: a, new: b, redline, moved } => {
            let mut steps = steps(redline, &joined(old, a.clone()), &joined(new, b.clone()));
            if swapped {
                for step in &mut steps {
                    step.0 = match step.0 {
                        Op::Equal => Op::Equal,
                        Op::Delete => Op::Insert,
                        Op::Insert => Op::Delete,
                    };
                }
                for at in 1..steps.len() {
                    if (steps[at - 1].0, steps[at].0) == (Op::Insert, Op::Delete) {
                        steps.swap(at - 1, at);
                    }
                }
            }
            format!("modified {} {moved} {steps:?}", order(format!("{a:?}"), format!("{b:?}")))
        }
    }));
    lines
}

#[test]
fn alignments_of_vlopses_ie_apply_and_mirror() {
    let Some(path) = clone_of("vlopses-ie") else { return };
    let collection = opened(&path, &[]);
    let mut reader = collection.reader().expect("a reader");
    let (mut pairs, mut wrong) = (0, Vec::new());
    for document in &collection.documents {
        let mut last: Option<Segmentation> = None;
        let mut last_text = String::new();
        for revision in &document.revisions {
            let Some(id) = revision.new else {
                last = None;
                continue;
            };
            let text = reader.version(id).expect("a version").text;
            let new = segment(&text);
            if let Some(old) = &last {
                pairs += 1;
                let (there, back) = (align(old, &new), align(&new, old));
                let mut fail =
                    |error: String| wrong.push(format!("{} {}: {error}", revision.commit.id, document.path.path));
                if let Err(error) = applies(old, &new, &there) {
                    fail(error);
                }
                let (one, other) = (described(old, &new, &there, false), described(&new, old, &back, true));
                if let Some(line) = one.symmetric_difference(&other).next() {
                    fail(format!("not mirrored: {line}"));
                }
                let after = segment_after(&last_text, old, &text);
                let shown = |cut: &Segmentation| {
                    format!("{:?}{:?}{:?}{}{}", cut.clauses, cut.furniture, cut.links, cut.plain, cut.targets)
                };
                if shown(&after) != shown(&new) {
                    fail("segmented after the version before, it is cut otherwise than alone".into());
                }
                if !align(&new, &new).changes.is_empty() {
                    fail("a version differs from itself".into());
                }
            }
            (last, last_text) = (Some(new), text);
        }
    }
    println!("vlopses-ie: {pairs} pairs");
    assert!(pairs > 100, "only {pairs} pairs");
    assert!(wrong.is_empty(), "{} failures:\n{}", wrong.len(), wrong.join("\n"));
}

/// The clause changes one of whose sides begins so.
fn beginning<'a>(records: &'a [DocumentChangeRecord], with: &str) -> Vec<&'a ClauseChangeRecord> {
    records
        .iter()
        .flat_map(|record| &record.clauses)
        .filter(|clause| [&clause.before, &clause.after].into_iter().flatten().any(|text| text.starts_with(with)))
        .collect()
}

/// The texts of one kind of edit, trimmed.
fn edits<'a>(clause: &'a ClauseChangeRecord, op: &str) -> Vec<&'a str> {
    clause.redline.iter().filter(|edit| edit.op == op).map(|edit| edit.text.trim()).collect()
}

const AFFILIATES: &str = "a58058977951278dcf908f987dc2f8c307da1178";
const GENERATIVE: &str = "50dcbecfd7c391c0aaa4cf0db72ffc9763f85cd3";

#[test]
fn an_insertion_of_a_few_words_is_seen_as_that() {
    let Some(path) = clone_of("vlopses-us") else { return };
    let records = scanned(&path, &[AFFILIATES.into()], false);
    assert!(!records.is_empty(), "the commit has no record");

    let found = beginning(&records, "Affiliates are companies");
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].kind, "modified");
    assert_eq!(edits(found[0], "insert"), ["or any of its subsidiaries (e.g., GitHub, Inc.)"]);
    assert_eq!(edits(found[0], "delete"), Vec::<&str>::new());
    assert_eq!(found[0].facts.parties_added, ["GitHub, Inc."]);

    let found = beginning(&records, "We do not share your personal data with any");
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(edits(found[0], "insert"), ["non-Affiliated"]);
    assert_eq!(edits(found[0], "delete"), Vec::<&str>::new());
}

/// The categories that the built-in model finds in the document change of `commit`.
fn categories(name: &str, commit: &str) -> Option<BTreeSet<String>> {
    let path = clone_of(name)?;
    let package = Package::embedded().expect("the built-in model");
    let model = Neural::new(&package, Precision::Int8).expect("it can be computed");
    let records = judged(&path, &[commit.into()], true, &model);
    assert_eq!(records.len(), 1, "{name} {commit}");
    Some(records[0].categories.iter().map(|category| category.id.clone()).collect())
}

#[test]
fn the_model_tells_what_two_editions_of_one_change_are_about() {
    for (name, commit, expected) in [
        ("vlopses-us", AFFILIATES, &["data-sharing", "targeted-advertising"][..]),
        ("vlopses-ie", GENERATIVE, &["ai-training", "legal-basis", "user-choice", "sensitive-data", "minors"]),
    ] {
        let Some(found) = categories(name, commit) else { return };
        for category in expected {
            assert!(found.contains(*category), "{name}: no {category} in {found:?}");
        }
    }
}

#[test]
fn moved_links_alone_are_never_substantive() {
    let Some(path) = clone_of("vlopses-us") else { return };
    let records = scanned(&path, &[AFFILIATES.into()], false);
    let relinked: Vec<&ClauseChangeRecord> = records
        .iter()
        .flat_map(|record| &record.clauses)
        .filter(|clause| clause.kind == "modified" && clause.before == clause.after)
        .collect();
    assert!(!relinked.is_empty(), "no clause with nothing but other links");
    for clause in relinked {
        assert!(clause.links.is_some(), "{clause:#?}");
        assert!(clause.materiality.as_ref().is_none_or(|judged| judged.id != "substantive"), "{clause:#?}");
    }
}

/// Looks up the line of every clause's link in the committed file.
fn links_lead_to_the_clauses(path: &Path, commit: &str) {
    let mut files: HashMap<String, String> = HashMap::new();
    let (mut looked_up, mut wrong) = (0, Vec::new());
    for record in scanned(path, &[commit.into()], false) {
        for clause in &record.clauses {
            let url = clause.url.as_deref().unwrap_or_default();
            let Some(at) = url.rfind(['L', 'R']).filter(|_| url.contains("#diff-")) else {
                wrong.push(format!("no line in the link {url:?} of {:?}", clause.after));
                continue;
            };
            let line: usize = url[at + 1..].parse().expect("a line number");
            let (side, span, text) = if url[at..].starts_with('R') {
                (Some(&record.commit), clause.after_span, &clause.after)
            } else {
                (record.previous_commit.as_ref(), clause.before_span, &clause.before)
            };
            let (Some(side), Some([start, end]), Some(text)) = (side, span, text) else {
                wrong.push(format!("{url} leads to a side that the clause does not have"));
                continue;
            };
            let place = format!("{side}:{}", record.path);
            let file = files.entry(place.clone()).or_insert_with(|| git(path, &["show", &place]));
            let shown = file.split('\n').nth(line - 1).unwrap_or_default();
            let source = file.get(start as usize..end as usize).unwrap_or_default();
            let head: String = source.lines().next().unwrap_or_default().chars().take(40).collect();
            let word: String =
                text.chars().skip_while(|c| !c.is_alphanumeric()).take_while(|c| c.is_ascii_alphanumeric()).collect();
            if head.is_empty() || !shown.contains(&head) || !source.contains(&word) {
                wrong
                    .push(format!("{url}: line {line} of {place} is {shown:?}, the clause begins {head:?} ({word:?})"));
            }
            looked_up += 1;
        }
    }
    println!("{commit}: {looked_up} links");
    assert!(looked_up > 3, "only {looked_up} links");
    assert!(wrong.is_empty(), "{} links:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn links_open_the_lines_of_the_clauses() {
    if let Some(path) = clone_of("vlopses-us") {
        links_lead_to_the_clauses(&path, AFFILIATES);
    }
    if let Some(path) = clone_of("vlopses-ie") {
        links_lead_to_the_clauses(&path, GENERATIVE);
    }
}

#[test]
fn long_table_cells_are_cut_into_clauses() {
    let Some(path) = clone_of("vlopses-ie") else { return };
    let records = scanned(&path, &[GENERATIVE.into()], false);
    let rows: Vec<&ClauseChangeRecord> = records
        .iter()
        .flat_map(|record| &record.clauses)
        .filter(|clause| clause.lead_in.to_lowercase().contains("generative ai"))
        .collect();
    assert!(rows.len() > 10, "{} clause changes in the rows on generative AI", rows.len());
    for clause in rows {
        for text in [&clause.before, &clause.after].into_iter().flatten() {
            assert!(text.len() <= 1500, "a clause of {} bytes: {text}", text.len());
        }
    }
    let found = beginning(&records, "If you are in the UK");
    assert!(!found.is_empty(), "no clause begins so");
    for clause in found {
        assert!(clause.facts.jurisdictions.iter().any(|place| place == "UK"), "{clause:#?}");
    }
}

/// Every byte-identical return to an earlier version, computed from git alone: commit and path.
fn returns(path: &Path) -> Vec<(String, String)> {
    let log = git(
        path,
        &[
            "-c",
            "core.quotepath=off",
            "log",
            "--topo-order",
            "--reverse",
            "--raw",
            "--no-abbrev",
            "--no-renames",
            "--format=commit %H",
        ],
    );
    let mut commit = "";
    let mut seen: HashMap<&str, HashSet<&str>> = HashMap::new();
    let mut found = Vec::new();
    for line in log.lines() {
        if let Some(id) = line.strip_prefix("commit ") {
            commit = id;
        } else if let Some((meta, file)) = line.strip_prefix(':').and_then(|raw| raw.split_once('\t')) {
            let fields: Vec<&str> = meta.split(' ').collect();
            let (old, new) = (fields[2], fields[3]);
            let absent = |blob: &str| blob.bytes().all(|byte| byte == b'0');
            if absent(new) {
                continue;
            }
            let before = seen.entry(file).or_default();
            if !absent(old) && old != new && before.contains(new) {
                found.push((commit.to_owned(), file.to_owned()));
            }
            before.insert(new);
        }
    }
    found
}

fn every_return_is_seen(name: &str) {
    let Some(path) = clone_of(name) else { return };
    let returns: Vec<_> =
        returns(&path).into_iter().filter(|(_, file)| file.ends_with(".md") && file.contains('/')).collect();
    assert!(returns.len() > 3, "{name}: only {} returns", returns.len());
    let statuses: HashMap<(String, String), String> =
        scanned(&path, &[], true).into_iter().map(|record| ((record.commit, record.path), record.status)).collect();
    let wrong: Vec<String> = returns
        .iter()
        .filter_map(|at| {
            let status = statuses.get(at).map_or("no record", String::as_str);
            (!["reversion", "oscillation"].contains(&status)).then(|| format!("{} {}: {status}", at.0, at.1))
        })
        .collect();
    println!("{name}: {} returns", returns.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), returns.len(), wrong.join("\n"));
}

#[test]
fn every_return_in_vlopses_us_is_seen() {
    every_return_is_seen("vlopses-us");
}

#[test]
fn every_return_in_vlopses_gb_is_seen() {
    every_return_is_seen("vlopses-gb");
}

/// What somebody wrote about was news.
#[test]
fn changes_that_memos_were_written_about_are_not_dismissed() {
    let (Some(file), Some(folder)) = (std::env::var_os("TERMSIFT_MEMOS"), std::env::var_os("TERMSIFT_COLLECTIONS"))
    else {
        println!(
            "skipped: set TERMSIFT_MEMOS to a JSON Lines file (collection, commit, paths) and TERMSIFT_COLLECTIONS"
        );
        return;
    };
    let lines = std::fs::read_to_string(&file).expect("the memos file");
    let mut wanted: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    for line in lines.lines().filter(|line| !line.trim().is_empty()) {
        let memo: serde_json::Value = serde_json::from_str(line).expect("a memo is JSON");
        let text = |value: &serde_json::Value| value.as_str().expect("a string").to_owned();
        for path in memo["paths"].as_array().expect("paths") {
            wanted.entry(text(&memo["collection"])).or_default().insert((text(&memo["commit"]), text(path)));
        }
    }
    let (mut checked, mut wrong) = (0, Vec::new());
    for (name, changes) in wanted {
        let path = Path::new(&folder).join(format!("{name}.git"));
        if !path.is_dir() {
            println!("{name}: no clone, {} changes not looked at", changes.len());
            continue;
        }
        let commits: BTreeSet<String> = changes.iter().map(|(commit, _)| commit.clone()).collect();
        let records = scanned(&path, &commits.into_iter().collect::<Vec<_>>(), true);
        let statuses: HashMap<(&str, &str), &DocumentChangeRecord> =
            records.iter().map(|record| ((record.commit.as_str(), record.path.as_str()), record)).collect();
        for (commit, document) in &changes {
            let Some(record) = statuses.get(&(commit.as_str(), document.as_str())) else {
                wrong.push(format!("{name} {commit} {document}: no record"));
                continue;
            };
            checked += 1;
            match record.status.as_str() {
                "change" => {}
                "reversion" | "oscillation" | "page-replaced" | "language-swapped" | "cosmetic" | "rolling" => {
                    wrong.push(format!("{name} {commit} {document}: {} ({:?})", record.status, record.status_reason));
                }
                other => println!("{name} {commit} {document}: {other} ({:?})", record.status_reason),
            }
        }
    }
    println!("{checked} changes that memos were written about");
    assert!(checked > 0, "no change was looked at");
    assert!(wrong.is_empty(), "{} of {checked}:\n{}", wrong.len(), wrong.join("\n"));
}
