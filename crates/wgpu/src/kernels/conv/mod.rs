//! Convolutions and their gradients: copies and splits of operands, and the choice of a kernel by shape.

mod direct;
mod product;
mod split;
mod tiled;

use super::temporary::{Input, Temporary};
use super::{fill, map, matmul};
use crate::gpu::Gpu;
use product::{Product, is_matrices, matrices};
use rushlight_backend::plan::ConvPlan;
use rushlight_backend::{DType, Map, Result, Scalar, View};

/// See [`rushlight_backend::Backend::conv`].
pub(crate) fn conv<'a>(
    gpu: &Gpu,
    plan: &ConvPlan,
    a: &View<'a>,
    b: &View<'a>,
    out: &View<'_>,
) -> Result<()> {
    if out.layout().numel() == 0 {
        return Ok(());
    }
    if a.layout().numel() == 0 || b.layout().numel() == 0 {
        return fill::fill(gpu, Scalar::Int(0), out);
    }
    let product = product::product(plan);
    let direct = is_direct(gpu, plan, &product, out.dtype());
    // An expanded tensor may fit where the contiguous copy that kernels read does not.
    let fits = [a, b, out].iter().all(|v| gpu.fits(v) && gpu.binds_copy(v));
    if !fits || direct && !direct::suits(gpu, &product, out) {
        return split::halves(gpu, plan, a, b, out);
    }
    // Kernels read and write contiguous tensors.
    let contiguous = |x: &View<'a>| Input::contiguous_unless(x.layout().is_contiguous(), gpu, x);
    let (a, b) = (contiguous(a)?, contiguous(b)?);
    let (a, b) = (a.view()?, b.view()?);
    if out.layout().is_contiguous() {
        return run(gpu, plan, &a, &b, out);
    }
    let result = Temporary::new(gpu, *out.layout().shape(), out.dtype())?;
    run(gpu, plan, &a, &b, &result.view()?)?;
    map::map(gpu, Map::Copy, out.dtype(), &[result.view()?], out)
}

/// Whether the kernel without shared memory is the one: on a software adapter sharing gains nothing, and few rows do not fill a tile.
fn is_direct(gpu: &Gpu, plan: &ConvPlan, product: &Product, dtype: DType) -> bool {
    let pairs = dtype == DType::I64 && !gpu.capabilities.i64;
    !is_matrices(plan) && (gpu.capabilities.is_software_adapter || product.m <= 8 || pairs)
}

fn run(gpu: &Gpu, plan: &ConvPlan, a: &View<'_>, b: &View<'_>, out: &View<'_>) -> Result<()> {
    // The weight of a forward pass and of the input's gradient, and the output's gradient, is the side that is not unfolded.
    let (a, b) = (b, a);
    if is_matrices(plan) {
        let [weight, image, result] = matrices(plan, [a, b, out]);
        let (a, b) = (a.with_layout(&weight)?, b.with_layout(&image)?);
        return matmul::product(gpu, "conv", &a, &b, &out.with_layout(&result)?);
    }
    let product = product::product(plan);
    if is_direct(gpu, plan, &product, out.dtype()) {
        return direct::run(gpu, &product, a, b, out);
    }
    tiled::run(gpu, &product, a, b, out)
}
