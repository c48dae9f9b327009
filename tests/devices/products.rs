//! Products whose partial results leave the range of the dtype, by every path that a reduction or a scan takes.

use super::{read, tensor};
use rushlight::prelude::*;
use rushlight::{Result, ScatterReduce};
use rushlight_tests::devices;

fn value(x: &Tensor) -> Result<f64> {
    Ok(read::<f64>(&x.to(&Device::CPU)?.to(DType::F64)?.reshape(-1)?)?[0])
}

/// Powers of two, so that products are exact: half of them large, half small, in several orders.
fn factors(dtype: DType, n: usize, order: usize) -> Vec<f64> {
    let size = match dtype {
        DType::F16 => 12,
        DType::F64 => 900,
        _ => 100,
    };
    (0..n)
        .map(|i| {
            let large = match order {
                0 => i < n / 2,
                1 => i >= n / 2,
                2 => i % 2 == 0,
                _ => i / 2 % 2 == 0,
            };
            2f64.powi(if large { size } else { -size })
        })
        .collect()
}

#[test]
fn products_do_not_depend_on_the_range_of_their_partial_results() -> Result<()> {
    for device in devices() {
        for dtype in [DType::F32, DType::F16, DType::BF16, DType::F64] {
            for n in [4, 8, 20, 1000, 4096] {
                for order in 0..4 {
                    let Some(x) = tensor(&factors(dtype, n, order), dtype, &device)? else {
                        continue;
                    };
                    let what = format!("{n} factors of {dtype} in order {order} on {device}");
                    assert_eq!(value(&x.prod()?)?, 1.0, "{what}");
                    // Along rows and along columns.
                    if n <= 20 {
                        let rows = Tensor::stack(&[&x, &x, &x], 0)?;
                        let along: Vec<f64> =
                            read(&rows.prod_dim(1, false)?.to(&Device::CPU)?.to(DType::F64)?)?;
                        assert_eq!(along, [1.0; 3], "{what}, rows");
                        let columns = rows.t()?.contiguous()?;
                        let along: Vec<f64> = read(
                            &columns
                                .prod_dim(0, false)?
                                .to(&Device::CPU)?
                                .to(DType::F64)?,
                        )?;
                        assert_eq!(along, [1.0; 3], "{what}, columns");
                    }
                    let running: Vec<f64> = read(&x.cumprod(0)?.to(&Device::CPU)?.to(DType::F64)?)?;
                    assert_eq!(running[n - 1], 1.0, "{what}, running");
                }
            }
        }
    }
    Ok(())
}

#[test]
fn products_of_special_factors() -> Result<()> {
    let inf = f64::INFINITY;
    for device in devices() {
        for (factors, right) in [
            (vec![1e30, 1e30, 1e-30, 1e-30], 1.0),
            (vec![1e30, 1e30], inf),
            (vec![-1e30, 1e30, 2.0], -inf),
            (vec![1e-30, 1e-30], 0.0),
            (vec![-inf, 1e-30, 1e-30], -inf),
            (vec![inf, 0.0], f64::NAN),
            (vec![0.0, 1e38, 1e38], 0.0),
            (vec![f64::NAN, 0.0], f64::NAN),
            (vec![3.0, 5.0, -2.0], -30.0),
            (vec![1e-30, 1e-12, 1e12, 1e30], 1.0),
        ] {
            let x = Tensor::from_slice_on(&factors, factors.len(), &Device::CPU)?
                .to(DType::F32)?
                .to(&device)?;
            let y = value(&x.prod()?)?;
            let close = y == right || y.is_nan() && right.is_nan() || (y - right).abs() < 1e-5;
            assert!(close, "{factors:?} on {device}: {y}, not {right}");
            let running: Vec<f32> = read(&x.cumprod(0)?)?;
            let y = f64::from(running[factors.len() - 1]);
            let close = y == right || y.is_nan() && right.is_nan() || (y - right).abs() < 1e-5;
            assert!(close, "{factors:?} running on {device}: {y}, not {right}");
        }
    }
    Ok(())
}

/// Extremes and truths of int64 rows of every length: what lies behind a row in memory does not count.
#[test]
fn rows_of_int64_of_any_length_have_extremes_and_truths() -> Result<()> {
    for device in devices() {
        for n in 1..=18i64 {
            // Memory that is used again holds what 32 bits do not.
            let full = vec![i64::MAX - n; 32];
            drop(Tensor::from_slice_on(&full, 32, &device)?);
            let values: Vec<i64> = (0..n).map(|i| (i * 7 + 3) % 11 - 5).collect();
            let x = Tensor::from_slice_on(&values, n as usize, &device)?;
            let what = format!("{n} elements on {device}");
            assert_eq!(
                x.max()?.item::<i64>()?,
                *values.iter().max().unwrap(),
                "{what}"
            );
            assert_eq!(
                x.min()?.item::<i64>()?,
                *values.iter().min().unwrap(),
                "{what}"
            );
            let any = x.ne(0)?;
            assert_eq!(
                any.any()?.item::<bool>()?,
                values.iter().any(|v| *v != 0),
                "{what}"
            );
            assert_eq!(
                x.any()?.item::<bool>()?,
                values.iter().any(|v| *v != 0),
                "{what}"
            );
            assert_eq!(
                x.all()?.item::<bool>()?,
                values.iter().all(|v| *v != 0),
                "{what}"
            );
        }
    }
    Ok(())
}

