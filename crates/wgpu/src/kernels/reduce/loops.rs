//! The loops of a reduction in vectors, and how threads share the work.

use crate::kernels::workgroup::WorkgroupShape;
use rushlight_backend::Dims;
use rushlight_backend::plan::{Loops, ReduceLoops};

/// Whether results lie closer to each other in the input than the elements of one.
pub(crate) fn by_columns(plan: &ReduceLoops) -> bool {
    match (plan.kept.strides[0].last(), plan.reduced.strides[0].last()) {
        (Some(kept), Some(reduced)) => kept < reduced,
        (Some(_), None) => true,
        _ => false,
    }
}

/// The loops in vectors of four reduced elements, if those are contiguous and start at a vector, from element `offset` on.
pub(crate) fn row_vectors(plan: &ReduceLoops, offset: usize) -> Option<ReduceLoops> {
    let dense = plan.reduced.strides[0].last() == Some(&1);
    let one_row = plan.reduced.rank() == 1;
    let mut vectors = *plan;
    let n = vectors.reduced.shape.last_mut()?;
    let whole = n.is_multiple_of(4) || one_row;
    *n = n.div_ceil(4);
    let rank = plan.reduced.rank();
    let even = quarter(&mut vectors.kept.strides[0])
        & quarter(&mut vectors.reduced.strides[0][..rank - 1]);
    (dense && whole && even && offset.is_multiple_of(4)).then_some(vectors)
}

/// The loops in vectors of four results, under the same condition, and the stride from one result of a vector to the next.
pub(crate) fn column_vectors(plan: &ReduceLoops, offset: usize) -> Option<(ReduceLoops, usize)> {
    let dense = plan.kept.strides[0].last() == Some(&1);
    let mut vectors = *plan;
    let n = vectors.kept.shape.last_mut()?;
    let whole = n.is_multiple_of(4);
    *n /= 4;
    vectors.outputs /= 4;
    let rank = plan.kept.rank();
    let even = quarter(&mut vectors.reduced.strides[0])
        & quarter(&mut vectors.kept.strides[0][..rank - 1]);
    let step = vectors.kept.strides[1].last_mut()?;
    let y_step = *step;
    *step *= 4;
    (dense && whole && even && offset.is_multiple_of(4)).then_some((vectors, y_step))
}

/// The loops that reduce the results of parts, with the strides of [`Share::partial`], to the same output.
pub(crate) fn of_parts(plan: &ReduceLoops, share: &Share) -> ReduceLoops {
    let (step, part) = share.partial(plan.outputs);
    let mut kept = plan.kept;
    let dense = kept.shape.contiguous_strides();
    kept.strides[0] = dense.iter().map(|s| s * step).collect();
    ReduceLoops {
        kept,
        reduced: Loops {
            shape: Dims::from([share.parts]),
            strides: [Dims::from([part])],
        },
        outputs: plan.outputs,
        count: share.parts,
    }
}

/// Divides strides by four, if all can be.
fn quarter(strides: &mut [usize]) -> bool {
    strides.iter_mut().fold(true, |even, s| {
        let divides = s.is_multiple_of(4);
        *s /= 4;
        even && divides
    })
}

/// How the threads of workgroups share a reduction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Share {
    /// The results of a workgroup.
    pub rows_per_group: usize,
    /// The threads for each of them.
    pub threads_per_row: usize,
    /// The steps of a part, and the number of parts.
    pub chunk: usize,
    pub parts: usize,
    /// Whether neighbouring threads take neighbouring results.
    pub columns: bool,
}

