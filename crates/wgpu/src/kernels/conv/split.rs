//! Convolutions of tensors that are too large for one binding, split in two: between images, or between the outputs of one image.

use crate::gpu::Gpu;
use crate::kernels::map;
use crate::kernels::split::{in_halves, sum_dtype, sum_of_halves};
use crate::kernels::temporary::Temporary;
use rushlight_backend::plan::{ConvHalves, ConvPlan};
use rushlight_backend::{Error, Map, Result, View};

pub(super) fn halves(
    gpu: &Gpu,
    plan: &ConvPlan,
    a: &View<'_>,
    b: &View<'_>,
    out: &View<'_>,
) -> Result<()> {
    let Some(ConvHalves { split, plans }) = plan.halves() else {
        return Err(Error::unsupported(format!(
            "conv: {:?} and {:?}: too large for this GPU, and cannot be split",
            a.layout().shape(),
            b.layout().shape()
        )));
    };
    if split.dim(2).is_some() {
        return in_halves(split, &[*a, *b, *out], |i, views| {
            super::conv(gpu, &plans[i], &views[0], &views[1], &views[2])
        });
    }
    let dtype = sum_dtype(out.dtype());
    if dtype == out.dtype() {
        return sum_of_halves(gpu, split, &[*a, *b], out, |i, views, out| {
            super::conv(gpu, &plans[i], &views[0], &views[1], out)
        });
    }
    // Operands have the dtype of the result, which is that of the sum.
    let (a, b) = (
        Temporary::converted(gpu, a, dtype)?,
        Temporary::converted(gpu, b, dtype)?,
    );
    let sum = Temporary::new(gpu, *out.layout().shape(), dtype)?;
    super::conv(gpu, plan, &a.view()?, &b.view()?, &sum.view()?)?;
    map::map(gpu, Map::Copy, dtype, &[sum.view()?], out)
}
