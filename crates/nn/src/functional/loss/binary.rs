//! Binary cross entropy and related losses.

use super::{Reduction, floats, reduce, same_shape};
use rushlight_autograd::{Context, Function, function};
use rushlight_tensor::{Check, Error, Half, Result, Tensor, options};

options! {
    /// Options of [`binary_cross_entropy`] and of [`BCELoss`](crate::BCELoss).
    BCELossOptions from(reduction: Reduction) {
        /// A weight for each element, which broadcasts to the shape of the input; by default none.
        weight(into): Option<Tensor> = None,
        /// How the elements are reduced; by default to their mean.
        reduction: Reduction = Reduction::Mean,
    }
}

options! {
    /// Options of [`binary_cross_entropy_with_logits`] and of [`BCEWithLogitsLoss`](crate::BCEWithLogitsLoss).
    BCEWithLogitsLossOptions from(reduction: Reduction) {
        /// A weight for each element, which broadcasts to the shape of the input; by default none.
        weight(into): Option<Tensor> = None,
        /// How the elements are reduced; by default to their mean.
        reduction: Reduction = Reduction::Mean,
        /// The weight of the positive term, usually one number per class, which broadcasts to the shape of the input; by default none.
        pos_weight(into): Option<Tensor> = None,
    }
}

/// Computes `-(y ln x + (1 - y) ln(1 - x))` for probabilities `x`, where each logarithm is at least -100.
/// PyTorch: `nn.functional.binary_cross_entropy`.
///
/// Input and target have the same shape and the same floating-point dtype. The result is a scalar, or has their shape without a reduction.
/// For logits, use [`binary_cross_entropy_with_logits`], which is numerically stable for every value.
///
/// ```
/// use rushlight::nn::functional::{BCELossOptions, Reduction, binary_cross_entropy};
/// use rushlight::tensor;
/// let (p, y) = (tensor!([0.9, 0.2]), tensor!([1.0, 0.0]));
/// let loss = binary_cross_entropy(&p, &y, ())?;
/// assert!((loss.item::<f32>()? - 0.164252).abs() < 1e-6);
/// let options = BCELossOptions::new().weight(tensor!([1.0, 2.0])).reduction(Reduction::Sum);
/// let loss = binary_cross_entropy(&p, &y, options)?;
/// assert!((loss.item::<f32>()? - 0.551648).abs() < 1e-6);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if shapes or dtypes differ, the weight does not broadcast, or an element of the input is not in [0, 1]; a GPU reports
/// the last error when the result is read.
#[track_caller]
pub fn binary_cross_entropy(
    input: &Tensor,
    target: &Tensor,
    options: impl Into<BCELossOptions>,
) -> Result<Tensor> {
    bce(input, target, &options.into())
}

#[track_caller]
fn bce(input: &Tensor, target: &Tensor, options: &BCELossOptions) -> Result<Tensor> {
    const NAME: &str = "binary_cross_entropy";
    same_shape(NAME, input, target)?;
    if !input.dtype().is_float() || input.dtype() != target.dtype() {
        return Err(Error::dtype(format!(
            "{NAME}: input and target must have the same floating-point dtype, not {} and {}",
            input.dtype(),
            target.dtype()
        )));
    }
    let weight = options.weight.as_ref();
    if let Some(half) = Half::among([Some(input), Some(target), weight]) {
        let options = BCELossOptions {
            weight: half.widen_option(weight)?,
            ..options.clone()
        };
        return half.round(bce(&half.widen(input)?, &half.widen(target)?, &options)?);
    }
    input.check(Check::Probabilities)?;
    let mut loss = elementwise(input, target)?;
    if let Some(weight) = weight {
        loss = loss.mul(weight)?;
    }
    reduce(NAME, loss, options.reduction)
}

