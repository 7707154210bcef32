//! Stories and twins among all that is stored.
//!
//! The store keeps of each record what they are found by; they are found when records are read, since what is stored
//! tonight may be the twin of what was stored weeks ago. Who joins what is said by [`Stories`], as in a scan.

use rusqlite::{Row, Transaction, params};

use super::{Store, StoreError};
use crate::pipeline::{Related, Sketch, Stories};
use crate::record::PlaceRecord;

const SKETCHES: &str = "
    SELECT public_id, collection.name, service, terms_type, path, commit_id, date, cut, keys, url
    FROM sketch
    JOIN assessment ON assessment.id = assessment_id AND current = 1
    JOIN document_change ON document_change.id = document_change_id
    JOIN collection ON collection.id = collection_id
    WHERE gone = 0";

impl Store {
    /// The stories and twins of all current records whose commits are still in their histories: what one scan of the
    /// same collections finds.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn related(&self) -> Result<Related, StoreError> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(SKETCHES)?;
        let mut rows = statement.query([])?;
        let mut stories = Stories::default();
        while let Some(row) = rows.next()? {
            if let Some(sketch) = sketch(row)? {
                stories.take(sketch);
            }
        }
        Ok(stories.resolve())
    }
}

fn sketch(row: &Row<'_>) -> rusqlite::Result<Option<Sketch>> {
    let place = PlaceRecord {
        id: row.get(0)?,
        collection: row.get(1)?,
        service: row.get(2)?,
        terms_type: row.get(3)?,
        path: row.get(4)?,
        commit: row.get(5)?,
        date: row.get(6)?,
        url: row.get(9)?,
    };
    let Ok(date) = place.date.parse() else { return Ok(None) };
    let keys = unpacked(row.get_ref(8)?.as_blob()?);
    Ok(Sketch::kept(place, date, keys, row.get(7)?))
}

/// Keeps the sketch of an assessment.
pub(super) fn put(transaction: &Transaction<'_>, assessment: i64, sketch: &Sketch) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("INSERT INTO sketch (assessment_id, cut, keys, url) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![assessment, sketch.is_cut(), packed(sketch.keys()), sketch.url()])?;
    Ok(())
}

fn packed(keys: &[(u64, u64)]) -> Vec<u8> {
    keys.iter().flat_map(|(key, id)| [key.to_le_bytes(), id.to_le_bytes()]).flatten().collect()
}

fn unpacked(bytes: &[u8]) -> Vec<(u64, u64)> {
    let numbers: Vec<u64> = bytes.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
    numbers.as_chunks::<2>().0.iter().map(|&[key, id]| (key, id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back() {
        let keys = [(1, u64::MAX), (0x0102_0304_0506_0708, 0)];
        assert_eq!(unpacked(&packed(&keys)), keys);
    }
}
