//! The modules import only from those before them; every file says what it is for.
#![allow(clippy::expect_used, clippy::maybe_infinite_iter, reason = "a test stops where it cannot go on, and says why")]

use std::fs;
use std::path::{Path, PathBuf};

/// The base: imports nothing of ours but its own kind.
const BASE: [&str; 4] = ["text", "taxonomy", "id", "outcome"];
/// The stages in the order of the data, those to come among them; each may import the base and those before it.
const STAGES: [&str; 17] = [
    "source", "segment", "align", "facts", "encode", "model", "infer", "rank", "record", "pipeline", "store", "report",
    "dataset", "eval", "train", "serve", "config",
];
/// Stages that work on texts alone and must not know where these come from.
const TEXT_STAGES: [&str; 6] = ["segment", "align", "facts", "encode", "model", "infer"];
/// Non-test lines from which a file is named as long.
const LONG: usize = 800;

/// Why `module` must not import `imported`, if it must not.
fn offence(module: &str, imported: &str) -> Option<String> {
    let stage = |name: &str| STAGES.iter().position(|stage| *stage == name);
    if module == imported {
        return None;
    }
    if imported == "*" {
        return Some(format!("{module} imports the crate root as a whole"));
    }
    if module == "cli" {
        return None;
    }
    if BASE.contains(&imported) {
        return None;
    }
    let Some(from) = stage(imported) else {
        return Some(format!("{module} imports {imported}, which is no module that others may import"));
    };
    if BASE.contains(&module) {
        return Some(format!("{module} is of the base and imports the stage {imported}"));
    }
    match stage(module) {
        None => Some(format!("{module} is in no place of the order (tests/architecture.rs)")),
        Some(at) if from > at => Some(format!("{module} imports {imported}, which comes after it")),
        Some(_) if imported == "source" && TEXT_STAGES.contains(&module) => {
            Some(format!("{module} works on texts alone and imports source"))
        }
        Some(_) => None,
    }
}

/// The offences of one file, whose module path below the crate root is `place`.
fn offences(source: &str, place: &[&str]) -> Vec<String> {
    let Some(&module) = place.first() else { return Vec::new() };
    let mut found: Vec<String> =
        imports(source, place).iter().filter_map(|imported| offence(module, imported)).collect();
    found.sort();
    found.dedup();
    found
}

/// The top-level modules that `source` names through `crate::` or enough `super::`.
fn imports(source: &str, place: &[&str]) -> Vec<String> {
    let tokens = tokens(source);
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut inline: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let next = tokens.get(at + 1).map(String::as_str);
        match token.as_str() {
            "mod" if tokens.get(at + 2).is_some_and(|brace| brace == "{") => {
                inline.push(depth);
                depth += 1;
                at += 3;
                continue;
            }
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                if inline.last() == Some(&depth) {
                    inline.pop();
                }
            }
            "crate" | "super" if matches!(next, Some("::" | "as")) && (at == 0 || tokens[at - 1] != "::") => {
                // The depth of the module that the path starts from: inline modules count.
                let here = place.len() + inline.len();
                tree(&tokens, at, here, &mut found);
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Follows one path or group of a `use` tree from the module at depth `here`; 0 is the crate root.
/// Returns the place after it.
fn tree(tokens: &[String], mut at: usize, mut here: usize, found: &mut Vec<String>) -> usize {
    let mut inside = false;
    while let Some(token) = tokens.get(at) {
        match token.as_str() {
            "crate" => here = 0,
            "super" => here = here.saturating_sub(1),
            "self" => {}
            "::" => {
                at += 1;
                continue;
            }
            "{" => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    at = if tokens[at] == "," {
                        at + 1
                    } else {
                        tree(tokens, at, if inside { usize::MAX } else { here }, found)
                    };
                }
                return at + 1;
            }
            "*" | "as" if here == 0 && !inside => found.push("*".into()),
            name if here == 0 && !inside && is_name(name) => {
                found.push(name.into());
                inside = true;
            }
            name if is_name(name) || name == "*" => inside = true,
            _ => return at,
        }
        at += 1;
        if tokens.get(at).is_some_and(|token| token == "as") {
            if here == 0 && !inside {
                found.push("*".into());
            }
            at += 2;
        }
        if tokens.get(at).is_none_or(|token| token != "::") {
            return at;
        }
    }
    at
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Names and marks of Rust source; comments, strings and characters are left out.
fn tokens(source: &str) -> Vec<String> {
    let chars: Vec<char> = source.chars().collect();
    let get = |at: usize| chars.get(at).copied().unwrap_or('\0');
    let mut found: Vec<String> = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let c = get(at);
        if c == '/' && get(at + 1) == '/' {
            while at < chars.len() && get(at) != '\n' {
                at += 1;
            }
        } else if c == '/' && get(at + 1) == '*' {
            let mut open = 1;
            at += 2;
            while at < chars.len() && open > 0 {
                match (get(at), get(at + 1)) {
                    ('/', '*') => (open, at) = (open + 1, at + 1),
                    ('*', '/') => (open, at) = (open - 1, at + 1),
                    _ => {}
                }
                at += 1;
            }
        } else if c == '"' {
            at += 1;
            while at < chars.len() && get(at) != '"' {
                at += if get(at) == '\\' { 2 } else { 1 };
            }
            at += 1;
        } else if c == '\'' {
            // A character ends with a quote; a lifetime does not.
            let end = if get(at + 1) == '\\' {
                (at + 3..at + 14).find(|&end| get(end) == '\'')
            } else {
                (get(at + 2) == '\'').then_some(at + 2)
            };
            at = end.unwrap_or(at) + 1;
        } else if c.is_alphanumeric() || c == '_' {
            let start = at;
            while get(at).is_alphanumeric() || get(at) == '_' {
                at += 1;
            }
            let name: String = chars[start..at].iter().collect();
            let hashes = (at..).take_while(|&at| get(at) == '#').count();
            if matches!(name.as_str(), "r" | "br") && get(at + hashes) == '"' {
                let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
                at += hashes + 1;
                while at < chars.len() && !chars[at..].starts_with(&close) {
                    at += 1;
                }
                at += close.len();
            } else {
                found.push(name);
            }
        } else if c == ':' && get(at + 1) == ':' {
            found.push("::".into());
            at += 2;
        } else {
            if !c.is_whitespace() {
                found.push(c.into());
            }
            at += 1;
        }
    }
    found
}

