//! The layout of a tensor in its storage (shape, strides and offset), and the view operations that only change it.

use crate::{Dims, Error, MAX_RANK, Result};

/// Shape, strides and offset (both in elements) of a tensor in its storage.
///
/// A layout alone does not refer to memory, so any layout can be created. If its sizes, strides and offset exceed the address space,
/// [`Layout::end`] is `usize::MAX`, which no storage has, so [`crate::View::new`] refuses it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    shape: Dims,
    strides: Dims,
    offset: usize,
    numel: usize,
    end: usize,
    contiguous: bool,
}

impl Layout {
    /// A contiguous layout in row-major order.
    #[inline]
    pub fn contiguous(shape: Dims) -> Layout {
        let numel = shape.numel();
        Layout {
            shape,
            strides: shape.contiguous_strides(),
            offset: 0,
            numel,
            end: if is_countable(&shape, numel) {
                numel
            } else {
                usize::MAX
            },
            contiguous: true,
        }
    }

    /// Any shape, strides and offset; [`crate::View::new`] checks that they stay inside a storage. Without elements the offset is set
    /// to 0, which is always valid. A shape and strides of different lengths are refused as well.
    #[inline]
    pub fn strided(shape: Dims, strides: Dims, offset: usize) -> Layout {
        let numel = shape.numel();
        Layout {
            shape,
            strides,
            offset: if numel == 0 { 0 } else { offset },
            numel,
            end: end(&shape, &strides, offset, numel).unwrap_or(usize::MAX),
            contiguous: is_contiguous(&shape, &strides),
        }
    }

    /// Size along each dimension.
    #[inline]
    pub fn shape(&self) -> &Dims {
        &self.shape
    }

    /// Distance between neighbouring elements along each dimension, in elements.
    #[inline]
    pub fn strides(&self) -> &Dims {
        &self.strides
    }

    /// The offset of the first element, in elements.
    #[inline]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Whether the elements are contiguous in row-major order.
    #[inline]
    pub fn is_contiguous(&self) -> bool {
        self.contiguous
    }

    /// Number of elements.
    #[inline]
    pub fn numel(&self) -> usize {
        self.numel
    }

    /// One past the last element that the layout reaches, or `usize::MAX` if that exceeds the address space.
    #[inline]
    pub fn end(&self) -> usize {
        self.end
    }

    /// Whether two different indices reach the same element.
    #[inline]
    pub fn overlaps_itself(&self) -> bool {
        !self.contiguous && self.numel > 0 && self.strides_overlap()
    }

    fn strides_overlap(&self) -> bool {
        let mut axes: smallvec::SmallVec<[(usize, usize); MAX_RANK]> = self
            .shape
            .iter()
            .zip(self.strides.iter())
            .filter(|(n, _)| **n > 1)
            .map(|(n, s)| (*s, *n))
            .collect();
        axes.sort_unstable();
        // Sorted by stride, the stride of each axis must exceed the extent of all smaller ones.
        let mut reach: usize = 0;
        axes.iter().any(|(stride, n)| {
            let hit = *stride <= reach;
            reach = stride.saturating_mul(n - 1).saturating_add(reach);
            hit
        })
    }

    /// `len` indices of dimension `dim` from `start`, every `step`-th. The caller checks the range.
    pub fn slice(&self, dim: usize, start: usize, len: usize, step: usize) -> Layout {
        let (mut shape, mut strides) = (self.shape, self.strides);
        let offset = start
            .saturating_mul(strides[dim])
            .saturating_add(self.offset);
        shape[dim] = len;
        // The stride of a dimension of size 1 has no effect and may be any number.
        strides[dim] = strides[dim].saturating_mul(step);
        Layout::strided(shape, strides, offset)
    }

    /// Dimension `i` of the result is dimension `axes[i]` of `self`. The caller checks that `axes` is a permutation.
    pub fn permute(&self, axes: &[usize]) -> Layout {
        let shape = axes.iter().map(|&a| self.shape[a]).collect();
        let strides = axes.iter().map(|&a| self.strides[a]).collect();
        Layout::strided(shape, strides, self.offset)
    }

    /// Swaps two dimensions.
    pub fn transpose(&self, a: usize, b: usize) -> Layout {
        let (mut shape, mut strides) = (self.shape, self.strides);
        shape.swap(a, b);
        strides.swap(a, b);
        Layout::strided(shape, strides, self.offset)
    }

