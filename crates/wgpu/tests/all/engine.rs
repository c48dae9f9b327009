//! Memory, transfers and batches of a GPU.

use crate::support::{gpu, open};
use rushlight_backend::{Backend, DType, Dims, Layout, Map, Scalar, View, plan};
use rushlight_wgpu::Options;

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
fn bytes_go_in_pieces_if_they_are_many() {
    let Some(gpu) = gpu() else { return };
    let n = (65 << 20) + 5;
    let bytes: Vec<u8> = (0..n).map(|i| (i / 1000) as u8).collect();
    let storage = gpu.upload(&bytes).unwrap();
    let mut back = vec![0; n - 3];
    gpu.download(&storage, 3, &mut back).unwrap();
    assert!(back == bytes[3..]);
    gpu.write(&storage, 1, &bytes[..n - 2]).unwrap();
    gpu.download(&storage, 1, &mut back).unwrap();
    assert!(back == bytes[..n - 3]);
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
    let view = |storage| View::new(storage, &layout, DType::F32).unwrap();
    let (a, b) = (gpu.alloc(20).unwrap(), gpu.alloc(20).unwrap());
    for i in 0..200 {
        gpu.fill(plan::fill(Scalar::Int(i), view(&a).into()).unwrap())
            .unwrap();
        gpu.map(plan::map(Map::Copy, DType::F32, &[view(&a)], view(&b).into()).unwrap())
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
    assert_eq!(gpu.memory().peak, 1 << 16);
    gpu.reset_peak_memory();
    assert_eq!(gpu.memory().peak, 0);
    assert_eq!(gpu.memory().allocated, 0);
    assert_eq!(gpu.memory().cached, 1 << 16);
    gpu.empty_cache();
    assert_eq!(gpu.memory().cached, 0);
}

#[test]
fn memory_kept_for_reuse_stays_within_its_limit() {
    let options = Options {
        cache_limit: 1 << 20,
        ..Options::default()
    };
    let Some(gpu) = open(&options) else { return };
    for kib in 1..120 {
        drop(gpu.alloc(kib << 10).unwrap());
        assert!(gpu.memory().cached <= 1 << 20);
    }
    gpu.set_cache_limit(1 << 16);
    assert!(gpu.memory().cached <= 1 << 16);
}

#[test]
fn bind_groups_are_bounded_and_go_with_the_memory_that_they_bind() {
    let Some(gpu) = gpu() else { return };
    let layout = Layout::contiguous(Dims::from([5]));
    let view = |storage| View::new(storage, &layout, DType::F32).unwrap();
    let tensors: Vec<_> = (0..72).map(|_| gpu.alloc(20).unwrap()).collect();
    for a in &tensors {
        for b in &tensors {
            if !a.same(b) {
                let inputs = [view(a)];
                gpu.map(plan::map(Map::Copy, DType::F32, &inputs, view(b).into()).unwrap())
                    .unwrap();
            }
        }
    }
    let kept = gpu.counts().bind_groups;
    assert!((1..=4096).contains(&kept), "{kept} bind groups");
    drop(tensors);
    gpu.empty_cache();
    assert_eq!(gpu.counts().bind_groups, 0);
    assert_eq!(gpu.memory().cached, 0);
}

#[test]
fn the_report_names_the_adapter_and_what_runs_on_the_host() {
    let Some(gpu) = gpu() else { return };
    let report = rushlight_wgpu::report();
    assert!(report.contains("gpu:0"));
    assert!(report.contains(gpu.adapter()));
    assert!(report.contains("linalg.svd"));
}

#[test]
fn grids_of_more_workgroups_than_one_dimension_has_cover_everything() {
    let Some(gpu) = gpu() else { return };
    // Beyond 65,535 workgroups of 256 threads, and not a multiple of anything.
    let n = 65_535 * 256 + 70_001;
    let layout = Layout::contiguous(Dims::from([n]));
    let view = |storage| View::new(storage, &layout, DType::U8).unwrap();
    let x = gpu.alloc(n).unwrap();
    gpu.fill(plan::fill(Scalar::Int(7), view(&x).into()).unwrap())
        .unwrap();
    let mut back = vec![0u8; n];
    gpu.download(&x, 0, &mut back).unwrap();
    assert!(back.iter().all(|v| *v == 7));
}
