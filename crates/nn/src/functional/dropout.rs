//! Random zeros in training.

use rushlight_tensor::{Error, Result, Tensor};

/// Each element is 0 with probability `p`, and divided by `1 - p` otherwise; unchanged when not `training`.
#[track_caller]
pub fn dropout(x: &Tensor, p: f64, training: bool) -> Result<Tensor> {
    check("dropout", p)?;
    if !training || p == 0.0 || x.numel() == 0 {
        return Ok(x.clone());
    }
    x.mul(&kept(x, x.shape(), p)?)
}

/// Whole channels (dimension 1 of `[batch, channels, ..]`) are 0 with probability `p`. PyTorch: `dropout1d`, `dropout2d`, `dropout3d`.
///
/// An input of `spatial + 1` dimensions has no batch dimension; its channels are dimension 0.
#[track_caller]
pub fn feature_dropout(x: &Tensor, p: f64, spatial: usize, training: bool) -> Result<Tensor> {
    let name = format!("dropout{spatial}d");
    check(&name, p)?;
    if x.ndim() != spatial + 1 && x.ndim() != spatial + 2 {
        return Err(Error::shape(format!(
            "{name}: expected [batch, channels, ..] or [channels, ..] with {spatial} spatial dimensions, got {:?}",
            x.shape()
        )));
    }
    if !training || p == 0.0 || x.numel() == 0 {
        return Ok(x.clone());
    }
    let planes = x.ndim() - spatial;
    let shape: Vec<usize> = x
        .shape()
        .iter()
        .enumerate()
        .map(|(d, &n)| if d < planes { n } else { 1 })
        .collect();
    x.mul(&kept(x, &shape, p)?)
}

/// Dropout that keeps mean and variance of self-normalising activations: elements go to the negative saturation value of SELU.
#[track_caller]
pub fn alpha_dropout(x: &Tensor, p: f64, training: bool) -> Result<Tensor> {
    check("alpha_dropout", p)?;
    if !training || p == 0.0 || x.numel() == 0 {
        return Ok(x.clone());
    }
    if p == 1.0 {
        return x.mul(0);
    }
    const ALPHA: f64 = 1.758_099_340_847_376_6;
    let a = 1.0 / ((ALPHA * ALPHA * p + 1.0) * (1.0 - p)).sqrt();
    let keep = x.empty_like()?;
    keep.bernoulli_(1.0 - p)?;
    let shift = keep.sub(1)?.mul(ALPHA * a)?.add(ALPHA * a * p)?;
    x.mul(&keep.mul(a)?)?.add(&shift)
}

/// `1 / (1 - p)` where an element is kept, 0 elsewhere.
#[track_caller]
fn kept(x: &Tensor, shape: &[usize], p: f64) -> Result<Tensor> {
    if p == 1.0 {
        return x.new_zeros(shape);
    }
    let mask = x.new_empty(shape)?;
    mask.bernoulli_(1.0 - p)?;
    mask.div_(1.0 - p)?;
    Ok(mask)
}

#[track_caller]
fn check(name: &str, p: f64) -> Result<()> {
    match (0.0..=1.0).contains(&p) {
        true => Ok(()),
        false => Err(Error::value(format!(
            "{name}: a probability lies in [0, 1], not {p}"
        ))),
    }
}
