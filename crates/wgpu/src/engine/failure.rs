//! Errors of wgpu and lost devices, turned into `Result`s. By default wgpu panics for both.

use parking_lot::Mutex;
use rushlight_backend::{Error, Result};
use std::sync::Arc;
use wgpu::{Device, ErrorFilter};

/// Runs `make` and returns the error that wgpu reports for it, if any.
pub(crate) fn guarded<T>(device: &Device, make: impl FnOnce() -> T) -> Result<T, String> {
    let scopes = [
        ErrorFilter::Validation,
        ErrorFilter::Internal,
        ErrorFilter::OutOfMemory,
    ]
    .map(|filter| device.push_error_scope(filter));
    let made = make();
    let errors = scopes
        .into_iter()
        .rev()
        .filter_map(|scope| pollster::block_on(scope.pop()));
    match errors.last() {
        None => Ok(made),
        Some(wgpu::Error::OutOfMemory { .. }) => Err("out of memory".into()),
        Some(error) => Err(error.to_string()),
    }
}

/// The state of a device: whether it is lost, and the last error that no error scope captured.
#[derive(Clone, Default)]
pub(crate) struct Health(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    lost: Option<String>,
    error: Option<String>,
}

impl Health {
    /// Installs the callbacks that record errors of `device`.
    pub fn of(device: &Device) -> Health {
        let health = Health::default();
        let reported = health.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            reported.0.lock().error.get_or_insert(error.to_string());
        }));
        let reported = health.clone();
        device.set_device_lost_callback(move |reason, message| {
            reported
                .0
                .lock()
                .lost
                .get_or_insert(format!("{message} ({reason:?})"));
        });
        health
    }

    /// Returns an error if the device is lost, or if a command failed since the last call.
    #[track_caller]
    pub fn check(&self, name: &str) -> Result<()> {
        let mut state = self.0.lock();
        if let Some(reason) = &state.lost {
            return Err(Error::device(format!(
                "{name}: the device is lost: {reason}; other devices and new ones go on"
            )));
        }
        match state.error.take() {
            None => Ok(()),
            Some(error) => Err(Error::device(format!("{name}: {error}"))),
        }
    }
}
