//! Activations.

use super::{Row, rows};
use rushlight::nn::*;

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.CELU" = "nn::CELU": |a| CELU::with(a.float_or(0, "alpha", 1.0)?);
    "nn.ELU" = "nn::ELU": |a| ELU::with(a.float_or(0, "alpha", 1.0)?);
    "nn.GELU" = "nn::GELU": |a| GELU::with(a.word(0, "approximate", "none")?.parse::<Approximate>()?);
    "nn.GLU" = "nn::GLU": |a| GLU::with(a.dim_or(0, -1)?);
    "nn.Hardshrink" = "nn::Hardshrink": |a| Hardshrink::with(a.float_or(0, "lambd", 0.5)?);
    "nn.Hardsigmoid" = "nn::Hardsigmoid": |a| Hardsigmoid::new();
    "nn.Hardswish" = "nn::Hardswish": |a| Hardswish::new();
    "nn.Hardtanh" = "nn::Hardtanh": |a| Hardtanh::with(HardtanhOptions::new().min_val(a.float_or(0, "min_val", -1.0)?).max_val(a.float_or(1, "max_val", 1.0)?));
    "nn.LeakyReLU" = "nn::LeakyReLU": |a| LeakyReLU::with(a.float_or(0, "negative_slope", 0.01)?);
    "nn.LogSigmoid" = "nn::LogSigmoid": |a| LogSigmoid::new();
    "nn.LogSoftmax" = "nn::LogSoftmax": |a| LogSoftmax::new(a.dim(0)?);
    "nn.Mish" = "nn::Mish": |a| Mish::new();
    "nn.PReLU" = "nn::PReLU": |a| {
        let options = PReLUOptions::new().num_parameters(a.size_or(0, "num_parameters", 1)?);
        PReLU::with(options.init(a.float_or(1, "init", 0.25)?))?
    };
    "nn.ReLU" = "nn::ReLU": |a| ReLU::new();
    "nn.ReLU6" = "nn::ReLU6": |a| ReLU6::new();
    "nn.RReLU" = "nn::RReLU": |a| RReLU::with(RReLUOptions::new().lower(a.float_or(0, "lower", 1.0 / 8.0)?).upper(a.float_or(1, "upper", 1.0 / 3.0)?));
    "nn.SELU" = "nn::SELU": |a| SELU::new();
    "nn.SiLU" = "nn::SiLU": |a| SiLU::new();
    "nn.Sigmoid" = "nn::Sigmoid": |a| Sigmoid::new();
    "nn.Softmax" = "nn::Softmax": |a| Softmax::new(a.dim(0)?);
    "nn.Softmax2d" = "nn::Softmax2d": |a| Softmax2d::new();
    "nn.Softmin" = "nn::Softmin": |a| Softmin::new(a.dim(0)?);
    "nn.Softplus" = "nn::Softplus": |a| Softplus::with(SoftplusOptions::new().beta(a.float_or(0, "beta", 1.0)?).threshold(a.float_or(1, "threshold", 20.0)?));
    "nn.Softshrink" = "nn::Softshrink": |a| Softshrink::with(a.float_or(0, "lambd", 0.5)?);
    "nn.Softsign" = "nn::Softsign": |a| Softsign::new();
    "nn.Tanh" = "nn::Tanh": |a| Tanh::new();
    "nn.Tanhshrink" = "nn::Tanhshrink": |a| Tanhshrink::new();
    "nn.Threshold" = "nn::Threshold": |a| Threshold::new(a.float(0, "threshold")?, a.float(1, "value")?);
};
