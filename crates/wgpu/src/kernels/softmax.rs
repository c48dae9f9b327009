//! Softmax, log-softmax and their gradients: `softmax.wgsl` and `softmax_grad.wgsl` over any layout, in vectors of four where rows are dense.

use super::dispatch::Dispatch;
use super::fold::WorkgroupShape;
use super::lines::{lanes, vectors};
use super::params::params;
use super::wide::{is_narrow, widened};
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

/// Elements, or vectors, that a thread takes at best: as many as it holds in registers.
const EACH: usize = 4;

/// The functions of the shaders' library for elements of a kind, and those for vectors of four.
fn functions(kind: Kind, vectors: bool) -> &'static [(&'static str, &'static str)] {
    match (kind, vectors) {
        (Kind::Plain, false) => &[],
        (Kind::Log, false) => &[
            ("softmax_scale", "log_softmax_scale"),
            ("softmax_of", "log_softmax_of"),
            ("softmax_term", "log_softmax_term"),
            ("softmax_slope", "log_softmax_slope"),
        ],
        (Kind::Plain, true) => &[
            ("HELD_ONES", "HELD_FOURS"),
            ("largest_of", "largest_of_four"),
            ("op_exp", "exp_of_four"),
            ("softmax_of", "softmax_of_four"),
            ("softmax_term", "softmax_term_of_four"),
            ("softmax_slope", "softmax_slope_of_four"),
        ],
        (Kind::Log, true) => &[
            ("HELD_ONES", "HELD_FOURS"),
            ("largest_of", "largest_of_four"),
            ("op_exp", "exp_of_four"),
            ("softmax_scale", "log_softmax_scale"),
            ("softmax_of", "log_softmax_of_four"),
            ("softmax_term", "log_softmax_term_of_four"),
            ("softmax_slope", "log_softmax_slope_of_four"),
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
    offer(gpu, dim, [x, out], |[x, y], rows| {
        let (lines, [x_strides, y_strides]) = (&rows.lines, rows.lines.kept.strides);
        let compute = gpu.capabilities.natural(name, y.dtype)?;
        Dispatch::new(gpu, name, &kernels::SOFTMAX, compute)
            .constant("WIDTH", rows.workgroup.width())
            .with(|v| rows.variant(v, kind))
            .tensors([("x", x), ("y", y)])?
            .run(
                params! {
                    count: lines.count, length: lines.len, rows_per_group: rows.slots(), threads_per_row: rows.lanes,
                    columns: lines.by_columns(), x: rows.start(x), y: rows.start(y),
                    x_step: lines.steps[0], y_step: lines.steps[1],
                    rank: lines.kept.rank(), shape: lines.kept.shape, x_strides, y_strides,
                },
                rows.grid(),
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
    offer(gpu, dim, [g, y, out], |[g, y, dx], rows| {
        let (lines, [g_strides, y_strides, dx_strides]) = (&rows.lines, rows.lines.kept.strides);
        let [g_step, y_step, dx_step] = lines.steps;
        let compute = gpu.capabilities.natural(name, dx.dtype)?;
        Dispatch::new(gpu, name, &kernels::SOFTMAX_GRAD, compute)
            .constant("WIDTH", rows.workgroup.width())
            .with(|v| rows.variant(v, kind))
            .tensors([("g", g), ("y", y), ("dx", dx)])?
            .run(
                params! {
                    count: lines.count, length: lines.len, rows_per_group: rows.slots(), threads_per_row: rows.lanes,
                    columns: lines.by_columns(), g: rows.start(g), y: rows.start(y), dx: rows.start(dx),
                    g_step, y_step, dx_step,
                    rank: lines.kept.rank(), shape: lines.kept.shape, g_strides, y_strides, dx_strides,
                },
                rows.grid(),
            )
    })
}

/// The lines of the tensors in the unit that a kernel takes them in, and how threads share them out.
struct Work<const N: usize> {
    lines: Rows<N>,
    /// Whether that is a vector of four.
    vectors: bool,
    workgroup: WorkgroupShape,
    lanes: usize,
}

impl<const N: usize> Work<N> {
    fn new(gpu: &Gpu, dim: usize, views: [&View<'_>; N], tensors: &[Bound<'_>; N]) -> Work<N> {
        let whole = Rows::along(dim, views.map(|v| v.layout()));
        let fours = vectors(&whole, std::array::from_fn(|i| tensors[i].offset));
        let lines = fours.unwrap_or(whole);
        let workgroup = WorkgroupShape::of(gpu, lines.len);
        Work {
            lanes: lanes(&lines, workgroup, EACH),
            lines,
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

    /// Lines of a workgroup.
    fn slots(&self) -> usize {
        self.workgroup.threads / self.lanes
    }

    fn grid(&self) -> Grid {
        Grid::groups(self.lines.count.div_ceil(self.slots()) as u64)
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
    let wide = count as u64 * 4 < gpu.capabilities.binding;
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
    let rows = Work::new(gpu, dim, views, &bound);
    if !rows.vectors && is_narrow(out.dtype()) {
        return widened(gpu, DType::F32, out, |wide| {
            let mut views = views;
            views[N - 1] = wide;
            run(gpu, dim, views, launch)
        });
    }
    launch(bound.each_ref(), &rows)
}
