//! Requirements on data: `check.wgsl`.

use super::params::Params;
use crate::engine::{FaultCode, Grid, Launch};
use crate::gpu::Gpu;
use rushlight_backend::plan::Loops;
use rushlight_backend::{Check, Done, Result, View};
use rushlight_shaders::{Variant, kernels};

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
    let params = Params::new()
        .launch()
        .word(count)
        .word(bound.offset as usize)
        .word(most)
        .word(loops.rank())
        .dims(&loops.shape)
        .dims(&loops.strides[0]);
    gpu.launch(&Launch {
        name: NAME,
        variant: Variant::new(&kernels::CHECK, gpu.capabilities.natural(NAME, x.dtype())?)
            .swap("is_probability", function)
            .stored("x", gpu.capabilities.stored(NAME, x.dtype())?)
            .constant("WIDTH", WIDTH),
        tensors: &[bound],
        params: params.bytes(),
        fault: Some(FaultCode::Check(check)),
        grid: Grid::threads(count, WIDTH),
    })?;
    Ok(Done::Yes)
}
