//! Margin losses.

use super::classes::{class_dim, class_numbers};
use super::{Reduction, floats, reduce, same_shape, target_broadcasts};
use rushlight_tensor::backend::IndexRole;
use rushlight_tensor::{Category, DType, Error, Half, Result, Tensor, options};

options! {
    /// Options of [`multi_margin_loss`] and of [`MultiMarginLoss`](crate::MultiMarginLoss).
    MultiMarginLossOptions from(reduction: Reduction) {
        /// The exponent of each violation, 1 or 2; by default 1.
        p: usize = 1,
        /// The amount by which the input of the target class should exceed the others; by default 1.
        margin: f64 = 1.0,
        /// A weight for each class, `[classes]`, which multiplies the losses of its samples; by default none.
        weight(into): Option<Tensor> = None,
        /// How the samples' losses are reduced; by default to their mean.
        reduction: Reduction = Reduction::Mean,
    }
}

options! {
    /// Options of [`multilabel_margin_loss`] and of [`MultiLabelMarginLoss`](crate::MultiLabelMarginLoss).
    MultiLabelMarginLossOptions from(reduction: Reduction) {
        /// How the samples' losses are reduced; by default to their mean.
        reduction: Reduction = Reduction::Mean,
    }
}

options! {
    /// Options of [`multilabel_soft_margin_loss`] and of [`MultiLabelSoftMarginLoss`](crate::MultiLabelSoftMarginLoss).
    MultiLabelSoftMarginLossOptions from(reduction: Reduction) {
        /// A weight for the terms of each class, usually `[classes]`, which broadcasts; by default none.
        weight(into): Option<Tensor> = None,
        /// How the samples' losses are reduced; by default to their mean.
        reduction: Reduction = Reduction::Mean,
    }
}

options! {
    /// Options of [`soft_margin_loss`] and of [`SoftMarginLoss`](crate::SoftMarginLoss).
    SoftMarginLossOptions from(reduction: Reduction) {
        /// How the elements are reduced; by default to their mean.
        reduction: Reduction = Reduction::Mean,
    }
}

/// Computes `Σ_{j ≠ y} max(0, margin - x_y + x_j)ᵖ / classes`, times the weight of class `y`. PyTorch: `nn.functional.multi_margin_loss`.
///
/// The input is floating-point, `[batch, classes]` with an integer target `[batch]`, or `[classes]` with `[]`. The result is a scalar, or
/// has the target's shape without a reduction.
///
/// ```
/// use rushlight::nn::functional::{MultiMarginLossOptions, multi_margin_loss};
/// use rushlight::tensor;
/// let (x, y) = (tensor!([[0.1, 0.2, 0.4, 0.8]]), tensor!([3]));
/// let loss = multi_margin_loss(&x, &y, ())?;
/// assert!((loss.item::<f32>()? - 0.325).abs() < 1e-6);
/// let loss = multi_margin_loss(&x, &y, MultiMarginLossOptions::new().p(2))?;
/// assert!((loss.item::<f32>()? - 0.1525).abs() < 1e-6);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if `p` is neither 1 nor 2, shapes or dtypes do not match, there are no classes, or a target is out of range; a GPU
/// reports the last error when the result is read.
#[track_caller]
pub fn multi_margin_loss(
    input: &Tensor,
    target: &Tensor,
    options: impl Into<MultiMarginLossOptions>,
) -> Result<Tensor> {
    multi_margin(input, target, &options.into())
}

