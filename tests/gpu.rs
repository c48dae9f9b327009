//! Programs on a GPU at its limits: what goes wrong is an error that names operation and device.

use rushlight::gpu::{Gpu, Options};
use rushlight::nn::functional as f;
use rushlight::prelude::*;
use rushlight::{Device, ErrorKind, Result};
use std::sync::Arc;

/// A device of the test's own on the first adapter.
fn open(options: &Options) -> Option<(Arc<Gpu>, Device)> {
    rushlight_tests::gpu()?;
    let gpu = Arc::new(Gpu::open_with(0, options).unwrap());
    Some((gpu.clone(), Device::custom(gpu)))
}

#[test]
fn a_lack_of_memory_names_the_operation_and_the_device() -> Result<()> {
    let options = Options {
        memory_limit: Some(1 << 20),
        ..Options::default()
    };
    let Some((_, device)) = open(&options) else {
        return Ok(());
    };
    let x = Tensor::ones([150_000], &device)?;
    let (a, b) = (x.reshape([150_000, 1])?, x.reshape([1, 150_000])?);
    let e = a.add(&b).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::OutOfMemory);
    let told = format!("add: {device}: a block of 90000000000 bytes");
    assert!(e.message().starts_with(&told), "{e}");
    assert!(e.location().file().ends_with("gpu.rs"), "{e}");
    assert_eq!(x.sum()?.item::<f32>()?, 150_000.0);
    Ok(())
}

#[test]
fn tensors_of_two_devices_on_one_adapter_do_not_mix_and_both_are_named() -> Result<()> {
    let (Some((_, a)), Some((_, b))) = (open(&Options::default()), open(&Options::default()))
    else {
        return Ok(());
    };
    assert_ne!(a.name(), b.name());
    let (x, y) = (Tensor::ones([3], &a)?, Tensor::ones([3], &b)?);
    let e = x.add(&y).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Device);
    for name in [a.name(), b.name()] {
        assert!(e.message().contains(name), "{e}");
    }
    assert_eq!(x.add(&y.to(&a)?)?.to_vec::<f32>()?, [2.0; 3]);
    Ok(())
}

#[test]
fn a_lost_device_is_an_error_of_the_operation_and_tensors_elsewhere_go_on() -> Result<()> {
    let Some((gpu, device)) = open(&Options::default()) else {
        return Ok(());
    };
    let x = Tensor::ones([3], &device)?;
    gpu.destroy();
    let e = x.add(&x).unwrap_err();
    assert!(e.message().contains("the device is lost"), "{e}");
    assert!(x.to_vec::<f32>().is_err());
    assert!(Tensor::ones([3], &device).is_err());
    for device in rushlight_tests::devices() {
        assert_eq!(Tensor::ones([3], &device)?.sum()?.item::<f32>()?, 3.0);
    }
    Ok(())
}

/// Each launch of a small kernel costs as much as its work: what every layer uses takes few.
#[test]
fn elementwise_functions_and_norms_take_few_launches() -> Result<()> {
    let Some((gpu, device)) = open(&Options::default()) else {
        return Ok(());
    };
    let x = Tensor::arange(0, 12, 1, &device)?
        .to(DType::F32)?
        .reshape([3, 4])?;
    let (y, weight) = (x.mul(2.0)?, Tensor::ones([4], &device)?);
    let recorded = x.copy()?.requires_grad_(true)?;
    let half = x.to(DType::F16)?;
    type Call<'a> = &'a dyn Fn() -> Result<Tensor>;
    let calls: [(&str, u64, Call<'_>); 9] = [
        ("hardtanh", 2, &|| f::hardtanh(&x, ())),
        ("relu6", 2, &|| f::relu6(&x)),
        ("relu6, recorded", 2, &|| f::relu6(&recorded)),
        ("relu6 of halves", 2, &|| f::relu6(&half)),
        ("lerp", 3, &|| x.lerp(&y, 0.3)),
        ("norm", 1, &|| x.norm()),
        ("norm of halves", 1, &|| half.norm()),
        ("norm of rows", 1, &|| x.norm_dim(2.0, 1, true)),
        ("rms_norm", 5, &|| f::rms_norm(&x, [4], Some(&weight), None)),
    ];
    for (name, most, call) in calls {
        let before = gpu.counts().launches;
        call()?;
        let launches = gpu.counts().launches - before;
        assert!(
            launches <= most,
            "{name}: {launches} launches, at most {most}"
        );
    }
    Ok(())
}
