//! Operations that slide a window over space: convolution and pooling, in one, two or three dimensions.

use crate::{Dims, Error, Result};

/// Which of the three tensors of a convolution is computed from the other two.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ConvKind {
    /// From input `[n, in, *s]` and weight `[out, in/groups, *k]` the output `[n, out, *o]`.
    Forward,
    /// From output gradient `[n, out, *o]` and weight the input gradient `[n, in, *s]`: also the transposed convolution.
    InputGrad,
    /// From input and output gradient the weight gradient `[out, in/groups, *k]`.
    WeightGrad,
}

/// A convolution (cross-correlation, as everywhere in deep learning) without bias.
///
/// `y[n, o, p] = Σ_{c, t} x[n, c, p·stride + t·dilation - padding] w[o, c, t]`, channels `c` of the group of `o`.
/// The form is linear in each of x, w and y, so its derivatives are again convolutions of the other two kinds.
#[derive(Clone, PartialEq, Debug)]
pub struct Conv {
    /// Which tensor is computed.
    pub kind: ConvKind,
    /// Step of the window, per spatial dimension.
    pub stride: Dims,
    /// Zeros added on either side, per spatial dimension.
    pub padding: Dims,
    /// Distance between the taps, per spatial dimension.
    pub dilation: Dims,
    /// How many independent blocks the channels form.
    pub groups: usize,
    /// Spatial sizes of the result: output, input or kernel by `kind`.
    pub result: Dims,
}

impl Conv {
    /// Spatial size of the output along dimension `i` for input size `input` and kernel size `kernel`.
    pub fn output_size(&self, i: usize, input: usize, kernel: usize) -> Option<usize> {
        let reach = self.dilation[i].checked_mul(kernel.checked_sub(1)?)?;
        let padded = self.padding[i].checked_mul(2)?.checked_add(input)?;
        Some(padded.checked_sub(reach.checked_add(1)?)? / self.stride[i] + 1)
    }

    pub(super) fn infer(&self, a: &Dims, b: &Dims) -> Result<Dims> {
        let spatial = self.result.len();
        if a.len() != spatial + 2 || b.len() != spatial + 2 {
            return Err(Error::shape(format!(
                "conv{spatial}d: expected tensors of {} dimensions, got {a:?} and {b:?}",
                spatial + 2
            )));
        }
        let mut shape = match self.kind {
            ConvKind::Forward => Dims::from([a[0], b[0]]),
            ConvKind::InputGrad => Dims::from([a[0], b[1] * self.groups]),
            ConvKind::WeightGrad => Dims::from([b[1], a[1] / self.groups]),
        };
        self.result.iter().for_each(|&n| shape.push(n));
        Ok(shape)
    }
}

/// What a pooling window computes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PoolKind {
    /// The largest element, NaN if any is, and, second result, its position in the flattened space as `int64`.
    Max,
    /// The mean.
    Avg,
    /// The gradient of the mean: spreads each element of `[n, c, *o]` over its window in `[n, c, *s]`.
    AvgGrad,
}

/// Where the windows of a pooling lie.
#[derive(Clone, PartialEq, Debug)]
#[allow(clippy::large_enum_variant, reason = "a Pool lives behind an Arc")]
pub enum Windows {
    /// A window of a fixed size sliding by a fixed step.
    Sliding {
        /// Window size, per spatial dimension.
        kernel: Dims,
        /// Step, per spatial dimension.
        stride: Dims,
        /// Padding on either side, per spatial dimension: never the maximum, zero for the mean.
        padding: Dims,
        /// Distance between taps, per spatial dimension.
        dilation: Dims,
        /// Whether the mean divides by the taps that fall on padding too.
        count_padding: bool,
        /// What the mean divides by, instead of the number of taps; not 0.
        divisor: Option<i64>,
    },
    /// Window `i` of `o` over size `s` reaches from `⌊i s / o⌋` to `⌈(i + 1) s / o⌉`.
    Adaptive,
}

/// A pooling over the last `space.len()` dimensions; the dimensions before them are planes.
#[derive(Clone, PartialEq, Debug)]
pub struct Pool {
    /// What is computed.
    pub kind: PoolKind,
    /// Where the windows lie.
    pub windows: Windows,
    /// Spatial sizes of the larger side (the input of `Max` and `Avg`).
    pub space: Dims,
    /// Spatial sizes of the smaller side: one entry a window.
    pub pooled: Dims,
}

impl Pool {
    /// Whether one window takes all of space, and nothing else: its mean is that of a reduction.
    pub fn is_whole(&self) -> bool {
        match &self.windows {
            Windows::Adaptive => self.pooled.iter().all(|&n| n == 1),
            Windows::Sliding {
                kernel,
                padding,
                dilation,
                divisor,
                ..
            } => {
                kernel == &self.space
                    && divisor.is_none()
                    && padding.iter().all(|&n| n == 0)
                    && dilation.iter().all(|&n| n == 1)
            }
        }
    }

    pub(super) fn infer(&self, x: &Dims) -> Dims {
        let mut shape = *x;
        shape.truncate(x.len() - self.space.len());
        let result = if self.kind == PoolKind::AvgGrad {
            &self.space
        } else {
            &self.pooled
        };
        result.iter().for_each(|&n| shape.push(n));
        shape
    }
}
