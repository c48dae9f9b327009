//! Requirements on data: `check.wgsl`.

use super::dispatch::Dispatch;
use super::params::{LAUNCH, params};
use crate::engine::{FaultCode, Grid};
use crate::gpu::Gpu;
use rushlight_backend::plan::Loops;
use rushlight_backend::{Check, Done, Result, View};
use rushlight_shaders::kernels;

const NAME: &str = "check";
const WIDTH: u32 = 256;

/// See [`rushlight_backend::Backend::check`].
pub(crate) fn check(gpu: &Gpu, check: Check, x: &View<'_>) -> Result<Done> {
    let count = x.layout().numel();
    if count == 0 {
        return Ok(Done::Yes);
    }
    if !gpu.fits(x) {
        return Ok(Done::Compose);
    }
    let (function, most) = match check {
        Check::Probabilities => ("is_probability", 1),
        Check::Offsets { most } => ("is_offset", most),
    };
    // Offsets that 32 bits do not hold are counted on the host.
    if i32::try_from(most).is_err() {
        return Ok(Done::Compose);
    }
    let bound = gpu.bind(x)?;
    let loops = Loops::new(&bound.shape, [&bound.strides]);
    let compute = gpu.capabilities.natural(NAME, x.dtype())?;
    Dispatch::new(gpu, NAME, &kernels::CHECK, compute)
        .swap("is_probability", function)
        .constant("WIDTH", WIDTH)
        .fault(FaultCode::Check(check))
        .tensor("x", &bound)?
        .run(
            params! {
                launch: LAUNCH, count, x: bound.offset, most,
                rank: loops.rank(), shape: loops.shape, x_strides: loops.strides[0],
            },
            Grid::threads(count, WIDTH),
        )?;
    Ok(Done::Yes)
}
