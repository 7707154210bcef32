//! The model: the reference against another implementation, the built-in model against itself.

#![allow(clippy::expect_used, reason = "a test stops where it cannot go on, and says why")]

use std::borrow::Cow;
use std::collections::HashMap;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use termsift::encode::{ChangeText, DELETED, Encoding, INSERTED};
use termsift::infer::{Neural, Precision};
use termsift::model::reference::{Bert, HEADS};
use termsift::model::{EncoderDims, ModelError, Package};

const DIMS: EncoderDims = EncoderDims {
    vocab_size: 60,
    hidden_size: 32,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    intermediate_size: 64,
    max_position_embeddings: 32,
    type_vocab_size: 2,
    layer_norm_eps: 1e-12,
};

/// Made-up weights in BERT's layout, as a safetensors file.
fn weights() -> Vec<u8> {
    let mut state = 1_u64;
    let mut tensor = |shape: &[usize], around: f32| {
        let count: usize = shape.iter().product();
        let values: Vec<f32> = (0..count)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                around + (f32::from(u16::try_from(state >> 48).expect("16 bits")) / 65_536.0 - 0.5) * 0.4
            })
            .collect();
        Tensor::from_vec(values, shape, &Device::Cpu).expect("the shape fits")
    };
    let mut all: HashMap<String, Tensor> = HashMap::new();
    for (name, rows) in [("word", DIMS.vocab_size), ("position", DIMS.max_position_embeddings), ("token_type", 2)] {
        all.insert(format!("embeddings.{name}_embeddings.weight"), tensor(&[rows, 32], 0.0));
    }
    let mut linear = |all: &mut HashMap<String, Tensor>, name: String, out: usize, inner: usize| {
        all.insert(format!("{name}.weight"), tensor(&[out, inner], 0.0));
        all.insert(format!("{name}.bias"), tensor(&[out], 0.0));
    };
    for layer in 0..DIMS.num_hidden_layers {
        let at = |part: &str| format!("encoder.layer.{layer}.{part}");
        for part in ["query", "key", "value"] {
            linear(&mut all, at(&format!("attention.self.{part}")), 32, 32);
        }
        linear(&mut all, at("attention.output.dense"), 32, 32);
        linear(&mut all, at("intermediate.dense"), 64, 32);
        linear(&mut all, at("output.dense"), 32, 64);
    }
    let mut norms = vec!["embeddings.LayerNorm".to_owned()];
    for layer in 0..DIMS.num_hidden_layers {
        norms.push(format!("encoder.layer.{layer}.attention.output.LayerNorm"));
        norms.push(format!("encoder.layer.{layer}.output.LayerNorm"));
    }
    for norm in norms {
        all.insert(format!("{norm}.weight"), tensor(&[32], 1.0));
        all.insert(format!("{norm}.bias"), tensor(&[32], 0.0));
    }
    safetensors::serialize(&all, None).expect("tensors can be written")
}

