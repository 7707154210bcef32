//! The word-level redline of one modified clause.
//!
//! Equal ends are set apart; inside, the common words that weigh most are kept (a weighted
//! longest common subsequence that favours unbroken runs), so that an edit reads as a person
//! would mark it. Short words that happen to recur between two edits are not worth an island
//! and join them. Quadratic in the words between the equal ends; past [`MOST_CELLS`] a histogram
//! diff takes over, and past [`MOST_TOKENS`] all between the ends is one replacement: no person reads
//! the redline of such a clause, and a histogram of words that all recur is quadratic too.

use imara_diff::{Algorithm, Diff, InternedInput, Token as Interned, TokenSource};

use crate::text::{Span, Token, TokenKind, offset, tokens};

/// Cells of the table that are filled at most (a byte each).
const MOST_CELLS: usize = 2_000_000;
/// Tokens between the equal ends, of both sides together, that are compared at all.
const MOST_TOKENS: usize = 30_000;
/// Bonus for a match that goes on where the one before ended.
const RUN: i32 = 3;

/// What an edit does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// The words stay.
    Equal,
    /// The words go.
    Delete,
    /// The words come.
    Insert,
}

/// One edit. Both spans are set for `Equal`; otherwise the other side's span is empty and says where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Edit {
    /// What it does.
    pub op: Op,
    /// Where its words stand in the old text.
    pub old: Span,
    /// Where its words stand in the new text.
    pub new: Span,
}

/// The edits from an old text to a new one. They tile both texts; a deletion comes before the
/// insertion that replaces it; no two neighbours do the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redline {
    edits: Vec<Edit>,
}

impl Redline {
    /// The edits in order.
    #[must_use]
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// Whether no word changed.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.edits.iter().all(|edit| edit.op == Op::Equal)
    }

    /// The texts with the given `op`, of the old text for deletions, else of the new.
    pub fn texts<'a>(&'a self, op: Op, old: &'a str, new: &'a str) -> impl Iterator<Item = &'a str> {
        self.edits.iter().filter(move |edit| edit.op == op).map(move |edit| match op {
            Op::Delete => edit.old.of(old),
            Op::Equal | Op::Insert => edit.new.of(new),
        })
    }

    /// The redline back from new to old.
    #[must_use]
    pub(super) fn mirrored(self) -> Self {
        let flipped = self.edits.into_iter().map(|Edit { op, old, new }| Edit {
            op: match op {
                Op::Equal => Op::Equal,
                Op::Delete => Op::Insert,
                Op::Insert => Op::Delete,
            },
            old: new,
            new: old,
        });
        let mut edits: Vec<Edit> = flipped.collect();
        for at in 1..edits.len() {
            if let Some([first @ Edit { op: Op::Insert, .. }, second @ Edit { op: Op::Delete, .. }]) =
                edits.get_mut(at - 1..=at)
            {
                std::mem::swap(first, second);
                first.new = Span { start: second.new.start, end: second.new.start };
                second.old = Span { start: first.old.end, end: first.old.end };
            }
        }
        Self { edits }
    }
}

/// The redline from `old` to `new`. `redline(a, b)` mirrors `redline(b, a)`.
#[must_use]
pub fn redline(old: &str, new: &str) -> Redline {
    if old <= new { forward(old, new) } else { forward(new, old).mirrored() }
}

fn forward(old: &str, new: &str) -> Redline {
    let (a, b) = (tokens(old), tokens(new));
    let same = |x: &Token, y: &Token| x.kind == y.kind && x.span.of(old) == y.span.of(new);
    let head = a.iter().zip(&b).take_while(|(x, y)| same(x, y)).count();
    let (a_rest, b_rest) = (a.get(head..).unwrap_or_default(), b.get(head..).unwrap_or_default());
    let tail = a_rest.iter().rev().zip(b_rest.iter().rev()).take_while(|(x, y)| same(x, y)).count();
    let a_mid = a_rest.get(..a_rest.len() - tail).unwrap_or_default();
    let b_mid = b_rest.get(..b_rest.len() - tail).unwrap_or_default();

    let mut kept = vec![(0, 0, head)];
    if a_mid.len().saturating_mul(b_mid.len()) <= MOST_CELLS {
        kept.extend(heaviest_common(a_mid, b_mid, old, new).into_iter().map(|(x, y)| (head + x, head + y, 1)));
    } else if a_mid.len() + b_mid.len() <= MOST_TOKENS {
        kept.extend(histogram(a_mid, b_mid, old, new).into_iter().map(|(x, y, n)| (head + x, head + y, n)));
    }
    kept.push((a.len() - tail, b.len() - tail, tail));
    let runs = drop_islands(joined_runs(kept), &a, old, (a.len(), b.len()));
    build(&runs, &a, &b, old, new)
}

