//! Rounding and signs: the sign of zero, ties, NaN, infinities, and numbers too large for a fraction.

use super::{read, same, supported, tensor};
use rushlight::{DType, Result, Tensor};
use rushlight_tests::devices;

type Case = (&'static str, fn(&Tensor) -> Result<Tensor>, fn(f64) -> f64);

const FUNCTIONS: [Case; 9] = [
    ("round", |x| x.round(), f64::round_ties_even),
    ("floor", |x| x.floor(), f64::floor),
    ("ceil", |x| x.ceil(), f64::ceil),
    ("trunc", |x| x.trunc(), f64::trunc),
    ("frac", |x| x.frac(), |x| x - x.trunc()),
    ("neg", |x| x.neg(), |x| -x),
    ("abs", |x| x.abs(), f64::abs),
    // The sign of NaN is 0, as in PyTorch.
    (
        "sign",
        |x| x.sign(),
        |x| {
            if x > 0.0 {
                1.0
            } else if x < 0.0 {
                -1.0
            } else {
                0.0
            }
        },
    ),
    ("relu", |x| x.relu(), |x| if x < 0.0 { 0.0 } else { x }),
];

/// What every float dtype has, with both signs: halves and their neighbours, and the powers of two around which fractions end.
fn values(dtype: DType) -> Vec<f64> {
    let mut values = vec![0.0, f64::INFINITY, f64::NAN, dtype.largest_finite()];
    for base in [0.25, 0.5, 0.75, 1.0, 1.5, 2.5, 3.5, 7.5, 100.5, 101.5] {
        values.extend([
            base,
            base * (1.0 + dtype.epsilon()),
            base * (1.0 - dtype.epsilon()),
        ]);
    }
    for exponent in [
        7, 8, 10, 11, 22, 23, 24, 30, 31, 32, 51, 52, 53, 62, 63, 64, 100,
    ] {
        let power = 2f64.powi(exponent);
        if power <= dtype.largest_finite() {
            values.extend([
                power,
                power * (1.0 + dtype.epsilon()),
                power * (1.0 - dtype.epsilon() / 2.0),
                power - 0.5,
                power + 0.5,
            ]);
        }
    }
    let negative: Vec<f64> = values.iter().map(|x| -x).collect();
    values.extend(negative);
    // Each is a number of the dtype.
    let x = Tensor::from_slice(&values, values.len()).unwrap();
    x.to(dtype)
        .unwrap()
        .to(DType::F64)
        .unwrap()
        .to_vec()
        .unwrap()
}

#[test]
fn every_device_rounds_every_special_value_alike() -> Result<()> {
    for device in devices() {
        for dtype in [DType::F32, DType::F64, DType::F16, DType::BF16] {
            let values = values(dtype);
            let Some(x) = tensor(&values, dtype, &device)? else {
                continue;
            };
            // Dense memory and any layout have kernels of their own.
            let strided = Tensor::stack(&[&x, &x], 1)?.select(1, 0)?;
            for (name, f, expected) in FUNCTIONS {
                for x in [&x, &strided] {
                    let y = f(x)?;
                    let y: Vec<f64> = read(&y.to(&rushlight::Device::CPU)?.to(DType::F64)?)?;
                    for (&x, &y) in values.iter().zip(&y) {
                        let right = expected(x);
                        assert!(
                            same(y, right),
                            "{name} of {x:?} in {dtype} on {device}: {y:?}, not {right:?}"
                        );
                    }
                }
            }
        }
    }
    Ok(())
}

#[test]
fn every_device_divides_and_rounds_alike() -> Result<()> {
    for device in devices() {
        for dtype in [DType::F32, DType::F64] {
            let values = values(dtype);
            let Some(x) = tensor(&values, dtype, &device)? else {
                continue;
            };
            let cpu = tensor(&values, dtype, &rushlight::Device::CPU)?.unwrap_or_else(|| x.clone());
            for divisor in [0.3, -2.0, 1e20] {
                for (name, y, right) in [
                    (
                        "floor_divide",
                        x.floor_divide(divisor)?,
                        cpu.floor_divide(divisor)?,
                    ),
                    ("remainder", x.remainder(divisor)?, cpu.remainder(divisor)?),
                    ("fmod", x.fmod(divisor)?, cpu.fmod(divisor)?),
                ] {
                    let (y, right): (Vec<f64>, Vec<f64>) = (
                        read(&y.to(&rushlight::Device::CPU)?.to(DType::F64)?)?,
                        read(&right.to(DType::F64)?)?,
                    );
                    for ((x, y), right) in values.iter().zip(y).zip(right) {
                        assert!(
                            same(y, right),
                            "{name} of {x:?} and {divisor} in {dtype} on {device}: {y:?}, not {right:?}"
                        );
                    }
                }
            }
        }
    }
    Ok(())
}

/// Functions of two elements that choose one of them or its sign.
#[test]
fn every_device_chooses_alike_among_zeros_and_nans() -> Result<()> {
    let values = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        f64::NAN,
        f64::INFINITY,
        -f64::INFINITY,
    ];
    let pairs: Vec<(f64, f64)> = values
        .iter()
        .flat_map(|&a| values.map(|b| (a, b)))
        .collect();
    let (left, right): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    for device in devices() {
        for dtype in [DType::F32, DType::F64, DType::F16, DType::BF16] {
            let (Some(a), Some(b)) = (
                tensor(&left, dtype, &device)?,
                tensor(&right, dtype, &device)?,
            ) else {
                continue;
            };
            let nan_first = |a: f64, b: f64, f: fn(f64, f64) -> bool| {
                if a.is_nan() || b.is_nan() {
                    f64::NAN
                } else if f(a, b) {
                    a
                } else {
                    b
                }
            };
            type Function = fn(&Tensor, &Tensor) -> Result<Tensor>;
            type Right<'a> = &'a dyn Fn(f64, f64) -> f64;
            let cases: [(&str, Function, Right<'_>); 5] = [
                ("maximum", |a, b| a.maximum(b), &|a, b| {
                    nan_first(a, b, |a, b| a > b)
                }),
                ("minimum", |a, b| a.minimum(b), &|a, b| {
                    nan_first(a, b, |a, b| a < b)
                }),
                ("fmax", |a, b| a.fmax(b), &f64::max),
                ("fmin", |a, b| a.fmin(b), &f64::min),
                ("copysign", |a, b| a.copysign(b), &f64::copysign),
            ];
            for (name, f, expected) in cases {
                let Some(y) = supported(f(&a, &b))? else {
                    continue;
                };
                let y: Vec<f64> = read(&y.to(&rushlight::Device::CPU)?.to(DType::F64)?)?;
                for (&(a, b), y) in pairs.iter().zip(y) {
                    let right = expected(a, b);
                    assert!(
                        same(y, right) || y == right,
                        "{name} of {a:?} and {b:?} in {dtype} on {device}: {y:?}, not {right:?}"
                    );
                }
            }
        }
    }
    Ok(())
}
