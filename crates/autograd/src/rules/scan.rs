//! Derivatives of running operations.

use super::Call;
use rushlight_backend::{DType, Result, Scan};
use rushlight_tensor::{Device, Tensor};

pub(super) fn derivative(f: Scan, c: &Call<'_>, g: &Tensor, dim: isize) -> Result<Tensor> {
    if g.ndim() == 0 || g.numel() == 0 {
        return Ok(g.clone());
    }
    match f {
        Scan::Sum => suffix_sums(g, dim),
        Scan::Prod if may_have_zero(c.x())? => product(c.x(), g, dim),
        Scan::Prod => suffix_sums(&g.mul(c.y())?, dim)?.div(c.x()),
        Scan::LogSumExp => log_sum(c.x(), c.y(), g, dim),
        Scan::ArgMax | Scan::ArgMin => g.zeros_like(),
    }
}

/// Whether a product may not be divided by its factors. Elsewhere than on the CPU a look at them would wait for the device: it is not
/// divided there.
pub(super) fn may_have_zero(x: &Tensor) -> Result<bool> {
    match x.device() == &Device::CPU {
        true => x.detach().eq(0.0)?.any()?.item(),
        false => Ok(true),
    }
}

fn suffix_sums(g: &Tensor, dim: isize) -> Result<Tensor> {
    g.flip(dim)?.cumsum(dim)?.flip(dim)
}

/// `∂/∂xᵢ = x₀ … xᵢ₋₁ sᵢ` where `sᵢ = gᵢ + xᵢ₊₁ sᵢ₊₁`: no division, so zeros are no special case.
fn product(x: &Tensor, g: &Tensor, dim: isize) -> Result<Tensor> {
    let n = g.size(dim)?;
    let sums = recurrence(g, &x.narrow(dim, 1, n - 1)?, dim)?;
    exclusive_products(x, dim)?.mul(&sums)
}

/// `∂/∂xᵢ = e^(xᵢ - yᵢ) sᵢ` where `sᵢ = gᵢ + e^(yᵢ - yᵢ₊₁) sᵢ₊₁`: no exponent is positive, and the sign of `g` does not matter.
fn log_sum(x: &Tensor, y: &Tensor, g: &Tensor, dim: isize) -> Result<Tensor> {
    let n = g.size(dim)?;
    // -∞ - -∞ would be NaN; the lowest number does as well, since its exponential is 0.
    let y = y.clamp_min(lowest(y.dtype()))?;
    let ratios = y
        .narrow(dim, 0, n - 1)?
        .sub(&y.narrow(dim, 1, n - 1)?)?
        .exp()?;
    x.sub(&y)?.exp()?.mul(&recurrence(g, &ratios, dim)?)
}

fn lowest(dtype: DType) -> f64 {
    match dtype {
        DType::F16 => -65504.0,
        DType::F64 => f64::MIN,
        _ => -3e38,
    }
}

/// `pᵢ = x₀ … xᵢ₋₁` along `dim`, from `p₀ = 1`.
pub(super) fn exclusive_products(x: &Tensor, dim: isize) -> Result<Tensor> {
    let n = x.size(dim)?;
    let one = x.narrow(dim, 0, 1)?.ones_like()?;
    Tensor::cat(&[&one, &x.narrow(dim, 0, n - 1)?.cumprod(dim)?], dim)
}

/// `sᵢ = gᵢ + aᵢ sᵢ₊₁` along `dim`, for `a` one shorter than `g`; by doubling, in `log₂ n` steps.
fn recurrence(g: &Tensor, a: &Tensor, dim: isize) -> Result<Tensor> {
    let n = g.size(dim)?;
    let (mut s, mut a, mut step) = (g.clone(), a.clone(), 1);
    while step < n {
        let head = s
            .narrow(dim, 0, n - step)?
            .add(&a.mul(&s.narrow(dim, step, n - step)?)?)?;
        s = Tensor::cat(&[&head, &s.narrow(dim, n - step, step)?], dim)?;
        if 2 * step < n {
            let left = n - 2 * step;
            a = a.narrow(dim, 0, left)?.mul(&a.narrow(dim, step, left)?)?;
        }
        step *= 2;
    }
    Ok(s)
}
