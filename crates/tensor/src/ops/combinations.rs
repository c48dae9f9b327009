//! Combinations and Cartesian products of elements, and indices from flat positions.

use crate::parameters::references;
use crate::{Ints, Tensor};
use rushlight_backend::{Category, DType, Error, Result, room};

impl Tensor {
    /// The combinations of `r` elements of a vector, one per row, in the order of their positions; with replacement an element may be taken
    /// several times. PyTorch: `torch.combinations`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let pairs = tensor!([1, 2, 3]).combinations(2, false)?;
    /// assert_eq!(pairs.to_vec2::<i64>()?, [[1, 2], [1, 3], [2, 3]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor is not a vector, or there is no memory for the combinations.
    #[track_caller]
    pub fn combinations(&self, r: usize, with_replacement: bool) -> Result<Tensor> {
        vector("combinations", self)?;
        if r == 0 {
            return self.new_empty(0);
        }
        let n = self.numel();
        let rows = match with_replacement {
            true => n.checked_add(r - 1).and_then(|n| choices(n, r)),
            false => choices(n, r),
        };
        let mut positions: Vec<i64> =
            room("combinations", rows.and_then(|rows| rows.checked_mul(r)))?;
        if rows != Some(0) {
            let row = room("combinations", Some(r))?;
            push_positions(&mut positions, row, n, r, with_replacement);
        }
        let index = Tensor::from_slice_on(&positions, positions.len(), self.device())?;
        self.index_select(0, &index)?
            .reshape([positions.len() / r, r])
    }

    /// All ways to take one element of each vector, one per row, in lexicographic order of their positions; of a single vector the vector
    /// itself. PyTorch: `torch.cartesian_prod`.
    ///
    /// ```
    /// # use rushlight::{Tensor, tensor};
    /// let rows = Tensor::cartesian_prod(&[&tensor!([1, 2]), &tensor!([3, 4])])?;
    /// assert_eq!(rows.to_vec2::<i64>()?, [[1, 3], [1, 4], [2, 3], [2, 4]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the list is empty, a tensor is not a vector, the dtypes differ, or there are more combinations than can be counted.
    #[track_caller]
    pub fn cartesian_prod<T: AsRef<Tensor>>(tensors: &[T]) -> Result<Tensor> {
        cartesian_prod(&references(tensors))
    }

    /// Positions in row-major order as indices into a tensor of `shape`: a tensor of `int64` indices for each dimension.
    /// PyTorch: `torch.unravel_index`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let index = tensor!([7, 2]).unravel_index([3, 4])?;
    /// assert_eq!(index[0].to_vec::<i64>()?, [1, 0]);
    /// assert_eq!(index[1].to_vec::<i64>()?, [3, 2]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor does not hold integers, `shape` has a negative size, or a position is outside it.
    #[track_caller]
    pub fn unravel_index(&self, shape: impl Into<Ints>) -> Result<Vec<Tensor>> {
        if self.dtype().category() != Category::Int {
            return Err(Error::dtype(format!(
                "unravel_index: the positions must be integers, not {}",
                self.dtype()
            )));
        }
        let shape = shape.into().shape("unravel_index")?;
        if self.numel() > 0 && shape.contains(&0) {
            return Err(Error::shape(format!(
                "unravel_index: a tensor of shape {shape:?} has no elements"
            )));
        }
        let mut rest = self.to(DType::I64)?;
        let mut indices = Vec::with_capacity(shape.len());
        for &n in shape.iter().rev() {
            indices.push(rest.remainder(n.max(1))?);
            rest = rest.floor_divide(n.max(1))?;
        }
        indices.reverse();
        Ok(indices)
    }
}

/// [`Tensor::cartesian_prod`], compiled once.
#[track_caller]
fn cartesian_prod(tensors: &[&Tensor]) -> Result<Tensor> {
    let Some((&first, others)) = tensors.split_first() else {
        return Err(Error::value("cartesian_prod: expected at least one vector"));
    };
    vector("cartesian_prod", first)?;
    for t in others {
        vector("cartesian_prod", t)?;
        if t.dtype() != first.dtype() {
            return Err(Error::dtype(format!(
                "cartesian_prod: the vectors' dtypes differ: {} and {}",
                first.dtype(),
                t.dtype()
            )));
        }
    }
    if others.is_empty() {
        return Ok(first.clone());
    }
    // Each column repeats its vector: slower for the first, faster for the last.
    let sizes: Vec<usize> = tensors.iter().map(|t| t.numel()).collect();
    let rows = sizes
        .iter()
        .try_fold(1, |n: usize, &size| n.checked_mul(size));
    if rows.and_then(|n| n.checked_mul(sizes.len())).is_none() {
        return Err(Error::shape(format!(
            "cartesian_prod: vectors of {sizes:?} elements have more combinations than can be counted"
        )));
    }
    let mut columns = Vec::with_capacity(tensors.len());
    for (i, t) in tensors.iter().enumerate() {
        let (outer, inner) = (sizes[..i].iter().product(), sizes[i + 1..].iter().product());
        let column = t.reshape([1, sizes[i], 1])?;
        columns.push(column.expand([outer, sizes[i], inner])?.reshape(-1)?);
    }
    Tensor::stack(&columns.iter().collect::<Vec<_>>(), 1)
}

#[track_caller]
fn vector(name: &str, t: &Tensor) -> Result<()> {
    if t.ndim() == 1 {
        return Ok(());
    }
    Err(Error::shape(format!(
        "{name}: expected a vector, got shape {:?}",
        t.shape()
    )))
}

/// The number of ways to choose `r` of `n` elements, if it fits a `usize`.
fn choices(n: usize, r: usize) -> Option<usize> {
    let Some(rest) = n.checked_sub(r) else {
        return Some(0);
    };
    // After k factors the product is that of choosing k of rest + k elements, which only grows.
    (1..=r.min(rest) as u128).try_fold(1usize, |ways, k| {
        let larger = r.max(rest) as u128;
        usize::try_from(ways as u128 * (larger + k) / k).ok()
    })
}

/// Appends the positions of all combinations, of which there is at least one, one after the other; `row` is memory for one of them.
fn push_positions(
    all: &mut Vec<i64>,
    mut row: Vec<usize>,
    n: usize,
    r: usize,
    with_replacement: bool,
) {
    let step = !with_replacement as usize;
    row.extend((0..r).map(|i| i * step));
    // The largest that each may be, so that those after it have room.
    let limit = |i: usize| n.checked_sub(1 + (r - 1 - i) * step);
    loop {
        all.extend(row.iter().map(|&p| p as i64));
        let Some(i) = (0..r)
            .rev()
            .find(|&i| limit(i).is_some_and(|most| row[i] < most))
        else {
            return;
        };
        let next = row[i] + 1;
        for (j, p) in row[i..].iter_mut().enumerate() {
            *p = next + j * step;
        }
    }
}
