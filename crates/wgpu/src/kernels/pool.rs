//! Pooling over one, two or three dimensions: `pool_max.wgsl`, `pool_avg.wgsl`, and the gradients of both, which gather what windows spread
//! (`pool_avg_grad.wgsl`, `pool_max_grad.wgsl`).

use super::dispatch::Dispatch;
use super::indexed::indexed;
use super::names;
use super::params::{LAUNCH, Number, Params, params};
use super::reduce::{bounds, reduce};
use super::split::{farthest, in_halves};
use crate::engine::{Bound, Grid};
use crate::gpu::Gpu;
use rushlight_backend::plan::{Planes, PoolPlan, PoolWindows, Space, Split};
use rushlight_backend::{Binary, DType, Error, Pool, PoolKind, Result, Scalar, View};
use rushlight_shaders::{Compute, Kernel, kernels};
use smallvec::SmallVec;

const WIDTH: u32 = 256;

/// See [`rushlight_backend::Backend::pool`].
pub(crate) fn pool(gpu: &Gpu, plan: &PoolPlan, x: &View<'_>, outs: &[View<'_>]) -> Result<()> {
    if outs[0].layout().numel() == 0 {
        return Ok(());
    }
    if let Some(mean) = &plan.whole {
        return reduce(gpu, mean, x, &outs[0]);
    }
    let views: SmallVec<[View<'_>; 3]> = [x].into_iter().chain(outs).copied().collect();
    Pooling {
        gpu,
        kind: plan.kind,
        windows: &plan.windows,
    }
    .run(&plan.planes, &views)
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
    let windows = &PoolWindows::new(pool);
    let views = [*g, *y, *at];
    let planes = Planes::new(windows.spatial, views.map(|v| v.layout()));
    Pooling {
        gpu,
        kind: pool.kind,
        windows,
    }
    .run_max_grad(&planes, &views)
}

/// The views of a call are x, y and, for a maximum, the positions.
struct Pooling<'a> {
    gpu: &'a Gpu,
    kind: PoolKind,
    windows: &'a PoolWindows,
}

impl Pooling<'_> {
    #[track_caller]
    fn check_rounds(&self, gradient: bool) -> Result<()> {
        // A thread goes through the elements of its window, or for a gradient through the windows of its element.
        let most = match gradient {
            true => self.windows.max_windows(),
            false => self.windows.max_elements(),
        };
        let rounds = most.iter().rfold(0, |inner, n| n * (inner + 1));
        if self.gpu.capabilities.allows(rounds) {
            return Ok(());
        }
        Err(Error::unsupported(format!(
            "{}: windows of {rounds} elements are more than the software driver {} goes through; pool in two steps, or on the CPU",
            self.kind.name(),
            self.gpu.capabilities.adapter
        )))
    }

    /// Splits the work between planes if a tensor is too large for one binding.
    fn in_parts(
        &self,
        views: &[View<'_>],
        run: &dyn Fn(&Planes, &[View<'_>]) -> Result<()>,
    ) -> Option<Result<()>> {
        if views.iter().all(|v| self.gpu.fits(v)) {
            return None;
        }
        let spatial = self.windows.spatial;
        let outer = views[0].layout().shape().len() - spatial;
        let split = farthest(self.gpu, views, (0..outer).map(Split::of_all))?;
        Some(in_halves(split, views, |_, views| {
            let layouts = [0, 1, views.len() - 1].map(|i| views[i].layout());
            run(&Planes::new(spatial, layouts), views)
        }))
    }

    fn run(&self, planes: &Planes, views: &[View<'_>]) -> Result<()> {
        if let Some(done) = self.in_parts(views, &|planes, views| self.run(planes, views)) {
            return done;
        }
        self.check_rounds(self.kind == PoolKind::AvgGrad)?;
        let bound: SmallVec<[Bound<'_>; 3]> = views
            .iter()
            .map(|v| self.gpu.bind(v))
            .collect::<Result<_>>()?;
        let (x, y) = (&bound[0], &bound[1]);
        // Sums of int32 may be wider.
        let wide = y.dtype == DType::I32 && self.kind != PoolKind::Max;
        let dtype = if wide { DType::I64 } else { y.dtype };
        let (name, capabilities) = (self.kind.name(), &self.gpu.capabilities);
        if let [_, _, at] = &bound[..] {
            let compute = capabilities.natural(name, dtype)?;
            return self
                .dispatch(&kernels::POOL_MAX, compute)
                .tensors([("x", x), ("y", y), ("at", at)])?
                .run(
                    self.params(Number(bounds(compute).0, compute), planes, [x, y, at]),
                    Grid::threads(y.numel(), WIDTH),
                );
        }
        let compute = capabilities.arithmetic(name, dtype.compute(), [dtype])?;
        let divisor = Scalar::Int(self.windows.divisor.unwrap_or(0));
        let kernel = match self.kind {
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
                self.params(Number(divisor, compute), planes, [x, y, x]),
                Grid::threads(y.numel(), WIDTH),
            )
    }

    fn run_max_grad(&self, planes: &Planes, views: &[View<'_>]) -> Result<()> {
        if let Some(done) = self.in_parts(views, &|planes, views| self.run_max_grad(planes, views))
        {
            return done;
        }
        self.check_rounds(true)?;
        let dtype = views[1].dtype();
        let capabilities = &self.gpu.capabilities;
        let compute = capabilities.arithmetic(self.kind.name(), dtype.compute(), [dtype])?;
        let [x, y, at] = [0, 1, 2].map(|i| self.gpu.bind(&views[i]));
        let (x, y, at) = (x?, y?, at?);
        self.dispatch(&kernels::POOL_MAX_GRAD, compute)
            .with(|v| indexed(v, at.dtype))
            .tensor("x", &x)?
            .binding(&at)
            .tensor("y", &y)?
            .run(
                self.params(Number(Scalar::Int(0), compute), planes, [&x, &y, &at]),
                Grid::threads(y.numel(), WIDTH),
            )
    }

    fn dispatch(&self, kernel: &'static Kernel, compute: Compute) -> Dispatch<'_> {
        Dispatch::new(self.gpu, self.kind.name(), kernel, compute).constant("WIDTH", WIDTH)
    }

    /// What the kernels work on: a number of each kernel's own, then the tensors x, y and positions (or another, where there are none).
    fn params(&self, number: Number, planes: &Planes, tensors: [&Bound<'_>; 3]) -> Params {
        let w = self.windows;
        let [x, y, at] = tensors;
        let [x_space, y_space, at_space] = planes.steps.map(vector);
        let windows = params! {
            space: vector(w.space), pooled: vector(w.pooled), kernel: vector(w.kernel),
            stride: vector(w.stride), padding: vector(w.padding), dilation: vector(w.dilation),
        };
        params! {
            number, count: y.numel(), x: x.offset, y: y.offset, at: at.offset,
            padding: w.count_padding, launch: LAUNCH, windows, x_space, y_space, at_space,
            rank: planes.loops.rank(), planes: planes.loops.shape, x_planes: planes.loops.strides[0],
            y_planes: planes.loops.strides[1], at_planes: planes.loops.strides[2],
        }
    }
}

/// Depth, height and width as a vector of four.
fn vector([depth, height, width]: Space) -> [usize; 4] {
    [depth, height, width, 0]
}
