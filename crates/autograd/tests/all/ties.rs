//! Ties, zeros and infinities, against PyTorch 2.15's numbers.

use crate::assert_near;
use rushlight_autograd::Autograd;
use rushlight_tensor::{Result, Tensor, tensor};
use std::f64::consts::LN_2;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

fn leaf(data: &[f64], shape: &[usize]) -> Tensor {
    let data: Vec<f32> = data.iter().map(|x| *x as f32).collect();
    Tensor::from_slice(&data, shape)
        .and_then(|t| t.requires_grad_(true))
        .unwrap()
}

/// Claims that the gradient of `Σ f(x)` at `x` is `expected`.
#[track_caller]
fn one(
    name: &str,
    shape: &[usize],
    x: &[f64],
    expected: &[f64],
    f: impl Fn(&Tensor) -> Result<Tensor>,
) {
    let x = leaf(x, shape);
    f(&x)
        .and_then(|y| y.sum())
        .and_then(|y| y.backward())
        .unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_near(&x.grad().unwrap(), expected);
}

#[track_caller]
fn two(
    x: &[f64],
    y: &[f64],
    left: &[f64],
    right: &[f64],
    f: impl Fn(&Tensor, &Tensor) -> Result<Tensor>,
) {
    let (x, y) = (leaf(x, &[x.len()]), leaf(y, &[y.len()]));
    f(&x, &y)
        .and_then(|z| z.sum())
        .and_then(|z| z.backward())
        .unwrap();
    assert_near(&x.grad().unwrap(), left);
    assert_near(&y.grad().unwrap(), right);
}

#[test]
fn functions_of_one_element() {
    let x = [-1.0, 0.0, 1.0, INF, -INF];
    let at = |name: &str, expected: [f64; 5], f: fn(&Tensor) -> Result<Tensor>| {
        one(name, &[5], &x, &expected, f)
    };
    at("abs", [-1.0, 0.0, 1.0, 1.0, -1.0], |x| x.abs());
    at("relu", [0.0, 0.0, 1.0, 1.0, 0.0], |x| x.relu());
    at("sqrt", [NAN, INF, 0.5, 0.0, NAN], |x| x.sqrt());
    at("rsqrt", [NAN, -INF, -0.5, 0.0, NAN], |x| x.rsqrt());
    at("reciprocal", [-1.0, -INF, -1.0, 0.0, 0.0], |x| {
        x.reciprocal()
    });
    at("log", [-1.0, INF, 1.0, 0.0, 0.0], |x| x.log());
    at("sigmoid", [0.19661194, 0.25, 0.19661194, 0.0, 0.0], |x| {
        x.sigmoid()
    });
    at("tanh", [0.4199743, 1.0, 0.4199743, 0.0, 0.0], |x| x.tanh());
    at("softplus", [0.26894143, 0.5, 0.7310586, 1.0, 0.0], |x| {
        x.softplus()
    });
    at("log_sigmoid", [0.7310586, 0.5, 0.26894143, 0.0, 1.0], |x| {
        x.log_sigmoid()
    });
    at("leaky_relu", [0.1, 0.1, 1.0, 1.0, 0.1], |x| {
        x.leaky_relu(0.1)
    });
    at("elu", [0.36787945, 1.0, 1.0, 1.0, 0.0], |x| x.elu(1.0));
    at("asin", [INF, 1.0, INF, NAN, NAN], |x| x.asin());
    at("atan", [0.5, 1.0, 0.5, 0.0, 0.0], |x| x.atan());
    at("clamp", [0.0, 1.0, 0.0, 0.0, 0.0], |x| x.clamp(-1.0, 1.0));
    at("clamp_min", [0.0, 0.0, 1.0, 1.0, 0.0], |x| x.clamp_min(0.0));
    at("clamp_max", [1.0, 0.0, 0.0, 0.0, 1.0], |x| x.clamp_max(0.0));
}

