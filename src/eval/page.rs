//! An evaluation as one self-contained page: no script, nothing loaded from elsewhere.

use std::io::{self, Write};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::clauses::{Comparison, Evaluation, Measured};
use super::gate::GateOutcome;
use super::interval::Estimate;
use super::measures::{Figure, Measure, category_scores};
use super::metrics::{Confusion, count};
use super::plot;
use super::stored::Origin;
use super::table::{interval_note, minus, plain};
use crate::taxonomy::{Category, Effect, Materiality};

const STYLE: &str = include_str!("page.css");

/// Writes `evaluation` as a page.
///
/// # Errors
/// When `output` cannot be written.
pub fn write_page(
    output: &mut dyn Write,
    evaluation: &Evaluation,
    origin: &Origin,
    comparison: Option<&Comparison>,
    gates: &[GateOutcome],
) -> io::Result<()> {
    let sample = &evaluation.sample;
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { "Evaluation on " (origin.labels) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "Clause changes: " @if let Some(first) = evaluation.first() { (first.name) } }
                p {
                    (evaluation.ids.len()) " labelled items of " (origin.labels) "; "
                    (sample.supported_count()) " of 26 categories have an item, "
                    (sample.frequent_count()) " have at least 15."
                }
                p.dim {
                    @if let Some(note) = interval_note(&evaluation.clusters, evaluation.bootstrap) { (note) ". " }
                    "Calibration: 15 bins of equal width."
                }
                p.dim { (origin.program) ": " code { (origin.command) } br; "labels SHA-256 " code { (origin.labels_sha256) } }
                (gate_list(gates))
                h2 { "All systems" }
                (overall(&evaluation.systems))
                @if let Some(first) = evaluation.first() {
                    h2 { "Categories" }
                    (categories(evaluation, first))
                    h2 { "Precision and recall, " (first.name) }
                    p.dim { "The dot is where its threshold puts it; the dashed line is the share of items with the category, which guessing reaches." }
                    (curves(evaluation, first))
                    h2 { "Reliability, " (first.name) }
                    p.dim { "On the dashed line a score of 0.8 comes true in 80 of 100 cases. A dot's area is the share of predictions in its bin." }
                    (reliabilities(first))
                    h2 { "Materiality and effect, " (first.name) }
                    (confusion("materiality", &first.tally.materiality, Materiality::ALL.iter().map(|one| one.id())))
                    (confusion("effect", &first.tally.effect, Effect::ALL.iter().map(|one| one.id())))
                }
                @if let Some(comparison) = comparison { (compared(comparison)) }
            }
        }
    };
    output.write_all(page.into_string().as_bytes())
}

fn shown(estimate: Option<Estimate>) -> Markup {
    html! {
        @match estimate {
            None => "–",
            Some(Estimate { value, interval }) => {
                (minus(&format!("{value:.3}")))
                @if let Some((low, high)) = interval { " " span.interval { (minus(&format!("{low:.3}–{high:.3}"))) } }
            }
        }
    }
}

fn gate_list(gates: &[GateOutcome]) -> Markup {
    html! {
        @for outcome in gates {
            @if outcome.passed() { p.good { "gate passed: " (outcome.said()) } } @else { p.bad { "gate FAILED: " (outcome.said()) } }
        }
    }
}

fn overall(systems: &[Measured]) -> Markup {
    let best = |measure: Measure| {
        let values = systems.iter().filter_map(|one| one.value(measure));
        if measure.is_error() { values.min_by(f64::total_cmp) } else { values.max_by(f64::total_cmp) }
    };
    let is_best = |measure, system: &Measured| {
        systems.len() > 1
            && best(measure).zip(system.value(measure)).is_some_and(|(best, value)| (best - value).abs() < 5e-4)
    };
    html! {
        div.scroll { table {
            thead { tr { th { "measure" } @for system in systems { th { (system.name) } } } }
            tbody {
                @for measure in Measure::overall() {
                    tr {
                        th { (measure.name()) }
                        @for system in systems { td.best[is_best(measure, system)] { (shown(system.estimate(measure))) } }
                    }
                }
            }
        } }
    }
}

