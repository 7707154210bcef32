//! What a benchmark run found: for reading, and to store.

use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{MultiLabelScore, Opp115Error};
use crate::eval::metrics::count;

/// What results of others are and are not.
const QUOTED: &str = "quoted, not computed here, on the published split of Majority";
/// The rule by which thresholds become a result, fixed before any was seen.
const RULE: &str = "thresholds tuned on the validation part";

/// How the parts were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// As published, by segment.
    Published,
    /// By groups of segments that policies' names tell apart.
    InferredPolicies,
}

impl Split {
    /// What the split is, in a sentence.
    #[must_use]
    pub fn said(self) -> &'static str {
        match self {
            Self::Published => "the published split, by segment: every policy is in all parts",
            Self::InferredPolicies => {
                "by policy, inferred: the files name no policy, so segments are grouped by the companies' names and \
                 their neighbourhood in the files; no group is in two parts, what may belong to a held-out group is \
                 left out, and each seed draws other groups"
            }
        }
    }
}

/// One seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeedResult {
    /// The seed.
    pub seed: u64,
    /// The epoch that was best on the validation part.
    pub epoch: usize,
    /// Segments fitted on, chosen on and measured on.
    pub segments: [usize; 3],
    /// Segments that are in no part.
    pub left_out: usize,
    /// Groups that were tested on; none in a split by segment.
    pub groups_tested: Option<usize>,
    /// Test segments with a near twin in the training or validation part.
    pub near_twins: usize,
    /// With the thresholds tuned on the validation part: the result.
    pub tuned: MultiLabelScore,
    /// With 0.5 for every label, to compare.
    pub half: MultiLabelScore,
    /// F1 of each label with the tuned thresholds.
    pub label_f1: Vec<Option<f64>>,
}

/// A result of others.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Published {
    /// The model.
    pub name: &'static str,
    /// Its parameters, in millions.
    pub millions: u32,
    /// As published.
    pub micro_f1: f64,
    /// As published.
    pub macro_f1: f64,
    /// Where they come from.
    pub source: &'static str,
}

impl Published {
    /// What is to be compared with; only the published split of Majority has numbers.
    #[must_use]
    pub fn of(set: &str, split: Split) -> &'static [Self] {
        const SOURCE: &str = "the figures this project was set as its goal; PrivBERT is of M. Srinath, S. Wilson and \
             C. L. Giles, Privacy at Scale, ACL 2021";
        const MAJORITY: [Published; 2] = [
            Published { name: "BERT-base", millions: 110, micro_f1: 0.840, macro_f1: 0.784, source: SOURCE },
            Published { name: "PrivBERT", millions: 125, micro_f1: 0.872, macro_f1: 0.821, source: SOURCE },
        ];
        if set == "majority" && split == Split::Published { &MAJORITY } else { &[] }
    }
}

/// Mean and standard deviation over the seeds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Summary {
    /// The mean.
    pub mean: f64,
    /// The standard deviation of the sample; none of one seed.
    pub deviation: Option<f64>,
}

impl Summary {
    /// Of `values`; none of no value.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let all = count(values.len());
        let mean = values.iter().sum::<f64>() / all;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = (values.len() > 1).then(|| (squares / (all - 1.0)).sqrt());
        (!values.is_empty()).then_some(Self { mean, deviation })
    }

    fn said(self) -> String {
        let deviation = self.deviation.map_or(String::new(), |deviation| format!(" ± {:.1}", 100.0 * deviation));
        format!("{:.1}{deviation}", 100.0 * self.mean)
    }
}

/// Everything about a run.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchmarkResult {
    /// The program and its version.
    pub program: String,
    /// The command that repeats it, without folders.
    pub command: String,
    /// `majority` or `union`.
    pub set: &'static str,
    /// How the parts were made.
    pub split: Split,
    /// The labels.
    pub labels: Vec<String>,
    /// Rows whose text was destroyed before publication.
    pub lost: usize,
    /// One for each seed that was run.
    pub runs: Vec<SeedResult>,
}

