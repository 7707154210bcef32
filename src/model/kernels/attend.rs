//! Attention of one head over one clause.

use super::isa::Lanes;

/// Rows of queries that go together.
pub(super) const QUERIES: usize = 4;
/// Keys that go together.
pub(super) const KEYS: usize = 16;

/// One head over one clause, in pointers.
pub(super) struct Head {
    /// Queries, keys and values of the first token; the others follow at `stride`.
    pub(super) queries: *const f32,
    pub(super) keys: *const f32,
    pub(super) values: *const f32,
    pub(super) stride: usize,
    /// Tokens.
    pub(super) len: usize,
    /// Width of the head, a multiple of 16.
    pub(super) width: usize,
    /// Room for `width` × `len` rounded up to [`KEYS`].
    pub(super) transposed: *mut f32,
    /// Room for [`QUERIES`] × `len` rounded up to [`KEYS`].
    pub(super) scores: *mut f32,
    pub(super) out: *mut f32,
    pub(super) out_stride: usize,
}

/// Scores are powers of two: the factor that makes them so lies in the weights of the queries.
#[inline(always)]
pub(super) unsafe fn attend<L: Lanes>(head: &Head) {
    let padded = head.len.next_multiple_of(KEYS);
    transpose(head, padded);
    let mut first = 0;
    while first < head.len {
        // The last rows may be done twice; that changes nothing.
        let rows: [usize; QUERIES] = std::array::from_fn(|at| (first + at).min(head.len - 1));
        score::<L>(head, rows, padded);
        let mut shares = [0.0; QUERIES];
        for at in 0..QUERIES {
            shares[at] = 1.0 / softmax::<L>(head.scores.add(at * padded), head.len, padded);
        }
        mix::<L>(head, rows, shares, padded);
        first += QUERIES;
    }
}

/// Keys side by side; the columns past the last are zeros.
#[inline(always)]
unsafe fn transpose(head: &Head, padded: usize) {
    for column in 0..head.width {
        let to = head.transposed.add(column * padded);
        for key in 0..head.len {
            *to.add(key) = *head.keys.add(key * head.stride + column);
        }
        for key in head.len..padded {
            *to.add(key) = 0.0;
        }
    }
}

/// Queries times keys.
#[inline(always)]
unsafe fn score<L: Lanes>(head: &Head, rows: [usize; QUERIES], padded: usize) {
    for key in (0..padded).step_by(KEYS) {
        let mut sums = [[L::splat(0.0); 2]; QUERIES];
        for column in 0..head.width {
            let keys = head.transposed.add(column * padded + key);
            let (low, high) = (L::load(keys), L::load(keys.add(8)));
            for at in 0..QUERIES {
                let query = L::splat(*head.queries.add(rows[at] * head.stride + column));
                sums[at][0] = query.fma(low, sums[at][0]);
                sums[at][1] = query.fma(high, sums[at][1]);
            }
        }
        for at in 0..QUERIES {
            let to = head.scores.add(at * padded + key);
            sums[at][0].store(to);
            sums[at][1].store(to.add(8));
        }
    }
}

/// Powers of two of the scores less the greatest; returns their sum. Past `len` they become zero.
#[inline(always)]
unsafe fn softmax<L: Lanes>(scores: *mut f32, len: usize, padded: usize) -> f32 {
    for at in len..padded {
        *scores.add(at) = f32::NEG_INFINITY;
    }
    let mut greatest = L::load(scores);
    for at in (8..padded).step_by(8) {
        greatest = greatest.max(L::load(scores.add(at)));
    }
    let greatest = L::splat(greatest.greatest());
    let mut sum = L::splat(0.0);
    for at in (0..padded).step_by(8) {
        let power = exp2(L::load(scores.add(at)).sub(greatest));
        power.store(scores.add(at));
        sum = sum.add(power);
    }
    for at in len..padded {
        *scores.add(at) = 0.0;
    }
    // What the padding added is about 2^-126 each: nothing beside the 1 of the greatest.
    sum.sum()
}

/// Scores times values.
#[inline(always)]
unsafe fn mix<L: Lanes>(head: &Head, rows: [usize; QUERIES], shares: [f32; QUERIES], padded: usize) {
    for column in (0..head.width).step_by(16) {
        let mut sums = [[L::splat(0.0); 2]; QUERIES];
        for key in 0..head.len {
            let values = head.values.add(key * head.stride + column);
            let (low, high) = (L::load(values), L::load(values.add(8)));
            for at in 0..QUERIES {
                let share = L::splat(*head.scores.add(at * padded + key));
                sums[at][0] = share.fma(low, sums[at][0]);
                sums[at][1] = share.fma(high, sums[at][1]);
            }
        }
        for at in 0..QUERIES {
            let to = head.out.add(rows[at] * head.out_stride + column);
            sums[at][0].mul(L::splat(shares[at])).store(to);
            sums[at][1].mul(L::splat(shares[at])).store(to.add(8));
        }
    }
}

/// Two to the power of `x` between -0.5 and 0.5, by powers of `x`: the series of the exponential
/// function, cut after six terms. Within three parts in a million.
const EXP2_POWERS: [f32; 6] = [1.0, 0.693_147_2, 0.240_226_5, 0.055_504_11, 0.009_618_13, 0.001_333_36];

/// Two to the power of `x`, for `x` up to 0; what is below -126 counts as that.
#[inline(always)]
pub(super) unsafe fn exp2<L: Lanes>(x: L) -> L {
    let x = x.max(L::splat(-126.0));
    let whole = x.round();
    let rest = x.sub(whole);
    let mut sum = L::splat(EXP2_POWERS[5]);
    sum = sum.fma(rest, L::splat(EXP2_POWERS[4]));
    sum = sum.fma(rest, L::splat(EXP2_POWERS[3]));
    sum = sum.fma(rest, L::splat(EXP2_POWERS[2]));
    sum = sum.fma(rest, L::splat(EXP2_POWERS[1]));
    sum = sum.fma(rest, L::splat(EXP2_POWERS[0]));
    sum.mul(whole.power_of_two())
}
