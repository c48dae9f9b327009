//! Uploads from several threads, in the order of the stream, and what of them is refused.

use crate::support::gpu;
use rushlight_backend::{Backend, DType, Dims, Layout, Map, View, plan};

#[test]
fn large_uploads_keep_their_order_among_kernels() {
    let Some(gpu) = gpu() else { return };
    const N: usize = 50_000;
    let layout = Layout::contiguous(Dims::from([N]));
    let view = |storage| View::new(storage, &layout, DType::F32).unwrap();
    let (block, copy) = (gpu.alloc(4 * N).unwrap(), gpu.alloc(4 * N).unwrap());
    // More than the upload memory holds, so that it is used again.
    for round in 0..20 {
        gpu.write(&block, 0, bytemuck::cast_slice(&vec![round as f32; N]))
            .unwrap();
        gpu.map(plan::map(Map::Copy, DType::F32, &[view(&block)], view(&copy).into()).unwrap())
            .unwrap();
        gpu.write(&block, 0, bytemuck::cast_slice(&vec![-1.0f32; N]))
            .unwrap();
        if round % 5 == 4 {
            let mut back = vec![0.0f32; N];
            gpu.download(&copy, 0, bytemuck::cast_slice_mut(&mut back))
                .unwrap();
            assert!(back.iter().all(|&x| x == round as f32), "round {round}");
        }
    }
}

#[test]
fn threads_upload_beside_each_other() {
    let Some(gpu) = gpu() else { return };
    std::thread::scope(|scope| {
        for thread in 0..4u8 {
            let gpu = &gpu;
            scope.spawn(move || {
                for round in 0..10u8 {
                    let n = 30_001 + 70_000 * usize::from(round % 3);
                    let bytes = vec![thread * 16 + round; n];
                    let storage = gpu.upload(&bytes).unwrap();
                    let mut back = vec![0; n];
                    gpu.download(&storage, 0, &mut back).unwrap();
                    assert!(back == bytes, "thread {thread}, round {round}");
                }
            });
        }
    });
}

#[test]
fn pieces_are_put_together() {
    let Some(gpu) = gpu() else { return };
    for (count, size) in [(0, 1), (3, 5), (100, 999), (64, 4096)] {
        let bytes: Vec<u8> = (0..count * size).map(|i| ((i * 31) >> 3) as u8).collect();
        let before = gpu.counts().uploads;
        let storage = gpu
            .upload_chunks(bytes.len(), &mut |push| {
                bytes.chunks(size).for_each(&mut *push);
                Ok(())
            })
            .unwrap();
        let mut back = vec![0; bytes.len()];
        gpu.download(&storage, 0, &mut back).unwrap();
        assert!(back == bytes, "{count} chunks of {size}");
        assert_eq!(gpu.counts().uploads - before, u64::from(count > 0));
    }
    for (bytes, given) in [(100_000, 99_999), (100_000, 100_004), (8, 9)] {
        let refused = Backend::upload_chunks(&gpu, bytes, &mut |push| {
            push(&vec![0; given]);
            Ok(())
        });
        assert_eq!(
            refused.unwrap_err().message(),
            format!("upload: {given} bytes came for a block of {bytes}")
        );
    }
}
