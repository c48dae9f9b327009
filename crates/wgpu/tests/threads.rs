//! Several threads and several devices, and memory that does not grow.

mod support;

use rushlight_backend::{
    Backend, Binary, DType, Dims, Layout, Map, Result, Scalar, Storage, Unary, View,
};
use rushlight_wgpu::Gpu;
use support::gpu;

fn view<'a>(storage: &'a Storage, layout: &'a Layout) -> View<'a> {
    View {
        storage,
        layout,
        dtype: DType::F32,
    }
}

/// `(start + 1) · 2 + … ` in a chain of fresh tensors, and what comes out at the end.
fn chain(gpu: &Gpu, start: f32, count: usize, layout: &Layout) -> Result<Vec<f32>> {
    let bytes = layout.numel() * 4;
    let mut x = gpu.upload(bytemuck::cast_slice(&vec![start; layout.numel()]))?;
    for _ in 0..count {
        let y = gpu.alloc(bytes)?;
        let add = Map::BinaryScalar(Binary::Add, Scalar::Float(1.0));
        gpu.map(add, DType::F32, &[view(&x, layout)], &view(&y, layout))?;
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

/// Bytes of memory of this process that are in use.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let resident = pages.split(' ').nth(1).and_then(|n| n.parse().ok());
    resident.unwrap_or(0u64) * 4096
}

#[test]
fn memory_stays_flat_over_ten_thousand_steps() {
    let Some(gpu) = gpu() else { return };
    let step = |i: usize| -> Result<()> {
        // Shapes that change, as batches of sequences do.
        let n = 300 + i % 7 * 40;
        let layout = Layout::contiguous(Dims::from([n]));
        let x = gpu.upload(&vec![0; n * 4])?;
        let (y, z) = (gpu.alloc(n * 4)?, gpu.alloc(n * 4)?);
        let f = Map::Unary(Unary::Square);
        gpu.map(f, DType::F32, &[view(&x, &layout)], &view(&y, &layout))?;
        let f = Map::Binary(Binary::Add);
        let inputs = [view(&x, &layout), view(&y, &layout)];
        gpu.map(f, DType::F32, &inputs, &view(&z, &layout))?;
        if i.is_multiple_of(50) {
            gpu.download(&z, 0, &mut [0; 4])?;
        }
        Ok(())
    };
    (0..1000).for_each(|i| step(i).unwrap());
    gpu.synchronize().unwrap();
    let (host, device) = (resident(), gpu.memory());
    (0..10_000).for_each(|i| step(i).unwrap());
    gpu.synchronize().unwrap();
    assert_eq!(gpu.memory(), device);
    let grown = resident().saturating_sub(host);
    assert!(grown < 4 << 20, "{grown} bytes more after 10,000 steps");
}
