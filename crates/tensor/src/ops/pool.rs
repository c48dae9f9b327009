//! Pooling: the largest element or the mean of each window.

use super::conv::per_dimension;
use crate::{Ints, Tensor, apply, apply_with_aux};
use rushlight_backend::{Category, Dims, Error, Op, Pool, PoolKind, Result, Windows};
use std::sync::Arc;

/// How a pooling window moves. Each list has one entry per spatial dimension, or one for all.
#[derive(Clone, Debug)]
pub struct PoolOptions {
    /// Size of the window; its length, or `spatial`, says how many dimensions are spatial.
    pub kernel: Ints,
    /// Step of the window, by default its size.
    pub stride: Option<Ints>,
    /// Padding on either side: never the maximum, zeros for the mean.
    pub padding: Ints,
    /// Distance between the taps; maximum only.
    pub dilation: Ints,
    /// Whether a last window may hang over the end.
    pub ceil_mode: bool,
    /// Mean only: whether padding counts among the elements.
    pub count_include_pad: bool,
    /// Mean only: what to divide by instead of the number of elements.
    pub divisor: Option<usize>,
    /// How many trailing dimensions are spatial.
    pub spatial: usize,
}

impl PoolOptions {
    /// Windows of `kernel` side by side over `spatial` dimensions.
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
        let kernel = per_dimension(name, "kernel_size", &self.kernel, spatial, 1)?;
        let stride = match &self.stride {
            Some(stride) => per_dimension(name, "stride", stride, spatial, 1)?,
            None => kernel,
        };
        let padding = per_dimension(name, "padding", &self.padding, spatial, 0)?;
        let dilation = per_dimension(name, "dilation", &self.dilation, spatial, 1)?;
        if self.divisor == Some(0) {
            return Err(Error::value(format!("{name}: the divisor must not be 0")));
        }
        let mut pooled = Dims::filled(0, spatial);
        for i in 0..spatial {
            if padding[i] > kernel[i] / 2 {
                return Err(Error::value(format!(
                    "{name}: padding {padding:?} is more than half of kernel {kernel:?}"
                )));
            }
            let reach = dilation[i] * (kernel[i] - 1) + 1;
            let Some(slack) = (space[i] + 2 * padding[i]).checked_sub(reach) else {
                return Err(Error::shape(format!(
                    "{name}: kernel {kernel:?} with dilation {dilation:?} does not fit input {:?} with padding {padding:?}",
                    x.shape()
                )));
            };
            pooled[i] = if self.ceil_mode {
                slack.div_ceil(stride[i])
            } else {
                slack / stride[i]
            } + 1;
            // A window that would start in the padding at the end is dropped.
            if self.ceil_mode && (pooled[i] - 1) * stride[i] >= space[i] + padding[i] {
                pooled[i] -= 1;
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

#[track_caller]
fn space(name: &str, x: &Tensor, spatial: usize) -> Result<Dims> {
    let rank = x.ndim();
    if !(1..=3).contains(&spatial) || (rank != spatial + 1 && rank != spatial + 2) {
        return Err(Error::shape(format!(
            "{name}: expected {} or {} dimensions, got shape {:?}",
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

#[track_caller]
fn floats_only(name: &str, x: &Tensor) -> Result<()> {
    match x.dtype().category() {
        Category::Float => Ok(()),
        _ => Err(Error::dtype(format!(
            "{name}: not defined for {}",
            x.dtype()
        ))),
    }
}

impl Tensor {
    /// The largest element of each window, and its position in the flattened space.
    /// PyTorch: `nn.functional.max_pool1d`, `max_pool2d`, `max_pool3d`, with `return_indices`.
    #[track_caller]
    pub fn max_pool(&self, options: &PoolOptions) -> Result<(Tensor, Tensor)> {
        self.max_pooled(options.pool("max_pool", PoolKind::Max, self)?)
    }

    /// The mean of each window. PyTorch: `nn.functional.avg_pool1d`, `avg_pool2d`, `avg_pool3d`.
    #[track_caller]
    pub fn avg_pool(&self, options: &PoolOptions) -> Result<Tensor> {
        floats_only("avg_pool", self)?;
        apply(
            Op::Pool(Arc::new(options.pool("avg_pool", PoolKind::Avg, self)?)),
            &[self],
        )
    }

    /// The largest elements of windows chosen so that the result has the given sizes (-1 keeps one), and their positions.
    /// PyTorch: `nn.functional.adaptive_max_pool1d` and kin.
    #[track_caller]
    pub fn adaptive_max_pool(&self, sizes: impl Into<Ints>) -> Result<(Tensor, Tensor)> {
        self.max_pooled(self.adaptive("adaptive_max_pool", PoolKind::Max, sizes.into())?)
    }

    /// The means of windows chosen so that the result has the given sizes (-1 keeps one), one a spatial dimension.
    /// PyTorch: `nn.functional.adaptive_avg_pool1d` and kin.
    #[track_caller]
    pub fn adaptive_avg_pool(&self, sizes: impl Into<Ints>) -> Result<Tensor> {
        floats_only("adaptive_avg_pool", self)?;
        let pool = self.adaptive("adaptive_avg_pool", PoolKind::Avg, sizes.into())?;
        apply(Op::Pool(Arc::new(pool)), &[self])
    }

    #[track_caller]
    fn max_pooled(&self, pool: Pool) -> Result<(Tensor, Tensor)> {
        let (values, mut aux) = apply_with_aux(Op::Pool(Arc::new(pool)), &[self])?;
        Ok((values, aux.remove(0)))
    }

    #[track_caller]
    fn adaptive(&self, name: &str, kind: PoolKind, sizes: Ints) -> Result<Pool> {
        let space = space(name, self, sizes.as_slice().len())?;
        let size = |(i, &n): (usize, &isize)| {
            if n == -1 {
                Ok(space[i])
            } else {
                usize::try_from(n)
            }
        };
        match sizes.as_slice().iter().enumerate().map(size).collect() {
            Ok(pooled) => Ok(Pool {
                kind,
                windows: Windows::Adaptive,
                space,
                pooled,
            }),
            Err(_) => Err(Error::value(format!(
                "{name}: the sizes must not be negative: {:?}",
                sizes.as_slice()
            ))),
        }
    }
}
