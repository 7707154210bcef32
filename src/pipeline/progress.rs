//! How a run tells where it is.

/// Told by the pipeline how far it is; called from several threads.
pub trait Progress: Sync {
    /// So many document changes will be read.
    fn start(&self, total: u64);
    /// So many more have been read.
    fn advance(&self, done: u64);
    /// All have been read.
    fn finish(&self);
}

/// Says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn start(&self, _total: u64) {}
    fn advance(&self, _done: u64) {}
    fn finish(&self) {}
}
