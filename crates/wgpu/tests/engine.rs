//! Memory, transfers and batches of a GPU.

mod support;

use rushlight_backend::{Backend, DType, Dims, Layout, Map, Scalar, View};
use support::gpu;

#[test]
fn bytes_come_back_as_they_went() {
    let Some(gpu) = gpu() else { return };
    for n in [0, 1, 3, 4, 255, 256, 20_001, 1 << 20] {
        let bytes: Vec<u8> = (0..n).map(|i| (i * 7) as u8).collect();
        let storage = gpu.upload(&bytes).unwrap();
        let mut back = vec![0; n];
        gpu.download(&storage, 0, &mut back).unwrap();
        assert!(back == bytes, "{n} bytes");
    }
}

#[test]
fn writes_and_reads_of_parts_need_no_alignment() {
    let Some(gpu) = gpu() else { return };
    let storage = gpu.upload(&[0; 13]).unwrap();
    gpu.write(&storage, 3, &[1, 2, 3, 4, 5, 6]).unwrap();
    let mut part = [0; 9];
    gpu.download(&storage, 2, &mut part).unwrap();
    assert_eq!(part, [0, 1, 2, 3, 4, 5, 6, 0, 0]);
}

#[test]
fn more_commands_than_a_batch_keep_their_order() {
    let Some(gpu) = gpu() else { return };
    let layout = Layout::contiguous(Dims::from([5]));
    let view = |storage| View {
        storage,
        layout: &layout,
        dtype: DType::F32,
    };
    let (a, b) = (gpu.alloc(20).unwrap(), gpu.alloc(20).unwrap());
    for i in 0..200 {
        gpu.fill(Scalar::Int(i), &view(&a)).unwrap();
        gpu.map(Map::Copy, DType::F32, &[view(&a)], &view(&b))
            .unwrap();
    }
    let mut back = [0.0f32; 5];
    gpu.download(&b, 0, bytemuck::cast_slice_mut(&mut back))
        .unwrap();
    assert_eq!(back, [199.0; 5]);
    assert_eq!(gpu.counts().read_backs, 1);
}

#[test]
fn memory_is_reused_and_let_go() {
    let Some(gpu) = gpu() else { return };
    for _ in 0..100 {
        drop(gpu.alloc(1 << 16).unwrap());
    }
    assert_eq!(gpu.memory().blocks_made, 1);
    assert_eq!(gpu.memory().allocated, 0);
    assert_eq!(gpu.memory().cached, 1 << 16);
    gpu.empty_cache();
    assert_eq!(gpu.memory().cached, 0);
}
