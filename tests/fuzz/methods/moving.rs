//! Other shapes: views, parts, what is joined, repeated and padded.

use super::calls;
use rushlight::prelude::*;

/// Of how many elements combinations of `r` are few enough to be listed in time, or too many for any memory.
fn combined(r: usize) -> usize {
    if r > 5 { 1 } else { 64 }
}

calls! { a;
    "copy" => a.x().copy();
    "contiguous" => a.x().contiguous();
    "ravel" => a.x().ravel();
    "squeeze" => a.x().squeeze();
    "atleast_1d" => a.x().atleast_1d();
    "atleast_2d" => a.x().atleast_2d();
    "atleast_3d" => a.x().atleast_3d();
    "t" => a.x().t();
    "mt" => a.x().mt();
    "fliplr" => a.x().fliplr();
    "flipud" => a.x().flipud();
    "reshape" => { let (x, s) = (a.x(), a.ints()); x.reshape(s) };
    "reshape of sizes" => { let (x, s) = (a.x(), a.sizes()); x.reshape(s) };
    "unflatten" => { let (x, d, s) = (a.x(), a.dim(), a.ints()); x.unflatten(d, s) };
    "flatten" => { let (x, s, e) = (a.x(), a.dim(), a.dim()); x.flatten(s, e) };
    "squeeze_dim" => { let (x, d) = (a.x(), a.dims()); x.squeeze_dim(d) };
    "unsqueeze" => { let (x, d) = (a.x(), a.dim()); x.unsqueeze(d) };
    "transpose" => { let (x, d, e) = (a.x(), a.dim(), a.dim()); x.transpose(d, e) };
    "permute" => { let (x, d) = (a.x(), a.dims()); x.permute(d) };
    "movedim" => { let (x, d, e) = (a.x(), a.dims(), a.dims()); x.movedim(d, e) };
    "expand" => { let (x, s) = (a.x(), a.ints()); x.expand(s) };
    "expand of sizes" => { let (x, s) = (a.x(), a.sizes()); x.expand(s) };
    "expand in front" => { let (x, n, m) = (a.x(), a.size(), a.size()); let mut s = vec![n, m]; s.extend(x.shape()); x.expand(s) };
    "broadcast_tensors" => { let t = a.tensors(); Tensor::broadcast_tensors(&t.iter().collect::<Vec<_>>()) };
    "as_strided" => { let (x, s, t, o) = (a.x(), a.sizes(), a.sizes(), a.size()); x.copy()?.as_strided(s, t, o) };
    "unfold" => { let (x, d, n, s) = (a.x(), a.dim(), a.size(), a.size()); x.unfold(d, n, s) };
    "narrow" => { let (x, d, s, n) = (a.x(), a.dim(), a.int(), a.size()); x.narrow(d, s, n) };
    "select" => { let (x, d, i) = (a.x(), a.dim(), a.int()); x.select(d, i) };
    "slice" => { let (x, d, s, e, n) = (a.x(), a.dim(), a.int(), a.int(), a.size()); x.slice(d, s, e, n) };
    "slice_scatter" => { let (x, y, d, s, e, n) = (a.x(), a.x(), a.dim(), a.int(), a.int(), a.size()); x.slice_scatter(&y, d, s, e, n) };
    "select_scatter" => { let (x, y, d, i) = (a.x(), a.x(), a.dim(), a.int()); x.select_scatter(&y, d, i) };
    "diagonal" => { let (x, o, d, e) = (a.x(), a.int(), a.dim(), a.dim()); x.diagonal(o, d, e) };
    "diagonal_scatter" => { let (x, y, o, d, e) = (a.x(), a.x(), a.int(), a.dim(), a.dim()); x.diagonal_scatter(&y, o, d, e) };
    "diag" => { let (x, k) = (a.x(), a.int()); x.diag(k) };
    "diag_embed" => { let (x, o, d, e) = (a.x(), a.int(), a.dim(), a.dim()); x.diag_embed(o, d, e) };
    "diagflat" => { let (x, o) = (a.x(), a.int()); x.diagflat(o) };
    "tril" => { let (x, k) = (a.x(), a.int()); x.tril(k) };
    "triu" => { let (x, k) = (a.x(), a.int()); x.triu(k) };
    "flip" => { let (x, d) = (a.x(), a.dims()); x.flip(d) };
    "roll" => { let (x, s, d) = (a.x(), a.ints(), a.dims()); x.roll(s, d) };
    "roll of one" => { let (x, s) = (a.x(), a.int()); x.roll(s, ()) };
    "roll along one" => { let (x, s, d) = (a.x(), a.int(), a.dim()); x.roll(s, d) };
    "rot90" => { let (x, k, d, e) = (a.x(), a.int(), a.dim(), a.dim()); x.rot90(k, [d, e]) };
    "constant_pad_nd" => { let (x, p, v) = (a.x(), a.ints(), a.number()); x.constant_pad_nd(p, v) };
    "constant_pad_nd of one" => { let (x, p, q, v) = (a.x(), a.int(), a.int(), a.number()); x.constant_pad_nd([p, q], v) };
    "repeat" => { let (x, r) = (a.x(), a.sizes()); x.repeat(r) };
    "tile" => { let (x, r) = (a.x(), a.sizes()); x.tile(r) };
    "repeat_interleave" => { let (x, r, d) = (a.x(), a.integer(), a.dim()); x.repeat_interleave(r, a.flag().then_some(d)) };
    "repeat_interleave by a tensor" => { let (x, r, d) = (a.x(), a.index()?, a.dim()); x.repeat_interleave(&r, Some(d)) };
    "meshgrid" => { let t = a.tensors(); Tensor::meshgrid(&t.iter().collect::<Vec<_>>()) };
    "meshgrid_xy" => { let t = a.tensors(); Tensor::meshgrid_xy(&t.iter().collect::<Vec<_>>()) };
    "combinations" => { let (x, r, f) = (a.x().reshape(-1)?, a.size(), a.flag()); x.narrow(0, 0, x.numel().min(combined(r)))?.combinations(r, f) };
    "cartesian_prod" => { let t = a.tensors(); Tensor::cartesian_prod(&t.iter().collect::<Vec<_>>()) };
    "unravel_index" => { let (x, s) = (a.index()?, a.sizes()); x.unravel_index(s) };
    "cat" => { let (t, d) = (a.tensors(), a.dim()); Tensor::cat(&t.iter().collect::<Vec<_>>(), d) };
    "stack" => { let (t, d) = (a.tensors(), a.dim()); Tensor::stack(&t.iter().collect::<Vec<_>>(), d) };
    "hstack" => { let t = a.tensors(); Tensor::hstack(&t.iter().collect::<Vec<_>>()) };
    "vstack" => { let t = a.tensors(); Tensor::vstack(&t.iter().collect::<Vec<_>>()) };
    "dstack" => { let t = a.tensors(); Tensor::dstack(&t.iter().collect::<Vec<_>>()) };
    "column_stack" => { let t = a.tensors(); Tensor::column_stack(&t.iter().collect::<Vec<_>>()) };
    "block_diag" => { let t = a.tensors(); Tensor::block_diag(&t.iter().collect::<Vec<_>>()) };
    "split" => { let (x, n, d) = (a.x(), a.size(), a.dim()); x.split(n, d) };
    "split_with_sizes" => { let (x, s, d) = (a.x(), a.sizes(), a.dim()); x.split_with_sizes(&s, d) };
    "chunk" => { let (x, n, d) = (a.x(), a.size(), a.dim()); x.chunk(n, d) };
    "unbind" => { let (x, d) = (a.x(), a.dim()); x.unbind(d) };
    "tensor_split" => { let (x, n, d) = (a.x(), a.size(), a.dim()); x.tensor_split(n, d) };
    "tensor_split_at" => { let (x, i, d) = (a.x(), a.ints(), a.dim()); x.tensor_split_at(i, d) };
    "tensor_split_by" => { let (x, i, d) = (a.x(), a.index()?, a.dim()); x.tensor_split_by(&i, d) };
    "hsplit" => { let (x, n) = (a.x(), a.size()); x.hsplit(n) };
    "vsplit" => { let (x, n) = (a.x(), a.size()); x.vsplit(n) };
    "dsplit_at" => { let (x, i) = (a.x(), a.ints()); x.dsplit_at(i) };
    "tolist" => a.x().tolist().map(|_| ());
    "display" => { let x = a.x(); let _ = format!("{x} {x:?}"); Ok::<_, rushlight::Error>(()) };
}
