//! Pooling over one, two or three dimensions: `pool_max.wgsl`, `pool_avg.wgsl`, and the gradients of both, which gather what windows spread
//! (`pool_avg_grad.wgsl`, `pool_max_grad.wgsl`).

use super::dispatch::Dispatch;
use super::indexed::indexed;
use super::names;
use super::params::{LAUNCH, Number, Params, params};
use super::reduce::reduce;
use crate::engine::{Bound, Grid};
use crate::gpu::Gpu;
use rushlight_backend::plan::{Loops, PoolPlan, halves};
use rushlight_backend::{
    Binary, DType, Dims, Error, Layout, Pool, PoolKind, Result, Scalar, View, Windows,
};
use rushlight_shaders::{Compute, Kernel, kernels};
use smallvec::SmallVec;

const WIDTH: u32 = 256;

/// See [`rushlight_backend::Backend::pool`].
pub(crate) fn pool(gpu: &Gpu, plan: &PoolPlan<'_>, x: &View<'_>, outs: &[View<'_>]) -> Result<()> {
    if outs[0].layout().numel() == 0 {
        return Ok(());
    }
    if let Some(mean) = &plan.whole {
        return reduce(gpu, mean, x, &outs[0]);
    }
    let pooling = Pooling {
        gpu,
        pool: plan.pool,
    };
    let views: SmallVec<[View<'_>; 3]> = [x].into_iter().chain(outs).copied().collect();
    pooling.run(&views)
}

/// The gradient of a maximum: `g` where `at` says that it was, in `y`.
pub(crate) fn max_grad(
    gpu: &Gpu,
    pool: &Pool,
    g: &View<'_>,
    at: &View<'_>,
    y: &View<'_>,
) -> Result<()> {
    if y.layout().numel() == 0 {
        return Ok(());
    }
    Pooling { gpu, pool }.run_max_grad(&[*g, *at, *y])
}

struct Pooling<'a> {
    gpu: &'a Gpu,
    pool: &'a Pool,
}

impl Pooling<'_> {
    fn name(&self) -> &'static str {
        self.pool.name()
    }

    /// At most how many rounds a thread goes through the taps of its window, or for a gradient through the windows of its place.
    fn rounds(&self, gradient: bool) -> usize {
        let pool = self.pool;
        let along = |d: usize| {
            let (space, pooled) = (pool.space[d], pool.pooled[d].max(1));
            match &pool.windows {
                Windows::Adaptive if gradient => pooled.div_ceil(space.max(1)) + 1,
                Windows::Adaptive => space.div_ceil(pooled) + 1,
                Windows::Sliding {
                    kernel,
                    stride,
                    dilation,
                    ..
                } if gradient => (kernel[d] * dilation[d]).div_ceil(stride[d].max(1)),
                Windows::Sliding { kernel, .. } => kernel[d],
            }
        };
        (0..pool.space.len())
            .rev()
            .fold(0, |inner, d| along(d) * (inner + 1))
    }

    #[track_caller]
    fn check_rounds(&self, gradient: bool) -> Result<()> {
        let rounds = self.rounds(gradient);
        if self.gpu.capabilities.allows(rounds) {
            return Ok(());
        }
        Err(Error::unsupported(format!(
            "{}: windows of {rounds} elements are more than the software driver {} goes through; pool in two steps, or on the CPU",
            self.name(),
            self.gpu.capabilities.adapter
        )))
    }

    /// Cuts the work between planes where a tensor reaches too far for one binding.
    fn in_parts(
        &self,
        views: &[View<'_>],
        run: &dyn Fn(&[View<'_>]) -> Result<()>,
    ) -> Option<Result<()>> {
        if views.iter().all(|v| self.gpu.fits(v)) {
            return None;
        }
        let outer: SmallVec<[Layout; 4]> = views.iter().map(|v| self.planes(v.layout())).collect();
        let parts = halves(&outer)?;
        Some(parts.iter().try_for_each(|part| {
            let layouts: SmallVec<[Layout; 4]> = views
                .iter()
                .zip(part)
                .map(|(v, planes)| {
                    let space = planes.shape().len()..v.layout().shape().len();
                    let join = |a: &Dims, b: &Dims| -> Dims {
                        a.iter().chain(&b[space.clone()]).copied().collect()
                    };
                    Layout::strided(
                        join(planes.shape(), v.layout().shape()),
                        join(planes.strides(), v.layout().strides()),
                        planes.offset(),
                    )
                })
                .collect();
            let views: SmallVec<[View<'_>; 4]> = views
                .iter()
                .zip(&layouts)
                .map(|(v, layout)| v.with_layout(layout))
                .collect::<Result<_>>()?;
            run(&views)
        }))
    }

    /// The layout without the dimensions of space.
    fn planes(&self, layout: &Layout) -> Layout {
        let outer = layout.shape().len() - self.pool.space.len();
        let cut = |dims: &Dims| -> Dims { dims[..outer].iter().copied().collect() };
        Layout::strided(cut(layout.shape()), cut(layout.strides()), layout.offset())
    }

    fn run(&self, views: &[View<'_>]) -> Result<()> {
        if let Some(done) = self.in_parts(views, &|views| self.run(views)) {
            return done;
        }
        self.check_rounds(self.pool.kind == PoolKind::AvgGrad)?;
        let bound: SmallVec<[Bound<'_>; 3]> = views
            .iter()
            .map(|v| self.gpu.bind(v))
            .collect::<Result<_>>()?;
        let (x, y) = (&bound[0], &bound[1]);
        // Sums of int32 may be wider.
        let wide = y.dtype == DType::I32 && self.pool.kind != PoolKind::Max;
        let dtype = if wide { DType::I64 } else { y.dtype };
        let (name, capabilities) = (self.name(), &self.gpu.capabilities);
        if let [_, _, at] = &bound[..] {
            let compute = capabilities.natural(name, dtype)?;
            return self
                .dispatch(&kernels::POOL_MAX, compute)
                .tensors([("x", x), ("y", y), ("at", at)])?
                .run(
                    self.params(Number(lowest(compute), compute), false, [x, y, at]),
                    Grid::threads(y.numel(), WIDTH),
                );
        }
        let compute = capabilities.arithmetic(name, dtype.compute(), [dtype])?;
        let (padding, divisor) = match &self.pool.windows {
            Windows::Sliding {
                count_padding,
                divisor,
                ..
            } => (*count_padding, divisor.unwrap_or(0)),
            Windows::Adaptive => (false, 0),
        };
        let kernel = match self.pool.kind {
            PoolKind::Avg => &kernels::POOL_AVG,
            _ => &kernels::POOL_AVG_GRAD,
        };
        self.dispatch(kernel, compute)
            .with(|v| match compute {
                Compute::F32 | Compute::F64 => v,
                _ => v.function(names::binary(Binary::DivTrunc), "sum, n"),
            })
            .tensors([("x", x), ("y", y)])?
            .run(
                self.params(Number(Scalar::Int(divisor), compute), padding, [x, y, x]),
                Grid::threads(y.numel(), WIDTH),
            )
    }

    fn run_max_grad(&self, views: &[View<'_>]) -> Result<()> {
        if let Some(done) = self.in_parts(views, &|views| self.run_max_grad(views)) {
            return done;
        }
        self.check_rounds(true)?;
        let [x, at, y] = [&views[0], &views[1], &views[2]];
        let dtype = y.dtype();
        let capabilities = &self.gpu.capabilities;
        let compute = capabilities.arithmetic(self.name(), dtype.compute(), [dtype])?;
        let [x, at, y] = [self.gpu.bind(x)?, self.gpu.bind(at)?, self.gpu.bind(y)?];
        self.dispatch(&kernels::POOL_MAX_GRAD, compute)
            .with(|v| indexed(v, at.dtype))
            .tensor("x", &x)?
            .binding(&at)
            .tensor("y", &y)?
            .run(
                self.params(Number(Scalar::Int(0), compute), false, [&x, &y, &at]),
                Grid::threads(y.numel(), WIDTH),
            )
    }

    fn dispatch(&self, kernel: &'static Kernel, compute: Compute) -> Dispatch<'_> {
        Dispatch::new(self.gpu, self.name(), kernel, compute).constant("WIDTH", WIDTH)
    }

    /// What the kernels work on: a number of each kernel's own, then the tensors x, y and positions (or another, where there are none).
    fn params(&self, number: Number, padding: bool, tensors: [&Bound<'_>; 3]) -> Params {
        let pool = self.pool;
        let [x, y, at] = tensors;
        let (outer, rank) = (x.shape.len() - pool.space.len(), x.shape.len());
        let part = |dims: &Dims, range: std::ops::Range<usize>| -> Dims {
            dims[range].iter().copied().collect()
        };
        let space = |t: &Bound<'_>| triple(&part(&t.strides, outer..rank), 0);
        let planes = tensors.map(|t| part(&t.strides, 0..outer));
        let loops = Loops::new(&part(&x.shape, 0..outer), planes.each_ref());
        let at_least_1 = |dims: &Dims| -> Dims { dims.iter().map(|&n| n.max(1)).collect() };
        let [kernel, stride, padded, dilation] = match &pool.windows {
            Windows::Sliding {
                kernel,
                stride,
                padding,
                dilation,
                ..
            } => [
                triple(kernel, 1),
                triple(&at_least_1(stride), 1),
                triple(padding, 0),
                triple(&at_least_1(dilation), 1),
            ],
            Windows::Adaptive => [[0; 4]; 4],
        };
        let windows = params! {
            space: triple(&pool.space, 1), pooled: triple(&pool.pooled, 1),
            kernel, stride, padding: padded, dilation,
        };
        params! {
            number, count: y.numel(), x: x.offset, y: y.offset, at: at.offset, padding, launch: LAUNCH, windows,
            x_space: space(x), y_space: space(y), at_space: space(at),
            rank: loops.rank(), planes: loops.shape,
            x_planes: loops.strides[0], y_planes: loops.strides[1], at_planes: loops.strides[2],
        }
    }
}

/// Depth, height and width, the first of them `missing` where there are fewer, as a vector of four.
fn triple(dims: &Dims, missing: usize) -> [usize; 4] {
    let mut triple = [missing, missing, missing, 0];
    triple[3 - dims.len()..3].copy_from_slice(dims);
    triple
}

fn lowest(compute: Compute) -> Scalar {
    match compute {
        Compute::F32 | Compute::F64 => Scalar::Float(f64::NEG_INFINITY),
        Compute::I32 => Scalar::Int(i64::from(i32::MIN)),
        Compute::I64 | Compute::Pair => Scalar::Int(i64::MIN),
    }
}
