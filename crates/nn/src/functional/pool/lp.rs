//! Power-average pooling.

use crate::functional::Each;
use rushlight_tensor::{
    AvgPoolOptions, DType, Error, Half, Ints, MaxPoolOptions, Result, Tensor, options,
};

options! {
    /// Options of a power-average pooling, as a function and as a layer.
    #[derive(PartialEq)]
    LPPoolOptions {
        /// The stride of the window, one for all spatial dimensions or one for each; by default the size of the window.
        stride(into Ints): Option<Ints> = None,
        /// Whether the last window may extend beyond the end; by default false.
        ceil_mode: bool = false,
    }
}

macro_rules! lp_pools {
    ($($name:ident $spatial:literal $space:literal $input:literal $pooled:literal;)*) => { $(
        #[doc = concat!(
            "Computes `(Σ xᵖ)^(1/p)` over each window of `[n, c, ", $space, "]` or `[c, ", $space, "]` with `p = norm_type`; ",
            "`p = ∞` computes the largest magnitude, `-∞` the smallest.\n\n",
            "PyTorch: `nn.functional.", stringify!($name), "`.\n\n",
            "```\n",
            "use rushlight_nn::functional::{LPPoolOptions, ", stringify!($name), "};\n",
            "use rushlight_tensor::Tensor;\n",
            "let x = Tensor::ones(", $input, ", ())?;\n",
            "let y = ", stringify!($name), "(&x, 2.0, 3, LPPoolOptions::new().stride(2).ceil_mode(true))?;\n",
            "assert_eq!(y.shape(), ", $pooled, ");\n",
            "# Ok::<(), rushlight_tensor::Error>(())\n",
            "```\n\n",
            "# Errors\nReturns an error if `norm_type` is 0 or NaN, or [`Tensor::avg_pool`] fails.",
        )]
        #[track_caller]
        pub fn $name(
            x: &Tensor,
            norm_type: f64,
            kernel_size: impl Into<Each<$spatial>>,
            options: impl Into<LPPoolOptions>,
        ) -> Result<Tensor> {
            lp_pool(x, norm_type, &kernel_size.into().0, &options.into())
        }
    )* };
}

lp_pools! {
    lp_pool1d 1 "l" "[1, 3, 8]" "[1, 3, 4]";
    lp_pool2d 2 "h, w" "[1, 3, 8, 6]" "[1, 3, 4, 3]";
    lp_pool3d 3 "d, h, w" "[1, 3, 4, 8, 6]" "[1, 3, 2, 4, 3]";
}

/// Computes `(Σ xᵖ)^(1/p)` over each window, which has a size for each spatial dimension.
#[track_caller]
pub(crate) fn lp_pool(
    x: &Tensor,
    p: f64,
    kernel: &[usize],
    options: &LPPoolOptions,
) -> Result<Tensor> {
    let windows = Windows { kernel, options };
    if p == 0.0 || p.is_nan() {
        return Err(Error::value(format!("lp_pool: norm_type must not be {p}")));
    }
    if p == f64::INFINITY {
        return windows.max(&x.abs()?);
    }
    if p == f64::NEG_INFINITY {
        return windows.max(&x.abs()?.neg()?)?.neg();
    }
    if let Some(half) = Half::among([x]) {
        return half.round(lp_pool(&half.widen(x)?, p, kernel, options)?);
    }
    if !x.dtype().is_float() {
        // The sum is the mean times the size of the window.
        return root(&windows.mean(&x.pow(p)?)?.mul(windows.elements())?, p);
    }
    // The elements of each window are divided by its dominant element, so that no power overflows or underflows.
    let size = x.detach().abs()?;
    let most = match p > 0.0 {
        true => windows.max(&size)?,
        false => windows.max(&size.neg()?)?.neg()?,
    };
    let plain = most.gt(0.0)?.logical_and(&most.isfinite()?)?;
    let scale = plain.where_cond(&most, 1.0)?;
    let mut each = scale.clone();
    for _ in 0..kernel.len() {
        each = each.unsqueeze(-1)?;
    }
    let space = &most.shape()[x.ndim() - kernel.len()..];
    let powers = windows.of(x, space)?.div(&each)?.pow(p)?;
    let along: Vec<isize> = (1..=kernel.len() as isize).map(|d| -d).collect();
    let total = match windows.inside(x, space)? {
        None => powers.sum_dim(along, false)?,
        // The sum over a window that extends beyond the end is its mean times the size of the window.
        Some(inside) => {
            let total = inside
                .where_cond(&powers, 0.0)?
                .sum_dim(&along[..], false)?;
            let there = inside.sum_dim(along, false)?;
            total.div(&there)?.mul(windows.elements())?
        }
    };
    let total = match windows.covered(x, space)? {
        None => total,
        // As in PyTorch, elements outside all windows get the derivative of their power times 0, which is NaN if that is not finite.
        Some(covered) => {
            let outside = covered.where_cond(1.0, x)?.pow(p)?.sum()?;
            let never = covered.new_zeros(())?;
            total.add(&never.where_cond(&outside, 0.0)?)?
        }
    };
    root(&total, p)?.mul(&scale)
}

