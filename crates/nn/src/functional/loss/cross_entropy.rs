//! Cross entropy and negative log-likelihood for class targets.

use super::{Reduction, reduce};
use rushlight_tensor::backend::{Fused, IndexRole};
use rushlight_tensor::{Category, Error, Half, Result, Tensor, apply_if_fused};

/// What [`cross_entropy`] and [`nll_loss`] take besides input and target.
#[derive(Clone, Debug)]
pub struct CrossEntropyOptions<'a> {
    /// A weight for each class.
    pub weight: Option<&'a Tensor>,
    /// Samples of this target class do not count.
    pub ignore_index: i64,
    /// How much of each target is spread evenly over all classes; not for [`nll_loss`].
    pub label_smoothing: f64,
    /// The mean divides by the sum of the samples' class weights.
    pub reduction: Reduction,
}

/// PyTorch's defaults: no weight, -100, 0, the mean.
impl Default for CrossEntropyOptions<'_> {
    fn default() -> Self {
        CrossEntropyOptions {
            weight: None,
            ignore_index: -100,
            label_smoothing: 0.0,
            reduction: Reduction::Mean,
        }
    }
}

/// `-ln softmax(x)[y]` for logits `[batch, classes, ..]` and targets `[batch, ..]` of class numbers, or for logits `[classes]` and `[]`.
///
/// A floating-point target of the input's shape holds probabilities: `-Σ y ln softmax(x)`. Then no class can be ignored.
///
/// ```
/// use rushlight_nn::functional::{CrossEntropyOptions, cross_entropy};
/// use rushlight_tensor::tensor;
/// let logits = tensor!([[1.5, 0.3, -0.5], [0.2, 2.3, 0.5]]);
/// let loss = cross_entropy(&logits, &tensor!([0, 1]), &CrossEntropyOptions::default())?;
/// assert!((loss.item::<f32>()? - 0.307565).abs() < 1e-4);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[track_caller]
pub fn cross_entropy(
    input: &Tensor,
    target: &Tensor,
    options: &CrossEntropyOptions<'_>,
) -> Result<Tensor> {
    let smoothing = options.label_smoothing;
    if !(0.0..=1.0).contains(&smoothing) {
        return Err(Error::value(format!(
            "cross_entropy: label_smoothing lies in [0, 1], not {smoothing}"
        )));
    }
    let dim = class_dim("cross_entropy", input, options.weight)?;
    let soft = target.dtype().is_float();
    if soft && options.ignore_index >= 0 {
        return Err(Error::value(format!(
            "cross_entropy: ignore_index {} is for targets of class numbers; this one holds probabilities",
            options.ignore_index
        )));
    }
    if soft && input.shape() != target.shape() {
        return Err(Error::shape(format!(
            "cross_entropy: a target of {} holds the probabilities of all classes and has the input's shape {:?}, this one has {:?}; class numbers must be int64",
            target.dtype(),
            input.shape(),
            target.shape()
        )));
    }
    let probable = soft.then_some(target);
    if let Some(half) = Half::among([Some(input), probable, options.weight]) {
        let (input, target) = (half.widen(input)?, half.widen(target)?);
        let weight = half.widen_option(options.weight)?;
        let options = CrossEntropyOptions {
            weight: weight.as_ref(),
            ..options.clone()
        };
        return half.round(cross_entropy(&input, &target, &options)?);
    }
    let plain = options.weight.is_none() && smoothing == 0.0 && input.ndim() == 2;
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
    let sharp = pick("cross_entropy", &log_p, target, options)?;
    let Picked {
        loss,
        ignored,
        weight,
    } = &sharp;
    if smoothing == 0.0 {
        return finish(
            "cross_entropy",
            loss,
            weight.as_ref(),
            ignored.as_ref(),
            options.reduction,
        );
    }
    let spread = match options.weight {
        Some(w) => log_p.mul(&along(w, input, dim)?)?,
        None => log_p,
    };
    let mut spread = spread.sum_dim(dim, false)?.neg()?;
    if let Some(ignored) = ignored {
        spread = spread.masked_fill(ignored, 0)?;
    }
    let sharp = finish(
        "cross_entropy",
        loss,
        weight.as_ref(),
        ignored.as_ref(),
        options.reduction,
    )?;
    let spread = finish(
        "cross_entropy",
        &spread,
        weight.as_ref(),
        ignored.as_ref(),
        options.reduction,
    )?;
    sharp
        .mul(1.0 - smoothing)?
        .add(&spread.mul(smoothing / classes)?)
}

