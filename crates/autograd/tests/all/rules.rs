//! Every rule of the table against finite differences, first and second order.

use rushlight_autograd::{Autograd, CheckOptions, gradcheck, gradgradcheck};
use rushlight_tensor::backend::{Binary, Map, Scalar, Unary};
use rushlight_tensor::{
    AvgPoolOptions, ConvOptions, DType, MaxPoolOptions, Padding, Result, Tensor, apply, tensor,
};

pub(crate) type Shapes<'a> = &'a [&'a [usize]];

/// Numbers in `range`, the same in every run and no two alike.
fn numbers(n: usize, range: (f64, f64), seed: u64) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        range.0 + (range.1 - range.0) * ((state >> 11) as f64 / (1u64 << 53) as f64)
    };
    (0..n).map(|_| next()).collect()
}

pub(crate) fn leaf(data: &[f64], shape: &[usize]) -> Tensor {
    Tensor::from_slice(data, shape)
        .and_then(|t| t.requires_grad_(true))
        .unwrap()
}

/// Claims that the first and second derivatives of `f` are right at inputs of these shapes with elements in `range`.
#[track_caller]
pub(crate) fn check(
    name: &str,
    shapes: Shapes<'_>,
    range: (f64, f64),
    f: impl Fn(&[Tensor]) -> Result<Tensor>,
) {
    let inputs: Vec<Tensor> = shapes
        .iter()
        .enumerate()
        .map(|(i, shape)| leaf(&numbers(shape.iter().product(), range, i as u64 + 1), shape))
        .collect();
    at(name, &inputs, f);
}

/// The same at these inputs.
#[track_caller]
pub(crate) fn at(name: &str, inputs: &[Tensor], f: impl Fn(&[Tensor]) -> Result<Tensor>) {
    let inputs: Vec<&Tensor> = inputs.iter().collect();
    if let Err(e) = gradcheck(&f, &inputs, CheckOptions::default()) {
        panic!("{name}: {e}");
    }
    if let Err(e) = gradgradcheck(&f, &inputs, CheckOptions::default()) {
        panic!("{name}: {e}");
    }
}

#[track_caller]
fn unary(name: &str, range: (f64, f64), f: impl Fn(&Tensor) -> Result<Tensor>) {
    for shape in [&[2, 3][..], &[], &[0, 2]] {
        check(name, &[shape], range, |x| f(&x[0]));
    }
}

/// Same shapes, broadcast both ways, and against a scalar.
#[track_caller]
fn binary(name: &str, range: (f64, f64), f: impl Fn(&Tensor, &Tensor) -> Result<Tensor>) {
    for shapes in [
        [&[2, 3][..], &[2, 3][..]],
        [&[3, 1], &[2]],
        [&[], &[2]],
        [&[2, 1, 2], &[]],
    ] {
        check(name, &shapes, range, |x| f(&x[0], &x[1]));
    }
}

pub(crate) const ANY: (f64, f64) = (-2.0, 2.0);
const POSITIVE: (f64, f64) = (0.3, 2.0);
const INSIDE: (f64, f64) = (-0.9, 0.9);

