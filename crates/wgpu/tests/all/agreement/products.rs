//! Matrix products, convolutions and poolings.

use super::agree::{Close, Input, agree};
use super::along::sum_of;
use super::image::{Image, Rng, Values};
use super::{for_shapes, guarded, limited, tell_refusals};
use DType::*;
use rushlight_backend::{Conv, ConvKind, DType, Dims, Output, Pool, PoolKind, Windows, plan};
use rushlight_wgpu::Gpu;

fn check_matmul(gpu: &Gpu, dtype: DType, cases: u32, largest: usize) {
    for_shapes(gpu, cases, |shape, rng| {
        let batch = &shape[..shape.len().min(2)];
        let batch: Vec<usize> = batch.iter().map(|n| n % 4).collect();
        let [m, k, n] = [0; 3].map(|_| match rng.below(8) {
            0 => rng.below(3),
            1 => rng.below(largest),
            _ => 1 + rng.below(20),
        });
        let of = |rows, columns| -> Vec<usize> {
            batch.iter().copied().chain([rows, columns]).collect()
        };
        let values = Values::Near(2.0);
        let a = Image::input(rng, dtype, &of(m, k), values);
        let b = Image::input(rng, dtype, &of(k, n), values);
        let out = Image::fresh(rng, dtype, &of(m, n));
        let inputs = [Input::Own(a), Input::Own(b)];
        agree(
            gpu,
            "matmul",
            &inputs,
            &[out],
            sum_of(4 * k, dtype),
            &|b, x, y| b.matmul(plan::matmul(&[x[0], x[1]], y[0].into())?),
        )
    });
}

#[test]
fn matrix_products() {
    let Some(gpu) = guarded() else { return };
    check_matmul(&gpu, F32, 60, 150);
    for dtype in [F16, BF16, F64, I64, I32, U8] {
        check_matmul(&gpu, dtype, 12, 70);
    }
    tell_refusals();
}

#[test]
fn matrix_products_beyond_one_binding() {
    let Some(gpu) = limited() else { return };
    check_matmul(&gpu, F32, 30, 120);
    tell_refusals();
}

/// Sizes, step, padding and distance of taps along one dimension of a window.
struct Side {
    space: usize,
    kernel: usize,
    stride: usize,
    padding: usize,
    dilation: usize,
    result: usize,
}

impl Side {
    fn draw(rng: &mut Rng, half: bool) -> Side {
        loop {
            let (kernel, stride) = (1 + rng.below(4), 1 + rng.below(3));
            let dilation = 1 + rng.below(2);
            // A pooling's padding is at most half of its window.
            let padding = rng.below(if half { kernel / 2 + 1 } else { 3 });
            let space = 1 + rng.below(12);
            let reach = dilation * (kernel - 1) + 1;
            if space + 2 * padding >= reach {
                let result = (space + 2 * padding - reach) / stride + 1;
                return Side {
                    space,
                    kernel,
                    stride,
                    padding,
                    dilation,
                    result,
                };
            }
        }
    }
}

fn dims(sides: &[Side], of: impl Fn(&Side) -> usize) -> Dims {
    sides.iter().map(of).collect()
}

fn shape(first: usize, second: usize, rest: &Dims) -> Vec<usize> {
    [first, second]
        .into_iter()
        .chain(rest.iter().copied())
        .collect()
}

