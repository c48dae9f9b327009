//! What goes wrong below us, as values: wgpu's errors and lost devices.

use parking_lot::Mutex;
use rushlight_backend::{Error, Result};
use std::sync::Arc;
use wgpu::{Device, ErrorFilter};

/// Runs `make`; an error that wgpu reports for it is the answer.
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

/// Whether the device still works, and if not, why.
#[derive(Clone, Default)]
pub(crate) struct Health(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    lost: Option<String>,
    error: Option<String>,
}

impl Health {
    /// Watches over `device`.
    pub fn of(device: &Device) -> Health {
        let health = Health::default();
        let heard = health.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            heard.0.lock().error.get_or_insert(error.to_string());
        }));
        let heard = health.clone();
        device.set_device_lost_callback(move |reason, message| {
            heard
                .0
                .lock()
                .lost
                .get_or_insert(format!("{message} ({reason:?})"));
        });
        health
    }

    /// An error if the device is lost, or if something failed since the last call.
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
