//! Convolutions of tensors that are too large for one binding, split in two: between images, or between the outputs of one image.

use crate::gpu::Gpu;
use crate::kernels::map;
use crate::kernels::temporary::Temporary;
use rushlight_backend::plan::{ConvHalves, ConvPlan};
use rushlight_backend::{Binary, Error, Map, Result, View};

pub(super) fn halves(
    gpu: &Gpu,
    plan: &ConvPlan,
    a: &View<'_>,
    b: &View<'_>,
    out: &View<'_>,
) -> Result<()> {
    let Some(ConvHalves { dims, sizes, plans }) = plan.halves() else {
        return Err(Error::unsupported(format!(
            "conv: {:?} and {:?}: too large for this GPU, and cannot be cut",
            a.layout().shape(),
            b.layout().shape()
        )));
    };
    let [in_a, in_b, in_out] = dims;
    let slice = |view: &View<'_>, at: Option<usize>, start, len| match at {
        Some(at) => view.layout().slice(at, start, len, 1),
        None => *view.layout(),
    };
    let half = |i: usize, out: &View<'_>| {
        let (start, len) = (i * sizes[0], sizes[i]);
        let (la, lb) = (slice(a, in_a, start, len), slice(b, in_b, start, len));
        let result = slice(out, in_out, start, len);
        let (a, b) = (a.with_layout(&la)?, b.with_layout(&lb)?);
        super::conv(gpu, &plans[i], &a, &b, &out.with_layout(&result)?)
    };
    if in_out.is_some() {
        half(0, out)?;
        return half(1, out);
    }
    let dtype = match out.dtype().is_float() {
        true => out.dtype().compute(),
        false => out.dtype(),
    };
    if dtype != out.dtype() {
        // Halves are summed as precisely as they are computed.
        let (a, b) = (
            Temporary::converted(gpu, a, dtype)?,
            Temporary::converted(gpu, b, dtype)?,
        );
        let sum = Temporary::new(gpu, *out.layout().shape(), dtype)?;
        super::conv(gpu, plan, &a.view()?, &b.view()?, &sum.view()?)?;
        return map::map(gpu, Map::Copy, dtype, &[sum.view()?], out);
    }
    let shape = *out.layout().shape();
    let (first, second) = (
        Temporary::new(gpu, shape, dtype)?,
        Temporary::new(gpu, shape, dtype)?,
    );
    let (first, second) = (first.view()?, second.view()?);
    half(0, &first)?;
    half(1, &second)?;
    let add = Map::Binary(Binary::Add);
    map::map(gpu, add, dtype.compute(), &[first, second], out)
}
