//! Operations that slide a window over space: convolution and pooling, in one, two or three dimensions.

use super::Saved;
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
    /// Stride, per spatial dimension.
    pub stride: Dims,
    /// Zero padding on both sides, per spatial dimension.
    pub padding: Dims,
    /// Dilation, per spatial dimension.
    pub dilation: Dims,
    /// The number of groups of channels.
    pub groups: usize,
    /// Spatial sizes of the result: output, input or kernel by `kind`.
    pub result: Dims,
}

impl Conv {
    /// PyTorch's name.
    pub fn name(&self) -> &'static str {
        match (self.kind, self.result.len()) {
            (ConvKind::Forward, 1) => "conv1d",
            (ConvKind::Forward, 2) => "conv2d",
            (ConvKind::Forward, _) => "conv3d",
            (ConvKind::InputGrad, 1) => "conv_transpose1d",
            (ConvKind::InputGrad, 2) => "conv_transpose2d",
            (ConvKind::InputGrad, _) => "conv_transpose3d",
            (ConvKind::WeightGrad, _) => "conv_weight",
        }
    }

    /// Spatial size of the output along dimension `i` for input size `input` and kernel size `kernel`.
    pub fn output_size(&self, i: usize, input: usize, kernel: usize) -> Option<usize> {
        let reach = self.dilation[i].checked_mul(kernel.checked_sub(1)?)?;
        let padded = self.padding[i].checked_mul(2)?.checked_add(input)?;
        Some(padded.checked_sub(reach.checked_add(1)?)? / self.stride[i] + 1)
    }

    /// The result's shape, if operands of shapes `a` and `b` fit: batches and channels agree, and every window of the output is inside the
    /// padded input.
    #[track_caller]
    pub(crate) fn infer(&self, a: &Dims, b: &Dims) -> Result<Dims> {
        let spatial = self.result.len();
        if !(1..=3).contains(&spatial) || a.len() != spatial + 2 || b.len() != spatial + 2 {
            return Err(Error::shape(format!(
                "conv{spatial}d: expected tensors of {} dimensions, one to three of them spatial, got {a:?} and {b:?}",
                spatial + 2
            )));
        }
        let unfit = |what: &str| {
            Err(Error::shape(format!(
                "conv{spatial}d ({:?}): {what}, got {a:?} and {b:?} for a result of {:?} with groups {}, stride {:?}, padding {:?}, dilation {:?}",
                self.kind, self.result, self.groups, self.stride, self.padding, self.dilation
            )))
        };
        let parameters = [&self.stride, &self.padding, &self.dilation];
        if parameters.iter().any(|d| d.len() != spatial) {
            return unfit("expected stride, padding and dilation for every spatial dimension");
        }
        if self.groups == 0 || self.stride.contains(&0) || self.dilation.contains(&0) {
            return unfit("groups, stride and dilation must be at least 1");
        }
        let mut shape = match self.kind {
            ConvKind::Forward => Dims::from([a[0], b[0]]),
            ConvKind::InputGrad => Dims::from([a[0], b[1].saturating_mul(self.groups)]),
            ConvKind::WeightGrad => Dims::from([b[1], a[1] / self.groups]),
        };
        self.result.iter().for_each(|&n| shape.push(n));
        let (x, weight, y) = match self.kind {
            ConvKind::Forward => (a, b, &shape),
            ConvKind::InputGrad => (&shape, b, a),
            ConvKind::WeightGrad => (a, &shape, b),
        };
        if x[0] != y[0] {
            return unfit("input and output must have the same number of images");
        }
        let channels = weight[1].checked_mul(self.groups);
        if channels != Some(x[1]) || y[1] != weight[0] || y[1] % self.groups != 0 {
            return unfit(
                "channels do not fit a weight of [out, in / groups, ...], out a multiple of groups",
            );
        }
        if (0..spatial).any(|i| !self.reaches(i, x[i + 2], weight[i + 2], y[i + 2])) {
            return unfit("windows reach beyond the padded input");
        }
        if !self.is_workable(x, y) {
            return Err(Error::out_of_memory(format!(
                "conv{spatial}d: an input of {x:?} with padding {:?} and stride {:?} exceeds the address space",
                self.padding, self.stride
            )));
        }
        Ok(shape)
    }

    /// Whether `outputs` windows along dimension `i` are inside the padded input.
    fn reaches(&self, i: usize, input: usize, kernel: usize, outputs: usize) -> bool {
        outputs == 0
            || self
                .output_size(i, input, kernel)
                .is_some_and(|most| outputs <= most)
    }

    /// Whether the size in bytes of the padded input fits an `isize`: kernels copy it, with rows that are multiples of the stride.
    fn is_workable(&self, x: &Dims, y: &Dims) -> bool {
        let images = x[0].max(1).checked_mul(x[1].max(y[1]).max(1));
        let Some(images) = images else { return false };
        let space = (0..self.result.len()).try_fold(images, |n, i| {
            let padded = self.padding[i].checked_mul(2)?.checked_add(x[i + 2])?;
            n.checked_mul(padded.checked_add(self.stride[i])?.checked_add(64)?)
        });
        space.is_some_and(|n| n <= isize::MAX as usize / 64)
    }
}

/// The function of a pooling window.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PoolKind {
    /// The largest element, NaN if any is, and, second result, its position in the flattened space as `int64`.
    Max,
    /// The mean.
    Avg,
    /// The gradient of the mean: spreads each element of `[n, c, *o]` over its window in `[n, c, *s]`.
    AvgGrad,
}

