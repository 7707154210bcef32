//! The 8-bit encoder against the reference, on a small model of made-up weights.

use std::collections::BTreeMap;

use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::reference::Bert;
use super::{EncoderDims, EncoderWeights, QuantisedEncoder, Scratch, TokenSequence};
use crate::encode::Encoding;

const DIMS: EncoderDims = EncoderDims {
    vocab_size: 200,
    hidden_size: 64,
    num_hidden_layers: 3,
    num_attention_heads: 4,
    intermediate_size: 256,
    max_position_embeddings: 64,
    type_vocab_size: 2,
    layer_norm_eps: 1e-12,
};

/// Numbers from 0 to 1 that look random and are always the same.
struct Numbers(u64);

impl Numbers {
    #[expect(clippy::cast_precision_loss, reason = "24 bits fit")]
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / (1 << 24) as f32
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below `most`")]
    fn below(&mut self, most: u16) -> u32 {
        (self.next() * f32::from(most)) as u32
    }

    /// About normal, with the given standard deviation.
    fn normal(&mut self, deviation: f32) -> f32 {
        ((0..12).map(|_| self.next()).sum::<f32>() - 6.0) * deviation
    }
}

/// A model of made-up weights as a safetensors file. One channel is wide, as in trained models.
fn model() -> Vec<u8> {
    let hidden = DIMS.hidden_size;
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut tensors: BTreeMap<String, (Vec<usize>, Vec<u8>)> = BTreeMap::new();
    let mut put = |name: String, shape: Vec<usize>, value: &mut dyn FnMut(usize) -> f32| {
        let values = (0..shape.iter().product()).flat_map(|at| value(at).to_le_bytes()).collect();
        tensors.insert(name, (shape, values));
    };
    for (name, rows) in
        [("word", DIMS.vocab_size), ("position", DIMS.max_position_embeddings), ("token_type", DIMS.type_vocab_size)]
    {
        put(format!("embeddings.{name}_embeddings.weight"), vec![rows, hidden], &mut |_| numbers.normal(0.3));
    }
    let mut norms = vec!["embeddings.LayerNorm".to_owned()];
    for layer in 0..DIMS.num_hidden_layers {
        let name = |part: &str| format!("encoder.layer.{layer}.{part}");
        norms.push(name("attention.output.LayerNorm"));
        norms.push(name("output.LayerNorm"));
        for (part, outputs, inputs) in [
            ("attention.self.query", hidden, hidden),
            ("attention.self.key", hidden, hidden),
            ("attention.self.value", hidden, hidden),
            ("attention.output.dense", hidden, hidden),
            ("intermediate.dense", DIMS.intermediate_size, hidden),
            ("output.dense", hidden, DIMS.intermediate_size),
        ] {
            put(name(&format!("{part}.weight")), vec![outputs, inputs], &mut |_| numbers.normal(0.12));
            put(name(&format!("{part}.bias")), vec![outputs], &mut |_| numbers.normal(0.05));
        }
    }
    for norm in norms {
        put(format!("{norm}.weight"), vec![hidden], &mut |at| if at == 7 { 6.0 } else { 0.7 + numbers.next() * 0.5 });
        put(format!("{norm}.bias"), vec![hidden], &mut |_| numbers.normal(0.1));
    }
    let views = tensors.iter().map(|(name, (shape, bytes))| {
        (name.clone(), TensorView::new(Dtype::F32, shape.clone(), bytes).expect("bytes for the shape"))
    });
    safetensors::serialize(views, None).expect("a file")
}

fn sequences(count: usize) -> Vec<Encoding> {
    let mut numbers = Numbers(77);
    (0..count)
        .map(|_| {
            let len = 1 + numbers.below(60) as usize;
            let ids = (0..len).map(|_| numbers.below(200)).collect();
            let types = (0..len).map(|_| u8::from(numbers.next() < 0.3)).collect();
            Encoding { ids, types }
        })
        .collect()
}

