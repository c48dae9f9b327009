//! What the tests share: the devices that every test runs on.
#![deny(missing_docs)]
#![forbid(unsafe_code)]

use rushlight::Device;

/// Every device of this machine. Tests take their device from here, so that a new backend is tested by being listed.
///
/// Without a GPU this says so and gives the CPU alone; with `RUSHLIGHT_REQUIRE_GPU=1` it panics.
pub fn devices() -> Vec<Device> {
    std::iter::once(Device::CPU).chain(gpu()).collect()
}

/// The first GPU of this machine, on the conditions of [`devices`].
pub fn gpu() -> Option<Device> {
    match Device::gpu(0) {
        Ok(gpu) => Some(gpu),
        Err(e) if std::env::var("RUSHLIGHT_REQUIRE_GPU").is_ok_and(|v| v == "1") => {
            panic!("RUSHLIGHT_REQUIRE_GPU is set, but {e}")
        }
        Err(e) => {
            eprintln!("tests run on the CPU only: {e}");
            None
        }
    }
}

pub mod conformance;
#[cfg(doctest)]
mod pages;
mod pictures;

pub use pictures::picture;
