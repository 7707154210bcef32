//! Gates: measures that must not fall below, or rise above, a bound.

use super::EvalError;
use super::measures::Measure;
use super::table::minus;

/// Which side of the bound fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fails {
    /// Values under it.
    Under,
    /// Values over it.
    Over,
}

/// A gate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gate {
    /// What is measured.
    pub measure: Measure,
    /// The bound; a value equal to it passes.
    pub bound: f64,
    /// Which side fails.
    pub fails: Fails,
}

/// What became of a gate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GateOutcome {
    /// The gate.
    pub gate: Gate,
    /// What was measured, if it is defined.
    pub value: Option<f64>,
}

impl Gate {
    /// Reads `macro_f1=0.70`.
    ///
    /// # Errors
    /// When the measure is unknown or the bound is no number.
    pub fn parse(given: &str, fails: Fails) -> Result<Self, EvalError> {
        let bad = |why: String| EvalError::Gate { given: given.to_owned(), why };
        let (name, bound) =
            given.split_once('=').ok_or_else(|| bad("give a measure and a bound, such as macro_f1=0.70".into()))?;
        let measure = Measure::from_id(name.trim()).ok_or_else(|| {
            let known: Vec<String> = Measure::overall().map(Measure::id).collect();
            bad(format!(
                "no measure is called {:?}; known: {}, and precision:, recall:, f1: or ap: with a category (f1:minors)",
                name.trim(),
                known.join(", ")
            ))
        })?;
        let bound = bound.trim().parse::<f64>().ok().filter(|bound| bound.is_finite());
        let bound = bound.ok_or_else(|| bad("the bound is no number".into()))?;
        Ok(Self { measure, bound, fails })
    }

    /// Holds it against `value`.
    #[must_use]
    pub fn outcome(self, value: Option<f64>) -> GateOutcome {
        GateOutcome { gate: self, value }
    }
}

impl GateOutcome {
    /// Whether it passes. What is not defined does not.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.value.is_some_and(|value| match self.gate.fails {
            Fails::Under => value >= self.gate.bound,
            Fails::Over => value <= self.gate.bound,
        })
    }

    /// It in words: `macro_f1 is 0.684, under 0.7`.
    #[must_use]
    pub fn said(&self) -> String {
        let (id, bound) = (self.gate.measure.id(), self.gate.bound);
        let Some(value) = self.value else {
            return format!("{id} is not defined on these labels (no category has enough items?)");
        };
        let relation = match (self.gate.fails, self.passed()) {
            (Fails::Under, true) => "not under",
            (Fails::Under, false) => "under",
            (Fails::Over, true) => "not over",
            (Fails::Over, false) => "over",
        };
        let rounded = format!("{value:.4}");
        // Four digits would say that 0.69999 is 0.7000 and yet under 0.7.
        let is_bound = rounded.parse::<f64>().is_ok_and(|shown| (shown - bound).abs() < 1e-9);
        let shown = if is_bound && !self.passed() { value.to_string() } else { rounded };
        format!("{id} is {}, {relation} {}", minus(&shown), minus(&bound.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_are_read_and_held() {
        let gate = Gate::parse("macro_f1=0.70", Fails::Under).unwrap();
        assert!(gate.outcome(Some(0.7)).passed() && !gate.outcome(Some(0.699)).passed());
        assert!(!gate.outcome(None).passed());
        let ece = Gate::parse("ece_materiality=0.05", Fails::Over).unwrap();
        assert!(ece.outcome(Some(0.05)).passed() && !ece.outcome(Some(0.06)).passed());
        assert_eq!(ece.outcome(Some(0.06)).said(), "ece_materiality is 0.0600, over 0.05");
        assert_eq!(gate.outcome(Some(0.69999)).said(), "macro_f1 is 0.69999, under 0.7");
        assert!(Gate::parse("f1:data-sharing=0.5", Fails::Under).is_ok());
        let kappa = Gate::parse("effect_kappa=-0.1", Fails::Under).unwrap();
        assert_eq!(kappa.outcome(Some(-0.2)).said(), "effect_kappa is −0.2000, under −0.1");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (given, expected) in [
            ("macro_f1", "such as macro_f1=0.70"),
            ("macro=0.7", "no measure is called \"macro\"; known: micro_precision"),
            ("macro_f1=high", "the bound is no number"),
            ("macro_f1=NaN", "the bound is no number"),
        ] {
            let said = Gate::parse(given, Fails::Under).unwrap_err().to_string();
            assert!(said.contains(expected), "{said}");
        }
    }
}
