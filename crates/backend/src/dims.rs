//! A short list of sizes, strides or axes. It is inline and `Copy`, so that no tensor operation allocates memory for its shape.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, DerefMut};

/// The largest number of dimensions of a tensor.
pub const MAX_RANK: usize = 8;

/// Up to [`MAX_RANK`] numbers. Dereferences to a slice.
#[derive(Clone, Copy, Eq, Default)]
pub struct Dims {
    // Entries past `len` stay 0, so that equality may compare the whole array.
    values: [usize; MAX_RANK],
    len: u8,
}

impl Dims {
    /// No dimensions: the shape of a scalar.
    pub const SCALAR: Dims = Dims {
        values: [0; MAX_RANK],
        len: 0,
    };

    /// The numbers of `slice`, or `None` if there are more than [`MAX_RANK`].
    #[inline]
    pub fn from_slice(slice: &[usize]) -> Option<Dims> {
        let mut values = [0; MAX_RANK];
        values.get_mut(..slice.len())?.copy_from_slice(slice);
        Some(Dims {
            values,
            len: slice.len() as u8,
        })
    }

    /// `len` times `value`. Panics above [`MAX_RANK`].
    #[inline]
    pub fn filled(value: usize, len: usize) -> Dims {
        let mut values = [0; MAX_RANK];
        values[..len].fill(value);
        Dims {
            values,
            len: len as u8,
        }
    }

    /// The product of the numbers, which is the number of elements of a shape; `usize::MAX` if it overflows.
    #[inline]
    pub fn numel(&self) -> usize {
        if self.contains(&0) {
            return 0;
        }
        self.iter().fold(1, |n, &d| n.saturating_mul(d))
    }

    /// The product of the sizes, each size of 0 counted as 1, or `None` if it is not below `isize::MAX`.
    ///
    /// A shape for which this is `Some` has element counts and contiguous strides, its own and those of its parts, that can be computed
    /// without overflow; every tensor has such a shape.
    #[inline]
    pub fn extent(&self) -> Option<usize> {
        let product = self
            .iter()
            .try_fold(1, |n: usize, &size| n.checked_mul(size.max(1)))?;
        (product < isize::MAX as usize).then_some(product)
    }

    /// Appends a number. Panics at [`MAX_RANK`].
    #[inline]
    pub fn push(&mut self, value: usize) {
        self.values[self.len as usize] = value;
        self.len += 1;
    }

    /// Inserts a number before position `at`. Panics at [`MAX_RANK`].
    #[inline]
    pub fn insert(&mut self, at: usize, value: usize) {
        self.values.copy_within(at..MAX_RANK - 1, at + 1);
        self.values[at] = value;
        self.len += 1;
        assert!(
            self.len as usize <= MAX_RANK && at < self.len as usize,
            "more than {MAX_RANK} dimensions"
        );
    }

    /// Removes and returns the number at position `at`.
    #[inline]
    pub fn remove(&mut self, at: usize) -> usize {
        let gone = self[at];
        self.values.copy_within(at + 1.., at);
        self.len -= 1;
        self.values[self.len as usize] = 0;
        gone
    }

    /// Keeps the first `len` numbers.
    #[inline]
    pub fn truncate(&mut self, len: usize) {
        while self.len as usize > len {
            self.remove(self.len as usize - 1);
        }
    }

    /// The strides of a contiguous tensor of this shape; sizes of 0 count as 1.
    #[inline]
    pub fn contiguous_strides(&self) -> Dims {
        let mut strides = Dims::filled(1, self.len());
        for i in (1..self.len()).rev() {
            strides[i - 1] = strides[i].saturating_mul(self[i].max(1));
        }
        strides
    }
}

impl Hash for Dims {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl PartialEq for Dims {
    // Without a branch or a call: every operation compares shapes.
    #[inline]
    fn eq(&self, other: &Dims) -> bool {
        let pairs = self.values.iter().zip(&other.values);
        let differing = pairs.fold(0, |bits, (a, b)| bits | (a ^ b));
        differing == 0 && self.len == other.len
    }
}

impl Deref for Dims {
    type Target = [usize];
    #[inline]
    fn deref(&self) -> &[usize] {
        &self.values[..self.len as usize]
    }
}

impl DerefMut for Dims {
    #[inline]
    fn deref_mut(&mut self) -> &mut [usize] {
        &mut self.values[..self.len as usize]
    }
}

impl<const N: usize> From<[usize; N]> for Dims {
    #[inline]
    fn from(list: [usize; N]) -> Dims {
        const { assert!(N <= MAX_RANK) };
        let mut values = [0; MAX_RANK];
        values[..N].copy_from_slice(&list);
        Dims {
            values,
            len: N as u8,
        }
    }
}

impl FromIterator<usize> for Dims {
    /// Panics above [`MAX_RANK`] numbers.
    #[inline]
    fn from_iter<I: IntoIterator<Item = usize>>(iter: I) -> Dims {
        let mut dims = Dims::SCALAR;
        for value in iter {
            dims.push(value);
        }
        dims
    }
}

impl fmt::Debug for Dims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
