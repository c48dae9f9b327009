//! Reading and writing at positions, by masks and by Python's square brackets.

use super::calls;
use crate::fuzz::arguments::Args;
use rushlight::{Ellipsis, Index, NewAxis, Result, ScatterReduce};

/// A list of entries of an index.
fn entries(a: &mut Args<'_>) -> Result<Vec<Index>> {
    let n = a.rng.below(4);
    let mut list = Vec::new();
    for _ in 0..n {
        list.push(match a.rng.below(8) {
            0 => Index::from(a.int()),
            1 => Index::from(a.size()),
            2 => Index::from(a.size()..a.size()),
            3 => Index::Slice {
                start: a.flag().then(|| a.int()),
                end: a.flag().then(|| a.int()),
                step: a.size(),
            },
            4 => Index::from(NewAxis),
            5 => Index::from(Ellipsis),
            6 => Index::from(&a.index()?),
            _ => {
                let x = a.x();
                Index::from(&a.mask_like(&x)?)
            }
        });
    }
    Ok(list)
}

const REDUCTIONS: [ScatterReduce; 5] = [
    ScatterReduce::Sum,
    ScatterReduce::Prod,
    ScatterReduce::Mean,
    ScatterReduce::Amax,
    ScatterReduce::Amin,
];

calls! { a;
    "i" => { let (x, i) = (a.x(), entries(a)?); x.i(i) };
    "set" => { let (x, i, v) = (a.own()?, entries(a)?, a.number()); x.set(i, v).map(|()| x) };
    "index_put of a number" => { let (x, i, v) = (a.x(), entries(a)?, a.number()); x.index_put(i, v, true) };
    "index_put_ of a number" => { let (x, i, v) = (a.own()?, entries(a)?, a.number()); x.index_put_(i, v, false).map(|()| x) };
    "index_select" => { let (x, d, i) = (a.x(), a.dim(), a.index()?); x.index_select(d, &i) };
    "index_select of anything" => { let (x, d, i) = (a.x(), a.dim(), a.x()); x.index_select(d, &i) };
    "gather" => { let x = a.x(); let (d, i) = (a.dim(), a.index_like(&x)?); x.gather(d, &i) };
    "take_along_dim" => { let x = a.x(); let (d, i) = (a.dim(), a.index_like(&x)?); x.take_along_dim(&i, a.flag().then_some(d)) };
    "take" => { let (x, i) = (a.x(), a.index()?); x.take(&i) };
    "put accumulating" => { let (x, i) = (a.x(), a.index()?); let s = a.made(i.shape(), x.dtype())?; x.put(&i, &s, true) };
    "one_hot" => { let (x, n) = (a.index()?, a.size()); x.one_hot(a.flag().then_some(n)) };
    "one_hot of anything" => { let (x, n) = (a.x(), a.size()); x.long()?.one_hot(n) };
    "index_fill" => { let (x, d, i, v) = (a.x(), a.dim(), a.index()?, a.number()); x.index_fill(d, &i, v) };
    "index_fill_" => { let (x, d, i, v) = (a.own()?, a.dim(), a.index()?, a.number()); x.index_fill_(d, &i, v).map(|()| x) };
    "index_add" => { let (x, d, i, s) = (a.x(), a.dim(), a.index()?, a.x()); x.index_add(d, &i, &s) };
    "index_add_alpha" => { let (x, d, i, s, v) = (a.x(), a.dim(), a.index()?, a.x(), a.number()); x.index_add_alpha(d, &i, &s, v) };
    "scatter of a number" => { let x = a.x(); let (d, i, v) = (a.dim(), a.index_like(&x)?, a.number()); x.scatter(d, &i, v) };
    "scatter_add" => { let x = a.x(); let (d, i) = (a.dim(), a.index_like(&x)?); let s = a.made(x.shape(), x.dtype())?; x.scatter_add(d, &i, &s) };
    "scatter_add_" => { let x = a.own()?; let (d, i) = (a.dim(), a.index_like(&x)?); let s = a.made(x.shape(), x.dtype())?; x.scatter_add_(d, &i, &s).map(|()| x) };
    "scatter_mul" => { let x = a.x(); let (d, i, v) = (a.dim(), a.index_like(&x)?, a.number()); x.scatter_mul(d, &i, v) };
    "scatter_amax" => { let x = a.x(); let (d, i) = (a.dim(), a.index_like(&x)?); let s = a.made(x.shape(), x.dtype())?; x.scatter_amax(d, &i, &s) };
    "scatter_reduce" => { let x = a.x(); let (d, i, f, r) = (a.dim(), a.index_like(&x)?, a.flag(), a.rng.pick(&REDUCTIONS)); let s = a.made(x.shape(), x.dtype())?; x.scatter_reduce(d, &i, &s, r, f) };
    "index_reduce" => { let (x, d, i, s, f, r) = (a.x(), a.dim(), a.index()?, a.x(), a.flag(), a.rng.pick(&REDUCTIONS)); x.index_reduce(d, &i, &s, r, f) };
    "masked_fill" => { let x = a.x(); let (m, v) = (a.mask_like(&x)?, a.other()); x.masked_fill(&m, v.get()) };
    "masked_fill_" => { let x = a.own()?; let (m, v) = (a.mask_like(&x)?, a.number()); x.masked_fill_(&m, v).map(|()| x) };
    "masked_select" => { let x = a.x(); let m = a.mask_like(&x)?; x.masked_select(&m) };
    "masked_scatter" => { let x = a.x(); let (m, s) = (a.mask_like(&x)?, a.x()); x.masked_scatter(&m, &s) };
    "nonzero" => a.x().nonzero();
    "nonzero_tuple" => a.x().nonzero_tuple();
}
