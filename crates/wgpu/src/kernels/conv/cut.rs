//! Convolutions of tensors that reach over more memory than one binding has, in two parts: images apart, or the outputs of one image.

use super::dense;
use crate::gpu::Gpu;
use crate::kernels::map;
use rushlight_backend::{Binary, Conv, ConvKind, Error, Map, Result, View};

/// The dimension of a, b and the result along which they are cut; none of the result's for parts that are summed.
fn places(conv: &Conv, images: usize) -> Option<[Option<usize>; 3]> {
    match conv.kind {
        ConvKind::Forward | ConvKind::InputGrad if images > 1 => Some([Some(0), None, Some(0)]),
        ConvKind::WeightGrad if images > 1 => Some([Some(0), Some(0), None]),
        _ if conv.groups > 1 => None,
        ConvKind::Forward => Some([None, Some(0), Some(1)]),
        ConvKind::InputGrad => Some([Some(1), Some(0), None]),
        ConvKind::WeightGrad => Some([None, Some(1), Some(0)]),
    }
}

pub(super) fn halves(
    gpu: &Gpu,
    conv: &Conv,
    a: &View<'_>,
    b: &View<'_>,
    out: &View<'_>,
) -> Result<()> {
    let sizes = |places: &[Option<usize>; 3]| {
        [a, b, out]
            .iter()
            .zip(places)
            .find_map(|(view, at)| Some(view.layout().shape()[(*at)?]))
    };
    let cut =
        places(conv, a.layout().shape()[0]).and_then(|places| Some((places, sizes(&places)?)));
    let Some(([in_a, in_b, in_out], size)) = cut.filter(|(_, size)| *size > 1) else {
        return Err(Error::unsupported(format!(
            "conv: {:?} and {:?}: too large for this GPU, and cannot be cut",
            a.layout().shape(),
            b.layout().shape()
        )));
    };
    let slice = |view: &View<'_>, at: Option<usize>, start, len| match at {
        Some(at) => view.layout().slice(at, start, len, 1),
        None => *view.layout(),
    };
    let half = |start, len, out: &View<'_>| {
        let (la, lb) = (slice(a, in_a, start, len), slice(b, in_b, start, len));
        let result = slice(out, in_out, start, len);
        let (a, b) = (a.with_layout(&la)?, b.with_layout(&lb)?);
        super::conv(gpu, conv, &a, &b, &out.with_layout(&result)?)
    };
    if in_out.is_some() {
        half(0, size / 2, out)?;
        return half(size / 2, size - size / 2, out);
    }
    let dtype = match out.dtype().is_float() {
        true => out.dtype().compute(),
        false => out.dtype(),
    };
    if dtype != out.dtype() {
        // Halves are summed as precisely as they are computed.
        let (a, b) = (
            dense::converted(gpu, a, dtype)?,
            dense::converted(gpu, b, dtype)?,
        );
        let sum = dense::room(gpu, out, dtype)?;
        super::conv(gpu, conv, &a.view()?, &b.view()?, &sum.view()?)?;
        return map::map(gpu, Map::Copy, dtype, &[sum.view()?], out);
    }
    let (first, second) = (dense::room(gpu, out, dtype)?, dense::room(gpu, out, dtype)?);
    let (first, second) = (first.view()?, second.view()?);
    half(0, size / 2, &first)?;
    half(size / 2, size - size / 2, &second)?;
    let add = Map::Binary(Binary::Add);
    map::map(gpu, add, dtype.compute(), &[first, second], out)
}
