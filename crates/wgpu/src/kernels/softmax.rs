//! Softmax, log-softmax and their gradients: `softmax.wgsl` and `softmax_grad.wgsl` over any layout, in vectors of four where rows are dense.

use super::dispatch::Dispatch;
use super::params::params;
use super::rows::{threads_per_row, vectors};
use super::wide::{is_narrow, widened};
use super::workgroup::WorkgroupShape;
use crate::engine::{Bound, Grid};
use crate::gpu::Gpu;
use rushlight_backend::plan::Rows;
use rushlight_backend::{DType, Done, Result, View};
use rushlight_shaders::{Variant, kernels};

/// The softmax itself, or its logarithm.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Plain,
    Log,
}

/// Elements, or vectors, of a thread at best: as many as it can hold in registers.
const EACH: usize = 4;

/// The functions of the shaders' library for elements of a kind, and those for vectors of four.
fn functions(kind: Kind, vectors: bool) -> &'static [(&'static str, &'static str)] {
    match (kind, vectors) {
        (Kind::Plain, false) => &[],
        (Kind::Log, false) => &[
            ("softmax_scale", "log_softmax_scale"),
            ("softmax_of", "log_softmax_of"),
            ("softmax_sum_term", "log_softmax_sum_term"),
            ("softmax_gradient", "log_softmax_gradient"),
        ],
        (Kind::Plain, true) => &[
            ("REGISTER_SCALARS", "REGISTER_VECTORS"),
            ("maximum_of", "maximum_of_four"),
            ("op_exp", "exp_of_four"),
            ("softmax_of", "softmax_of_four"),
            ("softmax_sum_term", "softmax_sum_term_of_four"),
            ("softmax_gradient", "softmax_gradient_of_four"),
        ],
        (Kind::Log, true) => &[
            ("REGISTER_SCALARS", "REGISTER_VECTORS"),
            ("maximum_of", "maximum_of_four"),
            ("op_exp", "exp_of_four"),
            ("softmax_scale", "log_softmax_scale"),
            ("softmax_of", "log_softmax_of_four"),
            ("softmax_sum_term", "log_softmax_sum_term_of_four"),
            ("softmax_gradient", "log_softmax_gradient_of_four"),
        ],
    }
}

