//! How threads share the rows of tensors.

use super::map::map;
use super::split;
use super::temporary::{Input, Temporary};
use super::workgroup::WorkgroupShape;
use crate::gpu::Gpu;
use rushlight_backend::plan::{Rows, RowsPlan};
use rushlight_backend::{Map, Result, View};

/// The same rows in vectors of four elements, if all are contiguous and start at a vector, from elements `offsets` on too.
pub(crate) fn vectors<const N: usize>(rows: &Rows<N>, offsets: [u32; N]) -> Option<Rows<N>> {
    let whole = |n: &usize| n.is_multiple_of(4);
    let fits = rows.steps == [1; N]
        && whole(&rows.len)
        && offsets.iter().all(|o| o.is_multiple_of(4))
        && rows.kept.strides.iter().all(|s| s.iter().all(whole));
    let mut vectors = *rows;
    vectors.len /= 4;
    for stride in vectors.kept.strides.iter_mut().flat_map(|s| s.iter_mut()) {
        *stride /= 4;
    }
    fits.then_some(vectors)
}

/// The threads for each row, a power of two, if one takes `each` elements at best. The other threads of a workgroup take other rows.
pub(crate) fn threads_per_row<const N: usize>(
    rows: &Rows<N>,
    workgroup: WorkgroupShape,
    each: usize,
) -> usize {
    let wanted = rows.len.div_ceil(each).next_power_of_two();
    if !rows.by_columns() {
        return wanted.min(workgroup.threads);
    }
    // Enough neighbours for whole cache lines.
    let neighbours = rows
        .count
        .next_power_of_two()
        .min(workgroup.threads)
        .min(32);
    wanted.min(workgroup.threads / neighbours)
}

/// Runs `kernel` on tensors that are smaller: on contiguous copies if those fit one binding where the tensors do not, else on both halves of
/// a plan that is split between rows. `None` if there is a single row.
pub(crate) fn in_parts<F: Copy>(
    gpu: &Gpu,
    plan: &RowsPlan<F>,
    x: &View<'_>,
    out: &View<'_>,
    kernel: impl Fn(&RowsPlan<F>, &View<'_>, &View<'_>) -> Result<()>,
) -> Option<Result<()>> {
    let views = [*x, *out];
    let fits = |v: &View<'_>| gpu.fits(v);
    if !views.iter().all(fits) && views.iter().all(|v| gpu.binds_copy(v)) {
        return Some(on_copies(gpu, plan, x, out, kernel));
    }
    let split = split::farthest(gpu, &views, plan.splits(x.layout().shape().len()))?;
    Some(split::in_halves(split, &views, |_, views| {
        let [x, out] = [&views[0], &views[1]];
        let plan = RowsPlan::new(plan.f, plan.dim, x.layout(), out.layout());
        kernel(&plan, x, out)
    }))
}

fn on_copies<F: Copy>(
    gpu: &Gpu,
    plan: &RowsPlan<F>,
    x: &View<'_>,
    out: &View<'_>,
    kernel: impl Fn(&RowsPlan<F>, &View<'_>, &View<'_>) -> Result<()>,
) -> Result<()> {
    let x = Input::contiguous_unless(gpu.fits(x), gpu, x)?;
    let x = x.view()?;
    let run = |out: &View<'_>| {
        let plan = RowsPlan::new(plan.f, plan.dim, x.layout(), out.layout());
        kernel(&plan, &x, out)
    };
    if gpu.fits(out) {
        return run(out);
    }
    let result = Temporary::new(gpu, *out.layout().shape(), out.dtype())?;
    run(&result.view()?)?;
    map(
        gpu,
        Map::Copy,
        out.dtype().compute(),
        &[result.view()?],
        out,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use rushlight_backend::{Dims, Layout};

    #[test]
    fn contiguous_rows_are_vectors() {
        let x = Layout::contiguous(Dims::from([3, 8]));
        let rows = Rows::along(1, [&x]);
        let fours = vectors(&rows, [4]).unwrap();
        assert_eq!((fours.count, fours.len), (3, 2));
        assert_eq!(*fours.kept.strides[0], [2]);
        assert!(vectors(&rows, [2]).is_none());
        assert!(vectors(&Rows::along(0, [&x]), [0]).is_none());
    }
}
