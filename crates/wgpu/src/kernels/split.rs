//! Calls with tensors too large for one binding, split in two.

use super::map::map;
use super::temporary::Temporary;
use crate::gpu::Gpu;
use rushlight_backend::plan::Split;
use rushlight_backend::{Binary, DType, Layout, Map, Result, View};
use smallvec::SmallVec;

/// Of `splits` the one along which tensors too large for one binding extend farthest in memory. If there is none, because memory of another kind
/// is too large, the longest. `None` if no split makes a tensor smaller.
pub(crate) fn farthest(
    gpu: &Gpu,
    views: &[View<'_>],
    splits: impl Iterator<Item = Split>,
) -> Option<Split> {
    let large = |v: &View<'_>| !gpu.fits(v);
    let layouts: SmallVec<[&Layout; 4]> = views.iter().map(|v| v.layout()).collect();
    let gain = |split: &Split| match views.iter().any(large) {
        true => {
            let counted = views.iter().enumerate().filter(|(_, v)| large(v));
            let extents = counted.map(|(i, v)| split.extent(i, v.layout()));
            extents.max().unwrap_or(0)
        }
        false => split.size(&layouts) - 1,
    };
    splits
        .filter(|split| gain(split) > 0)
        .max_by_key(|split| gain(split))
}

/// Calls `run` with the number of each half and its part of the tensors.
pub(crate) fn in_halves(
    split: Split,
    views: &[View<'_>],
    mut run: impl FnMut(usize, &[View<'_>]) -> Result<()>,
) -> Result<()> {
    let layouts: SmallVec<[&Layout; 4]> = views.iter().map(|v| v.layout()).collect();
    for (i, half) in split.halves(&layouts).iter().enumerate() {
        let parts = views
            .iter()
            .zip(half)
            .map(|(v, layout)| v.with_layout(layout));
        run(i, &parts.collect::<Result<SmallVec<[View<'_>; 4]>>>()?)?;
    }
    Ok(())
}

/// As [`in_halves`], where both halves have a result like `out`: `run` writes that of each half, as precisely as it is computed, and `out` is
/// their sum.
pub(crate) fn sum_of_halves(
    gpu: &Gpu,
    split: Split,
    inputs: &[View<'_>],
    out: &View<'_>,
    mut run: impl FnMut(usize, &[View<'_>], &View<'_>) -> Result<()>,
) -> Result<()> {
    let dtype = sum_dtype(out.dtype());
    let term = || Temporary::new(gpu, *out.layout().shape(), dtype);
    let terms = [term()?, term()?];
    in_halves(split, inputs, |i, inputs| run(i, inputs, &terms[i].view()?))?;
    let add = Map::Binary(Binary::Add);
    map(
        gpu,
        add,
        dtype.compute(),
        &[terms[0].view()?, terms[1].view()?],
        out,
    )
}

/// The dtype in which the terms of a sum of `dtype` keep their precision.
pub(crate) fn sum_dtype(dtype: DType) -> DType {
    match dtype.is_float() {
        true => dtype.compute(),
        false => dtype,
    }
}
