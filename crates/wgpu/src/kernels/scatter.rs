//! Writes by index. Values for equal indices are combined in order, without float atomics.
//!
//! The values are divided into columns along the indexed dimension. In a short column, each thread searches for equal indices (`scatter.wgsl`).
//! In a long one, if the last of equal indices is written, each index claims its element of the table (`scatter_claim.wgsl`,
//! `scatter_claimed.wgsl`); otherwise the index is sorted, and runs of equal ones are combined within chunks (`scatter_runs.wgsl`), then across
//! them (`scatter_combine.wgsl`). Sums of floats carry the rounding error of each step and are rounded once: one of `float32` continues beyond
//! 2²⁴, one of `bfloat16` beyond 256. Products of floats carry a separate exponent, so that partial results neither overflow nor underflow.
//!
//! An index out of range is reported as a fault and skipped; the other indices are written. Checking all indices first would cost another pass,
//! and the host learns of the fault only when it reads.

use super::argsort::argsort;
use super::dispatch::Dispatch;
use super::fill::fill;
use super::indexed::{Visit, indexed};
use super::names;
use super::params::{LAUNCH, Params, params};
use super::temporary::Temporary;
use crate::engine::{Bound, FaultCode, Grid};
use crate::gpu::Gpu;
use rushlight_backend::plan::{self, Order, Rows, RowsPlan, ScatterPlan};
use rushlight_backend::{
    Backend, Binary, DType, Dims, IndexOp, Layout, Op, Output, Result, Scalar, ScatterMode, View,
};
use rushlight_cpu::Cpu;
use rushlight_shaders::{Compute, Kernel, Stored, kernels};

const WIDTH: u32 = 256;
/// Columns up to this long are searched for equal indices.
const SHORT: usize = 64;
/// Sorted indices that a thread combines, if the first and last results of all chunks take no more than `PARTIALS` bytes.
const CHUNK: usize = 32;
const PARTIALS: usize = 64 << 20;

/// See [`rushlight_backend::Backend::scatter`].
pub(crate) fn scatter(
    gpu: &Gpu,
    plan: &ScatterPlan,
    index: &View<'_>,
    src: &View<'_>,
    out: &View<'_>,
) -> Result<()> {
    let (f, mode) = (plan.index.f, plan.mode);
    if index.layout().numel() == 0 {
        return Ok(());
    }
    if out.layout().numel() == 0 {
        // As for `gather`: what an empty table is given is looked at on the host.
        let [index, src] = [
            Temporary::on_host(gpu, index)?,
            Temporary::on_host(gpu, src)?,
        ];
        let mut nothing = Cpu.alloc(0)?;
        let out = Output::fresh(&mut nothing, out.layout(), out.dtype())?;
        let inputs = [index.view()?, src.view()?];
        return Cpu.scatter(plan::scatter(f, mode, &inputs, out)?);
    }
    Writing { gpu, f, mode }.run(&Visit::new(&plan.index, out, index), index, src, out)
}

struct Writing<'a> {
    gpu: &'a Gpu,
    f: IndexOp,
    mode: ScatterMode,
}

