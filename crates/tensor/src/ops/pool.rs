//! Max and average pooling, with fixed windows or adaptive ones.

use super::conv::per_dimension;
use crate::{Ints, Tensor, apply, apply_with_aux};
use rushlight_backend::{DType, Dims, Error, Op, Pool, PoolKind, Result, Windows};
use smallvec::{SmallVec, smallvec};
use std::sync::Arc;

/// Options of a pooling. Each list has one entry per spatial dimension, or one entry for all.
#[derive(Clone, Debug)]
pub struct PoolOptions {
    /// Size of the window; its length, or `spatial`, is the number of spatial dimensions.
    pub kernel: Ints,
    /// Stride of the window, by default its size.
    pub stride: Option<Ints>,
    /// Padding on both sides, at most half of the window: -∞ for the maximum, zeros for the mean.
    pub padding: Ints,
    /// Dilation: the distance between elements of the window; maximum only.
    pub dilation: Ints,
    /// Whether the last window may extend beyond the end.
    pub ceil_mode: bool,
    /// Mean only: whether padding counts among the elements.
    pub count_include_pad: bool,
    /// Mean only: the divisor, instead of the number of elements; not 0.
    pub divisor: Option<i64>,
    /// The number of trailing spatial dimensions.
    pub spatial: usize,
}

impl PoolOptions {
    /// Pooling with stride equal to the kernel size, over `spatial` dimensions.
    pub fn new(kernel: impl Into<Ints>, spatial: usize) -> PoolOptions {
        PoolOptions {
            kernel: kernel.into(),
            stride: None,
            padding: 0.into(),
            dilation: 1.into(),
            ceil_mode: false,
            count_include_pad: true,
            divisor: None,
            spatial,
        }
    }

    #[track_caller]
    fn pool(&self, name: &str, kind: PoolKind, x: &Tensor) -> Result<Pool> {
        let spatial = self.spatial;
        let space = space(name, x, spatial)?;
        some_channels(name, x, spatial)?;
        let kernel = per_dimension(name, "kernel_size", &self.kernel, spatial, 1)?;
        let mut stride = match &self.stride {
            Some(stride) => per_dimension(name, "stride", stride, spatial, 1)?,
            None => kernel,
        };
        let padding = per_dimension(name, "padding", &self.padding, spatial, 0)?;
        let mut dilation = per_dimension(name, "dilation", &self.dilation, spatial, 1)?;
        if self.divisor == Some(0) {
            return Err(Error::value(format!("{name}: the divisor must not be 0")));
        }
        let mut pooled = Dims::filled(0, spatial);
        for i in 0..spatial {
            let reach = dilation[i] as i128 * (kernel[i] as i128 - 1) + 1;
            if reach > i32::MAX.into() {
                return Err(Error::value(format!(
                    "{name}: kernel {kernel:?} with dilation {dilation:?} extends over {reach} elements, at most {} are supported",
                    i32::MAX
                )));
            }
            if padding[i] > kernel[i] / 2 {
                return Err(Error::value(format!(
                    "{name}: padding {padding:?} is more than half of kernel {kernel:?}"
                )));
            }
            // As in PyTorch, for three dimensions only.
            if kind == PoolKind::Avg && spatial == 3 && kernel[i] > space[i] {
                return Err(Error::shape(format!(
                    "{name}: kernel {kernel:?} is larger than input {:?}",
                    x.shape()
                )));
            }
            let (size, step) = (space[i] as i128, stride[i] as i128);
            let mut slack = size + 2 * padding[i] as i128 - reach;
            if self.ceil_mode {
                slack += step - 1;
            }
            let mut windows = slack.div_euclid(step) + 1;
            // A window that would start in the padding at the end is dropped.
            if self.ceil_mode && (windows - 1) * step >= size + padding[i] as i128 {
                windows -= 1;
            }
            if windows < 1 {
                return Err(Error::shape(format!(
                    "{name}: kernel {kernel:?} with dilation {dilation:?} and stride {stride:?} does not fit input {:?} with padding {padding:?}: {windows} windows along dimension {i}",
                    x.shape()
                )));
            }
            pooled[i] = windows as usize;
            // The stride has no effect if there is one window, nor the dilation if the window has one element.
            if windows == 1 {
                stride[i] = 1;
            }
            if kernel[i] == 1 {
                dilation[i] = 1;
            }
        }
        let windows = Windows::Sliding {
            kernel,
            stride,
            padding,
            dilation,
            count_padding: self.count_include_pad,
            divisor: self.divisor,
        };
        Ok(Pool {
            kind,
            windows,
            space,
            pooled,
        })
    }
}

/// The output sizes of an adaptive pooling, one per spatial dimension; `None` keeps the input's size.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutputSizes(SmallVec<[Option<usize>; 3]>);

impl From<usize> for OutputSizes {
    fn from(size: usize) -> OutputSizes {
        OutputSizes(smallvec![Some(size)])
    }
}

impl<const N: usize> From<[usize; N]> for OutputSizes {
    fn from(sizes: [usize; N]) -> OutputSizes {
        OutputSizes(sizes.into_iter().map(Some).collect())
    }
}

impl<const N: usize> From<[Option<usize>; N]> for OutputSizes {
    fn from(sizes: [Option<usize>; N]) -> OutputSizes {
        OutputSizes(sizes.into_iter().collect())
    }
}

