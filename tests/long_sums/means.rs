//! Norms and variances.

use super::{HALVES, first, rounded};
use rushlight::Result;
use rushlight::nn::functional as f;
use rushlight::prelude::*;
use rushlight_tests::devices;

const FAR: f64 = 12345.678;

/// Ten rows of `row` on a device.
fn rows(row: &[f64], device: &Device) -> Tensor {
    let row = Tensor::from_slice_on(row, [1, row.len()], device).unwrap();
    row.to(DType::F32)
        .unwrap()
        .expand([10, row.numel()])
        .unwrap()
        .copy()
        .unwrap()
}

fn largest(t: &Tensor) -> f64 {
    t.detach()
        .abs()
        .unwrap()
        .max()
        .unwrap()
        .item::<f32>()
        .unwrap() as f64
}

#[test]
fn norms_of_constants_are_0() {
    // Multiples of four and others, short and long rows: fused and composed ones.
    for device in devices() {
        for n in [10, 12, 37, 400, 3000] {
            let x = rows(&vec![FAR; n], &device).requires_grad_(true).unwrap();
            let y = x.layer_norm(n, None, None, 1e-5).unwrap();
            assert_eq!(largest(&y), 0.0, "layer_norm of {n} on {device}");
            let weight = Tensor::ones(n, (DType::F32, &device)).unwrap();
            let weight = weight.requires_grad_(true).unwrap();
            let y = x.layer_norm(n, Some(&weight), None, 1e-5).unwrap();
            y.sum().unwrap().backward().unwrap();
            assert_eq!(
                largest(&weight.grad().unwrap()),
                0.0,
                "∂w of {n} on {device}"
            );
            assert!(largest(&x.grad().unwrap()) < 1e-3);
            assert_eq!(largest(&x.var().unwrap()), 0.0, "var of {n} on {device}");
            assert_eq!(largest(&x.std_dim(1, 1.0, false).unwrap()), 0.0);
            assert_eq!(largest(&x.var_mean(0, 0.0, false).unwrap().0), 0.0);
            let image = x.detach().reshape([5, 2, n]).unwrap();
            let batch = f::batch_norm(&image, None, None, None, true, 1e-5).unwrap();
            assert_eq!(largest(&batch), 0.0, "batch_norm of {n} on {device}");
            let group = f::group_norm(&image, 2, None, None, 1e-5).unwrap();
            assert_eq!(largest(&group), 0.0, "group_norm of {n} on {device}");
            let instance = f::instance_norm(&image, None, None, None, true, 1e-5).unwrap();
            assert_eq!(largest(&instance), 0.0, "instance_norm of {n} on {device}");
            let table = x.detach().narrow(0, 0, 3).unwrap();
            let cov = table.cov(1.0, None, None).unwrap();
            assert_eq!(largest(&cov), 0.0, "cov of {n} on {device}");
        }
    }
}

/// Neighbours in `float32`: the mean lies between them, where there is none.
#[test]
fn variances_are_right_to_the_last_digits() {
    let step = 2f64.powi(-10);
    for device in devices() {
        for n in [8, 13, 1000] {
            let values: Vec<f64> = (0..n)
                .map(|i| 12345.0 + (i % 3 == 0) as u8 as f64 * step)
                .collect();
            let mean = values.iter().sum::<f64>() / n as f64;
            let var = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n as f64;
            let x = rows(&values, &device).requires_grad_(true).unwrap();
            let near = |got: f64, want: f64, what: &str| {
                // A covariance is a product of matrices, whose sums are longer.
                let most = if what == "cov" { 1e-5 } else { 4e-7 };
                assert!(
                    (got - want).abs() <= most * want.abs(),
                    "{what} of {n} on {device}: {got}, not {want}"
                );
            };
            near(
                first(&x.var_dim(1, 0.0, false).unwrap()).unwrap(),
                var,
                "var",
            );
            near(
                first(&x.std_dim(1, 0.0, false).unwrap()).unwrap(),
                var.sqrt(),
                "std",
            );
            let cov = x.cov(0.0, None, None).unwrap();
            near(first(&cov).unwrap(), var, "cov");
            let eps = 1e-9;
            let normal: Vec<f64> = values
                .iter()
                .map(|v| (v - mean) / (var + eps).sqrt())
                .collect();
            let y = x.layer_norm(n, None, None, eps).unwrap();
            for (y, want) in y.to_vec::<f32>().unwrap().iter().zip(&normal) {
                near(*y as f64, *want, "layer_norm");
            }
            let image = x.reshape([10, 1, n]).unwrap();
            let y = f::batch_norm(&image, None, None, None, true, eps).unwrap();
            for (y, want) in y.to_vec::<f32>().unwrap().iter().zip(&normal) {
                near(*y as f64, *want, "batch_norm");
            }
            // The slope of the first normalized element for itself: (1 - 1/n - y²/n) / √(var + eps); near 1.
            let y = x.layer_norm(n, None, None, eps).unwrap();
            let slope = (1.0 - (1.0 + normal[0] * normal[0]) / n as f64) / (var + eps).sqrt();
            y.narrow(0, 0, 1)
                .unwrap()
                .narrow(1, 0, 1)
                .unwrap()
                .sum()
                .unwrap()
                .backward()
                .unwrap();
            let got = first(&x.grad().unwrap()).unwrap();
            assert!(
                (got - slope).abs() <= 1e-5 * slope.abs(),
                "{got}, not {slope}, on {device}"
            );
        }
    }
}

