//! A fault that a kernel finds in data poisons the memory that was computed from it, and is reported to the thread that called the operation.

use crate::support::gpu;
use rushlight_backend::{
    Backend, Binary, DType, Dims, IndexOp, Layout, Map, Result, Scalar, Storage, Unary, View, plan,
};
use rushlight_wgpu::Gpu;
use std::sync::atomic::{AtomicBool, Ordering};

const BAD: [i32; 4] = [0, 1, 7, 1];
const RIGHT: [i32; 4] = [0, 1, 4, 1];
const TOLD: &str = "index_select: index 7 is out of range for dimension 0 of size 5";

/// Five numbers, and operations on vectors of four.
struct Four<'a> {
    gpu: &'a Gpu,
    x: Storage,
    bad: Storage,
    right: Storage,
}

fn view<'a>(storage: &'a Storage, layout: &'a Layout, dtype: DType) -> View<'a> {
    View::new(storage, layout, dtype).unwrap()
}

fn vector(n: usize) -> Layout {
    Layout::contiguous(Dims::from([n]))
}

impl Four<'_> {
    fn new(gpu: &Gpu) -> Four<'_> {
        let up = |bytes: &[u8]| gpu.upload(bytes).unwrap();
        Four {
            gpu,
            x: up(bytemuck::cast_slice(&[1.0f32, 2.0, 3.0, 4.0, 5.0])),
            bad: up(bytemuck::cast_slice(&BAD)),
            right: up(bytemuck::cast_slice(&RIGHT)),
        }
    }

    fn select(&self, index: &Storage) -> Storage {
        let y = self.gpu.alloc(16).unwrap();
        let (five, four) = (vector(5), vector(4));
        self.gpu
            .gather(
                plan::gather(
                    IndexOp::Select { dim: 0 },
                    &[
                        view(&self.x, &five, DType::F32),
                        view(index, &four, DType::I32),
                    ],
                    view(&y, &four, DType::F32).into(),
                )
                .unwrap(),
            )
            .unwrap();
        y
    }

    fn guilty(&self) -> Storage {
        self.select(&self.bad)
    }

    fn map(&self, f: Map, inputs: &[&Storage], y: &Storage) {
        let four = vector(4);
        let inputs: Vec<View<'_>> = inputs.iter().map(|x| view(x, &four, DType::F32)).collect();
        self.gpu
            .map(plan::map(f, DType::F32, &inputs, view(y, &four, DType::F32).into()).unwrap())
            .unwrap();
    }

    fn neg(&self, x: &Storage) -> Storage {
        let y = self.gpu.alloc(16).unwrap();
        self.map(Map::Unary(Unary::Neg), &[x], &y);
        y
    }

    fn fill(&self, value: f64, y: &Storage) {
        let four = vector(4);
        self.gpu
            .fill(plan::fill(Scalar::Float(value), view(y, &four, DType::F32).into()).unwrap())
            .unwrap();
    }

    fn read(&self, x: &Storage) -> Result<[f32; 4]> {
        let mut out = [0.0f32; 4];
        self.gpu
            .download(x, 0, bytemuck::cast_slice_mut(&mut out))?;
        Ok(out)
    }

    #[track_caller]
    fn is_faulty(&self, x: &Storage) {
        assert_eq!(self.read(x).unwrap_err().message(), TOLD);
    }
}

#[test]
fn a_faulty_result_is_an_error_each_time_and_nothing_else_is() {
    let Some(gpu) = gpu() else { return };
    let four = Four::new(&gpu);
    let before = four.neg(&four.x);
    let guilty = four.guilty();
    let good = four.select(&four.right);
    let (derived, innocent) = (four.neg(&four.neg(&guilty)), four.neg(&good));
    // Read first: the fault is known then, and is not this tensor's.
    assert_eq!(four.read(&innocent).unwrap(), [-1.0, -2.0, -5.0, -2.0]);
    four.is_faulty(&guilty);
    four.is_faulty(&guilty);
    four.is_faulty(&derived);
    // What is launched after the fault is known.
    four.is_faulty(&four.neg(&derived));
    four.map(Map::Binary(Binary::Add), &[&good, &guilty], &innocent);
    four.is_faulty(&innocent);
    assert_eq!(four.read(&good).unwrap(), [1.0, 2.0, 5.0, 2.0]);
    assert_eq!(four.read(&before).unwrap(), [-1.0, -2.0, -3.0, -4.0]);
    gpu.synchronize().unwrap();
}

