//! Activation functions.

mod options;

pub use options::*;

use super::arguments::float;
use rushlight_autograd::{Autograd, Context, Function, function};
use rushlight_tensor::{Category, DType, Error, Half, Result, Scalar, Tensor, is_grad_enabled};

macro_rules! named {
    ($($(#[$doc:meta])* $name:ident => $method:ident;)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(x: &Tensor) -> Result<Tensor> {
            x.$method()
        }
    )* };
}

named! {
    /// `max(x, 0)`.
    /// Any dtype but `bool`; the shape and dtype of `x`. PyTorch: `nn.functional.relu`.
    ///
    /// ```
    /// use rushlight_nn::functional::relu;
    /// use rushlight_tensor::tensor;
    /// assert_eq!(relu(&tensor!([-1.0, 2.0]))?.to_vec::<f32>()?, [0.0, 2.0]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `x` is `bool`.
    relu => relu;
    /// `1 / (1 + e⁻ˣ)`.
    /// The shape of `x`, and its dtype if that is of floating point. PyTorch: `nn.functional.sigmoid`.
    ///
    /// ```
    /// use rushlight_nn::functional::sigmoid;
    /// use rushlight_tensor::tensor;
    /// assert_eq!(sigmoid(&tensor!([0.0, 100.0]))?.to_vec::<f32>()?, [0.5, 1.0]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a result does not fit the memory.
    sigmoid => sigmoid;
    /// The hyperbolic tangent.
    /// The shape of `x`, and its dtype if that is of floating point. PyTorch: `nn.functional.tanh`.
    ///
    /// ```
    /// use rushlight_nn::functional::tanh;
    /// use rushlight_tensor::tensor;
    /// assert_eq!(tanh(&tensor!([0.0, 100.0]))?.to_vec::<f32>()?, [0.0, 1.0]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a result does not fit the memory.
    tanh => tanh;
}

macro_rules! floats_only {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(x: &Tensor) -> Result<Tensor> {
            float(stringify!($name), x)?;
            x.$name()
        }
    )* };
}

floats_only! {
    /// `x sigmoid(x)`.
    /// Floating-point dtypes; the shape and dtype of `x`. PyTorch: `nn.functional.silu`.
    ///
    /// ```
    /// use rushlight_nn::functional::silu;
    /// use rushlight_tensor::tensor;
    /// assert_eq!(silu(&tensor!([0.0, 100.0]))?.to_vec::<f32>()?, [0.0, 100.0]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `x` is not of floating point.
    silu;
    /// `x tanh(ln(1 + eˣ))`.
    /// Floating-point dtypes; the shape and dtype of `x`. PyTorch: `nn.functional.mish`.
    ///
    /// ```
    /// use rushlight_nn::functional::mish;
    /// use rushlight_tensor::tensor;
    /// assert_eq!(mish(&tensor!([0.0, 100.0]))?.to_vec::<f32>()?, [0.0, 100.0]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `x` is not of floating point.
    mish;
    /// `ln sigmoid(x)`. PyTorch: `nn.functional.logsigmoid`.
    /// Floating-point dtypes; the shape and dtype of `x`.
    ///
    /// ```
    /// use rushlight_nn::functional::log_sigmoid;
    /// use rushlight_tensor::tensor;
    /// assert_eq!(log_sigmoid(&tensor!([-1000.0, 1000.0]))?.to_vec::<f32>()?, [-1000.0, 0.0]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `x` is not of floating point.
    log_sigmoid;
}

/// The Gaussian error linear unit: `x Φ(x)`, or its approximation by the hyperbolic tangent.
/// Floating-point dtypes; the shape and dtype of `x`. PyTorch: `nn.functional.gelu`.
///
/// ```
/// use rushlight_nn::functional::{gelu};
/// use rushlight_tensor::tensor;
/// let x = tensor!([0.0, 1.0]);
/// assert!(gelu(&x, ())?.allclose(&tensor!([0.0, 0.841_345]), 1e-5, 0.0)?);
/// # Ok::<(), rushlight_tensor::Error>(())
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

