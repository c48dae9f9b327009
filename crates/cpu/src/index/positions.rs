//! Indices converted to positions, and checked against the size of their dimension.

use crate::element::{Number as _, with_element};
use crate::operand::Operand;
use rushlight_backend::plan::{IndexPlan, Rows};
use rushlight_backend::{Error, IndexRole, Result};
use smallvec::SmallVec;

/// All indices in row-major order, each below `size`.
pub(super) type Positions = SmallVec<[usize; 64]>;

/// Reads `index` into positions along the plan's dimension; `name` is the operation's.
pub(super) fn positions(name: &str, plan: &IndexPlan, index: &Operand<'_>) -> Result<Positions> {
    let size = plan.size;
    let mut list = Positions::with_capacity(index.numel());
    let mut bad = None;
    // SAFETY: the layout is inside the operand's storage, and the type is the dtype's.
    unsafe {
        with_element!(index.dtype, [I32 I64],
            T => read(index, |i: T| push(&mut list, &mut bad, i.widen(), size)),
            else return Err(Error::dtype(format!("{name}: the index must be int64 or int32, not {}", index.dtype))))
    }
    match bad {
        None => Ok(list),
        Some(i) => Err(IndexRole::out_of_range(
            IndexRole::current(),
            name,
            &i,
            plan.dim,
            size,
        )),
    }
}

#[inline(always)]
fn push(list: &mut Positions, bad: &mut Option<i64>, i: i64, size: usize) {
    if i as u64 >= size as u64 {
        bad.get_or_insert(i);
    }
    list.push(i as usize);
}

/// Visits all elements in row-major order.
///
/// # Safety
/// The index has elements of type `T`, and its storage is locked.
#[inline(always)]
unsafe fn read<T: Copy>(index: &Operand<'_>, mut visit: impl FnMut(T)) {
    let at = index.pointer::<T>();
    if index.is_contiguous() {
        // SAFETY: the caller guarantees: contiguous elements of type `T`.
        (0..index.numel()).for_each(|i| visit(unsafe { *at.add(i) }));
        return;
    }
    let rows = Rows::last(index.shape(), [index.strides()]);
    for row in 0..rows.count {
        let [from] = rows.starts(row);
        for i in 0..rows.len {
            // SAFETY: the caller guarantees: the layout stays inside the storage.
            visit(unsafe { *at.add(from + i * rows.steps[0]) });
        }
    }
}