#[test]
fn convolutions() {
    let Some(gpu) = guarded() else { return };
    for kind in [ConvKind::Forward, ConvKind::InputGrad, ConvKind::WeightGrad] {
        for (dtype, cases) in [(F32, 25), (F16, 5), (F64, 5)] {
            for_shapes(&gpu, cases, |_, rng| {
                let sides: Vec<Side> = (0..1 + rng.below(3))
                    .map(|_| Side::draw(rng, false))
                    .collect();
                let groups = 1 + rng.below(3);
                let (n, inner, outer) = (1 + rng.below(3), 1 + rng.below(5), 1 + rng.below(5));
                let space = dims(&sides, |s| s.space);
                let kernel = dims(&sides, |s| s.kernel);
                let result = dims(&sides, |s| s.result);
                let x = shape(n, inner * groups, &space);
                let w = shape(outer * groups, inner, &kernel);
                let y = shape(n, outer * groups, &result);
                let (a, b, out, of) = match kind {
                    ConvKind::Forward => (x, w, y, result),
                    ConvKind::InputGrad => (y, w, x, space),
                    ConvKind::WeightGrad => (x, y, w, kernel),
                };
                let conv = Conv {
                    kind,
                    stride: dims(&sides, |s| s.stride),
                    padding: dims(&sides, |s| s.padding),
                    dilation: dims(&sides, |s| s.dilation),
                    groups,
                    result: of,
                };
                let terms = a.iter().product::<usize>().min(2000);
                let values = Values::Near(2.0);
                let inputs = [
                    Input::Own(Image::input(rng, dtype, &a, values)),
                    Input::Own(Image::input(rng, dtype, &b, values)),
                ];
                let out = Image::fresh(rng, dtype, &out);
                let close = sum_of(4 * terms, dtype);
                agree(
                    &gpu,
                    &format!("{conv:?}"),
                    &inputs,
                    &[out],
                    close,
                    &|b, x, y| b.conv(plan::conv(&conv, &[x[0], x[1]], y[0].into())?),
                )
            });
        }
    }
    tell_refusals();
}

#[test]
fn poolings() {
    let Some(gpu) = guarded() else { return };
    for kind in [PoolKind::Max, PoolKind::Avg, PoolKind::AvgGrad] {
        for (dtype, cases) in [(F32, 25), (F16, 5), (I64, 4), (F64, 4)] {
            if kind != PoolKind::Max && !dtype.is_float() {
                continue;
            }
            for_shapes(&gpu, cases, |_, rng| {
                let sides: Vec<Side> = (0..1 + rng.below(3))
                    .map(|_| Side::draw(rng, true))
                    .collect();
                let adaptive = rng.below(3) == 0;
                let mean = kind != PoolKind::Max;
                let (windows, pooled) = if adaptive {
                    (
                        Windows::Adaptive,
                        sides.iter().map(|s| 1 + rng.below(s.space + 2)).collect(),
                    )
                } else {
                    // The mean knows no distance between taps.
                    let pooled = dims(&sides, |s| {
                        if mean {
                            (s.space + 2 * s.padding)
                                .checked_sub(s.kernel)
                                .map_or(0, |n| n / s.stride + 1)
                        } else {
                            s.result
                        }
                    });
                    let windows = Windows::Sliding {
                        kernel: dims(&sides, |s| s.kernel),
                        stride: dims(&sides, |s| s.stride),
                        padding: dims(&sides, |s| s.padding),
                        dilation: dims(&sides, |s| if mean { 1 } else { s.dilation }),
                        count_padding: rng.below(2) == 0,
                        divisor: (mean && rng.below(4) == 0).then_some(3),
                    };
                    (windows, pooled)
                };
                let space = dims(&sides, |s| s.space);
                let (n, c) = (1 + rng.below(3), 1 + rng.below(3));
                let pool = Pool {
                    kind,
                    windows,
                    space,
                    pooled,
                };
                let (from, to) = match kind {
                    PoolKind::AvgGrad => (pooled, space),
                    _ => (space, pooled),
                };
                let values = match kind {
                    PoolKind::Max => Values::Wild,
                    _ => Values::Near(4.0),
                };
                let x = Image::input(rng, dtype, &shape(n, c, &from), values);
                let mut outs = vec![Image::fresh(rng, dtype, &shape(n, c, &to))];
                if kind == PoolKind::Max {
                    outs.push(Image::fresh(rng, I64, &shape(n, c, &to)));
                }
                let close = if mean { sum_of(8, dtype) } else { Close::Exact };
                agree(
                    &gpu,
                    &format!("{pool:?}"),
                    &[Input::Own(x)],
                    &outs,
                    close,
                    &|b, x, y| b.pool(plan::pool(&pool, &x[0], Output::shared(y))?),
                )
            });
        }
    }
    tell_refusals();
}
