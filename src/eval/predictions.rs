//! Predictions read from a file: what `termsift classify --all-scores` wrote, so that any model of
//! anybody can be evaluated.
//!
//! `scores` holds every category's score; the scores of the materialities and effects may stand in
//! it too, or in objects of its own (`{"categories": {…}, "materiality": {…}, "effect": {…}}`). Where
//! only the likeliest materiality or effect is given, what is left of 1 is shared out evenly.

use std::collections::HashMap;
use std::io::BufRead;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::EvalError;
use super::scores::{CategorySet, Prediction, Predictor, Scores};
use crate::dataset::{JsonFault, LabelledChange};
use crate::id::given_id;
use crate::taxonomy::{Category, Effect, Materiality};

/// Predictions by the id of the item.
#[derive(Debug, Clone)]
pub struct StoredPredictions {
    name: String,
    path: PathBuf,
    by_id: HashMap<String, Prediction>,
}

#[derive(Deserialize)]
struct Line {
    #[serde(default, deserialize_with = "given_id")]
    id: String,
    error: Option<String>,
    materiality: Option<Scored>,
    effect: Option<Scored>,
    interest: Option<f64>,
    #[serde(default)]
    categories: Vec<Scored>,
    scores: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Scored {
    id: String,
    score: f64,
}

impl StoredPredictions {
    /// Reads the predictions of the file `path`, called `name` in reports.
    ///
    /// # Errors
    /// When it cannot be read, or a line is no prediction with all scores.
    pub fn read(path: &Path, name: &str) -> Result<Self, EvalError> {
        let io = |source| EvalError::Io { path: path.into(), source };
        let file = std::fs::File::open(path).map_err(io)?;
        let mut by_id = HashMap::new();
        for (at, line) in std::io::BufReader::new(file).lines().enumerate() {
            let line = line.map_err(io)?;
            // A byte order mark, as some editors write it.
            let line = line.trim_start_matches('\u{feff}');
            if line.trim().is_empty() {
                continue;
            }
            let bad = |why| EvalError::Prediction { path: path.into(), line: at + 1, why };
            let (id, prediction) = parsed(line).map_err(bad)?;
            if by_id.insert(id.clone(), prediction).is_some() {
                return Err(bad(format!("id {id:?} stands in the file already; keep one of them")));
            }
        }
        Ok(Self { name: name.to_owned(), path: path.into(), by_id })
    }
}

impl Predictor for StoredPredictions {
    fn name(&self) -> &str {
        &self.name
    }

    fn scores(&self, items: &[LabelledChange]) -> Result<Vec<Scores>, EvalError> {
        Ok(self.predict(items)?.into_iter().map(|prediction| prediction.scores).collect())
    }