#[test]
fn memory_that_is_written_whole_or_given_to_another_is_right_again() {
    let Some(gpu) = gpu() else { return };
    let four = Four::new(&gpu);
    for known in [false, true] {
        let guilty = four.guilty();
        if known {
            four.is_faulty(&guilty);
        }
        let derived = four.neg(&guilty);
        four.fill(2.0, &guilty);
        assert_eq!(four.read(&guilty).unwrap(), [2.0; 4]);
        four.is_faulty(&derived);
        four.map(Map::Copy, &[&guilty], &derived);
        assert_eq!(four.read(&derived).unwrap(), [2.0; 4]);
        let guilty = four.guilty();
        gpu.write(&guilty, 0, bytemuck::cast_slice(&[3.0f32; 4]))
            .unwrap();
        assert_eq!(four.read(&guilty).unwrap(), [3.0; 4]);
        // A part alone does not mend the rest.
        let guilty = four.guilty();
        gpu.write(&guilty, 4, bytemuck::cast_slice(&[3.0f32; 2]))
            .unwrap();
        gpu.write(&guilty, 1, &[1]).unwrap();
        four.is_faulty(&guilty);
    }
    for _ in 0..10 {
        drop(four.neg(&four.guilty()));
        let next = gpu.alloc(16).unwrap();
        four.fill(1.0, &next);
        let other = gpu.alloc(16).unwrap();
        four.map(Map::Unary(Unary::Neg), &[&next], &other);
        assert_eq!(four.read(&other).unwrap(), [-1.0; 4]);
    }
}

#[test]
fn synchronize_reports_once_what_nobody_has_read() {
    let Some(gpu) = gpu() else { return };
    let four = Four::new(&gpu);
    gpu.synchronize().unwrap();
    let guilty = four.guilty();
    assert_eq!(gpu.synchronize().unwrap_err().message(), TOLD);
    gpu.synchronize().unwrap();
    four.is_faulty(&guilty);
    drop((four.guilty(), four.guilty()));
    assert!(four.read(&four.right).is_ok());
    assert!(gpu.synchronize().is_err());
    gpu.synchronize().unwrap();
    // A thread that runs keeps its faults; those of one that is gone are anybody's.
    std::thread::scope(|scope| {
        let (tell, told) = std::sync::mpsc::channel::<()>();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let four = &four;
        let worker = scope.spawn(move || {
            drop(four.guilty());
            tell.send(()).unwrap();
            ended.recv().unwrap();
        });
        told.recv().unwrap();
        gpu.synchronize().unwrap();
        end.send(()).unwrap();
        worker.join().unwrap();
    });
    assert_eq!(gpu.synchronize().unwrap_err().message(), TOLD);
    gpu.synchronize().unwrap();
}

#[test]
fn one_thread_is_guilty_and_the_other_does_not_hear_of_it() {
    let Some(gpu) = gpu() else { return };
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let innocent = scope.spawn(|| {
            let four = Four::new(&gpu);
            let mut rounds = 0;
            while !done.load(Ordering::Relaxed) || rounds < 50 {
                assert_eq!(
                    four.read(&four.select(&four.right)).unwrap(),
                    [1.0, 2.0, 5.0, 2.0]
                );
                gpu.synchronize().unwrap();
                rounds += 1;
            }
        });
        let four = Four::new(&gpu);
        for round in 0..100 {
            let (guilty, good) = (four.guilty(), four.select(&four.right));
            if round % 3 == 0 {
                four.is_faulty(&guilty);
            } else {
                assert_eq!(four.read(&four.neg(&good)).unwrap()[2], -5.0);
                four.is_faulty(&four.neg(&guilty));
            }
        }
        done.store(true, Ordering::Relaxed);
        innocent.join().unwrap();
    });
}

#[test]
fn more_launches_than_there_are_slots_are_all_kept_apart() {
    let Some(gpu) = gpu() else { return };
    let four = Four::new(&gpu);
    let selected: Vec<Storage> = (0..2500)
        .map(|i| match i % 100 {
            7 => four.guilty(),
            _ => four.select(&four.right),
        })
        .collect();
    for (i, selected) in selected.iter().enumerate().step_by(5) {
        assert_eq!(four.read(selected).unwrap(), [1.0, 2.0, 5.0, 2.0], "{i}");
    }
    for selected in selected.iter().skip(7).step_by(100) {
        four.is_faulty(selected);
    }
}

#[test]
fn work_that_nobody_reads_for_long_keeps_its_faults() {
    let Some(gpu) = gpu() else { return };
    let four = Four::new(&gpu);
    let (sum, other) = (four.neg(&four.x), four.neg(&four.x));
    for step in 0..4000 {
        let rows = if step == 5 {
            four.guilty()
        } else {
            four.select(&four.right)
        };
        for _ in 0..3 {
            four.map(Map::Binary(Binary::Add), &[&sum, &rows], &sum);
            four.map(Map::Binary(Binary::Add), &[&other, &four.x], &other);
        }
    }
    four.is_faulty(&sum);
    assert_eq!(four.read(&other).unwrap()[1], 23_998.0);
}
