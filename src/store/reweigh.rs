//! Priorities by other weights, from what the records hold.

use rusqlite::{Transaction, TransactionBehavior, params};

use super::entry::{pack, unpack};
use super::{Maker, Store, StoreError};
use crate::rank::{Features, WeightSets, priority};
use crate::record::DocumentChangeRecord;

/// Records of this judge and this engine, but of other weights.
const OTHER_WEIGHTS: &str = "
    SELECT assessment.id, public_id, record FROM assessment
    JOIN document_change ON document_change.id = document_change_id
    WHERE current = 1 AND gone = 0 AND model_id = ?1 AND engine = ?2 AND weights <> ?3
    ORDER BY assessment.id LIMIT ?4";

impl Store {
    /// Sums the priorities of up to `most` records anew whose weights alone are stale, all or none. Returns how many it
    /// did; 0 once there are no more. No collection is read for it.
    ///
    /// # Errors
    /// When a record cannot be read, the disk is full, or the store fails.
    pub fn reweigh(&self, maker: &Maker, most: u32) -> Result<usize, StoreError> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let stale = stale(&transaction, maker, most)?;
        for (id, public_id, packed) in &stale {
            let damaged = |source| StoreError::Damaged { id: public_id.clone(), source };
            let mut record: DocumentChangeRecord =
                serde_json::from_slice(&unpack(packed).map_err(damaged)?).map_err(|error| damaged(error.into()))?;
            weigh(&mut record);
            let packed = pack(&serde_json::to_vec(&record).map_err(|error| StoreError::Pack(error.into()))?)?;
            transaction
                .prepare_cached("UPDATE assessment SET priority = ?2, record = ?3, weights = ?4 WHERE id = ?1")?
                .execute(params![id, record.priority, packed, maker.weights])?;
        }
        transaction.commit()?;
        Ok(stale.len())
    }
}

fn stale(transaction: &Transaction<'_>, maker: &Maker, most: u32) -> rusqlite::Result<Vec<(i64, String, Vec<u8>)>> {
    let mut statement = transaction.prepare_cached(OTHER_WEIGHTS)?;
    let rows = statement.query_map(params![maker.model, maker.engine, maker.weights, most], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    rows.collect()
}

/// What has one version only has no priority, whatever the weights.
fn weigh(record: &mut DocumentChangeRecord) {
    if record.priority_parts.is_empty() {
        return;
    }
    let weights = WeightSets::built_in().judged_by(record.model.is_some());
    let weighed = priority(&Features::named(&record.signals), weights);
    record.priority = weighed.value;
    record.priority_parts = weighed.parts;
}
