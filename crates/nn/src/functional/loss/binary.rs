//! Binary cross entropy and related losses.

use super::{Reduction, floats, reduce, same_shape};
use rushlight_autograd::{Context, Function, function};
use rushlight_tensor::{Check, Error, Half, Result, Tensor};

/// `-(y ln x + (1 - y) ln(1 - x))` for probabilities `x`, each logarithm at least -100; `weight` multiplies the elements.
///
/// For logits use [`binary_cross_entropy_with_logits`], which is stable for every value. What is not a probability is an error, on a GPU
/// when the result is read.
#[track_caller]
pub fn binary_cross_entropy(
    input: &Tensor,
    target: &Tensor,
    weight: Option<&Tensor>,
    reduction: Reduction,
) -> Result<Tensor> {
    same_shape("binary_cross_entropy", input, target)?;
    if !input.dtype().is_float() || input.dtype() != target.dtype() {
        return Err(Error::dtype(format!(
            "binary_cross_entropy: input and target must have one floating-point dtype, not {} and {}",
            input.dtype(),
            target.dtype()
        )));
    }
    if let Some(half) = Half::among([Some(input), Some(target), weight]) {
        let (input, target) = (half.widen(input)?, half.widen(target)?);
        let weight = half.widen_option(weight)?;
        return half.round(binary_cross_entropy(
            &input,
            &target,
            weight.as_ref(),
            reduction,
        )?);
    }
    input.check(Check::Probabilities)?;
    let mut loss = elementwise(input, target)?;
    if let Some(weight) = weight {
        loss = loss.mul(weight)?;
    }
    reduce("binary_cross_entropy", loss, reduction)
}

/// `-(p y ln σ(x) + (1 - y) ln(1 - σ(x)))` for logits `x`, without overflow; `weight` multiplies the elements, and `pos_weight` (`p`, which
/// broadcasts over the classes) the positive ones.
#[track_caller]
pub fn binary_cross_entropy_with_logits(
    input: &Tensor,
    target: &Tensor,
    weight: Option<&Tensor>,
    pos_weight: Option<&Tensor>,
    reduction: Reduction,
) -> Result<Tensor> {
    same_shape("binary_cross_entropy_with_logits", input, target)?;
    floats("binary_cross_entropy_with_logits", input, target)?;
    if let Some(half) = Half::among([Some(input), Some(target), weight, pos_weight]) {
        let (input, target) = (half.widen(input)?, half.widen(target)?);
        let weight = half.widen_option(weight)?;
        // The form with weights has a derivative that keeps its digits where the loss is near 0.
        let pos_weight = match pos_weight {
            Some(p) => half.widen(p)?,
            None => input.new_ones(())?,
        };
        return half.round(binary_cross_entropy_with_logits(
            &input,
            &target,
            weight.as_ref(),
            Some(&pos_weight),
            reduction,
        )?);
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
    reduce("binary_cross_entropy_with_logits", loss, reduction)
}

/// `-(y ln x + (1 - y) ln(1 - x))`, each logarithm at least -100.
///
/// Composed from primitives its gradient would be 0·∞ at probabilities 0 and 1; so it has its own, bounded by a floor under `x (1 - x)`.
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
                "binary_cross_entropy: the saved values are gone",
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
