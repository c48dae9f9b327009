//! Clipping of gradients in every dtype, and of several dtypes at once, on every device.

use rushlight::nn::Parameter;
use rushlight::optim::{clip_grad_norm_, clip_grad_norm_with, get_total_norm};
use rushlight::prelude::*;
use rushlight::{Device, Result};
use rushlight_tests::devices;

/// A parameter whose gradient has these elements.
fn with_grad(grad: &[f64], dtype: DType, device: &Device) -> Result<Parameter> {
    let param = Parameter::new(Tensor::zeros([grad.len()], (dtype, device))?)?;
    let grad = Tensor::from_slice(grad, [grad.len()])?
        .to(dtype)?
        .to(device)?;
    param.set_grad(Some(grad))?;
    Ok(param)
}

fn grad_of(param: &Parameter) -> Vec<f64> {
    let grad = param.grad().unwrap().to(&Device::CPU).unwrap();
    grad.to(DType::F64).unwrap().to_vec().unwrap()
}

#[track_caller]
fn near(found: f64, right: f64, part: f64) {
    assert!(
        (found - right).abs() <= part * right.abs(),
        "{found}, {right} is right"
    );
}

#[test]
fn a_norm_of_halves_may_be_larger_than_a_half() -> Result<()> {
    for device in devices() {
        for dtype in [DType::F16, DType::BF16] {
            let params = [
                with_grad(&[60000.0, 60000.0], dtype, &device)?,
                with_grad(&[60000.0], dtype, &device)?,
            ];
            let stored = grad_of(&params[1])[0];
            let norm = clip_grad_norm_(params.iter().cloned(), 3f64.sqrt())?;
            assert_eq!(norm.dtype(), DType::F32);
            near(norm.item()?, stored * 3f64.sqrt(), 1e-6);
            for param in &params {
                assert_eq!(param.grad().unwrap().dtype(), dtype);
                grad_of(param).into_iter().for_each(|g| near(g, 1.0, 1e-6));
            }
        }
    }
    Ok(())
}

#[test]
fn a_factor_may_be_smaller_than_a_half() -> Result<()> {
    for device in devices() {
        let param = with_grad(&[32768.0], DType::F16, &device)?;
        // The factor is 2^-25, below the least half; the product, 2^-10, is one.
        clip_grad_norm_([param.clone()], 2f64.powi(-10))?;
        near(grad_of(&param)[0], 2f64.powi(-10), 1e-3);
    }
    Ok(())
}

#[test]
fn the_first_gradients_dtype_does_not_matter() -> Result<()> {
    for device in devices() {
        let dtypes = [DType::F16, DType::F32, DType::BF16];
        for first in 0..3 {
            let params: Vec<Parameter> = (0..3)
                .map(|i| with_grad(&[3000.0, 4000.0], dtypes[(first + i) % 3], &device))
                .collect::<Result<_>>()?;
            let values: Vec<f64> = params.iter().flat_map(grad_of).collect();
            let right = values.iter().map(|g| g * g).sum::<f64>().sqrt();
            let norm = get_total_norm(
                params
                    .iter()
                    .filter_map(|p| p.grad())
                    .collect::<Vec<_>>()
                    .iter(),
                2.0,
                true,
            )?;
            near(norm.item()?, right, 1e-6);
            clip_grad_norm_(params.iter().cloned(), 1.0)?;
            for (clipped, before) in params.iter().flat_map(grad_of).zip(values) {
                near(clipped, before / right, 4e-3);
            }
        }
    }
    let double = with_grad(&[1e200], DType::F64, &Device::CPU)?;
    let single = with_grad(&[1.0], DType::F32, &Device::CPU)?;
    let norm = clip_grad_norm_([single.clone(), double.clone()], 1.0)?;
    assert_eq!((norm.dtype(), norm.item::<f64>()?), (DType::F64, 1e200));
    near(grad_of(&double)[0], 1.0, 1e-12);
    Ok(())
}

#[test]
fn gradients_on_several_devices_are_one_vector() -> Result<()> {
    for device in devices() {
        let near_by = with_grad(&[3.0], DType::F32, &Device::CPU)?;
        let away = with_grad(&[4.0], DType::F32, &device)?;
        for params in [
            [near_by.clone(), away.clone()],
            [away.clone(), near_by.clone()],
        ] {
            let norm = clip_grad_norm_with(params.clone(), 5.0, 2.0, true)?;
            assert_eq!(norm.device(), params[0].device());
            near(norm.item::<f32>()?.into(), 5.0, 1e-6);
        }
    }
    Ok(())
}