/// From x the softmax along `dim`.
pub(crate) fn forward(
    gpu: &Gpu,
    kind: Kind,
    dim: usize,
    inputs: &[View<'_>],
    outs: &[View<'_>],
) -> Result<Done> {
    let ([x], [out]) = (inputs, outs) else {
        return Ok(Done::Compose);
    };
    let name = match kind {
        Kind::Plain => "softmax",
        Kind::Log => "log_softmax",
    };
    offer(gpu, dim, [x, out], |[x, y], work| {
        let (rows, [x_strides, y_strides]) = (&work.rows, work.rows.kept.strides);
        let compute = gpu.capabilities.natural(name, y.dtype)?;
        Dispatch::new(gpu, name, &kernels::SOFTMAX, compute)
            .constant("WIDTH", work.workgroup.width())
            .with(|v| work.variant(v, kind))
            .tensors([("x", x), ("y", y)])?
            .run(
                params! {
                    count: rows.count, length: rows.len, rows_per_group: work.rows_per_group(), threads_per_row: work.threads_per_row,
                    columns: rows.by_columns(), x: work.start(x), y: work.start(y),
                    x_step: rows.steps[0], y_step: rows.steps[1],
                    rank: rows.kept.rank(), shape: rows.kept.shape, x_strides, y_strides,
                },
                work.grid(),
            )
    })
}

/// From the gradient and the softmax along `dim` the gradient of x.
pub(crate) fn backward(
    gpu: &Gpu,
    kind: Kind,
    dim: usize,
    inputs: &[View<'_>],
    outs: &[View<'_>],
) -> Result<Done> {
    let ([g, y], [out]) = (inputs, outs) else {
        return Ok(Done::Compose);
    };
    let name = match kind {
        Kind::Plain => "softmax_backward",
        Kind::Log => "log_softmax_backward",
    };
    offer(gpu, dim, [g, y, out], |[g, y, dx], work| {
        let (rows, [g_strides, y_strides, dx_strides]) = (&work.rows, work.rows.kept.strides);
        let [g_step, y_step, dx_step] = rows.steps;
        let compute = gpu.capabilities.natural(name, dx.dtype)?;
        Dispatch::new(gpu, name, &kernels::SOFTMAX_GRAD, compute)
            .constant("WIDTH", work.workgroup.width())
            .with(|v| work.variant(v, kind))
            .tensors([("g", g), ("y", y), ("dx", dx)])?
            .run(
                params! {
                    count: rows.count, length: rows.len, rows_per_group: work.rows_per_group(), threads_per_row: work.threads_per_row,
                    columns: rows.by_columns(), g: work.start(g), y: work.start(y), dx: work.start(dx),
                    g_step, y_step, dx_step,
                    rank: rows.kept.rank(), shape: rows.kept.shape, g_strides, y_strides, dx_strides,
                },
                work.grid(),
            )
    })
}

/// The rows of the tensors, in elements or vectors, and how threads share them.
struct Work<const N: usize> {
    rows: Rows<N>,
    /// Whether they are counted in vectors of four.
    vectors: bool,
    workgroup: WorkgroupShape,
    threads_per_row: usize,
}

impl<const N: usize> Work<N> {
    fn new(gpu: &Gpu, dim: usize, views: [&View<'_>; N], tensors: &[Bound<'_>; N]) -> Work<N> {
        let whole = Rows::along(dim, views.map(|v| v.layout()));
        let fours = vectors(&whole, std::array::from_fn(|i| tensors[i].offset));
        let rows = fours.unwrap_or(whole);
        let workgroup = WorkgroupShape::of(gpu, rows.len);
        Work {
            threads_per_row: threads_per_row(&rows, workgroup, EACH),
            rows,
            vectors: fours.is_some(),
            workgroup,
        }
    }

    fn variant(&self, variant: Variant, kind: Kind) -> Variant {
        let variant = match self.vectors {
            true => variant.vectors(),
            false => variant,
        };
        functions(kind, self.vectors)
            .iter()
            .fold(variant, |v, (from, to)| v.swap(from, to))
    }

    fn start(&self, tensor: &Bound<'_>) -> u32 {
        if self.vectors {
            tensor.offset / 4
        } else {
            tensor.offset
        }
    }

    /// Rows of a workgroup.
    fn rows_per_group(&self) -> usize {
        self.workgroup.threads / self.threads_per_row
    }

    fn grid(&self) -> Grid {
        Grid::groups(self.rows.count.div_ceil(self.rows_per_group()) as u64)
    }
}

/// Launches a kernel over tensors, the last of them the result, if the kernels can take them.
fn offer<const N: usize>(
    gpu: &Gpu,
    dim: usize,
    views: [&View<'_>; N],
    launch: impl Fn([&Bound<'_>; N], &Work<N>) -> Result<()>,
) -> Result<Done> {
    let out = views[N - 1];
    let count = out.layout().numel();
    // One dtype, memory within reach.
    let plain = views
        .iter()
        .all(|v| v.dtype() == out.dtype() && gpu.fits(v));
    let wide = gpu.binds_bytes(count.saturating_mul(4));
    let long = WorkgroupShape::is_overrun(gpu, out.layout().shape().get(dim).copied().unwrap_or(1));
    if count > u32::MAX as usize || long || !plain || is_narrow(out.dtype()) && !wide {
        return Ok(Done::Compose);
    }
    if count > 0 {
        run(gpu, dim, views, &launch)?;
    }
    Ok(Done::Yes)
}

fn run<const N: usize>(
    gpu: &Gpu,
    dim: usize,
    views: [&View<'_>; N],
    launch: &impl Fn([&Bound<'_>; N], &Work<N>) -> Result<()>,
) -> Result<()> {
    let out = views[N - 1];
    let mut bound = [gpu.bind(out)?; N];
    for (bound, view) in bound.iter_mut().zip(views) {
        *bound = gpu.bind(view)?;
    }
    let work = Work::new(gpu, dim, views, &bound);
    if !work.vectors && is_narrow(out.dtype()) {
        return widened(gpu, DType::F32, out, |wide| {
            let mut views = views;
            views[N - 1] = wide;
            run(gpu, dim, views, launch)
        });
    }
    launch(bound.each_ref(), &work)
}
