//! `y = number`: `fill.wgsl`.

use super::dispatch::Dispatch;
use super::params::{Number, params};
use super::split::{farthest, in_halves};
use crate::engine::Grid;
use crate::gpu::Gpu;
use rushlight_backend::plan::{Loops, Split};
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
        && let splits = (0..out.layout().shape().len()).map(Split::of_all)
        && let Some(split) = farthest(gpu, &[*out], splits)
    {
        return in_halves(split, &[*out], |_, outs| fill(gpu, value, &outs[0]));
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
