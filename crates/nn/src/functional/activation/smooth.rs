//! Smooth activations: GELU, the exponential units, softplus, softsign and tanhshrink.

use super::float;
use super::options::*;
use rushlight_autograd::{Context, Function, function};
use rushlight_tensor::{DType, Error, Half, Result, Tensor};

/// Computes the Gaussian error linear unit: `x Φ(x)`, or its approximation with the hyperbolic tangent.
/// `x` has a floating-point dtype; the result has the shape and dtype of `x`. PyTorch: `nn.functional.gelu`.
///
/// ```
/// use rushlight::nn::functional::{gelu};
/// use rushlight::tensor;
/// let x = tensor!([0.0, 1.0]);
/// assert!(gelu(&x, ())?.allclose(&tensor!([0.0, 0.841_345]), 1e-5, 0.0)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn gelu(x: &Tensor, options: impl Into<GELUOptions>) -> Result<Tensor> {
    let GELUOptions { approximate } = options.into();
    float("gelu", x)?;
    match approximate {
        Approximate::None => x.gelu(),
        Approximate::Tanh => x.gelu_tanh(),
    }
}

/// Returns `x` where it is above 0, and `alpha (eˣ - 1)` elsewhere.
/// `x` has a floating-point dtype; the result has the shape and dtype of `x`. PyTorch: `nn.functional.elu`.
///
/// ```
/// use rushlight::nn::functional::{elu};
/// use rushlight::tensor;
/// let x = tensor!([-1.0, 3.0]);
/// assert_eq!(elu(&x, ())?.to_vec::<f32>()?, [-0.632_120_55, 3.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn elu(x: &Tensor, options: impl Into<ELUOptions>) -> Result<Tensor> {
    let ELUOptions { alpha } = options.into();
    float("elu", x)?;
    x.elu(alpha)
}

/// Computes `max(0, x) + min(0, alpha (e^(x/alpha) - 1))` element-wise.
/// `x` has a floating-point dtype; the result has the shape and dtype of `x`. PyTorch: `nn.functional.celu`.
///
/// ```
/// use rushlight::nn::functional::{celu};
/// use rushlight::tensor;
/// let x = tensor!([-2.0, 3.0]);
/// assert_eq!(celu(&x, 2.0)?.to_vec::<f32>()?, [-1.264_241_1, 3.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the dtype of `x` is not floating-point, or `alpha` is 0.
#[track_caller]
pub fn celu(x: &Tensor, options: impl Into<CELUOptions>) -> Result<Tensor> {
    let CELUOptions { alpha } = options.into();
    float("celu", x)?;
    if alpha == 0.0 {
        return Err(Error::value("celu: alpha must not be 0"));
    }
    if alpha == 1.0 {
        return x.elu(1.0);
    }
    if let Some(half) = Half::among([x]) {
        return half.round(celu(&half.widen(x)?, alpha)?);
    }
    let above = x.gt(0)?;
    let below = above.where_cond(0.0, x)?;
    above.where_cond(x, &below.div(alpha)?.elu(1.0)?.mul(alpha)?)
}

/// Computes `scale (max(0, x) + min(0, alpha (eˣ - 1)))` with the constants that preserve mean 0 and variance 1 (Klambauer et al. 2017).
/// `x` has a floating-point dtype; the result has the shape and dtype of `x`. PyTorch: `nn.functional.selu`.
///
/// ```
/// use rushlight::nn::functional::selu;
/// use rushlight::tensor;
/// let x = tensor!([0.0, 1.0]);
/// assert_eq!(selu(&x)?.to_vec::<f32>()?, [0.0, 1.050_701]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the dtype of `x` is not floating-point.
#[track_caller]
pub fn selu(x: &Tensor) -> Result<Tensor> {
    float("selu", x)?;
    if let Some(half) = Half::among([x]) {
        return half.round(selu(&half.widen(x)?)?);
    }
    x.elu(1.673_263_242_354_377_2)?.mul(1.050_700_987_355_480_5)
}

