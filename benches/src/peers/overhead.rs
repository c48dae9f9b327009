//! What an operation costs beyond its arithmetic: four numbers at a time.

use super::{Reference, Row, Work, Workload, gradient, host, leaf, randn};
use rushlight::prelude::*;
use rushlight::{Result, Tensor};
use std::time::Instant;

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new("overhead_add4", || add(false)),
        Row::new("overhead_add4_grad", || add(true)),
        Row::new("chain100_fwd", chain_forward),
        Row::new("chain100_bwd", chain_backward),
        Row::new("chain100_fwdbwd", chain_both),
    ]
}

/// A thousand additions; the time is that of one.
fn add(recorded: bool) -> Result<Workload> {
    const TIMES: usize = 1000;
    let (a, b) = match recorded {
        true => (leaf(&[4])?, randn(&[4])?),
        false => (randn(&[4])?, randn(&[4])?),
    };
    let (x, y) = (a.clone(), b.clone());
    let workload = Workload::recorded(
        move || (0..TIMES).try_for_each(|_| x.add(&y).map(drop)),
        move || {
            let (left, right) = (host(&a)?, host(&b)?);
            Reference::new(4, 1, move |i| left[i] + right[i])
                .within(1e-6)
                .agrees("sum", &a.add(&b)?)
        },
    );
    Ok(Workload {
        times: TIMES,
        recorded,
        ..workload
    })
}

/// `x ← (x + b) a`, fifty times, and the sum.
#[derive(Clone)]
struct Chain {
    x: Tensor,
    a: Tensor,
    b: Tensor,
}

impl Chain {
    fn new() -> Result<Chain> {
        Ok(Chain {
            x: leaf(&[4])?,
            // The powers of these are neither tiny nor huge.
            a: tensor!([0.95, 1.05, 0.98, 1.02]),
            b: randn(&[4])?,
        })
    }

    fn forward(&self) -> Result<Tensor> {
        let mut x = self.x.clone();
        for _ in 0..50 {
            x = x.add(&self.b)?;
            x = x.mul(&self.a)?;
        }
        x.sum()
    }

    fn check(&self) -> Result<()> {
        let (x, a, b) = (host(&self.x)?, host(&self.a)?, host(&self.b)?);
        let mut sum = 0.0;
        for i in 0..4 {
            sum += (0..50).fold(x[i], |x, _| (x + b[i]) * a[i]);
        }
        Reference::values(vec![sum]).agrees("sum", &self.forward()?)
    }

    fn check_gradient(&self) -> Result<()> {
        let a = host(&self.a)?;
        Reference::values(a.into_iter().map(|a| a.powi(50)).collect())
            .agrees("gradient", &gradient(&self.x)?)?;
        self.check()
    }
}

fn chain_forward() -> Result<Workload> {
    let chain = Chain::new()?;
    let checked = chain.clone();
    Ok(Workload::recorded(
        move || chain.forward().map(drop),
        move || checked.check(),
    ))
}

fn chain_both() -> Result<Workload> {
    let chain = Chain::new()?;
    let checked = chain.clone();
    Ok(Workload::recorded(
        move || {
            chain.x.zero_grad();
            chain.forward()?.backward()
        },
        move || checked.check_gradient(),
    ))
}

/// The backward pass alone.
fn chain_backward() -> Result<Workload> {
    let chain = Chain::new()?;
    let checked = chain.clone();
    Ok(Workload {
        work: Work::Part(Box::new(move || {
            chain.x.zero_grad();
            let loss = chain.forward()?;
            let start = Instant::now();
            loss.backward()?;
            Ok(start.elapsed())
        })),
        times: 1,
        recorded: true,
        check: Box::new(move || checked.check_gradient()),
    })
}
