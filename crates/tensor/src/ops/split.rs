//! Splitting tensors into views along a dimension.

use crate::{Int, Ints, Tensor};
use rushlight_backend::{Category, DType, Error, Result, room};

impl Tensor {
    /// Views of `size` entries each along a dimension, in order; the last may be smaller. PyTorch: `torch.split`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let parts = tensor!([1, 2, 3, 4, 5]).split(2, 0)?;
    /// assert_eq!(parts[0].to_vec::<i64>()?, [1, 2]);
    /// assert_eq!(parts[2].to_vec::<i64>()?, [5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range, or `size` is 0 and the dimension is not empty.
    #[track_caller]
    pub fn split(&self, size: impl Into<Int>, dim: isize) -> Result<Vec<Tensor>> {
        self.pieces(size.into().size("split", "size")?, dim)
    }

    /// [`Tensor::split`], compiled once.
    #[track_caller]
    fn pieces(&self, size: usize, dim: isize) -> Result<Vec<Tensor>> {
        let (_, n) = self.dimension("split", dim)?;
        if size == 0 && n > 0 {
            return Err(Error::value(format!(
                "split: the size must be positive for a dimension of {n}"
            )));
        }
        let count = if size == 0 {
            1
        } else {
            n.div_ceil(size).max(1)
        };
        self.parts("split", count, |i| {
            self.narrow(dim, i * size, size.min(n - i * size))
        })
    }

    /// Views of the given sizes along a dimension, in order; the sizes add up to the dimension's. PyTorch: `torch.split_with_sizes`,
    /// `torch.split(list)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let parts = tensor!([1, 2, 3, 4, 5]).split_with_sizes(&[1, 4], 0)?;
    /// assert_eq!(parts[0].to_vec::<i64>()?, [1]);
    /// assert_eq!(parts[1].to_vec::<i64>()?, [2, 3, 4, 5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range or the sizes do not add up to it.
    #[track_caller]
    pub fn split_with_sizes(&self, sizes: &[usize], dim: isize) -> Result<Vec<Tensor>> {
        let (_, n) = self.dimension("split_with_sizes", dim)?;
        let sum = sizes
            .iter()
            .try_fold(0, |sum: usize, s| sum.checked_add(*s));
        if sum != Some(n) {
            return Err(Error::value(format!(
                "split_with_sizes: sizes {sizes:?} do not add up to dimension {dim} of shape {:?}",
                self.shape()
            )));
        }
        let mut start = 0;
        let mut parts = Vec::with_capacity(sizes.len());
        for &size in sizes {
            parts.push(self.narrow(dim, start, size)?);
            start += size;
        }
        Ok(parts)
    }

    /// At most `n` views of equal size along a dimension, in order; the last may be smaller, and there are fewer if fewer of that size fill the
    /// dimension. PyTorch: `torch.chunk`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let parts = tensor!([1, 2, 3, 4, 5]).chunk(2, 0)?;
    /// assert_eq!(parts[0].to_vec::<i64>()?, [1, 2, 3]);
    /// assert_eq!(parts[1].to_vec::<i64>()?, [4, 5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range or `n` is 0.
    #[track_caller]
    pub fn chunk(&self, n: impl Into<Int>, dim: isize) -> Result<Vec<Tensor>> {
        let n = n.into().size("chunk", "number of chunks")?;
        if n == 0 {
            return Err(Error::value("chunk: the number of chunks must be positive"));
        }
        let (_, size) = self.dimension("chunk", dim)?;
        if size == 0 {
            return self.parts("chunk", n, |_| self.narrow(dim, 0, 0));
        }
        self.split(size.div_ceil(n), dim)
    }

    /// A view of each entry along a dimension, which is removed. PyTorch: `torch.unbind`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let rows = tensor!([[1, 2], [3, 4]]).unbind(0)?;
    /// assert_eq!(rows[1].to_vec::<i64>()?, [3, 4]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range.
    #[track_caller]
    pub fn unbind(&self, dim: isize) -> Result<Vec<Tensor>> {
        let (_, n) = self.dimension("unbind", dim)?;
        self.parts("unbind", n, |i| self.select(dim, i as isize))
    }