/// Computes `-(p y ln σ(x) + (1 - y) ln(1 - σ(x)))` for logits `x` and positive weights `p`, 1 by default, without overflow.
/// PyTorch: `nn.functional.binary_cross_entropy_with_logits`.
///
/// Input and target have the same shape, and at least one of them is floating-point. The result is a scalar, or has their shape without a
/// reduction.
///
/// ```
/// use rushlight::nn::functional::{BCEWithLogitsLossOptions, binary_cross_entropy_with_logits};
/// use rushlight::tensor;
/// let (x, y) = (tensor!([2.0, -1.0]), tensor!([1.0, 0.0]));
/// let loss = binary_cross_entropy_with_logits(&x, &y, ())?;
/// assert!((loss.item::<f32>()? - 0.220095).abs() < 1e-6);
/// let options = BCEWithLogitsLossOptions::new().pos_weight(tensor!(3.0));
/// let loss = binary_cross_entropy_with_logits(&x, &y, options)?;
/// assert!((loss.item::<f32>()? - 0.347023).abs() < 1e-6);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the shapes differ, neither tensor is floating-point, or a weight does not broadcast.
#[track_caller]
pub fn binary_cross_entropy_with_logits(
    input: &Tensor,
    target: &Tensor,
    options: impl Into<BCEWithLogitsLossOptions>,
) -> Result<Tensor> {
    bce_with_logits(input, target, &options.into())
}

#[track_caller]
fn bce_with_logits(
    input: &Tensor,
    target: &Tensor,
    options: &BCEWithLogitsLossOptions,
) -> Result<Tensor> {
    const NAME: &str = "binary_cross_entropy_with_logits";
    same_shape(NAME, input, target)?;
    floats(NAME, input, target)?;
    let (weight, pos_weight) = (options.weight.as_ref(), options.pos_weight.as_ref());
    if let Some(half) = Half::among([Some(input), Some(target), weight, pos_weight]) {
        let (input, target) = (half.widen(input)?, half.widen(target)?);
        let options = BCEWithLogitsLossOptions {
            weight: half.widen_option(weight)?,
            // The derivative of the form with weights is accurate where the loss is near 0.
            pos_weight: Some(match pos_weight {
                Some(p) => half.widen(p)?,
                None => input.new_ones(())?,
            }),
            ..*options
        };
        return half.round(bce_with_logits(&input, &target, &options)?);
    }
    let mut loss = match pos_weight {
        None => input.bce_with_logits(target)?,
        Some(p) => {
            let right = p.mul(target)?.mul(&input.log_sigmoid()?)?;
            let wrong = target.rsub(1)?.mul(&input.softplus()?)?;
            wrong.sub(&right)?
        }
    };
    if let Some(weight) = weight {
        loss = loss.mul(weight)?;
    }
    reduce(NAME, loss, options.reduction)
}

/// Computes `-(y ln x + (1 - y) ln(1 - x))`, where each logarithm is at least -100.
///
/// A composition of primitives would have the gradient 0·∞ at probabilities 0 and 1; this function has its own derivative, with a lower
/// bound on the divisor `x (1 - x)`.
struct BinaryCrossEntropy;

impl Function for BinaryCrossEntropy {
    fn forward(&self, ctx: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
        let (x, y) = (inputs[0], inputs[1]);
        let log = x.log()?.clamp_min(-100)?;
        let log_not = x.neg()?.log1p()?.clamp_min(-100)?;
        ctx.save(x);
        ctx.save(y);
        Ok(vec![y.sub(1)?.mul(&log_not)?.sub(&y.mul(&log)?)?])
    }

    fn backward(&self, ctx: &Context, grads: &[Tensor]) -> Result<Vec<Option<Tensor>>> {
        let [x, y] = ctx.saved() else {
            return Err(Error::autograd(
                "binary_cross_entropy: the saved values are missing",
            ));
        };
        let g = &grads[0];
        let variance = x.rsub(1)?.mul(x)?.clamp_min(1e-12)?;
        let dx = match ctx.needs_input_grad(0) {
            true => Some(g.mul(&x.sub(y)?.div(&variance)?)?),
            false => None,
        };
        let dy = match ctx.needs_input_grad(1) {
            true => Some(g.mul(&x.neg()?.log1p()?.sub(&x.log()?)?)?),
            false => None,
        };
        Ok(vec![dx, dy])
    }

    fn name(&self) -> &str {
        "binary_cross_entropy"
    }
}

#[track_caller]
fn elementwise(input: &Tensor, target: &Tensor) -> Result<Tensor> {
    match function(BinaryCrossEntropy, &[input, target])?.pop() {
        Some(loss) => Ok(loss),
        None => Err(Error::autograd("binary_cross_entropy: no result")),
    }
}
