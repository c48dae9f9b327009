//! How threads share out the rows of tensors.

use super::fold::WorkgroupShape;
use rushlight_backend::plan::Rows;

/// The same rows counted in vectors of four, if they are dense and begin at vectors, also counted from `offsets` on.
pub(crate) fn vectors<const N: usize>(rows: &Rows<N>, offsets: [u32; N]) -> Option<Rows<N>> {
    let whole = |n: &usize| n.is_multiple_of(4);
    let fits = rows.steps == [1; N]
        && whole(&rows.len)
        && offsets.iter().all(|o| o.is_multiple_of(4))
        && rows.kept.strides.iter().all(|s| s.iter().all(whole));
    let mut vectors = *rows;
    vectors.len /= 4;
    for stride in vectors.kept.strides.iter_mut().flat_map(|s| s.iter_mut()) {
        *stride /= 4;
    }
    fits.then_some(vectors)
}

/// Threads for each row if one takes `each` elements at best, as a power of two; the others of a workgroup take other rows.
pub(crate) fn lanes<const N: usize>(
    rows: &Rows<N>,
    workgroup: WorkgroupShape,
    each: usize,
) -> usize {
    let wanted = rows
        .len
        .div_ceil(each)
        .next_power_of_two()
        .min(workgroup.threads);
    if rows.by_columns() {
        // Enough neighbours for whole lines of a cache.
        return wanted.min(
            workgroup.threads
                / rows
                    .count
                    .next_power_of_two()
                    .min(workgroup.threads)
                    .min(32),
        );
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;
    use rushlight_backend::{Dims, Layout};

    #[test]
    fn dense_rows_are_vectors() {
        let x = Layout::contiguous(Dims::from([3, 8]));
        let rows = Rows::along(1, [&x]);
        let fours = vectors(&rows, [4]).unwrap();
        assert_eq!((fours.count, fours.len), (3, 2));
        assert_eq!(*fours.kept.strides[0], [2]);
        assert!(vectors(&rows, [2]).is_none());
        assert!(vectors(&Rows::along(0, [&x]), [0]).is_none());
    }
}
