//! Matrices as kernels address them.

/// A matrix in memory: element (i, j) is at `pointer + i row + j col`.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<T> {
    pub pointer: *mut T,
    pub row: usize,
    pub col: usize,
}

// SAFETY: a pointer into memory whose lock the operation holds; kernels write disjoint blocks.
unsafe impl<T> Send for Matrix<T> {}
// SAFETY: kernels read shared parts of it, and write disjoint blocks.
unsafe impl<T> Sync for Matrix<T> {}

impl<T> Matrix<T> {
    /// Contiguous elements as one column.
    pub fn list(pointer: *mut T) -> Matrix<T> {
        Matrix {
            pointer,
            row: 1,
            col: 1,
        }
    }

    /// The submatrix that starts at element (i, j).
    ///
    /// # Safety
    ///
    /// The element exists, or nothing is read through the result.
    #[inline]
    pub unsafe fn at(self, i: usize, j: usize) -> Matrix<T> {
        // SAFETY: guaranteed by the caller.
        let pointer = unsafe { self.pointer.add(i * self.row + j * self.col) };
        Matrix { pointer, ..self }
    }

    /// The transpose.
    #[inline]
    pub fn transposed(self) -> Matrix<T> {
        Matrix {
            pointer: self.pointer,
            row: self.col,
            col: self.row,
        }
    }
}
