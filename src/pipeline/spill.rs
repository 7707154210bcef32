//! Records kept outside the memory until their rank is known.
//!
//! A scan of a whole collection finds gigabytes of clause changes, and the first one to print may be
//! found last. Records go to an unnamed temporary file, as compressed JSON, and come back in order.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

use crate::record::DocumentChangeRecord;

/// Where a record lies in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    at: u64,
    len: usize,
}

/// A record as it is kept. Done by the worker, outside of any lock.
pub(super) fn pack(record: &DocumentChangeRecord) -> io::Result<Vec<u8>> {
    Ok(lz4_flex::compress_prepend_size(&serde_json::to_vec(record)?))
}

/// The temporary file, gone when dropped, also when the process is killed.
#[derive(Debug)]
pub(super) struct Spill {
    file: BufWriter<File>,
    end: u64,
}

impl Spill {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { file: BufWriter::with_capacity(1 << 20, tempfile::tempfile()?), end: 0 })
    }

    pub(super) fn keep(&mut self, packed: &[u8]) -> io::Result<Place> {
        self.file.write_all(packed)?;
        let place = Place { at: self.end, len: packed.len() };
        self.end += packed.len() as u64;
        Ok(place)
    }

    /// The record at `place`, as JSON.
    pub(super) fn fetch(&mut self, place: Place) -> io::Result<Vec<u8>> {
        self.file.flush()?;
        let file = self.file.get_mut();
        file.seek(SeekFrom::Start(place.at))?;
        let mut packed = vec![0; place.len];
        file.read_exact(&mut packed)?;
        lz4_flex::decompress_size_prepended(&packed).map_err(io::Error::other)
    }
}
