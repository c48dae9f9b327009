//! Gradients where a function has a corner, an infinite or no value, or its norm's square leaves the range.

use super::read;
use rushlight::nn::functional as f;
use rushlight::prelude::*;
use rushlight::{DType, Result, Tensor};
use rushlight_tests::devices;

const NAN: f64 = f64::NAN;

/// The gradient of `Σ function(x)` in `float64`.
fn gradient(x: &Tensor, function: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Vec<f64>> {
    let x = x.detach().requires_grad_(true)?;
    function(&x)?.sum()?.backward()?;
    let wide = x.grad().unwrap().to(&Device::CPU)?.to(DType::F64)?;
    read(&wide.reshape(-1)?)
}

/// At a limit nothing passes; a NaN that comes in passes its gradient on, as in PyTorch, and is not held back by a limit.
#[test]
fn limits_pass_the_gradient_of_nan() -> Result<()> {
    for device in devices() {
        for dtype in [DType::F32, DType::F16, DType::BF16] {
            let x = Tensor::from_slice(&[NAN, -1.0, 0.0, 0.5, 6.0, f64::INFINITY], 6)?
                .to((dtype, &device))?;
            let y: Vec<f64> = read(&f::relu6(&x)?.to(&Device::CPU)?.to(DType::F64)?)?;
            assert!(y[0].is_nan(), "{device}");
            assert_eq!(y[1..], [0.0, 0.0, 0.5, 6.0, 6.0], "{dtype} on {device}");
            let relu6 = gradient(&x, f::relu6)?;
            assert_eq!(relu6, [1.0, 0.0, 0.0, 1.0, 0.0, 0.0], "{dtype} on {device}");
            let hardtanh = gradient(&x, |x| f::hardtanh(x, ()))?;
            assert_eq!(
                hardtanh,
                [1.0, 0.0, 1.0, 1.0, 0.0, 0.0],
                "{dtype} on {device}"
            );
        }
    }
    Ok(())
}

/// `5 / norm²` vanishes in float32; the gradient, `w 5 / norm` without its part along `x`, does not.
#[test]
fn renorm_of_large_rows() -> Result<()> {
    for device in devices() {
        let x = Tensor::from_slice(&[3e25f32, 4e25, 0.3, 0.4], [2, 2])?.to(&device)?;
        let w = Tensor::from_slice(&[0.5f32, 0.75, 0.5, 0.75], [2, 2])?.to(&device)?;
        let got = gradient(&x, |x| x.renorm(2.0, 0, 5.0)?.mul(&w))?;
        for (got, right) in got.iter().zip([-4e-27, 3e-27, 0.5, 0.75]) {
            assert!(
                (got / right - 1.0).abs() < 1e-4,
                "{got}, not {right} on {device}"
            );
        }
    }
    Ok(())
}

/// The square of 10³⁰ is infinite, but the slope is that of the line that the function has long become.
#[test]
fn gelu_of_large_numbers() -> Result<()> {
    for device in devices() {
        let x = Tensor::from_slice(&[1e30f32, -1e30, f32::INFINITY, 0.0], 4)?.to(&device)?;
        let got = gradient(&x, |x| f::gelu(x, f::Approximate::Tanh))?;
        assert_eq!(got, [1.0, 0.0, 1.0, 0.5], "{device}");
    }
    Ok(())
}

/// The functions that overflow are infinite there, and so are their slopes; sinc is 0 at the whole numbers.
#[test]
fn bessel_functions_and_sinc_at_the_ends() -> Result<()> {
    for device in devices() {
        let x = Tensor::from_slice(&[100.0f32, -100.0, 1e30], 3)?.to(&device)?;
        let x = x.requires_grad_(true)?;
        x.i1()?.sum()?.backward()?;
        let slopes = read::<f32>(&x.grad().expect("a gradient"))?;
        assert_eq!(slopes, [f32::INFINITY; 3], "on {device}");
        let whole = Tensor::from_slice(&[1.0f32, -2.0, 7.0, 1e6, 3e38], 5)?;
        let values = read::<f32>(&whole.to(&device)?.sinc()?)?;
        assert!(values.iter().all(|v| *v == 0.0), "{values:?} on {device}");
    }
    Ok(())
}

/// Powers of two beyond the range, of numbers that bring the product back into it.
#[test]
fn ldexp_by_large_exponents() -> Result<()> {
    for device in devices() {
        let x = Tensor::from_slice(&[0.0f32, 1e-30, 1e30, 1.0, -3.0, 1.5], 6)?.to(&device)?;
        let exponents = [1000i64, 200, -200, 1000, -1000, 3];
        let e = Tensor::from_slice(&exponents, 6)?.to(&device)?;
        let want = [
            0.0,
            1e-30f32 * 2f32.powi(100) * 2f32.powi(100),
            1e30f32 * 2f32.powi(-100) * 2f32.powi(-100),
            f32::INFINITY,
            -0.0,
            12.0,
        ];
        assert_eq!(read::<f32>(&x.ldexp(&e)?)?, want, "on {device}");
        // The slope of an infinite result is infinite.
        let one = x.narrow(0, 3, 1)?;
        let beyond = Tensor::from_slice(&[500.0f32], 1)?
            .to(&device)?
            .requires_grad_(true)?;
        one.ldexp(&beyond)?.sum()?.backward()?;
        let slope = read::<f32>(&beyond.grad().expect("a gradient"))?;
        assert_eq!(slope, [f32::INFINITY], "on {device}");
        let halves = [x.to(DType::F16)?, e.to(DType::F16)?];
        let got = halves[0].ldexp(&halves[1])?.to(&Device::CPU)?;
        let got = read::<f32>(&got.to(DType::F32)?)?;
        assert_eq!(
            (got[0], got[3], got[5]),
            (0.0, f32::INFINITY, 12.0),
            "on {device}"
        );
    }
    Ok(())
}

/// Both ends are reached exactly, and the way between them may be longer than the largest number.
#[test]
fn lerp_between_far_ends() -> Result<()> {
    for device in devices() {
        let a = Tensor::from_slice(&[-3e38f32, -3.0, 0.1], 3)?.to(&device)?;
        let b = Tensor::from_slice(&[3e38f32, 7.0, 0.1], 3)?.to(&device)?;
        assert_eq!(
            read::<f32>(&a.lerp(&b, 0.0)?)?,
            [-3e38, -3.0, 0.1],
            "{device}"
        );
        assert_eq!(
            read::<f32>(&a.lerp(&b, 1.0)?)?,
            [3e38, 7.0, 0.1],
            "{device}"
        );
        let middle = read::<f32>(&a.lerp(&b, 0.3)?)?;
        assert!(
            (middle[0] / -1.2e38 - 1.0).abs() < 1e-6,
            "{device}: {middle:?}"
        );
        assert_eq!(middle[1..], [0.0, 0.1], "{device}");
    }
    Ok(())
}
