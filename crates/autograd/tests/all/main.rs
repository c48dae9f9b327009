//! What autograd promises, as one test program.

mod chapter;
mod data;
mod engine;
mod functions;
mod in_place;
mod linalg;
mod recurrent;
mod rules;
mod ties;
mod views;

use rushlight_tensor::{Error, Result, Tensor};

/// The message of an operation that must fail.
fn refused<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => panic!("expected an error"),
        Err(e) => Error::to_string(&e),
    }
}

/// The elements as `f64`.
fn values(t: &Tensor) -> Vec<f64> {
    t.double().and_then(|t| t.to_vec()).unwrap()
}

/// Asserts that `t` holds these numbers to float32 rounding; NaN is near NaN.
#[track_caller]
fn assert_near(t: &Tensor, expected: &[f64]) {
    let got = values(t);
    let near = |(a, b): (&f64, &f64)| {
        a == b || (a - b).abs() <= 1e-6 * b.abs().max(1.0) || (a.is_nan() && b.is_nan())
    };
    assert!(
        got.len() == expected.len() && got.iter().zip(expected).all(near),
        "{got:?} is not {expected:?}"
    );
}