/// A run of equal tokens: where it starts on both sides, and its length.
type Run = (usize, usize, usize);

fn joined_runs(kept: Vec<Run>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (a, b, n) in kept.into_iter().filter(|run| run.2 > 0) {
        match runs.last_mut() {
            Some(last) if last.0 + last.2 == a && last.1 + last.2 == b => last.2 += n,
            _ => runs.push((a, b, n)),
        }
    }
    runs
}

fn weight(token: &Token) -> i32 {
    match token.kind {
        TokenKind::Space => 1,
        TokenKind::Mark => 3,
        TokenKind::Word => 6 + i32::try_from(token.span.len().min(10)).unwrap_or(10),
    }
}

/// Pairs of tokens kept: the common subsequence that weighs most.
fn heaviest_common(a: &[Token], b: &[Token], old: &str, new: &str) -> Vec<(usize, usize)> {
    if a.is_empty() || b.is_empty() {
        return Vec::new();
    }
    const UP: u8 = 0;
    const LEFT: u8 = 1;
    const KEEP: u8 = 2;
    /// Set in a cell whose own match goes on from the match before it.
    const GOES_ON: u8 = 4;
    let width = b.len() + 1;
    let mut steps = vec![UP; (a.len() + 1) * width];
    // Row by row: the best score, and the best score that ends in a match.
    let (mut best, mut ending) = (vec![0_i32; width], vec![i32::MIN / 2; width]);
    for (i, x) in a.iter().enumerate() {
        let (mut corner, mut corner_ending) = (best[0], ending[0]);
        ending[0] = i32::MIN / 2;
        for (j, y) in b.iter().enumerate() {
            let (above, above_ending) = (best[j + 1], ending[j + 1]);
            let mut step = if above >= best[j] { UP } else { LEFT };
            let mut score = above.max(best[j]);
            let mut matched = i32::MIN / 2;
            if x.kind == y.kind && x.span.len() == y.span.len() && x.span.of(old) == y.span.of(new) {
                let goes_on = corner_ending + RUN >= corner;
                matched = weight(x) + if goes_on { corner_ending + RUN } else { corner };
                if matched >= score {
                    score = matched;
                    step = KEEP;
                }
                if goes_on {
                    step |= GOES_ON;
                }
            }
            (corner, corner_ending) = (above, above_ending);
            best[j + 1] = score;
            ending[j + 1] = matched;
            steps[(i + 1) * width + j + 1] = step;
        }
    }
    let (mut i, mut j, mut forced) = (a.len(), b.len(), false);
    let mut kept = Vec::new();
    while i > 0 && j > 0 {
        let step = steps[i * width + j];
        if forced || step & 3 == KEEP {
            kept.push((i - 1, j - 1));
            forced = step & GOES_ON != 0;
            (i, j) = (i - 1, j - 1);
        } else if step & 3 == UP {
            i -= 1;
        } else {
            j -= 1;
        }
    }
    kept.reverse();
    kept
}

struct Texts<'a>(&'a [Token], &'a str);

impl<'a> TokenSource for Texts<'a> {
    type Token = &'a str;
    type Tokenizer = Box<dyn Iterator<Item = &'a str> + 'a>;

    fn tokenize(&self) -> Self::Tokenizer {
        let text = self.1;
        Box::new(self.0.iter().map(move |token| token.span.of(text)))
    }

    fn estimate_tokens(&self) -> u32 {
        offset(self.0.len())
    }
}

/// Runs kept, for clauses too long for the table.
fn histogram(a: &[Token], b: &[Token], old: &str, new: &str) -> Vec<Run> {
    let input: InternedInput<&str> = InternedInput::new(Texts(a, old), Texts(b, new));
    let _: &[Interned] = &input.before;
    let diff = Diff::compute(Algorithm::Histogram, &input);
    let (mut x, mut y) = (0, 0);
    let mut runs = Vec::new();
    for hunk in diff.hunks() {
        runs.push((x, y, hunk.before.start as usize - x));
        (x, y) = (hunk.before.end as usize, hunk.after.end as usize);
    }
    runs.push((x, y, a.len().saturating_sub(x)));
    runs
}

/// Drops the runs between two edits that hold no more than a short word: "[-the-]{+our+} of
/// [-data-]{+terms+}" reads better as one replacement.
fn drop_islands(runs: Vec<Run>, a: &[Token], old: &str, ends: (usize, usize)) -> Vec<Run> {
    runs.into_iter()
        .filter(|&(x, y, n)| {
            let at_start = x == 0 && y == 0;
            let at_end = (x + n, y + n) == ends;
            at_start || at_end || {
                let words: Vec<&str> = a
                    .get(x..x + n)
                    .unwrap_or_default()
                    .iter()
                    .filter(|token| token.kind == TokenKind::Word)
                    .map(|token| token.span.of(old))
                    .collect();
                words.len() >= 2 || words.iter().any(|word| word.chars().count() >= 4)
            }
        })
        .collect()
}

