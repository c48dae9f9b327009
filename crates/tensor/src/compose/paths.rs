//! Sums over the paths through chains of states, one time step after the other, for the whole batch at once.

use crate::Tensor;
use rushlight_backend::Result;

#[track_caller]
pub(super) fn sums(x: &Tensor, leap: &Tensor, start: &Tensor, at: &Tensor) -> Result<Tensor> {
    let at = at.unsqueeze(1)?;
    let mut now = leap.new_full(leap.shape(), f64::NEG_INFINITY)?;
    let mut all = Vec::new();
    for t in 0..x.shape()[0] {
        let leapt = later(&now, 2)?.add(leap)?;
        let came = log_sum([&now, &later(&now, 1)?, &leapt])?;
        now = at
            .eq(t as i64)?
            .where_cond(start, &came)?
            .add(&x.select(0, t as isize)?)?;
        all.push(now.clone());
    }
    Tensor::stack(&all, 0)
}

/// Each state's value shifted forward `by` states.
fn later(x: &Tensor, by: usize) -> Result<Tensor> {
    let (rows, states) = (x.shape()[0], x.shape()[1]);
    let by = by.min(states);
    let edge = x.new_full([rows, by], f64::NEG_INFINITY)?;
    Tensor::cat(&[&edge, &x.narrow(1, 0, states - by)?], 1)
}

/// `ln(eᵃ + eᵇ + eᶜ)`, which is `-∞` where all three are.
fn log_sum([a, b, c]: [&Tensor; 3]) -> Result<Tensor> {
    let top = a.maximum(b)?.maximum(c)?;
    let top = top.masked_fill(&top.eq(f64::NEG_INFINITY)?, 0.0)?;
    let part = |x: &Tensor| x.sub(&top)?.exp();
    part(a)?.add(&part(b)?)?.add(&part(c)?)?.log()?.add(&top)
}