#[test]
fn powers() {
    let at = |exponent: f64, expected: [f64; 4]| {
        one("pow", &[4], &[-1.0, 0.0, 1.0, 2.0], &expected, |x| {
            x.pow(exponent)
        });
    };
    at(0.0, [0.0, 0.0, 0.0, 0.0]);
    at(1.0, [1.0, 1.0, 1.0, 1.0]);
    at(2.0, [-2.0, 0.0, 2.0, 4.0]);
    at(0.5, [NAN, INF, 0.5, 0.35355338]);
    at(-1.0, [-1.0, -INF, -1.0, -0.25]);
    at(3.0, [3.0, 0.0, 3.0, 12.0]);
    one(
        "0 to x",
        &[4],
        &[-1.0, 0.0, 1.0, 2.0],
        &[-INF, 0.0, 0.0, 0.0],
        |x| x.rpow(0.0),
    );
    one(
        "2 to x",
        &[3],
        &[-1.0, 0.0, 1.0],
        &[0.5 * LN_2, LN_2, 2.0 * LN_2],
        |x| x.rpow(2.0),
    );
    let (x, y) = (
        [0.0, 0.0, 0.0, 2.0, -1.0, 1.0],
        [0.0, 2.0, -1.0, 0.0, 2.0, 3.0],
    );
    two(
        &x,
        &y,
        &[0.0, 0.0, -INF, 0.0, -2.0, 3.0],
        &[0.0, 0.0, -INF, LN_2, NAN, 0.0],
        |x, y| x.pow(y),
    );
}

#[test]
fn functions_of_two_elements() {
    let (a, b) = ([1.0, 2.0, 2.0, NAN, INF], [2.0, 1.0, 2.0, 1.0, INF]);
    let (low, high) = ([0.0, 1.0, 0.5, 1.0, 0.5], [1.0, 0.0, 0.5, 1.0, 0.5]);
    two(&a, &b, &low, &high, |x, y| x.maximum(y));
    two(&a, &b, &high, &low, |x, y| x.minimum(y));
    two(&a, &b, &low, &high, |x, y| x.clamp_min(y));
    two(&a, &b, &high, &low, |x, y| x.clamp_max(y));
    two(
        &a,
        &b,
        &[0.0, 1.0, 0.5, 0.0, 0.5],
        &[1.0, 0.0, 0.5, 1.0, 0.5],
        |x, y| x.fmax(y),
    );
    two(
        &a,
        &b,
        &[1.0, 0.0, 0.5, 0.0, 0.5],
        &[0.0, 1.0, 0.5, 1.0, 0.5],
        |x, y| x.fmin(y),
    );
    two(
        &[0.0, 1.0, 0.0],
        &[0.0, 0.0, 1.0],
        &[0.0, 0.0, 1.0],
        &[0.0, -1.0, 0.0],
        |x, y| x.atan2(y),
    );
    two(
        &[1.0, 2.0, 0.0],
        &[2.0, -1.0, 3.0],
        &[1.0, -1.0, 0.0],
        &[0.0; 3],
        |x, y| x.copysign(y),
    );
    for f in [Tensor::fmax, Tensor::fmin] {
        two(
            &[NAN, NAN, 1.0],
            &[NAN, 1.0, NAN],
            &[1.0, 0.0, 1.0],
            &[0.0, 1.0, 0.0],
            f,
        );
    }
    let (x, y) = ([0.0, 0.0, 1.0, 2.0, 0.0], [0.0, 1.0, 0.0, 2.0, -1.0]);
    two(
        &x,
        &y,
        &[0.0, 0.0, -INF, LN_2, 0.0],
        &[NAN, 0.0, INF, 1.0, 0.0],
        |x, y| x.xlogy(y),
    );
    two(
        &[-1.0, 0.0, 1.0],
        &[0.25],
        &[0.25, 0.25, 1.0],
        &[-1.0],
        |x, w| x.leaky_relu(w),
    );
    two(
        &[5.0, -5.0],
        &[3.0, 3.0],
        &[1.0, 1.0],
        &[-1.0, 2.0],
        |x, y| x.remainder(y),
    );
    two(
        &[5.0, -5.0],
        &[3.0, 3.0],
        &[1.0, 1.0],
        &[-1.0, 1.0],
        |x, y| x.fmod(y),
    );
}