#[test]
fn statistics_of_halves_are_taken_wide() {
    for device in devices() {
        for dtype in HALVES {
            // 1,000 values of 500 and 504: their sum is beyond float16, the squares as well.
            let values: Vec<f64> = (0..1000).map(|i| 500.0 + 4.0 * (i % 2) as f64).collect();
            let x = Tensor::from_slice_on(&values, [1000, 1], &device).unwrap();
            let x = x.to(dtype).unwrap();
            let stats = [0.0, 1.0].map(|v| Tensor::full(1, v, (dtype, &device)).unwrap());
            let running = f::RunningStats {
                mean: &stats[0],
                var: &stats[1],
                momentum: 1.0,
            };
            let y = f::batch_norm(&x, Some(running), None, None, true, 1e-5).unwrap();
            assert!(
                (first(&y).unwrap() + 1.0).abs() < 1e-2,
                "{dtype} on {device}"
            );
            assert_eq!(first(&stats[0]).unwrap(), rounded(502.0, dtype).unwrap());
            let unbiased = rounded(4000.0 / 999.0, dtype).unwrap();
            assert_eq!(first(&stats[1]).unwrap(), unbiased, "{dtype} on {device}");
        }
    }
}

/// Rows that are reduced in parts, whose sums leave the range or lie at its lower end.
#[test]
fn means_and_norms_of_long_rows_stay_in_range() -> Result<()> {
    let near = |found: &Tensor, right: f64, what: &str| -> Result<()> {
        let found = first(found)?;
        assert!(
            (found - right).abs() <= 1e-6 * right,
            "{what}: {found}, {right} is right"
        );
        Ok(())
    };
    for device in devices() {
        let long = |pair: [f64; 2], dtype: DType| -> Result<Tensor> {
            let pair = Tensor::from_slice_on(&pair, 2, &device)?.to(dtype)?;
            pair.expand([7001, 2])?.reshape(-1)
        };
        let x = long([3e38, 1.5e38], DType::F32)?;
        near(&x.mean()?, 2.25e38, "mean")?;
        near(
            &x.reshape([7001, 2])?.mean_dim(0, false)?,
            f64::from(3e38f32),
            "mean of columns",
        )?;
        near(&x.nanmean((), false)?, 2.25e38, "nanmean")?;
        near(
            &x.root_mean_square((), false)?,
            11.25f64.sqrt() / 2f64.sqrt() * 1e38,
            "rms",
        )?;
        let x = long([1.5e-38, 3e-38], DType::F32)?;
        // Means of parts are rounded among the subnormal numbers.
        let mean = first(&x.mean()?)?;
        assert!((mean / 2.25e-38 - 1.0).abs() < 1e-5, "{mean}");
        near(
            &x.norm()?,
            (7001.0 * 11.25f64).sqrt() * 1e-38,
            "norm of small numbers",
        )?;
        let x = long([1e25, 3e25], DType::F32)?;
        near(&x.norm()?, (7001.0 * 10f64).sqrt() * 1e25, "norm")?;
        let x = long([3e38, -1e38], DType::F32)?;
        // What is rounded are sums of larger numbers than their mean.
        let mean = first(&x.mean()?)?;
        assert!((mean / 1e38 - 1.0).abs() < 1e-5, "{mean}");
        let mean = long([1.5e308, 1e308], DType::F64)?.mean()?;
        let mean = mean.item::<f64>()?;
        assert!((mean / 1.25e308 - 1.0).abs() < 1e-12, "{mean}");
    }
    Ok(())
}
