//! The 8-bit encoder on made-up weights of the usual sizes: whole batches of short and of long
//! sequences, and the products alone, for each instruction set that this machine has.
//!
//! `cargo bench --bench encoder`. The products' throughput in elements a second is operations a second.
#![allow(clippy::expect_used, missing_docs, reason = "a benchmark stops where it cannot go on")]

use std::collections::BTreeMap;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use termsift::model::{EncoderDims, EncoderWeights, QuantisedEncoder, Scratch, TokenSequence};

/// Two layers of the usual width: enough to leave the second-level cache.
const DIMS: EncoderDims = EncoderDims {
    vocab_size: 1000,
    hidden_size: 384,
    num_hidden_layers: 2,
    num_attention_heads: 12,
    intermediate_size: 1536,
    max_position_embeddings: 128,
    type_vocab_size: 2,
    layer_norm_eps: 1e-12,
};

fn made_up() -> Vec<u8> {
    let (hidden, inner) = (DIMS.hidden_size, DIMS.intermediate_size);
    let mut shapes: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (table, rows) in
        [("word", DIMS.vocab_size), ("position", DIMS.max_position_embeddings), ("token_type", DIMS.type_vocab_size)]
    {
        shapes.insert(format!("embeddings.{table}_embeddings.weight"), vec![rows, hidden]);
    }
    let mut norms = vec!["embeddings.LayerNorm".to_owned()];
    for layer in 0..DIMS.num_hidden_layers {
        let at = format!("encoder.layer.{layer}");
        norms.extend([format!("{at}.attention.output.LayerNorm"), format!("{at}.output.LayerNorm")]);
        for (part, outputs, inputs) in [
            ("attention.self.query", hidden, hidden),
            ("attention.self.key", hidden, hidden),
            ("attention.self.value", hidden, hidden),
            ("attention.output.dense", hidden, hidden),
            ("intermediate.dense", inner, hidden),
            ("output.dense", hidden, inner),
        ] {
            shapes.insert(format!("{at}.{part}.weight"), vec![outputs, inputs]);
            shapes.insert(format!("{at}.{part}.bias"), vec![outputs]);
        }
    }
    for norm in norms {
        shapes.insert(format!("{norm}.weight"), vec![hidden]);
        shapes.insert(format!("{norm}.bias"), vec![hidden]);
    }
    let mut state = 1_u32;
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = shapes
        .into_iter()
        .map(|(name, shape)| {
            let bytes = (0..shape.iter().product())
                .flat_map(|_: usize| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (f32::from(u16::try_from(state >> 16).unwrap_or_default()) / 655_360.0 - 0.05).to_le_bytes()
                })
                .collect();
            (name, shape, bytes)
        })
        .collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).expect("bytes for the shape"))
    });
    safetensors::serialize(views, None).expect("a file")
}

fn encoder(criterion: &mut Criterion) {
    let bytes = made_up();
    let weights = EncoderWeights::from_safetensors(&bytes, &DIMS).expect("weights");
    let ids: Vec<u32> = (0..128).map(|at| at * 7 % 1000).collect();
    let mut scratch = Scratch::default();
    for (name, encoder) in QuantisedEncoder::for_each_instruction_set(&weights).expect("an encoder") {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        for (kind, count, length) in [("short", 8, 16), ("long", 1, 128)] {
            let batch = vec![TokenSequence { ids: &ids[..length], types: &[] }; count];
            let mut out = vec![0.0; count * encoder.width()];
            group.throughput(Throughput::Elements((count * length) as u64));
            group.bench_function(kind, |bencher| bencher.iter(|| encoder.encode(&batch, &mut scratch, &mut out)));
        }
        group.throughput(Throughput::Elements(encoder.products_alone(128, &mut scratch) as u64));
        group.bench_function("products", |bencher| bencher.iter(|| encoder.products_alone(128, &mut scratch)));
        group.finish();
    }
}

criterion_group!(benches, encoder);
criterion_main!(benches);
