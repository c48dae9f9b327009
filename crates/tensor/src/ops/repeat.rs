//! Repetition of elements: `repeat`, `tile`, `repeat_interleave`, `meshgrid`.

use crate::parameters::references;
use crate::{Half, Ints, Operand, Tensor};
use rushlight_backend::{Category, DType, Dims, Error, MAX_RANK, Result, Scalar};

impl Tensor {
    /// A new tensor with the elements repeated `repeats[i]` times along dimension `i`, including new leading dimensions: `[n] → [r n]`.
    /// PyTorch: `Tensor.repeat`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2]);
    /// assert_eq!(x.repeat(2)?.to_vec::<i64>()?, [1, 2, 1, 2]);
    /// assert_eq!(x.repeat([2, 1])?.to_vec2::<i64>()?, [[1, 2], [1, 2]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `repeats` has fewer numbers than the tensor has dimensions, or a negative one.
    #[track_caller]
    pub fn repeat(&self, repeats: impl Into<Ints>) -> Result<Tensor> {
        let repeats = repeats.into().shape("repeat")?;
        let Some(extra) = repeats.len().checked_sub(self.ndim()) else {
            return Err(Error::shape(format!(
                "repeat: {repeats:?} must have at least the {} dimensions of shape {:?}",
                self.ndim(),
                self.shape()
            )));
        };
        let shape: Vec<usize> = std::iter::repeat_n(1, extra)
            .chain(self.shape().iter().copied())
            .collect();
        let total: Option<Dims> = shape
            .iter()
            .zip(repeats.iter())
            .map(|(n, r)| n.checked_mul(*r))
            .collect::<Option<Vec<usize>>>()
            .and_then(|total| Dims::from_slice(&total))
            .filter(|total| total.extent().is_some());
        let Some(total) = total else {
            return Err(Error::shape(format!(
                "repeat: {repeats:?} times shape {:?} has more elements than can be counted",
                self.shape()
            )));
        };
        if total.contains(&0) {
            let nothing = self.reshape(-1)?.narrow(0, 0, 0)?;
            return nothing.reshape(&total)?.copy();
        }
        // One step per dimension, each with a sum in the gradient.
        if repeats.iter().filter(|r| **r != 1).count() > 1
            && self.may_have_meta()
            && let Some(half) = Half::among([self])
        {
            return half.round(half.widen(self)?.repeat(repeats.to_vec())?);
        }
        // The innermost dimension first, so that no intermediate result is larger than the final one.
        let mut x = self.reshape(&*shape)?;
        for (d, &r) in repeats.iter().enumerate().rev().filter(|(_, r)| **r != 1) {
            let mut sizes = x.shape().to_vec();
            let outer: usize = sizes[..d].iter().product();
            let block: usize = sizes[d..].iter().product();
            sizes[d] *= r;
            let spread = x.reshape([outer, 1, block])?.expand([outer, r, block])?;
            x = spread.reshape(sizes)?;
        }
        let x = x.reshape(&total)?;
        if x.shares_memory(self) {
            x.copy()
        } else {
            Ok(x)
        }
    }

    /// [`Tensor::repeat`] for which missing leading repeats count as 1. PyTorch: `torch.tile`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// assert_eq!(x.tile(2)?.to_vec2::<i64>()?, [[1, 2, 1, 2], [3, 4, 3, 4]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `repeats` has a negative number.
    #[track_caller]
    pub fn tile(&self, repeats: impl Into<Ints>) -> Result<Tensor> {
        let repeats = repeats.into().shape("tile")?;
        let missing = self.ndim().saturating_sub(repeats.len());
        self.repeat(
            std::iter::repeat_n(1, missing)
                .chain(repeats.iter().copied())
                .collect::<Vec<usize>>(),
        )
    }

