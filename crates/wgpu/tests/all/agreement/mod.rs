//! The GPU held against the CPU on random shapes, layouts and dtypes, between guard bands: equal for integers and copies, near for floats.
//!
//! Compiling a kernel takes longer than running it, so each function meets few dtypes and many shapes.

mod agree;
mod along;
mod composed;
mod elementwise;
mod image;
mod indexed;
mod products;

use crate::support::open;
use agree::refused;
use image::{Rng, shapes};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use rushlight_wgpu::{Gpu, Options};
use std::cell::Cell;

/// A device in the debug mode.
fn guarded() -> Option<Gpu> {
    open(&Options {
        guards: true,
        ..Options::default()
    })
}

/// The same, where a kernel binds at most as much as a thousand floats take: what is larger is worked in parts.
fn limited() -> Option<Gpu> {
    open(&Options {
        guards: true,
        binding_limit: Some(4096),
        ..Options::default()
    })
}

thread_local! {
    /// How often a test called [`for_shapes`].
    static CALLS: Cell<u64> = const { Cell::new(0) };
}

/// Runs `case` for some random shapes, and checks the guard bands after each.
fn for_shapes(gpu: &Gpu, cases: u32, case: impl Fn(&[usize], &mut Rng) -> Result<(), String>) {
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    // Other shapes in each call of a test, the same ones in each run.
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&CALLS.replace(CALLS.get() + 1).to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let result =
        TestRunner::new_with_rng(config, rng).run(&(shapes(), any::<u64>()), |(shape, seed)| {
            case(&shape, &mut Rng(seed)).map_err(TestCaseError::fail)?;
            gpu.check_guards()
                .map_err(|e| TestCaseError::fail(format!("{shape:?}, seed {seed}: {e}")))
        });
    if let Err(e) = result {
        panic!("{e}");
    }
}

/// Says what the GPU refused, for whoever reads the output.
fn tell_refusals() {
    for message in refused() {
        eprintln!("refused: {message}");
    }
}
