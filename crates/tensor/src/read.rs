//! Reading elements into Rust values: one number, a vector, nested lists.

use crate::Tensor;
use crate::history::GradMode;
use rushlight_backend::{DType, Element, Error, Readable, Result, Scalar, room, with_element};
use std::fmt;

/// Nested lists of numbers, as [`Tensor::tolist`] returns them.
#[derive(Clone, Debug, PartialEq)]
pub enum List {
    /// One element.
    Number(Scalar),
    /// The entries along one dimension.
    List(Vec<List>),
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            List::Number(Scalar::Bool(b)) => f.write_str(if *b { "True" } else { "False" }),
            List::Number(s) => s.fmt(f),
            List::List(entries) => {
                f.write_str("[")?;
                for (i, entry) in entries.iter().enumerate() {
                    if i > 0 {
                        f.write_str(", ")?;
                    }
                    entry.fmt(f)?;
                }
                f.write_str("]")
            }
        }
    }
}

impl Tensor {
    /// The elements' bytes in row-major order.
    /// Any dtype; the byte order is the machine's. PyTorch: `Tensor.numpy().tobytes()`.
    ///
    /// ```
    /// # use rushlight::{DType, tensor};
    /// assert_eq!(tensor!([1, 2, 3]).to(DType::U8)?.bytes()?, [1, 2, 3]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the device fails, or a copy of a view does not fit the memory.
    #[track_caller]
    pub fn bytes(&self) -> Result<Vec<u8>> {
        if !self.is_contiguous() {
            let _off = GradMode::set(false);
            return self.copy()?.bytes();
        }
        let size = self.dtype().size();
        let mut bytes = vec![0; self.numel() * size];
        self.download(&mut bytes)?;
        Ok(bytes)
    }

    /// Passes the elements' bytes in row-major order to `each`, in chunks of at most `limit` bytes, or of one element if that is larger.
    ///
    /// Views and tensors on a GPU are read chunk by chunk too, so the memory needed is that of one chunk. If the tensor is written in the
    /// meantime, later chunks contain the new elements.
    ///
    /// ```
    /// # use rushlight::{DType, tensor};
    /// let mut bytes = Vec::new();
    /// let x = tensor!([[1, 2], [3, 4]]).to(DType::U8)?;
    /// x.t()?.bytes_in_chunks(3, |chunk| {
    ///     bytes.extend_from_slice(chunk);
    ///     Ok(())
    /// })?;
    /// assert_eq!(bytes, [1, 3, 2, 4]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    /// PyTorch has no such function: `Tensor.numpy().tobytes()` gives all bytes at once.
    #[track_caller]
    pub fn bytes_in_chunks(
        &self,
        limit: usize,
        mut each: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let _off = GradMode::set(false);
        let mut chunk = Vec::new();
        self.read_chunks(limit, &mut chunk, &mut each)
    }

    /// [`Tensor::bytes_in_chunks`], with a reused buffer for the chunk.
    #[track_caller]
    fn read_chunks(
        &self,
        limit: usize,
        chunk: &mut Vec<u8>,
        each: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let size = self.dtype().size();
        // An expanded view may have more elements than memory has bytes.
        let total = self.numel().saturating_mul(size);
        if self.is_contiguous() {
            let most = (limit / size).max(1) * size;
            for start in (0..total).step_by(most) {
                chunk.resize(most.min(total - start), 0);
                self.download_from(start, chunk)?;
                each(chunk)?;
            }
            return Ok(());
        }
        if total <= limit {
            return self.copy()?.read_chunks(limit, chunk, each);
        }
        // The tensor is neither contiguous nor empty, so it has a first dimension. Read as many of its entries at a time as fit, or one by one.
        let entries = self.shape()[0];
        let fit = limit / (self.numel() / entries).saturating_mul(size);
        if fit == 0 {
            for entry in 0..entries {
                self.select(0, entry as isize)?
                    .read_chunks(limit, chunk, each)?;
            }
            return Ok(());
        }
        for start in (0..entries).step_by(fit) {
            let length = fit.min(entries - start);
            self.narrow(0, start as isize, length)?
                .read_chunks(limit, chunk, each)?;
        }
        Ok(())
    }

