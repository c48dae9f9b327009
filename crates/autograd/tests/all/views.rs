//! The rules of views, joins and indices against finite differences, first and second order.

use crate::rules::{ANY, Shapes, check};
use rushlight_tensor::backend::{IndexOp, ScatterMode};
use rushlight_tensor::{Op, ScatterReduce, Tensor, apply, tensor};

#[test]
fn views() {
    let s: Shapes<'_> = &[&[2, 3, 2]];
    check("view", s, ANY, |x| x[0].view([3, 4])?.square());
    check("reshape of a transposed", s, ANY, |x| {
        x[0].transpose(0, 1)?.reshape([4, 3])?.square()
    });
    check("expand", &[&[3, 1]], ANY, |x| {
        x[0].expand([2, 3, 4])?.square()
    });
    check("narrow", s, ANY, |x| x[0].narrow(1, 1, 2)?.square());
    check("slice", &[&[7]], ANY, |x| x[0].slice(0, 1, 7, 3)?.square());
    check("select", s, ANY, |x| x[0].select(1, -1)?.square());
    check("permute", s, ANY, |x| {
        x[0].permute([2, 0, 1])?.square()?.cumsum(0)
    });
    check("squeeze", &[&[1, 3, 1]], ANY, |x| x[0].squeeze()?.square());
    check("unsqueeze", s, ANY, |x| x[0].unsqueeze(1)?.square());
    check("flatten", s, ANY, |x| x[0].flatten(0, 1)?.square());
    check("diagonal", &[&[3, 4]], ANY, |x| {
        x[0].diagonal(1, 0, 1)?.square()
    });
    check("diagonal of a transposed", &[&[3, 4]], ANY, |x| {
        x[0].t()?.diagonal(0, 0, 1)?.square()
    });
    check("unfold, windows apart", &[&[6]], ANY, |x| {
        x[0].unfold(0, 2, 3)?.square()
    });
    check("unfold, windows overlapping", &[&[6]], ANY, |x| {
        x[0].unfold(0, 3, 1)?.square()
    });
    check("as_strided", &[&[7]], ANY, |x| {
        x[0].as_strided([2, 3], [1, 2], 1)?.square()
    });
    check("flip", s, ANY, |x| x[0].flip([0, 1])?.cumsum(1));
    check("roll", s, ANY, |x| x[0].roll(1, 1)?.cumsum(1));
    check("repeat", &[&[2, 2]], ANY, |x| {
        x[0].repeat([2, 1, 3])?.square()
    });
    check("cat", &[&[2, 1], &[2, 3]], ANY, |x| {
        Tensor::cat(&[&x[0], &x[1], &x[0]], 1)?.square()
    });
    check("stack", &[&[2], &[2]], ANY, |x| {
        Tensor::stack(&[&x[0], &x[1]], 1)?.square()
    });
    check("split", &[&[5]], ANY, |x| {
        let p = x[0].split(2, 0)?;
        p[0].mul(&p[1])?.mul(&p[2])
    });
    check("tril", &[&[3, 3]], ANY, |x| x[0].tril(0)?.square());
    check("triu", &[&[2, 3, 3]], ANY, |x| x[0].triu(1)?.square());
    check("slice_scatter", &[&[5, 2], &[2, 2]], ANY, |x| {
        x[0].slice_scatter(&x[1], 0, 1, 5, 3)?.square()
    });
    check("diag_embed", &[&[2, 3]], ANY, |x| {
        x[0].diag_embed(1, 0, -1)?.square()
    });
    check("rot90", &[&[2, 3]], ANY, |x| {
        x[0].rot90(-1, [0, 1])?.cumsum(0)
    });
    check("block_diag", &[&[2, 1], &[2]], ANY, |x| {
        Tensor::block_diag(&[&x[0], &x[1], &x[0]])?.square()
    });
}

#[test]
fn indices() {
    let i = tensor!([2, 0, 2]);
    let ij = tensor!([[0, 2], [1, 1]]);
    let s: Shapes<'_> = &[&[3, 2]];
    check("index_select", s, ANY, |x| {
        x[0].index_select(0, &i)?.square()
    });
    check("gather", s, ANY, |x| x[0].gather(0, &ij)?.square());
    check("positions from the end", s, ANY, |x| {
        x[0].i(&tensor!([-1, -2]))?.square()
    });
    check("scatter", &[&[3, 2], &[2, 2]], ANY, |x| {
        x[0].scatter(0, &ij, &x[1])?.square()
    });
    check(
        "scatter of a larger source",
        &[&[3, 2], &[3, 4]],
        ANY,
        |x| x[0].scatter(0, &ij, &x[1])?.square(),
    );
    check("scatter_add", &[&[3, 2], &[2, 2]], ANY, |x| {
        x[0].scatter_add(0, &ij, &x[1])?.square()
    });
    check("index_add", &[&[3, 2], &[3, 2]], ANY, |x| {
        x[0].index_add(0, &i, &x[1])?.square()
    });
    check("index_fill", &[&[3, 2], &[]], ANY, |x| {
        x[0].index_fill(0, &i, &x[1])?.square()
    });
    check("index_put", &[&[3, 2], &[3]], ANY, |x| {
        x[0].index_put((&i, 1), &x[1], true)?.square()
    });
    check("masked_scatter", &[&[3, 2], &[4]], ANY, |x| {
        x[0].masked_scatter(&tensor!([[true], [false], [true]]), &x[1])?
            .square()
    });
    check("repeat_interleave", s, ANY, |x| {
        x[0].repeat_interleave(&tensor!([2, 0, 1]), 0)?.square()
    });
    use ScatterReduce::{Amax, Amin, Mean, Prod, Sum};
    for reduce in [Sum, Prod, Mean, Amax, Amin] {
        for include_self in [true, false] {
            let name = format!("scatter_reduce, {reduce:?}, {include_self}");
            check(&name, &[&[3, 2], &[2, 2]], ANY, |x| {
                x[0].scatter_reduce(0, &ij, &x[1], reduce, include_self)?
                    .square()
            });
        }
    }
    check("index_copy", &[&[3, 2], &[2, 2]], ANY, |x| {
        x[0].index_copy(0, &tensor!([2, 0]), &x[1])?.square()
    });
    for (name, mode) in [
        ("scatter_mul", ScatterMode::Mul),
        ("scatter_amax", ScatterMode::Max),
        ("scatter_amin", ScatterMode::Min),
    ] {
        let op = Op::Scatter(IndexOp::Gather { dim: 0 }, mode);
        check(name, &[&[3, 2], &[2, 2]], ANY, |x| {
            apply(op.clone(), &[&x[0], &ij, &x[1]])
        });
    }
    check("masked_select", s, ANY, |x| {
        x[0].masked_select(&tensor!([[true, false], [true, true], [false, true]]))?
            .square()
    });
    check("sort", &[&[2, 4]], ANY, |x| x[0].sort(1, true)?.0.cumsum(1));
    check("topk", &[&[2, 4]], ANY, |x| {
        x[0].topk(2, 1, true)?.0.cumsum(1)
    });
    check("i", s, ANY, |x| x[0].i((0..2, 1))?.square());
    check("i with a tensor", s, ANY, |x| x[0].i(&i)?.square());
}
