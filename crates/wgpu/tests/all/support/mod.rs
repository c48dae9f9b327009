//! The GPU that tests run on.
#![allow(dead_code, reason = "flat_memory uses some of these")]

pub mod sample;

use rushlight_wgpu::{Gpu, Options};

/// A device of the test's own. Without an adapter the test says so and passes, unless `RUSHLIGHT_REQUIRE_GPU=1`.
pub fn gpu() -> Option<Gpu> {
    open(&Options::default())
}

/// The same, opened with `options`.
pub fn open(options: &Options) -> Option<Gpu> {
    match Gpu::open_with(0, options) {
        Ok(gpu) => Some(gpu),
        Err(e) if std::env::var("RUSHLIGHT_REQUIRE_GPU").is_ok_and(|v| v == "1") => {
            panic!("RUSHLIGHT_REQUIRE_GPU is set: {e}")
        }
        Err(e) => {
            eprintln!("skipped: {e}");
            None
        }
    }
}
