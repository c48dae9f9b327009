//! Padding with a constant or with the elements themselves.

use crate::options::Setting;
use crate::{Half, Ints, Tensor};
use rushlight_backend::{Error, Result, Scalar};
use rushlight_files::numbers::Number;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What padding holds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum PadMode {
    /// A number. PyTorch: `mode="constant"`; in layers, `padding_mode="zeros"`.
    Constant(Scalar),
    /// The elements mirrored at the edge, without the edge itself.
    Reflect,
    /// The element at the edge, repeated.
    Replicate,
    /// The elements of the other end.
    Circular,
}

/// Zeros and the modes by PyTorch's names, another constant as a number.
impl Setting for PadMode {
    fn save<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            PadMode::Constant(value) if value.to_f64() == 0.0 => to.serialize_str("zeros"),
            PadMode::Constant(value) => Number(value.to_f64()).serialize(to),
            mode => to.serialize_str(mode.name()),
        }
    }

    fn load<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Saved {
            Value(Number),
            Mode(String),
        }
        let mode = match Saved::deserialize(from)? {
            Saved::Value(Number(value)) => return Ok(PadMode::Constant(value.into())),
            Saved::Mode(mode) => mode,
        };
        match mode.as_str() {
            "zeros" => Ok(PadMode::Constant(0.into())),
            "reflect" => Ok(PadMode::Reflect),
            "replicate" => Ok(PadMode::Replicate),
            "circular" => Ok(PadMode::Circular),
            _ => Err(D::Error::custom(format!(
                "a padding mode is a number, zeros, reflect, replicate or circular, not {mode:?}"
            ))),
        }
    }
}

impl Tensor {
    /// Pads before and after each of the last dimensions: `[before, after]` of the last one first, as PyTorch has it. Negative numbers crop.
    ///
    /// The modes other than constant padding widen the spatial dimensions of `[n, c, *s]` or `[c, *s]`. PyTorch: `nn.functional.pad`.
    ///
    /// ```
    /// use rushlight::PadMode;
    /// use rushlight::tensor;
    /// let x = tensor!([[[1, 2, 3]]]);
    /// assert_eq!(x.pad([2, 1], PadMode::Reflect)?.to_vec::<i64>()?, [3, 2, 1, 2, 3, 2]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `padding` does not hold two numbers for each of one to three dimensions, does not fit the shape and the mode, or the dtype cannot hold
    /// the constant.
    #[track_caller]
    pub fn pad(&self, padding: impl Into<Ints>, mode: PadMode) -> Result<Tensor> {
        pad(self, padding.into().as_slice(), mode)
    }
}

#[track_caller]
fn pad(x: &Tensor, padding: &[isize], mode: PadMode) -> Result<Tensor> {
    if let PadMode::Constant(value) = mode {
        return x.constant_pad_nd(padding, value);
    }
    let (padded, rank) = (padding.len() / 2, x.ndim());
    if !padding.len().is_multiple_of(2) || !(1..=3).contains(&padded) {
        return Err(Error::value(format!(
            "pad: {padding:?} must hold two numbers for each of one to three padded dimensions"
        )));
    }
    if rank != padded + 1 && rank != padded + 2 {
        return Err(Error::shape(format!(
            "pad: {} pads all but the first one or two dimensions; {padding:?} does not fit input {:?}",
            mode.name(),
            x.shape()
        )));
    }
    if mode != PadMode::Circular && x.shape()[rank - padded - 1] == 0 {
        return Err(Error::shape(format!(
            "pad: {} needs channels; only the batch of {:?} may be empty",
            mode.name(),
            x.shape()
        )));
    }
    for (i, sides) in padding.chunks(2).enumerate() {
        mode.fits(x, rank - 1 - i, sides[0], sides[1])?;
    }
    if let Some(half) = Half::among([x]) {
        return half.round(pad(&half.widen(x)?, padding, mode)?);
    }
    let mut out = x.clone();
    for (i, sides) in padding.chunks(2).enumerate() {
        if sides != [0, 0] {
            out = along(&out, rank - 1 - i, sides[0], sides[1], mode)?;
        }
    }
    // The result is never the input's own memory.
    if out.shares_memory(x) {
        out.copy()
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

    /// Whether there is an element for each place along dimension `d`.
    #[track_caller]
    fn fits(self, x: &Tensor, d: usize, before: isize, after: isize) -> Result<()> {
        let n = x.shape()[d] as i128;
        let (before, after) = (before as i128, after as i128);
        let total = n + before + after;
        let inside = match self {
            PadMode::Constant(_) | PadMode::Replicate => n > 0,
            PadMode::Reflect => before < n && after < n,
            PadMode::Circular => {
                // What is cropped is not there to be repeated.
                let kept = n + before.min(0) + after.min(0);
                before <= kept && after <= kept
            }
        };
        let least = (self != PadMode::Circular) as i128;
        if inside && total >= least && isize::try_from(total).is_ok() {
            return Ok(());
        }
        Err(Error::shape(format!(
            "pad: {} padding of {before} and {after} does not fit size {n}, dimension {d} of {:?}",
            self.name(),
            x.shape()
        )))
    }
}

/// Pads dimension `d`, each place of which reads an element of `x`.
#[track_caller]
fn along(x: &Tensor, d: usize, before: isize, after: isize, mode: PadMode) -> Result<Tensor> {
    // One end may be padded by as much as the other is cropped, so that only the total fits.
    let (n, before, after) = (x.shape()[d] as i128, before as i128, after as i128);
    let from = |i: i128| {
        let i = i - before;
        match mode {
            PadMode::Reflect => (n - 1 - (n - 1 - i.abs()).abs()).abs(),
            PadMode::Circular => {
                let (first, end) = ((-before).max(0), n - (-after).max(0));
                first + (i - first).rem_euclid(end - first)
            }
            PadMode::Replicate | PadMode::Constant(_) => i.clamp(0, n - 1),
        }
    };
    let total = n + before + after;
    let mut index: Vec<i64> = Vec::new();
    if index.try_reserve_exact(total as usize).is_err() {
        return Err(Error::out_of_memory(format!(
            "pad: a dimension of size {total} exceeds the memory"
        )));
    }
    index.extend((0..total).map(|i| from(i) as i64));
    x.index_select(
        d as isize,
        &Tensor::from_slice_on(&index, index.len(), x.device())?,
    )
}
