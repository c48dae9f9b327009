//! Functions of mathematics with names of their own: gamma, Bessel, normal distribution; windows.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args, Failure, NAMED};
use crate::conformance::value::Value;
use rushlight::signal::windows;
use rushlight::{Operand, Tensor};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "digamma" = "Tensor::digamma": |a| a.x()?.digamma();
    "erf" = "Tensor::erf": |a| a.x()?.erf();
    "erfc" = "Tensor::erfc": |a| a.x()?.erfc();
    "erfinv" = "Tensor::erfinv": |a| a.x()?.erfinv();
    "i0" = "Tensor::i0": |a| a.x()?.i0();
    "lgamma" = "Tensor::lgamma": |a| a.x()?.lgamma();
    "mvlgamma" = "Tensor::mvlgamma": |a| a.x()?.mvlgamma(a.size(1, "p")?);
    "polygamma" = "Tensor::polygamma": |a| polygamma(a);
    "special.polygamma" = "Tensor::polygamma": |a| polygamma(a);
    "special.zeta" = "Tensor::zeta": |a| match a.operand(0, "input")? {
        Operand::Tensor(x) => x.zeta(a.operand(1, "other")?),
        Operand::Number(x) => a.tensor(1, "other")?.rzeta(x),
    };
    "special.entr" = "Tensor::entr": |a| a.x()?.entr();
    "special.erfcx" = "Tensor::erfcx": |a| a.x()?.erfcx();
    "special.i0e" = "Tensor::i0e": |a| a.x()?.i0e();
    "special.i1" = "Tensor::i1": |a| a.x()?.i1();
    "special.i1e" = "Tensor::i1e": |a| a.x()?.i1e();
    "special.log_ndtr" = "Tensor::log_ndtr": |a| a.x()?.log_ndtr();
    "special.ndtr" = "Tensor::ndtr": |a| a.x()?.ndtr();
    "special.ndtri" = "Tensor::ndtri": |a| a.x()?.ndtri();
    "special.spherical_bessel_j0" = "Tensor::spherical_bessel_j0": |a| a.x()?.spherical_bessel_j0();
    "special.xlog1py" = "Tensor::xlog1py": |a| a.x()?.xlog1py(a.operand(1, "other")?);

    "signal.windows.bartlett" = "signal::windows::bartlett": |a| windows::bartlett(a.size(0, "M")?, sym(a)?, a.options()?);
    "signal.windows.blackman" = "signal::windows::blackman": |a| windows::blackman(a.size(0, "M")?, sym(a)?, a.options()?);
    "signal.windows.cosine" = "signal::windows::cosine": |a| windows::cosine(a.size(0, "M")?, sym(a)?, a.options()?);
    "signal.windows.exponential" = "signal::windows::exponential": |a| {
        let (center, tau) = (a.maybe_float(NAMED, "center")?, a.float_or(NAMED, "tau", 1.0)?);
        windows::exponential(a.size(0, "M")?, center, tau, sym(a)?, a.options()?)
    };
    "signal.windows.gaussian" = "signal::windows::gaussian": |a| {
        windows::gaussian(a.size(0, "M")?, a.float_or(NAMED, "std", 1.0)?, sym(a)?, a.options()?)
    };
    "signal.windows.general_cosine" = "signal::windows::general_cosine": |a| {
        if a.get(NAMED, "a").is_none() {
            return Err(Failure::Forbidden("a", "a slice of coefficients"));
        }
        windows::general_cosine(a.size(0, "M")?, &a.floats(NAMED, "a")?, sym(a)?, a.options()?)
    };
    "signal.windows.general_hamming" = "signal::windows::general_hamming": |a| {
        windows::general_hamming(a.size(0, "M")?, a.float_or(NAMED, "alpha", 0.54)?, sym(a)?, a.options()?)
    };
    "signal.windows.hamming" = "signal::windows::hamming": |a| windows::hamming(a.size(0, "M")?, sym(a)?, a.options()?);
    "signal.windows.hann" = "signal::windows::hann": |a| windows::hann(a.size(0, "M")?, sym(a)?, a.options()?);
    "signal.windows.kaiser" = "signal::windows::kaiser": |a| {
        windows::kaiser(a.size(0, "M")?, a.float_or(NAMED, "beta", 12.0)?, sym(a)?, a.options()?)
    };
    "signal.windows.nuttall" = "signal::windows::nuttall": |a| windows::nuttall(a.size(0, "M")?, sym(a)?, a.options()?);
};

/// Whether a window is symmetric.
fn sym(a: &Args) -> Answer<bool> {
    a.flag(NAMED, "sym", true)
}

/// `torch.polygamma(n, x)`, but `x.polygamma(n)`.
fn polygamma(a: &Args) -> Answer<Tensor> {
    match a.get(0, "n") {
        Some(Value::Tensor(..)) => Ok(a.x()?.polygamma(a.size(1, "n")?)?),
        _ => Ok(a.tensor(1, "input")?.polygamma(a.size(0, "n")?)?),
    }
}