impl BenchmarkResult {
    fn summary(&self, of: impl Fn(&SeedResult) -> f64) -> Option<Summary> {
        Summary::of(&self.runs.iter().map(of).collect::<Vec<f64>>())
    }

    fn label(&self, label: usize) -> Option<Summary> {
        let found = self.runs.iter().filter_map(|run| run.label_f1.get(label).copied().flatten());
        Summary::of(&found.collect::<Vec<f64>>())
    }
}

/// The seeds in the JSON at `path`, which `command` must have made but for its number of seeds.
///
/// # Errors
/// When it cannot be read, or another command made it.
pub fn read_seeds(path: &Path, command: &str) -> Result<Vec<SeedResult>, Opp115Error> {
    #[derive(Deserialize)]
    struct Stored {
        command: String,
        runs: Vec<SeedResult>,
    }
    let unusable = |why: String| Opp115Error::Known { path: path.into(), why };
    let bytes = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
    let stored: Stored = serde_json::from_slice(&bytes).map_err(|error| unusable(error.to_string()))?;
    if without_seeds(&stored.command) != without_seeds(command) {
        return Err(unusable(format!("it was made by `{}`, not by `{command}`", stored.command)));
    }
    Ok(stored.runs)
}

/// The words of a command without the number of seeds.
fn without_seeds(command: &str) -> Vec<&str> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let at = words.iter().position(|word| *word == "--seeds").unwrap_or(words.len());
    words.iter().take(at).chain(words.iter().skip(at + 2)).copied().collect()
}

/// Writes `result` for reading.
///
/// # Errors
/// When `output` cannot be written.
pub fn write_benchmark_table(output: &mut dyn Write, result: &BenchmarkResult) -> io::Result<()> {
    let row = |name: &str, micro: &str, macro_f1: &str| format!("{name:<40}  {micro:>14}  {macro_f1:>14}");
    writeln!(output, "OPP-115, {}; {}", result.set, result.split.said())?;
    writeln!(
        output,
        "{} labels; {} rows whose text the files have lost are left out",
        result.labels.len(),
        result.lost
    )?;
    writeln!(output, "\n{}", row(&format!("F1 in %, {RULE}"), "micro", "macro"))?;
    let percent = |value: f64| format!("{:.1}", 100.0 * value);
    for run in &result.runs {
        let name = format!("seed {}, best epoch {}", run.seed, run.epoch);
        writeln!(output, "{}", row(&name, &percent(run.tuned.micro_f1), &percent(run.tuned.macro_f1)))?;
    }
    let said = |summary: Option<Summary>| summary.map_or_else(|| "–".to_owned(), Summary::said);
    let mut mean = |name: &str, of: fn(&SeedResult) -> MultiLabelScore| {
        let (micro, macro_f1) = (result.summary(|run| of(run).micro_f1), result.summary(|run| of(run).macro_f1));
        writeln!(output, "{}", row(name, &said(micro), &said(macro_f1)))
    };
    mean("mean ± standard deviation", |run| run.tuned)?;
    mean("the same with 0.5 for every label", |run| run.half)?;
    let published = Published::of(result.set, result.split);
    for one in published {
        let name = format!("{} ({} M) *", one.name, one.millions);
        writeln!(output, "{}", row(&name, &percent(one.micro_f1), &percent(one.macro_f1)))?;
    }
    if let Some(first) = published.first() {
        writeln!(output, "* {QUOTED}: {}", first.source)?;
    }
    writeln!(
        output,
        "\nseed    train  choose    test  left out  groups tested  test segments with a near twin outside"
    )?;
    for run in &result.runs {
        let [train, validation, test] = run.segments;
        let groups = run.groups_tested.map_or_else(|| "–".to_owned(), |groups| groups.to_string());
        writeln!(
            output,
            "{:>4}  {train:>7}  {validation:>6}  {test:>6}  {:>8}  {groups:>13}  {}",
            run.seed, run.left_out, run.near_twins
        )?;
    }
    writeln!(output, "\n{:<40}  {:>14}", "label", "F1 in %")?;
    for (at, label) in result.labels.iter().enumerate() {
        writeln!(output, "{:<40}  {:>14}", crate::report::safe_text(label), said(result.label(at)))?;
    }
    Ok(())
}