#[test]
fn reductions() {
    let (shape, x) = ([2, 3], [1.0, 3.0, 3.0, 2.0, 2.0, 2.0]);
    let third = 1.0 / 3.0;
    one("max", &shape, &x, &[0.0, 0.5, 0.5, 0.0, 0.0, 0.0], |x| {
        x.max()
    });
    one("min", &shape, &x, &[1.0, 0.0, 0.0, 0.0, 0.0, 0.0], |x| {
        x.min()
    });
    one(
        "amax",
        &shape,
        &x,
        &[0.0, 0.5, 0.5, third, third, third],
        |x| x.amax(1, false),
    );
    one("amin", &shape, &x, &[1.0, 0.0, 0.0, 0.0, 1.0, 1.0], |x| {
        x.amin(0, true)
    });
    one(
        "max_dim",
        &shape,
        &x,
        &[0.0, 1.0, 0.0, 1.0, 0.0, 0.0],
        |x| Ok(x.max_dim(1, false)?.0),
    );
    one(
        "prod",
        &shape,
        &x,
        &[72.0, 24.0, 24.0, 36.0, 36.0, 36.0],
        |x| x.prod(),
    );
    one(
        "prod, one 0",
        &shape,
        &[1.0, 0.0, 2.0, 3.0, 4.0, 5.0],
        &[0.0, 120.0, 0.0, 0.0, 0.0, 0.0],
        |x| x.prod(),
    );
    one(
        "prod, two 0",
        &shape,
        &[1.0, 0.0, 2.0, 0.0, 4.0, 5.0],
        &[0.0; 6],
        |x| x.prod(),
    );
    let x = [1.0, 0.0, 2.0, 0.0, 0.0, 5.0];
    one(
        "prod_dim",
        &shape,
        &x,
        &[0.0, 2.0, 0.0, 0.0, 0.0, 0.0],
        |x| x.prod_dim(1, false),
    );
    one(
        "cumprod",
        &shape,
        &x,
        &[1.0, 3.0, 0.0, 1.0, 0.0, 0.0],
        |x| x.cumprod(1),
    );
    let nan = [1.0, NAN, NAN];
    one("max, NaN", &[3], &nan, &[0.0, 0.5, 0.5], |x| x.max());
    one("amax, NaN", &[3], &nan, &[NAN; 3], |x| x.amax(0, false));
    one(
        "median",
        &[4],
        &[2.0, 1.0, 2.0, 3.0],
        &[0.5, 0.0, 0.5, 0.0],
        |x| x.median(),
    );
    one("median, NaN", &[3], &nan, &[0.0, 0.5, 0.5], |x| x.median());
    one("nanmedian", &[3], &nan, &[1.0, 0.0, 0.0], |x| x.nanmedian());
    one("norm", &[2], &[0.0, 0.0], &[0.0, 0.0], |x| x.norm());
    one("norm 1/2", &[2], &[0.0, 1.0], &[0.0, 1.0], |x| {
        x.norm_dim(0.5, 0, false)
    });
    one("norm -3/2", &[2], &[0.0, 1.0], &[0.0, 0.0], |x| {
        x.norm_dim(-1.5, 0, false)
    });
    one("norm 1", &[3], &[0.0, -1.0, 2.0], &[0.0, -1.0, 1.0], |x| {
        x.norm_dim(1.0, 0, false)
    });
    one(
        "norm inf",
        &[3],
        &[2.0, -2.0, 1.0],
        &[0.5, -0.5, 0.0],
        |x| x.norm_dim(INF, 0, false),
    );
    one("std", &[2], &[1.0, 1.0], &[0.0, 0.0], |x| x.std());
    one("cummax", &[3], &[2.0, 1.0, 2.0], &[2.0, 0.0, 1.0], |x| {
        Ok(x.cummax(0)?.0)
    });
    one(
        "logsumexp",
        &[3],
        &[-INF, 0.0, 0.0],
        &[0.0, 0.5, 0.5],
        |x| x.logsumexp(0, false),
    );
    one(
        "logcumsumexp",
        &[3],
        &[-INF, 0.0, 0.0],
        &[0.0, 1.5, 0.5],
        |x| x.logcumsumexp(0),
    );
}

#[test]
fn a_condition_stops_what_it_does_not_choose() -> Result<()> {
    let x = leaf(&[0.0, 4.0], &[2]);
    let y = x.gt(0.0)?.where_cond(&x, 1.0)?.sqrt()?;
    y.sum()?.backward()?;
    assert_near(&x.grad().unwrap(), &[0.0, 0.25]);
    let g = tensor!([INF as f32, 1.0]);
    let x = leaf(&[1.0, 2.0], &[2]);
    let y = tensor!([false, true]).where_cond(&x, 0.0)?;
    y.backward_with(rushlight_autograd::Backward {
        gradient: Some(&g),
        ..Default::default()
    })?;
    assert_near(&x.grad().unwrap(), &[0.0, 1.0]);
    Ok(())
}
