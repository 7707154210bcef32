//! Clause changes given as JSON Lines: the input format of `termsift classify`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, Unexpected};

use super::SourceError;
use super::collection::{Collection, Store};
use crate::id::given_id;
use crate::outcome::Note;

/// The byte order mark that some programs write at the start of a file. It is no part of the first line.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// One clause change that comes from outside. What may be left out may also be null.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct ClauseLine {
    /// What the giver calls it; a number as text.
    #[serde(default, deserialize_with = "given_id")]
    pub id: String,
    /// The clause before; none if it was added.
    pub before: Option<String>,
    /// The clause after; none if it was removed.
    pub after: Option<String>,
    /// The headings above it, outermost first.
    #[serde(default, deserialize_with = "or_default")]
    pub headings: Vec<String>,
    /// What introduces its list.
    #[serde(default, deserialize_with = "or_default")]
    pub lead_in: String,
    /// The service.
    #[serde(default, deserialize_with = "or_default")]
    pub service: String,
    /// The terms type.
    #[serde(default, deserialize_with = "or_default")]
    pub terms_type: String,
    /// What had to be mended to read it.
    #[serde(skip)]
    pub notes: Vec<Note>,
}

/// Reads what may be null.
fn or_default<'de, T: Deserialize<'de> + Default, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// Reads clause changes from `input`; `path` is for messages. Blank lines are passed over.
pub(super) fn read(mut input: impl BufRead, path: &Path) -> Result<Collection, SourceError> {
    let mut lines = Vec::new();
    let mut bytes = Vec::new();
    for number in 1.. {
        bytes.clear();
        let failed = |source| SourceError::Io { path: path.into(), source };
        if input.read_until(b'\n', &mut bytes).map_err(failed)? == 0 {
            break;
        }
        let line: &[u8] = if number == 1 { bytes.strip_prefix(MARK).unwrap_or(&bytes) } else { &bytes };
        if line.trim_ascii().is_empty() {
            continue;
        }
        let bad = |source| SourceError::Line { path: path.into(), line: number, source };
        lines.push(parse(line).map_err(bad)?);
    }
    Ok(Collection {
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        documents: Vec::new(),
        permalinks: None,
        clause_lines: Arc::new(lines),
        store: Store::Memory(Arc::new(HashMap::new())),
    })
}

/// Reads one line: an object that gives `before`, `after` or both. Bytes that are not UTF-8 are replaced and noted.
fn parse(bytes: &[u8]) -> Result<ClauseLine, serde_json::Error> {
    let (text, notes) = match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), Vec::new()),
        Err(error) => (String::from_utf8_lossy(bytes), vec![Note::InvalidUtf8 { at: error.valid_up_to() }]),
    };
    // A list would pass for an object whose fields stand in their order.
    if text.trim_start().starts_with('[') {
        return Err(serde_json::Error::invalid_type(Unexpected::Seq, &"an object"));
    }
    let line: ClauseLine = serde_json::from_str(&text)?;
    if line.before.is_none() && line.after.is_none() {
        return Err(serde_json::Error::custom("neither before nor after is given"));
    }
    Ok(ClauseLine { notes, ..line })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_object_with_a_side() {
        for line in [r#"{"before":"a","after":"b"}"#, r#"{"after":"b"}"#, r#" {"before":"a","after":null}"#] {
            assert!(parse(line.as_bytes()).is_ok(), "{line}");
        }
        for (line, why) in [
            (r#"{"x":1}"#, "neither before nor after"),
            (r#"{"before":null,"after":null}"#, "neither before nor after"),
            (r#"["1","a","b",[],"","",""]"#, "expected an object"),
            (r#"{"before":7}"#, "invalid type"),
            (r#"{"id":[1],"after":"b"}"#, "the id is a list or an object; give text or a number"),
            ("7", "invalid type"),
        ] {
            let said = parse(line.as_bytes()).map_err(|error| error.to_string());
            assert!(said.as_ref().is_err_and(|said| said.contains(why)), "{line}: {said:?}");
        }
    }
    #[test]
    fn ids_may_be_numbers_and_what_may_be_left_out_may_be_null() {
        for (id, read) in [("7", "7"), ("\"7\"", "7"), ("-1.5", "-1.5"), ("null", "")] {
            let line = parse(format!("{{\"id\":{id},\"after\":\"b\",\"headings\":null,\"service\":null}}").as_bytes());
            let expected = ClauseLine { id: read.into(), after: Some("b".into()), ..ClauseLine::default() };
            assert_eq!(line.unwrap(), expected);
        }
    }
}
