//! Max and average pooling, with fixed windows or adaptive ones.

use super::conv::per_dimension;
use crate::{Ints, Tensor, apply, apply_with_aux};
use rushlight_backend::{DType, Dims, Error, Op, Pool, PoolKind, Result, Windows};
use std::sync::Arc;

crate::options! {
    /// Options of a max pooling, as a function and as a layer. Each list has one entry per spatial dimension, or one for all.
    #[derive(PartialEq)]
    MaxPoolOptions {
        /// Stride of the window; by default its size.
        stride(into Ints): Option<Ints> = None,
        /// Padding of the input with -∞ on both sides, at most half of the window; by default none.
        padding(into): Ints = 0.into(),
        /// Dilation: the distance between elements of the window; by default 1.
        dilation(into): Ints = 1.into(),
        /// Whether the last window may extend beyond the end; by default it may not.
        ceil_mode: bool = false,
    }
}

crate::options! {
    /// Options of an average pooling, as a function and as a layer. Each list has one entry per spatial dimension, or one for all.
    #[derive(PartialEq)]
    AvgPoolOptions {
        /// Stride of the window; by default its size.
        stride(into Ints): Option<Ints> = None,
        /// Padding of the input with zeros on both sides, at most half of the window; by default none.
        padding(into): Ints = 0.into(),
        /// Whether the last window may extend beyond the end; by default it may not.
        ceil_mode: bool = false,
        /// Whether padding counts among the elements; by default it does.
        count_include_pad: bool = true,
        /// The divisor, instead of the number of elements; not 0.
        divisor_override(some i64): Option<i64> = None,
    }
}

/// The windows of a max or average pooling, before they are checked.
struct Window<'a> {
    kernel: &'a Ints,
    stride: Option<&'a Ints>,
    padding: &'a Ints,
    dilation: &'a Ints,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor: Option<i64>,
}

