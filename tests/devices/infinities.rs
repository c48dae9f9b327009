//! Activations at ±∞, values and gradients: the limit wherever there is one. PyTorch has NaN where a formula multiplies an infinity by 0.

use super::{read, same, tensor};
use rushlight::autograd::{GradOptions, grad};
use rushlight::nn::functional::{self as F, Approximate};
use rushlight::prelude::*;
use rushlight::{DType, Device, Result, Tensor};
use rushlight_tests::devices;

const INF: f64 = f64::INFINITY;

/// A function, and its values and slopes at -∞ and ∞.
type Case = (
    &'static str,
    fn(&Tensor) -> Result<Tensor>,
    [f64; 2],
    [f64; 2],
);

const CASES: [Case; 23] = [
    ("log_cosh", Tensor::log_cosh, [INF, INF], [-1.0, 1.0]),
    ("silu", F::silu, [0.0, INF], [0.0, 1.0]),
    ("mish", F::mish, [0.0, INF], [0.0, 1.0]),
    (
        "gelu",
        |x| F::gelu(x, Approximate::None),
        [0.0, INF],
        [0.0, 1.0],
    ),
    (
        "gelu_tanh",
        |x| F::gelu(x, Approximate::Tanh),
        [0.0, INF],
        [0.0, 1.0],
    ),
    ("hardswish", F::hardswish, [0.0, INF], [0.0, 1.0]),
    ("softsign", F::softsign, [-1.0, 1.0], [0.0, 0.0]),
    ("tanhshrink", F::tanhshrink, [-INF, INF], [1.0, 1.0]),
    ("log_sigmoid", F::log_sigmoid, [-INF, 0.0], [1.0, 0.0]),
    ("softplus", |x| F::softplus(x, ()), [0.0, INF], [0.0, 1.0]),
    (
        "softplus with a factor",
        |x| F::softplus(x, 2.0),
        [0.0, INF],
        [0.0, 1.0],
    ),
    ("elu", |x| F::elu(x, 2.0), [-2.0, INF], [0.0, 1.0]),
    ("celu", |x| F::celu(x, 0.5), [-0.5, INF], [0.0, 1.0]),
    (
        "leaky_relu without a slope",
        |x| F::leaky_relu(x, 0.0),
        [0.0, INF],
        [0.0, 1.0],
    ),
    (
        "leaky_relu",
        |x| F::leaky_relu(x, 0.25),
        [-INF, INF],
        [0.25, 1.0],
    ),
    ("sigmoid", F::sigmoid, [0.0, 1.0], [0.0, 0.0]),
    ("hardsigmoid", F::hardsigmoid, [0.0, 1.0], [0.0, 0.0]),
    ("tanh", F::tanh, [-1.0, 1.0], [0.0, 0.0]),
    ("hardtanh", |x| F::hardtanh(x, ()), [-1.0, 1.0], [0.0, 0.0]),
    ("relu6", F::relu6, [0.0, 6.0], [0.0, 0.0]),
    ("relu", F::relu, [0.0, INF], [0.0, 1.0]),
    (
        "softshrink",
        |x| F::softshrink(x, 0.5),
        [-INF, INF],
        [1.0, 1.0],
    ),
    (
        "hardshrink",
        |x| F::hardshrink(x, 0.5),
        [-INF, INF],
        [1.0, 1.0],
    ),
];

fn numbers(x: &Tensor) -> Result<Vec<f64>> {
    read(&x.detach().to(&Device::CPU)?.to(DType::F64)?)
}

#[test]
fn activations_have_their_limits() -> Result<()> {
    for device in devices() {
        for dtype in [DType::F32, DType::F64, DType::F16, DType::BF16] {
            let Some(x) = tensor(&[-INF, INF, f64::NAN], dtype, &device)? else {
                continue;
            };
            for (name, f, values, slopes) in CASES {
                let x = x.copy()?.requires_grad_(true)?;
                let y = f(&x)?;
                y.sum()?.backward()?;
                let Some(gradient) = x.grad() else {
                    panic!("{name}: no gradient");
                };
                for (what, got, right) in [
                    ("value", numbers(&y)?, values),
                    ("slope", numbers(&gradient)?, slopes),
                ] {
                    assert!(
                        got[..2] == right && (got[2].is_nan() || what == "slope"),
                        "{what} of {name} in {dtype} on {device}: {got:?}, not {right:?} and NaN"
                    );
                }
            }
        }
    }
    Ok(())
}

/// The value is that of one element, or of several that equal each other; the gradient is theirs.
#[test]
fn sums_of_exponentials_follow_the_infinite_ones() -> Result<()> {
    for device in devices() {
        for dtype in [DType::F32, DType::F64, DType::F16, DType::BF16] {
            for (values, value, gradient) in [
                ([INF, 0.0], INF, [1.0, 0.0]),
                ([0.0, INF], INF, [0.0, 1.0]),
                ([INF, INF], INF, [0.5, 0.5]),
                ([-INF, -INF], -INF, [0.5, 0.5]),
                ([-INF, 1.0], 1.0, [0.0, 1.0]),
                ([INF, -INF], INF, [1.0, 0.0]),
            ] {
                let Some(x) = tensor(&values, dtype, &device)? else {
                    continue;
                };
                let pair = |f: fn(&Tensor, &Tensor) -> Result<Tensor>| -> Result<(Tensor, Tensor)> {
                    let x = x.copy()?.requires_grad_(true)?;
                    Ok((f(&x.select(0, 0)?, &x.select(0, 1)?)?, x))
                };
                let whole = x.copy()?.requires_grad_(true)?;
                for (name, (y, x)) in [
                    ("logsumexp", (whole.logsumexp(0, false)?, whole)),
                    ("logaddexp", pair(|a, b| a.logaddexp(b))?),
                    ("logaddexp2", pair(|a, b| a.logaddexp2(b))?),
                ] {
                    y.backward()?;
                    let Some(got) = x.grad() else {
                        panic!("{name}: no gradient");
                    };
                    let got = (numbers(&y)?[0], numbers(&got)?);
                    assert!(
                        same(got.0, value) && got.1 == gradient,
                        "{name} of {values:?} in {dtype} on {device}: {got:?}"
                    );
                }
            }
        }
    }
    Ok(())
}

/// Where elements equal each other and are finite, the second derivative is there too.
#[test]
fn equal_numbers_have_a_second_derivative() -> Result<()> {
    for device in devices() {
        let x = tensor(&[1.0, 1.0], DType::F32, &device)?.map(|x| x.requires_grad_(true));
        let Some(x) = x.transpose()? else { continue };
        let y = x.select(0, 0)?.logaddexp(&x.select(0, 1)?)?;
        let options = GradOptions {
            create_graph: true,
            ..Default::default()
        };
        let Some(first) = grad(&[&y], &[&x], options)?.remove(0) else {
            panic!("no gradient");
        };
        first.select(0, 0)?.backward()?;
        let second = x.grad().map(|g| numbers(&g)).transpose()?;
        assert_eq!(second, Some(vec![0.25, -0.25]), "on {device}");
    }
    Ok(())
}