#[track_caller]
fn multi_margin(
    input: &Tensor,
    target: &Tensor,
    options: &MultiMarginLossOptions,
) -> Result<Tensor> {
    const NAME: &str = "multi_margin_loss";
    let &MultiMarginLossOptions { p, margin, .. } = options;
    let weight = options.weight.as_ref();
    if p != 1 && p != 2 {
        return Err(Error::value(format!("{NAME}: p must be 1 or 2, not {p}")));
    }
    has_classes(NAME, input)?;
    // A scalar is treated as a sample of one class.
    let input = match input.ndim() {
        0 => &input.reshape(1)?,
        _ => input,
    };
    let dim = class_dim(NAME, input, weight)?;
    let target = match (input.ndim(), target.shape()) {
        (1, [1]) => &target.reshape(())?,
        _ => target,
    };
    floats(NAME, input, input)?;
    if let Some(half) = Half::among([Some(input), weight]) {
        let options = MultiMarginLossOptions {
            weight: half.widen_option(weight)?,
            ..*options
        };
        return half.round(multi_margin(&half.widen(input)?, target, &options)?);
    }
    let (classes, _) = class_numbers(NAME, input, target, None)?;
    let own = classes.unsqueeze(dim)?;
    let _role = IndexRole::targets(NAME).enter();
    let violation = input
        .sub(&input.gather(dim, &own)?)?
        .add(margin)?
        .clamp_min(0)?;
    let violation = if p == 2 {
        violation.square()?
    } else {
        violation
    };
    // The target's own term is the constant `margin` to the power p, and is excluded.
    let others = violation.scatter(dim, &own, &violation.new_zeros(own.shape())?)?;
    let mut loss = others.sum_dim(dim, false)?.div(input.size(dim)? as f64)?;
    if let Some(weight) = weight {
        loss = loss.mul(
            &weight
                .index_select(0, &classes.reshape(-1)?)?
                .reshape(classes.shape())?,
        )?;
    }
    reduce(NAME, loss, options.reduction)
}

/// Computes `Σ_{i not in y, j in y} max(0, 1 - (x_j - x_i)) / classes`: every class of the target should exceed every other class by 1.
/// PyTorch: `nn.functional.multilabel_margin_loss`.
///
/// The input is floating-point, `[batch, classes]` or `[classes]`; the integer target has the same shape, and each of its rows starts with
/// its classes, up to the first -1. The result is a scalar, or `[batch]` without a reduction.
///
/// ```
/// use rushlight::nn::functional::multilabel_margin_loss;
/// use rushlight::tensor;
/// let loss = multilabel_margin_loss(&tensor!([0.1, 0.2, 0.4, 0.8]), &tensor!([3, 0, -1, 1]), ())?;
/// assert!((loss.item::<f32>()? - 0.85).abs() < 1e-6);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if shapes or dtypes do not match, there are no classes, or a class is out of range; a GPU reports the last error when
/// the result is read.
#[track_caller]
pub fn multilabel_margin_loss(
    input: &Tensor,
    target: &Tensor,
    options: impl Into<MultiLabelMarginLossOptions>,
) -> Result<Tensor> {
    multilabel_margin(input, target, options.into().reduction)
}

#[track_caller]
fn multilabel_margin(input: &Tensor, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
    const NAME: &str = "multilabel_margin_loss";
    same_shape(NAME, input, target)?;
    has_classes(NAME, input)?;
    floats(NAME, input, input)?;
    if target.dtype().category() != Category::Int {
        return Err(Error::dtype(format!(
            "{NAME}: the target lists classes and must be integers, not {}",
            target.dtype()
        )));
    }
    if let Some(half) = Half::among([input]) {
        return half.round(multilabel_margin(&half.widen(input)?, target, reduction)?);
    }
    let (input, target) = match input.ndim() {
        0 => (&input.reshape(1)?, target.reshape(1)?),
        _ => (input, target.clone()),
    };
    let classes = input.size(-1)?;
    // The classes of a row precede its first -1.
    let target = target.long()?;
    let listed = target.ne(-1)?.to(DType::I64)?.cumprod(-1)?.ne(0)?;
    let target = listed.where_cond(&target, 0)?;
    // If reading the indices would synchronize with the device, the scatter itself checks the bounds.
    if target.device().reads_at_once()
        && let Some(class) = target
            .to_vec::<i64>()?
            .into_iter()
            .find(|class| !(0..classes as i64).contains(class))
    {
        return Err(Error::index(format!(
            "{NAME}: target {class} is out of range for {classes} classes"
        )));
    }
    let _role = IndexRole::targets(NAME).enter();
    // The number of times each class is listed: a class that is listed twice counts twice.
    let right = input.detach().new_zeros(input.shape())?.scatter_add(
        -1,
        &target,
        &listed.to(input.dtype())?,
    )?;
    // margins[.., j, i] = 1 - (x_j - x_i) for j in y and i not in y
    let margins = input
        .unsqueeze(-2)?
        .sub(&input.unsqueeze(-1)?)?
        .add(1)?
        .clamp_min(0)?;
    let wrong = right.eq(0)?.to(input.dtype())?;
    let counted = right.unsqueeze(-1)?.mul(&wrong.unsqueeze(-2)?)?;
    let loss = margins
        .mul(&counted)?
        .sum_dim([-2, -1], false)?
        .div(classes as f64)?;
    reduce(NAME, loss, reduction)
}