impl Writing<'_> {
    fn name(&self) -> &'static str {
        Op::Scatter(self.f, self.mode).name()
    }

    /// The bytes of scratch memory per value, for the order of indices, and per element of the table, for its claims.
    fn scratch(&self, visit: &Visit) -> [usize; 2] {
        let n = visit.table.shape().get(visit.dim).copied().unwrap_or(1);
        match self.mode {
            _ if n <= SHORT => [0, 0],
            ScatterMode::Set => [0, DType::I32.size()],
            _ => [DType::I64.size(), 0],
        }
    }

    fn run(&self, visit: &Visit, index: &View<'_>, src: &View<'_>, out: &View<'_>) -> Result<()> {
        if let Some(parts) = visit.parts(self.gpu, [out, index, src], self.scratch(visit)) {
            return parts.iter().try_for_each(|(visit, layout)| {
                self.run(visit, index, &src.with_layout(layout)?, out)
            });
        }
        let whole = visit.whole();
        let columns = Columns {
            dim: visit.dim,
            size: visit.size,
            low: visit.low,
            window: visit.window,
            shape: *src.layout().shape(),
        };
        let index = index.with_layout(&visit.index)?;
        let out = out.with_layout(&whole)?;
        let columns = &columns;
        if columns.len() <= SHORT {
            self.search(columns, &index, src, &out)
        } else if self.mode == ScatterMode::Set {
            self.claim(columns, &index, src, &out)
        } else {
            self.sort(columns, &index, src, &out)
        }
    }

    /// The kernel for the dtype of source and table, and how that is stored: as integers where elements are only copied.
    fn dispatch(&self, kernel: &'static Kernel, dtype: DType) -> Result<(Dispatch<'_>, Stored)> {
        let (capabilities, name) = (&self.gpu.capabilities, self.name());
        let moved = match dtype {
            DType::F16 | DType::BF16 => DType::I16,
            DType::F32 => DType::I32,
            DType::F64 if capabilities.i64 => DType::I64,
            DType::Bool => DType::U8,
            dtype => dtype,
        };
        let (dtype, compute) = match self.mode {
            ScatterMode::Set => (moved, capabilities.natural(name, moved)?),
            _ => (
                dtype,
                capabilities.arithmetic(name, dtype.compute(), [dtype])?,
            ),
        };
        let floats = matches!(compute, Compute::F32 | Compute::F64);
        let function = match self.mode {
            ScatterMode::Set => ("T", "y"),
            ScatterMode::Add => (names::binary(Binary::Add), "x, y"),
            ScatterMode::Mul if floats => ("significand_of_product", "x, y"),
            ScatterMode::Mul => (names::binary(Binary::Mul), "x, y"),
            ScatterMode::Max => (names::binary(Binary::Maximum), "x, y"),
            ScatterMode::Min => (names::binary(Binary::Minimum), "x, y"),
        };
        let dispatch = self
            .plain(kernel, compute)
            .with(|v| v.function(function.0, function.1));
        let dispatch = match self.mode {
            ScatterMode::Add if floats => dispatch.swap("no_error", "rounding_error_of_sum"),
            ScatterMode::Mul if floats => dispatch
                .swap("no_error", "exponent_of_product")
                .swap("with_error", "with_exponent"),
            _ => dispatch,
        };
        Ok((dispatch, capabilities.stored(name, dtype)?))
    }

    fn plain(&self, kernel: &'static Kernel, compute: Compute) -> Dispatch<'_> {
        Dispatch::new(self.gpu, self.name(), kernel, compute)
            .constant("WIDTH", WIDTH)
            .fault(FaultCode::Write(self.f, self.mode))
    }

    fn search(
        &self,
        columns: &Columns,
        index: &View<'_>,
        src: &View<'_>,
        out: &View<'_>,
    ) -> Result<()> {
        let (dispatch, stored) = self.dispatch(&kernels::SCATTER, out.dtype())?;
        let [i, x, y] = [
            self.gpu.bind(index)?,
            self.gpu.bind(src)?,
            self.gpu.bind(out)?,
        ];
        dispatch
            .with(|v| indexed(v, index.dtype()))
            .binding(&i)
            .stored("x", stored, &x)
            .stored("y", stored, &y)
            .run(
                columns.params(1, [&i, &i, &x, &y]),
                Grid::threads(columns.shape.numel(), WIDTH),
            )
    }

    fn claim(
        &self,
        columns: &Columns,
        index: &View<'_>,
        src: &View<'_>,
        out: &View<'_>,
    ) -> Result<()> {
        // Columns that share their indices share their claims.
        let own = shared_once(index.layout(), columns.dim);
        let mut table = *own.shape();
        if let Some(n) = table.get_mut(columns.dim) {
            *n = columns.window;
        }
        let claims = Temporary::new(self.gpu, table, DType::I32)?;
        let claims = claims.view()?;
        fill(self.gpu, Scalar::Int(0), &claims)?;
        let once = Columns {
            shape: *own.shape(),
            ..*columns
        };
        let (i, c) = (
            self.gpu.bind(&index.with_layout(&own)?)?,
            self.gpu.bind(&claims)?,
        );
        self.plain(&kernels::SCATTER_CLAIM, Compute::I32)
            .with(|v| indexed(v, index.dtype()))
            .binding(&i)
            .binding(&c)
            .run(
                once.params(1, [&i, &c, &i, &i]),
                Grid::threads(once.shape.numel(), WIDTH),
            )?;

        let mut every = *index.layout().shape();
        if let Some(n) = every.get_mut(columns.dim) {
            *n = columns.window;
        }
        let spread = claims.layout().expand(every).unwrap_or(*claims.layout());
        let [i, c, x, y] = [
            self.gpu.bind(index)?,
            self.gpu.bind(&claims.with_layout(&spread)?)?,
            self.gpu.bind(src)?,
            self.gpu.bind(out)?,
        ];
        let (dispatch, stored) = self.dispatch(&kernels::SCATTER_CLAIMED, out.dtype())?;
        dispatch
            .with(|v| indexed(v, index.dtype()))
            .binding(&i)
            .binding(&c)
            .stored("x", stored, &x)
            .stored("y", stored, &y)
            .run(
                columns.params(1, [&i, &c, &x, &y]),
                Grid::threads(columns.shape.numel(), WIDTH),
            )
    }

    fn sort(
        &self,
        columns: &Columns,
        index: &View<'_>,
        src: &View<'_>,
        out: &View<'_>,
    ) -> Result<()> {
        // Columns that share their indices share their order.
        let own = shared_once(index.layout(), columns.dim);
        let order = Temporary::new(self.gpu, *own.shape(), DType::I64)?;
        let order = order.view()?;
        // Half as wide, keys sort twice as fast; an index that loses its upper word here is a fault below.
        let keys = Temporary::converted(self.gpu, &index.with_layout(&own)?, DType::I32)?;
        let ascending = Order { descending: false };
        let keys = keys.view()?;
        let plan = RowsPlan::new(ascending, columns.dim, keys.layout(), order.layout());
        argsort(self.gpu, &plan, &keys, &order)?;
        let spread = order.layout().expand(*index.layout().shape());
        let spread = spread.unwrap_or(*order.layout());
        let order = order.with_layout(&spread)?;
        let (chunk, partials, kept) = self.partials(columns, out.dtype())?;
        let count = columns.len().div_ceil(chunk) * columns.count();
        let kept = self.gpu.capabilities.stored(self.name(), kept)?;
        let [i, o, x, y, e] = [
            self.gpu.bind(index)?,
            self.gpu.bind(&order)?,
            self.gpu.bind(src)?,
            self.gpu.bind(out)?,
            partials.bind(self.gpu)?,
        ];
        let params = || columns.params(chunk, [&i, &o, &x, &y]);
        let grid = Grid::threads(count, WIDTH);
        let (runs, stored) = self.dispatch(&kernels::SCATTER_RUNS, out.dtype())?;
        runs.with(|v| indexed(v, index.dtype()))
            .binding(&i)
            .binding(&o)
            .stored("x", stored, &x)
            .stored("y", stored, &y)
            .stored("ends", kept, &e)
            .run(params(), grid)?;
        if columns.len() <= chunk {
            return Ok(());
        }
        let (combine, _) = self.dispatch(&kernels::SCATTER_COMBINE, out.dtype())?;
        combine
            .with(|v| indexed(v, index.dtype()))
            .binding(&i)
            .binding(&o)
            .stored("ends", kept, &e)
            .stored("y", stored, &y)
            .run(params(), grid)
    }

    /// The number of indices of a chunk, memory for the first and last result of each chunk with their rounding errors, and its dtype, that of
    /// the computation.
    fn partials(&self, columns: &Columns, dtype: DType) -> Result<(usize, Temporary, DType)> {
        let kept = match dtype {
            DType::F64 | DType::I64 => dtype,
            dtype if dtype.is_float() => DType::F32,
            _ => DType::I32,
        };
        let count = |chunk: usize| 4 * columns.len().div_ceil(chunk) * columns.count();
        let mut chunk = CHUNK;
        while count(chunk) * kept.size() > PARTIALS && chunk < columns.len() {
            chunk *= 2;
        }
        let memory = Temporary::new(self.gpu, Dims::from([count(chunk)]), kept)?;
        Ok((chunk, memory, kept))
    }
}

