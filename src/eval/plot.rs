//! Precision-recall curves and reliability diagrams as SVG, drawn without scripts.

use maud::{Markup, html};

use super::metrics::{CurvePoint, Reliability};

/// Side of the square that is drawn into, in user units.
const SIDE: f64 = 100.0;
/// Room at the left and at the foot, for the scale.
const MARGIN: f64 = 14.0;
/// Points of a curve that are drawn at most; a screen shows no more.
const MOST_POINTS: usize = 300;

fn x(value: f64) -> f64 {
    MARGIN + value * SIDE
}

fn y(value: f64) -> f64 {
    4.0 + (1.0 - value) * SIDE
}

fn at(value: f64) -> String {
    format!("{value:.1}")
}

/// A square with a scale from 0 to 1 on both sides.
fn frame(label: &str, across: &str, up: &str, inside: &Markup) -> Markup {
    let (wide, high) = (MARGIN + SIDE + 4.0, SIDE + 4.0 + MARGIN);
    html! {
        svg viewBox=(format!("0 0 {wide} {high}")) role="img" aria-label=(label) {
            @for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
                line.grid x1=(at(x(tick))) y1=(at(y(0.0))) x2=(at(x(tick))) y2=(at(y(1.0))) {}
                line.grid x1=(at(x(0.0))) y1=(at(y(tick))) x2=(at(x(1.0))) y2=(at(y(tick))) {}
            }
            @for (tick, said) in [(0.0, "0"), (0.5, ".5"), (1.0, "1")] {
                text.tick x=(at(x(tick))) y=(at(y(0.0) + 6.0)) text-anchor="middle" { (said) }
                text.tick x=(at(x(0.0) - 2.0)) y=(at(y(tick) + 2.0)) text-anchor="end" { (said) }
            }
            text.tick x=(at(x(0.5))) y=(at(y(0.0) + 12.0)) text-anchor="middle" { (across) }
            text.tick transform=(format!("translate({} {}) rotate(-90)", at(5.0), at(y(0.5)))) text-anchor="middle" { (up) }
            (inside)
        }
    }
}

/// The precision-recall curve `points`. `shown` is where the system stands with its threshold
/// (recall, precision); `share` of the items have the category, which is what guessing reaches.
pub(super) fn precision_recall(label: &str, points: &[CurvePoint], shown: Option<(f64, f64)>, share: f64) -> Markup {
    let step = points.len().div_ceil(MOST_POINTS).max(1);
    let mut path = String::new();
    let mut before: Option<f64> = None;
    for (index, point) in points.iter().enumerate() {
        if index % step != 0 && index + 1 != points.len() {
            continue;
        }
        let (px, py) = (at(x(point.recall)), at(y(point.precision)));
        match before {
            None => path.push_str(&format!("M{},{py}L{px},{py}", at(x(0.0)))),
            // A step: no precision between two points is claimed that neither has.
            Some(_) => path.push_str(&format!("V{py}H{px}")),
        }
        before = Some(point.precision);
    }
    frame(
        label,
        "recall",
        "precision",
        &html! {
            line.guess x1=(at(x(0.0))) y1=(at(y(share))) x2=(at(x(1.0))) y2=(at(y(share))) {}
            path.curve d=(path) {}
            @if let Some((recall, precision)) = shown {
                circle.shown cx=(at(x(recall))) cy=(at(y(precision))) r="2.2" {
                    title { "with its threshold: recall " (format!("{recall:.3}")) ", precision " (format!("{precision:.3}")) }
                }
            }
        },
    )
}

/// A reliability diagram: how often predictions came true, by their score. A dot's area is the
/// share of predictions in its bin.
pub(super) fn reliability(label: &str, bins: &Reliability) -> Markup {
    let total: f64 = bins.0.iter().map(|bin| bin.weight).sum();
    let dots: Vec<(f64, f64, f64, f64)> = bins
        .0
        .iter()
        .filter(|bin| bin.weight > 0.0)
        .map(|bin| (bin.score / bin.weight, bin.hits / bin.weight, bin.weight, 1.2 + 6.0 * (bin.weight / total).sqrt()))
        .collect();
    let path: String = dots
        .iter()
        .enumerate()
        .map(|(index, (score, hits, ..))| {
            format!("{}{},{}", if index == 0 { 'M' } else { 'L' }, at(x(*score)), at(y(*hits)))
        })
        .collect();
    frame(
        label,
        "mean score",
        "share that came true",
        &html! {
            line.guess x1=(at(x(0.0))) y1=(at(y(0.0))) x2=(at(x(1.0))) y2=(at(y(1.0))) {}
            path.curve d=(path) {}
            @for (score, hits, weight, radius) in &dots {
                circle.dot cx=(at(x(*score))) cy=(at(y(*hits))) r=(at(*radius)) {
                    title { (format!("{weight:.0} predictions, mean score {score:.3}, {hits:.3} came true")) }
                }
            }
        },
    )
}
