//! Every number of a half through every function of one element: values and slopes are those of float64, rounded once.

use super::{HALVES, numbers, optimizers::unit};
use rushlight::autograd::{GradOptions, grad};
use rushlight::nn::functional as f;
use rushlight::{DType, Device, Result, Tensor, prelude::*};
use rushlight_tests::devices;

type Function = fn(&Tensor) -> Result<Tensor>;

/// Functions, and slopes in float64 where the usual rule loses its digits there too.
const FUNCTIONS: &[(&str, Function, Option<Function>)] = &[
    ("abs", Tensor::abs, None),
    ("square", Tensor::square, None),
    ("relu", Tensor::relu, None),
    ("exp", Tensor::exp, None),
    ("exp2", Tensor::exp2, None),
    ("expm1", Tensor::expm1, Some(Tensor::exp)),
    ("log", Tensor::log, None),
    ("log2", Tensor::log2, None),
    ("log10", Tensor::log10, None),
    ("log1p", Tensor::log1p, None),
    ("sqrt", Tensor::sqrt, None),
    ("rsqrt", Tensor::rsqrt, None),
    ("reciprocal", Tensor::reciprocal, None),
    ("sin", Tensor::sin, None),
    ("cos", Tensor::cos, None),
    ("tan", Tensor::tan, None),
    ("sinc", Tensor::sinc, None),
    ("asin", Tensor::asin, None),
    ("acos", Tensor::acos, None),
    ("atan", Tensor::atan, None),
    ("sinh", Tensor::sinh, None),
    ("cosh", Tensor::cosh, None),
    (
        "tanh",
        Tensor::tanh,
        Some(|x| x.cosh()?.square()?.reciprocal()),
    ),
    ("log_cosh", Tensor::log_cosh, None),
    ("asinh", Tensor::asinh, None),
    ("acosh", Tensor::acosh, None),
    ("atanh", Tensor::atanh, None),
    ("erf", Tensor::erf, None),
    ("erfc", Tensor::erfc, None),
    ("erfcx", Tensor::erfcx, None),
    ("erfinv", Tensor::erfinv, None),
    ("ndtri", Tensor::ndtri, None),
    ("log_ndtr", Tensor::log_ndtr, None),
    ("i0", Tensor::i0, None),
    ("i0e", Tensor::i0e, None),
    ("i1", Tensor::i1, None),
    ("i1e", Tensor::i1e, None),
    ("spherical_bessel_j0", Tensor::spherical_bessel_j0, None),
    ("entr", Tensor::entr, None),
    ("logit", Tensor::logit, None),
    ("lgamma", Tensor::lgamma, None),
    ("digamma", Tensor::digamma, None),
    ("trigamma", Tensor::trigamma, None),
    (
        "sigmoid",
        Tensor::sigmoid,
        Some(|x| x.sigmoid()?.mul(&x.neg()?.sigmoid()?)),
    ),
    ("log_sigmoid", Tensor::log_sigmoid, None),
    ("softplus", |x| f::softplus(x, ()), None),
    ("gelu", Tensor::gelu, None),
    ("gelu_tanh", Tensor::gelu_tanh, None),
    ("silu", Tensor::silu, None),
    ("mish", |x| f::mish(x), None),
    ("elu", |x| f::elu(x, 1.3), None),
    ("selu", |x| f::selu(x), None),
    ("celu", |x| f::celu(x, 1.3), None),
    ("hardswish", |x| f::hardswish(x), None),
    ("hardsigmoid", |x| f::hardsigmoid(x), None),
    ("softsign", |x| f::softsign(x), None),
    ("softshrink", |x| f::softshrink(x, 0.5), None),
    (
        "logsumexp with 0",
        |x| Tensor::stack(&[x, &x.zeros_like()?], 0)?.logsumexp(0, false),
        None,
    ),
    (
        "softmax with 0",
        |x| {
            Tensor::stack(&[x, &x.zeros_like()?], 0)?
                .softmax(0)?
                .select(0, 0)
        },
        Some(|x| x.sigmoid()?.mul(&x.neg()?.sigmoid()?)),
    ),
    (
        "log_softmax with 0",
        |x| {
            Tensor::stack(&[x, &x.zeros_like()?], 0)?
                .log_softmax(0)?
                .select(0, 0)
        },
        Some(|x| x.neg()?.sigmoid()),
    ),
    (
        "bce_with_logits, 1",
        |x| f::binary_cross_entropy_with_logits(x, &x.ones_like()?, f::Reduction::None),
        Some(|x| x.neg()?.sigmoid()?.neg()),
    ),
    (
        "glu",
        |x| f::glu(&Tensor::stack(&[&x.ones_like()?, x], 0)?, 0)?.select(0, 0),
        Some(|x| x.sigmoid()?.mul(&x.neg()?.sigmoid()?)),
    ),
    ("pow(3)", |x| x.pow(3), None),
    ("pow(0.5)", |x| x.pow(0.5), None),
    ("pow(-1.5)", |x| x.pow(-1.5), None),
    ("2^x", |x| x.rpow(2.0), None),
    ("hypot", |x| x.hypot(&x.full_like(2.0)?), None),
    ("atan2", |x| x.atan2(&x.full_like(2.0)?), None),
    ("logaddexp", |x| x.logaddexp(&x.zeros_like()?), None),
    ("xlogy", |x| x.full_like(1.5)?.xlogy(x), None),
    (
        "norm with 3",
        |x| Tensor::stack(&[x, &x.full_like(3.0)?], 0)?.norm_dim(2.0, 0, false),
        None,
    ),
    (
        "cbrt norm with 3",
        |x| Tensor::stack(&[x, &x.full_like(3.0)?], 0)?.norm_dim(3.0, 0, false),
        None,
    ),
    ("div", |x| x.rdiv(3.0), None),
    ("lerp", |x| x.lerp(&x.full_like(2.0)?, 0.3), None),
    (
        "smooth_l1",
        |x| f::smooth_l1_loss(x, &x.zeros_like()?, f::Reduction::None),
        None,
    ),
    (
        "poisson",
        |x| f::poisson_nll_loss(x, &x.full_like(2.0)?, f::Reduction::None),
        None,
    ),
    ("rad2deg", |x| x.rad2deg(), None),
    ("frac", Tensor::frac, None),
    ("nan_to_num", |x| x.nan_to_num(0.0, None, None), None),
    (
        "var with 0, 3",
        |x| Tensor::stack(&[x, &x.zeros_like()?, &x.full_like(3.0)?], 0)?.var_dim(0, 1.0, false),
        None,
    ),
];

