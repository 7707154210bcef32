//! A record on its way into the store, taken apart by the thread that made it.

use std::io;

use sha2::{Digest as _, Sha256};

use super::StoreError;
use crate::pipeline::Sketch;
use crate::record::{ClauseChangeRecord, DocumentChangeRecord, Identities};

/// Stands for the commit in the links of a comparison. No link can hold it.
const COMMIT: &str = "\u{1}";
/// Speed before size: a higher level saves a tenth of the space and costs twice the time.
const LEVEL: i32 = 1;
/// What a document change costs to make again beyond its clauses, in bytes of clause text.
const BASE_COST: usize = 1000;

/// A clause change that was judged.
#[derive(Debug)]
pub(super) struct JudgedClause {
    pub(super) ordinal: usize,
    pub(super) public_id: String,
    pub(super) kind: String,
    pub(super) key: [u8; 16],
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    pub(super) materiality: (String, f64),
    pub(super) effect: Option<(String, f64)>,
    pub(super) categories: String,
}

/// The clause changes without what hangs on the commit.
#[derive(Debug)]
pub(super) struct Comparison {
    pub(super) hash: [u8; 32],
    pub(super) json: Vec<u8>,
}

/// A record, ready to be stored.
#[derive(Debug)]
pub struct Entry {
    /// Its clauses are taken out.
    pub(super) record: DocumentChangeRecord,
    pub(super) place: u32,
    pub(super) unreadable: bool,
    pub(super) packed: Vec<u8>,
    pub(super) clauses: Vec<JudgedClause>,
    pub(super) comparison: Option<Comparison>,
    pub(super) cost: usize,
    pub(super) sketch: Option<Sketch>,
}

impl Entry {
    /// Takes `record` apart; it stands at `place` of its collection's history. `sketch`: what its story and its twins are
    /// found by.
    ///
    /// # Errors
    /// When it cannot be packed.
    pub fn new(
        mut record: DocumentChangeRecord,
        place: u32,
        unreadable: bool,
        sketch: Option<Sketch>,
    ) -> Result<Self, StoreError> {
        let mut clauses = std::mem::take(&mut record.clauses);
        let judged: Vec<JudgedClause> =
            clauses.iter().enumerate().filter_map(|(ordinal, clause)| judged(ordinal, clause)).collect();
        let cost = BASE_COST + judged.iter().map(JudgedClause::bytes).sum::<usize>();
        let comparison = if clauses.is_empty() { None } else { Some(comparison(&mut clauses, &record.commit)?) };
        let packed = pack(&serde_json::to_vec(&record).map_err(|error| StoreError::Pack(error.into()))?)?;
        Ok(Self { record, place, unreadable, packed, clauses: judged, comparison, cost, sketch })
    }
}

impl JudgedClause {
    fn bytes(&self) -> usize {
        self.before.as_deref().map_or(0, str::len) + self.after.as_deref().map_or(0, str::len)
    }
}

fn judged(ordinal: usize, clause: &ClauseChangeRecord) -> Option<JudgedClause> {
    let materiality = clause.materiality.as_ref()?;
    Some(JudgedClause {
        ordinal,
        public_id: clause.id.clone(),
        kind: clause.kind.clone(),
        key: text_key(clause.before.as_deref(), clause.after.as_deref()),
        before: clause.before.clone(),
        after: clause.after.clone(),
        materiality: (materiality.id.clone(), materiality.score),
        effect: clause.effect.as_ref().map(|effect| (effect.id.clone(), effect.score)),
        categories: serde_json::to_string(&clause.categories).unwrap_or_default(),
    })
}

/// Identity of a pair of texts.
pub(super) fn text_key(before: Option<&str>, after: Option<&str>) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for text in [before, after] {
        hasher.update(text.map_or(u64::MAX, |text| text.len() as u64).to_le_bytes());
        hasher.update(text.unwrap_or_default());
    }
    hasher.finalize().first_chunk().copied().unwrap_or_default()
}

fn comparison(clauses: &mut [ClauseChangeRecord], commit: &str) -> Result<Comparison, StoreError> {
    for clause in clauses.iter_mut() {
        clause.id.clear();
        if let Some(url) = &mut clause.url {
            *url = url.replacen(commit, COMMIT, 1);
        }
    }
    let json = serde_json::to_vec(clauses).map_err(|error| StoreError::Pack(error.into()))?;
    Ok(Comparison { hash: Sha256::digest(&json).into(), json })
}

/// The whole record again.
pub(super) fn restored(packed: &[u8], comparison: Option<&[u8]>) -> io::Result<DocumentChangeRecord> {
    let mut record: DocumentChangeRecord = serde_json::from_slice(&unpack(packed)?)?;
    if let Some(comparison) = comparison {
        let mut clauses: Vec<ClauseChangeRecord> = serde_json::from_slice(&unpack(comparison)?)?;
        let mut identities = Identities::new(&record.id);
        for clause in &mut clauses {
            clause.id = identities.next(clause);
            if let Some(url) = &mut clause.url {
                *url = url.replacen(COMMIT, &record.commit, 1);
            }
        }
        record.clauses = clauses;
    }
    Ok(record)
}

pub(super) fn pack(bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    zstd::bulk::compress(bytes, LEVEL).map_err(StoreError::Pack)
}

pub(super) fn unpack(packed: &[u8]) -> io::Result<Vec<u8>> {
    zstd::stream::decode_all(packed)
}
