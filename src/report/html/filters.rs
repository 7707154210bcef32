//! The form that filters the entries of a page.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::record::DocumentChangeRecord;
use crate::report::elsewhere::UNSURE;
use crate::report::safe_text;
use crate::report::words::spoken;

/// What there is to choose from, with how many entries have it.
#[derive(Debug, Default)]
pub(super) struct Filters {
    choices: BTreeMap<&'static str, BTreeMap<String, usize>>,
}

/// Names of the choices, and their labels, in the order of the form.
const FIELDS: [(&str, &str); 9] = [
    ("category", "Category"),
    ("status", "Status"),
    ("service", "Service"),
    ("type", "Terms type"),
    ("materiality", "Materiality"),
    ("effect", "Effect"),
    ("decision", "Decision"),
    ("jurisdiction", "Jurisdiction named"),
    ("collection", "Collection"),
];

/// The values of `record` in each field.
pub(super) fn values(record: &DocumentChangeRecord) -> [(&'static str, Vec<String>); FIELDS.len()] {
    let facts = &record.facts;
    let mut places: Vec<String> = facts
        .jurisdictions
        .iter()
        .chain(&facts.jurisdictions_added)
        .chain(&facts.jurisdictions_dropped)
        .cloned()
        .collect();
    places.sort();
    places.dedup();
    [
        ("category", record.categories.iter().map(|category| category.id.clone()).collect()),
        ("status", vec![record.status.clone()]),
        ("service", vec![record.service.clone()]),
        ("type", vec![record.terms_type.clone()]),
        ("materiality", record.materiality.iter().cloned().collect()),
        ("effect", record.effect.iter().cloned().collect()),
        ("decision", vec![if record.unsure { UNSURE } else { "clear" }.to_owned()]),
        ("jurisdiction", places),
        ("collection", vec![record.collection.clone()]),
    ]
}

impl Filters {
    /// Counts the values of `record`.
    pub(super) fn note(&mut self, record: &DocumentChangeRecord) {
        for (field, values) in values(record) {
            let counts = self.choices.entry(field).or_default();
            for value in values {
                *counts.entry(safe_text(&value).into_owned()).or_default() += 1;
            }
        }
    }
}

/// The form. A field in which nothing differs offers nothing and is left out.
pub(super) fn filters(filters: &Filters) -> Markup {
    let readable = |field: &str, value: &str| match field {
        "category" | "status" | "materiality" | "effect" => spoken(value),
        _ => value.to_owned(),
    };
    html! {
        form #filters .filters role="search" aria-label="Filters" {
            label.wide { span { "Search " kbd { "/" } }
                input #q type="search" autocomplete="off" placeholder="words in clauses, headings, names";
            }
            @for (field, label) in FIELDS {
                @if let Some(counts) = filters.choices.get(field).filter(|counts| counts.len() > 1) {
                    label { span { (label) }
                        select data-field=(field) {
                            option value="" { "any" }
                            @for (value, count) in counts {
                                option value=(value) { (readable(field, value)) " (" (count) ")" }
                            }
                        }
                    }
                }
            }
            label { span { "From" } input #from type="date"; }
            label { span { "To" } input #to type="date"; }
            label { span { "Order" }
                select #order {
                    option value="rank" { "by priority" }
                    option value="new" { "newest first" }
                    option value="old" { "oldest first" }
                }
            }
            div.buttons {
                button type="reset" { "Clear" }
                button #all type="button" { "Open all" }
            }
            p.keys { kbd { "j" } " next, " kbd { "k" } " previous, " kbd { "o" } " open or close, " kbd { "/" } " search" }
        }
    }
}
