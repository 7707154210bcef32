//! A model's word pieces.

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::{
    DecoderWrapper, Model, NormalizedString, Normalizer, NormalizerWrapper, PostProcessorWrapper, PreTokenizerWrapper,
    TokenizerImpl,
};

/// A tokenizer of word pieces. One that may be of any kind is read in two steps, which takes three
/// times as long: the vocabulary first into values of no kind.
type Tokenizer = TokenizerImpl<WordPiece, NormalizerWrapper, PreTokenizerWrapper, PostProcessorWrapper, DecoderWrapper>;

/// Why a tokenizer cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenizerError {
    /// It cannot be read.
    #[error("the tokenizer cannot be read: {reason}; is the file a tokenizer.json of word pieces?")]
    Unreadable {
        /// Why, as the tokenizers crate says it.
        reason: String,
    },
    /// A token that the encoding needs is not in its vocabulary.
    #[error("the tokenizer has no token {token:?}; a BERT vocabulary with unused slots is needed")]
    NoToken {
        /// The token.
        token: String,
    },
    /// A part of it is none of a BERT tokenizer: others may run for hours on some texts, or stop the program.
    #[error("the {part} of the tokenizer is none that this version reads; that of a BERT tokenizer is needed")]
    Part {
        /// Its name in the file.
        part: &'static str,
    },
    /// A token that was added to the vocabulary cannot be looked for in texts.
    #[error(
        "the added token {token:?} of the tokenizer cannot be used: it takes the spaces after it (rstrip), or nothing \
         of it is left when it is normalized"
    )]
    Added {
        /// The token.
        token: String,
    },
    /// It makes nothing of words.
    #[error("the tokenizer leaves nothing of an ordinary sentence; is it whole?")]
    Empty,
}

/// A tokenizer without truncation, padding or special tokens of its own, and the ids of the markers.
#[derive(Debug, Clone)]
pub struct Tokens {
    tokenizer: Tokenizer,
    pub(super) cls: u32,
    pub(super) sep: u32,
    pub(super) markers: [u32; MARKERS],
    unknown: u32,
    highest: u32,
}

/// A sentence that every tokenizer makes something of.
const ORDINARY: &str = "We may share your data with others.";

/// Markers: slots `[unused1]` to `[unused10]` of the vocabulary, in the order of [`Marker`].
const MARKERS: usize = 10;

/// What a marker says. The order is that of the slots, and part of the format of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    DeleteStart,
    DeleteEnd,
    InsertStart,
    InsertEnd,
    Added,
    Removed,
    Modified,
    Heading,
    LeadIn,
    /// Words are left out here.
    Gap,
}

impl Tokens {
    /// Reads a `tokenizer.json`.
    ///
    /// # Errors
    /// When it is none, is of another kind than BERT's, or lacks a token that the encoding needs.
    pub fn from_json(json: &[u8]) -> Result<Self, TokenizerError> {
        let unreadable = |error: serde_json::Error| TokenizerError::Unreadable { reason: error.to_string() };
        // Before all else: reading a file with other parts can panic in the tokenizers crate.
        let outline: Outline = serde_json::from_slice(json).map_err(unreadable)?;
        outline.check()?;
        let mut tokenizer: Tokenizer = serde_json::from_slice(json).map_err(unreadable)?;
        outline
            .added_tokens
            .iter()
            .try_for_each(|added| leaves_something(&tokenizer, added.normalized, &added.content))?;
        let unreadable = |error: tokenizers::Error| TokenizerError::Unreadable { reason: error.to_string() };
        // The published files cut to 128 tokens and pad to them; the window is ours to choose.
        tokenizer.with_truncation(None).map_err(unreadable)?;
        tokenizer.with_padding(None);
        // It would add special tokens, which the encoding does itself.
        tokenizer.with_post_processor(None::<PostProcessorWrapper>);
        // Nor are they looked for in texts: a clause that says [SEP] holds a word in brackets.
        tokenizer.set_encode_special_tokens(true);
        // With it every word has pieces; a word without any would be an error, whatever the text.
        let word = &tokenizer.get_model().unk_token;
        let Some(unknown) = tokenizer.get_model().token_to_id(word) else {
            return Err(TokenizerError::NoToken { token: word.clone() });
        };
        let id = |token: &str| {
            tokenizer.token_to_id(token).ok_or_else(|| TokenizerError::NoToken { token: token.to_owned() })
        };
        let mut markers = [0; MARKERS];
        for (slot, marker) in markers.iter_mut().zip(1..) {
            *slot = id(&format!("[unused{marker}]"))?;
        }
        let (cls, sep) = (id("[CLS]")?, id("[SEP]")?);
        let added = tokenizer.get_added_vocabulary().get_vocab().values().max().copied();
        let highest = outline.highest().max(added.unwrap_or_default());
        let tokens = Self { tokenizer, cls, sep, markers, unknown, highest };
        if tokens.pieces(ORDINARY).is_empty() { Err(TokenizerError::Empty) } else { Ok(tokens) }
    }