#[test]
fn functions_of_one_element() {
    unary("neg", ANY, |x| x.neg());
    unary("abs", ANY, |x| x.abs());
    unary("sign", ANY, |x| x.sign());
    unary("ceil", ANY, |x| x.ceil());
    unary("floor", ANY, |x| x.floor());
    unary("round", ANY, |x| x.round());
    unary("trunc", ANY, |x| x.trunc());
    unary("frac", ANY, |x| x.frac());
    unary("square", ANY, |x| x.square());
    unary("relu", ANY, |x| x.relu());
    unary("exp", ANY, |x| x.exp());
    unary("exp2", ANY, |x| x.exp2());
    unary("expm1", ANY, |x| x.expm1());
    unary("log", POSITIVE, |x| x.log());
    unary("log2", POSITIVE, |x| x.log2());
    unary("log10", POSITIVE, |x| x.log10());
    unary("log1p", POSITIVE, |x| x.log1p());
    unary("sqrt", POSITIVE, |x| x.sqrt());
    unary("rsqrt", POSITIVE, |x| x.rsqrt());
    unary("reciprocal", POSITIVE, |x| x.reciprocal());
    unary("sin", ANY, |x| x.sin());
    unary("cos", ANY, |x| x.cos());
    unary("tan", INSIDE, |x| x.tan());
    unary("sinc", ANY, |x| x.sinc());
    unary("sinc near 0", (-0.09, 0.09), |x| x.sinc());
    unary("asin", INSIDE, |x| x.asin());
    unary("acos", INSIDE, |x| x.acos());
    unary("atan", ANY, |x| x.atan());
    unary("sinh", ANY, |x| x.sinh());
    unary("cosh", ANY, |x| x.cosh());
    unary("tanh", ANY, |x| x.tanh());
    unary("log_cosh", ANY, |x| x.log_cosh());
    unary("asinh", ANY, |x| x.asinh());
    unary("acosh", (1.2, 3.0), |x| x.acosh());
    unary("atanh", INSIDE, |x| x.atanh());
    unary("erf", ANY, |x| x.erf());
    unary("erfc", ANY, |x| x.erfc());
    unary("erfcx", ANY, |x| x.erfcx());
    unary("erfinv", INSIDE, |x| x.erfinv());
    unary("ndtri", (0.05, 0.95), |x| x.ndtri());
    unary("log_ndtr", ANY, |x| x.log_ndtr());
    unary("i0", ANY, |x| x.i0());
    unary("i0e", POSITIVE, |x| x.i0e());
    unary("i1", ANY, |x| x.i1());
    unary("i1e", POSITIVE, |x| x.i1e());
    unary("spherical_bessel_j0", ANY, |x| x.spherical_bessel_j0());
    unary("spherical_bessel_j0 near 0", (-0.25, 0.25), |x| {
        x.spherical_bessel_j0()
    });
    unary("entr", POSITIVE, |x| x.entr());
    unary("logit", (0.1, 0.9), |x| x.logit());
    unary("lgamma", POSITIVE, |x| x.lgamma());
    unary("digamma", POSITIVE, |x| x.digamma());
    unary("digamma left of 0", (-1.8, -1.2), |x| x.digamma());
    unary("trigamma", POSITIVE, |x| {
        apply(Unary::Trigamma.into(), &[x])
    });
    unary("sigmoid", ANY, |x| x.sigmoid());
    unary("log_sigmoid", ANY, |x| x.log_sigmoid());
    unary("softplus", ANY, |x| x.softplus());
    unary("gelu", ANY, |x| x.gelu());
    unary("gelu_tanh", ANY, |x| x.gelu_tanh());
    unary("silu", ANY, |x| x.silu());
    unary("mish", ANY, |x| x.mish());
    unary("clone", ANY, |x| x.copy());
}