fn encode(encoder: &QuantisedEncoder, batch: &[TokenSequence<'_>], scratch: &mut Scratch) -> Vec<Vec<f32>> {
    let mut out = vec![f32::NAN; batch.len() * encoder.width()];
    encoder.encode(batch, scratch, &mut out);
    out.chunks_exact(encoder.width()).map(<[f32]>::to_vec).collect()
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn every_instruction_set_is_near_the_reference() {
    let bytes = model();
    let encodings = sequences(60);
    let batch: Vec<TokenSequence<'_>> = encodings.iter().map(Into::into).collect();
    let references: Vec<&Encoding> = encodings.iter().collect();
    let reference = Bert::from_safetensors(&bytes, &DIMS, &[], &[], 0).unwrap();
    let expected: Vec<Vec<f32>> = reference.pooled(&references, None).unwrap().to_vec2().unwrap();
    let weights = EncoderWeights::from_safetensors(&bytes, &DIMS).unwrap();
    let all = QuantisedEncoder::for_each_instruction_set(&weights).unwrap();
    assert_eq!(all.last().unwrap().0, "portable");
    let mut first: Option<Vec<Vec<f32>>> = None;
    for (name, encoder) in &all {
        let found = encode(encoder, &batch, &mut Scratch::default());
        let near: Vec<f64> = found.iter().zip(&expected).map(|(a, b)| cosine(a, b)).collect();
        #[expect(clippy::cast_precision_loss, reason = "a few")]
        let mean = near.iter().sum::<f64>() / near.len() as f64;
        assert!(mean > 0.998, "{name}: {mean}");
        assert!(near.iter().all(|&cosine| cosine > 0.99), "{name}: {near:?}");
        // The same bytes meet the same weights; only the rounding of floats differs between them.
        let first = first.get_or_insert_with(|| found.clone());
        assert!(found.iter().zip(first.iter()).all(|(a, b)| cosine(a, b) > 0.9995), "{name}");
    }
}

#[test]
fn an_embedding_does_not_depend_on_its_company() {
    let bytes = model();
    let weights = EncoderWeights::from_safetensors(&bytes, &DIMS).unwrap();
    let encodings = sequences(40);
    let batch: Vec<TokenSequence<'_>> = encodings.iter().map(Into::into).collect();
    for (name, encoder) in QuantisedEncoder::for_each_instruction_set(&weights).unwrap() {
        let together = encode(&encoder, &batch, &mut Scratch::default());
        let mut used = Scratch::default();
        let alone: Vec<Vec<f32>> =
            batch.iter().flat_map(|it| encode(&encoder, std::slice::from_ref(it), &mut used)).collect();
        assert!(together == alone, "{name}: alone");
        let backwards: Vec<TokenSequence<'_>> = batch.iter().rev().copied().collect();
        let mut turned = encode(&encoder, &backwards, &mut used);
        turned.reverse();
        assert!(together == turned, "{name}: in another order");
    }
}

#[test]
fn strange_sequences_do_no_harm() {
    let bytes = model();
    let weights = EncoderWeights::from_safetensors(&bytes, &DIMS).unwrap();
    let encoder = QuantisedEncoder::new(&weights).unwrap();
    let long: Vec<u32> = (0..500).map(|at| at % 200).collect();
    let sequence = |ids| TokenSequence { ids, types: &[] };
    let mut scratch = Scratch::default();
    let found = encode(
        &encoder,
        &[sequence(&[]), sequence(&long), sequence(&long[..64]), sequence(&[7, u32::MAX]), sequence(&[7, 0])],
        &mut scratch,
    );
    assert!(found[0].iter().all(|&x| x == 0.0));
    assert_eq!(found[1], found[2], "cut to the positions that there are");
    assert_eq!(found[3], found[4], "an unknown token is token 0");
    assert!(found.iter().flatten().all(|x| x.is_finite()));
    assert!(encode(&encoder, &[], &mut scratch).is_empty());
}

#[test]
fn weights_that_do_not_fit_are_refused() {
    let bytes = model();
    let new = |dims: &EncoderDims| {
        EncoderWeights::from_safetensors(&bytes, dims).and_then(|weights| QuantisedEncoder::new(&weights).map(drop))
    };
    assert!(new(&DIMS).is_ok());
    let message = |dims| new(&dims).unwrap_err().to_string();
    assert!(message(EncoderDims { vocab_size: 201, ..DIMS }).contains("shape"));
    assert!(message(EncoderDims { num_hidden_layers: 4, ..DIMS }).contains("encoder.layer.3"));
    assert!(message(EncoderDims { num_attention_heads: 8, ..DIMS }).contains("multiple of 16"));
    assert!(EncoderWeights::from_safetensors(b"no weights", &DIMS).is_err());
}
