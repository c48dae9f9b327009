//! Views and shapes.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args};
use rushlight::{Result, Tensor};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    // A view needs strides that can say it: the strided run's inputs are made contiguous first.
    "view" = "Tensor::view": |a| a.x()?.contiguous()?.view(a.ints_from(1, "shape")?);
    "view_as" = "Tensor::view_as": |a| a.x()?.contiguous()?.view_as(a.tensor(1, "other")?);
    "reshape" = "Tensor::reshape": |a| a.x()?.reshape(a.ints_from(1, "shape")?);
    "reshape_as" = "Tensor::reshape_as": |a| a.x()?.reshape_as(a.tensor(1, "other")?);
    "ravel" = "Tensor::ravel": |a| a.x()?.ravel();
    "flatten" = "Tensor::flatten": |a| {
        a.x()?.flatten(a.int_or(1, "start_dim", 0)? as isize, a.int_or(2, "end_dim", -1)? as isize)
    };
    "unflatten" = "Tensor::unflatten": |a| a.x()?.unflatten(a.dim(1)?, a.ints(2, "sizes")?);
    "squeeze" = "Tensor::squeeze": |a| match a.maybe_ints(1, "dim")? {
        None => a.x()?.squeeze(),
        Some(dims) => a.x()?.squeeze_dim(dims),
    };
    "unsqueeze" = "Tensor::unsqueeze": |a| a.x()?.unsqueeze(a.dim(1)?);
    "atleast_1d" = "Tensor::atleast_1d": |a| each(a, Tensor::atleast_1d);
    "atleast_2d" = "Tensor::atleast_2d": |a| each(a, Tensor::atleast_2d);
    "atleast_3d" = "Tensor::atleast_3d": |a| each(a, Tensor::atleast_3d);

    "transpose" = "Tensor::transpose": |a| {
        a.x()?.transpose(a.int(1, "dim0")? as isize, a.int(2, "dim1")? as isize)
    };
    "t" = "Tensor::t": |a| a.x()?.t();
    "T" = "Tensor::t": |a| a.x()?.t();
    "H" = "Tensor::h": |a| a.x()?.h();
    "mT" = "Tensor::mt": |a| a.x()?.mt();
    "mH" = "Tensor::mh": |a| a.x()?.mh();
    "permute" = "Tensor::permute": |a| a.x()?.permute(a.ints_from(1, "dims")?);
    "movedim" = "Tensor::movedim": |a| a.x()?.movedim(a.ints(1, "source")?, a.ints(2, "destination")?);

    "expand" = "Tensor::expand": |a| a.x()?.expand(a.ints_from(1, "size")?);
    "expand_as" = "Tensor::expand_as": |a| a.x()?.expand_as(a.tensor(1, "other")?);
    "broadcast_to" = "Tensor::broadcast_to": |a| a.x()?.broadcast_to(a.ints(1, "size")?);
    "broadcast_shapes" = "Tensor::broadcast_shapes": |a| {
        let shapes = (0..a.count()).map(|i| a.sizes(i, "shapes")).collect::<Answer<Vec<_>>>()?;
        Tensor::broadcast_shapes(&shapes.iter().map(Vec::as_slice).collect::<Vec<_>>())
    };
    "broadcast_tensors" = "Tensor::broadcast_tensors": |a| {
        Tensor::broadcast_tensors(&a.all_from(0, "tensors")?)
    };

    "narrow" = "Tensor::narrow": |a| {
        a.x()?.narrow(a.dim(1)?, a.operand(2, "start")?, a.size(3, "length")?)
    };
    "select" = "Tensor::select": |a| a.x()?.select(a.dim(1)?, a.int(2, "index")? as isize);
    "slice" = "Tensor::slice": |a| {
        let [start, end] = bounds(a, 2)?;
        a.x()?.slice(a.dim_or(1, 0)?, start, end, a.size_or(4, "step", 1)?)
    };
    "unfold" = "Tensor::unfold": |a| {
        a.x()?.unfold(a.int(1, "dimension")? as isize, a.size(2, "size")?, a.size(3, "step")?)
    };
    "as_strided" = "Tensor::as_strided": |a| {
        let (shape, strides) = (a.ints(1, "size")?, a.ints(2, "stride")?);
        a.x()?.copy()?.as_strided(shape, strides, a.size_or(3, "storage_offset", 0)?)
    };
    "select_scatter" = "Tensor::select_scatter": |a| {
        a.x()?.select_scatter(a.tensor(1, "src")?, a.dim(2)?, a.int(3, "index")? as isize)
    };
    "slice_scatter" = "Tensor::slice_scatter": |a| {
        let [start, end] = bounds(a, 3)?;
        a.x()?.slice_scatter(a.tensor(1, "src")?, a.dim_or(2, 0)?, start, end, a.size_or(5, "step", 1)?)
    };

    "diagonal" = "Tensor::diagonal": |a| {
        let [offset, dim1, dim2] = diagonal(a, 1, [0, 1])?;
        a.x()?.diagonal(offset, dim1, dim2)
    };
    "linalg.diagonal" = "Tensor::diagonal": |a| {
        let [offset, dim1, dim2] = diagonal(a, 1, [-2, -1])?;
        a.tensor(0, "A")?.diagonal(offset, dim1, dim2)
    };
    "diagonal_scatter" = "Tensor::diagonal_scatter": |a| {
        let [offset, dim1, dim2] = diagonal(a, 2, [0, 1])?;
        a.x()?.diagonal_scatter(a.tensor(1, "src")?, offset, dim1, dim2)
    };
    "diag" = "Tensor::diag": |a| a.x()?.diag(a.int_or(1, "diagonal", 0)? as isize);
    "diag_embed" = "Tensor::diag_embed": |a| {
        let [offset, dim1, dim2] = diagonal(a, 1, [-2, -1])?;
        a.x()?.diag_embed(offset, dim1, dim2)
    };
    "diagflat" = "Tensor::diagflat": |a| a.x()?.diagflat(a.int_or(1, "offset", 0)? as isize);
    "trace" = "Tensor::trace": |a| a.x()?.trace();
    "tril" = "Tensor::tril": |a| a.x()?.tril(a.int_or(1, "diagonal", 0)? as isize);
    "triu" = "Tensor::triu": |a| a.x()?.triu(a.int_or(1, "diagonal", 0)? as isize);

    "flip" = "Tensor::flip": |a| a.x()?.flip(a.ints_from(1, "dims")?);
    "fliplr" = "Tensor::fliplr": |a| a.x()?.fliplr();
    "flipud" = "Tensor::flipud": |a| a.x()?.flipud();
    "roll" = "Tensor::roll": |a| a.x()?.roll(a.ints(1, "shifts")?, a.ints_or(2, "dims", &[])?);
    "rot90" = "Tensor::rot90": |a| {
        a.x()?.rot90(a.int_or(1, "k", 1)? as isize, a.ints_or(2, "dims", &[0, 1])?)
    };
};

/// A method of one tensor, or of each tensor of a list.
fn each(a: &Args, f: fn(&Tensor) -> Result<Tensor>) -> Answer<Vec<Tensor>> {
    let tensors = a.all_from(0, "tensors")?;
    Ok(tensors.into_iter().map(f).collect::<Result<_>>()?)
}

/// The bounds of a slice.
fn bounds(a: &Args, at: usize) -> Answer<[isize; 2]> {
    let start = a.int_or(at, "start", 0)?;
    Ok([start as isize, a.int_or(at + 1, "end", i64::MAX)? as isize])
}

/// Offset and dimensions of a diagonal.
fn diagonal(a: &Args, at: usize, dims: [i64; 2]) -> Answer<[isize; 3]> {
    Ok([
        a.int_or(at, "offset", 0)? as isize,
        a.int_or(at + 1, "dim1", dims[0])? as isize,
        a.int_or(at + 2, "dim2", dims[1])? as isize,
    ])
}
