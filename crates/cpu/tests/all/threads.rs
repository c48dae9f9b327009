//! Operations on one storage from several threads, those of rayon among them.

use crate::support::*;
use rayon::prelude::*;
use rushlight_backend::{Axes, Backend, Binary, DType, Map, Output, Reduce, Scalar, plan};
use rushlight_cpu::Cpu;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

/// Runs `work`, which must end.
fn ends(work: impl FnOnce() + Send + 'static) {
    let (done, ended) = mpsc::channel();
    std::thread::spawn(move || {
        work();
        done.send(()).unwrap();
    });
    ended
        .recv_timeout(Duration::from_secs(120))
        .expect("the threads wait for each other");
}

/// A kernel on many threads holds its storages locked; jobs of the program's that want them are not taken up by the threads it waits for.
#[test]
fn jobs_of_a_thread_pool_do_not_stop_a_kernel() {
    const N: usize = 1 << 20;
    ends(|| {
        let x = Tensor::sevens(&[N], DType::F32);
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    (0..32).into_par_iter().for_each(|_| {
                        let sum = Tensor::sevens(&[1], DType::F32);
                        let axes = Axes::one(0);
                        Cpu.reduce(
                            plan::reduce(Reduce::Sum, axes, &x.view(), sum.view().into()).unwrap(),
                        )
                        .unwrap();
                    });
                }
            });
            for _ in 0..200 {
                let add = Map::BinaryScalar(Binary::Add, Scalar::Int(1));
                Cpu.map(plan::map(add, DType::F32, &[x.view()], x.view().into()).unwrap())
                    .unwrap();
            }
            over.store(true, Ordering::Relaxed);
        });
        assert!(x.f64s().iter().all(|&v| v == 207.0));
    });
}

/// A fresh output takes no lock: an operation does not wait for one that its own thread holds elsewhere, and gives the same.
#[test]
fn fresh_and_shared_outputs_hold_the_same() {
    let x = Tensor::f32(&[3], &[1.0, 2.0, 3.0]);
    let mut storage = Cpu.alloc(12).unwrap();
    let layout = *x.view().layout();
    let mut out = Output::fresh(&mut storage, &layout, DType::F32).unwrap();
    assert!(out.is_exclusive());
    let double = Map::BinaryScalar(Binary::Mul, Scalar::Int(2));
    Cpu.map(plan::map(double, DType::F32, &[x.view()], out).unwrap())
        .unwrap();
    let mut bytes = [0; 12];
    Cpu.download(&storage, 0, &mut bytes).unwrap();
    let values = bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|b| f32::from_ne_bytes(*b));
    assert!(values.eq([2.0, 4.0, 6.0]));
}

/// A clone made from a view of the output is another way to reach it.
#[test]
fn an_output_that_was_cloned_is_locked_again() {
    let mut storage = Cpu.alloc(12).unwrap();
    let layout = rushlight_backend::Layout::contiguous(dims(&[3]));
    let mut out = Output::fresh(&mut storage, &layout, DType::F32).unwrap();
    let other = out.view().storage().clone();
    assert!(!out.is_exclusive());
    drop(other);
    assert!(out.is_exclusive());
}
