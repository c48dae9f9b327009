//! Guard bands: the debug mode that shows what kernels touch outside of tensors, and what they leave unwritten.

mod support;

use rushlight_backend::{Backend, DType, Dims, Layout, Map, Scalar, Unary, View};
use rushlight_wgpu::{Gpu, Options};
use support::open;

fn guarded() -> Option<Gpu> {
    open(&Options {
        guards: true,
        ..Options::default()
    })
}

fn view<'a>(storage: &'a rushlight_backend::Storage, layout: &'a Layout, dtype: DType) -> View<'a> {
    View {
        storage,
        layout,
        dtype,
    }
}

#[test]
fn a_write_beyond_a_tensor_is_seen_and_told() {
    let Some(gpu) = guarded() else { return };
    // The block's own padding ends after 32 bytes.
    for (offset, told) in [(8, "byte 0 after the end"), (1000, "byte 3968 after")] {
        let storage = gpu.alloc(20).unwrap();
        let inside = Layout::contiguous(Dims::from([5]));
        gpu.fill(Scalar::Int(1), &view(&storage, &inside, DType::F32))
            .unwrap();
        gpu.check_guards().unwrap();
        let outside = Layout::strided(Dims::from([1]), Dims::from([1]), offset);
        gpu.fill(Scalar::Int(1), &view(&storage, &outside, DType::F32))
            .unwrap();
        let e = gpu.check_guards().unwrap_err();
        assert!(e.message().contains(told), "{e}");
    }
}

#[test]
fn what_was_never_written_is_nan() {
    let Some(gpu) = guarded() else { return };
    let storage = gpu.alloc(20).unwrap();
    for (dtype, size) in [(DType::F32, 4), (DType::F16, 2), (DType::BF16, 2)] {
        let layout = Layout::contiguous(Dims::from([20 / size]));
        let out = gpu.alloc(20 / size * 4).unwrap();
        let x = view(&storage, &layout, dtype);
        let y = view(&out, &layout, DType::F32);
        gpu.map(Map::Unary(Unary::Neg), DType::F32, &[x], &y)
            .unwrap();
        let mut back = vec![0.0f32; 20 / size];
        gpu.download(&out, 0, bytemuck::cast_slice_mut(&mut back))
            .unwrap();
        assert!(back.iter().all(|v| v.is_nan()), "{dtype}: {back:?}");
    }
    gpu.check_guards().unwrap();
}

#[test]
fn blocks_given_back_are_checked_too_and_then_forgotten() {
    let Some(gpu) = guarded() else { return };
    let storage = gpu.alloc(4).unwrap();
    let outside = Layout::strided(Dims::from([1]), Dims::from([1]), 9);
    gpu.fill(Scalar::Int(1), &view(&storage, &outside, DType::F32))
        .unwrap();
    drop(storage);
    assert_eq!(gpu.memory().allocated, 0);
    assert!(gpu.check_guards().is_err());
    gpu.check_guards().unwrap();
}

#[test]
fn only_the_debug_mode_has_guards() {
    let Some(gpu) = open(&Options::default()) else {
        return;
    };
    assert!(
        gpu.check_guards()
            .unwrap_err()
            .message()
            .contains("Options::guards")
    );
}