fn categories(evaluation: &Evaluation, first: &Measured) -> Markup {
    let others = evaluation.systems.get(1..).unwrap_or_default();
    html! {
        div.scroll { table {
            thead { tr {
                th { "category" } th { "items" } th { "shown" } th { "precision" } th { "recall" } th { "F1" } th { "AP" }
                @for other in others { th { "F1 " (other.name) } }
            } }
            tbody {
                @for category in Category::ALL {
                    @let counts = first.tally.counts[*category as usize];
                    @if counts.support() + counts.predicted() > 0.0 {
                        tr {
                            th { (category.id()) }
                            td { (format!("{:.0}", counts.support())) }
                            td { (format!("{:.0}", counts.predicted())) }
                            td { (plain(counts.precision())) }
                            td { (plain(counts.recall())) }
                            td { (shown(first.estimate(Measure::Of(Figure::F1, *category)))) }
                            td { (shown(first.estimate(Measure::Of(Figure::Ap, *category)))) }
                            @for other in others { td { (plain(other.value(Measure::Of(Figure::F1, *category)))) } }
                        }
                    }
                }
            }
        } }
    }
}

fn curves(evaluation: &Evaluation, first: &Measured) -> Markup {
    let items = count(evaluation.ids.len());
    html! {
        div.plots {
            @for (category, ranking) in Category::ALL.iter().zip(&first.judged.rankings) {
                @let index = *category as usize;
                @let counts = first.tally.counts[index];
                @if counts.support() > 0.0 {
                    @let scores = category_scores(&first.judged.predictions, index);
                    @let given = |item: u32| evaluation.sample.truths.get(item as usize).is_some_and(|truth| truth.categories.has(index));
                    @let points = ranking.curve(given, &scores);
                    @let stands = counts.recall().zip(counts.precision());
                    @let label = format!("precision and recall of {category}");
                    figure {
                        (plot::precision_recall(&label, &points, stands, counts.support() / items))
                        figcaption { b { (category.id()) } " AP " (plain(first.value(Measure::Of(Figure::Ap, *category)))) ", " (format!("{:.0}", counts.support())) " items" }
                    }
                }
            }
        }
    }
}

fn reliabilities(first: &Measured) -> Markup {
    let tally = &first.tally;
    let pooled = tally.pooled();
    let plots = [
        ("item-category pairs", &pooled, Measure::EceCategories),
        ("pairs shown", &tally.shown, Measure::EceCategoriesShown),
        ("materiality", &tally.materiality_reliability, Measure::EceMateriality),
        ("effect", &tally.effect_reliability, Measure::EceEffect),
    ];
    html! {
        div.plots {
            @for (name, bins, measure) in plots {
                figure {
                    (plot::reliability(&format!("reliability of {name}"), bins))
                    figcaption { b { (name) } " ECE " (plain(first.value(measure))) }
                }
            }
        }
    }
}

fn confusion(what: &str, confusion: &Confusion, ids: impl Iterator<Item = &'static str> + Clone) -> Markup {
    html! {
        div.scroll { table {
            thead { tr {
                th { (what) } @for id in ids.clone() { th { "→ " (id) } }
                th { "precision" } th { "recall" } th { "F1" }
            } }
            tbody {
                @for (label, (id, row)) in ids.zip(&confusion.0).enumerate() {
                    @let counts = confusion.counts(label);
                    tr {
                        th { (id) }
                        @for weight in row { td { (format!("{weight:.0}")) } }
                        td { (plain(counts.precision())) } td { (plain(counts.recall())) } td { (plain(counts.f1())) }
                    }
                }
            }
        } }
    }
}

fn compared(comparison: &Comparison) -> Markup {
    html! {
        h2 { "Against " (comparison.file) " (" (comparison.stored.name) "), " (comparison.shared) " shared items" }
        div.scroll { table {
            thead { tr { th { "measure" } th { "stored" } th { "now" } th { "difference" } } }
            tbody {
                @for measure in Measure::overall() {
                    tr {
                        th { (measure.name()) }
                        td { (plain(comparison.stored.value(measure))) }
                        td { (plain(comparison.now.value(measure))) }
                        td { (shown(comparison.now.difference(&comparison.stored, measure))) }
                    }
                }
            }
        } }
    }
}