/// Writes `result` as JSON, to store.
///
/// # Errors
/// When `output` cannot be written.
pub fn write_benchmark_json(output: &mut dyn Write, result: &BenchmarkResult) -> io::Result<()> {
    let both = |of: fn(&SeedResult) -> MultiLabelScore| {
        serde_json::json!({
            "micro_f1": result.summary(|run| of(run).micro_f1),
            "macro_f1": result.summary(|run| of(run).macro_f1),
        })
    };
    let labels: Vec<serde_json::Value> = result
        .labels
        .iter()
        .enumerate()
        .map(|(at, label)| serde_json::json!({"label": label, "f1": result.label(at)}))
        .collect();
    let published = Published::of(result.set, result.split);
    let document = serde_json::json!({
        "schema": 1,
        "kind": "eval-opp115",
        "program": result.program,
        "command": result.command,
        "set": result.set,
        "split": {"id": result.split, "is": result.split.said()},
        "result": {"rule": RULE, "mean": both(|run| run.tuned)},
        "with_0.5_for_every_label": both(|run| run.half),
        "published": {"note": QUOTED, "results": published},
        "lost_rows": result.lost,
        "labels": labels,
        "runs": result.runs,
    });
    serde_json::to_writer_pretty(&mut *output, &document)?;
    writeln!(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_deviation_by_hand() {
        let found = Summary::of(&[0.8, 0.9]).unwrap();
        assert!((found.mean - 0.85).abs() < 1e-12);
        assert!((found.deviation.unwrap() - 0.005_f64.sqrt()).abs() < 1e-12);
        assert_eq!(found.said(), "85.0 ± 7.1");
        assert_eq!(Summary::of(&[0.5]).unwrap().said(), "50.0");
        assert_eq!(Summary::of(&[]), None);
    }

    #[test]
    fn seeds_that_are_known_are_those_of_the_same_command() {
        let score = MultiLabelScore { micro_f1: 0.8, macro_f1: 0.7 };
        let seed = SeedResult {
            seed: 1,
            epoch: 2,
            segments: [3, 2, 1],
            left_out: 0,
            groups_tested: None,
            near_twins: 0,
            tuned: score,
            half: score,
            label_f1: vec![Some(0.5), None],
        };
        let result = BenchmarkResult {
            program: String::new(),
            command: "termsift eval opp115 x --seeds 1 --epochs 8".into(),
            set: "majority",
            split: Split::Published,
            labels: vec!["Retention".into(), "Other".into()],
            lost: 0,
            runs: vec![seed],
        };
        let file = tempfile::NamedTempFile::new().unwrap();
        write_benchmark_json(&mut file.as_file(), &result).unwrap();
        let read = |command| read_seeds(file.path(), command);
        assert_eq!(read("termsift eval opp115 x --seeds 5 --epochs 8").unwrap(), result.runs);
        let said = read("termsift eval opp115 x --seeds 5 --epochs 9").unwrap_err().to_string();
        assert!(said.contains("--seeds 1 --epochs 8"), "{said}");
    }

    #[test]
    fn published_numbers_stand_only_beside_what_they_measure() {
        let mut result = BenchmarkResult {
            program: String::new(),
            command: String::new(),
            set: "majority",
            split: Split::Published,
            labels: vec!["Retention".into()],
            lost: 0,
            runs: vec![],
        };
        let table = |result: &BenchmarkResult| {
            let mut bytes = Vec::new();
            write_benchmark_table(&mut bytes, result).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        assert!(table(&result).contains("PrivBERT"));
        result.split = Split::InferredPolicies;
        assert!(!table(&result).contains("PrivBERT") && table(&result).contains("the files name no policy"));
    }
}
