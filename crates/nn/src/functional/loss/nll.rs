//! Negative log-likelihood of class indices.

use super::Reduction;
use super::classes::{class_dim, pick};
use rushlight_tensor::{Half, Result, Tensor, options};

options! {
    /// Options of [`nll_loss`] and of [`NLLLoss`](crate::NLLLoss).
    NLLLossOptions from(reduction: Reduction) {
        /// A weight for each class, `[classes]`; by default none.
        weight(into): Option<Tensor> = None,
        /// Targets of this class have a loss of 0 and are excluded from the mean; by default -100.
        ignore_index: i64 = -100,
        /// How the samples' losses are reduced; by default to their mean, which divides by the sum of the weights of the target classes if
        /// there are any.
        reduction: Reduction = Reduction::Mean,
    }
}

/// Computes `-w_y x_y` for log-probabilities `x` and class indices `y`. PyTorch: `nn.functional.nll_loss`.
///
/// Log-probabilities are floating-point, `[batch, classes, ..]` or `[classes]`; class indices are integers, `[batch, ..]` or `[]`. The
/// result is a scalar, or has the target's shape without a reduction.
///
/// ```
/// use rushlight::nn::functional::{NLLLossOptions, nll_loss};
/// use rushlight::tensor;
/// let log_probs = tensor!([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]]).log()?;
/// let loss = nll_loss(&log_probs, &tensor!([0, 1]), ())?;
/// assert!((loss.item::<f32>()? - 0.458145).abs() < 1e-6);
/// let weighted = NLLLossOptions::new().weight(tensor!([1.0, 3.0, 1.0]));
/// let loss = nll_loss(&log_probs, &tensor!([0, 1]), weighted)?;
/// assert!((loss.item::<f32>()? - 0.340644).abs() < 1e-6);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if shapes or dtypes do not match, or a class index is out of range; a GPU reports the last error when the result is
/// read.
#[track_caller]
pub fn nll_loss(
    input: &Tensor,
    target: &Tensor,
    options: impl Into<NLLLossOptions>,
) -> Result<Tensor> {
    nll(input, target, &options.into())
}

#[track_caller]
fn nll(input: &Tensor, target: &Tensor, options: &NLLLossOptions) -> Result<Tensor> {
    const NAME: &str = "nll_loss";
    let weight = options.weight.as_ref();
    class_dim(NAME, input, weight)?;
    if let Some(half) = Half::among([Some(input), weight]) {
        let options = NLLLossOptions {
            weight: half.widen_option(weight)?,
            ..*options
        };
        return half.round(nll(&half.widen(input)?, target, &options)?);
    }
    let picked = pick(NAME, input, target, weight, options.ignore_index)?;
    picked.reduce(NAME, &picked.loss, options.reduction)
}