#[test]
fn functions_of_two_elements() {
    binary("add", ANY, |x, y| x.add(y));
    binary("sub", ANY, |x, y| x.sub(y));
    binary("mul", ANY, |x, y| x.mul(y));
    binary("div", POSITIVE, |x, y| x.div(y));
    binary("div_trunc", POSITIVE, |x, y| x.div_trunc(y));
    binary("floor_divide", POSITIVE, |x, y| x.floor_divide(y));
    binary("remainder", POSITIVE, |x, y| x.remainder(y));
    binary("fmod", POSITIVE, |x, y| x.fmod(y));
    binary("pow", POSITIVE, |x, y| x.pow(y));
    binary("maximum", ANY, |x, y| x.maximum(y));
    binary("minimum", ANY, |x, y| x.minimum(y));
    binary("fmax", ANY, |x, y| x.fmax(y));
    binary("fmin", ANY, |x, y| x.fmin(y));
    binary("clamp_min", ANY, |x, y| x.clamp_min(y));
    binary("clamp_max", ANY, |x, y| x.clamp_max(y));
    binary("atan2", ANY, |x, y| x.atan2(y));
    binary("hypot", ANY, |x, y| x.hypot(y));
    binary("copysign", ANY, |x, y| x.copysign(y));
    binary("logaddexp", ANY, |x, y| x.logaddexp(y));
    binary("xlog1py", POSITIVE, |x, y| x.xlog1py(y));
    binary("logaddexp2", ANY, |x, y| x.logaddexp2(y));
    unary("zeta", POSITIVE, |x| x.rzeta(3.0));
    binary("xlogy", POSITIVE, |x, y| x.xlogy(y));
    binary("leaky_relu", ANY, |x, y| x.leaky_relu(y));
    binary("elu", ANY, |x, y| x.elu(y));
    binary("gate", ANY, |x, y| x.gate(y));
    binary("bce_with_logits", ANY, |x, y| x.bce_with_logits(y));
    binary("where", ANY, |x, y| x.detach().gt(0.1)?.where_cond(x, y));
}

#[test]
fn functions_with_a_number() {
    unary("add", ANY, |x| x.add(1.5));
    unary("sub", ANY, |x| x.sub(1.5));
    unary("rsub", ANY, |x| x.rsub(1.5));
    unary("mul", ANY, |x| x.mul(-1.5));
    unary("div", ANY, |x| x.div(-1.5));
    unary("rdiv", POSITIVE, |x| x.rdiv(1.5));
    unary("pow 3", ANY, |x| x.pow(3));
    unary("pow 0.7", POSITIVE, |x| x.pow(0.7));
    unary("pow -2", POSITIVE, |x| x.pow(-2.0));
    unary("pow 0", ANY, |x| x.pow(0));
    unary("rpow", ANY, |x| x.rpow(1.7));
    unary("remainder", POSITIVE, |x| x.remainder(0.7));
    unary("rremainder", POSITIVE, |x| x.rremainder(5.3));
    unary("fmod", ANY, |x| x.fmod(0.7));
    unary("clamp", ANY, |x| x.clamp(-0.5, 0.5));
    unary("leaky_relu", ANY, |x| x.leaky_relu(0.1));
    unary("elu", ANY, |x| x.elu(1.3));
    unary("xlogy", ANY, |x| x.xlogy(1.3));
    unary("rxlogy", POSITIVE, |x| x.rxlogy(1.3));
    for f in [Binary::Atan2, Binary::Hypot] {
        let half = Scalar::Float(0.5);
        unary(f.name(), ANY, |x| {
            apply(Map::BinaryScalar(f, half).into(), &[x])
        });
    }
    unary("copysign", ANY, |x| x.copysign(-1.0));
    unary("masked_fill", ANY, |x| {
        x.masked_fill(&x.detach().gt(0.0)?, 1.0)
    });
}

#[test]
fn reductions() {
    let s: Shapes<'_> = &[&[2, 3, 2]];
    check("sum", s, ANY, |x| x[0].sum());
    check("sum_dim", s, ANY, |x| x[0].sum_dim([0, 2], false));
    check("sum_dim keepdim", s, ANY, |x| x[0].sum_dim(1, true));
    check("mean", s, ANY, |x| x[0].mean());
    check("mean_dim", s, ANY, |x| x[0].mean_dim([1, 2], false));
    check("prod", s, ANY, |x| x[0].prod());
    check("prod_dim", s, ANY, |x| x[0].prod_dim(1, false));
    check("max", s, ANY, |x| x[0].max());
    check("amax", s, ANY, |x| x[0].amax([0, 1], false));
    check("amin", s, ANY, |x| x[0].amin(2, true));
    check("max_dim", s, ANY, |x| Ok(x[0].max_dim(1, false)?.0));
    check("var", s, ANY, |x| x[0].var());
    check("std_dim", s, ANY, |x| x[0].std_dim(1, 1.0, true));
    check("norm", s, ANY, |x| x[0].norm());
    check("norm 1", s, ANY, |x| x[0].norm_dim(1.0, 1, false));
    check("norm 3", s, ANY, |x| x[0].norm_dim(3.0, 1, false));
    check("norm inf", s, ANY, |x| {
        x[0].norm_dim(f64::INFINITY, 1, false)
    });
    check("logsumexp", s, ANY, |x| x[0].logsumexp(1, false));
    unary("sum of a scalar and of nothing", ANY, |x| x.sum());
    unary("mean of a row", ANY, |x| {
        if x.ndim() == 2 {
            x.mean_dim(1, false)
        } else {
            x.mean()
        }
    });
}

