//! Products, matrices, convolutions and pooling.

use super::calls;
use rushlight::prelude::*;
use rushlight::{
    AvgPoolOptions, ConvOptions, Ints, MaxPoolOptions, MaxUnpoolOptions, PadMode, Padding, fft,
    linalg,
};

/// A square matrix, or whatever there is.
fn square(a: &mut crate::fuzz::arguments::Args<'_>) -> rushlight::Result<Tensor> {
    match a.rng.once_in(4) {
        true => Ok(a.float()),
        false => a.made(&[3, 3], DType::F64),
    }
}

fn maximum(a: &mut crate::fuzz::arguments::Args<'_>) -> MaxPoolOptions {
    MaxPoolOptions {
        stride: a.flag().then(|| a.size().into()),
        padding: a.rng.below(3).into(),
        dilation: a.size().into(),
        ceil_mode: a.flag(),
    }
}

fn mean(a: &mut crate::fuzz::arguments::Args<'_>) -> AvgPoolOptions {
    AvgPoolOptions {
        stride: a.flag().then(|| a.size().into()),
        padding: a.rng.below(3).into(),
        ceil_mode: a.flag(),
        count_include_pad: a.flag(),
        divisor_override: a.flag().then(|| a.integer()),
    }
}

fn moves(a: &mut crate::fuzz::arguments::Args<'_>) -> ConvOptions {
    let mut number = |least: usize| match a.rng.once_in(4) {
        true => Ints::from(a.size()),
        false => Ints::from(least + a.rng.below(3)),
    };
    let options = ConvOptions::new()
        .stride(number(1))
        .padding(number(0))
        .dilation(number(1));
    match a.rng.below(8) {
        0 => options.padding_mode(PadMode::Reflect),
        1 => options.padding_mode(PadMode::Replicate),
        2 => options.padding_mode(PadMode::Circular),
        3 => options.padding(Padding::Same),
        _ => options,
    }
}

fn transposed(a: &mut crate::fuzz::arguments::Args<'_>) -> ConvOptions {
    let options = moves(a).padding_mode(PadMode::Constant(0.into()));
    let more = a.rng.below(3);
    options.output_padding(more)
}