impl From<Vec<Option<usize>>> for OutputSizes {
    fn from(sizes: Vec<Option<usize>>) -> OutputSizes {
        OutputSizes(sizes.into())
    }
}

/// The sizes of the last `spatial` dimensions of `[n, c, *s]` or `[c, *s]`.
#[track_caller]
pub(super) fn space(name: &str, x: &Tensor, spatial: usize) -> Result<Dims> {
    let rank = x.ndim();
    if !(1..=3).contains(&spatial) || (rank != spatial + 1 && rank != spatial + 2) {
        return Err(Error::shape(format!(
            "{name}: expected {} or {} dimensions, [n, c, *space] or [c, *space], got shape {:?}",
            spatial.saturating_add(1),
            spatial.saturating_add(2),
            x.shape()
        )));
    }
    if x.shape()[rank - spatial..].contains(&0) {
        return Err(Error::shape(format!(
            "{name}: the spatial dimensions of shape {:?} are empty",
            x.shape()
        )));
    }
    Ok(x.shape()[rank - spatial..].iter().copied().collect())
}

/// Returns an error if any dimension other than the batch is empty.
#[track_caller]
pub(super) fn some_channels(name: &str, x: &Tensor, spatial: usize) -> Result<()> {
    match x.shape()[x.ndim() - spatial - 1] {
        0 => Err(Error::shape(format!(
            "{name}: shape {:?} has no channels; only the batch may be empty",
            x.shape()
        ))),
        _ => Ok(()),
    }
}

#[track_caller]
fn defined(name: &str, x: &Tensor, for_dtype: impl Fn(DType) -> bool) -> Result<()> {
    if for_dtype(x.dtype()) {
        return Ok(());
    }
    Err(Error::dtype(format!(
        "{name}: not defined for {}; convert to a floating-point dtype first",
        x.dtype()
    )))
}

impl Tensor {
    /// The largest element of each window of `[n, c, *s]` or `[c, *s]`, NaN if any is, and its position in the flattened space.
    ///
    /// `o = ⌊(s + 2 padding - dilation (kernel - 1) - 1) / stride⌋ + 1`, rounded up with `ceil_mode` unless the last window would start
    /// in the padding. PyTorch: `nn.functional.max_pool1d`, `max_pool2d`, `max_pool3d`, with `return_indices`.
    #[track_caller]
    pub fn max_pool(&self, options: &PoolOptions) -> Result<(Tensor, Tensor)> {
        let pool = options.pool("max_pool", PoolKind::Max, self)?;
        defined("max_pool", self, |d| d != DType::Bool)?;
        self.max_pooled(pool)
    }

    /// The mean of each window of `[n, c, *s]` or `[c, *s]`, for floating-point dtypes and `int64`, which rounds towards 0.
    /// PyTorch: `nn.functional.avg_pool1d`, `avg_pool2d`, `avg_pool3d`.
    #[track_caller]
    pub fn avg_pool(&self, options: &PoolOptions) -> Result<Tensor> {
        let pool = options.pool("avg_pool", PoolKind::Avg, self)?;
        defined("avg_pool", self, |d| d.is_float() || d == DType::I64)?;
        apply(Op::Pool(Arc::new(pool)), &[self])
    }

    /// The largest elements of windows chosen so that the result has the given sizes, and their positions.
    /// PyTorch: `nn.functional.adaptive_max_pool1d` to `adaptive_max_pool3d`.
    #[track_caller]
    pub fn adaptive_max_pool(&self, sizes: impl Into<OutputSizes>) -> Result<(Tensor, Tensor)> {
        let pool = self.adaptive("adaptive_max_pool", PoolKind::Max, &sizes.into())?;
        some_channels("adaptive_max_pool", self, pool.space.len())?;
        self.max_pooled(pool)
    }

    /// The means of windows chosen so that the result has the given sizes, one per spatial dimension; `None` keeps a size.
    /// PyTorch: `nn.functional.adaptive_avg_pool1d` to `adaptive_avg_pool3d`.
    ///
    /// ```
    /// # use rushlight_tensor::Tensor;
    /// let x = Tensor::ones([1, 3, 8, 6], ())?;
    /// assert_eq!(x.adaptive_avg_pool([Some(2), None])?.shape(), [1, 3, 2, 6]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn adaptive_avg_pool(&self, sizes: impl Into<OutputSizes>) -> Result<Tensor> {
        let pool = self.adaptive("adaptive_avg_pool", PoolKind::Avg, &sizes.into())?;
        // As in PyTorch, for three dimensions only.
        if pool.space.len() == 3 {
            some_channels("adaptive_avg_pool", self, 3)?;
        }
        apply(Op::Pool(Arc::new(pool)), &[self])
    }

    #[track_caller]
    fn max_pooled(&self, pool: Pool) -> Result<(Tensor, Tensor)> {
        let (values, mut aux) = apply_with_aux(Op::Pool(Arc::new(pool)), &[self])?;
        Ok((values, aux.remove(0)))
    }

    #[track_caller]
    fn adaptive(&self, name: &str, kind: PoolKind, sizes: &OutputSizes) -> Result<Pool> {
        let space = space(name, self, sizes.0.len())?;
        defined(name, self, DType::is_float)?;
        let pooled = sizes.0.iter().zip(space.iter());
        Ok(Pool {
            kind,
            windows: Windows::Adaptive,
            space,
            pooled: pooled.map(|(size, &kept)| size.unwrap_or(kept)).collect(),
        })
    }
}