#[test]
fn products_with_zeros() {
    let zero = |data: &[f64]| [leaf(data, &[2, 3])];
    for data in [
        [1.0, 0.0, 2.0, 3.0, 4.0, 5.0],
        [0.0, 2.0, 0.0, 1.0, 0.0, 3.0],
        [0.0; 6],
    ] {
        at("prod", &zero(&data), |x| x[0].prod());
        at("prod_dim", &zero(&data), |x| x[0].prod_dim(1, false));
        at("cumprod", &zero(&data), |x| x[0].cumprod(1));
        at("cumprod 0", &zero(&data), |x| x[0].cumprod(0));
    }
}

#[test]
fn running_operations() {
    for (name, f) in [
        (
            "cumsum",
            Tensor::cumsum as fn(&Tensor, isize) -> Result<Tensor>,
        ),
        ("cumprod", Tensor::cumprod),
        ("logcumsumexp", Tensor::logcumsumexp),
    ] {
        for n in 1..6 {
            check(name, &[&[2, n]], ANY, |x| f(&x[0], 1));
        }
        check(name, &[&[4, 2]], ANY, |x| f(&x[0], 0));
        check(name, &[&[]], ANY, |x| f(&x[0], 0));
        check(name, &[&[0, 2]], ANY, |x| f(&x[0], 0));
    }
    check("cummax", &[&[2, 4]], ANY, |x| Ok(x[0].cummax(1)?.0));
}

#[test]
fn products_of_matrices() {
    for shapes in [
        [&[2, 3][..], &[3, 4][..]],
        [&[2, 2, 3], &[2, 3, 2]],
        [&[2, 2, 3], &[3, 2]],
        [&[2, 3], &[2, 3, 2]],
        [&[2, 1, 2, 3], &[3, 3, 2]],
        [&[3], &[3]],
        [&[3], &[3, 2]],
        [&[2, 3], &[3]],
    ] {
        check("matmul", &shapes, ANY, |x| x[0].matmul(&x[1]));
    }
    check("linear", &[&[4, 3], &[2, 3], &[2]], ANY, |x| {
        x[0].linear(&x[1], Some(&x[2]))
    });
    check("linear without bias", &[&[2, 2, 3], &[2, 3]], ANY, |x| {
        x[0].linear(&x[1], None)
    });
    check("linear of a vector", &[&[3], &[2, 3], &[2]], ANY, |x| {
        x[0].linear(&x[1], Some(&x[2]))
    });
}

