//! Matrix products of tensors that are too large for one binding, split in two.

use super::Task;
use crate::kernels::map;
use crate::kernels::temporary::Temporary;
use rushlight_backend::{Binary, Error, Layout, Map, Result, View};

/// Where a dimension of the product (those of the result, then k) is one of `a`'s, `b`'s and the result's.
fn places(dim: usize, rank: usize) -> [Option<usize>; 3] {
    let (row, col) = (rank - 2, rank - 1);
    match dim {
        d if d == row => [Some(row), None, Some(row)],
        d if d == col => [None, Some(col), Some(col)],
        d if d == rank => [Some(col), Some(row), None],
        d => [Some(d); 3],
    }
}

/// Cuts the dimension along which a tensor that cannot be bound reaches farthest.
pub(super) fn halves(task: &Task<'_>) -> Result<()> {
    let views = [&task.a, &task.b, &task.out];
    let rank = task.out.layout().shape().len();
    let reach = |dim: usize| {
        let large = |view: &View<'_>| !task.gpu.fits(view);
        let along = |(view, at): (&&View<'_>, Option<usize>)| {
            let at = at.filter(|_| large(view))?;
            Some(view.layout().strides()[at].saturating_mul(view.layout().shape()[at] - 1))
        };
        let places = places(dim, rank);
        views.iter().zip(places).filter_map(along).max()
    };
    let Some(dim) = (0..=rank)
        .max_by_key(|&dim| reach(dim))
        .filter(|&dim| reach(dim) > Some(0))
    else {
        return Err(Error::unsupported(format!(
            "{}: {:?} x {:?}: too large for this GPU, and cannot be cut",
            task.name,
            task.a.layout().shape(),
            task.b.layout().shape()
        )));
    };
    if dim == rank {
        return sum_of_halves(task);
    }
    let size = task.out.layout().shape()[dim];
    part(task, dim, 0, size / 2, |part| part.run())?;
    part(task, dim, size / 2, size - size / 2, |part| part.run())
}

/// `f` of the part of `task` that has `len` indices from `start` of dimension `dim`.
fn part(
    task: &Task<'_>,
    dim: usize,
    start: usize,
    len: usize,
    f: impl FnOnce(&Task<'_>) -> Result<()>,
) -> Result<()> {
    let rank = task.out.layout().shape().len();
    let slice = |layout: &Layout, at: Option<usize>| match at {
        Some(at) => layout.slice(at, start, len, 1),
        None => *layout,
    };
    let [in_a, in_b, in_out] = places(dim, rank);
    let (a, b) = (slice(task.a.layout(), in_a), slice(task.b.layout(), in_b));
    let out = slice(task.out.layout(), in_out);
    let of_bias = (dim == rank - 1).then_some(0);
    let bias = task.bias.map(|bias| (bias, slice(bias.layout(), of_bias)));
    f(&Task {
        a: task.a.with_layout(&a)?,
        b: task.b.with_layout(&b)?,
        bias: bias
            .as_ref()
            .map(|(bias, layout)| bias.with_layout(layout))
            .transpose()?,
        out: task.out.with_layout(&out)?,
        ..*task
    })
}

/// The sum over the first half of k, and that over the second, in the type that sums are computed in.
pub(super) fn sum_of_halves(task: &Task<'_>) -> Result<()> {
    let (gpu, out) = (task.gpu, &task.out);
    let (rank, shape) = (out.layout().shape().len(), *out.layout().shape());
    let k = task.a.layout().shape()[rank - 1];
    let dtype = if out.dtype().is_float() {
        out.dtype().compute()
    } else {
        out.dtype()
    };
    let (first, second) = (
        Temporary::new(gpu, shape, dtype)?,
        Temporary::new(gpu, shape, dtype)?,
    );
    let (first, second) = (first.view()?, second.view()?);
    part(task, rank, 0, k / 2, |part| {
        Task {
            out: first,
            ..*part
        }
        .run()
    })?;
    part(task, rank, k / 2, k - k / 2, |part| {
        Task {
            out: second,
            bias: None,
            ..*part
        }
        .run()
    })?;
    map::map(
        gpu,
        Map::Binary(Binary::Add),
        dtype.compute(),
        &[first, second],
        out,
    )
}