#[test]
fn the_reference_is_bert_as_candle_transformers_has_it() {
    let bytes = weights();
    let ours = Bert::from_safetensors(&bytes, &DIMS, &HEADS, &[], 1).expect("the weights are whole");
    let builder = VarBuilder::from_buffered_safetensors(bytes, DType::F32, &Device::Cpu).expect("they can be read");
    let config: Config = serde_json::from_str(
        r#"{"vocab_size":60,"hidden_size":32,"num_hidden_layers":2,"num_attention_heads":4,"intermediate_size":64,
            "hidden_act":"gelu","hidden_dropout_prob":0.0,"max_position_embeddings":32,"type_vocab_size":2,
            "initializer_range":0.02,"layer_norm_eps":1e-12,"pad_token_id":0}"#,
    )
    .expect("a configuration");
    let theirs = BertModel::load(builder, &config).expect("the same weights");
    let sequences = [
        Encoding { ids: vec![1, 7, 9, 33, 2], types: vec![0, 0, 1, 2, 0] },
        Encoding { ids: (3..30).collect(), types: (3..30).map(|at| at % 3).collect() },
    ];
    let together: Vec<&Encoding> = sequences.iter().collect();
    let pooled: Vec<Vec<f32>> = ours.pooled(&together, None).expect("it runs").to_vec2().expect("rows");
    for (sequence, pooled) in sequences.iter().zip(pooled) {
        let row = |values: Vec<u32>| Tensor::new(values, &Device::Cpu).and_then(|it| it.unsqueeze(0)).expect("a row");
        let types = sequence.types.iter().map(|&it| u32::from(it != 0)).collect();
        let hidden = theirs.forward(&row(sequence.ids.clone()), &row(types), None).expect("it runs");
        // An embedding is the means of all tokens, of the deleted and of the inserted ones.
        let mean = |wanted: &dyn Fn(u8) -> bool| {
            let rows: Vec<u32> = (0..).zip(&sequence.types).filter(|it| wanted(*it.1)).map(|it| it.0).collect();
            let rows = hidden.index_select(&Tensor::new(rows, &Device::Cpu).expect("rows"), 1).expect("they are there");
            rows.mean(1).and_then(|it| it.squeeze(0)).and_then(|it| it.to_vec1::<f32>()).expect("a row")
        };
        let means = [mean(&|_| true), mean(&|kind| kind == DELETED), mean(&|kind| kind == INSERTED)].concat();
        assert_eq!(pooled.len(), means.len());
        for (ours, theirs) in pooled.iter().zip(means) {
            assert!((ours - theirs).abs() < 2e-5, "{ours} {theirs}");
        }
    }
}

/// Clause changes written for this test.
fn changes() -> Vec<ChangeText<'static>> {
    let change = |before, after| ChangeText {
        before,
        after,
        redline: None,
        headings: &["Privacy Policy", "How we use your data"],
        lead_in: "",
        terms_type: "Privacy Policy",
    };
    vec![
        change(None, Some("We use the content you post to train our artificial intelligence models.")),
        change(
            Some("We share your personal data with service providers."),
            Some("We share your personal data with service providers and with our affiliates for advertising."),
        ),
        change(Some("We organise our servises well."), Some("We organise our services well.")),
        change(Some("You must be at least 13 years old to use the service."), None),
        change(Some("We keep logs for 30 days."), Some("We keep logs for 12 months.")),
    ]
}

#[test]
fn company_and_order_change_no_score() {
    let package = Package::embedded().expect("the built-in model can be used");
    for precision in [Precision::Int8, Precision::F32] {
        let together =
            Neural::new(&package, precision).expect("it can be computed").scores(&changes()).expect("scores");
        let alone = Neural::new(&package, precision).expect("it can be computed");
        for (at, change) in changes().into_iter().enumerate().rev() {
            let scores = alone.scores(&[change]).expect("a score");
            assert_eq!(scores.first(), together.get(at), "{precision:?} {at}");
        }
    }
}

#[test]
fn what_is_remembered_changes_no_score() {
    let package = Package::embedded().expect("the built-in model can be used");
    let model = || Neural::new(&package, Precision::Int8).expect("it can be computed");
    let expected = model().scores(&changes()).expect("scores");
    for most in [0, 1, 7] {
        let forgetful = model().remembering(most);
        for _ in 0..2 {
            assert_eq!(forgetful.scores(&changes()).expect("scores"), expected, "{most}");
        }
    }
}

#[test]
fn eight_bits_say_what_floats_say() {
    let package = Package::embedded().expect("the built-in model can be used");
    let of = |precision| Neural::new(&package, precision).expect("it runs").scores(&changes()).expect("scores");
    for (fast, exact) in of(Precision::Int8).iter().zip(of(Precision::F32)) {
        for (fast, exact) in fast.categories.iter().zip(exact.categories) {
            assert!((fast - exact).abs() < 0.1, "{fast} {exact}");
        }
    }
}

