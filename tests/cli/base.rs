//! A tiny encoder to start from, with made-up weights and a vocabulary of a few words.

use std::collections::BTreeMap;
use std::path::Path;

use safetensors::Dtype;
use safetensors::tensor::TensorView;
use serde_json::json;

const WIDTH: usize = 32;
const INNER: usize = 64;
const POSITIONS: usize = 160;

/// Writes config.json, tokenizer.json and model.safetensors into `folder`; `words` are its vocabulary
/// beside the special tokens.
pub(crate) fn write(folder: &Path, words: &[&str]) {
    let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].map(str::to_owned);
    let unused = (1..=10).map(|at| format!("[unused{at}]"));
    let tokens: Vec<String> =
        special.into_iter().chain(unused).chain(words.iter().map(|&word| word.to_owned())).collect();
    let vocabulary: BTreeMap<&str, usize> = tokens.iter().enumerate().map(|(at, token)| (token.as_str(), at)).collect();
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
        "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": null, "decoder": null,
        "model": {"type": "WordPiece", "vocab": vocabulary, "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100},
    });
    let config = json!({
        "vocab_size": tokens.len(), "hidden_size": WIDTH, "num_hidden_layers": 1, "num_attention_heads": 2,
        "intermediate_size": INNER, "max_position_embeddings": POSITIONS, "type_vocab_size": 2,
        "layer_norm_eps": 1e-12,
    });
    for (name, json) in [("config.json", config), ("tokenizer.json", tokenizer)] {
        std::fs::write(folder.join(name), json.to_string()).expect("written");
    }
    std::fs::write(folder.join("model.safetensors"), weights(tokens.len())).expect("written");
}

fn weights(vocabulary: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut tensors: BTreeMap<String, (Vec<usize>, Vec<u8>)> = BTreeMap::new();
    let mut put = |name: String, shape: &[usize], around: f32, wide: f32| {
        let values = (0..shape.iter().product()).flat_map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let unit = f32::from(u16::try_from(state >> 48).expect("16 bits")) / 65_536.0 - 0.5;
            (around + unit * wide).to_le_bytes()
        });
        tensors.insert(name, (shape.to_vec(), values.collect()));
    };
    for (table, rows) in [("word", vocabulary), ("position", POSITIONS), ("token_type", 2)] {
        // Words differ more than places do.
        let wide = if table == "word" { 2.0 } else { 0.1 };
        put(format!("embeddings.{table}_embeddings.weight"), &[rows, WIDTH], 0.0, wide);
    }
    let layer = |part: &str| format!("encoder.layer.0.{part}");
    for (part, outputs, inputs) in [
        ("attention.self.query", WIDTH, WIDTH),
        ("attention.self.key", WIDTH, WIDTH),
        ("attention.self.value", WIDTH, WIDTH),
        ("attention.output.dense", WIDTH, WIDTH),
        ("intermediate.dense", INNER, WIDTH),
        ("output.dense", WIDTH, INNER),
    ] {
        put(layer(&format!("{part}.weight")), &[outputs, inputs], 0.0, 0.4);
        put(layer(&format!("{part}.bias")), &[outputs], 0.0, 0.1);
    }
    for norm in ["embeddings.LayerNorm".to_owned(), layer("attention.output.LayerNorm"), layer("output.LayerNorm")] {
        put(format!("{norm}.weight"), &[WIDTH], 1.0, 0.0);
        put(format!("{norm}.bias"), &[WIDTH], 0.0, 0.0);
    }
    let views = tensors.iter().map(|(name, (shape, bytes))| {
        (name.clone(), TensorView::new(Dtype::F32, shape.clone(), bytes).expect("bytes for the shape"))
    });
    safetensors::serialize(views, None).expect("a file")
}
