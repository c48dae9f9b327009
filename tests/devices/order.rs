//! Compositions whose intermediate results leave the range of float32 where their result does not.

use super::{read, supported};
use rushlight::prelude::*;
use rushlight::{DType, Device, Result, Tensor};
use rushlight_tests::devices;

fn of(values: &[f32], device: &Device) -> Result<Tensor> {
    Tensor::from_slice_on(values, values.len(), device)
}

fn near(got: f32, right: f64) -> bool {
    (f64::from(got) / right - 1.0).abs() < 1e-5
}

#[test]
fn the_value_of_a_product_or_quotient_comes_first() -> Result<()> {
    for device in devices() {
        let [zero, large, small] = [0.0, 1e30, 1e-30].map(|x| of(&[x], &device));
        let (zero, large, small) = (zero?, large?, small?);
        let in_place = |f: &dyn Fn(&Tensor) -> Result<()>| -> Result<Tensor> {
            let x = zero.copy()?;
            f(&x)?;
            Ok(x)
        };
        for (name, y) in [
            ("addcmul", zero.addcmul(&large, &large, 1e-30)?),
            ("addcdiv", zero.addcdiv(&large, &small, 1e-30)?),
            (
                "addcmul_",
                in_place(&|x| x.addcmul_(&large, &large, 1e-30))?,
            ),
            (
                "addcdiv_",
                in_place(&|x| x.addcdiv_(&large, &small, 1e-30))?,
            ),
            (
                "addr",
                zero.reshape([1, 1])?.addr(&large, &large, 1.0, 1e-30)?,
            ),
        ] {
            let y: f32 = read(&y)?[0];
            assert!(near(y, 1e30), "{name} on {device}: {y:e}");
        }
        // Integers and a float of another width meet before anything is multiplied.
        let counts = Tensor::full(1, 3, (DType::I64, &device))?;
        if let Some(sum) = supported(zero.to(DType::F64))? {
            let y = sum.addcmul(&counts, &counts, 0.1)?;
            assert_eq!(read::<f64>(&y)?, [0.1 * 3.0 * 3.0]);
        }
        assert_eq!(read::<i64>(&counts.addcmul(&counts, &counts, 2)?)?, [21]);
    }
    Ok(())
}

#[test]
fn areas_and_bins_of_large_numbers() -> Result<()> {
    for device in devices() {
        let y = of(&[3e38, 3e38], &device)?.requires_grad_(true)?;
        let area = y.trapezoid(1, -1)?;
        area.backward()?;
        assert_eq!(read::<f32>(&area.detach())?, [3e38], "on {device}");
        let slopes = y.grad().map(|g| read::<f32>(&g)).transpose()?;
        assert_eq!(slopes, Some(vec![0.5, 0.5]), "on {device}");
        let y = y.detach();
        assert_eq!(read::<f32>(&y.cumulative_trapezoid(1, -1)?)?, [3e38]);
        let whole = Tensor::from_slice_on(&[1i64, 5, 10], 3, &device)?;
        assert_eq!(read::<f32>(&whole.trapezoid(1, -1)?)?, [10.5]);

        let places = |values: &[f32], bins, low, high| -> Result<Vec<usize>> {
            let counts: Vec<f32> = read(&of(values, &device)?.histc(bins, low, high)?)?;
            let full = counts.iter().enumerate().filter(|(_, n)| **n > 0.0);
            Ok(full.map(|(bin, _)| bin).collect())
        };
        assert_eq!(
            places(&[1e38, 5e37], 100, 0.0, 1e38)?,
            [50, 99],
            "on {device}"
        );
        let ends = places(&[-3e38, 1e38, 3e38], 4, -3e38, 3e38)?;
        assert_eq!(ends, [0, 2, 3], "on {device}");
    }
    Ok(())
}

/// A few terms at once or all of them: the same sum.
#[test]
fn mvlgamma_of_many_elements() -> Result<()> {
    for device in devices() {
        let x = Tensor::full(40_000, 7.5, &device)?;
        let y: Vec<f32> = read(&x.mvlgamma(3)?)?;
        // 3/2 ln π + ln Γ(7.5) + ln Γ(7) + ln Γ(6.5).
        let right = 1.717_094_83 + 7.534_364_24 + 6.579_251_21 + 5.662_562_06;
        assert!(y.iter().all(|&y| near(y, right)), "{} on {device}", y[0]);
    }
    Ok(())
}

/// The factorial and the zeta function both leave the range.
#[test]
fn derivatives_of_digamma_of_any_order() -> Result<()> {
    for device in devices() {
        for (order, at, right) in [
            (2, 2.0, -0.404_113_806_319_188_6),
            (40, 10.0, -8_327_848.721_7),
            (40, 0.5, f64::NEG_INFINITY),
            (20, 100.0, -1.3423500975739655e-23),
            (8, 1e5, -5.040201603024e-37),
            (3, -0.5, 193.40909103400244),
        ] {
            let x = of(&[at], &device)?;
            let got: f32 = read(&x.polygamma(order)?)?[0];
            let same = f64::from(got) == right || near(got, right);
            assert!(
                same,
                "order {order} at {at} on {device}: {got:e}, not {right:e}"
            );
        }
        for (order, at, right) in [
            (171, 10.0, 1.241_018_164_457_91e137),
            (300, 30.0, -7.452_943_592_429_575e169),
        ] {
            let Some(x) = supported(of(&[at], &device)?.to(DType::F64))? else {
                continue;
            };
            let got: f64 = read(&x.polygamma(order)?)?[0];
            assert!(
                (got / right - 1.0).abs() < 1e-12,
                "order {order} on {device}: {got:e}"
            );
        }
        let x = of(&[10.0], &device)?.requires_grad_(true)?;
        x.polygamma(39)?.sum()?.backward()?;
        let slope = x.grad().map(|g| read::<f32>(&g)).transpose()?;
        assert!(
            slope.is_some_and(|s| near(s[0], -8_327_848.721_7)),
            "on {device}"
        );
    }
    Ok(())
}