#[test]
fn a_changed_file_is_refused() {
    let files: [(&str, &[u8]); 3] = [("config.json", b"{}"), ("tokenizer.json", b"{}"), ("model.safetensors", b"x")];
    let sums = Package::sums(&files);
    let open = |config: &[u8], weights: &'static [u8]| {
        Package::checked(sums.as_bytes(), config, Cow::Borrowed(b"{}"), Cow::Borrowed(weights))
    };
    assert!(matches!(open(b"{}", b"y"), Err(ModelError::Checksum { file, .. }) if file == "model.safetensors"));
    // With the right sums it is the configuration that is no configuration.
    assert!(matches!(open(b"{}", b"x"), Err(ModelError::Config(_))));
    let none = Package::checked(b"", b"{}", Cow::Borrowed(b"{}"), Cow::Borrowed(b"x"));
    assert!(matches!(none, Err(ModelError::NoChecksum { file }) if file == "config.json"));
}

/// What is said of `package`, whatever it is computed with.
fn refusals(package: &Package) -> [ModelError; 2] {
    [Precision::Int8, Precision::F32].map(|precision| Neural::new(package, precision).expect_err("it cannot be used"))
}

#[test]
fn a_token_without_a_row_in_the_word_table_is_refused() {
    let package = Package::embedded().expect("the built-in model can be used");
    let rows = package.config.encoder.vocab_size;
    let with = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut json: serde_json::Value = serde_json::from_slice(&package.tokenizer).expect("JSON");
        change(&mut json);
        Package { tokenizer: json.to_string().into_bytes().into(), ..package.clone() }
    };
    assert!(Neural::new(&with(&|_| ()), Precision::Int8).is_ok());
    let word = with(&|json| json["model"]["vocab"]["data"] = rows.into());
    let added = with(&|json| {
        let mut token = json["added_tokens"][0].clone();
        token["content"] = "<new>".into();
        json["added_tokens"].as_array_mut().expect("a list").push(token);
    });
    for refusal in [word, added].iter().flat_map(refusals) {
        assert!(matches!(refusal, ModelError::Vocabulary { id, rows: found } if id as usize == rows && found == rows));
    }
}

#[test]
fn a_weight_that_is_no_number_is_refused_in_every_table() {
    let package = Package::embedded().expect("the built-in model can be used");
    let tensors = safetensors::SafeTensors::deserialize(&package.weights).expect("weights");
    // In 16 bits: no number, and infinity.
    for (name, bad) in [
        ("embeddings.word_embeddings.weight", 0x7e01_u16),
        ("embeddings.position_embeddings.weight", 0xfc00),
        ("embeddings.token_type_embeddings.weight", 0x7c00),
        ("encoder.layer.5.output.dense.weight", 0xfe00),
        ("heads.interest.bias", 0x7c00),
    ] {
        let values = tensors.tensor(name).expect("it is there").data();
        let start = values.as_ptr().addr() - package.weights.as_ptr().addr();
        let last = start + values.len() - 2;
        let mut weights = package.weights.to_vec();
        weights[last..last + 2].copy_from_slice(&bad.to_le_bytes());
        for refusal in refusals(&Package { weights: Cow::Owned(weights), ..package.clone() }) {
            assert!(matches!(&refusal, ModelError::Weights(why) if why.contains(name)), "{refusal}");
        }
    }
}

#[test]
fn the_same_texts_get_the_same_sequence_as_ever() {
    let encoder = Package::embedded().and_then(|package| package.encoder()).expect("it is there");
    let long =
        |word: &str, end: &str| format!("We {word} it. {}{end}", "Then come words that stay as they are. ".repeat(40));
    let (before, after) = (long("keep", "The end."), long("sell", "No end."));
    let windowed = ChangeText {
        before: Some(&before),
        after: Some(&after),
        redline: None,
        headings: &["Terms", "1. Data", "1.1 Use", "a) Sale"],
        lead_in: "In these cases we do so:",
        terms_type: "Terms of Service",
    };
    // FNV-1a (G. Fowler et al., 1991) over what an encoding is told by.
    let sum = changes()
        .iter()
        .chain([&windowed])
        .flat_map(|change| encoder.encode(change).key().0)
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    assert_eq!(
        format!("{sum:016x}"),
        "4a09e58289408aa6",
        "predictions are remembered by texts: raise ENCODING in src/encode/sequence.rs, then put the new sum here \
         (if only the built-in model has another tokenizer, just the sum: they are remembered by model as well)"
    );
}
