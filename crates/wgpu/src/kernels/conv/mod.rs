//! Convolutions and their gradients: what is copied or cut first, and which kernel takes which shape.

mod cut;
mod dense;
mod direct;
mod geometry;
mod tiled;

use super::{fill, map, matmul};
use crate::gpu::Gpu;
use geometry::{Geometry, Product};
use rushlight_backend::{Conv, ConvKind, DType, Error, Map, Result, Scalar, View};

/// See [`rushlight_backend::Backend::conv`].
#[track_caller]
pub(crate) fn conv(
    gpu: &Gpu,
    conv: &Conv,
    a: &View<'_>,
    b: &View<'_>,
    out: &View<'_>,
) -> Result<()> {
    if out.dtype() == DType::Bool {
        return Err(Error::dtype(format!(
            "conv: not defined for bool, got {:?} and {:?}; convert to a number dtype first",
            a.layout().shape(),
            b.layout().shape()
        )));
    }
    let geometry = Geometry::new(conv, a, b, out)?;
    if out.layout().numel() == 0 {
        return Ok(());
    }
    if a.layout().numel() == 0 || b.layout().numel() == 0 {
        return fill::fill(gpu, Scalar::Int(0), out);
    }
    let product = geometry.product(conv.kind);
    let direct = is_direct(gpu, &geometry, &product, out.dtype());
    let fits = [a, b, out].iter().all(|view| gpu.fits(view));
    if !fits || direct && !direct::suits(gpu, &product, out) {
        return cut::halves(gpu, conv, a, b, out);
    }
    // Kernels read dense tensors, and write dense memory that they do not read.
    let (mut copy_a, mut copy_b) = (None, None);
    let a = dense::or_copy(gpu, a, &mut copy_a)?;
    let b = dense::or_copy(gpu, b, &mut copy_b)?;
    if out.layout().is_contiguous() {
        return run(gpu, conv.kind, &geometry, &a, &b, out);
    }
    let result = dense::room(gpu, out, out.dtype())?;
    run(gpu, conv.kind, &geometry, &a, &b, &result.view()?)?;
    map::map(gpu, Map::Copy, out.dtype(), &[result.view()?], out)
}

/// Whether the kernel without shared memory is the one: threads of a processor gain nothing by sharing it, and few rows do not fill a tile.
fn is_direct(gpu: &Gpu, geometry: &Geometry, product: &Product, dtype: DType) -> bool {
    let pairs = dtype == DType::I64 && !gpu.capabilities.i64;
    !geometry.is_matrices(product.kind)
        && (gpu.capabilities.is_software_adapter || product.m <= 8 || pairs)
}

fn run(
    gpu: &Gpu,
    kind: ConvKind,
    geometry: &Geometry,
    a: &View<'_>,
    b: &View<'_>,
    out: &View<'_>,
) -> Result<()> {
    // The weight of a forward pass and of the input's gradient, and the output's gradient, is the side that is not unfolded.
    let (a, b) = (b, a);
    if geometry.is_matrices(kind) {
        let [weight, image, result] = geometry.matrices(kind, [a, b, out]);
        let (a, b) = (a.with_layout(&weight)?, b.with_layout(&image)?);
        return matmul::product(gpu, "conv", &a, &b, &out.with_layout(&result)?);
    }
    let product = geometry.product(kind);
    if is_direct(gpu, geometry, &product, out.dtype()) {
        return direct::run(gpu, &product, a, b, out);
    }
    tiled::run(gpu, &product, a, b, out)
}
