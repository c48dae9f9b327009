//! `argsort`, a stable merge sort: `sort_blocks.wgsl` sorts blocks in shared memory, `sort_merge.wgsl` merges them, `sort_result.wgsl` writes
//! the positions.
//!
//! Keys are one word. Types of two words are sorted by the lower word first, then, in that order, by the upper.

use super::dispatch::Dispatch;
use super::params::params;
use super::rows::in_parts;
use super::temporary::Temporary;
use super::workgroup::WorkgroupShape;
use crate::engine::{Bound, Grid};
use crate::gpu::Gpu;
use rushlight_backend::plan::{Order, Rows, RowsPlan};
use rushlight_backend::{DType, Dims, Error, Layout, Result, View};
use rushlight_shaders::{Compute, kernels};

const NAME: &str = "argsort";
/// Entries of a workgroup.
const BLOCK: usize = 1024;
const WIDTH: u32 = 256;
const TOP: usize = 0x8000_0000;

/// See [`rushlight_backend::Backend::argsort`].
pub(crate) fn argsort(
    gpu: &Gpu,
    plan: &RowsPlan<Order>,
    x: &View<'_>,
    out: &View<'_>,
) -> Result<()> {
    let count = x.layout().numel();
    if count == 0 {
        return Ok(());
    }
    // Pairs of a key and a position.
    let pairs = count.saturating_mul(8);
    if !gpu.binds_bytes(pairs) || !gpu.fits(x) || !gpu.fits(out) {
        return in_parts(gpu, plan, x, out, |plan, x, out| argsort(gpu, plan, x, out))
            .unwrap_or_else(|| {
                Err(Error::unsupported(format!(
                    "{NAME}: {count} elements in one row are too many for this GPU; sort on the CPU"
                )))
            });
    }
    let compute = gpu.capabilities.natural(NAME, x.dtype())?;
    let rows = &plan.rows;
    let sort = MergeSort {
        gpu,
        compute,
        inversion: if plan.f.descending {
            u32::MAX as usize
        } else {
            0
        },
        rows,
    };
    let (x, y) = (gpu.bind(x)?, gpu.bind(out)?);
    if matches!(compute, Compute::F32 | Compute::I32) {
        let entries = sort.sorted(x, None, 0, TOP)?;
        return sort.result(&entries, None, y, rows);
    }
    let shape = Dims::from([rows.count, rows.len]);
    let order = Temporary::new(gpu, shape, DType::I32)?;
    let order = order.bind(gpu)?;
    let layout = Layout::contiguous(shape);
    let entries = sort.sorted(x, None, 0, 0)?;
    sort.result(&entries, None, order, &Rows::along(1, [&layout, &layout]))?;
    let entries = sort.sorted(x, Some(order), 32, TOP)?;
    sort.result(&entries, Some(order), y, rows)
}

struct MergeSort<'a> {
    gpu: &'a Gpu,
    compute: Compute,
    /// What keys are combined with by exclusive or.
    inversion: usize,
    rows: &'a Rows<2>,
}

impl MergeSort<'_> {
    fn count(&self) -> usize {
        self.rows.count * self.rows.len
    }

    /// Pairs of a key and a position for all elements of `x`, row by row, visited in `order`, sorted by the word from bit `shift` on.
    fn sorted(
        &self,
        x: Bound<'_>,
        order: Option<Bound<'_>>,
        shift: usize,
        flip: usize,
    ) -> Result<Temporary> {
        let (gpu, rows) = (self.gpu, self.rows);
        // A pair has the size of an int64.
        let pairs = || Temporary::new(gpu, Dims::from([self.count()]), DType::I64);
        let mut entries = pairs()?;
        let block = rows.len.next_power_of_two().min(BLOCK);
        let blocks = rows.len.div_ceil(block);
        let first = entries.bind(gpu)?;
        Dispatch::new(gpu, NAME, &kernels::SORT_BLOCKS, self.compute)
            .constant("WIDTH", WorkgroupShape::of(gpu, 1).width())
            .tensor("x", &x)?
            .optional("order", order.as_ref(), ("x", &x))?
            .binding(&first)
            .run(
                params! {
                    count: rows.count, length: rows.len, block, blocks, shift, flip, inversion: self.inversion,
                    ordered: order.is_some(), x: x.offset, x_step: rows.steps[0],
                    rank: rows.kept.rank(), shape: rows.kept.shape, x_strides: rows.kept.strides[0],
                },
                Grid::groups((rows.count * blocks).div_ceil(BLOCK / block) as u64),
            )?;
        let mut run = block;
        while run < rows.len {
            let merged = pairs()?;
            Dispatch::new(gpu, NAME, &kernels::SORT_MERGE, Compute::I32)
                .constant("WIDTH", WIDTH)
                .binding(&entries.bind(gpu)?)
                .binding(&merged.bind(gpu)?)
                .run(
                    params! { count: self.count(), length: rows.len, run },
                    Grid::threads(self.count(), WIDTH),
                )?;
            entries = merged;
            run *= 2;
        }
        Ok(entries)
    }

    /// Writes the positions of sorted entries to the second tensor of `rows`, through `order` if they were visited in it.
    fn result(
        &self,
        entries: &Temporary,
        order: Option<Bound<'_>>,
        y: Bound<'_>,
        rows: &Rows<2>,
    ) -> Result<()> {
        let gpu = self.gpu;
        Dispatch::new(gpu, NAME, &kernels::SORT_RESULT, Compute::I32)
            .constant("WIDTH", WIDTH)
            .binding(&entries.bind(gpu)?)
            .optional("order", order.as_ref(), ("y", &y))?
            .tensor("y", &y)?
            .run(
                params! {
                    count: self.count(), length: self.rows.len, ordered: order.is_some(),
                    y: y.offset, y_step: rows.steps[1],
                    rank: rows.kept.rank(), shape: rows.kept.shape, y_strides: rows.kept.strides[1],
                },
                Grid::threads(self.count(), WIDTH),
            )
    }
}
