//! The GPU that tests run on.

use rushlight_wgpu::Gpu;

/// A device of the test's own. Without an adapter the test says so and passes, unless `RUSHLIGHT_REQUIRE_GPU=1`.
pub fn gpu() -> Option<Gpu> {
    match Gpu::open(0) {
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