impl Share {
    /// For `outputs` results of `steps` steps each.
    pub fn new(workgroup: WorkgroupShape, outputs: usize, steps: usize, columns: bool) -> Share {
        let wanted = steps.div_ceil(4).next_power_of_two();
        let threads_per_row = if columns {
            // Enough neighbours for whole cache lines.
            wanted
                .min(workgroup.threads / outputs.next_power_of_two().min(workgroup.threads).min(32))
        } else {
            wanted.min(workgroup.threads)
        };
        let rows_per_group = workgroup.threads / threads_per_row;
        let groups = outputs.div_ceil(rows_per_group);
        let long = steps.div_ceil(threads_per_row * workgroup.longest);
        let parts = if long > 1 && groups * long < workgroup.plenty {
            steps.div_ceil(threads_per_row * workgroup.shortest)
        } else {
            long
        };
        let parts = parts.max(1);
        Share {
            rows_per_group,
            threads_per_row,
            chunk: steps.div_ceil(parts).max(1),
            parts,
            columns,
        }
    }

    /// The same without parts.
    pub fn whole(workgroup: WorkgroupShape, outputs: usize, steps: usize, columns: bool) -> Share {
        Share {
            chunk: steps.max(1),
            parts: 1,
            ..Share::new(workgroup, outputs, steps, columns)
        }
    }

    /// The strides between the partial results of neighbouring outputs, and of neighbouring parts.
    pub fn partial(&self, outputs: usize) -> (usize, usize) {
        if self.columns {
            (1, outputs)
        } else {
            (self.parts, 1)
        }
    }

    /// The number of workgroups for `outputs` results.
    pub fn groups(&self, outputs: usize) -> u64 {
        (outputs.div_ceil(self.rows_per_group) * self.parts) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rushlight_backend::{Axes, Layout};

    #[test]
    fn a_transposed_tensor_is_reduced_as_one_row() {
        let x = Layout::contiguous(Dims::from([6, 8])).transpose(0, 1);
        let plan = ReduceLoops::new(Axes::all(2), &x, &Layout::contiguous(Dims::from([1, 1])));
        assert_eq!(*plan.reduced.shape, [48]);
        assert_eq!((plan.outputs, plan.count), (1, 48));
        let vectors = row_vectors(&plan, 4).unwrap();
        assert_eq!(*vectors.reduced.shape, [12]);
        assert!(row_vectors(&plan, 2).is_none());
    }

    #[test]
    fn rows_of_odd_length_have_no_vectors() {
        let x = Layout::contiguous(Dims::from([6, 7]));
        let plan = ReduceLoops::new(Axes::one(1), &x, &Layout::contiguous(Dims::from([6, 1])));
        assert!(!by_columns(&plan));
        assert!(row_vectors(&plan, 0).is_none());
    }

    #[test]
    fn columns_are_taken_four_at_a_time() {
        let x = Layout::contiguous(Dims::from([5, 8]));
        let plan = ReduceLoops::new(Axes::one(0), &x, &Layout::contiguous(Dims::from([1, 8])));
        assert!(by_columns(&plan));
        let (vectors, step) = column_vectors(&plan, 0).unwrap();
        assert_eq!(step, 1);
        assert_eq!(*vectors.kept.shape, [2]);
        assert_eq!(*vectors.kept.strides[1], [4]);
        assert_eq!(*vectors.reduced.strides[0], [2]);
    }

    #[test]
    fn shares_cover_every_step_with_whole_workgroups() {
        for outputs in [1, 3, 100, 70_000] {
            for steps in [1, 2, 5, 64, 1000, 16_385, 3_000_000] {
                for (workgroup, columns) in [
                    (WorkgroupShape::GPU, false),
                    (WorkgroupShape::GPU, true),
                    (WorkgroupShape::SOFTWARE_ADAPTER, false),
                    (WorkgroupShape::SOFTWARE_ADAPTER, true),
                ] {
                    let s = Share::new(workgroup, outputs, steps, columns);
                    assert_eq!(s.rows_per_group * s.threads_per_row, workgroup.threads);
                    assert!(s.rows_per_group.is_power_of_two());
                    assert!(s.chunk * s.parts >= steps && s.chunk * (s.parts - 1) < steps);
                    assert!(s.chunk <= s.threads_per_row * workgroup.longest);
                }
            }
        }
    }
}
