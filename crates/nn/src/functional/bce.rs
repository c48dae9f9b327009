//! The binary cross-entropy of probabilities, element by element, with PyTorch's guard against logarithms of 0.

use rushlight_autograd::{Context, Function, function};
use rushlight_tensor::{Error, Result, Tensor};

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
            true => Some(
                g.mul(
                    &x.neg()?
                        .log1p()?
                        .clamp_min(-100)?
                        .sub(&x.log()?.clamp_min(-100)?)?,
                )?,
            ),
            false => None,
        };
        Ok(vec![dx, dy])
    }

    fn name(&self) -> &str {
        "binary_cross_entropy"
    }
}

#[track_caller]
pub(super) fn elementwise(input: &Tensor, target: &Tensor) -> Result<Tensor> {
    match function(BinaryCrossEntropy, &[input, target])?.pop() {
        Some(loss) => Ok(loss),
        None => Err(Error::autograd("binary_cross_entropy: no result")),
    }
}