impl PoolKind {
    /// PyTorch's name.
    pub const fn name(self) -> &'static str {
        match self {
            PoolKind::Max => "max_pool",
            PoolKind::Avg => "avg_pool",
            PoolKind::AvgGrad => "avg_pool_backward",
        }
    }

    /// What the derivative needs.
    pub(super) const fn saves(self) -> &'static [Saved] {
        match self {
            PoolKind::Max => &[Saved::Aux(0)],
            PoolKind::Avg | PoolKind::AvgGrad => &[],
        }
    }
}

/// The positions of the windows of a pooling.
#[derive(Clone, PartialEq, Debug)]
#[allow(clippy::large_enum_variant, reason = "a Pool lives behind an Arc")]
pub enum Windows {
    /// A window of fixed size with a fixed stride.
    Sliding {
        /// Window size, per spatial dimension.
        kernel: Dims,
        /// Stride, per spatial dimension.
        stride: Dims,
        /// Padding on both sides, per spatial dimension: -∞ for the maximum, zero for the mean.
        padding: Dims,
        /// Dilation, per spatial dimension.
        dilation: Dims,
        /// Whether elements of the padding count in the divisor of the mean.
        count_padding: bool,
        /// The divisor of the mean, instead of the number of elements; not 0.
        divisor: Option<i64>,
    },
    /// Window `i` of `o` over size `s` extends from `⌊i s / o⌋` to `⌈(i + 1) s / o⌉`.
    Adaptive,
}

/// A pooling over the last `space.len()` dimensions; the dimensions before them are planes.
#[derive(Clone, PartialEq, Debug)]
pub struct Pool {
    /// What is computed.
    pub kind: PoolKind,
    /// The positions of the windows.
    pub windows: Windows,
    /// Spatial sizes of the larger side (the input of `Max` and `Avg`).
    pub space: Dims,
    /// Spatial sizes of the smaller side: one entry per window.
    pub pooled: Dims,
}

impl Pool {
    /// Returns an error unless windows and sizes fit each other and sums of them do not overflow.
    #[track_caller]
    pub(super) fn check(&self, name: &str) -> Result<()> {
        let spatial = self.space.len();
        if !(1..=3).contains(&spatial) || self.pooled.len() != spatial {
            return Err(Error::shape(format!(
                "{name}: expected one to three spatial dimensions, got {:?} and {:?}",
                self.space, self.pooled
            )));
        }
        let countable = match &self.windows {
            Windows::Sliding {
                kernel,
                stride,
                padding,
                dilation,
                divisor,
                ..
            } => {
                if [kernel, stride, padding, dilation]
                    .iter()
                    .any(|d| d.len() != spatial)
                {
                    return Err(Error::shape(format!(
                        "{name}: expected kernel, stride, padding and dilation for each of {spatial} spatial dimensions, got {kernel:?}, {stride:?}, {padding:?} and {dilation:?}"
                    )));
                }
                if [kernel, stride, dilation].iter().any(|d| d.contains(&0)) || *divisor == Some(0)
                {
                    return Err(Error::value(format!(
                        "{name}: kernel, stride, dilation and divisor must not be 0, got {kernel:?}, {stride:?}, {dilation:?} and {divisor:?}"
                    )));
                }
                let reach = |i: usize| {
                    let last = self.pooled[i].saturating_sub(1).checked_mul(stride[i])?;
                    let window = (kernel[i] - 1).checked_mul(dilation[i])?;
                    let padded = padding[i].checked_mul(2)?.checked_add(self.space[i])?;
                    last.checked_add(window)?.checked_add(padded)
                };
                // The mean divides by the number of elements of a window, which is at most that of the kernel.
                let elements = kernel.numel();
                elements <= COUNTABLE
                    && (0..spatial).all(|i| reach(i).is_some_and(|n| n <= COUNTABLE))
            }
            Windows::Adaptive => (0..spatial).all(|i| {
                let product = (self.pooled[i].saturating_add(1)).checked_mul(self.space[i]);
                product.is_some_and(|n| n <= COUNTABLE)
            }),
        };
        if countable {
            return Ok(());
        }
        Err(Error::value(format!(
            "{name}: windows {:?} from {:?} to {:?} exceed what can be counted",
            self.windows, self.space, self.pooled
        )))
    }

    /// The result's shape for an input of shape `x`, if that fits.
    #[track_caller]
    pub(crate) fn infer(&self, x: &Dims) -> Result<Dims> {
        let name = self.kind.name();
        let (given, result) = match self.kind {
            PoolKind::Max | PoolKind::Avg => (&self.space, &self.pooled),
            PoolKind::AvgGrad => (&self.pooled, &self.space),
        };
        self.check(name)?;
        let planes = x.len().checked_sub(given.len());
        let Some(planes) = planes.filter(|&n| x[n..] == given[..]) else {
            return Err(Error::shape(format!(
                "{name}: an input of shape {x:?} does not end with the sizes {given:?}"
            )));
        };
        let mut shape = *x;
        shape.truncate(planes);
        result.iter().for_each(|&n| shape.push(n));
        Ok(shape)
    }
}

/// The maximum of sums of sizes and distances of windows, so that sums of a few of them do not overflow.
const COUNTABLE: usize = isize::MAX as usize / 8;
