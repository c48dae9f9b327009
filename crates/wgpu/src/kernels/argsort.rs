//! `argsort`, a stable merge sort: `sort_blocks.wgsl` sorts blocks in shared memory, `sort_merge.wgsl` merges them, `sort_result.wgsl` takes the
//! positions out.
//!
//! Keys are one word. Types of two are sorted by the lower word first, then, in that order, by the upper.

use super::dispatch::Dispatch;
use super::fold::WorkgroupShape;
use super::params::params;
use crate::engine::{Bound, Grid};
use crate::gpu::Gpu;
use rushlight_backend::plan::{Rows, halves_between_rows};
use rushlight_backend::{DType, Dims, Error, Layout, Result, Storage, View};
use rushlight_shaders::{Compute, kernels};

const NAME: &str = "argsort";
/// Entries of a workgroup.
const BLOCK: usize = 1024;
const WIDTH: u32 = 256;
const TOP: usize = 0x8000_0000;

/// See [`rushlight_backend::Backend::argsort`].
pub(crate) fn argsort(
    gpu: &Gpu,
    dim: usize,
    descending: bool,
    x: &View<'_>,
    out: &View<'_>,
) -> Result<()> {
    let count = x.layout().numel();
    if count == 0 {
        return Ok(());
    }
    let large = count as u64 * 8 > gpu.capabilities.binding;
    if large || !gpu.fits(x) || !gpu.fits(out) {
        let Some(parts) = halves_between_rows(dim, x.layout(), out.layout()) else {
            return Err(Error::unsupported(format!(
                "{NAME}: {count} elements in one line are too many for this GPU; sort on the CPU"
            )));
        };
        return parts.iter().try_for_each(|[from, to]| {
            let x = x.with_layout(from)?;
            argsort(gpu, dim, descending, &x, &out.with_layout(to)?)
        });
    }
    let compute = gpu.capabilities.natural(NAME, x.dtype())?;
    let lines = Rows::along(dim, [x.layout()]);
    let results = Rows::along(dim, [out.layout()]);
    let sort = MergeSort {
        gpu,
        compute,
        turn: if descending { u32::MAX as usize } else { 0 },
        lines: &lines,
    };
    let (x, y) = (gpu.bind(x)?, gpu.bind(out)?);
    if matches!(compute, Compute::F32 | Compute::I32) {
        let entries = sort.sorted(x, None, 0, TOP)?;
        return sort.result(&entries, None, y, &results);
    }
    let shape = Dims::from([lines.count, lines.len]);
    let (storage, layout) = gpu.temporary(shape, DType::I32)?;
    let order = gpu.bind(&View::new(&storage, &layout, DType::I32)?)?;
    let entries = sort.sorted(x, None, 0, 0)?;
    sort.result(&entries, None, order, &Rows::along(1, [&layout]))?;
    let entries = sort.sorted(x, Some(order), 32, TOP)?;
    sort.result(&entries, Some(order), y, &results)
}

/// Pairs of a key and a position for all elements, line by line.
struct Entries {
    storage: Storage,
    layout: Layout,
}

impl Entries {
    fn new(gpu: &Gpu, count: usize) -> Result<Entries> {
        // A pair takes as much as an int64.
        let (storage, layout) = gpu.temporary(Dims::from([count]), DType::I64)?;
        Ok(Entries { storage, layout })
    }

    fn bind(&self, gpu: &Gpu) -> Result<Bound<'_>> {
        gpu.bind(&View::new(&self.storage, &self.layout, DType::I64)?)
    }
}

struct MergeSort<'a> {
    gpu: &'a Gpu,
    compute: Compute,
    /// What keys are turned with.
    turn: usize,
    lines: &'a Rows<1>,
}

impl MergeSort<'_> {
    fn count(&self) -> usize {
        self.lines.count * self.lines.len
    }

    /// The entries of `x`, taken in `order`, sorted by the word from bit `shift` on.
    fn sorted(
        &self,
        x: Bound<'_>,
        order: Option<Bound<'_>>,
        shift: usize,
        flip: usize,
    ) -> Result<Entries> {
        let (gpu, lines) = (self.gpu, self.lines);
        let mut entries = Entries::new(gpu, self.count())?;
        let block = lines.len.next_power_of_two().min(BLOCK);
        let blocks = lines.len.div_ceil(block);
        let first = entries.bind(gpu)?;
        Dispatch::new(gpu, NAME, &kernels::SORT_BLOCKS, self.compute)
            .constant("WIDTH", WorkgroupShape::of(gpu, 1).width())
            .tensor("x", &x)?
            .optional("order", order.as_ref(), ("x", &x))?
            .binding(&first)
            .run(
                params! {
                    count: lines.count, length: lines.len, block, blocks, shift, flip, turn: self.turn,
                    ordered: order.is_some(), x: x.offset, x_step: lines.steps[0],
                    rank: lines.kept.rank(), shape: lines.kept.shape, x_strides: lines.kept.strides[0],
                },
                Grid::groups((lines.count * blocks).div_ceil(BLOCK / block) as u64),
            )?;
        let mut run = block;
        while run < lines.len {
            let merged = Entries::new(gpu, self.count())?;
            Dispatch::new(gpu, NAME, &kernels::SORT_MERGE, Compute::I32)
                .constant("WIDTH", WIDTH)
                .binding(&entries.bind(gpu)?)
                .binding(&merged.bind(gpu)?)
                .run(
                    params! { count: self.count(), length: lines.len, run },
                    Grid::threads(self.count(), WIDTH),
                )?;
            entries = merged;
            run *= 2;
        }
        Ok(entries)
    }

    /// Writes the positions that sorted entries have, through `order` if they were taken in it.
    fn result(
        &self,
        entries: &Entries,
        order: Option<Bound<'_>>,
        y: Bound<'_>,
        results: &Rows<1>,
    ) -> Result<()> {
        let gpu = self.gpu;
        Dispatch::new(gpu, NAME, &kernels::SORT_RESULT, Compute::I32)
            .constant("WIDTH", WIDTH)
            .binding(&entries.bind(gpu)?)
            .optional("order", order.as_ref(), ("y", &y))?
            .tensor("y", &y)?
            .run(
                params! {
                    count: self.count(), length: self.lines.len, ordered: order.is_some(),
                    y: y.offset, y_step: results.steps[0],
                    rank: results.kept.rank(), shape: results.kept.shape, y_strides: results.kept.strides[0],
                },
                Grid::threads(self.count(), WIDTH),
            )
    }
}
