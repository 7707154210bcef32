//! Times the 8-bit encoder on token sequences: termsift's part of `scripts/bench_inference`.
//!
//! `encoder_speed MODEL_FOLDER IDS.json WORKERS EMBEDDINGS.f32 [ROUNDS] [BATCH_TOKENS]`, where the
//! folder holds `model.safetensors` and `config.json`, and `IDS.json` is a list of lists of token ids.
//! Prints one line of JSON; the plain mean of each sequence's last hidden states, with which an
//! embedding begins, is written as little-endian `f32`.
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a benchmark prints and reads the clock")]

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use termsift::infer::{BATCH_TOKENS, Embedder, Workers};
use termsift::model::{EncoderDims, EncoderWeights, QuantisedEncoder, Scratch, TokenSequence};

/// How long the products alone are timed.
const GEMM_SECONDS: f64 = 0.5;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, ids, workers, out, rest @ ..] = arguments.as_slice() else {
        return Err("usage: encoder_speed MODEL_FOLDER IDS.json WORKERS EMBEDDINGS.f32 [ROUNDS] [BATCH_TOKENS]".into());
    };
    let number = |at: usize, usual: usize| rest.get(at).map_or(Ok(usual), |it| it.parse());
    let workers = Workers::new(workers.parse()?)?;
    let batch_tokens = number(1, BATCH_TOKENS)?;
    let rounds = number(0, 1)?.max(1);
    let bytes: &'static [u8] = std::fs::read(Path::new(model).join("model.safetensors"))?.leak();
    let dims = dims(&Path::new(model).join("config.json"))?;
    let ids: Vec<Vec<u32>> = serde_json::from_slice(&std::fs::read(ids)?)?;
    let sequences: Vec<TokenSequence<'_>> = ids.iter().map(|ids| TokenSequence { ids, types: &[] }).collect();

    let weights = EncoderWeights::from_safetensors(bytes, &dims)?;
    let (wall, processor) = (Instant::now(), cpu_seconds());
    let embedder = Embedder::new(QuantisedEncoder::new(&weights)?);
    let load = (wall.elapsed().as_secs_f64() * 1000.0, (cpu_seconds() - processor) * 1000.0);

    let mut times = Vec::new();
    let mut embeddings = Vec::new();
    for _ in 0..rounds {
        let (wall, processor) = (Instant::now(), cpu_seconds());
        embeddings = embedder.embed(&sequences, &workers, batch_tokens);
        times.push((cpu_seconds() - processor, wall.elapsed().as_secs_f64()));
    }
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (processor, wall) = times.get(times.len() / 2).copied().unwrap_or_default();
    let encoder = embedder.encoder();
    let gops = gemm_gops(encoder, batch_tokens);
    let means = embeddings.iter().flat_map(|embedding| embedding.iter().take(dims.hidden_size));
    std::fs::write(out, means.flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>())?;
    let report = serde_json::json!({
        "seconds": wall,
        "cpu_seconds": processor,
        "load_ms": load.0,
        "load_cpu_ms": load.1,
        "peak_mb": peak_mb(),
        "gemm_gops": gops,
        "instruction_set": encoder.instruction_set(),
    });
    println!("{report}");
    Ok(())
}

/// Thousand million operations a second of processor time that the products alone make.
#[allow(clippy::cast_precision_loss, reason = "a figure to read")]
fn gemm_gops(encoder: &QuantisedEncoder, rows: usize) -> f64 {
    let (mut scratch, processor, mut operations) = (Scratch::default(), cpu_seconds(), 0.0);
    while cpu_seconds() - processor < GEMM_SECONDS {
        operations += encoder.products_alone(rows, &mut scratch) as f64;
    }
    operations / (cpu_seconds() - processor) / 1e9
}

/// The sizes in a `config.json`, of a model of this project or of a published BERT.
fn dims(path: &Path) -> Result<EncoderDims, Box<dyn Error>> {
    let config: serde_json::Value = serde_json::from_slice(&std::fs::read(path)?)?;
    Ok(serde_json::from_value(config.get("encoder").unwrap_or(&config).clone())?)
}

/// Processor time of this process so far, all threads; 0 where the system does not say.
fn cpu_seconds() -> f64 {
    // The fields after the name, which ends with a bracket; times are in hundredths of a second.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|it| it.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / 100.0
}

/// The most memory that this process has had; 0 where the system does not say.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<f64>().ok()).unwrap_or_default() / 1024.0
}