/// Edits from the kept runs.
fn build(runs: &[Run], a: &[Token], b: &[Token], old: &str, new: &str) -> Redline {
    let place =
        |tokens: &[Token], at: usize, text: &str| tokens.get(at).map_or(offset(text.len()), |token| token.span.start);
    let mut edits = Vec::new();
    let (mut x, mut y) = (0, 0);
    for &(run_x, run_y, n) in runs.iter().chain(&[(a.len(), b.len(), 0)]) {
        let (old_gap, new_gap) = (
            Span { start: place(a, x, old), end: place(a, run_x, old) },
            Span { start: place(b, y, new), end: place(b, run_y, new) },
        );
        if !old_gap.is_empty() {
            edits.push(Edit { op: Op::Delete, old: old_gap, new: Span { start: new_gap.start, end: new_gap.start } });
        }
        if !new_gap.is_empty() {
            edits.push(Edit { op: Op::Insert, old: Span { start: old_gap.end, end: old_gap.end }, new: new_gap });
        }
        (x, y) = (run_x + n, run_y + n);
        if n > 0 {
            edits.push(Edit {
                op: Op::Equal,
                old: Span { start: old_gap.end, end: place(a, x, old) },
                new: Span { start: new_gap.end, end: place(b, y, new) },
            });
        }
    }
    Redline { edits }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `[-deleted-]{+inserted+}` notation.
    fn marked(old: &str, new: &str) -> String {
        redline(old, new)
            .edits()
            .iter()
            .map(|edit| match edit.op {
                Op::Equal => edit.new.of(new).to_owned(),
                Op::Delete => format!("[-{}-]", edit.old.of(old)),
                Op::Insert => format!("{{+{}+}}", edit.new.of(new)),
            })
            .collect()
    }

    #[test]
    fn redlines_as_a_person_would_mark_them() {
        let cases = [
            (
                "We share data with Oskelund Ltd.",
                "We share data with Oskelund Ltd or any of its units (e.g., Tarnwick, Inc.).",
                "We share data with Oskelund Ltd{+ or any of its units (e.g., Tarnwick, Inc.)+}.",
            ),
            (
                "to any third-party network",
                "to any non-Affiliated third-party network",
                "to any {+non-Affiliated +}third-party network",
            ),
            ("You may post.", "You will not post.", "You [-may-]{+will not+} post."),
            ("kept for 30 days", "kept for 90 days", "kept for [-30-]{+90+} days"),
            ("a b", "a b", "a b"),
            ("", "new", "{+new+}"),
        ];
        for (old, new, expected) in cases {
            assert_eq!(marked(old, new), expected);
        }
    }

    #[test]
    fn a_clause_that_nobody_reads_is_replaced_as_a_whole() {
        let old = format!("first {} last", "may share, ".repeat(20_000));
        let new = format!("first {} last", "share may, ".repeat(20_000));
        let redline = redline(&old, &new);
        let ops: Vec<Op> = redline.edits().iter().map(|edit| edit.op).collect();
        assert_eq!(ops, [Op::Equal, Op::Delete, Op::Insert, Op::Equal]);
    }

    fn text() -> impl Strategy<Value = String> {
        prop::collection::vec(
            prop::sample::select(vec![
                "we", "may", "share", "data", " ", " ", ",", "é", "数", "not", "our", "partners", ".",
            ]),
            0..40,
        )
        .prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn edits_tile_both_texts(old in text(), new in text()) {
            let edits = redline(&old, &new).edits;
            let side = |of: fn(&Edit) -> Span, text: &str| edits.iter().map(|edit| of(edit).of(text)).collect::<String>();
            prop_assert_eq!(side(|edit| edit.old, &old), old.clone());
            prop_assert_eq!(side(|edit| edit.new, &new), new.clone());
            for edit in &edits {
                if edit.op == Op::Equal {
                    prop_assert_eq!(edit.old.of(&old), edit.new.of(&new));
                }
            }
            prop_assert!(edits.windows(2).all(|pair| pair[0].op != pair[1].op));
            prop_assert!(edits.windows(2).all(|pair| !(pair[0].op == Op::Insert && pair[1].op == Op::Delete)));
        }

        #[test]
        fn redlines_mirror(old in text(), new in text()) {
            prop_assert_eq!(redline(&old, &new).mirrored(), redline(&new, &old));
        }

        #[test]
        fn the_table_and_the_histogram_keep_only_what_is_equal(old in text(), new in text()) {
            let (a, b) = (tokens(&old), tokens(&new));
            for (x, y, n) in histogram(&a, &b, &old, &new) {
                for at in 0..n {
                    prop_assert_eq!(a[x + at].span.of(&old), b[y + at].span.of(&new));
                }
            }
        }
    }
}
