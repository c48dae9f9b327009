//! Activations.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args, Failure};
use rushlight::nn::functional::Gelu;
use rushlight::nn::*;

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.CELU" = "nn::CELU": |a| CELU::new(a.float_or(0, "alpha", 1.0)?);
    "nn.ELU" = "nn::ELU": |a| ELU::new(a.float_or(0, "alpha", 1.0)?);
    "nn.GELU" = "nn::GELU": |a| gelu(a)?;
    "nn.GLU" = "nn::GLU": |a| GLU::new(a.dim_or(0, -1)?);
    "nn.Hardshrink" = "nn::Hardshrink": |a| Hardshrink::new(a.float_or(0, "lambd", 0.5)?);
    "nn.Hardsigmoid" = "nn::Hardsigmoid": |a| Hardsigmoid::new();
    "nn.Hardswish" = "nn::Hardswish": |a| Hardswish::new();
    "nn.Hardtanh" = "nn::Hardtanh": |a| Hardtanh::new(a.float_or(0, "min_val", -1.0)?, a.float_or(1, "max_val", 1.0)?);
    "nn.LeakyReLU" = "nn::LeakyReLU": |a| LeakyReLU::new(a.float_or(0, "negative_slope", 0.01)?);
    "nn.LogSigmoid" = "nn::LogSigmoid": |a| LogSigmoid::new();
    "nn.LogSoftmax" = "nn::LogSoftmax": |a| LogSoftmax::new(a.dim(0)?);
    "nn.Mish" = "nn::Mish": |a| Mish::new();
    "nn.PReLU" = "nn::PReLU": |a| PReLU::new(a.size_or(0, "num_parameters", 1)?, a.float_or(1, "init", 0.25)?)?;
    "nn.ReLU" = "nn::ReLU": |a| ReLU::new();
    "nn.ReLU6" = "nn::ReLU6": |a| ReLU6::new();
    "nn.RReLU" = "nn::RReLU": |a| RReLU::new(a.float_or(0, "lower", 1.0 / 8.0)?, a.float_or(1, "upper", 1.0 / 3.0)?);
    "nn.SELU" = "nn::SELU": |a| SELU::new();
    "nn.SiLU" = "nn::SiLU": |a| SiLU::new();
    "nn.Sigmoid" = "nn::Sigmoid": |a| Sigmoid::new();
    "nn.Softmax" = "nn::Softmax": |a| Softmax::new(a.dim(0)?);
    "nn.Softmax2d" = "nn::Softmax2d": |a| Softmax2d::new();
    "nn.Softmin" = "nn::Softmin": |a| Softmin::new(a.dim(0)?);
    "nn.Softplus" = "nn::Softplus": |a| Softplus::new(a.float_or(0, "beta", 1.0)?, a.float_or(1, "threshold", 20.0)?);
    "nn.Softshrink" = "nn::Softshrink": |a| Softshrink::new(a.float_or(0, "lambd", 0.5)?);
    "nn.Softsign" = "nn::Softsign": |a| Softsign::new();
    "nn.Tanh" = "nn::Tanh": |a| Tanh::new();
    "nn.Tanhshrink" = "nn::Tanhshrink": |a| Tanhshrink::new();
    "nn.Threshold" = "nn::Threshold": |a| Threshold::new(a.float(0, "threshold")?, a.float(1, "value")?);
};

fn gelu(a: &Args) -> Answer<GELU> {
    let mut gelu = GELU::new();
    gelu.approximate = match a.word(0, "approximate", "none")? {
        "none" => Gelu::Exact,
        "tanh" => Gelu::Tanh,
        other => return Err(Failure::Unsupported(format!("approximate {other:?}"))),
    };
    Ok(gelu)
}
