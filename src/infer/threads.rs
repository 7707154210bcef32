//! Embeddings of many sequences by several workers.
//!
//! Each worker runs on one thread with memory of its own and takes the next batch when it is ready.
//! Results are joined by index, and none depends on its batch: so the number of workers, the order of
//! the list and what else is in it change nothing, bit for bit.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::batch::{BATCH_TOKENS, batches};
use super::dedup::distinct;
use crate::model::{QuantisedEncoder, Scratch, TokenSequence};

/// How many workers, and how much each takes at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Workers {
    /// Threads.
    pub threads: NonZeroUsize,
    /// Tokens of a batch.
    pub batch_tokens: usize,
}

impl Workers {
    /// `threads` workers with batches of the usual size.
    #[must_use]
    pub fn new(threads: NonZeroUsize) -> Self {
        Self { threads, batch_tokens: BATCH_TOKENS }
    }
}

/// The embeddings of `sequences`, one after the other; equal sequences are computed once.
#[must_use]
pub fn embed(encoder: &QuantisedEncoder, sequences: &[TokenSequence<'_>], workers: Workers) -> Vec<f32> {
    let distinct = distinct(sequences);
    let width = encoder.width();
    let encode =
        |batch: &[TokenSequence<'_>], scratch: &mut Scratch, out: &mut [f32]| encoder.encode(batch, scratch, out);
    let found = compute(&distinct.sequences, width, workers, encode);
    let mut all = Vec::with_capacity(sequences.len() * width);
    for place in distinct.places {
        all.extend_from_slice(found.get(place * width..(place + 1) * width).unwrap_or_default());
    }
    all
}

/// What `encode` says of each of `sequences`: `width` values each, in order. `S` is memory that a
/// worker keeps from batch to batch.
pub fn compute<S: Default>(
    sequences: &[TokenSequence<'_>],
    width: usize,
    workers: Workers,
    encode: impl Fn(&[TokenSequence<'_>], &mut S, &mut [f32]) + Sync,
) -> Vec<f32> {
    let lengths: Vec<usize> = sequences.iter().map(|sequence| sequence.ids.len()).collect();
    let batches = batches(&lengths, workers.batch_tokens);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut memory = S::default();
        let mut done = Vec::new();
        while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
            let some: Vec<TokenSequence<'_>> =
                batch.iter().filter_map(|&index| sequences.get(index).copied()).collect();
            let mut out = vec![0.0; some.len() * width];
            encode(&some, &mut memory, &mut out);
            done.push((batch, out));
        }
        done
    };
    let mut all = vec![0.0; sequences.len() * width];
    let mut put = |done: Vec<(&Vec<usize>, Vec<f32>)>| {
        for (batch, out) in done {
            for (&index, values) in batch.iter().zip(out.chunks_exact(width.max(1))) {
                if let Some(to) = all.get_mut(index * width..(index + 1) * width) {
                    to.copy_from_slice(values);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..workers.threads.get().min(batches.len().max(1))).map(|_| scope.spawn(work)).collect();
        put(work());
        for other in others {
            match other.join() {
                Ok(done) => put(done),
                // A defect in a worker is one in the whole.
                Err(cause) => std::panic::resume_unwind(cause),
            }
        }
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_sequences() {
        let ids: Vec<Vec<u32>> = (0..300_u32).map(|at| (0..=at % 90).map(|id| id * at).collect()).collect();
        let sequences: Vec<TokenSequence<'_>> = ids.iter().map(|ids| TokenSequence { ids, types: &[] }).collect();
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let encode = |batch: &[TokenSequence<'_>], calls: &mut usize, out: &mut [f32]| {
            *calls += 1;
            for (sequence, out) in batch.iter().zip(out.chunks_exact_mut(2)) {
                out[0] = sequence.ids.len() as f32;
                out[1] = sequence.ids.iter().sum::<u32>() as f32;
            }
        };
        let run = |threads| {
            let workers = Workers { threads: NonZeroUsize::new(threads).unwrap(), batch_tokens: 100 };
            compute(&sequences, 2, workers, encode)
        };
        let one = run(1);
        for (sequence, found) in sequences.iter().zip(one.chunks_exact(2)) {
            let mut expected = [0.0; 2];
            encode(&[*sequence], &mut 0, &mut expected);
            assert_eq!(found, expected);
        }
        assert_eq!(one, run(2));
        assert_eq!(one, run(7));
        assert!(compute(&[], 2, Workers::new(NonZeroUsize::MIN), encode).is_empty());
    }
}