    /// The greatest id of a token: a model's word table must have a row for it.
    #[must_use]
    pub fn highest_id(&self) -> u32 {
        self.highest
    }

    /// The ids of the markers: tokens that pre-training never met.
    #[must_use]
    pub fn markers(&self) -> &[u32] {
        &self.markers
    }

    /// The word pieces of `text`. What the tokenizer refuses has none; one that was read refuses nothing.
    pub(super) fn pieces(&self, text: &str) -> Vec<u32> {
        let encoded = self.tokenizer.encode_fast(text, false);
        let mut ids = encoded.map(|encoded| encoded.get_ids().to_vec()).unwrap_or_default();
        // There are tokenizers that leave a word such as "[unused1]" whole.
        ids.iter_mut().filter(|id| self.is_structure(**id)).for_each(|id| *id = self.unknown);
        ids
    }

    /// Whether `id` is one that only the encoding puts between texts.
    fn is_structure(&self, id: u32) -> bool {
        id == self.cls || id == self.sep || self.markers.contains(&id)
    }

    pub(super) fn marker(&self, marker: Marker) -> u32 {
        self.markers.get(marker as usize).copied().unwrap_or(self.sep)
    }
}

/// A type of a part, and the fields that it has beside that.
type Kind = (&'static str, &'static [&'static str]);

const NORMALIZERS: [Kind; 9] = [
    ("BertNormalizer", &["clean_text", "handle_chinese_chars", "strip_accents", "lowercase"]),
    ("Lowercase", &[]),
    ("NFC", &[]),
    ("NFD", &[]),
    ("NFKC", &[]),
    ("NFKD", &[]),
    ("Strip", &["strip_left", "strip_right"]),
    ("StripAccents", &[]),
    ("Sequence", &["normalizers"]),
];
const PRE_TOKENIZERS: [Kind; 6] = [
    ("BertPreTokenizer", &[]),
    ("Whitespace", &[]),
    ("WhitespaceSplit", &[]),
    ("Punctuation", &["behavior"]),
    ("Digits", &["individual_digits"]),
    ("Sequence", &["pretokenizers"]),
];
const DECODERS: [Kind; 1] = [("WordPiece", &["prefix", "cleanup"])];
/// Parts of a sequence of parts at most. Each goes through every text.
const MOST_PARTS: usize = 16;
/// Longest word that is cut into pieces, in characters; BERT's tokenizers say 100. The time that a word takes can grow
/// with the cube of its length.
const MOST_WORD: u64 = 256;
/// Longest mark of a piece inside a word, in bytes; BERT's is `##`. It is copied for every piece that is tried.
const MOST_PREFIX: usize = 16;

/// What is looked at in a file before it is read as a tokenizer. The file is untrusted, and the tokenizers crate does
/// not stand all of them: some parts panic while they are read, others hold patterns that take hours on some texts.
/// The crate guesses a part by its fields where it does not know its type: so types and fields must be those of BERT
/// tokenizers. A field that is there twice is an error.
#[derive(Deserialize)]
struct Outline {
    normalizer: Option<Value>,
    pre_tokenizer: Option<Value>,
    decoder: Option<Value>,
    #[serde(default)]
    added_tokens: Vec<Added>,
    model: Words,
}

/// A token that was added to the vocabulary.
#[derive(Deserialize)]
struct Added {
    content: String,
    /// Whether it is looked for in normalized texts.
    #[serde(default)]
    normalized: bool,
    /// Whether it takes the spaces after it.
    #[serde(default)]
    rstrip: bool,
}

/// The crate says so where a field is missing.
#[derive(Deserialize)]
struct Words {
    vocab: Highest,
    #[serde(default)]
    continuing_subword_prefix: String,
    #[serde(default)]
    max_input_chars_per_word: u64,
}

/// The greatest number in a map from words to numbers; the words are not kept.
struct Highest(u32);

impl Outline {
    /// Whether it is a tokenizer like BERT's.
    fn check(&self) -> Result<(), TokenizerError> {
        let parts = [
            ("normalizer", self.normalizer.as_ref(), NORMALIZERS.as_slice()),
            ("pre_tokenizer", self.pre_tokenizer.as_ref(), PRE_TOKENIZERS.as_slice()),
            ("decoder", self.decoder.as_ref(), DECODERS.as_slice()),
        ];
        if let Some((part, ..)) = parts.into_iter().find(|(_, it, kinds)| it.is_some_and(|it| !is_one_of(kinds, it))) {
            return Err(TokenizerError::Part { part });
        }
        let Words { continuing_subword_prefix: prefix, max_input_chars_per_word: longest, .. } = &self.model;
        if *longest > MOST_WORD || prefix.len() > MOST_PREFIX {
            return Err(TokenizerError::Part { part: "model" });
        }
        // The crate cuts a text before and after each; one that takes spaces may overlap with the next.
        match self.added_tokens.iter().find(|added| added.rstrip) {
            Some(added) => Err(TokenizerError::Added { token: added.content.clone() }),
            None => Ok(()),
        }
    }

    /// The greatest id in the vocabulary.
    fn highest(&self) -> u32 {
        self.model.vocab.0
    }
}

/// Whether `part` is of one of `kinds`, and so are those that it consists of: not too many, and none of more parts.
fn is_one_of(kinds: &[Kind], part: &Value) -> bool {
    let Some(fields) = part.as_object() else { return false };
    let named = fields.get("type").and_then(Value::as_str);
    let Some((_, known)) = kinds.iter().find(|(kind, _)| named == Some(*kind)) else { return false };
    fields.iter().all(|(name, value)| match name.as_str() {
        "type" => true,
        name if !known.contains(&name) => false,
        "normalizers" | "pretokenizers" => {
            let single: Vec<Kind> = kinds.iter().copied().filter(|(kind, _)| *kind != "Sequence").collect();
            value
                .as_array()
                .is_some_and(|parts| parts.len() <= MOST_PARTS && parts.iter().all(|part| is_one_of(&single, part)))
        }
        _ => true,
    })
}

impl<'de> Deserialize<'de> for Highest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ids;

        impl<'de> Visitor<'de> for Ids {
            type Value = Highest;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a map from word pieces to ids")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Highest, A::Error> {
                let mut highest = 0;
                while let Some((_, id)) = map.next_entry::<IgnoredAny, u32>()? {
                    highest = highest.max(id);
                }
                Ok(Highest(highest))
            }
        }

        deserializer.deserialize_map(Ids)
    }
}

