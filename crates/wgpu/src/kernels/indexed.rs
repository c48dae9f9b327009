//! What kernels that read and that write by index share: the elements that are visited, and how many neighbours are moved together.

use super::split::farthest;
use crate::gpu::Gpu;
use rushlight_backend::plan::{IndexPlan, Loops, Split};
use rushlight_backend::{DType, Dims, Layout, View};
use rushlight_shaders::{Stored, Variant};

/// The elements of a table that an index selects, or a part of them.
#[derive(Clone, Copy)]
pub(super) struct Visit {
    /// The dimension of the table that the index counts along, its size and its stride.
    pub dim: usize,
    pub size: usize,
    pub along: usize,
    /// The range of that dimension that is visited: its start and its size.
    pub low: usize,
    pub window: usize,
    /// The table's layout over what is read or written, at index 0.
    pub table: Layout,
    /// The index's layout over the same.
    pub index: Layout,
}

impl Visit {
    /// All elements of a plan in these tensors.
    pub fn new(plan: &IndexPlan, table: &View<'_>, index: &View<'_>) -> Visit {
        let layout = |strides: Dims, view: &View<'_>| {
            Layout::strided(plan.shape, strides, view.layout().offset())
        };
        Visit {
            dim: plan.dim,
            size: plan.size,
            along: plan.along,
            low: 0,
            window: plan.size,
            table: layout(plan.table, table),
            index: layout(plan.index, index),
        }
    }

    /// The whole of the table that may be visited.
    pub fn whole(&self) -> Layout {
        let (mut shape, mut strides) = (*self.table.shape(), *self.table.strides());
        if let (Some(n), Some(stride)) = (shape.get_mut(self.dim), strides.get_mut(self.dim)) {
            (*n, *stride) = (self.window, self.along);
        }
        let offset = self.table.offset() + self.low * self.along;
        Layout::strided(shape, strides, offset)
    }

    /// Both halves of the visit, with the layout of what is read or written, if a tensor is too large for one binding, or scratch memory of
    /// `per_value` bytes for each value read or written or of `per_element` bytes for each element of the table. The table's range is split if
    /// it extends farthest.
    pub fn parts(
        &self,
        gpu: &Gpu,
        [table, index, other]: [&View<'_>; 3],
        [per_value, per_element]: [usize; 2],
    ) -> Option<[(Visit, Layout); 2]> {
        let whole = self.whole();
        let table_fits = gpu.binds(&whole, table.dtype())
            && gpu.binds_bytes(whole.numel().saturating_mul(per_element));
        let values_fit = gpu.binds(&self.index, index.dtype())
            && gpu.fits(other)
            && gpu.binds_bytes(self.index.numel().saturating_mul(per_value));
        if table_fits && values_fit {
            return None;
        }
        let splits = || (0..self.table.shape().len()).map(Split::of_all);
        let extents = splits().map(|split| split.extent(0, &self.table));
        if !table_fits
            && self.window > 1
            && self.along * (self.window - 1) >= extents.max().unwrap_or(0)
        {
            let half = self.window / 2;
            let ranges = [(self.low, half), (self.low + half, self.window - half)];
            return Some(ranges.map(|(low, window)| {
                let visit = Visit {
                    low,
                    window,
                    ..*self
                };
                (visit, *other.layout())
            }));
        }
        let table = table.with_layout(&self.table).ok()?;
        let index = index.with_layout(&self.index).ok()?;
        // A split along the index leaves the table as large as it is.
        let useful = splits().filter(|s| !values_fit || s.dim(0) != Some(self.dim));
        let split = farthest(gpu, &[table, index, *other], useful)?;
        let halves = split.halves(&[&self.table, &self.index, other.layout()]);
        Some(halves.map(|half| {
            let visit = Visit {
                table: half[0],
                index: half[1],
                ..*self
            };
            (visit, half[2])
        }))
    }

    /// The loops over table, index, and what is read or written, which has strides `other`.
    pub fn loops(&self, other: &Dims) -> Loops<3> {
        let strides = [self.table.strides(), self.index.strides(), other];
        Loops::new(self.table.shape(), strides)
    }
}

/// Makes several neighbours in the table and the other tensor that share an index into one, and returns how many. `aligned` are numbers that
/// must be multiples of it.
pub(super) fn merge_neighbours(loops: &mut Loops<3>, bytes: usize, aligned: &[usize]) -> usize {
    let Some(last) = loops.rank().checked_sub(1) else {
        return 1;
    };
    let [table, index, other] = &mut loops.strides;
    if table[last] != 1 || other[last] != 1 || index[last] != 0 {
        return 1;
    }
    let fits = |n: usize| {
        let strides = table[..last].iter().chain(&other[..last]);
        let mut all = strides.chain(aligned).chain([&loops.shape[last]]);
        all.all(|number| number.is_multiple_of(n))
    };
    let counts = [16, 8, 4, 2].map(|wide: usize| wide / bytes);
    let Some(n) = counts.into_iter().find(|&n| n > 1 && fits(n)) else {
        return 1;
    };
    for strides in [table, other] {
        strides[..last].iter_mut().for_each(|s| *s /= n);
    }
    loops.shape[last] /= n;
    n
}

/// The variant whose tensors `names` have units of so many bytes.
pub(super) fn in_units(variant: Variant, names: [&'static str; 2], bytes: usize) -> Variant {
    let packed = |variant: Variant, dtype: DType| {
        let stored = names.iter();
        stored
            .fold(variant, |v, name| v.stored(name, Stored::Is(dtype)))
            .alias("Unit", "i32")
    };
    match bytes {
        1 => packed(variant, DType::U8),
        2 => packed(variant, DType::I16),
        4 => variant,
        8 => variant.alias("Unit", "vec2<u32>"),
        _ => variant.alias("Unit", "vec4<u32>"),
    }
}

/// The variant whose index is of `dtype`.
pub(super) fn indexed(variant: Variant, dtype: DType) -> Variant {
    match dtype {
        DType::I64 => variant
            .alias("Index", "vec2<u32>")
            .swap("index_of_word", "index_of_pair"),
        _ => variant,
    }
}
