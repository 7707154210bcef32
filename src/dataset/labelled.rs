//! A clause change with the labels that it should get: one JSON object a line.
//!
//! The fields of `classify`'s input with `materiality`, `categories`, `effect` and, if so, `unsure`
//! beside them. `collection`, `commit` and `path` are used where they are there; other fields are
//! passed over. Reading is strict: a label that is none, an id that comes twice, a line without a
//! text are errors that name the line, since a measure over half-read labels would be believed.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::json::JsonFault;
use super::label::MOST_INTEREST;
use crate::source::ClauseLine;
use crate::taxonomy::{Category, Effect, Materiality};

/// A clause change and what it should be judged to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledChange {
    /// The clause change with its context.
    pub clause: ClauseLine,
    /// Whether it matters.
    pub materiality: Materiality,
    /// What it touches, in the order of the taxonomy, each once.
    pub categories: Vec<Category>,
    /// What it means for the user.
    pub effect: Effect,
    /// Whether the annotator was unsure.
    pub unsure: bool,
    /// How much it would be worth a memo by itself, 0 to 4, where it was graded.
    pub interest: Option<u8>,
    /// The collection's name, where it is known.
    pub collection: Option<String>,
    /// The commit that records the change, where it is known.
    pub commit: Option<String>,
    /// Path of the document, where it is known.
    pub path: Option<String>,
}

impl LabelledChange {
    /// What names the document: its path, else the commit; none where neither is known.
    ///
    /// The collection is left out on purpose: `LinkedIn/Privacy Policy.md` of two jurisdictions is
    /// mostly the same text, so its items are not independent of each other.
    #[must_use]
    pub fn document(&self) -> Option<&str> {
        self.path.as_deref().or(self.commit.as_deref())
    }
}

/// Whether lines must carry the texts of the clause change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Texts {
    /// `before`, `after` or both: what a model needs.
    Required,
    /// Labels alone will do, as where two annotations are compared.
    Optional,
}