/// The columns that a table is written in: rows along the indexed dimension.
struct Columns {
    dim: usize,
    /// The size of the table's indexed dimension.
    size: usize,
    /// The range of it that is written: its start and its size.
    low: usize,
    window: usize,
    /// The shape of the values.
    shape: Dims,
}

impl Columns {
    /// The number of values of a column.
    fn len(&self) -> usize {
        self.shape.get(self.dim).copied().unwrap_or(1)
    }

    /// The number of columns.
    fn count(&self) -> usize {
        self.shape.numel() / self.len().max(1)
    }

    /// The parameters of kernels whose threads each process a `chunk` of a column; `tensors` are index, helper, source and table.
    fn params(&self, chunk: usize, tensors: [&Bound<'_>; 4]) -> Params {
        let rows = Rows::new(&self.shape, self.dim, tensors.map(|t| &*t.strides));
        let at = |d: usize| rows.kept.strides.map(|s| s.get(d).copied().unwrap_or(0));
        params! {
            launch: LAUNCH, count: rows.len.div_ceil(chunk) * rows.count, n: rows.len, columns: rows.count,
            size: self.size, low: self.low, window: self.window, chunk,
            start: tensors.map(|t| t.offset as usize), along: rows.steps,
            rank: rows.kept.rank(), shape: rows.kept.shape, strides: std::array::from_fn(at),
        }
    }
}

/// The layout without repetitions: dimensions of stride 0, but `dim`, have size 1.
fn shared_once(layout: &Layout, dim: usize) -> Layout {
    let strides = layout.strides();
    let shape = layout.shape().iter().enumerate();
    let once = shape.map(|(d, &n)| if d != dim && strides[d] == 0 { 1 } else { n });
    Layout::strided(once.collect(), *strides, layout.offset())
}
