//! Cross entropy of the logits of a linear layer.

use super::{CrossEntropyLossOptions, Reduction, cross_entropy};
use rushlight_tensor::{Error, Half, Result, Tensor, options};

const NAME: &str = "linear_cross_entropy";

options! {
    /// Options of [`linear_cross_entropy`] and of [`LinearCrossEntropyLoss`](crate::LinearCrossEntropyLoss).
    LinearCrossEntropyLossOptions from(reduction: Reduction) {
        /// The shape of the positions of a sample, each of which has a class; by default none, and the sample has one class. The function
        /// derives it from its weight.
        out_features(into): Vec<usize> = Vec::new(),
        /// Whether the linear layer has a bias; by default false. The function takes the bias as an argument.
        bias: bool = false,
        /// How the samples' losses are reduced; by default to their mean, as in [`cross_entropy`].
        reduction: Reduction = Reduction::Mean,
        /// A weight for each class, `[classes]`; by default none.
        weight(into): Option<Tensor> = None,
        /// Targets of this class have a loss of 0 and are excluded from the mean; by default -100 for targets of class indices. Not
        /// supported for targets of probabilities.
        ignore_index(into): Option<i64> = None,
        /// The share of each target, in [0, 1], that is distributed evenly over all classes; by default 0.
        label_smoothing: f64 = 0.0,
    }
    parameters
}

/// Computes the [`cross_entropy`] of the logits `x wᵀ + b`. PyTorch: `nn.functional.linear_cross_entropy`, without its options for chunks.
///
/// An input `[batch, in]` or `[in]`, a weight `[classes, in]` and a bias `[classes]` produce logits `[batch, classes]` or `[classes]`. A
/// weight `[classes, *s, in]` and a bias `[classes, *s]` produce logits `[batch, classes, *s]`, for targets `[batch, *s]` of class indices.
/// All are floating-point. The result is a scalar, or has the target's shape without a reduction.
///
/// ```
/// use rushlight::nn::functional::linear_cross_entropy;
/// use rushlight::{Tensor, tensor};
/// let (x, weight) = (Tensor::zeros([2, 3], ())?, Tensor::ones([4, 3], ())?);
/// let loss = linear_cross_entropy(&x, &weight, &tensor!([1, 3]), None, ())?;
/// assert!((loss.item::<f32>()? - 4f32.ln()).abs() < 1e-6);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if shapes or dtypes do not match, the options contradict the weight or the bias or have a dtype or a device,
/// `ignore_index` is set for a target of probabilities, or [`cross_entropy`] fails.
#[track_caller]
pub fn linear_cross_entropy(
    input: &Tensor,
    linear_weight: &Tensor,
    target: &Tensor,
    linear_bias: Option<&Tensor>,
    options: impl Into<LinearCrossEntropyLossOptions>,
) -> Result<Tensor> {
    let options = options.into();
    options.fits_function(linear_weight, linear_bias)?;
    entropy(
        input,
        linear_weight,
        target,
        linear_bias,
        &options.of_cross_entropy(target)?,
    )
}

#[track_caller]
fn entropy(
    input: &Tensor,
    linear_weight: &Tensor,
    target: &Tensor,
    linear_bias: Option<&Tensor>,
    options: &CrossEntropyLossOptions,
) -> Result<Tensor> {
    let (x, w) = (input.shape(), linear_weight.shape());
    let (&[.., width], [outer @ .., last]) = (x, w) else {
        return Err(Error::shape(format!(
            "{NAME}: expected an input [batch, in] and a weight [classes, in], got {x:?} and {w:?}"
        )));
    };
    let outer_fits = outer.len() == 1 || (outer.len() > 1 && x.len() == 2);
    if x.len() > 2 || width != *last || !outer_fits {
        return Err(Error::shape(format!(
            "{NAME}: expected an input [batch, in], or [in] for a weight [classes, in], and a weight [classes, .., in]; got {x:?} and {w:?}"
        )));
    }
    let flat: usize = outer.iter().product();
    let bias = match linear_bias {
        Some(bias) if bias.shape() != outer => {
            return Err(Error::shape(format!(
                "{NAME}: for a weight {w:?} the bias must be {outer:?}, not {:?}",
                bias.shape()
            )));
        }
        Some(bias) => Some(bias.reshape([flat])?),
        None => None,
    };
    let probable = target.dtype().is_float().then_some(target);
    let one_dtype = input.dtype() == linear_weight.dtype();
    let of_classes = options.weight.as_ref();
    if let Some(half) = Half::among([Some(input), probable, of_classes]).filter(|_| one_dtype) {
        let (input, weight) = (half.widen(input)?, half.widen(linear_weight)?);
        let (bias, target) = (half.widen_option(linear_bias)?, half.widen(target)?);
        let options = CrossEntropyLossOptions {
            weight: half.widen_option(of_classes)?,
            ..*options
        };
        return half.round(entropy(&input, &weight, &target, bias.as_ref(), &options)?);
    }
    let logits = input.linear(&linear_weight.reshape([flat, width])?, bias.as_ref())?;
    let shape: Vec<usize> = x[..x.len() - 1].iter().chain(outer).copied().collect();
    cross_entropy(&logits.reshape(shape)?, target, options)
}

impl LinearCrossEntropyLossOptions {
    /// Rejects options that the function does not support, or that contradict its arguments.
    #[track_caller]
    fn fits_function(&self, weight: &Tensor, bias: Option<&Tensor>) -> Result<()> {
        self.no_parameters(NAME)?;
        if self.bias && bias.is_none() {
            return Err(Error::value(format!(
                "{NAME}: the options set a bias, but no bias is given"
            )));
        }
        let w = weight.shape();
        let fits = w.len() == self.out_features.len() + 2 && w[1..w.len() - 1] == self.out_features;
        match self.out_features.is_empty() || fits {
            true => Ok(()),
            false => Err(Error::shape(format!(
                "{NAME}: with out_features {:?} the weight must be [classes, .., in] with these sizes in the middle, not {w:?}",
                self.out_features
            ))),
        }
    }

    /// The options of [`cross_entropy`].
    #[track_caller]
    fn of_cross_entropy(self, target: &Tensor) -> Result<CrossEntropyLossOptions> {
        if self.ignore_index.is_some() && target.dtype().is_float() {
            return Err(Error::value(format!(
                "{NAME}: ignore_index is not supported for targets of probabilities"
            )));
        }
        Ok(CrossEntropyLossOptions {
            weight: self.weight,
            ignore_index: self.ignore_index.unwrap_or(-100),
            reduction: self.reduction,
            label_smoothing: self.label_smoothing,
        })
    }
}
