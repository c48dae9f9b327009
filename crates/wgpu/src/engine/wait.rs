//! Waiting for the GPU.

use rushlight_backend::{Error, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};
use wgpu::{Device, PollType, SubmissionIndex};

/// Waits for a submission.
pub(crate) fn wait(device: &Device, submission: SubmissionIndex) -> Result<()> {
    poll(
        device,
        PollType::Wait {
            submission_index: Some(submission),
            timeout: None,
        },
    )
}

/// Waits for everything submitted.
pub(crate) fn wait_all(device: &Device) -> Result<()> {
    poll(device, PollType::wait_indefinitely())
}

/// Runs the callbacks of finished work, without waiting.
pub(crate) fn poll_once(device: &Device) -> Result<()> {
    poll(device, PollType::Poll)
}

fn poll(device: &Device, what: PollType) -> Result<()> {
    // wgpu panics if the driver loses the device during a wait. At that point wgpu has released its locks and recorded the loss.
    match catch_unwind(AssertUnwindSafe(|| device.poll(what))) {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(e)) => Err(Error::device(format!("waiting for the GPU failed: {e}"))),
        Err(_) => Err(Error::device(
            "waiting for the GPU failed: the driver lost it",
        )),
    }
}
