//! 8.2 Tensors: multi-dimensional arrays.

use super::error_of;
use super::other_device;
use rushlight::prelude::*;
use rushlight::{Result, full, matmul, ones, rand, randn, zeros};
use rushlight_tests::devices;
use std::panic::AssertUnwindSafe;

#[test]
fn s8_2_1_creating_tensors() -> Result<()> {
    for device in devices() {
        let x = tensor!([1, 2, 3, 4]).to(&device)?;
        assert_eq!((x.shape(), x.dtype()), (&[4][..], DType::I64));
        let y = tensor!([[1, 2, 3], [4, 5, 6]]).to(&device)?;
        assert_eq!(y.to_vec2::<i64>()?, [[1, 2, 3], [4, 5, 6]]);

        assert_eq!(Tensor::zeros([2, 3], &device)?.to_vec::<f32>()?, [0.0; 6]);
        assert_eq!(Tensor::ones([2, 3], &device)?.to_vec::<f32>()?, [1.0; 6]);
        let rand_uniform = Tensor::rand([2, 3], &device)?;
        assert!(
            rand_uniform
                .to_vec::<f32>()?
                .iter()
                .all(|x| (0.0..1.0).contains(x))
        );
        assert_eq!(Tensor::randn([2, 3], &device)?.shape(), [2, 3]);
    }
    let shapes = [
        zeros([2, 3])?,
        ones([2, 3])?,
        rand([2, 3])?,
        randn([2, 3])?,
        full([2, 3], 0.5)?,
    ];
    assert!(
        shapes
            .iter()
            .all(|t| *t.shape() == [2, 3] && t.dtype() == DType::F32)
    );
    Ok(())
}

#[test]
fn s8_2_1_examining_attributes() -> Result<()> {
    for device in devices() {
        let x = tensor!([[1, 2, 3], [4, 5, 6]]).to(&device)?;
        assert_eq!(x.shape(), [2, 3]);
        assert_eq!(x.ndim(), 2);
        assert_eq!(x.dtype().name(), "int64");
        assert_eq!(x.numel(), 6);
    }
    Ok(())
}

#[test]
fn s8_2_2_elementwise_operations() -> Result<()> {
    for device in devices() {
        let a = tensor!([1, 2, 3]).to(&device)?;
        let b = tensor!([4, 5, 6]).to(&device)?;
        assert_eq!((&a + &b).to_vec::<i64>()?, [5, 7, 9]);
        assert_eq!((&a * &b).to_vec::<i64>()?, [4, 10, 18]);
        assert_eq!((&b - &a).to_vec::<i64>()?, [3, 3, 3]);
        assert_eq!((&b / &a).to_vec::<f32>()?, [4.0, 2.5, 2.0]);
    }
    Ok(())
}

#[test]
fn s8_2_2_reduction_operations() -> Result<()> {
    for device in devices() {
        let x = tensor!([[1, 2, 3], [4, 5, 6]]).to(&device)?;
        assert_eq!(x.sum()?.item::<i64>()?, 21);
        // The chapter takes the mean of integers, which PyTorch refuses.
        let refused = error_of(x.mean_dim(1, false));
        assert!(
            refused.starts_with(
                "mean: not defined for int64; convert to a floating-point dtype first"
            ),
            "{refused}"
        );
        assert_eq!(x.float()?.mean_dim(1, false)?.to_vec::<f32>()?, [2.0, 5.0]);
    }
    Ok(())
}

#[test]
fn s8_2_2_linear_algebra_operations() -> Result<()> {
    for device in devices() {
        let m1 = tensor!([[1, 2], [3, 4]]).to(&device)?;
        let m2 = tensor!([[5, 6], [7, 8]]).to(&device)?;
        assert_eq!(matmul(&m1, &m2)?.to_vec2::<i64>()?, [[19, 22], [43, 50]]);
        assert_eq!(
            m1.float()?.mm(&m2.float()?)?.to_vec2::<f32>()?,
            [[19.0, 22.0], [43.0, 50.0]]
        );
    }
    Ok(())
}

#[test]
fn s8_2_3_reshaping_and_views() -> Result<()> {
    for device in devices() {
        let x = tensor!([[1, 2, 3], [4, 5, 6]]).to(&device)?;
        let reshaped = x.reshape([3, 2])?;
        let view = x.view([3, 2])?;
        assert_eq!(reshaped.to_vec2::<i64>()?, [[1, 2], [3, 4], [5, 6]]);
        assert_eq!(view.to_vec2::<i64>()?, [[1, 2], [3, 4], [5, 6]]);
        assert!(view.shares_memory(&x));

        let turned = x.t()?;
        let refused = error_of(turned.view([6]));
        assert!(refused.contains("not contiguous; use reshape"), "{refused}");
        assert!(!turned.reshape([6])?.shares_memory(&x));
    }
    Ok(())
}

#[test]
#[allow(
    clippy::needless_borrows_for_generic_args,
    reason = "both forms are for users"
)]
fn s8_2_3_a_write_through_a_view_shows_in_the_original() -> Result<()> {
    for device in devices() {
        let x = tensor!([[1, 2, 3], [4, 5, 6]]).to(&device)?;
        let view = x.view([3, 2])?;
        view.set((0, 0), 99)?;
        assert_eq!(x.to_vec2::<i64>()?, [[99, 2, 3], [4, 5, 6]]);
        assert_eq!(
            x.cpu()?.to_string(),
            "tensor([[99,  2,  3],\n        [ 4,  5,  6]])"
        );
    }
    Ok(())
}

#[test]
fn s8_2_3_moving_to_a_device() -> Result<()> {
    let cpu_tensor = tensor!([1, 2, 3]);
    for device in devices().into_iter().chain([other_device()]) {
        let moved = cpu_tensor.to(&device)?;
        assert_eq!(moved.device(), &device);
        assert_eq!(
            (&moved + &moved).to(&Device::CPU)?.to_vec::<i64>()?,
            [2, 4, 6]
        );
    }
    Ok(())
}

#[test]
fn s8_2_3_mixing_devices_is_an_error() -> Result<()> {
    let other = other_device();
    let cpu_tensor = tensor!([1, 2, 3]);
    let other_tensor = tensor!([4, 5, 6]).to(&other)?;

    let refused = error_of(cpu_tensor.add(&other_tensor));
    assert!(
        refused.starts_with(
            "add: the tensors are on different devices, cpu and other:0; move one with to(&device)"
        ),
        "{refused}"
    );
    let panicked =
        std::panic::catch_unwind(AssertUnwindSafe(|| &cpu_tensor + &other_tensor)).unwrap_err();
    let text = panicked
        .downcast_ref::<String>()
        .cloned()
        .unwrap_or_default();
    let sentence = |s: &str| s.split(" (").next().map(str::to_owned);
    assert_eq!(sentence(&text), sentence(&refused));

    assert_eq!(
        (cpu_tensor.to(&other)? + &other_tensor).to_vec::<i64>()?,
        [5, 7, 9]
    );
    assert_eq!(
        (&cpu_tensor + other_tensor.to(&Device::CPU)?).to_vec::<i64>()?,
        [5, 7, 9]
    );
    Ok(())
}
