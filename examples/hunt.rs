//! Hunts for inputs on which segmentation or alignment panics, breaks a promise, or is slow.
//!
//! ```text
//! cargo run --release --example hunt -- MINUTES [SEED] [FOLDER]
//! cargo run --release --example hunt -- --pair OLD NEW
//! ```
//!
//! Mutates the Markdown files of FOLDER (by default `datasets/sample`): cuts, repeats, splices, and the marks that
//! Markdown parsers stumble over. The same seed makes the same inputs. Prints a line a finding, with the input in a
//! file of the temporary folder, and ends with 1 if there was any. `--pair` looks at one finding again: it says which
//! promise is broken and how long it took, and leaves out of both files what does not matter to that.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a tool for developers, which prints and reads the clock"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use termsift::align::align;
use termsift::segment::{Segmentation, segment, segment_after};

/// Longest input that is made.
const LONGEST: usize = 200_000;
/// Slower than this a kilobyte, and slower than [`SLOW_ALL`] as a whole, an input is a finding.
const SLOW_KILOBYTE: Duration = Duration::from_millis(4);
const SLOW_ALL: Duration = Duration::from_millis(250);
/// What is spliced in.
const MARKS: [&str; 40] = [
    "\n",
    "\n\n",
    "> ",
    "- ",
    "  - ",
    "1. ",
    "# ",
    "###### ",
    "---\n",
    "===\n",
    "| a | b |\n|---|---|\n",
    "|",
    "<br>",
    "<div>",
    "</div>",
    "<!--",
    "-->",
    "```\n",
    "`",
    "**",
    "*",
    "__",
    "[",
    "](",
    ")",
    "![",
    "]: ",
    "&amp;",
    "&#0;",
    "\\",
    "\t",
    "    ",
    "\u{a0}",
    "\u{200b}",
    "\u{feff}",
    "。",
    "(a) ",
    "(i) x; ",
    "e.g. ",
    "\r\n",
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [pair, old, new] = args.as_slice()
        && pair == "--pair"
    {
        return look_again(Path::new(old), Path::new(new));
    }
    let minutes: f64 = args.first().and_then(|given| given.parse().ok()).unwrap_or(1.0);
    let seed: u64 = args.get(1).and_then(|given| given.parse().ok()).unwrap_or(1);
    let folder = args.get(2).map_or_else(|| PathBuf::from("datasets/sample"), PathBuf::from);
    let seeds = texts(&folder);
    if seeds.is_empty() {
        eprintln!("{}: no Markdown files", folder.display());
        return ExitCode::from(2);
    }
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let end = Instant::now() + Duration::from_secs_f64(minutes * 60.0);
    let (mut inputs, mut bytes, mut findings) = (0_u64, 0_u64, 0_u64);
    let mut slowest = Duration::ZERO;
    while Instant::now() < end {
        let old = mutated(&seeds, &mut random);
        let new =
            if random.below(2) == 0 { edited(old.clone(), &seeds, &mut random) } else { mutated(&seeds, &mut random) };
        let start = Instant::now();
        let broken = catch_unwind(AssertUnwindSafe(|| broken_promise(&old, &new)));
        let took = start.elapsed();
        let kilobytes = u32::try_from((old.len() + new.len()) / 1024 + 1).unwrap_or(u32::MAX);
        slowest = slowest.max(took / kilobytes);
        let what = match broken {
            Err(_) => Some("panic".to_owned()),
            Ok(Some(promise)) => Some(promise.to_owned()),
            Ok(None) if took > SLOW_ALL && took > SLOW_KILOBYTE * kilobytes => {
                Some(format!("slow: {took:?} for {kilobytes} KiB"))
            }
            Ok(None) => None,
        };
        if let Some(what) = what {
            findings += 1;
            println!("input {inputs} of seed {seed}: {what}; {}", kept(seed, inputs, &old, &new));
        }
        inputs += 1;
        bytes += (old.len() + new.len()) as u64;
    }
    println!(
        "seed {seed}: {inputs} pairs of versions, {} MiB, {findings} findings, slowest {slowest:?} a KiB",
        bytes >> 20
    );
    ExitCode::from(u8::from(findings > 0))
}

