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

/// Hands out what is done, without waiting.
pub(crate) fn look(device: &Device) -> Result<()> {
    poll(device, PollType::Poll)
}

fn poll(device: &Device, what: PollType) -> Result<()> {
    // wgpu panics where a driver loses the device while it is waited for, after it has let go of its locks and noted the loss.
    match catch_unwind(AssertUnwindSafe(|| device.poll(what))) {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(e)) => Err(Error::device(format!("waiting for the GPU failed: {e}"))),
        Err(_) => Err(Error::device(
            "waiting for the GPU failed: the driver lost it",
        )),
    }
}
