//! The code that reads and writes by index share: the loops over indices, and how many neighbouring elements are moved together.

use crate::gpu::Gpu;
use rushlight_backend::plan::{IndexPlan, Loops, halves};
use rushlight_backend::{DType, Dims, Layout, View};
use rushlight_shaders::{Stored, Variant};

/// A tensor's dimension that an index leads along, and the places visited beside it.
#[derive(Clone, Copy)]
pub(super) struct Visit {
    /// Which dimension.
    pub dim: usize,
    /// The size of the indexed dimension.
    pub size: usize,
    /// The distance between its elements.
    pub along: usize,
    /// The window of it that is visited: where that begins, and its size.
    pub low: usize,
    pub window: usize,
    /// The table's layout over the places visited, each at index 0.
    pub table: Layout,
    /// The index's layout over them.
    pub index: Layout,
}

impl Visit {
    /// All places of a plan in these tensors.
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

    /// The same cut in two, with the layout of what is read or written beside it, if anything reaches too far for one binding: the places
    /// visited, or the table's window where that reaches farthest. So many bytes of scratch memory for each place are to fit, too.
    pub fn parts(
        &self,
        gpu: &Gpu,
        tensors: [&View<'_>; 3],
        scratch: usize,
    ) -> Option<[(Visit, Layout); 2]> {
        let [table, index, other] = tensors;
        let layouts = [self.whole(), self.index, *other.layout()];
        let fits = [table, index, other]
            .iter()
            .zip(&layouts)
            .all(|(view, layout)| gpu.binds(layout, view.dtype()));
        let memory = self.index.numel().saturating_mul(scratch) as u64;
        if fits && memory < gpu.capabilities.binding {
            return None;
        }
        let reach = |d: usize| (self.table.shape()[d] - 1) * self.table.strides()[d];
        let farthest = (0..self.table.shape().len()).map(reach).max().unwrap_or(0);
        if !gpu.binds(&layouts[0], table.dtype())
            && self.window > 1
            && self.along * (self.window - 1) >= farthest
        {
            let half = self.window / 2;
            let part = |low: usize, window: usize| {
                let visit = Visit {
                    low,
                    window,
                    ..*self
                };
                (visit, *other.layout())
            };
            let rest = part(self.low + half, self.window - half);
            return Some([part(self.low, half), rest]);
        }
        let parts = halves(&[self.table, self.index, *other.layout()])?;
        Some(parts.map(|part| {
            let visit = Visit {
                table: part[0],
                index: part[1],
                ..*self
            };
            (visit, part[2])
        }))
    }

    /// The loops over the places: table, index, and what is read or written beside them.
    pub fn loops(&self, other: &Dims) -> Loops<3> {
        let strides = [self.table.strides(), self.index.strides(), other];
        Loops::new(self.table.shape(), strides)
    }
}

/// Makes several neighbours of table and other tensor, all of which have one index, into one; says how many. `aligned` are the numbers that
/// must be multiples of it.
pub(super) fn join_neighbours(loops: &mut Loops<3>, bytes: usize, aligned: &[usize]) -> usize {
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
