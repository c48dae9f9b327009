//! Operations along dimensions: reductions, positions, running operations, orders.

use super::agree::{Close, Input, agree};
use super::image::{Image, Rng, Values};
use super::{for_shapes, guarded, limited, tell_refusals};
use DType::*;
use rushlight_backend::{Arg, Axes, DType, Reduce, Scan, plan};
use rushlight_wgpu::Gpu;

/// How near a sum of `count` products of small numbers must come.
pub fn sum_of(count: usize, dtype: DType) -> Close {
    match dtype {
        F64 => Close::Within(1e-13, 1e-14 * count as f64),
        _ if dtype.is_float() => Close::Within(2e-6, 1e-6 * count as f64),
        _ => Close::Exact,
    }
}

fn any_axes(rng: &mut Rng, rank: usize) -> Axes {
    let mut axes = Axes::NONE;
    for d in 0..rank {
        if rng.below(2) == 0 {
            axes = axes.with(d);
        }
    }
    if axes.is_empty() && rank > 0 && rng.below(4) > 0 {
        axes = Axes::one(rng.below(rank));
    }
    axes
}

fn check_reduce(gpu: &Gpu, f: Reduce, dtype: DType, cases: u32) {
    let Some(result) = f.result(dtype) else {
        return;
    };
    let values = match f {
        // So near to 1 that no part of a long product overflows.
        Reduce::Prod if dtype.is_float() => Values::Between(0.8, 1.2),
        Reduce::Prod => Values::Near(3.0),
        Reduce::Sum | Reduce::Mean => Values::Near(4.0),
        _ => Values::Wild,
    };
    for_shapes(gpu, cases, |shape, rng| {
        let axes = any_axes(rng, shape.len());
        let count: usize = axes.iter().map(|d| shape[d]).product();
        if matches!(f, Reduce::Max | Reduce::Min) && count == 0 {
            return Ok(());
        }
        let kept: Vec<usize> = (0..shape.len())
            .map(|d| if axes.contains(d) { 1 } else { shape[d] })
            .collect();
        let close = match f {
            Reduce::Prod if result == F64 => Close::Within(1e-15 * count as f64, 0.0),
            Reduce::Prod if result.is_float() => Close::Within(3e-7 * count as f64, 1e-37),
            Reduce::Sum => sum_of(count, result),
            Reduce::Mean => sum_of(1, result),
            _ => Close::Exact,
        };
        let x = Image::input(rng, dtype, shape, values);
        let out = Image::fresh(rng, result, &kept);
        let what = format!("{} over {axes:?}", f.name());
        agree(gpu, &what, &[Input::Own(x)], &[out], close, &|b, x, y| {
            b.reduce(plan::reduce(f, axes, &x[0], y[0].into())?)
        })
    });
}

#[test]
fn reductions() {
    let Some(gpu) = guarded() else { return };
    for (i, &f) in Reduce::ALL.iter().enumerate() {
        check_reduce(&gpu, f, F32, 10);
        for k in 0..3 {
            check_reduce(
                &gpu,
                f,
                [F16, I64, Bool, BF16, U8, F64, I32][(i + 3 * k) % 7],
                4,
            );
        }
    }
    tell_refusals();
}

#[test]
fn reductions_beyond_one_binding() {
    let Some(gpu) = limited() else { return };
    for f in [Reduce::Sum, Reduce::Max] {
        check_reduce(&gpu, f, F32, 12);
        check_reduce(&gpu, f, I64, 6);
    }
    tell_refusals();
}

#[test]
fn positions_of_extremes() {
    let Some(gpu) = guarded() else { return };
    for f in [Arg::Max, Arg::Min] {
        for dtype in [F32, I64, F16, U8, F64] {
            for_shapes(&gpu, 5, |shape, rng| {
                let dim = rng.below(shape.len());
                if shape.is_empty() || shape[dim] == 0 {
                    return Ok(());
                }
                let mut kept = shape.to_vec();
                kept[dim] = 1;
                // Whole numbers, so that there are equals.
                let values = if rng.below(2) == 0 {
                    Values::Wild
                } else {
                    Values::Between(0.0, 3.0)
                };
                let x = Image::input(rng, dtype, shape, values);
                let out = Image::fresh(rng, I64, &kept);
                let what = format!("{} along {dim}", f.name());
                agree(
                    &gpu,
                    &what,
                    &[Input::Own(x)],
                    &[out],
                    Close::Exact,
                    &|b, x, y| b.arg_reduce(plan::arg_reduce(f, dim, &x[0], y[0].into())?),
                )
            });
        }
    }
    tell_refusals();
}

#[test]
fn running_operations() {
    let Some(gpu) = guarded() else { return };
    let all = [
        Scan::Sum,
        Scan::Prod,
        Scan::LogSumExp,
        Scan::ArgMax,
        Scan::ArgMin,
    ];
    for f in all {
        for dtype in [F32, I64, F16, Bool, F64] {
            let Some(result) = f.result(dtype) else {
                continue;
            };
            for_shapes(&gpu, 5, |shape, rng| {
                let dim = rng.below(shape.len());
                if shape.is_empty() {
                    return Ok(());
                }
                let values = match f {
                    Scan::Prod if dtype.is_float() => Values::Between(0.8, 1.2),
                    Scan::ArgMax | Scan::ArgMin => Values::Wild,
                    _ => Values::Near(3.0),
                };
                let close = match f {
                    Scan::Prod if result.is_float() => {
                        Close::Within(3e-7 * shape[dim] as f64, 1e-37)
                    }
                    Scan::LogSumExp if result == F64 => Close::Within(1e-12, 1e-12),
                    Scan::LogSumExp => Close::Within(1e-5, 1e-5),
                    _ => sum_of(shape[dim], result),
                };
                let x = Image::input(rng, dtype, shape, values);
                let out = Image::fresh(rng, result, shape);
                let what = format!("{} along {dim}", f.name());
                agree(&gpu, &what, &[Input::Own(x)], &[out], close, &|b, x, y| {
                    b.scan(plan::scan(f, dim, &x[0], y[0].into())?)
                })
            });
        }
    }
    tell_refusals();
}

#[test]
fn orders() {
    let Some(gpu) = guarded() else { return };
    for dtype in [F32, I64, F16, U8, Bool, F64] {
        for descending in [false, true] {
            for_shapes(&gpu, 5, |shape, rng| {
                let dim = rng.below(shape.len());
                if shape.is_empty() {
                    return Ok(());
                }
                let values = if rng.below(2) == 0 {
                    Values::Wild
                } else {
                    Values::Between(0.0, 3.0)
                };
                let x = Image::input(rng, dtype, shape, values);
                let out = Image::fresh(rng, I64, shape);
                let what = format!("argsort along {dim}, descending: {descending}");
                agree(
                    &gpu,
                    &what,
                    &[Input::Own(x)],
                    &[out],
                    Close::Exact,
                    &|b, x, y| b.argsort(plan::argsort(dim, descending, &x[0], y[0].into())?),
                )
            });
        }
    }
    tell_refusals();
}