/// `x` above 0, `negative_slope x` otherwise.
/// Floating-point dtypes; the shape and dtype of `x`. PyTorch: `nn.functional.leaky_relu`.
///
/// ```
/// use rushlight_nn::functional::{leaky_relu};
/// use rushlight_tensor::tensor;
/// let x = tensor!([-2.0, 3.0]);
/// assert_eq!(leaky_relu(&x, 0.5)?.to_vec::<f32>()?, [-1.0, 3.0]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[track_caller]
pub fn leaky_relu(x: &Tensor, options: impl Into<LeakyReLUOptions>) -> Result<Tensor> {
    let LeakyReLUOptions { negative_slope } = options.into();
    float("leaky_relu", x)?;
    if negative_slope == 0.0 {
        // Not -∞ times 0.
        return x.relu();
    }
    x.leaky_relu(negative_slope)
}

/// `x` above 0, `w x` otherwise, with a slope for each channel (dimension 1) or one for all.
/// Floating-point dtypes; the shape and dtype of `x`. PyTorch: `nn.functional.prelu`.
///
/// ```
/// use rushlight_nn::functional::prelu;
/// use rushlight_tensor::tensor;
/// let x = tensor!([[-2.0, -2.0], [4.0, 4.0]]);
/// let y = prelu(&x, &tensor!([0.5, 0.25]))?;
/// assert_eq!(y.to_vec2::<f32>()?, [[-1.0, -0.5], [4.0, 4.0]]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
///
/// # Errors
/// If `x` is not of floating point, or `weight` differs in dtype or holds neither one slope nor one for each channel.
#[track_caller]
pub fn prelu(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    float("prelu", x)?;
    if weight.dtype() != x.dtype() {
        return Err(Error::dtype(format!(
            "prelu: the weight must be {} as the input is, not {}",
            x.dtype(),
            weight.dtype()
        )));
    }
    let channels = x.shape().get(1).copied().unwrap_or(1);
    if weight.ndim() > 1 || ![1, channels].contains(&weight.numel()) {
        return Err(Error::shape(format!(
            "prelu: the weight must hold one slope, or one for each channel: the input {:?} has {channels} channels, the weight shape {:?}",
            x.shape(),
            weight.shape()
        )));
    }
    if weight.numel() == 1 {
        return x.leaky_relu(&weight.reshape(())?);
    }
    let mut shape = vec![1; x.ndim()];
    shape[1] = channels;
    x.leaky_relu(&weight.reshape(shape)?)
}

/// `x` above 0, otherwise `x` times a slope drawn for each element from `[lower, upper)`, or times their mean when not `training`.
/// Floating-point dtypes; the shape and dtype of `x`. PyTorch: `nn.functional.rrelu`.
///
/// ```
/// use rushlight_nn::functional::{RReLUOptions, rrelu};
/// use rushlight_tensor::tensor;
/// let x = tensor!([-2.0, 3.0]);
/// assert_eq!(rrelu(&x, false, RReLUOptions::new().lower(0.0).upper(0.5))?.to_vec::<f32>()?, [-0.5, 3.0]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
///
/// # Errors
/// If a bound is not finite, or the lower one is above the upper one.
#[track_caller]
pub fn rrelu(x: &Tensor, training: bool, options: impl Into<RReLUOptions>) -> Result<Tensor> {
    rrelu_with(x, training, options.into())
}

#[track_caller]
fn rrelu_with(x: &Tensor, training: bool, options: RReLUOptions) -> Result<Tensor> {
    let RReLUOptions { lower, upper } = options;
    float("rrelu", x)?;
    if !lower.is_finite() || !upper.is_finite() || lower > upper {
        return Err(Error::value(format!(
            "rrelu: the bounds must be finite and lower {lower} not above upper {upper}"
        )));
    }
    if !training {
        return x.leaky_relu((lower + upper) / 2.0);
    }
    if let Some(half) = Half::among([x]) {
        return half.round(rrelu_with(&half.widen(x)?, training, options)?);
    }
    // Only elements that are not positive draw, one after the other.
    let negative = x.le(0)?.to_vec::<bool>()?;
    let count = negative.iter().filter(|n| **n).count();
    let drawn = Tensor::empty(count, DType::F64)?;
    drawn.uniform_(lower, upper)?;
    let mut drawn = drawn.to_vec::<f64>()?.into_iter();
    let slopes: Vec<f64> = negative
        .iter()
        .map(|n| if *n { drawn.next().unwrap_or(1.0) } else { 1.0 })
        .collect();
    x.mul(&Tensor::from_slice(&slopes, x.shape())?.to((x.dtype(), x.device()))?)
}