    fn predict(&self, items: &[LabelledChange]) -> Result<Vec<Prediction>, EvalError> {
        let missing: Vec<&str> =
            items.iter().map(|item| item.clause.id.as_str()).filter(|id| !self.by_id.contains_key(*id)).collect();
        if let Some(first) = missing.first() {
            return Err(EvalError::Missing {
                path: self.path.clone(),
                missing: missing.len(),
                items: items.len(),
                first: (*first).to_owned(),
            });
        }
        Ok(items.iter().filter_map(|item| self.by_id.get(&item.clause.id).copied()).collect())
    }
}

fn parsed(line: &str) -> Result<(String, Prediction), String> {
    let line: Line =
        serde_json::from_str(line).map_err(|error| format!("not a prediction: {}", JsonFault::from(error)))?;
    let id = line.id;
    if id.is_empty() {
        return Err("no id".into());
    }
    if let Some(error) = line.error {
        return Err(format!("item {id:?} was not classified ({error}); mend it and classify again"));
    }
    let scores = line.scores.ok_or("no \"scores\"; write the predictions with `termsift classify --all-scores`")?;
    let mut categories = [0.0; super::scores::CATEGORIES];
    for (category, score) in Category::ALL.iter().zip(&mut categories) {
        *score = score_of(&scores, "categories", category.id())?
            .ok_or_else(|| format!("no score of {category}; use --all-scores"))?;
    }
    let shown = line
        .categories
        .iter()
        .map(|one| Category::from_id(&one.id).ok_or_else(|| format!("{:?} is no category", one.id)))
        .collect::<Result<CategorySet, String>>()?;
    let materialities: Vec<&str> = Materiality::ALL.iter().map(|one| one.id()).collect();
    let effects: Vec<&str> = Effect::ALL.iter().map(|one| one.id()).collect();
    let scores = Scores {
        categories,
        materiality: head(&scores, "materiality", line.materiality.as_ref(), &materialities)?,
        effect: head(&scores, "effect", line.effect.as_ref(), &effects)?,
        interest: line.interest,
    };
    if let Some(interest) = line.interest.filter(|interest| !(0.0..=1.0).contains(interest)) {
        return Err(format!("the interest is {interest}, not from 0 to 1"));
    }
    let prediction = Prediction::new(scores, shown);
    let place = |said: Option<&Scored>, group: &str, ids: &[&str], likeliest: usize| match said {
        Some(said) => place_of(&said.id, group, ids),
        None => Ok(likeliest),
    };
    let materiality = place(line.materiality.as_ref(), "materiality", &materialities, prediction.materiality())?;
    let effect = place(line.effect.as_ref(), "effect", &effects, prediction.effect())?;
    Ok((id, prediction.choosing(materiality, effect)))
}

/// The place of `id` among `ids`.
fn place_of(id: &str, group: &str, ids: &[&str]) -> Result<usize, String> {
    let found = ids.iter().position(|known| *known == id);
    found.ok_or_else(|| format!("{id:?} is no {group}; known: {}", ids.join(", ")))
}

/// The score of `id`, under `scores` or under `scores.group`.
fn score_of(scores: &Map<String, Value>, group: &str, id: &str) -> Result<Option<f64>, String> {
    let value = scores.get(group).and_then(|group| group.get(id)).or_else(|| scores.get(id));
    let Some(value) = value else { return Ok(None) };
    let score = value.as_f64().filter(|score| (0.0..=1.0).contains(score));
    score.map(Some).ok_or_else(|| format!("the score of {id} is {value}, not a number from 0 to 1"))
}

fn head(
    scores: &Map<String, Value>,
    group: &str,
    likeliest: Option<&Scored>,
    ids: &[&str],
) -> Result<[f64; 3], String> {
    let mut found = [None; 3];
    for (id, score) in ids.iter().zip(&mut found) {
        *score = score_of(scores, group, id)?;
    }
    if let [Some(a), Some(b), Some(c)] = found {
        return Ok([a, b, c]);
    }
    let likeliest = likeliest.ok_or_else(|| format!("no {group}"))?;
    let at = place_of(&likeliest.id, group, ids)?;
    if !(0.0..=1.0).contains(&likeliest.score) {
        return Err(format!("the score of {} is {}, not from 0 to 1", likeliest.id, likeliest.score));
    }
    // Under a third the rest would overtake it; it is the likeliest all the same.
    let score = likeliest.score.max(0.334);
    Ok(std::array::from_fn(|index| if index == at { score } else { (1.0 - score) / 2.0 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores() -> String {
        Category::ALL.iter().map(|category| format!("\"{category}\":0.25")).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn a_line_of_classify_is_read() {
        let line = format!(
            r#"{{"id":"a","materiality":{{"id":"clarifying","score":0.8}},"categories":[{{"id":"minors","score":0.25}}],"effect":{{"id":"adverse","score":0.6}},"scores":{{{},"adverse":0.6,"favourable":0.1,"neutral":0.3}}}}"#,
            scores()
        );
        let (id, prediction) = parsed(&line).unwrap();
        assert_eq!(id, "a");
        assert_eq!(prediction.categories.iter().collect::<Vec<_>>(), [Category::Minors]);
        assert_eq!((prediction.materiality(), prediction.effect()), (1, 0));
        assert!((prediction.scores.materiality[0] - 0.1).abs() < 1e-12);
        assert!((prediction.scores.effect[2] - 0.3).abs() < 1e-12);
        let nested = line.replace("\"scores\":{", "\"scores\":{\"categories\":{").replace("}}", "}}}");
        assert!(parsed(&nested).is_ok(), "{nested}");
        assert_eq!(parsed(&line.replace("\"id\":\"a\"", "\"id\":7")).unwrap().0, "7");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let whole = format!(
            r#"{{"id":"a","materiality":{{"id":"clarifying","score":0.8}},"effect":{{"id":"adverse","score":0.6}},"scores":{{{}}}}}"#,
            scores()
        );
        assert!(parsed(&whole).is_ok());
        let with_all = whole.replace("\"scores\":{", "\"scores\":{\"adverse\":0.6,\"favourable\":0.1,\"neutral\":0.3,");
        assert!(parsed(&with_all).is_ok(), "{with_all}");
        let cases = [
            (r#"{"id":"a","error":"no text"}"#.to_owned(), "was not classified (no text)"),
            (r#"{"id":"a"}"#.to_owned(), "--all-scores"),
            (whole.replace("\"minors\":0.25,", ""), "no score of minors"),
            (whole.replace("\"minors\":0.25", "\"minors\":1.5"), "the score of minors is 1.5"),
            (whole.replace("clarifying", "big"), "\"big\" is no materiality"),
            // What is shown must be known also where scores say which is the likeliest.
            (with_all.replace("\"id\":\"adverse\"", "\"id\":\"bad\""), "\"bad\" is no effect"),
            (whole.replace("\"id\":\"a\",", "\"id\":\"a\",\"interest\":2.5,"), "the interest is 2.5"),
            (whole.replace("\"id\":\"a\",", ""), "no id"),
            ("[]".to_owned(), "not a prediction"),
        ];
        for (line, expected) in cases {
            let said = parsed(&line).unwrap_err();
            assert!(said.contains(expected), "{said}");
        }
    }
}
