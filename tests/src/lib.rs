//! What the tests share: the devices that every test runs on.
#![deny(missing_docs)]

use rushlight::Device;

/// Every device of this machine. Tests take their device from here, so that a new backend is tested by being listed.
pub fn devices() -> Vec<Device> {
    vec![Device::CPU]
}

pub mod conformance;
