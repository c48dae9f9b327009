//! Several threads and several devices.

use crate::support::gpu;
use rushlight_backend::{
    Backend, Binary, DType, Dims, Layout, Map, Result, Scalar, Storage, View, plan,
};
use rushlight_wgpu::Gpu;

fn view<'a>(storage: &'a Storage, layout: &'a Layout) -> View<'a> {
    View::new(storage, layout, DType::F32).unwrap()
}

/// `(start + 1) · 2 + … ` in a chain of fresh tensors, and what comes out at the end.
fn chain(gpu: &Gpu, start: f32, count: usize, layout: &Layout) -> Result<Vec<f32>> {
    let bytes = layout.numel() * 4;
    let mut x = gpu.upload(bytemuck::cast_slice(&vec![start; layout.numel()]))?;
    for _ in 0..count {
        let y = gpu.alloc(bytes)?;
        let add = Map::BinaryScalar(Binary::Add, Scalar::Float(1.0));
        gpu.map(plan::map(
            add,
            DType::F32,
            &[view(&x, layout)],
            view(&y, layout).into(),
        )?)?;
        // The old tensor is dropped while the command that reads it may still wait.
        x = y;
    }
    let mut back = vec![0.0; layout.numel()];
    gpu.download(&x, 0, bytemuck::cast_slice_mut(&mut back))?;
    Ok(back)
}

#[test]
fn threads_share_a_device_and_drop_while_others_record() {
    let Some(gpu) = gpu() else { return };
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let gpu = &gpu;
            scope.spawn(move || {
                for round in 0..12 {
                    // Threads share size classes, so that blocks pass from one to another.
                    let n = 50 + round * 13;
                    let layout = Layout::contiguous(Dims::from([n]));
                    let start = (thread * 1000) as f32;
                    let back = chain(gpu, start, 60 + round, &layout).unwrap();
                    assert!(back.iter().all(|v| *v == start + (60 + round) as f32));
                }
            });
        }
    });
    assert_eq!(gpu.memory().allocated, 0);
}

#[test]
fn threads_read_back_at_the_same_time() {
    let Some(gpu) = gpu() else { return };
    std::thread::scope(|scope| {
        for thread in 0..4u8 {
            let gpu = &gpu;
            scope.spawn(move || {
                for round in 0..150u8 {
                    let bytes = [thread ^ round; 36];
                    let storage = gpu.upload(&bytes).unwrap();
                    let mut back = [0; 36];
                    gpu.download(&storage, 0, &mut back).unwrap();
                    assert_eq!(back, bytes);
                }
            });
        }
    });
}

#[test]
fn two_devices_of_one_adapter_work_side_by_side() {
    let (Some(a), Some(b)) = (gpu(), gpu()) else {
        return;
    };
    std::thread::scope(|scope| {
        for (device, start) in [(&a, 1.0), (&b, 7.0)] {
            scope.spawn(move || {
                let layout = Layout::contiguous(Dims::from([100]));
                let back = chain(device, start, 200, &layout).unwrap();
                assert!(back.iter().all(|v| *v == start + 200.0));
            });
        }
    });
}
