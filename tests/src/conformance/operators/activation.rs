//! Activations.

use super::{Row, rows};
use rushlight::nn::functional::{
    self as f, Approximate, HardtanhOptions, RReLUOptions, SoftplusOptions,
};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.functional.relu" = "functional::relu": |a| f::relu(a.x()?);
    "nn.functional.relu6" = "functional::relu6": |a| f::relu6(a.x()?);
    "nn.functional.hardswish" = "functional::hardswish": |a| f::hardswish(a.x()?);
    "nn.functional.hardsigmoid" = "functional::hardsigmoid": |a| f::hardsigmoid(a.x()?);
    "nn.functional.hardtanh" = "functional::hardtanh": |a| {
        f::hardtanh(a.x()?, HardtanhOptions::new().min_val(a.float_or(1, "min_val", -1.0)?).max_val(a.float_or(2, "max_val", 1.0)?))
    };
    "nn.functional.hardshrink" = "functional::hardshrink": |a| f::hardshrink(a.x()?, a.float_or(1, "lambd", 0.5)?);
    "nn.functional.softshrink" = "functional::softshrink": |a| f::softshrink(a.x()?, a.float_or(1, "lambd", 0.5)?);
    "nn.functional.leaky_relu" = "functional::leaky_relu": |a| f::leaky_relu(a.x()?, a.float_or(1, "negative_slope", 0.01)?);
    "nn.functional.elu" = "functional::elu": |a| f::elu(a.x()?, a.float_or(1, "alpha", 1.0)?);
    "nn.functional.celu" = "functional::celu": |a| f::celu(a.x()?, a.float_or(1, "alpha", 1.0)?);
    "nn.functional.selu" = "functional::selu": |a| f::selu(a.x()?);
    "nn.functional.silu" = "functional::silu": |a| f::silu(a.x()?);
    "nn.functional.gelu" = "functional::gelu": |a| f::gelu(a.x()?, a.word(1, "approximate", "none")?.parse::<Approximate>()?);
    "nn.functional.mish" = "functional::mish": |a| f::mish(a.x()?);
    "nn.functional.prelu" = "functional::prelu": |a| f::prelu(a.x()?, a.tensor(1, "weight")?);
    "nn.functional.rrelu" = "functional::rrelu": |a| {
        let options = RReLUOptions::new().lower(a.float_or(1, "lower", 1.0 / 8.0)?).upper(a.float_or(2, "upper", 1.0 / 3.0)?);
        f::rrelu(a.x()?, a.flag(3, "training", false)?, options)
    };
    "nn.functional.glu" = "functional::glu": |a| f::glu(a.x()?, a.dim_or(1, -1)?);
    "nn.functional.logsigmoid" = "functional::log_sigmoid": |a| f::log_sigmoid(a.x()?);
    "nn.functional.softsign" = "functional::softsign": |a| f::softsign(a.x()?);
    "nn.functional.tanhshrink" = "functional::tanhshrink": |a| f::tanhshrink(a.x()?);
    "nn.functional.threshold" = "functional::threshold": |a| {
        f::threshold(a.x()?, a.scalar(1, "threshold")?, a.scalar(2, "value")?)
    };
    "nn.functional.softplus" = "functional::softplus": |a| {
        f::softplus(a.x()?, SoftplusOptions::new().beta(a.float_or(1, "beta", 1.0)?).threshold(a.float_or(2, "threshold", 20.0)?))
    };
};