/// Whether `added` has a letter that can be looked for: if not, it would be found between all bytes.
fn leaves_something(tokenizer: &Tokenizer, normalized: bool, added: &str) -> Result<(), TokenizerError> {
    let Some(normalizer) = tokenizer.get_normalizer().filter(|_| normalized && !added.is_empty()) else {
        return Ok(());
    };
    let mut text = NormalizedString::from(added);
    match normalizer.normalize(&mut text) {
        Ok(()) if !text.get().is_empty() => Ok(()),
        _ => Err(TokenizerError::Added { token: added.to_owned() }),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;

    /// A small tokenizer after `change`.
    pub(in crate::encode) fn read(change: impl Fn(&mut Value)) -> Result<Tokens, TokenizerError> {
        let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].map(str::to_owned);
        let unused = (1..=MARKERS).map(|at| format!("[unused{at}]"));
        let tokens = special.into_iter().chain(unused).chain(["we", "share"].map(str::to_owned));
        let vocabulary: serde_json::Map<String, Value> =
            tokens.zip(0..).map(|(token, at)| (token, at.into())).collect();
        let mut json = json!({
            "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
            "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                "strip_accents": null, "lowercase": true},
            "pre_tokenizer": {"type": "BertPreTokenizer"},
            "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
            "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
            "model": {"type": "WordPiece", "vocab": vocabulary, "unk_token": "[UNK]",
                "continuing_subword_prefix": "##", "max_input_chars_per_word": 100},
        });
        change(&mut json);
        Tokens::from_json(json.to_string().as_bytes())
    }

    fn added(content: &str, flag: &str) -> Value {
        let mut token = json!({"id": 1, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
            "normalized": false, "special": false});
        token[flag] = true.into();
        json!([token])
    }

    #[test]
    fn every_text_has_its_pieces() {
        let plain = read(|_| ()).unwrap();
        assert_eq!(plain.pieces("We share \u{13000}"), [14, 15, 1]);
        assert_eq!(plain.pieces(&"x".repeat(9000)), [1]);
        // What it would add itself is never asked for: a processor that cannot work harms nothing.
        let processor = json!({"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "[NO]", "type_id": 0}}],
            "pair": [], "special_tokens": {}});
        let other = read(|json| json["post_processor"] = processor.clone()).unwrap();
        assert_eq!(other.pieces("We share \u{13000}"), [14, 15, 1]);
        let none = |unknown: &str| read(|json| json["model"]["unk_token"] = unknown.into());
        assert!(matches!(none("[NO]"), Err(TokenizerError::NoToken { token }) if token == "[NO]"));
        // A token that was only added is none that a word without pieces can get.
        let late = read(|json| {
            json["model"]["unk_token"] = "[NO]".into();
            json["added_tokens"] = added("[NO]", "special");
        });
        assert!(matches!(late, Err(TokenizerError::NoToken { token }) if token == "[NO]"));
    }

    #[test]
    fn parts_of_other_tokenizers_are_refused_before_they_are_read() {
        let bad = [
            ("normalizer", json!({"type": "Precompiled", "precompiled_charsmap": "AAAA"})),
            ("normalizer", json!({"type": "BertNormalizer", "precompiled_charsmap": "AAAA"})),
            ("normalizer", json!({"precompiled_charsmap": "AAAA"})),
            ("normalizer", json!(["NFKC"])),
            (
                "normalizer",
                json!({"type": "Sequence", "normalizers": [{"type": "Lowercase"},
                    {"type": "Precompiled", "precompiled_charsmap": "AAAA"}]}),
            ),
            ("normalizer", json!({"type": "Sequence", "normalizers": {"type": "Lowercase"}})),
            ("normalizer", json!({"type": "Replace", "pattern": {"Regex": "(a|aa)+$"}, "content": ""})),
            (
                "pre_tokenizer",
                json!({"type": "Split", "pattern": {"Regex": "(a|aa)+$"}, "behavior": "Removed",
                "invert": false}),
            ),
            ("decoder", json!({"type": "Replace", "pattern": {"Regex": "("}, "content": ""})),
        ];
        for (part, value) in bad {
            let found = read(|json| json[part] = value.clone());
            assert!(matches!(found, Err(TokenizerError::Part { part: named }) if named == part), "{value}");
        }
        let fine = [
            ("normalizer", Value::Null),
            ("normalizer", json!({"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Lowercase"}]})),
            (
                "pre_tokenizer",
                json!({"type": "Sequence", "pretokenizers": [{"type": "Whitespace"},
                {"type": "Digits", "individual_digits": true}]}),
            ),
            ("decoder", Value::Null),
        ];
        for (part, value) in fine {
            let found = read(|json| json[part] = value.clone());
            assert!(found.is_ok(), "{value}: {found:?}");
        }
    }

    #[test]
    fn what_makes_a_text_take_hours_is_refused() {
        let normalizers = |count: usize| vec![json!({"type": "Lowercase"}); count];
        let sequence = |parts: Vec<Value>| json!({"type": "Sequence", "normalizers": parts});
        let with = |place: &str, value: Value| read(|json| *json.pointer_mut(place).unwrap() = value.clone());
        let (word, prefix) = ("/model/max_input_chars_per_word", "/model/continuing_subword_prefix");
        for (place, value) in [
            (word, json!(MOST_WORD)),
            (prefix, json!("#".repeat(MOST_PREFIX))),
            ("/normalizer", sequence(normalizers(MOST_PARTS))),
        ] {
            let found = with(place, value);
            assert!(found.is_ok(), "{place}: {found:?}");
        }
        for (place, part, value) in [
            (word, "model", json!(MOST_WORD + 1)),
            (word, "model", json!(u64::MAX)),
            (prefix, "model", json!("#".repeat(MOST_PREFIX + 1))),
            ("/normalizer", "normalizer", sequence(normalizers(MOST_PARTS + 1))),
            ("/normalizer", "normalizer", sequence(vec![sequence(normalizers(1))])),
        ] {
            let found = with(place, value);
            assert!(matches!(found, Err(TokenizerError::Part { part: named }) if named == part), "{place}: {found:?}");
        }
    }

    #[test]
    fn added_tokens_that_break_texts_are_refused() {
        let read = |content: &str, flag: &str| read(|json| json["added_tokens"] = added(content, flag));
        for (content, flag) in [("\u{301}", "normalized"), ("share", "rstrip")] {
            assert!(matches!(read(content, flag), Err(TokenizerError::Added { token }) if token == content));
        }
        let fine = read("<mask>", "lstrip").unwrap();
        assert_eq!(fine.pieces("We  <mask> share"), [14, 16, 15]);
    }

    #[test]
    fn no_text_yields_a_token_of_the_encoding() {
        for content in ["[SEP]", "[CLS]", "[PAD]", "[UNK]"] {
            let special = read(|json| json["added_tokens"] = added(content, "special")).unwrap();
            // Its brackets and its word, none of them in the vocabulary.
            assert_eq!(special.pieces(&format!("We {content} share")), [14, 1, 1, 1, 15], "{content}");
        }
        let only_added = read(|json| json["added_tokens"] = added("[SEP]", "single_word")).unwrap();
        assert_eq!(only_added.pieces("We [SEP] share"), [14, 1, 15]);
        let by_space = read(|json| {
            json["normalizer"] = Value::Null;
            json["pre_tokenizer"] = json!({"type": "WhitespaceSplit"});
        });
        assert_eq!(by_space.unwrap().pieces("we [SEP] [CLS] [unused1] [unused10] share"), [14, 1, 1, 1, 1, 15]);
    }

    #[test]
    fn the_highest_id_is_that_of_all_tokens() {
        assert_eq!(read(|_| ()).unwrap().highest_id(), 15);
        assert_eq!(read(|json| json["added_tokens"] = added("<new>", "special")).unwrap().highest_id(), 16);
        assert_eq!(read(|json| json["model"]["vocab"]["we"] = u32::MAX.into()).unwrap().highest_id(), u32::MAX);
        assert!(read(|json| json["model"]["vocab"]["we"] = (-1).into()).is_err());
    }
}
