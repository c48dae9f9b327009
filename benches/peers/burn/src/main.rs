//! burn's times for the rows of the program `peers`, on its backend flex. The workloads are those of `benches/src/peers`, as a user of burn would
//! write them.
//!
//! What differs: a backward pass starts from a sum, a sum along a dimension keeps it, and a transposed copy is asked for by a reshape to one
//! dimension. Rows that burn has no layer for are missing.
#![recursion_limit = "256"]

#[path = "../../environment.rs"]
mod environment;
mod gpt;
// Only the program `peers` withdraws results: it checks them.
#[allow(dead_code)]
#[path = "../../../src/peers/harness.rs"]
mod harness;
mod layers;
mod operations;
mod training;

use burn::prelude::*;
use burn::tensor::Distribution;
use clap::Parser;
use harness::{Bench, Flags};
use std::convert::Infallible;

fn main() {
    let flags = Flags::parse();
    let threads = flags.threads.to_string();
    environment::require(&["RAYON_NUM_THREADS", "MATMUL_NUM_THREADS"], &threads);
    let mut bench = Bench::new(flags);
    operations::rows(&mut bench);
    layers::rows(&mut bench);
    training::rows(&mut bench);
    gpt::row(&mut bench);
    bench.finish();
}

/// A row whose result is dropped. `make` makes the inputs, if the row is asked for.
fn row<T, W: FnMut() -> T>(bench: &mut Bench, key: &str, make: impl FnOnce() -> W) {
    if bench.wants(key) {
        let mut work = make();
        let Ok(()) = bench.row(key, 1, || {
            work();
            Ok::<(), Infallible>(())
        });
    }
}

/// The device without gradients.
fn plain() -> Device {
    Device::flex()
}

/// The same with gradients.
fn recording() -> Device {
    plain().autodiff()
}

fn randn<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.0, 1.0), device)
}

/// A leaf that requires a gradient.
fn leaf<const D: usize>(shape: [usize; D]) -> Tensor<D> {
    randn(shape, &recording()).require_grad()
}
