//! The next number after another one, in every float dtype: its bits, its gradient, and what is refused.

use super::{supported, tensor};
use rushlight::{DType, ErrorKind, Result, prelude::*};
use rushlight_tests::devices;

const FLOATS: [DType; 4] = [DType::F16, DType::BF16, DType::F32, DType::F64];

/// The distance from 1 to the next number, the smallest number, and the largest.
fn ends(dtype: DType) -> [f64; 3] {
    let least = match dtype {
        DType::F16 => 2f64.powi(-24),
        DType::BF16 => 2f64.powi(-133),
        DType::F32 => 2f64.powi(-149),
        _ => f64::from_bits(1),
    };
    [dtype.epsilon(), least, dtype.largest_finite()]
}

#[test]
fn nextafter_is_the_neighbour() -> Result<()> {
    for device in devices() {
        for dtype in FLOATS {
            let [eps, least, largest] = ends(dtype);
            let infinity = f64::INFINITY;
            let cases = [
                (1.0, 2.0, 1.0 + eps),
                (1.0, 0.0, 1.0 - eps / 2.0),
                (-1.0, -2.0, -1.0 - eps),
                (-2.0, 0.0, -2.0 + eps),
                (0.0, 1.0, least),
                (0.0, -1.0, -least),
                (least, 0.0, 0.0),
                (-least, 1.0, -0.0),
                (largest, infinity, infinity),
                (infinity, 0.0, largest),
                (-infinity, 0.0, -largest),
                (3.0, 3.0, 3.0),
                (0.0, -0.0, -0.0),
                (f64::NAN, 1.0, f64::NAN),
                (1.0, f64::NAN, f64::NAN),
            ];
            let columns = [0, 1].map(|k| cases.map(|(x, y, _)| [x, y][k]));
            let (Some(x), Some(y)) = (
                tensor(&columns[0], dtype, &device)?,
                tensor(&columns[1], dtype, &device)?,
            ) else {
                continue;
            };
            let next = x.nextafter(&y)?;
            assert_eq!(next.dtype(), dtype);
            let got = next.to(&Device::CPU)?.to(DType::F64)?.to_vec::<f64>()?;
            // Where subnormal numbers of float32 are 0 the smallest bfloat16 is, too.
            let small = x.narrow(0, 6, 1)?.abs()?.mul(1.0)?;
            let vanishes = small.to(&Device::CPU)?.eq(0.0)?.item::<bool>()? && dtype == DType::BF16;
            for ((x, y, want), got) in cases.into_iter().zip(got) {
                let tiny = [x, want].iter().any(|n| n.abs() == least);
                if vanishes && tiny {
                    continue;
                }
                let same = got == want && got.is_sign_negative() == want.is_sign_negative();
                let right = same || got.is_nan() && want.is_nan();
                assert!(
                    right,
                    "nextafter({x:e}, {y:e}) in {dtype} on {device}: {got:e}"
                );
            }
            x.nextafter_(&y)?;
            let in_place = x.to(&Device::CPU)?.to(DType::F64)?.to_vec::<f64>()?;
            assert_eq!(in_place[0], 1.0 + eps, "{dtype} on {device}");
        }
    }
    Ok(())
}

/// Next to `x` the function is `x` and a step, which has no slope.
#[test]
fn its_gradient_is_that_of_x() -> Result<()> {
    for device in devices() {
        for dtype in FLOATS {
            let pair = [[1.0, 2.0, 3.0], [2.0, 0.0, 3.0]].map(|v| tensor(&v, dtype, &device));
            let [Some(x), Some(y)] = pair.map(|t| t.unwrap()) else {
                continue;
            };
            let (x, y) = (x.requires_grad_(true)?, y.requires_grad_(true)?);
            x.nextafter(&y)?.sum()?.backward()?;
            let slope = |t: &Tensor| {
                let grad = t
                    .grad()
                    .map(|g| g.to(&Device::CPU)?.to(DType::F64)?.to_vec::<f64>());
                grad.unwrap_or_else(|| Ok(vec![0.0; 3]))
            };
            assert_eq!(slope(&x)?, [1.0, 1.0, 0.0], "{dtype} on {device}");
            assert_eq!(slope(&y)?, [0.0, 0.0, 0.0], "{dtype} on {device}");
        }
    }
    Ok(())
}

/// As in PyTorch: two integers have no float between them, an integer and a float meet in the float's dtype.
#[test]
fn functions_of_floats_refuse_integers() -> Result<()> {
    type Function = fn(&Tensor, &Tensor) -> Result<Tensor>;
    let functions: [(&str, Function, f64); 4] = [
        ("hypot", Tensor::hypot, 5.0),
        ("logaddexp", Tensor::logaddexp, 4.313261687518223),
        ("logaddexp2", Tensor::logaddexp2, 4.584962500721156),
        (
            "nextafter",
            Tensor::nextafter,
            3.0 + 2.0 * f32::EPSILON as f64,
        ),
    ];
    for device in devices() {
        let number = |x: f64, dtype| Tensor::full(1, x, (dtype, &device));
        for (name, f, want) in functions {
            for dtype in [DType::I64, DType::I32, DType::U8] {
                let refused = f(&number(3.0, dtype)?, &number(4.0, dtype)?).expect_err(name);
                assert_eq!(refused.kind(), ErrorKind::DType, "{name}: {refused}");
                let Some(mixed) = supported(f(&number(3.0, dtype)?, &number(4.0, DType::F32)?))?
                else {
                    continue;
                };
                let got = f64::from(mixed.to(&Device::CPU)?.item::<f32>()?);
                assert!((got / want - 1.0).abs() < 2e-7, "{name} on {device}: {got}");
            }
        }
    }
    Ok(())
}