/// Why labels cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabelError {
    /// The file cannot be read.
    #[error("{}: cannot be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line is not JSON, or a field is missing or of another type.
    #[error(
        "{} line {line}: not a labelled clause change; each line is a JSON object with id, before, after, \
         materiality, categories and effect",
        path.display()
    )]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the parser said.
        source: JsonFault,
    },
    /// A label is not of the taxonomy.
    #[error("{} line {line}: {given:?} is no {what}; known: {known}", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Which label.
        what: &'static str,
        /// What stands there.
        given: String,
        /// The ids that may stand there.
        known: String,
    },
    /// A line has no id.
    #[error("{} line {line}: no id; give each item one of its own, so that predictions can be matched", path.display())]
    NoId {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A line has neither text.
    #[error(
        "{} line {line}: neither before nor after; put the texts back with `termsift dataset materialise`",
        path.display()
    )]
    NoText {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// An id comes twice.
    #[error("{} line {line}: id {id:?} stands on line {first} already; keep one of them", path.display())]
    Twice {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The line where it stands first.
        first: usize,
        /// The id.
        id: String,
    },
    /// There is no item.
    #[error("{}: no labelled clause change in it", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// One line as it stands in the file.
#[derive(Deserialize)]
struct Line {
    #[serde(flatten)]
    clause: ClauseLine,
    materiality: String,
    categories: Vec<String>,
    effect: String,
    #[serde(default)]
    unsure: bool,
    #[serde(default)]
    interest: Option<u8>,
    #[serde(default)]
    collection: Option<String>,
    #[serde(default)]
    commit: Option<String>,
    #[serde(default)]
    path: Option<String>,
}

/// Reads the labelled clause changes of the file `path`.
///
/// # Errors
/// When the file cannot be read, holds none, or a line is not one.
pub fn read_labelled(path: &Path, texts: Texts) -> Result<Vec<LabelledChange>, LabelError> {
    let file = File::open(path).map_err(|source| LabelError::Io { path: path.into(), source })?;
    read_labelled_from(BufReader::new(file), path, texts)
}

/// Reads labelled clause changes from `input`; `path` is for messages. Blank lines are passed over.
///
/// # Errors
/// As [`read_labelled`].
pub fn read_labelled_from(input: impl BufRead, path: &Path, texts: Texts) -> Result<Vec<LabelledChange>, LabelError> {
    let mut found = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (at, line) in input.lines().enumerate() {
        let number = at + 1;
        let line = line.map_err(|source| LabelError::Io { path: path.into(), source })?;
        // A byte order mark, as some editors write it.
        let line = line.trim_start_matches('\u{feff}');
        if line.trim().is_empty() {
            continue;
        }
        let parsed: Line = serde_json::from_str(line).map_err(|source| LabelError::Line {
            path: path.into(),
            line: number,
            source: source.into(),
        })?;
        let item = checked(parsed, path, number, texts)?;
        if let Some(first) = seen.insert(item.clause.id.clone(), number) {
            return Err(LabelError::Twice { path: path.into(), line: number, first, id: item.clause.id });
        }
        found.push(item);
    }
    if found.is_empty() { Err(LabelError::Empty { path: path.into() }) } else { Ok(found) }
}

fn checked(line: Line, path: &Path, number: usize, texts: Texts) -> Result<LabelledChange, LabelError> {
    let unknown = |what, given: &str, known: Vec<&str>| LabelError::Unknown {
        path: path.into(),
        line: number,
        what,
        given: given.to_owned(),
        known: known.join(", "),
    };
    if line.clause.id.is_empty() {
        return Err(LabelError::NoId { path: path.into(), line: number });
    }
    if texts == Texts::Required && line.clause.before.is_none() && line.clause.after.is_none() {
        return Err(LabelError::NoText { path: path.into(), line: number });
    }
    let materiality = Materiality::from_id(&line.materiality).ok_or_else(|| {
        unknown("materiality", &line.materiality, Materiality::ALL.iter().map(|it| it.id()).collect())
    })?;
    let effect = Effect::from_id(&line.effect)
        .ok_or_else(|| unknown("effect", &line.effect, Effect::ALL.iter().map(|it| it.id()).collect()))?;
    if let Some(grade) = line.interest.filter(|&grade| grade > MOST_INTEREST) {
        let grades = ["0", "1", "2", "3", "4"].to_vec();
        return Err(unknown("grade of interest", &grade.to_string(), grades));
    }
    let mut categories = line
        .categories
        .iter()
        .map(|id| {
            Category::from_id(id)
                .ok_or_else(|| unknown("category", id, Category::ALL.iter().map(|it| it.id()).collect()))
        })
        .collect::<Result<Vec<_>, _>>()?;
    categories.sort_unstable();
    categories.dedup();
    Ok(LabelledChange {
        clause: line.clause,
        materiality,
        categories,
        effect,
        unsure: line.unsure,
        interest: line.interest,
        collection: line.collection,
        commit: line.commit,
        path: line.path,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &str, texts: Texts) -> Result<Vec<LabelledChange>, LabelError> {
        read_labelled_from(lines.as_bytes(), Path::new("labels.jsonl"), texts)
    }

    const GOOD: &str = r#"{"id":"a","before":null,"after":"We sell data.","headings":["Sharing"],"lead_in":"","service":"S","terms_type":"Privacy Policy","kind":"added","path":"S/Privacy Policy.md","materiality":"substantive","categories":["targeted-advertising","data-sharing","data-sharing"],"effect":"adverse","annotator":"x"}"#;

    #[test]
    fn a_line_is_read_and_unknown_fields_are_passed_over() {
        let items = read(&format!("\u{feff}{GOOD}\n\n"), Texts::Required).unwrap();
        assert_eq!(items.len(), 1);
        assert_eq!(items[0].categories, [Category::DataSharing, Category::TargetedAdvertising]);
        assert_eq!(items[0].document(), Some("S/Privacy Policy.md"));
        assert_eq!(items[0].clause.headings, ["Sharing"]);
        assert!(!items[0].unsure && items[0].clause.before.is_none());
    }

    #[test]
    fn the_written_items_are_sound() {
        let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/clauses/written.jsonl"));
        // Strict: every label of the taxonomy, every id once, a text in each line.
        let items = read_labelled(path, Texts::Required).unwrap();
        assert!(items.len() > 1500);
        for item in items {
            assert_ne!(item.clause.before, item.clause.after, "{}", item.clause.id);
            let cosmetic = item.materiality == Materiality::Cosmetic;
            let id = &item.clause.id;
            assert!(!cosmetic || (item.categories.is_empty() && item.effect == Effect::Neutral), "{id}");
        }
    }

    #[test]
    fn errors_name_the_line_and_the_remedy() {
        let label = r#""materiality":"cosmetic","categories":[],"effect":"neutral""#;
        let cases = [
            (format!("{GOOD}\n{GOOD}"), "line 2: id \"a\" stands on line 1 already"),
            (GOOD.replace("\"adverse\"", "\"bad\""), "\"bad\" is no effect; known: adverse, favourable, neutral"),
            (GOOD.replace("\"substantive\"", "\"big\""), "line 1: \"big\" is no materiality"),
            (GOOD.replace("\"data-sharing\"", "\"sharing\""), "\"sharing\" is no category; known: data-collection"),
            (GOOD.replace("\"effect\"", "\"interest\":5,\"effect\""), "\"5\" is no grade of interest; known: 0, 1"),
            (GOOD.replace("\"a\"", "\"\""), "line 1: no id"),
            (format!("{{\"id\":\"b\",{label}}}"), "neither before nor after; put the texts back"),
            (format!("{GOOD}\n{{}}"), "line 2: not a labelled clause change"),
            (format!("{GOOD}\nnonsense"), "line 2: not a labelled clause change"),
            (String::new(), "no labelled clause change in it"),
        ];
        for (lines, expected) in cases {
            let said = read(&lines, Texts::Required).unwrap_err().to_string();
            assert!(said.contains(expected), "{said}");
        }
        assert_eq!(read(&format!("{{\"id\":\"b\",{label}}}"), Texts::Optional).unwrap().len(), 1);
    }
}