/// With one factor of 0 the others' slopes are 0, also where the product of the rest leaves the range.
#[test]
fn the_gradient_of_a_product_with_a_zero() -> Result<()> {
    for device in devices() {
        for (factors, slopes) in [
            (
                [0.0f32, 1e30, 1e30, -1e30],
                [f32::NEG_INFINITY, 0.0, 0.0, 0.0],
            ),
            ([0.0, 1e30, 0.0, 1e30], [0.0; 4]),
            ([0.0, 2.0, 3.0, 4.0], [24.0, 0.0, 0.0, 0.0]),
        ] {
            let x = Tensor::from_slice(&factors, 4)?.to(&device)?;
            let x = x.requires_grad_(true)?;
            x.prod()?.backward()?;
            let got = read::<f32>(&x.grad().expect("a gradient"))?;
            assert_eq!(got, slopes, "{factors:?} on {device}");
        }
        // An infinite element is infinite itself.
        let x = Tensor::from_slice(&[0.0f32, f32::INFINITY], 2)?.to(&device)?;
        let x = x.requires_grad_(true)?;
        x.prod()?.backward()?;
        let got = read::<f32>(&x.grad().expect("a gradient"))?;
        assert_eq!(got, [f32::INFINITY, 0.0], "on {device}");
    }
    Ok(())
}

/// Products by index: few indices, which look for their equals; many, which are sorted and cut into chunks; and rows.
#[test]
fn products_by_index_do_not_depend_on_the_range_of_their_partial_results() -> Result<()> {
    for device in devices() {
        for (dtype, big) in [
            (DType::F32, 1e30),
            (DType::F64, 1e300),
            (DType::F16, 1e4),
            (DType::BF16, 1e30),
        ] {
            // 11 times 1e30 has no exponent in float64 either.
            for pairs in [2, 11, 60] {
                let values: Vec<f64> = (0..2 * pairs)
                    .map(|k| if k < pairs { big } else { 1.0 / big })
                    .collect();
                let Some(source) = tensor(&values, dtype, &device)? else {
                    continue;
                };
                let n = values.len();
                let index = Tensor::zeros(n, (DType::I64, &device))?;
                let start = Tensor::full(1, 3.0, (dtype, &device))?;
                let along = start.scatter_reduce(0, &index, &source, ScatterReduce::Prod, true)?;
                let rows = start.reshape([1, 1])?.expand([1, 9])?.index_reduce(
                    0,
                    &index,
                    &source.reshape([n, 1])?.expand([n, 9])?,
                    ScatterReduce::Prod,
                    true,
                )?;
                for y in [along, rows.reshape(-1)?] {
                    let y: Vec<f64> = read(&y.to(&Device::CPU)?.to(DType::F64)?)?;
                    // Halves round 1 over the number.
                    let far = pairs as f64 * dtype.epsilon() * 4.0;
                    assert!(
                        y.iter().all(|y| (y / 3.0 - 1.0).abs() <= far),
                        "{pairs} of {big:e} in {dtype} on {device}: {y:?}"
                    );
                }
            }
            let Some(odd) = tensor(&[big, 0.0, big, -big, f64::INFINITY], dtype, &device)? else {
                continue;
            };
            let index = Tensor::from_slice_on(&[0i64, 0, 1, 1, 2], 5, &device)?;
            let start = Tensor::full(4, -1.0, (dtype, &device))?;
            let y = start.scatter_reduce(0, &index, &odd, ScatterReduce::Prod, true)?;
            let y: Vec<f64> = read(&y.to(&Device::CPU)?.to(DType::F64)?)?;
            assert_eq!(
                y,
                [0.0, f64::INFINITY, -f64::INFINITY, -1.0],
                "{dtype} on {device}"
            );
        }
    }
    Ok(())
}

/// Partial products leave the range, the gradient does not.
#[test]
fn gradients_of_running_products() -> Result<()> {
    for device in devices() {
        if Tensor::zeros(1, (DType::F64, &device)).is_err() {
            continue;
        }
        for (values, slopes) in [
            ([1e-30, 1e-30, 1e30, 1e30], [1e30, 1e30, 1e-30, 1e-30]),
            ([1e20, 1e20, 1e-20, 1e-20], [1e-20, 1e-20, 1e20, 1e20]),
        ] {
            let x = Tensor::from_slice_on(&values, 4, &device)?.to(DType::F32)?;
            let x = x.detach().requires_grad_(true)?;
            x.cumprod(0)?.select(0, -1)?.backward()?;
            let found = x.grad().expect("a gradient").to_vec::<f32>()?;
            for (found, right) in found.iter().zip(slopes) {
                let off = (f64::from(*found) / right - 1.0).abs();
                assert!(off < 1e-6, "{values:?} on {device}: {found}, not {right}");
            }
        }
    }
    Ok(())
}

/// How many elements are not 0 does not change with them.
#[test]
fn a_norm_of_order_0_has_a_gradient_of_0() -> Result<()> {
    for device in devices() {
        let x =
            Tensor::from_slice_on(&[0.0f32, 2.0, f32::NAN], 3, &device)?.requires_grad_(true)?;
        let norm = x.norm_dim(0.0, (), false)?;
        norm.backward()?;
        assert_eq!(norm.item::<f32>()?, 2.0, "{device}");
        assert_eq!(x.grad().expect("a gradient").to_vec::<f32>()?, [0.0; 3]);
    }
    Ok(())
}

#[test]
fn errors_of_lists_name_the_callers_line() -> Result<()> {
    let x = Tensor::zeros([1; 8], &Device::CPU)?;
    for (error, text) in [
        (x.movedim(9, 0).err(), "movedim: dimension 9"),
        (Tensor::stack(&[&x, &x], 0).err(), "stack: "),
    ] {
        let error = error.expect(text).to_string();
        assert!(
            error.contains(text) && error.contains("products.rs"),
            "{error}"
        );
    }
    Ok(())
}