/// Computes the `p`-th root of a sum of powers; the derivative at 0 is 0.
#[track_caller]
fn root(total: &Tensor, p: f64) -> Result<Tensor> {
    total.sign()?.mul(&total.abs()?.relu()?)?.pow(1.0 / p)
}

/// The windows of a power-average pooling.
struct Windows<'a> {
    kernel: &'a [usize],
    options: &'a LPPoolOptions,
}

impl Windows<'_> {
    /// The maximum of each window.
    #[track_caller]
    fn max(&self, x: &Tensor) -> Result<Tensor> {
        let options = MaxPoolOptions {
            stride: self.options.stride.clone(),
            ceil_mode: self.options.ceil_mode,
            ..MaxPoolOptions::new()
        };
        Ok(x.max_pool(self.kernel, options)?.0)
    }

    /// The mean of each window.
    #[track_caller]
    fn mean(&self, x: &Tensor) -> Result<Tensor> {
        let options = AvgPoolOptions {
            stride: self.options.stride.clone(),
            ceil_mode: self.options.ceil_mode,
            ..AvgPoolOptions::new()
        };
        x.avg_pool(self.kernel, options)
    }

    /// The number of elements of a full window.
    fn elements(&self) -> f64 {
        self.kernel.iter().map(|&n| n as f64).product()
    }

    /// The elements of each of `pooled` windows in additional dimensions, with zeros beyond the end.
    #[track_caller]
    fn of(&self, x: &Tensor, pooled: &[usize]) -> Result<Tensor> {
        let first = x.ndim() - self.kernel.len();
        let mut windows = x.clone();
        for (i, &n) in pooled.iter().enumerate() {
            let (size, step) = self.along(i);
            let dim = (first + i) as isize;
            let missing = ((n - 1) * step + size).saturating_sub(x.shape()[first + i]);
            if missing > 0 {
                let mut shape = windows.shape().to_vec();
                shape[first + i] = missing;
                windows = Tensor::cat(&[&windows, &windows.new_zeros(shape)?], dim)?;
            }
            windows = windows.unfold(dim, size, step)?.narrow(dim, 0, n)?;
        }
        Ok(windows)
    }

    /// A mask of the elements of [`Windows::of`] that lie inside the input, if not all do.
    #[track_caller]
    fn inside(&self, x: &Tensor, pooled: &[usize]) -> Result<Option<Tensor>> {
        let space = &x.shape()[x.ndim() - self.kernel.len()..];
        let reaches = |(i, (&n, &pooled)): (usize, (&usize, &usize))| {
            let (size, step) = self.along(i);
            (pooled - 1) * step + size > n
        };
        if !space.iter().zip(pooled).enumerate().any(reaches) {
            return Ok(None);
        }
        let ones = Tensor::ones(space, (DType::Bool, x.device()))?;
        self.of(&ones, pooled).map(Some)
    }

    /// A mask of the elements that lie in a window, if not all do.
    #[track_caller]
    fn covered(&self, x: &Tensor, pooled: &[usize]) -> Result<Option<Tensor>> {
        let space = &x.shape()[x.ndim() - self.kernel.len()..];
        let mut all: Option<Tensor> = None;
        for (i, (&n, &pooled)) in space.iter().zip(pooled).enumerate() {
            let (size, step) = self.along(i);
            let inside: Vec<bool> = (0..n)
                .map(|at| {
                    at % step < size && at / step < pooled
                        || at < (pooled - 1) * step + size && step < size
                })
                .collect();
            if inside.iter().all(|&inside| inside) {
                continue;
            }
            let mut shape = vec![1; self.kernel.len()];
            shape[i] = n;
            let inside = Tensor::from_slice_on(&inside, shape, x.device())?;
            all = Some(match all {
                Some(all) => all.logical_and(&inside)?,
                None => inside,
            });
        }
        Ok(all)
    }

    /// The size and stride of the windows along spatial dimension `i`. Pooling has already checked that there is one stride, or one for
    /// each dimension.
    fn along(&self, i: usize) -> (usize, usize) {
        let size = self.kernel[i];
        let stride = self.options.stride.as_ref().map(Ints::as_slice);
        (
            size,
            stride.map_or(size, |list| list[i % list.len()] as usize),
        )
    }
}