    /// `sections` views along a dimension, in order, whose sizes differ by 1 at most, the larger ones first. PyTorch: `torch.tensor_split`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let parts = tensor!([1, 2, 3, 4, 5]).tensor_split(3, 0)?;
    /// assert_eq!(parts[0].to_vec::<i64>()?, [1, 2]);
    /// assert_eq!(parts[1].to_vec::<i64>()?, [3, 4]);
    /// assert_eq!(parts[2].to_vec::<i64>()?, [5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range or `sections` is 0.
    #[track_caller]
    pub fn tensor_split(&self, sections: impl Into<Int>, dim: isize) -> Result<Vec<Tensor>> {
        let sections = sections.into().size("tensor_split", "number of sections")?;
        let (_, n) = self.dimension("tensor_split", dim)?;
        if sections == 0 {
            return Err(Error::value(
                "tensor_split: the number of sections must be positive",
            ));
        }
        let (size, larger) = (n / sections, n % sections);
        let start = |i: usize| i * size + i.min(larger);
        self.parts("tensor_split", sections, |i| {
            self.narrow(dim, start(i), start(i + 1) - start(i))
        })
    }

    /// Views along a dimension up to and between the given positions, and from the last on. Positions are those of Python's slices:
    /// negative ones count from the end, those beyond an end are clamped. PyTorch: `torch.tensor_split(indices)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let parts = tensor!([1, 2, 3, 4]).tensor_split_at([1, -1], 0)?;
    /// assert_eq!(parts[0].to_vec::<i64>()?, [1]);
    /// assert_eq!(parts[1].to_vec::<i64>()?, [2, 3]);
    /// assert_eq!(parts[2].to_vec::<i64>()?, [4]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range.
    #[track_caller]
    pub fn tensor_split_at(&self, indices: impl Into<Ints>, dim: isize) -> Result<Vec<Tensor>> {
        let indices = indices.into();
        self.dimension("tensor_split", dim)?;
        let mut start = 0;
        let mut parts = Vec::new();
        for &end in indices.as_slice() {
            parts.push(self.slice(dim, start, end, 1)?);
            start = end;
        }
        parts.push(self.slice(dim, start, isize::MAX, 1)?);
        Ok(parts)
    }

    /// [`Tensor::tensor_split`] into as many sections as a 0-dimensional integer tensor `by` holds, or [`Tensor::tensor_split_at`] the positions
    /// in a vector `by`. `by` is read from the device. PyTorch: `torch.tensor_split(tensor_indices_or_sections)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2, 3, 4]);
    /// assert_eq!(x.tensor_split_by(&tensor!(2), 0)?[1].to_vec::<i64>()?, [3, 4]);
    /// assert_eq!(x.tensor_split_by(&tensor!([1, 3]), 0)?[1].to_vec::<i64>()?, [2, 3]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `by` does not hold integers or has more than one dimension, the number of sections is not positive, or the dimension is out of range.
    #[track_caller]
    pub fn tensor_split_by(&self, by: &Tensor, dim: isize) -> Result<Vec<Tensor>> {
        if by.ndim() > 1 || by.dtype().category() != Category::Int {
            return Err(Error::value(format!(
                "tensor_split: sections and indices must be an integer tensor of at most 1 dimension, got shape {:?} and {}",
                by.shape(),
                by.dtype()
            )));
        }
        let numbers = by.to(DType::I64)?.to_vec::<i64>()?;
        match (by.ndim(), &numbers[..]) {
            (0, &[sections]) => match usize::try_from(sections) {
                Ok(sections) => self.tensor_split(sections, dim),
                Err(_) => Err(Error::value(format!(
                    "tensor_split: the number of sections must be positive, got {sections}"
                ))),
            },
            _ => self.tensor_split_at(numbers, dim),
        }
    }

    /// `sections` views of equal size along dimension 1, the columns; of a vector, along dimension 0. PyTorch: `torch.hsplit`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let parts = tensor!([[1, 2], [3, 4]]).hsplit(2)?;
    /// assert_eq!(parts[0].to_vec2::<i64>()?, [[1], [3]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor is a scalar, or the dimension cannot be split into `sections` equal parts.
    #[track_caller]
    pub fn hsplit(&self, sections: usize) -> Result<Vec<Tensor>> {
        let dim = self.horizontal()?;
        self.equal_parts("hsplit", sections, dim)
    }