impl Window<'_> {
    #[track_caller]
    fn pool(&self, name: &str, kind: PoolKind, x: &Tensor) -> Result<Pool> {
        let spatial = self.kernel.as_slice().len();
        let space = space(name, x, spatial)?;
        some_channels(name, x, spatial)?;
        let kernel = per_dimension(name, "kernel_size", self.kernel, spatial, 1)?;
        let mut stride = match self.stride {
            Some(stride) => per_dimension(name, "stride", stride, spatial, 1)?,
            None => kernel,
        };
        let padding = per_dimension(name, "padding", self.padding, spatial, 0)?;
        let mut dilation = per_dimension(name, "dilation", self.dilation, spatial, 1)?;
        if self.divisor == Some(0) {
            return Err(Error::value(format!(
                "{name}: divisor_override must not be 0"
            )));
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

/// The sizes of the last `spatial` dimensions of `[n, c, *s]` or `[c, *s]`.
#[track_caller]
pub(super) fn space(name: &str, x: &Tensor, spatial: usize) -> Result<Dims> {
    let rank = x.ndim();
    if !(1..=3).contains(&spatial) {
        return Err(Error::value(format!(
            "{name}: one size per spatial dimension is expected, 1 to 3 of them, got {spatial}"
        )));
    }
    if rank != spatial + 1 && rank != spatial + 2 {
        return Err(Error::shape(format!(
            "{name}: expected {} or {} dimensions, [n, c, *space] or [c, *space], got shape {:?}",
            spatial + 1,
            spatial + 2,
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
    /// `kernel_size` has one entry per spatial dimension. `o = ⌊(s + 2 padding - dilation (kernel - 1) - 1) / stride⌋ + 1`, rounded up with
    /// `ceil_mode` unless the last window would start in the padding. PyTorch: `nn.functional.max_pool1d`, `max_pool2d`, `max_pool3d`, with
    /// `return_indices`.
    ///
    /// ```
    /// # use rushlight::{MaxPoolOptions, tensor};
    /// let x = tensor!([[1.0, 4.0, 3.0, 2.0]]);
    /// let (y, at) = x.max_pool([2], MaxPoolOptions::new().stride(1))?;
    /// assert_eq!(y.to_vec::<f32>()?, [4.0, 4.0, 3.0]);
    /// assert_eq!(at.to_vec::<i64>()?, [1, 1, 2]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the input does not have one or two dimensions more than `kernel_size` has entries, a size or an option is out of range, no window
    /// fits, or the dtype is `bool`.
    #[track_caller]
    pub fn max_pool(
        &self,
        kernel_size: impl Into<Ints>,
        options: impl Into<MaxPoolOptions>,
    ) -> Result<(Tensor, Tensor)> {
        self.max_windows(&kernel_size.into(), &options.into())
    }

    #[track_caller]
    fn max_windows(&self, kernel: &Ints, options: &MaxPoolOptions) -> Result<(Tensor, Tensor)> {
        let window = Window {
            kernel,
            stride: options.stride.as_ref(),
            padding: &options.padding,
            dilation: &options.dilation,
            ceil_mode: options.ceil_mode,
            count_include_pad: true,
            divisor: None,
        };
        let pool = window.pool("max_pool", PoolKind::Max, self)?;
        defined("max_pool", self, |d| d != DType::Bool)?;
        self.max_pooled(pool)
    }

    /// The mean of each window of `[n, c, *s]` or `[c, *s]`, for floating-point dtypes and `int64`, which rounds towards 0.
    ///
    /// `kernel_size` has one entry per spatial dimension; the sizes of the result are those of [`Tensor::max_pool`] with dilation 1.
    /// PyTorch: `nn.functional.avg_pool1d`, `avg_pool2d`, `avg_pool3d`.
    ///
    /// ```
    /// # use rushlight::{AvgPoolOptions, tensor};
    /// let x = tensor!([[1.0, 4.0, 3.0, 2.0]]);
    /// assert_eq!(x.avg_pool([2], ())?.to_vec::<f32>()?, [2.5, 2.5]);
    /// let edges = AvgPoolOptions::new().padding(1).count_include_pad(false);
    /// assert_eq!(x.avg_pool([2], edges)?.to_vec::<f32>()?, [1.0, 3.5, 2.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::max_pool`], and if `divisor_override` is 0.
    #[track_caller]
    pub fn avg_pool(
        &self,
        kernel_size: impl Into<Ints>,
        options: impl Into<AvgPoolOptions>,
    ) -> Result<Tensor> {
        self.avg_windows(&kernel_size.into(), &options.into())
    }

    #[track_caller]
    fn avg_windows(&self, kernel: &Ints, options: &AvgPoolOptions) -> Result<Tensor> {
        let window = Window {
            kernel,
            stride: options.stride.as_ref(),
            padding: &options.padding,
            dilation: &1.into(),
            ceil_mode: options.ceil_mode,
            count_include_pad: options.count_include_pad,
            divisor: options.divisor_override,
        };
        let pool = window.pool("avg_pool", PoolKind::Avg, self)?;
        defined("avg_pool", self, |d| d.is_float() || d == DType::I64)?;
        apply(Op::Pool(Arc::new(pool)), &[self])
    }

    /// The largest elements of windows chosen so that the result has the given sizes, one per spatial dimension, and their positions; `None`
    /// keeps a size. PyTorch: `nn.functional.adaptive_max_pool1d` to `adaptive_max_pool3d`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (y, at) = tensor!([[1.0, 4.0, 3.0, 2.0]]).adaptive_max_pool([Some(2)])?;
    /// assert_eq!(y.to_vec::<f32>()?, [4.0, 3.0]);
    /// assert_eq!(at.to_vec::<i64>()?, [1, 2]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the input does not have one or two dimensions more than there are sizes, is empty, or does not have a floating-point dtype.
    #[track_caller]
    pub fn adaptive_max_pool(
        &self,
        output_size: impl AsRef<[Option<usize>]>,
    ) -> Result<(Tensor, Tensor)> {
        let pool = self.adaptive("adaptive_max_pool", PoolKind::Max, output_size.as_ref())?;
        some_channels("adaptive_max_pool", self, pool.space.len())?;
        self.max_pooled(pool)
    }

    /// The means of windows chosen so that the result has the given sizes, one per spatial dimension; `None` keeps a size.
    /// PyTorch: `nn.functional.adaptive_avg_pool1d` to `adaptive_avg_pool3d`.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// let x = Tensor::ones([1, 3, 8, 6], ())?;
    /// assert_eq!(x.adaptive_avg_pool([Some(2), None])?.shape(), [1, 3, 2, 6]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::adaptive_max_pool`].
    #[track_caller]
    pub fn adaptive_avg_pool(&self, output_size: impl AsRef<[Option<usize>]>) -> Result<Tensor> {
        let pool = self.adaptive("adaptive_avg_pool", PoolKind::Avg, output_size.as_ref())?;
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
    fn adaptive(&self, name: &str, kind: PoolKind, sizes: &[Option<usize>]) -> Result<Pool> {
        let space = space(name, self, sizes.len())?;
        defined(name, self, DType::is_float)?;
        let pooled = sizes.iter().zip(space.iter());
        Ok(Pool {
            kind,
            windows: Windows::Adaptive,
            space,
            pooled: pooled.map(|(size, &kept)| size.unwrap_or(kept)).collect(),
        })
    }
}