    /// Downloads the bytes of contiguous elements, or of the first element.
    #[track_caller]
    fn download(&self, bytes: &mut [u8]) -> Result<()> {
        self.download_from(0, bytes)
    }

    /// Downloads the bytes of contiguous elements, starting at byte `start`.
    #[track_caller]
    fn download_from(&self, start: usize, bytes: &mut [u8]) -> Result<()> {
        let offset = self.layout().offset() * self.dtype().size() + start;
        let backend = self.device().backend();
        match backend.download(&self.0.storage, offset, bytes) {
            Ok(()) => Ok(()),
            Err(e) => Err(e.here()),
        }
    }

    /// The elements in row-major order, converted to `T` as by [`Tensor::item`].
    /// PyTorch: `Tensor.flatten().tolist()`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// assert_eq!(x.to_vec::<i64>()?, [1, 2, 3, 4]);
    /// assert_eq!(x.to_vec::<usize>()?, [1, 2, 3, 4]);
    /// assert_eq!(tensor!([0.5, 2.0]).to_vec::<f64>()?, [0.5, 2.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `T` is of a lower class than the dtype, or an integer is out of the range of `T`.
    #[track_caller]
    pub fn to_vec<T: Readable>(&self) -> Result<Vec<T>> {
        self.expect_readable("to_vec", T::TENSOR_DTYPE, T::NAME)?;
        let bytes = self.bytes()?;
        if let Some(elements) = T::read_bytes(self.dtype(), &bytes) {
            return Ok(elements);
        }
        let numbers = scalars(self.dtype(), &bytes);
        let mut elements = room("to_vec", Some(numbers.len()))?;
        for number in numbers {
            match T::read(number) {
                Some(element) => elements.push(element),
                None => return Err(out_of_range("to_vec", number, T::NAME)),
            }
        }
        Ok(elements)
    }

    /// Returns an error if the dtype is of a higher class than `dtype`.
    #[track_caller]
    fn expect_readable(&self, function: &str, dtype: DType, type_name: &str) -> Result<()> {
        if self.dtype().category() <= dtype.category() {
            return Ok(());
        }
        Err(Error::dtype(format!(
            "{function}: the tensor is {}, which does not fit {type_name}; convert it with to(DType::{dtype:?}) first",
            self.dtype()
        )))
    }

    /// The elements of a matrix, row by row.
    /// They are converted to `T` as by [`Tensor::item`]. PyTorch: `Tensor.tolist`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([[1, 2], [3, 4]]).to_vec2::<i64>()?, [[1, 2], [3, 4]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there are not two dimensions; also those of [`Tensor::to_vec`].
    #[track_caller]
    pub fn to_vec2<T: Readable + Clone>(&self) -> Result<Vec<Vec<T>>> {
        let &[_, cols] = self.shape() else {
            return Err(Error::shape(format!(
                "to_vec2: expected a matrix, got shape {:?}",
                self.shape()
            )));
        };
        let flat = self.to_vec::<T>()?;
        let mut matrix = room("to_vec2", Some(self.shape()[0]))?;
        matrix.extend((0..self.shape()[0]).map(|r| flat[r * cols..(r + 1) * cols].to_vec()));
        Ok(matrix)
    }

    /// The elements of a 3-dimensional tensor, nested.
    /// They are converted to `T` as by [`Tensor::item`]. PyTorch: `Tensor.tolist`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([[[1, 2], [3, 4]]]).to_vec3::<i64>()?, [[[1, 2], [3, 4]]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there are not three dimensions; also those of [`Tensor::to_vec`].
    #[track_caller]
    pub fn to_vec3<T: Readable + Clone>(&self) -> Result<Vec<Vec<Vec<T>>>> {
        let &[_, rows, cols] = self.shape() else {
            return Err(Error::shape(format!(
                "to_vec3: expected 3 dimensions, got shape {:?}",
                self.shape()
            )));
        };
        let flat = self.to_vec::<T>()?;
        let row = |r: usize| flat[r * cols..(r + 1) * cols].to_vec();
        let mut matrices = room("to_vec3", Some(self.shape()[0]))?;
        for m in 0..self.shape()[0] {
            let mut matrix = room("to_vec3", Some(rows))?;
            matrix.extend((m * rows..(m + 1) * rows).map(row));
            matrices.push(matrix);
        }
        Ok(matrices)
    }