    /// [`Tensor::tensor_split_at`] along dimension 1, the columns; of a vector, along dimension 0. PyTorch: `torch.hsplit(indices)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let parts = tensor!([[1, 2, 3], [4, 5, 6]]).hsplit_at(1)?;
    /// assert_eq!(parts[1].to_vec2::<i64>()?, [[2, 3], [5, 6]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor is a scalar.
    #[track_caller]
    pub fn hsplit_at(&self, indices: impl Into<Ints>) -> Result<Vec<Tensor>> {
        self.tensor_split_at(indices, self.horizontal()?)
    }

    /// `sections` views of equal size along dimension 0, the rows. PyTorch: `torch.vsplit`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let parts = tensor!([[1, 2], [3, 4]]).vsplit(2)?;
    /// assert_eq!(parts[1].to_vec2::<i64>()?, [[3, 4]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has fewer than two dimensions, or dimension 0 cannot be split into `sections` equal parts.
    #[track_caller]
    pub fn vsplit(&self, sections: usize) -> Result<Vec<Tensor>> {
        self.at_least("vsplit", 2)?;
        self.equal_parts("vsplit", sections, 0)
    }

    /// [`Tensor::tensor_split_at`] along dimension 0, the rows. PyTorch: `torch.vsplit(indices)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let parts = tensor!([[1, 2], [3, 4], [5, 6]]).vsplit_at(1)?;
    /// assert_eq!(parts[1].to_vec2::<i64>()?, [[3, 4], [5, 6]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has fewer than two dimensions.
    #[track_caller]
    pub fn vsplit_at(&self, indices: impl Into<Ints>) -> Result<Vec<Tensor>> {
        self.at_least("vsplit", 2)?;
        self.tensor_split_at(indices, 0)
    }

    /// `sections` views of equal size along dimension 2, the depth. PyTorch: `torch.dsplit`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let parts = tensor!([[[1, 2], [3, 4]]]).dsplit(2)?;
    /// assert_eq!(parts[0].shape(), [1, 2, 1]);
    /// assert_eq!(parts[0].to_vec::<i64>()?, [1, 3]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has fewer than three dimensions, or dimension 2 cannot be split into `sections` equal parts.
    #[track_caller]
    pub fn dsplit(&self, sections: usize) -> Result<Vec<Tensor>> {
        self.at_least("dsplit", 3)?;
        self.equal_parts("dsplit", sections, 2)
    }

    /// [`Tensor::tensor_split_at`] along dimension 2, the depth. PyTorch: `torch.dsplit(indices)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let parts = tensor!([[[1, 2, 3]]]).dsplit_at(1)?;
    /// assert_eq!(parts[1].to_vec::<i64>()?, [2, 3]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has fewer than three dimensions.
    #[track_caller]
    pub fn dsplit_at(&self, indices: impl Into<Ints>) -> Result<Vec<Tensor>> {
        self.at_least("dsplit", 3)?;
        self.tensor_split_at(indices, 2)
    }

    /// An empty list with room for `count` views, or an error if there is not enough memory.
    #[track_caller]
    fn parts(
        &self,
        name: &str,
        count: usize,
        part: impl Fn(usize) -> Result<Tensor>,
    ) -> Result<Vec<Tensor>> {
        /// The approximate memory of a view itself, in bytes.
        const VIEW: usize = 256;
        let views: Vec<u8> = room(name, count.checked_mul(VIEW))?;
        drop(views);
        let mut parts = room(name, Some(count))?;
        for i in 0..count {
            parts.push(part(i)?);
        }
        Ok(parts)
    }

    #[track_caller]
    fn horizontal(&self) -> Result<isize> {
        self.at_least("hsplit", 1)?;
        Ok((self.ndim() > 1) as isize)
    }

    #[track_caller]
    pub(super) fn at_least(&self, name: &str, rank: usize) -> Result<()> {
        if self.ndim() >= rank {
            return Ok(());
        }
        Err(Error::shape(format!(
            "{name}: expected at least {rank} dimensions, got shape {:?}",
            self.shape()
        )))
    }

    #[track_caller]
    fn equal_parts(&self, name: &str, sections: usize, dim: isize) -> Result<Vec<Tensor>> {
        let (d, n) = self.dimension(name, dim)?;
        if sections == 0 || n % sections != 0 {
            return Err(Error::value(format!(
                "{name}: dimension {d} of shape {:?} cannot be split into {sections} equal parts",
                self.shape()
            )));
        }
        self.tensor_split(sections, dim)
    }
}
