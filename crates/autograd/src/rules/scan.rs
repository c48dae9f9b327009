//! Derivatives of cumulative operations.

use super::Call;
use rushlight_backend::{DType, ErrorKind, Result, Scan};
use rushlight_tensor::{Tensor, is_grad_enabled};

pub(super) fn derivative(f: Scan, c: &Call<'_>, g: &Tensor, dim: isize) -> Result<Tensor> {
    if g.ndim() == 0 || g.numel() == 0 {
        return Ok(g.clone());
    }
    match f {
        Scan::Sum => suffix_sums(g, dim),
        Scan::Prod => {
            let whole = divisible(c.y())?.all_dim(dim, true)?;
            either(
                &whole,
                || suffix_sums(&g.mul(c.y())?, dim)?.div(c.x()),
                || product(c.x(), g, dim),
            )
        }
        Scan::LogSumExp if g.size(dim)? == 1 => Ok(g.clone()),
        Scan::LogSumExp => log_sum(c.x(), c.y(), g, dim),
        Scan::ArgMax | Scan::ArgMin => g.zeros_like(),
    }
}

/// Whether products may be divided by their factors: where one is 0, infinite or NaN, or has lost digits below the normal numbers, the
/// quotient is not the product of the other factors.
pub(super) fn divisible(product: &Tensor) -> Result<Tensor> {
    let least = match product.dtype() {
        DType::F64 => f64::MIN_POSITIVE,
        DType::F16 => 2f64.powi(-14),
        _ => f32::MIN_POSITIVE.into(),
    };
    let size = product.detach().abs()?;
    size.ge(least)?.logical_and(&size.lt(f64::INFINITY)?)
}

/// The simple formula where `plain` is true, which broadcasts, and the general one elsewhere. If reading does not wait for the device, one read
/// decides for all elements. Otherwise both are computed, unless they are recorded, because the derivative of the formula that is not chosen
/// could be NaN.
pub(super) fn either(
    plain: &Tensor,
    short: impl FnOnce() -> Result<Tensor>,
    long: impl FnOnce() -> Result<Tensor>,
) -> Result<Tensor> {
    if plain.device().reads_at_once() {
        return if plain.all()?.item()? {
            short()
        } else {
            long()
        };
    }
    match is_grad_enabled() {
        true => long(),
        false => plain.where_cond(&short()?, &long()?),
    }
}

fn suffix_sums(g: &Tensor, dim: isize) -> Result<Tensor> {
    g.flip(dim)?.cumsum(dim)?.flip(dim)
}

/// `∂/∂xᵢ = x₀ … xᵢ₋₁ sᵢ` where `sᵢ = gᵢ + xᵢ₊₁ sᵢ₊₁`: no division, so zeros are not a special case.
fn product(x: &Tensor, g: &Tensor, dim: isize) -> Result<Tensor> {
    // Partial products may exceed the range of float32 although the gradient does not.
    if x.dtype() == DType::F32 {
        match x.to(DType::F64) {
            Ok(wide) => return product(&wide, &g.to(DType::F64)?, dim)?.to(DType::F32),
            // Not every GPU has float64.
            Err(e) if e.kind() == ErrorKind::Unsupported => {}
            Err(e) => return Err(e),
        }
    }
    let n = g.size(dim)?;
    let sums = recurrence(g, &x.narrow(dim, 1, n - 1)?, dim)?;
    let before = exclusive_products(x, dim)?;
    // Elements after a zero have no effect, although an infinite factor next to it makes the product NaN.
    let zeros = x.eq(0.0)?.to(DType::I64)?;
    let ended = zeros.cumsum(dim)?.sub(&zeros)?.gt(0)?;
    times(
        &before.masked_fill(&ended.logical_and(&before.isnan()?)?, 0.0)?,
        &sums,
    )
}

/// `a b`, and 0 instead of NaN where either is 0: a product with a zero factor stays 0 even if the other factors overflow.
fn times(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let zero = a.eq(0.0)?.logical_or(&b.eq(0.0)?)?;
    let product = a.mul(b)?;
    product.masked_fill(&zero.logical_and(&product.isnan()?)?, 0.0)
}

/// `∂/∂xᵢ = e^(xᵢ - yᵢ) sᵢ` where `sᵢ = gᵢ + e^(yᵢ - yᵢ₊₁) sᵢ₊₁`: no exponent is positive, and the sign of `g` does not matter.
fn log_sum(x: &Tensor, y: &Tensor, g: &Tensor, dim: isize) -> Result<Tensor> {
    let n = g.size(dim)?;
    // The difference of two infinities would be NaN. The lowest finite number replaces -∞, since its exponential is 0, and the
    // highest replaces ∞, since other finite numbers are negligible next to it.
    let largest = largest(y.dtype());
    let y = y.clamp(-largest, largest)?;
    let x = x.clamp_max(largest)?;
    let ratios = y
        .narrow(dim, 0, n - 1)?
        .sub(&y.narrow(dim, 1, n - 1)?)?
        .exp()?;
    x.sub(&y)?.exp()?.mul(&recurrence(g, &ratios, dim)?)
}

fn largest(dtype: DType) -> f64 {
    match dtype {
        DType::F16 => 65504.0,
        DType::F64 => f64::MAX,
        _ => 3e38,
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
            .add(&times(&a, &s.narrow(dim, step, n - step)?)?)?;
        s = Tensor::cat(&[&head, &s.narrow(dim, n - step, step)?], dim)?;
        if 2 * step < n {
            let left = n - 2 * step;
            a = times(&a.narrow(dim, 0, left)?, &a.narrow(dim, step, left)?)?;
        }
        step *= 2;
    }
    Ok(s)
}
