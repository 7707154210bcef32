//! What of a clause change the heads look at.

/// The weights with which the last hidden states of a sequence are summed to its embedding: half of it
/// is the mean of the words that were deleted or inserted, half the mean of all tokens. In a long
/// clause with a short edit a plain mean is nearly the clause before the edit, and the label is about
/// the edit. Where nothing is marked as edited, all tokens count alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Focus {
    kept: f32,
    edited: f32,
}

impl Focus {
    /// For a sequence of `length` tokens with the types `types`.
    #[expect(clippy::cast_precision_loss, reason = "a clause has some hundred tokens")]
    pub(crate) fn on(types: &[u8], length: usize) -> Self {
        let edited = types.iter().take(length).filter(|&&kind| kind != 0).count();
        let all = 1.0 / length.max(1) as f32;
        if edited == 0 {
            return Self { kept: all, edited: all };
        }
        Self { kept: 0.5 * all, edited: 0.5 * all + 0.5 / edited as f32 }
    }

    /// The weight of a token of type `kind`.
    pub(crate) fn weight(self, kind: u8) -> f32 {
        if kind == 0 { self.kept } else { self.edited }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_add_up_to_one_and_edits_have_half() {
        let types = [0, 0, 1, 1, 0, 0, 0, 0];
        let focus = Focus::on(&types, types.len());
        let sum = |wanted: fn(u8) -> bool| -> f32 {
            types.iter().filter(|&&kind| wanted(kind)).map(|&kind| focus.weight(kind)).sum()
        };
        assert!((sum(|_| true) - 1.0).abs() < 1e-6);
        assert!((sum(|kind| kind == 1) - 0.625).abs() < 1e-6);
        let plain = Focus::on(&[0; 4], 4);
        assert!([0, 1].iter().all(|&kind| (plain.weight(kind) - 0.25).abs() < 1e-6));
        assert!((Focus::on(&[], 0).weight(0) - 1.0).abs() < 1e-6, "no division by nothing");
    }
}