/// Computes `-Σ_c w_c (y_c ln σ(x_c) + (1 - y_c) ln(1 - σ(x_c))) / classes`: the binary cross entropy of each class, averaged over the
/// classes. PyTorch: `nn.functional.multilabel_soft_margin_loss`.
///
/// The logits are floating-point, `[.., classes]`, and the target of zeros and ones broadcasts to their shape. The result is a scalar, or
/// `[..]` without a reduction.
///
/// ```
/// use rushlight::nn::functional::{MultiLabelSoftMarginLossOptions, multilabel_soft_margin_loss};
/// use rushlight::tensor;
/// let (x, y) = (tensor!([[2.0, -1.0, 0.5]]), tensor!([[1.0, 0.0, 1.0]]));
/// let loss = multilabel_soft_margin_loss(&x, &y, ())?;
/// assert!((loss.item::<f32>()? - 0.304756).abs() < 1e-6);
/// let options = MultiLabelSoftMarginLossOptions::new().weight(tensor!([1.0, 2.0, 1.0]));
/// let loss = multilabel_soft_margin_loss(&x, &y, options)?;
/// assert!((loss.item::<f32>()? - 0.409176).abs() < 1e-6);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if target or weight do not broadcast, or the input is not floating-point.
#[track_caller]
pub fn multilabel_soft_margin_loss(
    input: &Tensor,
    target: &Tensor,
    options: impl Into<MultiLabelSoftMarginLossOptions>,
) -> Result<Tensor> {
    multilabel_soft_margin(input, target, &options.into())
}

#[track_caller]
fn multilabel_soft_margin(
    input: &Tensor,
    target: &Tensor,
    options: &MultiLabelSoftMarginLossOptions,
) -> Result<Tensor> {
    const NAME: &str = "multilabel_soft_margin_loss";
    target_broadcasts(NAME, input, target)?;
    floats(NAME, input, input)?;
    let weight = options.weight.as_ref();
    if let Some(half) = Half::among([Some(input), Some(target), weight]) {
        let (input, target) = (half.widen(input)?, half.widen(target)?);
        let options = MultiLabelSoftMarginLossOptions {
            weight: half.widen_option(weight)?,
            ..*options
        };
        return half.round(multilabel_soft_margin(&input, &target, &options)?);
    }
    let mut loss = input.bce_with_logits(target)?;
    if let Some(weight) = weight {
        loss = loss.mul(weight)?;
    }
    reduce(NAME, loss.mean_dim(-1, false)?, options.reduction)
}

/// Computes `ln(1 + e^(-y x))` for targets `y` of 1 and -1. PyTorch: `nn.functional.soft_margin_loss`.
///
/// The input is floating-point, and the target broadcasts to its shape. The result is a scalar, or has the input's shape without a
/// reduction.
///
/// ```
/// use rushlight::nn::functional::soft_margin_loss;
/// use rushlight::tensor;
/// let loss = soft_margin_loss(&tensor!([2.0, -1.0]), &tensor!([1.0, 1.0]), ())?;
/// assert!((loss.item::<f32>()? - 0.720095).abs() < 1e-6);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the target does not broadcast, or the input is not floating-point.
#[track_caller]
pub fn soft_margin_loss(
    input: &Tensor,
    target: &Tensor,
    options: impl Into<SoftMarginLossOptions>,
) -> Result<Tensor> {
    soft_margin(input, target, options.into().reduction)
}

#[track_caller]
fn soft_margin(input: &Tensor, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
    const NAME: &str = "soft_margin_loss";
    target_broadcasts(NAME, input, target)?;
    floats(NAME, input, input)?;
    if let Some(half) = Half::among([input, target]) {
        return half.round(soft_margin(
            &half.widen(input)?,
            &half.widen(target)?,
            reduction,
        )?);
    }
    reduce(NAME, target.neg()?.mul(input)?.softplus()?, reduction)
}

/// Checks that the shape is `[batch, classes]`, `[classes]`, or that of a single class; the batch may be empty, the classes may not.
#[track_caller]
fn has_classes(name: &str, input: &Tensor) -> Result<()> {
    match *input.shape() {
        [] => Ok(()),
        [classes] | [_, classes] if classes > 0 => Ok(()),
        _ => Err(Error::shape(format!(
            "{name}: the input must be [batch, classes] or [classes] with at least one class, not {:?}",
            input.shape()
        ))),
    }
}