/// Computes `ln(1 + e^(beta x)) / beta`, and returns `x` itself where `beta x` exceeds the threshold.
/// `x` has a floating-point dtype; the result has the shape and dtype of `x`. PyTorch: `nn.functional.softplus`.
///
/// ```
/// use rushlight::nn::functional::{softplus};
/// use rushlight::tensor;
/// let x = tensor!([0.0, 30.0]);
/// assert_eq!(softplus(&x, ())?.to_vec::<f32>()?, [0.693_147_2, 30.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn softplus(x: &Tensor, options: impl Into<SoftplusOptions>) -> Result<Tensor> {
    let options = options.into();
    let SoftplusOptions { beta, threshold } = options;
    float("softplus", x)?;
    if beta == 1.0 && threshold == 20.0 && x.dtype().compute() == DType::F32 {
        // Above 20, both branches round to the same number.
        return x.softplus();
    }
    if let Some(half) = Half::among([x]) {
        return half.round(softplus(&half.widen(x)?, options)?);
    }
    let scaled = x.mul(beta)?;
    scaled
        .gt(threshold)?
        .where_cond(x, &scaled.softplus()?.div(beta)?)
}

/// Computes `x / (1 + |x|)` element-wise.
/// The result has the shape of `x`, and its dtype if that is floating-point. PyTorch: `nn.functional.softsign`.
///
/// ```
/// use rushlight::nn::functional::softsign;
/// use rushlight::tensor;
/// let x = tensor!([-1.0, 3.0]);
/// assert_eq!(softsign(&x)?.to_vec::<f32>()?, [-0.5, 0.75]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the result does not fit in memory.
#[track_caller]
pub fn softsign(x: &Tensor) -> Result<Tensor> {
    if let Some(half) = Half::among([x]) {
        return half.round(softsign(&half.widen(x)?)?);
    }
    Ok(function(Softsign, &[x])?.remove(0))
}

/// Softsign with its derivative `1 / (1 + |x|)²`; the chain rule would compute it as a difference that cancels.
struct Softsign;

impl Function for Softsign {
    fn forward(&self, ctx: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
        let x = inputs[0];
        ctx.save(x);
        // ∞ / ∞ would be NaN.
        let largest = x.dtype().largest_finite();
        let x = match x.dtype().is_float() {
            true => &x.clamp(-largest, largest)?,
            false => x,
        };
        Ok(vec![x.div(&x.abs()?.add(1)?)?])
    }

    fn backward(&self, ctx: &Context, grads: &[Tensor]) -> Result<Vec<Option<Tensor>>> {
        let [x] = ctx.saved() else {
            return Err(Error::autograd("softsign: the saved value is missing"));
        };
        let size = x.abs()?.add(1)?;
        Ok(vec![Some(grads[0].div(&size)?.div(&size)?)])
    }

    fn name(&self) -> &str {
        "softsign"
    }
}

/// Computes `x - tanh x` element-wise.
/// The result has the shape of `x`, and its dtype if that is floating-point. PyTorch: `nn.functional.tanhshrink`.
///
/// ```
/// use rushlight::nn::functional::tanhshrink;
/// use rushlight::tensor;
/// let x = tensor!([0.0, 20.0]);
/// assert_eq!(tanhshrink(&x)?.to_vec::<f32>()?, [0.0, 19.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the result does not fit in memory.
#[track_caller]
pub fn tanhshrink(x: &Tensor) -> Result<Tensor> {
    let Some(half) = Half::among([x]) else {
        return x.sub(&x.tanh()?);
    };
    // Near 0, cancellation leaves the difference fewer correct digits than half precision has; the series keeps all of them.
    let x = half.widen(x)?;
    let near = x.abs()?.lt(0.25)?;
    let small = near.where_cond(&x, 0.0)?;
    let square = small.square()?;
    let mut series = square.mul(TANHSHRINK[4])?;
    for c in TANHSHRINK[..4].iter().rev() {
        series = series.add(*c)?.mul(&square)?;
    }
    let series = series.mul(&small)?;
    half.round(near.where_cond(&series, &x.sub(&x.tanh()?)?)?)
}

/// `x - tanh x = x³/3 - 2x⁵/15 + …`.
const TANHSHRINK: [f64; 5] = [
    1.0 / 3.0,
    -2.0 / 15.0,
    17.0 / 315.0,
    -62.0 / 2835.0,
    1382.0 / 155_925.0,
];
