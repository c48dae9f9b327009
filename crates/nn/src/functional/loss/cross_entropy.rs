//! Cross entropy of logits.

use super::classes::{class_dim, class_targets, pick};
use super::{Reduction, reduce};
use rushlight_tensor::backend::Fused;
use rushlight_tensor::{Error, Half, Result, Tensor, apply_if_fused, options};

const NAME: &str = "cross_entropy";

options! {
    /// Options of [`cross_entropy`] and of [`CrossEntropyLoss`](crate::CrossEntropyLoss).
    CrossEntropyLossOptions from(reduction: Reduction) {
        /// A weight for each class, `[classes]`; by default none.
        weight(into): Option<Tensor> = None,
        /// Targets of this class have a loss of 0 and are excluded from the mean; by default -100. For targets of class indices only.
        ignore_index: i64 = -100,
        /// How the samples' losses are reduced; by default to their mean, which divides by the sum of the weights of the target classes if
        /// there are weights and the targets are class indices.
        reduction: Reduction = Reduction::Mean,
        /// The share of each target, in [0, 1], that is distributed evenly over all classes; by default 0.
        label_smoothing: f64 = 0.0,
    }
}

/// Computes `-w_y ln softmax(x)_y` for logits `x` and class indices `y`, or `-Σ_c w_c y_c ln softmax(x)_c` for a target of probabilities.
/// PyTorch: `nn.functional.cross_entropy`.
///
/// Logits are floating-point, `[batch, classes, ..]` or `[classes]`. Class indices are integers, `[batch, ..]` or `[]`; a floating-point
/// target has the shape of the logits and holds probabilities. With `label_smoothing` `ε`, the target is `(1 - ε) y + ε / classes`. The
/// result is a scalar, or `[batch, ..]` or `[]` without a reduction.
///
/// ```
/// use rushlight::nn::functional::{CrossEntropyLossOptions, cross_entropy};
/// use rushlight::tensor;
/// let logits = tensor!([[1.5, 0.3, -0.5], [0.2, 2.3, 0.5]]);
/// let (classes, probabilities) = (tensor!([0, 1]), tensor!([[0.7, 0.2, 0.1], [0.0, 1.0, 0.0]]));
/// let options = CrossEntropyLossOptions::new();
/// let weighted = options.clone().weight(tensor!([1.0, 2.0, 1.0]));
/// for (loss, expected) in [
///     (cross_entropy(&logits, &classes, ())?, 0.307565),
///     (cross_entropy(&logits, &classes, options.label_smoothing(0.1))?, 0.425899),
///     (cross_entropy(&logits, &classes, weighted)?, 0.289344),
///     (cross_entropy(&logits, &probabilities, ())?, 0.527565),
/// ] {
///     assert!((loss.item::<f32>()? - expected).abs() < 1e-6);
/// }
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if shapes or dtypes do not match, `label_smoothing` is not in [0, 1], `ignore_index` is set for a target of
/// probabilities, or a class index is out of range; a GPU reports the last error when the result is read.
#[track_caller]
pub fn cross_entropy(
    input: &Tensor,
    target: &Tensor,
    options: impl Into<CrossEntropyLossOptions>,
) -> Result<Tensor> {
    entropy(input, target, &options.into())
}

#[track_caller]
fn entropy(input: &Tensor, target: &Tensor, options: &CrossEntropyLossOptions) -> Result<Tensor> {
    let smoothing = options.label_smoothing;
    if !(0.0..=1.0).contains(&smoothing) {
        return Err(Error::value(format!(
            "{NAME}: label_smoothing must be in [0, 1], not {smoothing}"
        )));
    }
    let weight = options.weight.as_ref();
    let dim = class_dim(NAME, input, weight)?;
    let soft = target.dtype().is_float();
    if soft && options.ignore_index >= 0 {
        return Err(Error::value(format!(
            "{NAME}: ignore_index {} is for targets of class indices, but this target holds probabilities",
            options.ignore_index
        )));
    }
    if soft && input.shape() != target.shape() {
        return Err(Error::shape(format!(
            "{NAME}: a target of dtype {} holds the probabilities of all classes and must have the input's shape {:?}, not {:?}; class indices must be int64",
            target.dtype(),
            input.shape(),
            target.shape()
        )));
    }
    let probable = soft.then_some(target);
    if let Some(half) = Half::among([Some(input), probable, weight]) {
        let options = CrossEntropyLossOptions {
            weight: half.widen_option(weight)?,
            ..*options
        };
        return half.round(entropy(
            &half.widen(input)?,
            &half.widen(target)?,
            &options,
        )?);
    }
    let plain = weight.is_none() && smoothing == 0.0 && input.ndim() == 2;
    if plain
        && !soft
        && let Some(loss) = rows(input, target, options)?
    {
        return Ok(loss);
    }
    let log_p = input.log_softmax(dim)?;
    if soft {
        return probabilities(&log_p, target, dim, options);
    }
    let classes = input.size(dim)? as f64;
    let picked = pick(NAME, &log_p, target, weight, options.ignore_index)?;
    let sharp = picked.reduce(NAME, &picked.loss, options.reduction)?;
    if smoothing == 0.0 {
        return Ok(sharp);
    }
    let spread = match weight {
        Some(w) => log_p.mul(&along(w, input, dim)?)?,
        None => log_p,
    };
    let spread = picked.without_ignored(spread.sum_dim(dim, false)?.neg()?)?;
    let spread = picked.reduce(NAME, &spread, options.reduction)?;
    sharp
        .mul(1.0 - smoothing)?
        .add(&spread.mul(smoothing / classes)?)
}

/// Computes the loss of logits `[batch, classes]` and class indices without weights, if the device has a kernel for it.
#[track_caller]
fn rows(
    input: &Tensor,
    target: &Tensor,
    options: &CrossEntropyLossOptions,
) -> Result<Option<Tensor>> {
    let target = class_targets(NAME, input, target)?;
    let ignore = options.ignore_index;
    let Some(loss) = apply_if_fused(Fused::CrossEntropy { ignore }, &[input, &target])? else {
        return Ok(None);
    };
    match options.reduction {
        Reduction::Mean => loss.sum()?.div(&target.ne(ignore)?.sum()?),
        reduction => reduce(NAME, loss, reduction),
    }
    .map(Some)
}

#[track_caller]
fn probabilities(
    log_p: &Tensor,
    target: &Tensor,
    dim: isize,
    options: &CrossEntropyLossOptions,
) -> Result<Tensor> {
    let classes = log_p.size(dim)?;
    let smoothing = options.label_smoothing;
    let target = match smoothing > 0.0 {
        true => target
            .mul(1.0 - smoothing)?
            .add(smoothing / classes as f64)?,
        false => target.clone(),
    };
    let mut loss = log_p.mul(&target)?;
    if let Some(w) = &options.weight {
        loss = loss.mul(&along(w, log_p, dim)?)?;
    }
    let loss = loss.sum_dim(dim, false)?.neg()?;
    match options.reduction {
        Reduction::Mean => loss.sum()?.div(loss.numel() as f64),
        reduction => reduce(NAME, loss, reduction),
    }
}

/// A vector of class weights, reshaped to broadcast along the class dimension of `x`.
#[track_caller]
fn along(weight: &Tensor, x: &Tensor, dim: isize) -> Result<Tensor> {
    let mut shape = vec![1; x.ndim()];
    shape[dim as usize] = weight.numel();
    weight.reshape(shape)
}