/// Logits `[batch, classes]` and class numbers, without weights, where the device has a kernel for them.
#[track_caller]
fn rows(
    input: &Tensor,
    target: &Tensor,
    options: &CrossEntropyOptions<'_>,
) -> Result<Option<Tensor>> {
    let target = class_targets("cross_entropy", input, target)?;
    let ignore = options.ignore_index;
    let Some(loss) = apply_if_fused(Fused::CrossEntropy { ignore }, &[input, &target])? else {
        return Ok(None);
    };
    match options.reduction {
        Reduction::Mean => loss.sum()?.div(&target.ne(ignore)?.sum()?),
        reduction => reduce("cross_entropy", loss, reduction),
    }
    .map(Some)
}

#[track_caller]
fn probabilities(
    log_p: &Tensor,
    target: &Tensor,
    dim: isize,
    options: &CrossEntropyOptions<'_>,
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
    if let Some(w) = options.weight {
        loss = loss.mul(&along(w, log_p, dim)?)?;
    }
    let loss = loss.sum_dim(dim, false)?.neg()?;
    match options.reduction {
        Reduction::Mean => loss.sum()?.div(loss.numel() as f64),
        reduction => reduce("cross_entropy", loss, reduction),
    }
}

/// `-x[y]` for log-probabilities `[batch, classes, ..]` and targets `[batch, ..]` of class numbers, or for `[classes]` and `[]`.
#[track_caller]
pub fn nll_loss(
    input: &Tensor,
    target: &Tensor,
    options: &CrossEntropyOptions<'_>,
) -> Result<Tensor> {
    class_dim("nll_loss", input, options.weight)?;
    if let Some(half) = Half::among([Some(input), options.weight]) {
        let weight = half.widen_option(options.weight)?;
        let options = CrossEntropyOptions {
            weight: weight.as_ref(),
            ..options.clone()
        };
        return half.round(nll_loss(&half.widen(input)?, target, &options)?);
    }
    let Picked {
        loss,
        ignored,
        weight,
    } = pick("nll_loss", input, target, options)?;
    finish(
        "nll_loss",
        &loss,
        weight.as_ref(),
        ignored.as_ref(),
        options.reduction,
    )
}

/// The negated element of each target class, 0 where ignored; which targets are ignored, if any; and the samples' weights.
struct Picked {
    loss: Tensor,
    ignored: Option<Tensor>,
    weight: Option<Tensor>,
}

#[track_caller]
fn pick(
    name: &'static str,
    log_p: &Tensor,
    target: &Tensor,
    options: &CrossEntropyOptions<'_>,
) -> Result<Picked> {
    let (classes, ignored) = class_numbers(name, log_p, target, Some(options.ignore_index))?;
    let dim = if log_p.ndim() == 1 { 0 } else { 1 };
    let _role = IndexRole::targets(name).enter();
    let mut loss = log_p
        .gather(dim, &classes.unsqueeze(dim)?)?
        .squeeze_dim(dim)?
        .neg()?;
    let mut weight = None;
    if let Some(w) = options.weight {
        let mut of_sample = w
            .index_select(0, &classes.reshape(-1)?)?
            .reshape(classes.shape())?;
        if let Some(mask) = &ignored {
            of_sample = of_sample.masked_fill(mask, 0)?;
        }
        loss = loss.mul(&of_sample)?;
        weight = Some(of_sample);
    }
    if let Some(mask) = &ignored {
        loss = loss.masked_fill(mask, 0)?;
    }
    Ok(Picked {
        loss,
        ignored,
        weight,
    })
}

