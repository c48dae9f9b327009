//! Convolutions and their gradients: what is copied or cut first, and which kernel takes which shape.

mod direct;
mod geometry;
mod tiled;

use super::{fill, map};
use crate::gpu::Gpu;
use geometry::Geometry;
use rushlight_backend::{Conv, ConvKind, DType, Error, Layout, Map, Result, Scalar, Storage, View};

/// See [`rushlight_backend::Backend::conv`].
#[track_caller]
pub(crate) fn conv(
    gpu: &Gpu,
    conv: &Conv,
    a: &View<'_>,
    b: &View<'_>,
    out: &View<'_>,
) -> Result<()> {
    if out.dtype == DType::Bool {
        return Err(Error::dtype(format!(
            "conv: not defined for bool, got {:?} and {:?}; convert to a number dtype first",
            a.layout.shape(),
            b.layout.shape()
        )));
    }
    let geometry = Geometry::new(conv, a, b, out)?;
    if out.layout.numel() == 0 {
        return Ok(());
    }
    if a.layout.numel() == 0 || b.layout.numel() == 0 {
        return fill::fill(gpu, Scalar::Int(0), out);
    }
    // Kernels read dense tensors, and write dense memory that they do not read.
    let (copy_a, copy_b) = (dense(gpu, a)?, dense(gpu, b)?);
    let a = copied(a, &copy_a);
    let b = copied(b, &copy_b);
    let aside = out.storage.same(a.storage) || out.storage.same(b.storage);
    if out.layout.is_contiguous() && !aside {
        return run(gpu, conv.kind, &geometry, &a, &b, out);
    }
    let (storage, layout) = gpu.temporary(*out.layout.shape(), out.dtype)?;
    let result = View {
        storage: &storage,
        layout: &layout,
        dtype: out.dtype,
    };
    run(gpu, conv.kind, &geometry, &a, &b, &result)?;
    map::map(gpu, Map::Copy, out.dtype, &[result], out)
}

fn dense(gpu: &Gpu, x: &View<'_>) -> Result<Option<(Storage, Layout)>> {
    if x.layout.is_contiguous() {
        return Ok(None);
    }
    map::dense_copy(gpu, x).map(Some)
}

fn copied<'a>(x: &View<'a>, copy: &'a Option<(Storage, Layout)>) -> View<'a> {
    match copy {
        Some((storage, layout)) => View {
            storage,
            layout,
            dtype: x.dtype,
        },
        None => *x,
    }
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
    let product = geometry.product(kind);
    // Threads of a processor gain nothing by sharing memory, and few rows do not fill a tile.
    if gpu.capabilities.is_cpu || product.m <= 8 {
        return direct::run(gpu, &product, a, b, out);
    }
    tiled::run(gpu, &product, a, b, out)
}