fn source_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The Rust files below `folder`, with their paths relative to the source root, sorted.
fn files(folder: &Path, found: &mut Vec<(String, String)>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the source folder can be read")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let relative = path.strip_prefix(source_root()).expect("below the source root");
            let name = relative.to_string_lossy().replace('\\', "/");
            found.push((name, fs::read_to_string(&path).expect("a source file is UTF-8")));
        }
    }
}

fn all_files() -> Vec<(String, String)> {
    let mut found = Vec::new();
    files(&source_root(), &mut found);
    assert!(found.len() > 20, "only {} source files found", found.len());
    found
}

/// The module path of a file: `segment/document.rs` is `segment::document`.
fn place(name: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = name.trim_end_matches(".rs").split('/').collect();
    if matches!(parts.last(), Some(&("mod" | "lib" | "main"))) {
        parts.pop();
    }
    parts
}

#[test]
fn modules_import_only_from_those_before_them() {
    let found: Vec<String> = all_files()
        .iter()
        .flat_map(|(name, source)| {
            offences(source, &place(name))
                .into_iter()
                .map(|offence| format!("src/{name}: {offence}"))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn the_library_does_not_declare_the_command_line() {
    let (_, library) = all_files().into_iter().find(|(name, _)| name == "lib.rs").expect("there is a lib.rs");
    let tokens = tokens(&library);
    let declared: Vec<&str> = tokens.windows(2).filter(|pair| pair[0] == "mod").map(|pair| pair[1].as_str()).collect();
    let unknown: Vec<&&str> = declared.iter().filter(|name| !BASE.contains(name) && !STAGES.contains(name)).collect();
    assert!(unknown.is_empty(), "modules in no place of the order: {unknown:?}");
    let expected: Vec<&str> = STAGES.iter().copied().filter(|stage| declared.contains(stage)).collect();
    let stages: Vec<&str> = declared.into_iter().filter(|name| STAGES.contains(name)).collect();
    assert_eq!(stages, expected, "lib.rs declares the stages in the order of the data");
}

#[test]
fn every_file_says_what_it_is_for() {
    let without: Vec<String> = all_files()
        .into_iter()
        .filter(|(_, source)| !source.starts_with("//!"))
        .map(|(name, _)| format!("src/{name}"))
        .collect();
    assert!(without.is_empty(), "files without a //! header: {without:?}");
}

#[test]
fn long_files_are_named() {
    for (name, source) in all_files() {
        let lines = source.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
        if lines > LONG {
            println!("src/{name}: {lines} lines without tests");
        }
    }
}

#[test]
fn the_checker_sees_what_offends() {
    let cases: [(&str, &[&str], &str); 12] = [
        ("use crate::rank::Status;", &["segment", "inline"], "segment imports rank, which comes after it"),
        (
            "use crate::{\n    text::Span,\n    report::{self, table},\n};",
            &["align"],
            "align imports report, which comes after it",
        ),
        ("use super::super::record::X;", &["facts", "numbers"], "facts imports record, which comes after it"),
        ("use super::{super::pipeline::scan, own};", &["rank", "wall"], "rank imports pipeline, which comes after it"),
        (
            "mod tests { use super::super::super::infer::Judge; }",
            &["align", "pairs"],
            "align imports infer, which comes after it",
        ),
        ("fn f() { crate::align::align(a, b); }", &["segment"], "segment imports align, which comes after it"),
        ("use crate::source::Reader;", &["segment", "clause"], "segment works on texts alone and imports source"),
        ("use crate::segment::Clause;", &["text", "words"], "text is of the base and imports the stage segment"),
        ("use super::source::Reader;", &["id"], "id is of the base and imports the stage source"),
        (
            "use crate::cli::Args;",
            &["report", "table"],
            "report imports cli, which is no module that others may import",
        ),
        ("use crate::*;", &["source"], "source imports the crate root as a whole"),
        ("use crate as all;", &["source"], "source imports the crate root as a whole"),
    ];
    for (source, place, expected) in cases {
        assert_eq!(offences(source, place), [expected], "{source}");
    }
}

#[test]
fn the_checker_lets_pass_what_does_not_offend() {
    let cases: [(&str, &[&str]); 9] = [
        ("use crate::text::{Span, offset};", &["segment", "clause"]),
        ("use crate::source::CommitInfo;", &["rank", "returns"]),
        ("// crate::report is another matter\n/* crate::report */ /// [`crate::report`]\nfn f() {}", &["text"]),
        ("const A: &str = \"crate::report::x\"; const B: &str = r#\"crate::report\"#;", &["text"]),
        ("pub(crate) use own::f; pub(super) fn g() {}", &["align"]),
        ("use super::report::x;", &["align", "pairs"]),
        ("mod tests { use super::*; use super::super::own; }", &["align", "pairs"]),
        ("fn f<'a>(x: &'a str) -> char { '\\'' }", &["align"]),
        ("use crate::outcome::Note; use crate::{id, taxonomy};", &["text"]),
    ];
    for (source, place) in cases {
        assert_eq!(offences(source, place), Vec::<String>::new(), "{source}");
    }
}
