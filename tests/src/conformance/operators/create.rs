//! New tensors, filled with numbers or drawn.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args, Failure, NAMED};
use crate::conformance::outputs::{IntoOutputs, Outputs};
use crate::conformance::value::Value;
use rushlight::{Options, Result, Tensor};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "arange" = "Tensor::arange": |a| arange(a);
    "eye" = "Tensor::eye": |a| match a.get(1, "m") {
        None => Tensor::eye(a.size(0, "n")?, a.options()?),
        Some(_) => Tensor::eye_rect(a.size(0, "n")?, a.size(1, "m")?, a.options()?),
    };
    "full" = "Tensor::full": |a| Tensor::full(a.ints(0, "size")?, a.scalar(1, "fill_value")?, a.options()?);
    "linspace" = "Tensor::linspace": |a| {
        Tensor::linspace(a.operand(0, "start")?, a.operand(1, "end")?, a.size(2, "steps")?, a.options()?)
    };
    "logspace" = "Tensor::logspace": |a| {
        let (start, end, steps) = (a.operand(0, "start")?, a.operand(1, "end")?, a.size(2, "steps")?);
        Tensor::logspace(start, end, steps, a.float_or(3, "base", 10.0)?, a.options()?)
    };
    "ones" = "Tensor::ones": |a| Tensor::ones(a.ints(0, "size")?, a.options()?);
    "tril_indices" = "Tensor::tril_indices": |a| {
        Tensor::tril_indices(a.size(0, "row")?, a.size(1, "col")?, a.int_or(2, "offset", 0)? as isize, a.options()?)
    };
    "triu_indices" = "Tensor::triu_indices": |a| {
        Tensor::triu_indices(a.size(0, "row")?, a.size(1, "col")?, a.int_or(2, "offset", 0)? as isize, a.options()?)
    };
    "zeros" = "Tensor::zeros": |a| Tensor::zeros(a.ints(0, "size")?, a.options()?);

    "full_like" = "Tensor::full_like": |a| {
        let value = a.scalar(1, "fill_value")?;
        like(a, |x| x.full_like(value), |x, o| Tensor::full(x.shape(), value, o))
    };
    "new_full" = "Tensor::new_full": |a| {
        let (shape, value) = (a.ints(1, "size")?, a.scalar(2, "fill_value")?);
        like(a, |x| x.new_full(&shape, value), |_, o| Tensor::full(&shape, value, o))
    };
    "new_ones" = "Tensor::new_ones": |a| {
        let shape = a.ints(1, "size")?;
        like(a, |x| x.new_ones(&shape), |_, o| Tensor::ones(&shape, o))
    };
    "new_zeros" = "Tensor::new_zeros": |a| {
        let shape = a.ints(1, "size")?;
        like(a, |x| x.new_zeros(&shape), |_, o| Tensor::zeros(&shape, o))
    };
    "ones_like" = "Tensor::ones_like": |a| like(a, Tensor::ones_like, |x, o| Tensor::ones(x.shape(), o));
    "zeros_like" = "Tensor::zeros_like": |a| like(a, Tensor::zeros_like, |x, o| Tensor::zeros(x.shape(), o));

    "bernoulli" = "Tensor::bernoulli": |a| a.x()?.bernoulli();
    "cauchy" = "Tensor::cauchy_": |a| {
        let x = a.x()?;
        x.cauchy_(a.float_or(1, "median", 0.0)?, a.float_or(2, "sigma", 1.0)?).map(|()| x.clone())
    };
    "exponential" = "Tensor::exponential_": |a| {
        let x = a.x()?;
        x.exponential_(a.float_or(1, "lambd", 1.0)?).map(|()| x.clone())
    };
    "geometric" = "Tensor::geometric_": |a| {
        let x = a.x()?;
        x.geometric_(a.float(1, "p")?).map(|()| x.clone())
    };
    "log_normal" = "Tensor::log_normal_": |a| {
        let x = a.x()?;
        x.log_normal_(a.float_or(1, "mean", 1.0)?, a.float_or(2, "std", 2.0)?).map(|()| x.clone())
    };
    "multinomial" = "Tensor::multinomial": |a| {
        if a.get(NAMED, "out").is_some() {
            return Err(Failure::Forbidden("out", "results are returned"));
        }
        a.x()?.multinomial(a.size(1, "num_samples")?, a.flag(2, "replacement", false)?)
    };
    "normal" = "Tensor::normal_from": |a| match a.count() {
        3 => normal_in_place(a),
        _ => Tensor::normal_from(a.operand(0, "mean")?, a.operand(1, "std")?).outputs(),
    };
    "normal.in_place" = "Tensor::normal_": |a| normal_in_place(a);
    "normal.number_mean" = "Tensor::normal": |a| match a.maybe_ints(2, "size")? {
        None => Tensor::normal_from(a.operand(1, "mean")?, a.operand(0, "std")?),
        Some(size) => Tensor::normal(a.float(1, "mean")?, a.float(0, "std")?, size, a.options()?),
    };
    "rand_like" = "Tensor::rand_like": |a| like(a, Tensor::rand_like, |x, o| Tensor::rand(x.shape(), o));
    "randint" = "Tensor::randint": |a| {
        let (low, high, rest) = bounds(a, 0)?;
        Tensor::randint(low, high, a.ints(rest, "size")?, a.options()?)
    };
    "randint_like" = "Tensor::randint_like": |a| {
        let (low, high, _) = bounds(a, 1)?;
        like(a, |x| x.randint_like(low, high), |x, o| Tensor::randint(low, high, x.shape(), o))
    };
    "randn" = "Tensor::randn": |a| Tensor::randn(a.ints(0, "size")?, a.options()?);
    "randn_like" = "Tensor::randn_like": |a| like(a, Tensor::randn_like, |x, o| Tensor::randn(x.shape(), o));
    "uniform" = "Tensor::uniform_": |a| {
        let x = a.x()?;
        x.uniform_(a.float_or(1, "from", 0.0)?, a.float_or(2, "to", 1.0)?).map(|()| x.clone())
    };
};

/// `arange(end)`, `arange(start, end)` and `arange(start, end, step)`.
fn arange(a: &Args) -> Answer<Outputs> {
    let first = a.scalar(0, "start")?;
    let (start, end) = match a.maybe_scalar(1, "end")? {
        None => (0.into(), first),
        Some(end) => (first, end),
    };
    Tensor::arange(start, end, a.scalar_or(2, "step", 1)?, a.options()?).outputs()
}

fn normal_in_place(a: &Args) -> Answer<Outputs> {
    let x = a.x()?;
    x.normal_(a.float_or(1, "mean", 0.0)?, a.float_or(2, "std", 1.0)?)?;
    x.clone().outputs()
}

/// Like the first argument, or in the dtype that is given: then the factory that the other was made from.
fn like(
    a: &Args,
    alike: impl FnOnce(&Tensor) -> Result<Tensor>,
    other: impl FnOnce(&Tensor, Options) -> Result<Tensor>,
) -> Answer<Result<Tensor>> {
    let (x, options) = (a.x()?, a.options()?);
    Ok(match options.dtype {
        None => alike(x),
        Some(_) => other(x, options),
    })
}

/// `high`, or `low, high`, from position `at` on; and the position after them.
fn bounds(a: &Args, at: usize) -> Answer<(i64, i64, usize)> {
    match a.get(at + 1, "high") {
        Some(Value::Int(high)) => Ok((a.int(at, "low")?, *high, at + 2)),
        _ => Ok((0, a.int(at, "high")?, at + 1)),
    }
}