/// Small differences from 1 inside of one kernel of float32, whose digits bfloat16 would show: these are compared in float16 alone.
const OF_ONE_KERNEL: [&str; 3] = ["logsumexp with 0", "softmax with 0", "log_softmax with 0"];

/// The values and slopes of `function`.
fn run(function: Function, x: &Tensor) -> Result<[Tensor; 2]> {
    let x = x.copy()?.requires_grad_(true)?;
    let y = function(&x)?;
    let ones = y.detach().ones_like()?;
    let options = GradOptions {
        grad_outputs: Some(&[&ones]),
        ..GradOptions::default()
    };
    let slope = grad(&[&y], &[&x], options)?.remove(0);
    Ok([y.detach(), slope.expect("a gradient")])
}

/// Every seventh number, of bfloat16 those that float32 can square.
fn arguments(half: DType) -> Result<Tensor> {
    let bytes: Vec<u8> = (3..1 << 16)
        .step_by(7)
        .flat_map(|i: u32| (i as u16).to_le_bytes())
        .collect();
    let x = Tensor::from_bytes(&bytes, [bytes.len() / 2], half, &Device::CPU)?;
    let size = x.abs()?.to(DType::F64)?;
    let within = size
        .le(1e18)?
        .logical_and(&size.ge(1e-18)?.logical_or(&size.eq(0.0)?)?)?;
    match half {
        DType::BF16 => x.masked_select(&within),
        _ => x.masked_select(&x.isfinite()?),
    }
}

#[test]
fn functions_of_one_element_round_once() -> Result<()> {
    let mut wrong = Vec::new();
    for half in HALVES {
        let x = arguments(half)?;
        let (wide, xs) = (x.to(DType::F64)?, numbers(&x)?);
        for (name, function, slope) in FUNCTIONS {
            let own = OF_ONE_KERNEL.contains(name);
            if own && half == DType::BF16 {
                continue;
            }
            let [y, mut g] = run(*function, &wide)?;
            if let Some(slope) = slope {
                g = slope(&wide)?;
            }
            for device in devices() {
                let [values, slopes] = run(*function, &x.to(&device)?)?;
                for (what, want, got) in [("value", &y, &values), ("slope", &g, &slopes)] {
                    let (rounded, want) = (numbers(&want.to(half)?)?, numbers(want)?);
                    let got = numbers(got)?;
                    assert_eq!(got.len(), want.len(), "{name}");
                    let off = |i: usize| match got[i] == rounded[i]
                        || got[i].is_nan() && want[i].is_nan()
                    {
                        true => 0.0,
                        false => ((got[i] - want[i]).abs() / unit(want[i], half)).min(f64::MAX),
                    };
                    let most = if own { 1.25 } else { 1.0 };
                    // Devices may take subnormal numbers of float32 on the way for 0.
                    let plain = |i: &usize| want[*i].abs() >= 2f64.powi(-120);
                    let worst = (0..xs.len())
                        .filter(plain)
                        .max_by(|&i, &j| off(i).total_cmp(&off(j)));
                    if let Some(i) = worst.filter(|&i| off(i) > most) {
                        wrong.push(format!(
                            "{name}, {half} on {device}: the {what} at {:e} is {:e}, expected {:e}, {:.1} units off",
                            xs[i], got[i], want[i], off(i)
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// The difference has no digits left where the series `x³/3 - 2x⁵/15 + 17x⁷/315` says all.
#[test]
fn tanhshrink_near_0() -> Result<()> {
    for device in devices() {
        for half in HALVES {
            let xs = [0.25, -0.125, 2f32.powi(-5), 2f32.powi(-7), -(2f32.powi(-8))];
            let [values, slopes] = run(|x| f::tanhshrink(x), &super::halves(&xs, half, &device)?)?;
            for (i, x) in xs.map(f64::from).into_iter().enumerate() {
                let square = x * x;
                let rest = 17.0 / 315.0 - square * (62.0 / 2835.0 - square * 0.00886);
                let value = x * square * (1.0 / 3.0 - square * (2.0 / 15.0 - square * rest));
                for (got, want) in [(&values, value), (&slopes, x.tanh().powi(2))] {
                    let got = numbers(got)?[i];
                    let off = (got - want).abs() / unit(want, half);
                    assert!(
                        off <= 0.6,
                        "{half} on {device}, {x}: {got}, expected {want}"
                    );
                }
            }
        }
    }
    Ok(())
}