/// Says what is wrong with two versions, and writes the shortest ones found that are wrong in the same way.
fn look_again(old: &Path, new: &Path) -> ExitCode {
    let (Ok(mut old), Ok(mut new)) = (std::fs::read_to_string(old), std::fs::read_to_string(new)) else {
        eprintln!("not two texts");
        return ExitCode::from(2);
    };
    let start = Instant::now();
    let wrong =
        |old: &str, new: &str| catch_unwind(AssertUnwindSafe(|| broken_promise(old, new))).unwrap_or(Some("panic"));
    let Some(what) = wrong(&old, &new) else {
        println!("no promise is broken; {:?}", start.elapsed());
        let timed = |what: &str, start: Instant| println!("{what}: {:?}", start.elapsed());
        let start = Instant::now();
        let (a, b) = (segment(&old), segment(&new));
        timed("segment, both", start);
        let start = Instant::now();
        let _ = segment_after(&old, &a, &new);
        timed("segment_after", start);
        let start = Instant::now();
        let _ = align(&a, &b);
        timed("align", start);
        return ExitCode::SUCCESS;
    };
    // Stretches are left out, of both versions where both have them, long ones first.
    let mut stretch = old.len().max(new.len()) / 2;
    while stretch > 0 {
        let mut at = 0;
        while at < old.len().max(new.len()) {
            let without = |text: &str| {
                let keep = |at: usize| (at..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len());
                let (from, to) = (keep(at.min(text.len())), keep((at + stretch).min(text.len())));
                [text.get(..from).unwrap_or_default(), text.get(to..).unwrap_or_default()].concat()
            };
            let (a, b) = (without(&old), without(&new));
            let tries = [(a.clone(), b.clone()), (old.clone(), b), (a, new.clone())];
            let shorter = |(a, b): &&(String, String)| a.len() + b.len() < old.len() + new.len();
            match tries.iter().filter(shorter).find(|(a, b)| wrong(a, b) == Some(what)) {
                Some((a, b)) => (old, new) = (a.clone(), b.clone()),
                None => at += stretch,
            }
        }
        stretch /= 2;
    }
    println!("{what}\nold {old:?}\nnew {new:?}");
    ExitCode::from(1)
}

/// The promise that the two versions break, if they do.
fn broken_promise(old: &str, new: &str) -> Option<&'static str> {
    let (a, b) = (segment(old), segment(new));
    if !tiles(&a, old) || !tiles(&b, new) {
        return Some("clauses and furniture do not tile the text");
    }
    if segment_after(old, &a, new) != b {
        return Some("segment_after differs from segment");
    }
    let (there, back) = (align(&a, &b), align(&b, &a));
    if there.changes.len() != back.changes.len() || there.unchanged.len() != back.unchanged.len() {
        return Some("align does not mirror");
    }
    align(&b, &b).changes.first().map(|_| "a version differs from itself")
}

fn tiles(version: &Segmentation, text: &str) -> bool {
    let clauses = version.clauses.iter().map(|clause| clause.span);
    let mut spans: Vec<_> =
        clauses.chain(version.furniture.iter().map(|it| it.span)).filter(|it| !it.is_empty()).collect();
    spans.sort_unstable();
    let mut at = 0;
    spans.iter().all(|span| std::mem::replace(&mut at, span.end) == span.start) && at as usize == text.len()
}

/// A text made from the seeds.
fn mutated(seeds: &[String], random: &mut Random) -> String {
    let mut text = piece(seeds, random).to_owned();
    for _ in 0..=random.below(12) {
        text = edited(text, seeds, random);
    }
    text
}

fn edited(mut text: String, seeds: &[String], random: &mut Random) -> String {
    let (from, to) = (place(&text, random), place(&text, random));
    let (from, to) = (from.min(to), from.max(to));
    match random.below(6) {
        0 => drop(text.drain(from..to)),
        1 => text.insert_str(from, piece(seeds, random)),
        2 => {
            let mark = MARKS[random.below(MARKS.len())];
            // Also very many of them: what is quadratic shows.
            let times = if random.below(8) == 0 { 1 << random.below(14) } else { 1 + random.below(4) };
            text.insert_str(from, &mark.repeat(times));
        }
        3 => {
            let again = text.get(from..to.min(from + 400)).map(str::to_owned).unwrap_or_default();
            let times = if again.len() < 400 && text.is_char_boundary(from) { 1 + random.below(40) } else { 1 };
            text.insert_str(to, &again.repeat(times));
        }
        4 => text = text.replacen('\n', MARKS[random.below(MARKS.len())], 1 + random.below(30)),
        _ => {
            let moved: String = text.drain(from..to).collect();
            let at = place(&text, random);
            text.insert_str(at, &moved);
        }
    }
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

fn piece<'a>(seeds: &'a [String], random: &mut Random) -> &'a str {
    let seed = seeds.get(random.below(seeds.len())).map_or("", String::as_str);
    let (from, to) = (place(seed, random), place(seed, random));
    seed.get(from.min(to)..from.max(to)).unwrap_or_default()
}

/// A character boundary of `text`.
fn place(text: &str, random: &mut Random) -> usize {
    let at = random.below(text.len() + 1);
    (at..=text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len())
}

/// Where the input was put down.
fn kept(seed: u64, nth: u64, old: &str, new: &str) -> String {
    let base = std::env::temp_dir().join(format!("hunt-{seed}-{nth}"));
    let (a, b) = (base.with_extension("old.md"), base.with_extension("new.md"));
    match std::fs::write(&a, old).and_then(|()| std::fs::write(&b, new)) {
        Ok(()) => format!("{} and {}", a.display(), b.display()),
        Err(error) => format!("not kept: {error}"),
    }
}

/// The Markdown files under `folder`.
fn texts(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|it| it.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            found.extend(texts(&path));
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.extend(std::fs::read_to_string(path));
        }
    }
    found
}

/// Xorshift (Marsaglia 2003): the same numbers everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or(0) % end.max(1)
    }
}
