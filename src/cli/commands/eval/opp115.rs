//! `termsift eval opp115`.

use std::borrow::Cow;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use termsift::encode::{Encoder, Tokens};
use termsift::eval::opp115::{
    BenchmarkResult, Opp115, Parts, PolicySplit, SeedResult, Split, read_seeds, write_benchmark_json,
    write_benchmark_table,
};
use termsift::model::{Base, ModelError};
use termsift::outcome::Stop;
use termsift::train::{EpochReport, TrainOptions, Watch, run_benchmark};

use super::{failed, named};
use crate::cli::args::{AgreementFormat, Opp115Args, SetArg, SplitArg};
use crate::cli::commands::output::Output;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::{interrupt, say};

/// Fits and measures as `args` say.
pub(crate) fn opp115(args: &Opp115Args) -> Result<Exit, CliError> {
    let (folder, set) = match args.set {
        SetArg::Majority => ("Majority", "majority"),
        SetArg::Union => ("Union", "union"),
    };
    let corpus = Opp115::read(&args.folder.join(folder))?;
    let base = Base::open(&args.base)?;
    let most = args.max_tokens.min(base.dims.max_position_embeddings);
    let encoder = Encoder::new(Tokens::from_json(&base.tokenizer).map_err(ModelError::from)?, most);
    // A place that cannot be written is told now, not after hours.
    let output = Output::open(&args.output)?;
    let stop = Stop::default();
    interrupt::listen(&stop);
    let command = command(args, set);
    let mut runs: Vec<SeedResult> = args.known.as_ref().map_or(Ok(Vec::new()), |known| read_seeds(known, &command))?;
    runs.retain(|run| (1..=args.seeds).contains(&run.seed));
    runs.sort_by_key(|run| run.seed);
    runs.dedup_by_key(|run| run.seed);
    for seed in 1..=args.seeds {
        if runs.iter().any(|run| run.seed == seed) {
            continue;
        }
        let parts = Drawn::of(&corpus, args.split, seed);
        let watch = Told { seed, of: args.seeds, stop: &stop, last: AtomicUsize::new(0) };
        let options = options(args, seed);
        let Some(run) = run_benchmark(&base, &encoder, &parts.parts, corpus.labels.len(), &options, &watch)? else {
            break;
        };
        let run = SeedResult { left_out: parts.left_out, groups_tested: parts.tested, ..run };
        say(&format!("seed {seed}: micro-F1 {:.4}, macro-F1 {:.4}", run.tuned.micro_f1, run.tuned.macro_f1));
        runs.push(run);
        runs.sort_by_key(|run| run.seed);
    }
    let done = runs.len() as u64 == args.seeds;
    if runs.is_empty() {
        return Err(CliError::Interrupted { file: args.output != Path::new("-") });
    }
    let result = BenchmarkResult {
        program: super::program(),
        command,
        set,
        split: split(args.split),
        labels: corpus.labels,
        lost: corpus.lost,
        runs,
    };
    write(args, output, &result)?;
    if !done {
        say(&format!("interrupted; reported are the {} of {} seeds that were done", result.runs.len(), args.seeds));
    }
    Ok(if done { Exit::Done } else { Exit::Partly })
}

/// The parts of one seed.
struct Drawn<'a> {
    parts: Cow<'a, Parts>,
    left_out: usize,
    tested: Option<usize>,
}

impl<'a> Drawn<'a> {
    fn of(corpus: &'a Opp115, split: SplitArg, seed: u64) -> Self {
        match split {
            SplitArg::Published => Self { parts: Cow::Borrowed(&corpus.parts), left_out: 0, tested: None },
            SplitArg::Policy => {
                let split = PolicySplit::draw(corpus, seed);
                Self { parts: Cow::Owned(split.parts), left_out: split.left_out, tested: Some(split.tested) }
            }
        }
    }
}

fn split(split: SplitArg) -> Split {
    match split {
        SplitArg::Published => Split::Published,
        SplitArg::Policy => Split::InferredPolicies,
    }
}

fn options(args: &Opp115Args, seed: u64) -> TrainOptions {
    let epochs = args.epochs.max(1);
    TrainOptions {
        epochs,
        batch: args.batch.max(1),
        learning_rate: args.learning_rate,
        balance: args.balance,
        // The best epoch is taken; the rate falls to nothing over all of them, so none is left out.
        patience: epochs,
        // Its outputs are computed in 32 bits.
        coarse: false,
        seed,
        threads: args.threads,
        checkpoints: None,
        ..TrainOptions::default()
    }
}

fn write(args: &Opp115Args, mut output: Output, result: &BenchmarkResult) -> Result<(), CliError> {
    match args.format {
        AgreementFormat::Table => write_benchmark_table(&mut output, result),
        AgreementFormat::Json => write_benchmark_json(&mut output, result),
    }
    .map_err(failed(&args.output))?;
    output.finish()
}

/// The command that repeats the result, without the folders of the machine.
fn command(args: &Opp115Args, set: &str) -> String {
    let split = match args.split {
        SplitArg::Published => "published",
        SplitArg::Policy => "policy",
    };
    format!(
        "termsift eval opp115 {} --base {} --set {set} --split {split} --seeds {} --epochs {} --batch {} \
         --learning-rate {} --balance {} --max-tokens {}",
        named(&args.folder),
        named(Path::new(&args.base)),
        args.seeds,
        args.epochs,
        args.batch,
        args.learning_rate,
        args.balance,
        args.max_tokens
    )
}

/// Says how a seed goes, and passes on that somebody asked to stop.
struct Told<'a> {
    seed: u64,
    of: u64,
    stop: &'a Stop,
    last: AtomicUsize,
}

impl Watch for Told<'_> {
    fn step(&self, done: usize, of: usize, loss: f64) {
        const EVERY: usize = 50;
        if done >= self.last.load(Ordering::Relaxed) + EVERY {
            self.last.store(done, Ordering::Relaxed);
            say(&format!("seed {} of {}  step {done} of {of}  loss {loss:.4}", self.seed, self.of));
        }
    }

    fn epoch(&self, report: EpochReport) {
        say(&format!(
            "seed {} of {}  epoch {}  loss {:.4}  mean average precision in validation {:.4}",
            self.seed, self.of, report.epoch, report.loss, report.score
        ));
    }

    fn stop(&self) -> bool {
        self.stop.asked()
    }
}
