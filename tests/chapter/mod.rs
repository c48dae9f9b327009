//! The chapter, code block by code block, in its order: one test a block, named after its section, with the chapter's own numbers.

mod s8_2_3_devices;
mod s8_2_tensors;
mod s8_3_autograd;
mod s8_4_modules;
mod s8_5_activations;
mod s8_6_losses;
mod s8_7_optimization;
mod s8_8_data;
mod s8_9_adult;

use crate::custom_backend::backend;
use rushlight::{Device, Result};
use std::sync::Arc;

/// A device that is not the CPU: stands for the chapter's GPU where there is none.
fn other_device() -> Device {
    Device::custom(Arc::new(backend::Other::default()))
}

/// The text of an error that must come.
fn error_of<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => panic!("an error was expected"),
        Err(error) => error.to_string(),
    }
}
