//! Targets of class indices: their checks, and the elements of the input that they select.

use super::{Reduction, reduce};
use rushlight_tensor::backend::IndexRole;
use rushlight_tensor::{Category, Error, Result, Tensor};

/// The negated element of each target class, 0 for ignored targets; a mask of the ignored targets, if any are possible; and the samples'
/// weights.
pub(super) struct Picked {
    pub(super) loss: Tensor,
    ignored: Option<Tensor>,
    weight: Option<Tensor>,
}

impl Picked {
    /// Reduces another loss of the same samples; the mean divides by the sum of their weights, or by the number of targets that are not
    /// ignored.
    #[track_caller]
    pub(super) fn reduce(&self, name: &str, loss: &Tensor, reduction: Reduction) -> Result<Tensor> {
        match (reduction, &self.weight, &self.ignored) {
            (Reduction::Mean, Some(weight), _) => loss.sum()?.div(&weight.sum()?),
            (Reduction::Mean, None, Some(ignored)) => {
                loss.sum()?.div(&ignored.logical_not()?.sum()?)
            }
            _ => reduce(name, loss.clone(), reduction),
        }
    }

    /// Replaces the elements of ignored samples by 0.
    #[track_caller]
    pub(super) fn without_ignored(&self, loss: Tensor) -> Result<Tensor> {
        match &self.ignored {
            Some(ignored) => loss.masked_fill(ignored, 0),
            None => Ok(loss),
        }
    }
}

#[track_caller]
pub(super) fn pick(
    name: &'static str,
    log_p: &Tensor,
    target: &Tensor,
    weight: Option<&Tensor>,
    ignore_index: i64,
) -> Result<Picked> {
    let (classes, ignored) = class_numbers(name, log_p, target, Some(ignore_index))?;
    let dim = if log_p.ndim() == 1 { 0 } else { 1 };
    let _role = IndexRole::targets(name).enter();
    let mut loss = log_p
        .gather(dim, &classes.unsqueeze(dim)?)?
        .squeeze_dim(dim)?
        .neg()?;
    let mut of_samples = None;
    if let Some(w) = weight {
        let mut of_sample = w
            .index_select(0, &classes.reshape(-1)?)?
            .reshape(classes.shape())?;
        if let Some(mask) = &ignored {
            of_sample = of_sample.masked_fill(mask, 0)?;
        }
        loss = loss.mul(&of_sample)?;
        of_samples = Some(of_sample);
    }
    if let Some(mask) = &ignored {
        loss = loss.masked_fill(mask, 0)?;
    }
    Ok(Picked {
        loss,
        ignored,
        weight: of_samples,
    })
}

/// The target's class indices as `int64`, the ignored ones replaced by 0, and a mask of the ignored ones, if any are possible.
#[track_caller]
pub(super) fn class_numbers(
    name: &str,
    input: &Tensor,
    target: &Tensor,
    ignore_index: Option<i64>,
) -> Result<(Tensor, Option<Tensor>)> {
    let target = class_targets(name, input, target)?;
    let classes = input.shape()[if input.ndim() == 1 { 0 } else { 1 }];
    // If reading the indices would synchronize with the device, the gather itself checks the bounds.
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

/// Checks that the target holds integers and fits the input, and returns it as `int64`.
#[track_caller]
pub(super) fn class_targets(name: &str, input: &Tensor, target: &Tensor) -> Result<Tensor> {
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
            "{name}: class indices must be int64 (or another integer dtype), not {}",
            target.dtype()
        )));
    }
    target.long()
}

/// Checks shapes and weights, and returns the dimension of the classes.
#[track_caller]
pub(super) fn class_dim(name: &str, input: &Tensor, weight: Option<&Tensor>) -> Result<isize> {
    if input.ndim() == 0 {
        return Err(Error::shape(format!(
            "{name}: the input must have a dimension of classes, but it is a scalar"
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
