//! Where the tests run.

use rushlight_tensor::Device;

/// Every device that is present.
pub fn devices() -> Vec<Device> {
    vec![Device::CPU]
}