    /// The same elements repeated along new leading dimensions and along dimensions of size 1, by strides of 0.
    #[inline]
    pub fn expand(&self, shape: Dims) -> Option<Layout> {
        let extra = shape.len().checked_sub(self.shape.len())?;
        let mut strides = Dims::filled(0, shape.len());
        for i in 0..self.shape.len() {
            if self.shape[i] == shape[extra + i] {
                strides[extra + i] = self.strides[i];
            } else if self.shape[i] != 1 {
                return None;
            }
        }
        Some(Layout::strided(shape, strides, self.offset))
    }

    /// The same elements in the same order under another shape, if strides can describe it.
    pub fn view(&self, shape: Dims) -> Option<Layout> {
        if shape.numel() != self.numel() {
            return None;
        }
        if self.contiguous || self.numel() == 0 {
            let dense = Layout::contiguous(shape);
            return Some(Layout {
                offset: self.offset,
                end: dense.end.saturating_add(self.offset),
                ..dense
            });
        }
        // From the last dimension on, each dense block of old dimensions must equal a block of new ones.
        let mut strides = Dims::filled(0, shape.len());
        let mut new = shape.len();
        let mut block: usize = 1;
        let mut block_stride = None;
        for old in (0..self.shape.len()).rev() {
            let base = *block_stride.get_or_insert(self.strides[old]);
            block = self.shape[old].saturating_mul(block);
            let ends = old == 0
                || (self.shape[old - 1] != 1
                    && self.strides[old - 1] != base.saturating_mul(block));
            if !ends {
                continue;
            }
            let mut covered: usize = 1;
            while new > 0 && (covered < block || shape[new - 1] == 1) {
                new -= 1;
                strides[new] = base.saturating_mul(covered);
                covered = shape[new].saturating_mul(covered);
            }
            if covered != block {
                return None;
            }
            block = 1;
            block_stride = None;
        }
        Some(Layout::strided(shape, strides, self.offset))
    }
}

/// More elements than this, of the widest dtype, exceed the address space.
const MAX_ELEMENTS: usize = isize::MAX as usize / 8;

/// Whether the sizes other than 0 multiply to at most [`MAX_ELEMENTS`]. Kernels multiply some sizes and leave out others, so this must hold
/// without elements too.
#[inline]
fn is_countable(shape: &[usize], numel: usize) -> bool {
    if numel > 0 {
        return numel <= MAX_ELEMENTS;
    }
    shape
        .iter()
        .fold(1, |n: usize, &d| n.saturating_mul(d.max(1)))
        <= MAX_ELEMENTS
}

/// One past the last element reached, or `None` if there is no such number.
#[inline]
fn end(shape: &[usize], strides: &[usize], offset: usize, numel: usize) -> Option<usize> {
    if shape.len() != strides.len() || !is_countable(shape, numel) {
        return None;
    }
    if numel == 0 {
        return Some(0);
    }
    let mut last = offset;
    for (n, stride) in shape.iter().zip(strides) {
        last = (n - 1).checked_mul(*stride)?.checked_add(last)?;
    }
    last.checked_add(1)
}

#[inline]
fn is_contiguous(shape: &[usize], strides: &[usize]) -> bool {
    let mut expected: usize = 1;
    for (&n, &stride) in shape.iter().zip(strides).rev() {
        if n == 0 {
            return true;
        }
        if n != 1 {
            if stride != expected {
                return shape.contains(&0);
            }
            expected = expected.saturating_mul(n);
        }
    }
    true
}

/// The shape that both broadcast to: aligned at the last dimension, with sizes that are equal or 1. PyTorch: "Broadcasting semantics".
#[inline]
#[track_caller]
pub fn broadcast(name: &str, a: &[usize], b: &[usize]) -> Result<Dims> {
    let rank = a.len().max(b.len());
    let mut shape = Dims::filled(1, rank);
    for i in 1..=rank {
        let x = if i <= a.len() { a[a.len() - i] } else { 1 };
        let y = if i <= b.len() { b[b.len() - i] } else { 1 };
        shape[rank - i] = match (x, y) {
            _ if x == y => x,
            (1, _) => y,
            (_, 1) => x,
            _ => {
                return Err(Error::shape(format!(
                    "{name}: shapes {a:?} and {b:?} do not broadcast: {x} against {y} at dimension {}",
                    rank - i
                )));
            }
        };
    }
    if *shape != *a && *shape != *b && shape.extent().is_none() {
        return Err(Error::shape(format!(
            "{name}: shapes {a:?} and {b:?} broadcast to {shape:?}, which has more elements than can be counted"
        )));
    }
    Ok(shape)
}
