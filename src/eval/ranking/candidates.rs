//! Document changes as rankings are measured on them: small, so that whole collections fit in memory.

use jiff::Timestamp;

use crate::eval::EvalError;
use crate::eval::baselines::Keywords;
use crate::eval::metrics::count;
use crate::rank::{Features, Status};
use crate::record::{ClauseChangeRecord, DocumentChangeRecord};
use crate::text::{TokenKind, tokens};

/// Counts key phrases of the categories in what changed.
#[derive(Debug)]
pub struct KeywordCounter(Keywords);

impl KeywordCounter {
    /// With the phrases of the baseline.
    ///
    /// # Errors
    /// When they are damaged.
    pub fn new() -> Result<Self, EvalError> {
        Keywords::new().map(Self)
    }
}

/// A document change that a ranking can place.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The collection's name.
    pub collection: String,
    /// The service.
    pub service: String,
    /// The path.
    pub path: String,
    /// The commit.
    pub commit: String,
    /// When.
    pub date: Timestamp,
    /// Returns to an earlier version.
    pub returns: bool,
    /// The priority as recorded.
    pub priority: f64,
    /// The features that it was read from.
    pub features: Features,
    /// Words that came or went.
    pub words: f64,
    /// Key phrases in them.
    pub keywords: f64,
    /// Substantive clause changes, each counted as sure as it is.
    pub substantive: f64,
    /// Whether a model judged.
    pub model: bool,
}

/// The document changes that rankings are compared on.
#[derive(Debug, Default)]
pub struct Candidates {
    /// Them, in the order of the records.
    pub all: Vec<Candidate>,
}

impl Candidates {
    /// Takes in a record, unless it is a first or a last one or a technical upgrade.
    ///
    /// # Errors
    /// When its date is none.
    pub fn take(&mut self, record: &DocumentChangeRecord, keywords: &KeywordCounter) -> Result<(), jiff::Error> {
        let status = |one: Status| record.status == one.id();
        if [Status::FirstRecord, Status::LastRecord, Status::Technical].into_iter().any(status) {
            return Ok(());
        }
        let features = Features::named(&record.signals);
        let (mut words, mut found, mut substantive) = (0, 0, 0.0);
        for clause in record.clauses.iter().filter(|clause| clause.kind != "moved") {
            for text in changed(clause) {
                words += tokens(text).iter().filter(|token| token.kind == TokenKind::Word).count();
                found += keywords.0.count(text);
            }
            let judged = clause.materiality.as_ref().filter(|judged| judged.id == "substantive");
            substantive += judged.map_or(0.0, |judged| judged.score);
        }
        self.all.push(Candidate {
            collection: record.collection.clone(),
            service: record.service.clone(),
            path: record.path.clone(),
            commit: record.commit.clone(),
            date: record.date.parse()?,
            returns: status(Status::Reversion) || status(Status::Oscillation),
            priority: record.priority,
            features,
            words: count(words),
            keywords: count(found),
            substantive,
            model: record.model.is_some(),
        });
        Ok(())
    }
}

/// What came and what went.
fn changed(clause: &ClauseChangeRecord) -> Vec<&str> {
    if clause.redline.is_empty() {
        return clause.before.iter().chain(&clause.after).map(String::as_str).collect();
    }
    clause.redline.iter().filter(|edit| edit.op != "equal").map(|edit| edit.text.as_str()).collect()
}
