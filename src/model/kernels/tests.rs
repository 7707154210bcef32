//! Every instruction set that this machine has is held against plain arithmetic.

use super::dispatch::{AttentionJob, Epilogue, Kernels, Norm};
use super::pack::{MOST, PackedMatrix, PackedRows, ROWS};

/// Numbers between -1 and 1 that look random and are always the same.
fn numbers(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..count)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect()
}

/// The bytes of a packed row, in order.
fn bytes_of(rows: &PackedRows, row: usize) -> Vec<u8> {
    let start = row / ROWS * ROWS * rows.k();
    (0..rows.k()).map(|k| rows.bytes()[start + k / 4 * 32 + row % ROWS * 4 + k % 4]).collect()
}

/// The bytes of a packed column, in order.
fn column_of(weights: &PackedMatrix, column: usize) -> Vec<i8> {
    let (k, panel) = (weights.inputs(), weights.panel);
    let start = column / panel * panel * k + column % panel * 4;
    (0..k).map(|k| weights.weights()[start + k / 4 * panel * 4 + k % 4] as i8).collect()
}

fn quantised(kernels: &Kernels, values: &[f32], k: usize) -> PackedRows {
    let mut rows = PackedRows::default();
    rows.resize(values.len() / k, k);
    for (row, values) in values.chunks_exact(k).enumerate() {
        kernels.quantise(values, &mut rows, row);
    }
    rows
}

#[test]
fn a_product_is_the_sum_of_products() {
    for (count, k, columns) in [(8, 16, 16), (24, 48, 32), (16, 384, 96), (8, 1536, 48)] {
        let mut weights = numbers(1, k * columns);
        // Columns of all kinds: heavy throughout, one large weight, nothing.
        weights[..k].fill(1.0);
        weights[k..2 * k].fill(-1.0);
        weights[2 * k..3 * k].fill(0.0);
        weights[3 * k + 5] = 90.0;
        let mut values = numbers(2, count * k);
        values[..k].fill(1.0);
        values[k..2 * k].fill(0.0);
        let bias = numbers(3, columns);
        for kernels in Kernels::available() {
            let packed = kernels.pack(&weights, &bias, k);
            let rows = quantised(kernels, &values, k);
            let stride = columns + 3;
            let mut out = vec![f32::NAN; count * stride];
            kernels.product(&rows, 0..count / ROWS, &packed, Epilogue::Linear, &mut out, stride);
            for row in 0..count {
                let bytes = bytes_of(&rows, row);
                for column in 0..columns {
                    let zero = rows.zeros[row] as i64;
                    let sum: i64 = bytes
                        .iter()
                        .zip(column_of(&packed, column))
                        .map(|(&a, w)| (i64::from(a) - zero) * i64::from(w))
                        .sum();
                    let expected = sum as f64 * f64::from(rows.scales[row]) * f64::from(packed.scales[column])
                        + f64::from(bias[column]);
                    let found = f64::from(out[row * stride + column]);
                    let size = f64::from(rows.scales[row] * packed.scales[column]) * k as f64 * 8000.0;
                    assert!(
                        (found - expected).abs() <= 1e-6 * (size + 1.0),
                        "{} {k} {row} {column}: {found} {expected}",
                        kernels.name()
                    );
                }
            }
        }
    }
}

#[test]
fn quantised_products_are_near_the_true_ones() {
    let (count, k, columns) = (16, 384, 64);
    let (weights, values) = (numbers(4, k * columns), numbers(5, count * k));
    for kernels in Kernels::available() {
        let packed = kernels.pack(&weights, &vec![0.0; columns], k);
        let rows = quantised(kernels, &values, k);
        let mut out = vec![0.0; count * columns];
        kernels.product(&rows, 0..count / ROWS, &packed, Epilogue::Linear, &mut out, columns);
        let (mut off, mut all) = (0.0, 0.0);
        for (row, out) in values.chunks_exact(k).zip(out.chunks_exact(columns)) {
            for (column, &found) in weights.chunks_exact(k).zip(out) {
                let expected: f32 = row.iter().zip(column).map(|(a, b)| a * b).sum();
                off += (found - expected).powi(2);
                all += expected.powi(2);
            }
        }
        let error = (off / all).sqrt();
        assert!(error < 0.03, "{}: {error}", kernels.name());
    }
}

#[test]
fn a_row_does_not_depend_on_the_rows_beside_it() {
    let (k, columns) = (384, 32);
    let weights = numbers(6, k * columns);
    let (alone, others) = (numbers(7, 8 * k), numbers(8, 16 * k));
    for kernels in Kernels::available() {
        let packed = kernels.pack(&weights, &numbers(9, columns), k);
        let run = |values: &[f32]| {
            let count = values.len() / k;
            let mut out = vec![0.0; count * columns];
            let rows = quantised(kernels, values, k);
            kernels.product(&rows, 0..count / ROWS, &packed, Epilogue::Gelu, &mut out, columns);
            out
        };
        // Row 3 of the first eight becomes row 17 of 24.
        let mut mixed = others.clone();
        mixed.extend_from_slice(&alone);
        mixed.copy_within((16 + 3) * k..(16 + 4) * k, 17 * k);
        let (first, second) = (run(&alone), run(&mixed));
        assert_eq!(first[3 * columns..4 * columns], second[17 * columns..18 * columns], "{}", kernels.name());
    }
}

