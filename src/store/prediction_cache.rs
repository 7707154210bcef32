//! The predictions of a model, kept across runs.

use std::borrow::Borrow;
use std::sync::{Mutex, PoisonError};

use rusqlite::{OptionalExtension as _, params};

use super::{Store, StoreError};
use crate::encode::ChangeKey;
use crate::infer::{CachedPrediction, PredictionCache};
use crate::model::OUTPUTS;

/// The cache of one model in a store. A cache cannot fail its caller: what the store refuses is a miss, and
/// [`StoredPredictions::trouble`] says why.
#[derive(Debug)]
pub struct StoredPredictions<S> {
    store: S,
    model: i64,
    trouble: Mutex<Option<StoreError>>,
}

impl<S: Borrow<Store>> StoredPredictions<S> {
    /// The predictions of the model in row `model`, see [`Store::model`].
    #[must_use]
    pub fn new(store: S, model: i64) -> Self {
        Self { store, model, trouble: Mutex::new(None) }
    }

    /// The first failure, if there was one.
    #[must_use]
    pub fn trouble(&self) -> Option<StoreError> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn note(&self, error: StoreError) {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }

    fn read(&self, keys: &[ChangeKey]) -> Result<Vec<Option<CachedPrediction>>, StoreError> {
        let connection = self.store.borrow().connection();
        let mut find =
            connection.prepare_cached("SELECT outputs FROM prediction_cache WHERE model_id = ?1 AND key = ?2")?;
        keys.iter()
            .map(|key| {
                let bytes: Option<Vec<u8>> = find.query_row(params![self.model, key.0], |row| row.get(0)).optional()?;
                Ok(bytes.and_then(|bytes| decoded(&bytes)))
            })
            .collect()
    }

    fn write(&self, entries: &[(ChangeKey, CachedPrediction)]) -> Result<(), StoreError> {
        let mut connection = self.store.borrow().connection();
        let transaction = connection.transaction()?;
        {
            let mut put = transaction.prepare_cached("INSERT OR IGNORE INTO prediction_cache VALUES (?1, ?2, ?3)")?;
            for (key, outputs) in entries {
                put.execute(params![self.model, key.0, encoded(outputs)])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }
}

impl<S: Borrow<Store> + Sync> PredictionCache for StoredPredictions<S> {
    fn get(&self, keys: &[ChangeKey]) -> Vec<Option<CachedPrediction>> {
        self.read(keys).unwrap_or_else(|error| {
            self.note(error);
            vec![None; keys.len()]
        })
    }

    fn put(&self, entries: &[(ChangeKey, CachedPrediction)]) {
        if let Err(error) = self.write(entries) {
            self.note(error);
        }
    }
}

fn encoded(outputs: &CachedPrediction) -> Vec<u8> {
    outputs.iter().flat_map(|output| output.to_le_bytes()).collect()
}

fn decoded(bytes: &[u8]) -> Option<CachedPrediction> {
    let (numbers, rest) = bytes.as_chunks::<4>();
    let mut outputs = [0.0; OUTPUTS];
    if numbers.len() != OUTPUTS || !rest.is_empty() {
        return None;
    }
    for (output, number) in outputs.iter_mut().zip(numbers) {
        *output = f32::from_le_bytes(*number);
    }
    Some(outputs)
}
