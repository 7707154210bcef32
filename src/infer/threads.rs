//! Threads that compute beside each other.
//!
//! Each takes the next piece of work when it is ready. Results are joined by their place, and what is
//! computed of an item must not depend on its batch: so the number of threads, the order of the items
//! and what else is among them change nothing, bit for bit.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::batch::batches;

/// Threads that each compute alone: a product inside one is not spread over others. Without any, the
/// thread that calls computes.
#[derive(Debug, Default)]
pub struct Workers {
    pools: Vec<rayon::ThreadPool>,
}

impl Workers {
    /// As many as `threads`; 0: as many as there are cores.
    ///
    /// # Errors
    /// When the system gives no more threads.
    pub fn new(threads: usize) -> Result<Self, rayon::ThreadPoolBuildError> {
        let threads = if threads > 0 { threads } else { std::thread::available_parallelism().map_or(1, usize::from) };
        let pools =
            (0..threads).map(|_| rayon::ThreadPoolBuilder::new().num_threads(1).build()).collect::<Result<_, _>>()?;
        Ok(Self { pools })
    }

    /// `work` of each of `count` tasks, in order.
    pub fn map<T: Send>(&self, count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
        if self.pools.is_empty() {
            return (0..count).map(work).collect();
        }
        let next = AtomicUsize::new(0);
        let done: Mutex<Vec<Option<T>>> = Mutex::new((0..count).map(|_| None).collect());
        let all = || {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                if at >= count {
                    break;
                }
                let result = work(at);
                if let Some(slot) = done.lock().unwrap_or_else(PoisonError::into_inner).get_mut(at) {
                    *slot = Some(result);
                }
            }
        };
        std::thread::scope(|scope| {
            for pool in self.pools.iter().take(count) {
                scope.spawn(|| pool.install(all));
            }
        });
        done.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect()
    }

    /// What `compute` says of each of as many items as there are `lengths`, in order. It is given the
    /// items in batches of about one length and at most `tokens` tokens, and answers with one result
    /// for each item of a batch.
    ///
    /// # Errors
    /// The first error of `compute`, in the order of the batches.
    pub fn in_batches<T: Send, E: Send>(
        &self,
        lengths: &[usize],
        tokens: usize,
        compute: impl Fn(&[usize]) -> Result<Vec<T>, E> + Sync,
    ) -> Result<Vec<T>, E> {
        let batches = batches(lengths, tokens);
        let computed = self.map(batches.len(), |at| match batches.get(at) {
            Some(batch) => compute(batch),
            None => Ok(Vec::new()),
        });
        let mut found: Vec<Option<T>> = lengths.iter().map(|_| None).collect();
        for (batch, results) in batches.iter().zip(computed) {
            for (&at, result) in batch.iter().zip(results?) {
                if let Some(slot) = found.get_mut(at) {
                    *slot = Some(result);
                }
            }
        }
        Ok(found.into_iter().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let lengths: Vec<usize> = (0..300).map(|at| at * 7 % 90).collect();
        let run = |workers: Workers| {
            let say = |batch: &[usize]| Ok::<_, ()>(batch.iter().map(|&at| (at, lengths[at])).collect());
            workers.in_batches(&lengths, 100, say).unwrap()
        };
        let expected: Vec<(usize, usize)> = lengths.iter().copied().enumerate().collect();
        assert_eq!(run(Workers::default()), expected);
        assert_eq!(run(Workers::new(1).unwrap()), expected);
        assert_eq!(run(Workers::new(7).unwrap()), expected);
        let none = Workers::new(2).unwrap().in_batches(&[], 100, |_| Ok::<Vec<u8>, ()>(Vec::new()));
        assert_eq!(none, Ok(Vec::new()));
    }

    #[test]
    fn an_error_is_that_of_the_first_batch_that_failed() {
        let fail = |batch: &[usize]| if batch.contains(&3) { Err(batch.len()) } else { Ok(vec![(); batch.len()]) };
        let found = Workers::new(2).unwrap().in_batches(&[10; 8], 20, fail);
        assert_eq!(found, Err(2));
    }
}
