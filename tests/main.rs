//! The library as a whole, as one test program: linking it takes longer than compiling most of these files.

mod absurd_sizes;
mod aliasing;
mod bad_input;
mod batches_on_devices;
mod book;
mod chapter;
mod clipping;
mod configuration;
mod conformance;
mod custom_backend;
mod dependencies;
mod determinism;
mod devices;
mod documented;
mod empty_tensors;
mod from_pytorch;
mod fused;
mod fuzz;
mod gpu;
mod halves;
mod in_place;
mod long_sums;
mod nonsense;
mod refusals;
mod saving;
mod training;
mod user_program;

use rushlight::Generator;

/// Runs a test that seeds the default generator on one of its own, since tests on other threads draw from the one that all share.
fn on_own_generator<T>(test: impl FnOnce() -> T) -> T {
    Generator::new(0).scope(test)
}