calls! { a;
    "matmul" => { let (x, y) = (a.x(), a.x()); x.matmul(&y) };
    "mm" => { let (x, y) = (a.x(), a.x()); x.mm(&y) };
    "bmm" => { let (x, y) = (a.x(), a.x()); x.bmm(&y) };
    "mv" => { let (x, y) = (a.x(), a.x()); x.mv(&y) };
    "dot" => { let (x, y) = (a.x(), a.x()); x.dot(&y) };
    "vdot" => { let (x, y) = (a.x(), a.x()); x.vdot(&y) };
    "inner" => { let (x, y) = (a.x(), a.x()); x.inner(&y) };
    "outer" => { let (x, y) = (a.x(), a.x()); x.outer(&y) };
    "kron" => { let (x, y) = (a.x(), a.x()); x.kron(&y) };
    "linear" => { let (x, w) = (a.x(), a.x()); x.linear(&w, None) };
    "linear with a bias" => { let (x, w, b) = (a.x(), a.x(), a.x()); x.linear(&w, Some(&b)) };
    "addmm" => { let (x, y, z, b, s) = (a.x(), a.x(), a.x(), a.number(), a.number()); x.addmm(&y, &z, b, s) };
    "addmv" => { let (x, y, z, b, s) = (a.x(), a.x(), a.x(), a.number(), a.number()); x.addmv(&y, &z, b, s) };
    "baddbmm" => { let (x, y, z, b, s) = (a.x(), a.x(), a.x(), a.number(), a.number()); x.baddbmm(&y, &z, b, s) };
    "addbmm" => { let (x, y, z, b, s) = (a.x(), a.x(), a.x(), a.number(), a.number()); x.addbmm(&y, &z, b, s) };
    "addr" => { let (x, y, z, b, s) = (a.x(), a.x(), a.x(), a.number(), a.number()); x.addr(&y, &z, b, s) };
    "tensordot" => { let (x, y, n) = (a.x(), a.x(), a.size()); x.tensordot(&y, n) };
    "tensordot_dims" => { let (x, y, l, r) = (a.x(), a.x(), a.dims(), a.dims()); x.tensordot_dims(&y, l, r) };
    "chain_matmul" => { let t = a.tensors(); Tensor::chain_matmul(&t.iter().collect::<Vec<_>>()) };
    "multi_dot" => { let t = a.tensors(); linalg::multi_dot(&t.iter().collect::<Vec<_>>()) };
    "cross" => { let (x, y, d) = (a.x(), a.x(), a.dim()); x.cross(&y, Some(d)) };
    "vecdot" => { let (x, y, d) = (a.x(), a.x(), a.dim()); linalg::vecdot(&x, &y, d) };
    "attention" => { let (q, k, v, s, c) = (a.float(), a.float(), a.float(), a.real(), a.flag()); q.attention(&k, &v, s, c) };
    "conv1d" => { let (w, o) = (a.made(&[2, 3, 2], DType::F32)?, moves(a)); a.made(&[2, 3, 7], DType::F32)?.conv(&w, None, &o) };
    "conv2d" => { let (w, o) = (a.made(&[2, 2, 3, 1], DType::F32)?, moves(a)); a.made(&[1, 2, 5, 4], DType::F32)?.conv(&w, None, &o) };
    "conv of anything" => { let (x, w, o) = (a.x(), a.x(), moves(a)); x.conv(&w, None, &o) };
    "conv of groups" => { let (w, mut o, n) = (a.made(&[2, 1, 3], DType::F32)?, moves(a), a.size()); o.groups = n; a.made(&[1, 2, 5], DType::F32)?.conv(&w, None, &o) };
    "conv_transpose1d" => { let (w, o) = (a.made(&[3, 2, 2], DType::F32)?, transposed(a)); a.made(&[2, 3, 4], DType::F32)?.conv_transpose(&w, None, &o) };
    "conv_transpose2d" => { let (w, o) = (a.made(&[2, 2, 2, 3], DType::F32)?, transposed(a)); a.made(&[1, 2, 2, 3], DType::F32)?.conv_transpose(&w, None, &o) };
    "conv_transpose of groups" => { let (w, mut o, n) = (a.made(&[2, 1, 2], DType::F32)?, transposed(a), a.size()); o.groups = n; a.made(&[1, 2, 3], DType::F32)?.conv_transpose(&w, None, &o) };
    "max_pool" => { let (k, o) = ([a.size(), a.size()], maximum(a)); a.made(&[1, 2, 5, 4], DType::F32)?.max_pool(k, &o) };
    "avg_pool" => { let (k, o) = ([a.size()], mean(a)); a.made(&[2, 2, 7], DType::F32)?.avg_pool(k, &o) };
    "avg_pool of integers" => { let (k, o) = ([a.size(), a.size()], mean(a)); a.made(&[1, 2, 5, 4], DType::I64)?.avg_pool(k, &o) };
    "max_pool of anything" => { let (x, k, o) = (a.x(), a.sizes(), maximum(a)); x.max_pool(k, &o) };
    "max_unpool" => {
        let (y, at) = a.made(&[1, 2, 4, 4], DType::F32)?.max_pool([2, 2], ())?;
        let (k, mut o) = ([a.size(), a.size()], MaxUnpoolOptions::new().stride(a.size()));
        o.output_size = a.flag().then(|| a.sizes().into());
        y.max_unpool(&at, k, &o)
    };
    "adaptive_avg_pool" => { let n = a.size(); a.made(&[2, 2, 7], DType::F32)?.adaptive_avg_pool([Some(n)]) };
    "adaptive_max_pool" => { let (n, m) = (a.size(), a.size()); a.made(&[1, 2, 5, 4], DType::F32)?.adaptive_max_pool([Some(n), Some(m)]) };
    "adaptive_avg_pool of anything" => { let (x, n) = (a.x(), a.size()); x.adaptive_avg_pool([Some(n), None]) };
    "det" => { let x = square(a)?; linalg::det(&x) };
    "slogdet" => { let x = square(a)?; linalg::slogdet(&x) };
    "cholesky" => { let (x, f) = (square(a)?, a.flag()); linalg::cholesky(&x, f) };
    "cholesky_ex" => { let (x, f) = (square(a)?, a.flag()); Ok::<_, rushlight::Error>(linalg::cholesky_ex(&x, f)?.1) };
    "eigvalsh" => { let (x, f) = (square(a)?, a.flag()); linalg::eigvalsh(&x, f) };
    "svdvals" => { let x = square(a)?; linalg::svdvals(&x) };
    "matrix_exp" => { let x = square(a)?; linalg::matrix_exp(&x) };
    "matrix_power" => { let (x, n) = (square(a)?, a.integer()); linalg::matrix_power(&x, n) };
    "lu_factor" => { let x = square(a)?; linalg::lu_factor(&x) };
    "vander" => { let (x, n) = (a.x(), a.size()); linalg::vander(&x, Some(n)) };
    "tensorinv" => { let (x, n) = (a.float(), a.size()); linalg::tensorinv(&x, n) };
    "vector_norm" => { let (x, p, d, k) = (a.float(), a.real(), a.dims(), a.flag()); linalg::vector_norm(&x, p, d, k) };
    "rfft" => { let (x, n, d) = (a.float(), a.size(), a.dim()); fft::rfft(&x, a.flag().then_some(n), d, fft::Norm::Ortho) };
    "irfft" => { let (x, n, d) = (a.float(), a.size(), a.dim()); fft::irfft(&x, a.flag().then_some(n), d, fft::Norm::Backward) };
    "fftn" => { let (x, n, d) = (a.float(), a.ints(), a.dims()); fft::fftn(&x, Some(n.into()), Some(d.into()), fft::Norm::Forward) };
    "fftshift" => { let (x, d) = (a.x(), a.dims()); fft::fftshift(&x, Some(d.into())) };
}
