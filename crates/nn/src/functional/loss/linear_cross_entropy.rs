//! The cross entropy of the logits of a linear layer.

use super::{CrossEntropyOptions, cross_entropy};
use rushlight_tensor::{Error, Half, Result, Tensor};

const NAME: &str = "linear_cross_entropy";

/// [`cross_entropy`] of the logits `x wᵀ + b`: `[batch, in]` or `[in]`, weight `[classes, in]`, bias `[classes]`.
///
/// A weight `[classes, *s, in]` and a bias `[classes, *s]` give logits `[batch, classes, *s]`, for targets `[batch, *s]`.
/// PyTorch: `nn.functional.linear_cross_entropy`, without its options for chunks.
///
/// ```
/// use rushlight_nn::functional::{CrossEntropyOptions, linear_cross_entropy};
/// use rushlight_tensor::{Tensor, tensor};
/// let (x, weight) = (Tensor::zeros([2, 3], ())?, Tensor::ones([4, 3], ())?);
/// let loss = linear_cross_entropy(&x, &weight, &tensor!([1, 3]), None, &CrossEntropyOptions::default())?;
/// assert!((loss.item::<f32>()? - 4f32.ln()).abs() < 1e-6);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[track_caller]
pub fn linear_cross_entropy(
    input: &Tensor,
    linear_weight: &Tensor,
    target: &Tensor,
    linear_bias: Option<&Tensor>,
    options: &CrossEntropyOptions<'_>,
) -> Result<Tensor> {
    let (x, w) = (input.shape(), linear_weight.shape());
    let (&[.., width], [places @ .., last]) = (x, w) else {
        return Err(Error::shape(format!(
            "{NAME}: expected an input [batch, in] and a weight [classes, in], got {x:?} and {w:?}"
        )));
    };
    let places_fit = places.len() == 1 || (places.len() > 1 && x.len() == 2);
    if x.len() > 2 || width != *last || !places_fit {
        return Err(Error::shape(format!(
            "{NAME}: expected an input [batch, in], or [in] for a weight [classes, in], and a weight [classes, .., in]; got {x:?} and {w:?}"
        )));
    }
    let flat: usize = places.iter().product();
    let bias = match linear_bias {
        Some(bias) if bias.numel() != flat => {
            return Err(Error::shape(format!(
                "{NAME}: for a weight {w:?} the bias must be {places:?}, not {:?}",
                bias.shape()
            )));
        }
        Some(bias) => Some(bias.reshape([flat])?),
        None => None,
    };
    let probable = target.dtype().is_float().then_some(target);
    let one_dtype = input.dtype() == linear_weight.dtype();
    if let Some(half) = Half::among([Some(input), probable, options.weight]).filter(|_| one_dtype) {
        let (input, weight) = (half.widen(input)?, half.widen(linear_weight)?);
        let (bias, target) = (half.widen_option(linear_bias)?, half.widen(target)?);
        let of_classes = half.widen_option(options.weight)?;
        let options = CrossEntropyOptions {
            weight: of_classes.as_ref(),
            ..options.clone()
        };
        let loss = linear_cross_entropy(&input, &weight, &target, bias.as_ref(), &options)?;
        return half.round(loss);
    }
    let logits = input.linear(&linear_weight.reshape([flat, width])?, bias.as_ref())?;
    let shape: Vec<usize> = x[..x.len() - 1].iter().chain(places).copied().collect();
    cross_entropy(&logits.reshape(shape)?, target, options)
}
