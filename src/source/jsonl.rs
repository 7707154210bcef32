//! Clause changes given as JSON Lines: the input format of `termsift classify`.

use std::collections::HashMap;
use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use super::SourceError;
use super::collection::{Collection, Store};

/// One clause change that comes from outside.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct ClauseLine {
    /// What the giver calls it.
    #[serde(default)]
    pub id: String,
    /// The clause before; none if it was added.
    pub before: Option<String>,
    /// The clause after; none if it was removed.
    pub after: Option<String>,
    /// The headings above it, outermost first.
    #[serde(default)]
    pub headings: Vec<String>,
    /// What introduces its list.
    #[serde(default)]
    pub lead_in: String,
    /// The service.
    #[serde(default)]
    pub service: String,
    /// The terms type.
    #[serde(default)]
    pub terms_type: String,
}

/// Reads clause changes from `input`; `path` is for messages. Blank lines are passed over.
pub(super) fn read(input: impl BufRead, path: &Path) -> Result<Collection, SourceError> {
    let mut lines = Vec::new();
    for (index, line) in input.lines().enumerate() {
        let line = line.map_err(|source| SourceError::Io { path: path.into(), source })?;
        if line.trim().is_empty() {
            continue;
        }
        let parsed: ClauseLine = serde_json::from_str(&line).map_err(|source| SourceError::Line {
            path: path.into(),
            line: index + 1,
            source,
        })?;
        lines.push(parsed);
    }
    Ok(Collection {
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        documents: Vec::new(),
        permalinks: None,
        clause_lines: Arc::new(lines),
        store: Store::Memory(Arc::new(HashMap::new())),
    })
}