/// The target's class numbers as `int64`, the ignored ones replaced by 0, and which those are, if any.
#[track_caller]
pub(super) fn class_numbers(
    name: &str,
    input: &Tensor,
    target: &Tensor,
    ignore_index: Option<i64>,
) -> Result<(Tensor, Option<Tensor>)> {
    let target = class_targets(name, input, target)?;
    let classes = input.shape()[if input.ndim() == 1 { 0 } else { 1 }];
    // Where a look at the numbers would wait for the device, the gather itself stays in bounds.
    let mut may_ignore = ignore_index.is_some();
    if target.device().reads_at_once() {
        may_ignore = false;
        for class in target.to_vec::<i64>()? {
            if Some(class) == ignore_index {
                may_ignore = true;
            } else if !(0..classes as i64).contains(&class) {
                return Err(Error::index(format!(
                    "{name}: target {class} is out of range for {classes} classes"
                )));
            }
        }
    }
    match ignore_index {
        Some(ignore) if may_ignore => {
            let ignored = target.eq(ignore)?;
            Ok((target.masked_fill(&ignored, 0)?, Some(ignored)))
        }
        _ => Ok((target, None)),
    }
}

/// The target as `int64`, once it is of integers and fits the input.
#[track_caller]
fn class_targets(name: &str, input: &Tensor, target: &Tensor) -> Result<Tensor> {
    let mut expected = input.shape().to_vec();
    let classes = expected.remove(if input.ndim() == 1 { 0 } else { 1 });
    if target.shape() != expected {
        return Err(Error::shape(format!(
            "{name}: for an input of shape {:?} with {classes} classes the target must have shape {expected:?}, not {:?}",
            input.shape(),
            target.shape()
        )));
    }
    if target.dtype().category() != Category::Int {
        return Err(Error::dtype(format!(
            "{name}: class numbers must be int64 (or another integer dtype), not {}",
            target.dtype()
        )));
    }
    target.long()
}

/// Reduces a loss of samples; the mean is over their weights, or over those that are not ignored.
#[track_caller]
fn finish(
    name: &str,
    loss: &Tensor,
    weight: Option<&Tensor>,
    ignored: Option<&Tensor>,
    reduction: Reduction,
) -> Result<Tensor> {
    match (reduction, weight, ignored) {
        (Reduction::Mean, Some(weight), _) => loss.sum()?.div(&weight.sum()?),
        (Reduction::Mean, None, Some(ignored)) => loss.sum()?.div(&ignored.logical_not()?.sum()?),
        _ => reduce(name, loss.clone(), reduction),
    }
}

/// Which dimension holds the classes, once shapes and weights are checked.
#[track_caller]
pub(super) fn class_dim(name: &str, input: &Tensor, weight: Option<&Tensor>) -> Result<isize> {
    if input.ndim() == 0 {
        return Err(Error::shape(format!(
            "{name}: the input needs a dimension of classes, it is a scalar"
        )));
    }
    let dim = if input.ndim() == 1 { 0 } else { 1 };
    let classes = input.shape()[dim];
    if let Some(w) = weight
        && w.shape() != [classes]
    {
        return Err(Error::shape(format!(
            "{name}: the weight has shape {:?}, but there are {classes} classes",
            w.shape()
        )));
    }
    Ok(dim as isize)
}

/// A vector of class weights, shaped to broadcast along the class dimension of `x`.
#[track_caller]
fn along(weight: &Tensor, x: &Tensor, dim: isize) -> Result<Tensor> {
    let mut shape = vec![1; x.ndim()];
    shape[dim as usize] = weight.numel();
    weight.reshape(shape)
}
