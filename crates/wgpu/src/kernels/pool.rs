//! Pooling over one, two or three dimensions: `pool_max.wgsl`, `pool_avg.wgsl`, and the gradients of both, which gather what windows spread
//! (`pool_avg_grad.wgsl`, `pool_max_grad.wgsl`).

use super::indexed::indexed;
use super::names;
use super::params::Params;
use super::reduce::reduce;
use crate::engine::{Bound, Grid, Launch};
use crate::gpu::Gpu;
use rushlight_backend::plan::{Loops, PoolPlan, halves};
use rushlight_backend::{
    Binary, DType, Dims, Error, Layout, Pool, PoolKind, Result, Scalar, View, Windows,
};
use rushlight_shaders::{Compute, Kernel, Variant, kernels};
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
        let (x, y) = (&views[0], &views[1]);
        let capabilities = &self.gpu.capabilities;
        let stored = capabilities.stored(self.name(), y.dtype())?;
        // Sums of int32 may be wider.
        let wide = y.dtype() == DType::I32 && self.pool.kind != PoolKind::Max;
        let dtype = if wide { DType::I64 } else { y.dtype() };
        let compute = match self.pool.kind {
            PoolKind::Max => capabilities.natural(self.name(), dtype)?,
            _ => capabilities.arithmetic(self.name(), dtype.compute(), [dtype])?,
        };
        let bound: SmallVec<[Bound<'_>; 3]> = views
            .iter()
            .map(|v| self.gpu.bind(v))
            .collect::<Result<_>>()?;
        let count = y.layout().numel();
        let offsets = |params: Params| {
            bound
                .iter()
                .fold(params.word(count), |p, t| p.word(t.offset as usize))
        };
        let (kernel, params): (&'static Kernel, Params) = match self.pool.kind {
            PoolKind::Max => {
                let lowest = lowest(compute);
                let params = offsets(Params::new().number(lowest, compute));
                (&kernels::POOL_MAX, params)
            }
            PoolKind::Avg | PoolKind::AvgGrad => {
                let (padding, divisor) = match &self.pool.windows {
                    Windows::Sliding {
                        count_padding,
                        divisor,
                        ..
                    } => (*count_padding, divisor.unwrap_or(0)),
                    Windows::Adaptive => (false, 0),
                };
                let divisor = Scalar::Int(divisor);
                let params = offsets(Params::new().number(divisor, compute));
                // No divisor is 0: there is nothing to report.
                let params = params.word(usize::from(padding)).word(0);
                let kernel = match self.pool.kind {
                    PoolKind::Avg => &kernels::POOL_AVG,
                    _ => &kernels::POOL_AVG_GRAD,
                };
                (kernel, params)
            }
        };
        let variant = Variant::new(kernel, compute)
            .stored("x", stored)
            .stored("y", stored)
            .constant("WIDTH", WIDTH);
        let variant = match (self.pool.kind, compute) {
            (PoolKind::Max, _) => variant.stored("at", capabilities.stored("pool", DType::I64)?),
            (_, Compute::I32 | Compute::I64 | Compute::Pair) => {
                variant.function(names::binary(Binary::DivTrunc), "sum, n")
            }
            _ => variant,
        };
        debug_assert!(x.dtype() == y.dtype());
        self.launch(variant, &bound, params, count)
    }

    fn run_max_grad(&self, views: &[View<'_>]) -> Result<()> {
        if let Some(done) = self.in_parts(views, &|views| self.run_max_grad(views)) {
            return done;
        }
        self.check_rounds(true)?;
        let y = &views[2];
        let capabilities = &self.gpu.capabilities;
        let stored = capabilities.stored(self.name(), y.dtype())?;
        let compute = capabilities.arithmetic(self.name(), y.dtype().compute(), [y.dtype()])?;
        let bound: SmallVec<[Bound<'_>; 3]> = views
            .iter()
            .map(|v| self.gpu.bind(v))
            .collect::<Result<_>>()?;
        let count = y.layout().numel();
        let params = bound
            .iter()
            .fold(Params::new().word(count), |p, t| p.word(t.offset as usize));
        let variant = Variant::new(&kernels::POOL_MAX_GRAD, compute)
            .stored("x", stored)
            .stored("y", stored)
            .constant("WIDTH", WIDTH);
        self.launch(indexed(variant, views[1].dtype()), &bound, params, count)
    }

    /// Adds what all kernels' parameters end with: the windows, then the distances within planes, then those between them.
    fn launch(
        &self,
        variant: Variant,
        bound: &[Bound<'_>],
        params: Params,
        count: usize,
    ) -> Result<()> {
        let pool = self.pool;
        let outer = bound[0].shape.len() - pool.space.len();
        let cut = |dims: &Dims| -> Dims { dims[..outer].iter().copied().collect() };
        let planes: SmallVec<[Dims; 3]> = bound.iter().map(|t| cut(&t.strides)).collect();
        // Two tensors or three: the first counts twice in the loops of two.
        let third = planes.get(2).unwrap_or(&planes[0]);
        let loops = Loops::new(&cut(&bound[0].shape), [&planes[0], &planes[1], third]);
        let params = params.word(loops.rank()).align(16);
        let params = triple(triple(params, &pool.space, 1), &pool.pooled, 1);
        let params = match &pool.windows {
            Windows::Sliding {
                kernel,
                stride,
                padding,
                dilation,
                ..
            } => {
                let at_least_1 = |dims: &Dims| -> Dims { dims.iter().map(|&n| n.max(1)).collect() };
                let params = triple(triple(params, kernel, 1), &at_least_1(stride), 1);
                triple(triple(params, padding, 0), &at_least_1(dilation), 1)
            }
            Windows::Adaptive => (0..16).fold(params, |p, _| p.word(0)),
        };
        let params = bound.iter().fold(params, |p, t| {
            let space: Dims = t.strides[outer..].iter().copied().collect();
            triple(p, &space, 0)
        });
        let params = loops.strides[..bound.len()]
            .iter()
            .fold(params.dims(&loops.shape), Params::dims);
        self.gpu.launch(&Launch {
            name: self.name(),
            variant,
            tensors: bound,
            params: params.bytes(),
            fault: None,
            grid: Grid::threads(count, WIDTH),
        })
    }
}

/// Depth, height and width, the first of them `missing` where there are fewer, as a vector of four.
fn triple(params: Params, dims: &Dims, missing: usize) -> Params {
    let absent = 3 - dims.len();
    let params = (0..absent).fold(params, |p, _| p.word(missing));
    dims.iter().fold(params, |p, &n| p.word(n)).word(0)
}

fn lowest(compute: Compute) -> Scalar {
    match compute {
        Compute::F32 | Compute::F64 => Scalar::Float(f64::NEG_INFINITY),
        Compute::I32 => Scalar::Int(i64::from(i32::MIN)),
        Compute::I64 | Compute::Pair => Scalar::Int(i64::MIN),
    }
}
