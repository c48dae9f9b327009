//! `y = number`: `fill.wgsl`.

use super::params::Params;
use crate::engine::{Grid, Launch};
use crate::gpu::Gpu;
use rushlight_backend::plan::{Loops, halves};
use rushlight_backend::{DType, Result, Scalar, View};
use rushlight_shaders::{Variant, kernels};

const WIDTH: u32 = 256;

pub(crate) fn fill(gpu: &Gpu, value: Scalar, out: &View<'_>) -> Result<()> {
    let count = out.layout().numel();
    if count == 0 {
        return Ok(());
    }
    gpu.renew(out)?;
    if !gpu.fits(out)
        && let Some(parts) = halves(&[*out.layout()])
    {
        return parts
            .iter()
            .try_for_each(|part| fill(gpu, value, &out.with_layout(&part[0])?));
    }
    let compute = gpu.capabilities.natural("fill_", out.dtype())?;
    let stored = gpu.capabilities.stored("fill_", out.dtype())?;
    let y = gpu.bind(out)?;
    let loops = Loops::new(&y.shape, [&y.strides]);
    let value = match out.dtype() {
        DType::Bool => Scalar::Int(i64::from(value.to_bool())),
        dtype => value.cast(dtype),
    };
    let params = Params::new()
        .number(value, compute)
        .word(count)
        .word(y.offset as usize)
        .word(loops.rank())
        .dims(&loops.shape)
        .dims(&loops.strides[0]);
    gpu.launch(&Launch {
        name: "fill_",
        variant: Variant::new(&kernels::FILL, compute)
            .stored("y", stored)
            .constant("WIDTH", WIDTH),
        tensors: &[y],
        params: params.bytes(),
        fault: None,
        grid: Grid::threads(count, WIDTH),
    })
}