/// `x` above 0, `alpha (eˣ - 1)` otherwise.
/// Floating-point dtypes; the shape and dtype of `x`. PyTorch: `nn.functional.elu`.
///
/// ```
/// use rushlight_nn::functional::{elu};
/// use rushlight_tensor::tensor;
/// let x = tensor!([-1.0, 3.0]);
/// assert_eq!(elu(&x, ())?.to_vec::<f32>()?, [-0.632_120_55, 3.0]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[track_caller]
pub fn elu(x: &Tensor, options: impl Into<ELUOptions>) -> Result<Tensor> {
    let ELUOptions { alpha } = options.into();
    float("elu", x)?;
    x.elu(alpha)
}

/// `max(0, x) + min(0, alpha (e^(x/alpha) - 1))`.
/// Floating-point dtypes; the shape and dtype of `x`. PyTorch: `nn.functional.celu`.
///
/// ```
/// use rushlight_nn::functional::{celu};
/// use rushlight_tensor::tensor;
/// let x = tensor!([-2.0, 3.0]);
/// assert_eq!(celu(&x, 2.0)?.to_vec::<f32>()?, [-1.264_241_1, 3.0]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
///
/// # Errors
/// If `alpha` is 0.
#[track_caller]
pub fn celu(x: &Tensor, options: impl Into<CELUOptions>) -> Result<Tensor> {
    let CELUOptions { alpha } = options.into();
    float("celu", x)?;
    if alpha == 0.0 {
        return Err(Error::value("celu: alpha cannot be 0"));
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

/// `scale (max(0, x) + min(0, alpha (eˣ - 1)))` with the constants that keep mean 0 and variance 1 (Klambauer et al. 2017).
/// Floating-point dtypes; the shape and dtype of `x`. PyTorch: `nn.functional.selu`.
///
/// ```
/// use rushlight_nn::functional::selu;
/// use rushlight_tensor::tensor;
/// let x = tensor!([0.0, 1.0]);
/// assert_eq!(selu(&x)?.to_vec::<f32>()?, [0.0, 1.050_701]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
///
/// # Errors
/// If `x` is not of floating point.
#[track_caller]
pub fn selu(x: &Tensor) -> Result<Tensor> {
    float("selu", x)?;
    if let Some(half) = Half::among([x]) {
        return half.round(selu(&half.widen(x)?)?);
    }
    x.elu(1.673_263_242_354_377_2)?.mul(1.050_700_987_355_480_5)
}

/// `ln(1 + e^(beta x)) / beta`, and `x` itself where `beta x` exceeds the threshold.
/// Floating-point dtypes; the shape and dtype of `x`. PyTorch: `nn.functional.softplus`.
///
/// ```
/// use rushlight_nn::functional::{softplus};
/// use rushlight_tensor::tensor;
/// let x = tensor!([0.0, 30.0]);
/// assert_eq!(softplus(&x, ())?.to_vec::<f32>()?, [0.693_147_2, 30.0]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[track_caller]
pub fn softplus(x: &Tensor, options: impl Into<SoftplusOptions>) -> Result<Tensor> {
    let options = options.into();
    let SoftplusOptions { beta, threshold } = options;
    float("softplus", x)?;
    if beta == 1.0 && threshold == 20.0 && x.dtype().compute() == DType::F32 {
        // Above 20 the two branches round to the same float.
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

/// `x / (1 + |x|)`.
/// The shape of `x`, and its dtype if that is of floating point. PyTorch: `nn.functional.softsign`.
///
/// ```
/// use rushlight_nn::functional::softsign;
/// use rushlight_tensor::tensor;
/// let x = tensor!([-1.0, 3.0]);
/// assert_eq!(softsign(&x)?.to_vec::<f32>()?, [-0.5, 0.75]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
///
/// # Errors
/// If a result does not fit the memory.
#[track_caller]
pub fn softsign(x: &Tensor) -> Result<Tensor> {
    if let Some(half) = Half::among([x]) {
        return half.round(softsign(&half.widen(x)?)?);
    }
    Ok(function(Softsign, &[x])?.remove(0))
}

/// Softsign with its slope `1 / (1 + |x|)²`: the chain rule would find it as a difference that cancels.
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
            return Err(Error::autograd("softsign: the saved value is gone"));
        };
        let size = x.abs()?.add(1)?;
        Ok(vec![Some(grads[0].div(&size)?.div(&size)?)])
    }

    fn name(&self) -> &str {
        "softsign"
    }
}

/// `x` moved towards 0 by `lambd`, and 0 where that would cross it.
/// Floating-point dtypes; the shape and dtype of `x`. PyTorch: `nn.functional.softshrink`.
///
/// ```
/// use rushlight_nn::functional::{softshrink};
/// use rushlight_tensor::tensor;
/// let x = tensor!([-2.0, 0.25, 1.0]);
/// assert_eq!(softshrink(&x, ())?.to_vec::<f32>()?, [-1.5, 0.0, 0.5]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
///
/// # Errors
/// If `lambd` is negative or not finite.
#[track_caller]
pub fn softshrink(x: &Tensor, options: impl Into<SoftshrinkOptions>) -> Result<Tensor> {
    let SoftshrinkOptions { lambd } = options.into();
    float("softshrink", x)?;
    if !lambd.is_finite() || lambd < 0.0 {
        return Err(Error::value(format!(
            "softshrink: lambd must be finite and at least 0, not {lambd}"
        )));
    }
    if let Some(half) = Half::among([x]) {
        return half.round(softshrink(&half.widen(x)?, lambd)?);
    }
    x.abs()?
        .le(lambd)?
        .where_cond(0, &x.sub(&x.sign()?.mul(lambd)?)?)
}

/// `x` outside `[-lambd, lambd]`, 0 inside.
/// Floating-point dtypes; the shape and dtype of `x`. PyTorch: `nn.functional.hardshrink`.
///
/// ```
/// use rushlight_nn::functional::{hardshrink};
/// use rushlight_tensor::tensor;
/// let x = tensor!([-2.0, 0.25, 1.0]);
/// assert_eq!(hardshrink(&x, ())?.to_vec::<f32>()?, [-2.0, 0.0, 1.0]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[track_caller]
pub fn hardshrink(x: &Tensor, options: impl Into<HardshrinkOptions>) -> Result<Tensor> {
    let HardshrinkOptions { lambd } = options.into();
    float("hardshrink", x)?;
    x.abs()?.le(lambd)?.where_cond(0, x)
}

/// `x - tanh x`.
/// The shape of `x`, and its dtype if that is of floating point. PyTorch: `nn.functional.tanhshrink`.
///
/// ```
/// use rushlight_nn::functional::tanhshrink;
/// use rushlight_tensor::tensor;
/// let x = tensor!([0.0, 20.0]);
/// assert_eq!(tanhshrink(&x)?.to_vec::<f32>()?, [0.0, 19.0]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
///
/// # Errors
/// If a result does not fit the memory.
#[track_caller]
pub fn tanhshrink(x: &Tensor) -> Result<Tensor> {
    let Some(half) = Half::among([x]) else {
        return x.sub(&x.tanh()?);
    };
    // Near 0 the difference has fewer digits than a half, its series has all.
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

/// `x` limited to `[min_val, max_val]`; no gradient at the limits. Any dtype but `bool`; integers meet the integer parts of the limits. The
/// shape and dtype of `x`. PyTorch: `nn.functional.hardtanh`.
///
/// ```
/// use rushlight_nn::functional::{HardtanhOptions, hardtanh};
/// use rushlight_tensor::tensor;
/// let x = tensor!([-3.0, 0.25, 3.0]);
/// assert_eq!(hardtanh(&x, HardtanhOptions::new().max_val(2.0))?.to_vec::<f32>()?, [-1.0, 0.25, 2.0]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
///
/// # Errors
/// If the lower limit exceeds the upper one.
#[track_caller]
pub fn hardtanh(x: &Tensor, options: impl Into<HardtanhOptions>) -> Result<Tensor> {
    let HardtanhOptions { min_val, max_val } = options.into();
    limited(x, min_val, max_val)
}

#[track_caller]
fn limited(x: &Tensor, min: f64, max: f64) -> Result<Tensor> {
    if min > max {
        return Err(Error::value(format!(
            "hardtanh: min {min} must not exceed max {max}"
        )));
    }
    if x.dtype() == DType::Bool {
        return Err(Error::dtype("hardtanh: not defined for bool"));
    }
    match x.dtype().is_float() {
        true if x.requires_grad() && is_grad_enabled() => {
            Ok(function(Hardtanh { min, max }, &[x])?.remove(0))
        }
        true => x.clamp(min, max),
        // Integers meet the integer parts of the limits.
        false => x.clamp(min as i64, max as i64),
    }
}

/// `clamp` with a gradient of its own: that of `clamp` at NaN is 0, which hides the NaN that was there.
struct Hardtanh {
    min: f64,
    max: f64,
}

impl Function for Hardtanh {
    fn forward(&self, ctx: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
        ctx.save(inputs[0]);
        Ok(vec![inputs[0].clamp(self.min, self.max)?])
    }

    fn backward(&self, ctx: &Context, grads: &[Tensor]) -> Result<Vec<Option<Tensor>>> {
        let x = &ctx.saved()[0];
        let outside = x.le(self.min)?.logical_or(&x.ge(self.max)?)?;
        Ok(vec![Some(grads[0].masked_fill(&outside, 0.0)?)])
    }

    fn name(&self) -> &str {
        "hardtanh"
    }
}

/// `min(max(x, 0), 6)`; no gradient at 0 and 6.
/// Any dtype but `bool`; the shape and dtype of `x`. PyTorch: `nn.functional.relu6`.
///
/// ```
/// use rushlight_nn::functional::relu6;
/// use rushlight_tensor::tensor;
/// let x = tensor!([-1.0, 3.0, 8.0]);
/// assert_eq!(relu6(&x)?.to_vec::<f32>()?, [0.0, 3.0, 6.0]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
///
/// # Errors
/// If `x` is `bool`.
#[track_caller]
pub fn relu6(x: &Tensor) -> Result<Tensor> {
    limited(x, 0.0, 6.0)
}

/// `x / 6 + 1/2`, limited to `[0, 1]`.
/// Floating-point dtypes; the shape and dtype of `x`. PyTorch: `nn.functional.hardsigmoid`.
///
/// ```
/// use rushlight_nn::functional::hardsigmoid;
/// use rushlight_tensor::tensor;
/// let x = tensor!([-4.0, 0.0, 4.0]);
/// assert_eq!(hardsigmoid(&x)?.to_vec::<f32>()?, [0.0, 0.5, 1.0]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
///
/// # Errors
/// If `x` is not of floating point.
#[track_caller]
pub fn hardsigmoid(x: &Tensor) -> Result<Tensor> {
    float("hardsigmoid", x)?;
    if let Some(half) = Half::among([x]) {
        return half.round(hardsigmoid(&half.widen(x)?)?);
    }
    x.add(3)?.clamp(0.0, 6.0)?.div(6)
}

/// `x hardsigmoid(x)`.
/// Floating-point dtypes; the shape and dtype of `x`. PyTorch: `nn.functional.hardswish`.
///
/// ```
/// use rushlight_nn::functional::hardswish;
/// use rushlight_tensor::tensor;
/// let x = tensor!([-4.0, 0.0, 6.0]);
/// assert_eq!(hardswish(&x)?.to_vec::<f32>()?, [0.0, 0.0, 6.0]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
///
/// # Errors
/// If `x` is not of floating point.
#[track_caller]
pub fn hardswish(x: &Tensor) -> Result<Tensor> {
    float("hardswish", x)?;
    if let Some(half) = Half::among([x]) {
        return half.round(hardswish(&half.widen(x)?)?);
    }
    // Neither six times a large number nor -∞ times 0.
    x.clamp_min(-3)?.mul(&x.add(3)?.clamp(0.0, 6.0)?.div(6)?)
}

/// `x` above `threshold`, `value` otherwise; for integers both count by their integer parts.
/// Any dtype but `bool`; the shape and dtype of `x`. PyTorch: `nn.functional.threshold`.
///
/// ```
/// use rushlight_nn::functional::threshold;
/// use rushlight_tensor::tensor;
/// let x = tensor!([0.5, 2.0]);
/// assert_eq!(threshold(&x, 1.0, -1.0)?.to_vec::<f32>()?, [-1.0, 2.0]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
///
/// # Errors
/// If `x` is `bool`.
#[track_caller]
pub fn threshold(
    x: &Tensor,
    threshold: impl Into<Scalar>,
    value: impl Into<Scalar>,
) -> Result<Tensor> {
    let (threshold, value) = (threshold.into(), value.into());
    match x.dtype().category() {
        Category::Bool => Err(Error::dtype("threshold: not defined for bool")),
        Category::Int => {
            let (threshold, value) = (threshold.to_i64(), value.to_i64());
            x.masked_fill(&x.le(threshold)?, value)
        }
        Category::Float => x.masked_fill(&x.le(threshold.to_f64())?, value.to_f64()),
    }
}

/// `a sigmoid(b)` for the two halves `a, b` of `x` along `dim`: `[.., 2 n, ..] → [.., n, ..]`.
/// Floating-point dtypes; the shape and dtype of `x`. PyTorch: `nn.functional.glu`.
///
/// ```
/// use rushlight_nn::functional::{glu};
/// use rushlight_tensor::tensor;
/// let x = tensor!([4.0, 0.0]);
/// assert_eq!(glu(&x, ())?.to_vec::<f32>()?, [2.0]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
///
/// # Errors
/// If the size of the dimension is odd.
#[track_caller]
pub fn glu(x: &Tensor, options: impl Into<GLUOptions>) -> Result<Tensor> {
    let GLUOptions { dim } = options.into();
    float("glu", x)?;
    let size = x.size(dim)?;
    if x.ndim() == 0 || size % 2 != 0 {
        return Err(Error::shape(format!(
            "glu: dimension {dim} of {:?} must be even",
            x.shape()
        )));
    }
    let middle = size / 2;
    if let Some(half) = Half::among([x]) {
        let x = half.widen(x)?;
        // The sigmoid in a form whose derivative keeps its digits where it is near 1.
        let gate = x.narrow(dim, middle, middle)?.log_sigmoid()?.exp()?;
        return half.round(x.narrow(dim, 0, middle)?.mul(&gate)?);
    }
    x.narrow(dim, 0, middle)?
        .mul(&x.narrow(dim, middle, middle)?.sigmoid()?)
}

/// `e^xᵢ / Σ e^xⱼ` along `dim`.
/// Floating-point dtypes; the shape and dtype of `x`. PyTorch: `nn.functional.softmax`.
///
/// ```
/// use rushlight_nn::functional::softmax;
/// use rushlight_tensor::tensor;
/// let x = tensor!([[0.0, 0.0], [1.0, 1.0]]);
/// assert_eq!(softmax(&x, -1)?.to_vec2::<f32>()?, [[0.5, 0.5], [0.5, 0.5]]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
///
/// # Errors
/// If `x` is not of floating point or has no dimension `dim`.
#[track_caller]
pub fn softmax(x: &Tensor, dim: isize) -> Result<Tensor> {
    x.softmax(dim)
}

/// `e^-xᵢ / Σ e^-xⱼ` along `dim`.
/// Floating-point dtypes; the shape and dtype of `x`. PyTorch: `nn.functional.softmin`.
///
/// ```
/// use rushlight_nn::functional::softmin;
/// use rushlight_tensor::tensor;
/// let x = tensor!([0.0, 1000.0]);
/// assert_eq!(softmin(&x, 0)?.to_vec::<f32>()?, [1.0, 0.0]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
///
/// # Errors
/// If `x` is not of floating point or has no dimension `dim`.
#[track_caller]
pub fn softmin(x: &Tensor, dim: isize) -> Result<Tensor> {
    x.neg()?.softmax(dim)
}

/// `ln softmax(x)` along `dim`, without overflow.
/// Floating-point dtypes; the shape and dtype of `x`. PyTorch: `nn.functional.log_softmax`.
///
/// ```
/// use rushlight_nn::functional::log_softmax;
/// use rushlight_tensor::tensor;
/// let x = tensor!([0.0, 1000.0]);
/// assert_eq!(log_softmax(&x, 0)?.to_vec::<f32>()?, [-1000.0, 0.0]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
///
/// # Errors
/// If `x` is not of floating point or has no dimension `dim`.
#[track_caller]
pub fn log_softmax(x: &Tensor, dim: isize) -> Result<Tensor> {
    x.log_softmax(dim)
}
