//! Joining, splitting and repeating.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args, Failure, NAMED, unsupported};
use crate::conformance::value::Value;
use rushlight::Tensor;

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "cat" = "Tensor::cat": |a| {
        a.no_out()?;
        Tensor::cat(&list(a)?, a.dim_or(1, 0)?)
    };
    "stack" = "Tensor::stack": |a| Tensor::stack(&list(a)?, a.dim_or(1, 0)?);
    "hstack" = "Tensor::hstack": |a| Tensor::hstack(&list(a)?);
    "vstack" = "Tensor::vstack": |a| Tensor::vstack(&list(a)?);
    "dstack" = "Tensor::dstack": |a| Tensor::dstack(&list(a)?);
    "column_stack" = "Tensor::column_stack": |a| Tensor::column_stack(&list(a)?);
    "block_diag" = "Tensor::block_diag": |a| Tensor::block_diag(&a.all_from(0, "tensors")?);
    "meshgrid" = "Tensor::meshgrid": |a| match a.word(NAMED, "indexing", "ij")? {
        "ij" => Tensor::meshgrid(&a.all_from(0, "tensors")?),
        "xy" => Tensor::meshgrid_xy(&a.all_from(0, "tensors")?),
        _ => return Err(Failure::Forbidden("indexing", "each order is a function of its own")),
    };

    "split" = "Tensor::split": |a| a.x()?.split(a.size(1, "split_size_or_sections")?, a.dim_or(2, 0)?);
    "split.list_args" = "Tensor::split_with_sizes": |a| {
        a.x()?.split_with_sizes(&a.sizes(1, "split_size_or_sections")?, a.dim_or(2, 0)?)
    };
    "split_with_sizes" = "Tensor::split_with_sizes": |a| {
        a.x()?.split_with_sizes(&a.sizes(1, "split_sizes")?, a.dim_or(2, 0)?)
    };
    "tensor_split" = "Tensor::tensor_split": |a| match cuts(a)? {
        Cuts::Sections(n) => a.x()?.tensor_split(n, a.dim_or(2, 0)?),
        Cuts::At(positions) => a.x()?.tensor_split_at(positions, a.dim_or(2, 0)?),
        Cuts::By(numbers) => a.x()?.tensor_split_by(numbers, a.dim_or(2, 0)?),
    };
    "hsplit" = "Tensor::hsplit": |a| match cuts(a)? {
        Cuts::Sections(n) => a.x()?.hsplit(n),
        Cuts::At(positions) => a.x()?.hsplit_at(positions),
        Cuts::By(_) => return unsupported("a tensor of cuts"),
    };
    "vsplit" = "Tensor::vsplit": |a| match cuts(a)? {
        Cuts::Sections(n) => a.x()?.vsplit(n),
        Cuts::At(positions) => a.x()?.vsplit_at(positions),
        Cuts::By(_) => return unsupported("a tensor of cuts"),
    };
    "dsplit" = "Tensor::dsplit": |a| match cuts(a)? {
        Cuts::Sections(n) => a.x()?.dsplit(n),
        Cuts::At(positions) => a.x()?.dsplit_at(positions),
        Cuts::By(_) => return unsupported("a tensor of cuts"),
    };
    "chunk" = "Tensor::chunk": |a| a.x()?.chunk(a.size(1, "chunks")?, a.dim_or(2, 0)?);
    "unbind" = "Tensor::unbind": |a| a.x()?.unbind(a.dim_or(1, 0)?);

    "repeat" = "Tensor::repeat": |a| a.x()?.repeat(a.ints_from(1, "repeats")?);
    "tile" = "Tensor::tile": |a| a.x()?.tile(a.ints_from(1, "dims")?);
    "repeat_interleave" = "Tensor::repeat_interleave": |a| {
        // The size that PyTorch need not compute then.
        a.get(3, "output_size");
        a.x()?.repeat_interleave(a.operand(1, "repeats")?, a.maybe_int(2, "dim")?.map(|d| d as isize))
    };
};

/// A list of tensors, and nothing else.
fn list(a: &Args) -> Answer<Vec<&Tensor>> {
    a.tensors(0, "tensors")
        .map_err(|_| Failure::Forbidden("tensors", "a slice of tensors holds nothing else"))
}

/// How a tensor is cut.
enum Cuts<'a> {
    Sections(usize),
    At(Vec<isize>),
    By(&'a Tensor),
}

fn cuts(a: &Args) -> Answer<Cuts<'_>> {
    const NAME: &str = "indices_or_sections";
    Ok(match a.get(1, NAME) {
        Some(Value::Tensor(_, numbers)) => Cuts::By(numbers),
        Some(Value::List(_) | Value::Tuple(_)) => Cuts::At(a.ints(1, NAME)?),
        Some(Value::Word(_)) => return Err(Failure::Forbidden(NAME, "no method takes a string")),
        _ => Cuts::Sections(a.size(1, NAME)?),
    })
}
