//! What a whole report says of itself: how many document changes there are, how many pass the filters, and of when.

use std::cmp::Reverse;

use super::safe_text;
use super::words::{counted, spoken_period};
use crate::pipeline::{Order, ScanSummary};

/// The numbers of a report.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tally<'a> {
    summary: &'a ScanSummary,
    shown: usize,
}

impl<'a> Tally<'a> {
    /// Of a report that shows `shown` of the document changes that `summary` counts.
    pub(super) fn of(summary: &'a ScanSummary, shown: usize) -> Self {
        Self { summary, shown }
    }

    /// Those that are counted by their status.
    pub(super) fn read(self) -> usize {
        self.summary.by_status.values().sum::<usize>().max(self.passed())
    }

    /// Those that pass all filters, shown or not.
    pub(super) fn passed(self) -> usize {
        self.summary.passed.max(self.shown)
    }

    /// All that are recorded, before any filter.
    fn recorded(self) -> usize {
        self.summary.recorded.max(self.read())
    }

    /// Whether some of those that pass are news, and others are not.
    pub(super) fn is_mixed(self) -> bool {
        (1..self.summary.passed).contains(&self.summary.passed_noise)
    }

    /// From when to when those counted were recorded: `1 to 15 October 2025`.
    pub(super) fn period(self) -> Option<String> {
        self.summary.period.map(|(first, last)| spoken_period(&first.to_string(), &last.to_string()))
    }

    /// `146 document changes: 47 change, 8 rolling`.
    pub(super) fn by_status(self) -> String {
        let mut by_status: Vec<(&String, &usize)> = self.summary.by_status.iter().collect();
        by_status.sort_by_key(|&(status, count)| (Reverse(*count), status));
        let said: Vec<String> =
            by_status.iter().map(|(status, count)| format!("{count} {}", safe_text(status))).collect();
        let colon = if said.is_empty() { "" } else { ": " };
        format!("{}{colon}{}", counted(self.read(), "document change"), said.join(", "))
    }

    /// Why there is nothing, where no document change is even counted.
    pub(super) fn nothing(self) -> Option<String> {
        (self.read() == 0).then(|| self.none())
    }

    /// `None of 146 document changes passes the filters`.
    fn none(self) -> String {
        match self.recorded() {
            0 => "No document changes".to_owned(),
            1 => "The only document change does not pass the filters".to_owned(),
            all => format!("None of {all} document changes passes the filters"),
        }
    }

    /// How many of those counted pass the other filters, if not all do: `8 of them pass the filters`.
    pub(super) fn passing(self) -> Option<String> {
        (self.passed() < self.read()).then(|| match self.passed() {
            0 => "None of them passes the filters".to_owned(),
            1 => "1 of them passes the filters".to_owned(),
            passed => format!("{passed} of them pass the filters"),
        })
    }

    /// That all that pass are `here`, if they are: `8 of them pass the filters; all are shown`.
    pub(super) fn all_here(self, here: &str) -> Option<String> {
        (self.shown >= self.passed()).then(|| match (self.passing(), self.shown) {
            (None, _) => format!("All are {here}"),
            (Some(passing), 0) => passing,
            (Some(passing), 1) => format!("{passing}; it is {here}"),
            (Some(passing), _) => format!("{passing}; all are {here}"),
        })
    }

    /// What those shown are, where others pass too: `The 20 that most deserve a look`.
    pub(super) fn chosen(self) -> String {
        match (self.summary.order, self.shown) {
            (Order::Priority, 1) => "The one that most deserves a look".to_owned(),
            (Order::Priority, shown) => format!("The {shown} that most deserve a look"),
            (Order::History, 1) => "The first".to_owned(),
            (Order::History, shown) => format!("The first {shown}"),
        }
    }

    /// All of it in a sentence: `8 of 146 document changes pass the filters`, `The 20 that most deserve a look, of 37
    /// document changes`.
    pub(super) fn sentence(self) -> String {
        let (shown, passed) = (self.shown, self.passed());
        let filtered = passed < self.read();
        match (shown, passed) {
            (_, 0) => self.none(),
            (shown, passed) if shown < passed => {
                let filters = if filtered { " that pass the filters" } else { "" };
                format!("{}, of {}{filters}", self.chosen(), counted(passed, "document change"))
            }
            (shown, _) if filtered => {
                let pass = if shown == 1 { "passes" } else { "pass" };
                format!("{shown} of {} {pass} the filters", counted(self.recorded(), "document change"))
            }
            (shown, _) => counted(shown, "document change"),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    /// `recorded` document changes, of which `read` are counted, all of them with the status `change`.
    fn summary(recorded: usize, read: usize, passed: usize) -> ScanSummary {
        let by_status = (read > 0).then(|| ("change".to_owned(), read)).into_iter().collect();
        ScanSummary { recorded, read, passed, by_status, ..ScanSummary::default() }
    }

    #[test]
    fn what_passes_is_told_from_what_is_shown() {
        let cases = [
            ((146, 146, 146, 146), "146 document changes", Some("All are here")),
            ((146, 30, 30, 30), "30 document changes", Some("All are here")),
            (
                (146, 146, 8, 8),
                "8 of 146 document changes pass the filters",
                Some("8 of them pass the filters; all are here"),
            ),
            (
                (146, 30, 1, 1),
                "1 of 146 document changes passes the filters",
                Some("1 of them passes the filters; it is here"),
            ),
            (
                (146, 30, 0, 0),
                "None of 146 document changes passes the filters",
                Some("None of them passes the filters"),
            ),
            ((146, 0, 0, 0), "None of 146 document changes passes the filters", Some("All are here")),
            ((1, 0, 0, 0), "The only document change does not pass the filters", Some("All are here")),
            ((0, 0, 0, 0), "No document changes", Some("All are here")),
            ((146, 37, 37, 20), "The 20 that most deserve a look, of 37 document changes", None),
            (
                (146, 146, 37, 1),
                "The one that most deserves a look, of 37 document changes that pass the filters",
                None,
            ),
        ];
        for ((recorded, read, passed, shown), sentence, here) in cases {
            let summary = summary(recorded, read, passed);
            let tally = Tally::of(&summary, shown);
            assert_eq!(tally.sentence(), sentence);
            assert_eq!(tally.all_here("here").as_deref(), here, "{sentence}");
            assert_eq!(tally.nothing().is_some(), read == 0, "{sentence}");
        }
        let mut in_order = summary(5, 5, 5);
        in_order.order = Order::History;
        assert_eq!(Tally::of(&in_order, 3).sentence(), "The first 3, of 5 document changes");
    }

    #[test]
    fn the_period_is_that_of_all_that_are_counted() {
        let mut summary = ScanSummary::default();
        for (status, date) in [
            ("change", "2025-10-13T09:00:00Z"),
            ("rolling", "2025-10-15T09:00:00Z"),
            ("change", "2025-10-01T09:00:00Z"),
        ] {
            summary.count(status, date.parse::<Timestamp>().ok());
        }
        summary.pass("change");
        let tally = Tally::of(&summary, 1);
        assert_eq!(tally.period().as_deref(), Some("1 to 15 October 2025"));
        assert_eq!(tally.by_status(), "3 document changes: 2 change, 1 rolling");
        assert!(!tally.is_mixed());
        summary.pass("rolling");
        assert!(Tally::of(&summary, 1).is_mixed());
    }
}
