//! Which sequences go through the encoder together.
//!
//! A batch holds whole sequences of about the same length, and so many of them that the work on it
//! stays in the second-level cache of one core. What a sequence's embedding is does not depend on
//! that; only the speed does.

/// Tokens of a batch unless told otherwise.
pub const BATCH_TOKENS: usize = 128;

/// Indices of sequences with the given `lengths`, in batches of at most `tokens` tokens; a longer
/// sequence is alone. The longest come first, so that the last batches, which end the work of the
/// workers together, are small.
#[must_use]
pub fn batches(lengths: &[usize], tokens: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    let length = |index: usize| lengths.get(index).copied().unwrap_or_default();
    order.sort_by_key(|&index| (std::cmp::Reverse(length(index)), index));
    let mut found: Vec<Vec<usize>> = Vec::new();
    let mut room = 0;
    for index in order {
        match found.last_mut() {
            Some(batch) if length(index) <= room => {
                room -= length(index);
                batch.push(index);
            }
            _ => {
                room = tokens.saturating_sub(length(index));
                found.push(vec![index]);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sequence_is_in_one_batch_and_none_is_too_large() {
        let lengths: Vec<usize> = (0..500).map(|at| (at * 37) % 150).collect();
        let found = batches(&lengths, 128);
        let mut all: Vec<usize> = found.iter().flatten().copied().collect();
        all.sort_unstable();
        assert_eq!(all, (0..500).collect::<Vec<_>>());
        for batch in &found {
            let tokens: usize = batch.iter().map(|&index| lengths[index]).sum();
            assert!(tokens <= 128 || batch.len() == 1, "{batch:?}");
        }
        let full = found.iter().map(|batch| batch.iter().map(|&index| lengths[index]).sum::<usize>());
        assert!(full.filter(|&tokens| tokens >= 64).count() * 10 > found.len() * 9, "batches are filled");
        assert!(batches(&[], 128).is_empty());
        assert_eq!(batches(&[5, 5, 300], 128), [vec![2], vec![0, 1]]);
    }
}