#[test]
fn a_row_of_bytes_spans_its_range() {
    for kernels in Kernels::available() {
        let mut values = numbers(10, 3 * 32);
        values[32..64].iter_mut().for_each(|x| *x = x.abs() + 5.0);
        values[64..].fill(0.0);
        let rows = quantised(kernels, &values, 32);
        for (row, values) in values.chunks_exact(32).enumerate() {
            let (scale, zero) = (rows.scales[row], rows.zeros[row]);
            for (&x, byte) in values.iter().zip(bytes_of(&rows, row)) {
                assert!(f32::from(byte) <= MOST);
                assert!(((f32::from(byte) - zero) * scale - x).abs() <= scale * 1.01, "{} {x}", kernels.name());
            }
        }
        let wild = [f32::NAN, f32::INFINITY, -1.0, 1e38, -3e38, 0.0, 1e-40, 2.0].repeat(4);
        let rows = quantised(kernels, &wild, 32);
        assert!(rows.scales[0].is_finite() && rows.zeros[0].is_finite() && bytes_of(&rows, 0).len() == 32);
        for small in [1e-45_f32, 1e-44, 1e-39] {
            for row in [[small, 0.0], [-small, 0.0], [small, -small]] {
                let rows = quantised(kernels, &row.repeat(8), 16);
                assert!(rows.scales[0].is_normal() && rows.zeros[0] == 0.0, "{} {row:?}", kernels.name());
                assert!(bytes_of(&rows, 0).iter().all(|&byte| byte == 0), "{} {row:?}", kernels.name());
            }
        }
    }
}

/// The error function by its series, in 64 bits.
fn erf(x: f64) -> f64 {
    // Beyond this the series loses digits, and the function is 1 but for one part in 10⁸.
    if x.abs() > 4.0 {
        return x.signum();
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        term *= -x * x / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    sum * 2.0 / std::f64::consts::PI.sqrt()
}

#[test]
fn gelu_is_the_exact_one_within_its_bound() {
    // One input of weight one: the product hands the bias to the epilogue as it is.
    let points: Vec<f32> = (-960..960).map(|at| at as f32 / 120.0).collect();
    for kernels in Kernels::available() {
        let packed = kernels.pack(&vec![0.0; points.len() * 16], &points, 16);
        let rows = quantised(kernels, &[0.0; 8 * 16], 16);
        let mut out = vec![0.0; ROWS * points.len()];
        kernels.product(&rows, 0..1, &packed, Epilogue::Gelu, &mut out, points.len());
        for (&x, &found) in points.iter().zip(&out) {
            let x = f64::from(x);
            let expected = x * 0.5 * (1.0 + erf(x / std::f64::consts::SQRT_2));
            assert!((f64::from(found) - expected).abs() < 1e-4, "{} {x} {found} {expected}", kernels.name());
        }
    }
}

#[test]
fn layer_norm_has_mean_nothing_and_variance_one() {
    let (x, y) = (numbers(13, 384), numbers(14, 384));
    let norm = Norm { weight: numbers(15, 384), bias: numbers(16, 384), epsilon: 1e-12 };
    let sum: Vec<f64> = x.iter().zip(&y).map(|(x, y)| f64::from(*x) + f64::from(*y)).collect();
    let mean = sum.iter().sum::<f64>() / 384.0;
    let variance = sum.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 384.0;
    for kernels in Kernels::available() {
        let mut found = x.clone();
        kernels.add_and_norm(&mut found, &y, &norm);
        for (at, &found) in found.iter().enumerate() {
            let expected = (sum[at] - mean) / variance.sqrt() * f64::from(norm.weight[at]) + f64::from(norm.bias[at]);
            assert!((f64::from(found) - expected).abs() < 1e-5, "{} {found} {expected}", kernels.name());
        }
    }
}

#[test]
fn attention_mixes_values_by_their_scores() {
    let (heads, width) = (2, 32);
    let (hidden, stride) = (heads * width, 3 * heads * width + 8);
    for (start, len) in [(0, 1), (3, 5), (1, 16), (2, 37), (0, 128)] {
        let projections: Vec<f32> = numbers(17, (start + len) * stride).into_iter().map(|x| x * 1.5).collect();
        for kernels in Kernels::available() {
            let mut out = vec![f32::NAN; (start + len) * hidden];
            let mut room = Vec::new();
            for head in 0..heads {
                let column = head * width;
                kernels.attend(AttentionJob {
                    projections: &projections,
                    stride,
                    columns: [column, hidden + column, 2 * hidden + column],
                    rows: start..start + len,
                    width,
                    room: &mut room,
                    out: &mut out,
                    out_stride: hidden,
                    out_column: column,
                });
            }
            let at = |row: usize, column: usize| f64::from(projections[row * stride + column]);
            for row in start..start + len {
                for column in 0..hidden {
                    let head = column / width * width;
                    let (mut sum, mut total) = (0.0, 0.0);
                    for other in start..start + len {
                        let score: f64 = (0..width).map(|d| at(row, head + d) * at(other, hidden + head + d)).sum();
                        total += score.exp2();
                        sum += score.exp2() * at(other, 2 * hidden + column);
                    }
                    let (found, expected) = (f64::from(out[row * hidden + column]), sum / total);
                    assert!((found - expected).abs() < 2e-5, "{} {len} {found} {expected}", kernels.name());
                }
            }
            assert!(out[..start * hidden].iter().all(|x| x.is_nan()), "writes nothing else");
        }
    }
}

#[test]
fn the_best_kernels_are_among_those_available() {
    let names: Vec<&str> = Kernels::available().iter().map(|it| it.name()).collect();
    assert!(names.contains(&Kernels::best().name()));
    assert_eq!(names.last(), Some(&"portable"));
}
