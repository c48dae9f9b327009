//! What a training asks of a GPU, to show that steps do not wait for results.

use rushlight::prelude::*;
use rushlight::{Result, gpu};
use serde::Serialize;
use std::fmt;

/// The work of a GPU during the epochs that were added.
#[derive(Serialize)]
pub struct GpuCounts {
    adapter: String,
    steps: u64,
    launches: u64,
    uploads: u64,
    /// How often the host waited for the GPU within the steps.
    read_backs_in_steps: u64,
    /// How often the host waited for the GPU for the losses at the end of each epoch.
    read_backs_of_losses: u64,
    /// Operations that the CPU computed in place of the GPU.
    on_host: u64,
}

impl GpuCounts {
    /// Counts of zero if `device` is a GPU, `None` if it is the CPU.
    pub fn new(device: &Device) -> Result<Option<GpuCounts>> {
        if *device == Device::CPU {
            return Ok(None);
        }
        Ok(Some(GpuCounts {
            adapter: gpu::open(0)?.adapter().to_owned(),
            steps: 0,
            launches: 0,
            uploads: 0,
            read_backs_in_steps: 0,
            read_backs_of_losses: 0,
            on_host: 0,
        }))
    }

    /// The counts of the GPU since the program began, zeros on the CPU.
    pub fn current(counts: &Option<GpuCounts>) -> Result<gpu::Counts> {
        match counts {
            Some(_) => Ok(gpu::open(0)?.counts()),
            None => Ok(gpu::Counts::default()),
        }
    }

    /// Adds an epoch of `steps` steps, from the current counts before its first step, after its last step, and after its losses were read.
    pub fn add(&mut self, steps: usize, [before, after, read]: [gpu::Counts; 3]) {
        self.steps += steps as u64;
        self.launches += after.launches - before.launches;
        self.uploads += after.uploads - before.uploads;
        self.read_backs_in_steps += after.read_backs - before.read_backs;
        self.read_backs_of_losses += read.read_backs - after.read_backs;
        self.on_host += after.on_host - before.on_host;
    }
}

impl fmt::Display for GpuCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = self.steps.max(1) as f64;
        write!(
            f,
            "on {}: {} steps, {:.1} launches and {:.1} uploads per step, {} read-backs in steps, {} for the losses of the epochs",
            self.adapter,
            self.steps,
            self.launches as f64 / steps,
            self.uploads as f64 / steps,
            self.read_backs_in_steps,
            self.read_backs_of_losses,
        )
    }
}
