//! Measures the sentence splitter against `eval/sentences/gold.jsonl`.
//!
//! `cargo run --release --example sentence_gold -- FOLDER_OF_CLONES [PART]`, where the folder holds a
//! clone `<collection>.git` of every collection that the gold set names, and the part is `test`
//! (the default) or `tune`. The gold set holds offsets only; the text comes from the clones.
#![allow(clippy::print_stdout, reason = "a test or an example stops where it cannot go on, and says why")]

use pulldown_cmark::{Event, Options, Parser};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, error::Error, fmt::Write as _, path::Path, process::Command};

/// One annotated block.
#[derive(Deserialize)]
struct Gold {
    collection: String,
    commit: String,
    path: String,
    /// Byte range of the block in the file.
    span: [usize; 2],
    /// Of the block's plain text.
    sha256: String,
    part: String,
    /// Where sentences start, in the plain text.
    boundaries: Vec<usize>,
    /// Where enumerated items start inside a sentence.
    items: Vec<usize>,
}

#[derive(Default)]
struct Score {
    blocks: usize,
    exact: usize,
    found: usize,
    missed: usize,
    wrong: usize,
}

impl Score {
    fn add(&mut self, gold: &[usize], found: &[usize]) {
        let hits = found.iter().filter(|at| gold.contains(at)).count();
        self.blocks += 1;
        self.exact += usize::from(gold == found);
        self.found += hits;
        self.missed += gold.len() - hits;
        self.wrong += found.len() - hits;
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let clones = arguments.next().ok_or("usage: sentence_gold FOLDER_OF_CLONES [test|tune]")?;
    let part = arguments.next().unwrap_or_else(|| "test".to_owned());
    let gold = std::fs::read_to_string("eval/sentences/gold.jsonl")?;

    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut score = Score::default();
    for line in gold.lines() {
        let gold: Gold = serde_json::from_str(line)?;
        if gold.part != part {
            continue;
        }
        let object = format!("{}:{}", gold.commit, gold.path);
        if !files.contains_key(&object) {
            let clone = Path::new(&clones).join(format!("{}.git", gold.collection));
            let shown = Command::new("git").arg("-C").arg(clone).args(["show", &object]).output()?;
            files.insert(object.clone(), String::from_utf8(shown.stdout)?);
        }
        let text = plain(files.get(&object).map_or("", String::as_str), gold.span);
        if sha256(&text) != gold.sha256 {
            return Err(format!("{object} {:?}: the plain text is not the annotated one", gold.span).into());
        }
        let mut expected = gold.boundaries;
        expected.extend(gold.items);
        expected.sort_unstable();
        score.add(&expected, &termsift::segment::sentence_boundaries(&text));
    }
    report(&score);
    Ok(())
}

/// Text and code of the block of `file` at `span`, soft breaks as spaces, hard breaks as line breaks,
/// white space folded.
fn plain(file: &str, [start, end]: [usize; 2]) -> String {
    let mut text = String::new();
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    for (event, range) in Parser::new_ext(file, options).into_offset_iter() {
        if range.start < start || range.end > end {
            continue;
        }
        match event {
            Event::Text(piece) | Event::Code(piece) => text.push_str(&piece),
            Event::SoftBreak => text.push(' '),
            Event::HardBreak => text.push('\n'),
            _ => {}
        }
    }
    let mut folded = String::with_capacity(text.len());
    let mut space = None;
    for c in text.chars() {
        if c.is_whitespace() {
            space = Some(if c == '\n' || space == Some('\n') { '\n' } else { ' ' });
        } else {
            folded.extend(space.take().filter(|_| !folded.is_empty()));
            folded.push(c);
        }
    }
    folded
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
fn report(score: &Score) {
    let precision = score.found as f64 / (score.found + score.wrong) as f64;
    let recall = score.found as f64 / (score.found + score.missed) as f64;
    println!("blocks {}, exact {}", score.blocks, score.exact);
    println!("boundaries (sentences and items): found {}, missed {}, wrong {}", score.found, score.missed, score.wrong);
    println!("precision {precision:.4}, recall {recall:.4}, F1 {:.4}", 2.0 * precision * recall / (precision + recall));
}
