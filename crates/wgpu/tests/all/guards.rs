//! Guard bands: the debug mode that shows what kernels touch outside of tensors, and what they leave unwritten.

use crate::support::open;
use rushlight_backend::{Backend, DType, Dims, Layout, Map, Unary, View, plan};
use rushlight_wgpu::{Gpu, Options};

fn guarded() -> Option<Gpu> {
    open(&Options {
        guards: true,
        ..Options::default()
    })
}

fn view<'a>(storage: &'a rushlight_backend::Storage, layout: &'a Layout, dtype: DType) -> View<'a> {
    View::new(storage, layout, dtype).unwrap()
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
        gpu.map(plan::map(Map::Unary(Unary::Neg), DType::F32, &[x], y.into()).unwrap())
            .unwrap();
        let mut back = vec![0.0f32; 20 / size];
        gpu.download(&out, 0, bytemuck::cast_slice_mut(&mut back))
            .unwrap();
        assert!(back.iter().all(|v| v.is_nan()), "{dtype}: {back:?}");
    }
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