#[test]
fn every_order_is_that_of_one_vector() -> Result<()> {
    for device in devices() {
        for dtype in [DType::F32, DType::F16, DType::BF16] {
            let grads = [&[0.0, 3.0, -4.0][..], &[], &[0.0, 0.0], &[12.0]];
            for (order, right) in [
                (f64::INFINITY, 12.0),
                (f64::NEG_INFINITY, 0.0),
                (0.0, 3.0),
                (1.0, 19.0),
                (2.0, 13.0),
                (3.0, (27.0 + 64.0 + 1728f64).cbrt()),
                (0.5, (3f64.sqrt() + 2.0 + 12f64.sqrt()).powi(2)),
            ] {
                let params = grads
                    .iter()
                    .map(|g| with_grad(g, dtype, &device))
                    .collect::<Result<Vec<_>>>()?;
                let norm = clip_grad_norm_with(params, f64::INFINITY, order, true)?;
                near(norm.item()?, right, 1e-5);
            }
            let none = with_grad(&[], dtype, &device)?;
            let norm = clip_grad_norm_with([none], 1.0, f64::INFINITY, true)?;
            assert_eq!(norm.item::<f32>()?, 0.0);
        }
    }
    let e = get_total_norm::<&Tensor>([], f64::NAN, false).unwrap_err();
    assert!(
        e.message().starts_with("get_total_norm: norm_type")
            && e.to_string().contains("clipping.rs"),
        "{e}"
    );
    Ok(())
}

#[test]
fn an_infinite_bound_clips_nothing() -> Result<()> {
    for device in devices() {
        let param = with_grad(&[f64::INFINITY, 1.0], DType::F32, &device)?;
        let norm = clip_grad_norm_([param.clone()], f64::INFINITY)?;
        assert_eq!(norm.item::<f32>()?, f32::INFINITY);
        assert_eq!(grad_of(&param), [f64::INFINITY, 1.0]);
        let e = clip_grad_norm_with([param.clone()], 1.0, 2.0, true).unwrap_err();
        assert!(e.to_string().contains("non-finite (inf)"), "{e}");
        assert_eq!(grad_of(&param), [f64::INFINITY, 1.0]);
    }
    Ok(())
}

/// Four numbers of 2·10³⁸ have a norm of 4·10³⁸, which float32 does not hold: what is clipped has the norm that was asked for all the same.
#[test]
fn a_norm_may_be_larger_than_its_dtype() -> Result<()> {
    for device in devices() {
        for (dtype, large) in [(DType::F32, 2e38), (DType::BF16, 2e38), (DType::F64, 1e308)] {
            for (order, right) in [
                (2.0, 4f64.powf(-0.5)),
                (1.0, 0.25),
                (3.0, 4f64.powf(-1.0 / 3.0)),
            ] {
                for max_norm in [1.0, 1e30, 1e-3] {
                    let params = [
                        with_grad(&[large, -large, large], dtype, &device)?,
                        with_grad(&[large, 0.0], dtype, &device)?,
                    ];
                    let norm = clip_grad_norm_with(params.clone(), max_norm, order, false)?;
                    // Of order 3 the norm is in range, though the sum of cubes is not.
                    let beyond = norm.item::<f64>()? == f64::INFINITY;
                    assert_eq!(beyond, order < 3.0);
                    let clipped: Vec<f64> = params.iter().flat_map(grad_of).collect();
                    let part = if dtype == DType::BF16 { 4e-3 } else { 1e-6 };
                    for (found, sign) in clipped.into_iter().zip([1.0, -1.0, 1.0, 1.0, 0.0]) {
                        near(found, sign * right * max_norm, part);
                    }
                }
            }
            // The largest element is in range, and so is a norm that is only large.
            let param = with_grad(&[large, -large], dtype, &device)?;
            let stored = grad_of(&param)[0];
            let norm = clip_grad_norm_with([param.clone()], 2.0, f64::INFINITY, true)?;
            near(norm.item()?, stored, 1e-6);
            near(grad_of(&param)[1], -2.0, 4e-3);
            let e = clip_grad_norm_with([with_grad(&[large; 4], dtype, &device)?], 1.0, 2.0, true)
                .unwrap_err();
            assert!(e.to_string().contains("non-finite (inf)"), "{e}");
        }
        let infinite = with_grad(&[f64::INFINITY, 1.0], DType::F32, &device)?;
        clip_grad_norm_([infinite.clone()], 1.0)?;
        let found = grad_of(&infinite);
        assert!(found[0].is_nan() && found[1] == 0.0, "{found:?}");
    }
    Ok(())
}