    /// The only element, converted to `T` if its class is not lower: an `f32` reads as `f64`, an integer as any number in whose range it is.
    ///
    /// The classes are booleans, integers and floats. `T` is one of the types of the dtypes, or `u16`, `u32`, `u64` or `usize`. A float is
    /// rounded to a narrower float. PyTorch: `Tensor.item`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([[3]]).item::<f64>()?, 3.0);
    /// assert_eq!(tensor!(3).item::<usize>()?, 3);
    /// assert!(tensor!(-3).item::<usize>().is_err());
    /// assert!(tensor!(0.5).item::<i64>().is_err());
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is not exactly one element, if `T` is of a lower class than the dtype, or if an integer is out of the range of `T`.
    #[track_caller]
    pub fn item<T: Readable>(&self) -> Result<T> {
        let number = self.item_scalar()?;
        self.expect_readable("item", T::TENSOR_DTYPE, T::NAME)?;
        match T::read(number) {
            Some(element) => Ok(element),
            None => Err(out_of_range("item", number, T::NAME)),
        }
    }

    /// The only element as a number.
    /// Any dtype: a `bool`, an integer or a float. PyTorch: `Tensor.item`.
    ///
    /// ```
    /// # use rushlight::{Scalar, tensor};
    /// assert_eq!(tensor!([3]).item_scalar()?, Scalar::Int(3));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there is not exactly one element.
    #[track_caller]
    pub fn item_scalar(&self) -> Result<Scalar> {
        if self.numel() != 1 {
            return Err(Error::shape(format!(
                "item: a tensor of one element is needed, not of shape {:?}",
                self.shape()
            )));
        }
        let mut bytes = [0; 8];
        let size = self.dtype().size();
        let bytes = &mut bytes[..size];
        self.download(bytes)?;
        Ok(scalars(self.dtype(), bytes)[0])
    }

    /// The elements as numbers in row-major order.
    /// Any dtype. PyTorch: `Tensor.flatten().tolist()`.
    ///
    /// ```
    /// # use rushlight::{Scalar, tensor};
    /// assert_eq!(tensor!([0.5, 2.0]).to_scalars()?, [Scalar::Float(0.5), Scalar::Float(2.0)]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the device fails, or a copy of a view does not fit the memory.
    #[track_caller]
    pub fn to_scalars(&self) -> Result<Vec<Scalar>> {
        Ok(scalars(self.dtype(), &self.bytes()?))
    }

    /// The elements as nested lists of numbers. PyTorch: `Tensor.tolist`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([[1, 2], [3, 4]]).tolist()?.to_string(), "[[1, 2], [3, 4]]");
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[track_caller]
    pub fn tolist(&self) -> Result<List> {
        #[track_caller]
        fn nest(shape: &[usize], flat: &mut impl Iterator<Item = Scalar>) -> Result<List> {
            let [n, inner @ ..] = shape else {
                // The iterator has one element for each index of the shape.
                return Ok(List::Number(flat.next().unwrap_or(Scalar::Int(0))));
            };
            // Empty lists take memory too.
            let mut entries = room("tolist", Some(*n))?;
            for _ in 0..*n {
                entries.push(nest(inner, flat)?);
            }
            Ok(List::List(entries))
        }
        nest(self.shape(), &mut self.to_scalars()?.into_iter())
    }
}

#[cold]
#[track_caller]
fn out_of_range(function: &str, number: Scalar, type_name: &str) -> Error {
    Error::value(format!(
        "{function}: {number} is out of the range of {type_name}"
    ))
}

fn scalars(dtype: DType, bytes: &[u8]) -> Vec<Scalar> {
    with_element!(dtype, T => bytes.chunks_exact(dtype.size()).map(|b| T::from_bytes(b).to_scalar()).collect())
}
