//! Derivatives whose factors leave the range of float32 although their product with the incoming gradient does not.

use super::read;
use rushlight::prelude::*;
use rushlight::{Device, Result, Tensor};
use rushlight_tests::devices;

/// What it is, the function, where, the incoming gradient, and the right product.
type Case = (&'static str, fn(&Tensor) -> Result<Tensor>, f32, f32, f64);

const CASES: [Case; 21] = [
    ("atan", |x| x.atan(), 1e20, 1e30, 1e-10),
    (
        "rsqrt of a large number",
        |x| x.rsqrt(),
        1e31,
        1e20,
        -1.581_138_83e-27,
    ),
    (
        "rsqrt of a small number",
        |x| x.rsqrt(),
        1e-26,
        1e-10,
        -5e28,
    ),
    (
        "reciprocal of a large number",
        |x| x.reciprocal(),
        1e25,
        1e30,
        -1e-20,
    ),
    (
        "reciprocal of a small number",
        |x| x.reciprocal(),
        1e-25,
        1e-30,
        -1e20,
    ),
    ("square", |x| x.square(), 1e-5, 2e38, 4e33),
    ("exp2", |x| x.exp2(), 100.0, 3.5e8, 3.075_339_5e38),
    ("log10", |x| x.log10(), 0.5, 3e38, 2.605_766_9e38),
    ("the divisor, small", |x| x.rdiv(1.0), 1e-25, 1e-20, -1e30),
    ("the divisor, large", |x| x.rdiv(1.0), 1e25, 1e30, -1e-20),
    ("acosh", |x| x.acosh(), 3e38, 3e38, 1.0),
    ("erf", |x| x.erf(), 10.5, 1e38, 1.484_186_34e-10),
    ("erfc", |x| x.erfc(), 10.5, 1e38, -1.484_186_34e-10),
    ("a power of -2", |x| x.pow(-2.0), 1e15, 1e20, -2e-25),
    ("a power of -3", |x| x.pow(-3.0), 1e-12, 1e-15, -3e33),
    ("a power of -1.5", |x| x.pow(-1.5), 1e20, 1e30, -1.5e-20),
    ("a power of 2", |x| x.pow(2.0), 2e38, 1e-5, 4e33),
    ("xlogy", |x| x.rxlogy(1e30), 1e-10, 1e-10, 1e30),
    ("atan2", |x| x.full_like(1.0)?.atan2(x), 1e25, 1e30, -1e-20),
    ("an exponent", |x| x.rpow(1e30), 1.27, 1e-2, 8.696_35e37),
    ("zeta", |x| x.rzeta(3.0), 3e-10, 1e-12, -3.703_703_7e26),
];

#[test]
fn factors_are_applied_one_after_the_other() -> Result<()> {
    for device in devices() {
        for (name, f, at, incoming, right) in CASES {
            let x = Tensor::full(1, at, &device)?.requires_grad_(true)?;
            f(&x)?.mul(incoming)?.sum()?.backward()?;
            let Some(gradient) = x.grad() else {
                panic!("{name}: no gradient");
            };
            let got: f64 = read::<f32>(&gradient)?[0].into();
            assert!(
                (got / right - 1.0).abs() < 2e-4,
                "{name} at {at:e}, times {incoming:e}, on {device}: {got:e}, not {right:e}"
            );
        }
    }
    Ok(())
}

/// What is divided keeps its own rule: the gradient of a quotient of tensors, of both.
#[test]
fn quotients_of_tensors() -> Result<()> {
    for device in devices() {
        let of = |x: f32| Tensor::full(1, x, &device)?.requires_grad_(true);
        let (x, y) = (of(1e-20)?, of(1e-25)?);
        x.div(&y)?.mul(1e-15)?.sum()?.backward()?;
        let numbers = [&x, &y].map(|t| t.grad().map(|g| g.to(&Device::CPU)?.item::<f32>()));
        let [Some(x), Some(y)] = numbers else {
            panic!("no gradient");
        };
        let (x, y) = (x? / 1e10, y? / -1e15);
        assert!(
            (x - 1.0).abs() < 1e-5 && (y - 1.0).abs() < 1e-5,
            "{x}, {y} on {device}"
        );
    }
    Ok(())
}
