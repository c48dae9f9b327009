//! Reads and writes by index.

use super::planned::{Planned, result, type_of, writable};
use crate::{Dims, Error, IndexOp, Layout, Op, Output, Result, ScatterMode, View};

/// The elements of a table that an index selects, over the shape of what is read from them or written to them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IndexPlan {
    /// Whether an index selects a slice or an element, and the dimension.
    pub f: IndexOp,
    /// The indexed dimension of the table.
    pub dim: usize,
    /// The size of that dimension.
    pub size: usize,
    /// The table's stride along it.
    pub along: usize,
    /// The shape of what is read or written.
    pub shape: Dims,
    /// The table's strides over this shape, 0 along `dim`, where the index decides.
    pub table: Dims,
    /// The index's strides over this shape; 0 along every dimension but `dim` if an index selects a slice.
    pub index: Dims,
}

impl IndexPlan {
    fn new(f: IndexOp, table: &Layout, index: &Layout, shape: &Dims) -> IndexPlan {
        let (IndexOp::Select { dim } | IndexOp::Gather { dim }) = f;
        let dim = dim as usize;
        // A scalar counts as a vector of one element.
        let mut strides = *table.strides();
        let along = strides.get_mut(dim).map_or(0, std::mem::take);
        let mut spread = Dims::filled(0, shape.len());
        if let Some(stride) = spread.get_mut(dim) {
            *stride = index.strides().first().copied().unwrap_or(0);
        }
        IndexPlan {
            f,
            dim,
            size: table.shape().get(dim).copied().unwrap_or(1),
            along,
            shape: *shape,
            table: strides,
            index: match f {
                IndexOp::Gather { .. } => *index.strides(),
                IndexOp::Select { .. } => spread,
            },
        }
    }

    /// The number of indices along `dim`.
    pub fn count(&self) -> usize {
        self.shape.get(self.dim).copied().unwrap_or(1)
    }
}

/// The plan of [`crate::Backend::gather`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GatherPlan {
    /// The elements read.
    pub index: IndexPlan,
}

/// The plan of [`crate::Backend::scatter`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ScatterPlan {
    /// The elements written.
    pub index: IndexPlan,
    /// How a written element combines with the old one.
    pub mode: ScatterMode,
}

/// Reads by index: `inputs` are the tensor read and the index.
#[track_caller]
pub fn gather<'a>(
    f: IndexOp,
    inputs: &'a [View<'a>; 2],
    out: Output<'a>,
) -> Result<Planned<'a, GatherPlan>> {
    let [x, index] = inputs;
    let op = Op::Gather(f);
    let expected = op.infer(&[type_of(x), type_of(index)])?;
    result(op.name(), &expected, &out.view())?;
    let plan = GatherPlan {
        index: IndexPlan::new(f, x.layout(), index.layout(), out.view().layout().shape()),
    };
    Ok(Planned::one(plan, inputs, out))
}

/// Writes by index into `out`: `inputs` are the index and the source.
#[track_caller]
pub fn scatter<'a>(
    f: IndexOp,
    mode: ScatterMode,
    inputs: &'a [View<'a>; 2],
    out: Output<'a>,
) -> Result<Planned<'a, ScatterPlan>> {
    let [index, src] = inputs;
    let op = Op::Scatter(f, mode);
    let to = out.view();
    op.infer(&[type_of(&to), type_of(index), type_of(src)])?;
    if let IndexOp::Gather { .. } = f
        && index.layout().shape() != src.layout().shape()
    {
        return Err(Error::shape(format!(
            "{}: expected a source as large as the index {:?}, got {:?}",
            op.name(),
            index.layout().shape(),
            src.layout().shape()
        )));
    }
    writable(op.name(), &to)?;
    let plan = ScatterPlan {
        index: IndexPlan::new(f, to.layout(), index.layout(), src.layout().shape()),
        mode,
    };
    Ok(Planned::one(plan, inputs, out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_of_slices_repeats_along_the_other_dimensions() {
        let table = Layout::contiguous(Dims::from([5, 4])).transpose(0, 1);
        let index = Layout::strided(Dims::from([3]), Dims::from([2]), 7);
        let plan = IndexPlan::new(
            IndexOp::Select { dim: 1 },
            &table,
            &index,
            &Dims::from([4, 3]),
        );
        assert_eq!((plan.size, plan.along, plan.count()), (5, 4, 3));
        assert_eq!((&*plan.table, &*plan.index), (&[1, 0][..], &[0, 2][..]));
    }

    #[test]
    fn a_scalar_has_one_element_and_no_dimension() {
        let scalar = Layout::contiguous(Dims::SCALAR);
        let f = IndexOp::Gather { dim: 0 };
        let plan = IndexPlan::new(f, &scalar, &scalar, &Dims::SCALAR);
        assert_eq!((plan.size, plan.along, plan.count()), (1, 0, 1));
    }
}
