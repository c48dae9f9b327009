//! How long work takes on a device, queueing excluded.

use rushlight::{Device, Result};
use std::time::{Duration, Instant};

/// The time of `times` runs of `work` with the wait for the last one included: a GPU's launches return before their work is done, so that
/// the time of launching alone would say nothing.
pub fn timed(
    device: &Device,
    times: u64,
    work: &mut dyn FnMut() -> Result<()>,
) -> Result<Duration> {
    device.synchronize()?;
    let start = Instant::now();
    for _ in 0..times {
        work()?;
    }
    device.synchronize()?;
    Ok(start.elapsed())
}

/// The median time of a run in seconds, from at least three samples over about `budget`.
pub fn median(
    device: &Device,
    budget: Duration,
    work: &mut dyn FnMut() -> Result<()>,
) -> Result<f64> {
    // Pipelines are compiled and memory is pooled before the clock runs.
    timed(device, 2, work)?;
    let once = timed(device, 2, work)?.as_secs_f64() / 2.0;
    // A sample is long against the wait at its end.
    let times = (0.02 / once).ceil().clamp(1.0, 10_000.0) as u64;
    let samples = (budget.as_secs_f64() / (once * times as f64)).clamp(3.0, 25.0) as usize;
    let mut seconds = Vec::with_capacity(samples);
    for _ in 0..samples {
        seconds.push(timed(device, times, work)?.as_secs_f64() / times as f64);
    }
    seconds.sort_by(f64::total_cmp);
    Ok(seconds[samples / 2])
}
