//! Margin losses.

use super::cross_entropy::{class_dim, class_numbers};
use super::{Reduction, floats, reduce, same_shape, target_broadcasts};
use rushlight_tensor::backend::IndexRole;
use rushlight_tensor::{Category, DType, Error, Half, Result, Tensor};

/// `Σ_{j ≠ y} max(0, margin - x_y + x_j)ᵖ / classes` for inputs `[batch, classes]` and targets `[batch]`, or `[classes]` and `[]`; times the
/// weight of class `y`. `p` is 1 or 2. PyTorch's defaults are 1 and margin 1.
#[track_caller]
pub fn multi_margin_loss(
    input: &Tensor,
    target: &Tensor,
    p: u32,
    margin: f64,
    weight: Option<&Tensor>,
    reduction: Reduction,
) -> Result<Tensor> {
    const NAME: &str = "multi_margin_loss";
    if p != 1 && p != 2 {
        return Err(Error::value(format!("{NAME}: p is 1 or 2, not {p}")));
    }
    has_classes(NAME, input)?;
    // A scalar is a sample of one class.
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
        let (input, weight) = (half.widen(input)?, half.widen_option(weight)?);
        return half.round(multi_margin_loss(
            &input,
            target,
            p,
            margin,
            weight.as_ref(),
            reduction,
        )?);
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
    // The target's own term is constant, margin to the power p, and does not count.
    let others = violation.scatter(dim, &own, &violation.new_zeros(own.shape())?)?;
    let mut loss = others.sum_dim(dim, false)?.div(input.size(dim)? as f64)?;
    if let Some(weight) = weight {
        loss = loss.mul(
            &weight
                .index_select(0, &classes.reshape(-1)?)?
                .reshape(classes.shape())?,
        )?;
    }
    reduce(NAME, loss, reduction)
}

/// `Σ_{i not in y, j in y} max(0, 1 - (x_j - x_i)) / classes`; each row of the target lists its classes first, then -1.
#[track_caller]
pub fn multilabel_margin_loss(
    input: &Tensor,
    target: &Tensor,
    reduction: Reduction,
) -> Result<Tensor> {
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
        return half.round(multilabel_margin_loss(
            &half.widen(input)?,
            target,
            reduction,
        )?);
    }
    let (input, target) = match input.ndim() {
        0 => (&input.reshape(1)?, target.reshape(1)?),
        _ => (input, target.clone()),
    };
    let classes = input.size(-1)?;
    // Listed is what stands before a row's first -1.
    let target = target.long()?;
    let listed = target.ne(-1)?.to(DType::I64)?.cumprod(-1)?.ne(0)?;
    let target = listed.where_cond(&target, 0)?;
    // Where a look at the numbers would wait for the device, the scatter itself stays in bounds.
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
    // How often each class is listed: one that is listed twice counts twice.
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

/// The mean over classes of the binary cross-entropy of logits `[.., classes]`, each class a question of its own.
#[track_caller]
pub fn multilabel_soft_margin_loss(
    input: &Tensor,
    target: &Tensor,
    weight: Option<&Tensor>,
    reduction: Reduction,
) -> Result<Tensor> {
    const NAME: &str = "multilabel_soft_margin_loss";
    target_broadcasts(NAME, input, target)?;
    floats(NAME, input, input)?;
    if let Some(half) = Half::among([Some(input), Some(target), weight]) {
        let (input, target) = (half.widen(input)?, half.widen(target)?);
        let weight = half.widen_option(weight)?;
        return half.round(multilabel_soft_margin_loss(
            &input,
            &target,
            weight.as_ref(),
            reduction,
        )?);
    }
    let mut loss = input.bce_with_logits(target)?;
    if let Some(weight) = weight {
        loss = loss.mul(weight)?;
    }
    reduce(NAME, loss.mean_dim(-1, false)?, reduction)
}

/// `ln(1 + e^(-y x))` for targets 1 and -1.
#[track_caller]
pub fn soft_margin_loss(input: &Tensor, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
    target_broadcasts("soft_margin_loss", input, target)?;
    floats("soft_margin_loss", input, input)?;
    if let Some(half) = Half::among([input, target]) {
        return half.round(soft_margin_loss(
            &half.widen(input)?,
            &half.widen(target)?,
            reduction,
        )?);
    }
    reduce(
        "soft_margin_loss",
        target.neg()?.mul(input)?.softplus()?,
        reduction,
    )
}

/// Whether the shape is `[batch, classes]`, `[classes]` or that of one class alone; the batch may be empty, the classes not.
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
