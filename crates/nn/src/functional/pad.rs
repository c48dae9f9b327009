//! Padding at the edges.

use rushlight_tensor::{Error, Result, Scalar, Tensor};

/// What is put beyond the edge.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum PadMode {
    /// A number.
    Constant(Scalar),
    /// The elements mirrored at the edge, without the edge itself.
    Reflect,
    /// The edge repeated.
    Replicate,
    /// The elements of the other end.
    Circular,
}

/// Pads before and after each of the last dimensions: `[before, after]` of the last one first, as PyTorch has it.
///
/// Constant padding may be negative, which crops. The other modes pad the spatial dimensions of `[n, c, *s]` or `[c, *s]`.
///
/// ```
/// use rushlight_nn::functional::{PadMode, pad};
/// use rushlight_tensor::tensor;
/// let x = tensor!([[[1, 2, 3]]]);
/// assert_eq!(pad(&x, &[2, 1], PadMode::Reflect)?.to_vec::<i64>()?, [3, 2, 1, 2, 3, 2]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[track_caller]
pub fn pad(x: &Tensor, padding: &[isize], mode: PadMode) -> Result<Tensor> {
    let padded = padding.len() / 2;
    if !padding.len().is_multiple_of(2) || padded > x.ndim() {
        return Err(Error::value(format!(
            "pad: {padding:?} must hold two numbers for each padded dimension, at most {} of them, for input {:?}",
            x.ndim(),
            x.shape()
        )));
    }
    if !matches!(mode, PadMode::Constant(_)) && x.ndim() != padded + 1 && x.ndim() != padded + 2 {
        return Err(Error::shape(format!(
            "pad: {} pads all but the first one or two dimensions; {padding:?} does not fit input {:?}",
            mode.name(),
            x.shape()
        )));
    }
    let mut out = x.clone();
    for (i, sides) in padding.chunks(2).enumerate() {
        let (before, after) = (sides[0], sides[1]);
        if (before, after) != (0, 0) {
            out = one(&out, x.ndim() - 1 - i, before, after, mode)?;
        }
    }
    // The result is never the input itself.
    if padding.iter().all(|&p| p == 0) {
        x.copy()
    } else {
        Ok(out)
    }
}

impl PadMode {
    fn name(self) -> &'static str {
        match self {
            PadMode::Constant(_) => "constant",
            PadMode::Reflect => "reflect",
            PadMode::Replicate => "replicate",
            PadMode::Circular => "circular",
        }
    }
}

/// Pads one dimension.
#[track_caller]
fn one(x: &Tensor, d: usize, before: isize, after: isize, mode: PadMode) -> Result<Tensor> {
    let dim = d as isize;
    let n = x.shape()[d] as isize;
    let total = n + before + after;
    let fits = match mode {
        PadMode::Constant(_) => total >= 0,
        PadMode::Reflect => before < n && after < n && total > 0,
        PadMode::Replicate => n > 0 && total > 0,
        PadMode::Circular => before <= n && after <= n && total > 0,
    };
    if !fits {
        return Err(Error::shape(format!(
            "pad: {} padding of {before} and {after} does not fit size {n}, dimension {d} of {:?}",
            mode.name(),
            x.shape()
        )));
    }
    if let PadMode::Constant(value) = mode {
        let start = (-before).max(0);
        let kept = (n - start - (-after).max(0)).max(0);
        let inner = x.narrow(dim, start as usize, kept as usize)?;
        let block = |size: isize| {
            let mut shape = x.shape().to_vec();
            shape[d] = size as usize;
            x.new_full(&shape, value)
        };
        let (left, right) = (block(before.max(0))?, block(after.max(0))?);
        let parts: Vec<&Tensor> = [&left, &inner, &right]
            .into_iter()
            .filter(|t| t.shape()[d] > 0)
            .collect();
        return if parts.is_empty() {
            Ok(inner)
        } else {
            Tensor::cat(&parts, dim)
        };
    }
    // Every other mode reads each element from somewhere inside.
    let from = |i: isize| {
        let i = i - before;
        match mode {
            PadMode::Reflect => (n - 1 - (n - 1 - i.abs()).abs()).abs(),
            PadMode::Circular => i.rem_euclid(n),
            _ => i.clamp(0, n - 1),
        }
    };
    let index: Vec<i64> = (0..total).map(|i| from(i) as i64).collect();
    x.index_select(
        dim,
        &Tensor::from_slice_on(&index, index.len(), x.device())?,
    )
}
