//! `y = number`: `fill.wgsl`.

use super::dispatch::Dispatch;
use super::params::{Number, params};
use crate::engine::Grid;
use crate::gpu::Gpu;
use rushlight_backend::plan::{Loops, halves};
use rushlight_backend::{DType, Result, Scalar, View};
use rushlight_shaders::kernels;

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
    let y = gpu.bind(out)?;
    let loops = Loops::new(&y.shape, [&y.strides]);
    let value = match out.dtype() {
        DType::Bool => Scalar::Int(i64::from(value.to_bool())),
        dtype => value.cast(dtype),
    };
    let dispatch = Dispatch::new(gpu, "fill_", &kernels::FILL, compute);
    dispatch.constant("WIDTH", WIDTH).tensor("y", &y)?.run(
        params! {
            number: Number(value, compute), count, y: y.offset,
            rank: loops.rank(), shape: loops.shape, y_strides: loops.strides[0],
        },
        Grid::threads(count, WIDTH),
    )
}
