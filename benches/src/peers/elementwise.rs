//! Elementwise functions on a million and on 16 million numbers: the first fit in a cache, the second do not.

use super::{Reference, Row, Workload, host, randn};
use rushlight::prelude::*;
use rushlight::{Result, Tensor};
use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// A name, the function, and its formula.
type Function = (&'static str, fn(&Tensor) -> Result<Tensor>, fn(f64) -> f64);

const FUNCTIONS: [Function; 5] = [
    ("relu", |x| x.relu(), |x| x.max(0.0)),
    ("exp", |x| x.exp(), f64::exp),
    ("gelu", |x| x.gelu(), gelu),
    ("tanh", |x| x.tanh(), f64::tanh),
    ("gelu_tanh", |x| x.gelu_tanh(), gelu_tanh),
];

pub(super) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for (size, n) in [("1M", 1 << 20), ("16M", 1 << 24)] {
        rows.push(Row::new(format!("add_{size}"), move || add(n)));
        for function in FUNCTIONS {
            if n == 1 << 24 && function.0 == "gelu_tanh" {
                continue;
            }
            let make = move || map(n, DType::F32, function);
            rows.push(Row::new(format!("{}_{size}", function.0), make));
        }
    }
    rows.push(Row::new("exp_f64_1M", || {
        map(1 << 20, DType::F64, ("exp", |x| x.exp(), f64::exp))
    }));
    rows
}

fn add(n: usize) -> Result<Workload> {
    let (a, b) = (randn(&[n])?, randn(&[n])?);
    let (x, y) = (a.clone(), b.clone());
    Ok(Workload::forward(
        move || x.add(&y),
        move || {
            let (a, b) = (host(&a)?, host(&b)?);
            Ok(Reference::new(n, 1, move |i| a[i] + b[i]).within(1e-6))
        },
    ))
}

fn map(n: usize, dtype: DType, (_, function, formula): Function) -> Result<Workload> {
    let x = randn(&[n])?.to(dtype)?;
    let argument = x.clone();
    let (cost, tolerance) = match dtype {
        DType::F64 => (16, 1e-14),
        _ => (16, 1e-6),
    };
    Ok(Workload::forward(
        move || function(&argument),
        move || {
            let x = host(&x)?;
            Ok(Reference::new(n, cost, move |i| formula(x[i])).within(tolerance))
        },
    ))
}

fn gelu(x: f64) -> f64 {
    0.5 * x * (1.0 + libm::erf(x * FRAC_1_SQRT_2))
}

fn gelu_tanh(x: f64) -> f64 {
    0.5 * x * (1.0 + ((2.0 / PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh())
}
