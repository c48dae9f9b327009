//! Normalization.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args};
use rushlight::nn::functional::{self as f, RunningStats};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.functional.batch_norm" = "functional::batch_norm": |a| {
        f::batch_norm(
            a.x()?, running(a)?, a.maybe_tensor(3, "weight")?, a.maybe_tensor(4, "bias")?,
            a.flag(5, "training", false)?, a.float_or(7, "eps", 1e-5)?,
        )
    };
    "nn.functional.instance_norm" = "functional::instance_norm": |a| {
        f::instance_norm(
            a.x()?, running(a)?, a.maybe_tensor(3, "weight")?, a.maybe_tensor(4, "bias")?,
            a.flag(5, "use_input_stats", true)?, a.float_or(7, "eps", 1e-5)?,
        )
    };
    "nn.functional.layer_norm" = "functional::layer_norm": |a| {
        f::layer_norm(
            a.x()?, a.ints(1, "normalized_shape")?, a.maybe_tensor(2, "weight")?, a.maybe_tensor(3, "bias")?,
            a.float_or(4, "eps", 1e-5)?,
        )
    };
    "nn.functional.rms_norm" = "functional::rms_norm": |a| {
        f::rms_norm(a.x()?, a.ints(1, "normalized_shape")?, a.maybe_tensor(2, "weight")?, a.maybe_float(3, "eps")?)
    };
    "nn.functional.group_norm" = "functional::group_norm": |a| {
        f::group_norm(
            a.x()?, a.size(1, "num_groups")?, a.maybe_tensor(2, "weight")?, a.maybe_tensor(3, "bias")?,
            a.float_or(4, "eps", 1e-5)?,
        )
    };
    "nn.functional.local_response_norm" = "functional::local_response_norm": |a| {
        f::local_response_norm(
            a.x()?,
            a.size(1, "size")?,
            f::LocalResponseNormOptions {
                alpha: a.float_or(2, "alpha", 1e-4)?,
                beta: a.float_or(3, "beta", 0.75)?,
                k: a.float_or(4, "k", 1.0)?,
            },
        )
    };
    "nn.functional.normalize" = "functional::normalize": |a| {
        f::normalize(
            a.x()?,
            f::NormalizeOptions {
                p: a.float_or(1, "p", 2.0)?,
                dim: a.ints_or(2, "dim", &[1])?.into(),
                eps: a.float_or(3, "eps", 1e-12)?,
            },
        )
    };
};

fn running(a: &Args) -> Answer<Option<RunningStats<'_>>> {
    let momentum = a.float_or(6, "momentum", 0.1)?;
    let stats = (
        a.maybe_tensor(1, "running_mean")?,
        a.maybe_tensor(2, "running_var")?,
    );
    Ok(match stats {
        (Some(mean), Some(var)) => Some(RunningStats {
            mean,
            var,
            momentum,
        }),
        _ => None,
    })
}