#[test]
fn windows() {
    let strided = ConvOptions {
        stride: 2.into(),
        padding: 1.into(),
        ..ConvOptions::default()
    };
    check("conv1d", &[&[2, 2, 5], &[3, 2, 3], &[3]], ANY, |x| {
        x[0].conv(&x[1], Some(&x[2]), &strided)
    });
    check("conv2d", &[&[1, 2, 4, 4], &[2, 2, 2, 3]], ANY, |x| {
        x[0].conv(&x[1], None, ())
    });
    let grouped = ConvOptions {
        groups: 2,
        dilation: 2.into(),
        ..ConvOptions::default()
    };
    check(
        "conv1d in groups, dilated",
        &[&[1, 4, 6], &[2, 2, 2]],
        ANY,
        |x| x[0].conv(&x[1], None, &grouped),
    );
    let same = ConvOptions {
        padding: Padding::Same,
        ..ConvOptions::default()
    };
    check(
        "conv1d to the same size",
        &[&[1, 2, 5], &[2, 2, 4]],
        ANY,
        |x| x[0].conv(&x[1], None, &same),
    );
    check("constant_pad_nd", &[&[2, 3]], ANY, |x| {
        x[0].constant_pad_nd([2, -1, 1, 0], 1.5)
    });
    check("conv_transpose1d", &[&[2, 2, 3], &[2, 3, 3]], ANY, |x| {
        x[0].conv_transpose(&x[1], None, &strided)
    });
    check("max_pool2d", &[&[1, 2, 4, 4]], ANY, |x| {
        Ok(x[0].max_pool([2, 2], ())?.0)
    });
    check("avg_pool2d", &[&[1, 2, 4, 4]], ANY, |x| {
        x[0].avg_pool([2, 2], ())
    });
    check("max_unpool1d", &[&[2, 1, 6]], ANY, |x| {
        let (y, at) = x[0].max_pool([2], ())?;
        y.max_unpool(&at, [2], ())
    });
    check("max_pool1d, windows overlapping", &[&[2, 1, 6]], ANY, |x| {
        Ok(x[0]
            .max_pool([3], MaxPoolOptions::new().stride(1).padding(1))?
            .0)
    });
    check("avg_pool1d, windows overlapping", &[&[2, 1, 6]], ANY, |x| {
        x[0].avg_pool([3], AvgPoolOptions::new().stride(1).padding(1))
    });
    check("adaptive_avg_pool1d", &[&[2, 1, 5]], ANY, |x| {
        x[0].adaptive_avg_pool([Some(3)])
    });
}

#[test]
fn fused_operations() {
    check("softmax", &[&[2, 3]], ANY, |x| x[0].softmax(1));
    check("softmax 0", &[&[3, 2]], ANY, |x| x[0].softmax(0));
    check("log_softmax", &[&[2, 3]], ANY, |x| x[0].log_softmax(-1));
    check("layer_norm", &[&[2, 2, 3]], ANY, |x| {
        x[0].layer_norm(3, None, None, 1e-5)
    });
    check("layer_norm with weight", &[&[2, 3], &[3], &[3]], ANY, |x| {
        x[0].layer_norm(3, Some(&x[1]), Some(&x[2]), 1e-5)
    });
    check(
        "layer_norm over two",
        &[&[2, 2, 3], &[2, 3], &[2, 3]],
        ANY,
        |x| x[0].layer_norm([2, 3], Some(&x[1]), Some(&x[2]), 1e-5),
    );
    check("cross_entropy", &[&[3, 4]], ANY, |x| {
        x[0].cross_entropy_rows(&tensor!([2, -100, 0]), -100)
    });
    for causal in [false, true] {
        check(
            "attention",
            &[&[2, 3, 2], &[2, 3, 2], &[2, 3, 1]],
            ANY,
            |x| x[0].attention(&x[1], &x[2], 0.7, causal),
        );
    }
}

#[test]
fn casts_give_the_gradient_back_in_the_inputs_dtype() -> Result<()> {
    for dtype in [DType::F16, DType::BF16, DType::F32, DType::F64] {
        let x = tensor!([1.0, 2.0]).to(dtype)?.requires_grad_(true)?;
        let y = tensor!([3.0, 4.0]).double()?;
        x.mul(&y)?.sum()?.backward()?;
        let g = x.grad().unwrap();
        assert_eq!((g.dtype(), crate::values(&g)), (dtype, vec![3.0, 4.0]));
    }
    assert!(!tensor!([1.5]).requires_grad_(true)?.long()?.requires_grad());
    Ok(())
}