    /// Each entry along a dimension repeated several times in a row; without a dimension, each of all elements, as a vector. `repeats` is a
    /// number or an integer tensor, of one element for all entries or of one for each. PyTorch: `torch.repeat_interleave`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// assert_eq!(x.repeat_interleave(2, None)?.to_vec::<i64>()?, [1, 1, 2, 2, 3, 3, 4, 4]);
    /// let rows = x.repeat_interleave(&tensor!([2, 1]), 0)?;
    /// assert_eq!(rows.to_vec2::<i64>()?, [[1, 2], [1, 2], [3, 4]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range, or the repeats are negative, not integers, or not one for each entry.
    #[track_caller]
    pub fn repeat_interleave<'a>(
        &self,
        repeats: impl Into<Operand<'a>>,
        dim: impl Into<Option<isize>>,
    ) -> Result<Tensor> {
        let Some(dim) = dim.into() else {
            return self.reshape(-1)?.interleaved(repeats.into(), 0);
        };
        if self.ndim() == 0 {
            return self.reshape(1)?.interleaved(repeats.into(), dim);
        }
        self.interleaved(repeats.into(), dim)
    }

    #[track_caller]
    fn interleaved(&self, repeats: Operand<'_>, dim: isize) -> Result<Tensor> {
        let (d, n) = self.dimension("repeat_interleave", dim)?;
        let index = match repeats {
            Operand::Number(times) => {
                if let Scalar::Int(times) = times
                    && let Ok(times) = usize::try_from(times)
                {
                    return self.each_repeated(d, times);
                }
                return Err(Error::value(format!(
                    "repeat_interleave: the repeats must be an integer from 0 on, got {times}"
                )));
            }
            Operand::Tensor(times) => {
                let fits = times.ndim() < 2 && (times.numel() == 1 || times.numel() == n);
                if !fits || times.dtype().category() != Category::Int {
                    return Err(Error::shape(format!(
                        "repeat_interleave: the repeats must be an integer tensor of 1 or {n} elements for dimension {d} of shape {:?}, got shape {:?} and {}",
                        self.shape(),
                        times.shape(),
                        times.dtype()
                    )));
                }
                let times = times.to(DType::I64)?.reshape(-1)?;
                if times.numel() == 1 {
                    return self.interleaved(Operand::Number(Scalar::Int(times.item()?)), dim);
                }
                repeated_positions(&times)?
            }
        };
        self.index_select(dim, &index)
    }

    /// Each entry of dimension `d` `times` times in a row.
    #[track_caller]
    fn each_repeated(&self, d: usize, times: usize) -> Result<Tensor> {
        let mut shape = *self.layout().shape();
        shape[d] = shape[d].saturating_mul(times);
        if shape.extent().is_none() {
            return Err(Error::shape(format!(
                "repeat_interleave: {times} times dimension {d} of shape {:?} has more elements than can be counted",
                self.shape()
            )));
        }
        let outer: usize = self.shape()[..=d].iter().product();
        let inner: usize = self.shape()[d + 1..].iter().product();
        let spread = self
            .reshape([outer, 1, inner])?
            .expand([outer, times, inner])?
            .reshape(&shape)?;
        // The result is never the input's own memory.
        match spread.shares_memory(self) {
            true => spread.copy(),
            false => Ok(spread),
        }
    }

    /// Coordinates of a grid from `n` vectors: `n` views of shape `[s₁, …, sₙ]`, of which view `i` varies along dimension `i`. A scalar counts as
    /// a vector of one element; all have one dtype. PyTorch: `torch.meshgrid(indexing="ij")`.
    ///
    /// ```
    /// # use rushlight::{Tensor, tensor};
    /// let grid = Tensor::meshgrid(&[&tensor!([1, 2]), &tensor!([3, 4, 5])])?;
    /// assert_eq!(grid[0].to_vec2::<i64>()?, [[1, 1, 1], [2, 2, 2]]);
    /// assert_eq!(grid[1].to_vec2::<i64>()?, [[3, 4, 5], [3, 4, 5]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the list is empty, a tensor has more than one dimension, or the dtypes differ.
    #[track_caller]
    pub fn meshgrid<T: AsRef<Tensor>>(tensors: &[T]) -> Result<Vec<Tensor>> {
        meshgrid(&references(tensors))
    }

    /// [`Tensor::meshgrid`] in Cartesian order: the first two dimensions of the views are swapped, so that the first view varies along the
    /// columns. PyTorch: `torch.meshgrid(indexing="xy")`.
    ///
    /// ```
    /// # use rushlight::{Tensor, tensor};
    /// let grid = Tensor::meshgrid_xy(&[&tensor!([1, 2]), &tensor!([3, 4, 5])])?;
    /// assert_eq!(grid[0].to_vec2::<i64>()?, [[1, 2], [1, 2], [1, 2]]);
    /// assert_eq!(grid[1].to_vec2::<i64>()?, [[3, 3], [4, 4], [5, 5]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::meshgrid`].
    #[track_caller]
    pub fn meshgrid_xy<T: AsRef<Tensor>>(tensors: &[T]) -> Result<Vec<Tensor>> {
        meshgrid_xy(&references(tensors))
    }
}

/// [`Tensor::meshgrid_xy`], compiled once.
#[track_caller]
fn meshgrid_xy(tensors: &[&Tensor]) -> Result<Vec<Tensor>> {
    let grid = Tensor::meshgrid(tensors)?;
    if tensors.len() < 2 {
        return Ok(grid);
    }
    grid.iter().map(|t| t.transpose(0, 1)).collect()
}

/// [`Tensor::meshgrid`], compiled once.
#[track_caller]
fn meshgrid(tensors: &[&Tensor]) -> Result<Vec<Tensor>> {
    let Some(first) = tensors.first() else {
        return Err(Error::value("meshgrid: expected at least one tensor"));
    };
    if tensors.len() > MAX_RANK || tensors.iter().any(|t| t.ndim() > 1) {
        return Err(Error::shape(format!(
            "meshgrid: expected up to {MAX_RANK} vectors or scalars, got shapes {:?}",
            tensors.iter().map(|t| t.shape()).collect::<Vec<_>>()
        )));
    }
    for t in tensors {
        first.expect_same_dtype("meshgrid", t)?;
    }
    let shape: Vec<usize> = tensors.iter().map(|t| t.numel()).collect();
    let mut grid = Vec::with_capacity(tensors.len());
    for (i, t) in tensors.iter().enumerate() {
        let mut own = vec![1; shape.len()];
        own[i] = shape[i];
        grid.push(t.reshape(own)?.expand(&shape)?);
    }
    Ok(grid)
}

/// Each position `i` repeated `times[i]` times. The total is read back from the device.
#[track_caller]
fn repeated_positions(times: &Tensor) -> Result<Tensor> {
    if times.numel() == 0 {
        return Ok(times.clone());
    }
    let least = times.min()?.item::<i64>()?;
    if least < 0 {
        return Err(Error::value(format!(
            "repeat_interleave: the repeats must be from 0 on, one is {least}"
        )));
    }
    let total: i128 = times.to_vec::<i64>()?.iter().map(|&n| i128::from(n)).sum();
    let Ok(total) = usize::try_from(total) else {
        return Err(Error::shape(format!(
            "repeat_interleave: {total} entries are more than can be counted"
        )));
    };
    let ends = times.cumsum(0)?;
    // Entry i + 1 begins where entry i ends, so the position is the number of ends so far.
    let marks = times.new_zeros(total.saturating_add(1))?;
    let marks = marks.index_add(0, &ends, &ends.ones_like()?)?;
    marks.narrow(0, 0, total)?.cumsum(0)
}
