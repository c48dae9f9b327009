//! A tensor as a list of planes: the last dimensions are spatial, the others are flattened.

use crate::operand::Operand;

/// Planes of up to three spatial dimensions; missing ones have size 1.
pub(super) struct Planes<'a> {
    operand: Operand<'a>,
    outer: usize,
    /// The number of planes.
    pub count: usize,
    /// Spatial sizes.
    pub size: [usize; 3],
    /// Distances between spatial neighbours.
    pub stride: [usize; 3],
}

impl<'a> Planes<'a> {
    pub fn new(operand: &Operand<'a>, spatial: usize) -> Planes<'a> {
        let outer = operand.shape().len() - spatial;
        let (mut size, mut stride) = ([1; 3], [0; 3]);
        size[3 - spatial..].copy_from_slice(&operand.shape()[outer..]);
        stride[3 - spatial..].copy_from_slice(&operand.strides()[outer..]);
        Planes {
            operand: *operand,
            outer,
            count: operand.shape()[..outer].iter().product(),
            size,
            stride,
        }
    }

    /// The first element of plane `i`.
    #[inline]
    pub fn plane<T>(&self, mut i: usize) -> *mut T {
        let mut offset = 0;
        for d in (0..self.outer).rev() {
            offset += i % self.operand.shape()[d] * self.operand.strides()[d];
            i /= self.operand.shape()[d];
        }
        // SAFETY: the layout stays inside the storage.
        unsafe { self.operand.pointer::<T>().add(offset) }
    }

    /// Offset within a plane.
    #[inline(always)]
    pub fn at(&self, d: usize, h: usize, w: usize) -> usize {
        d * self.stride[0] + h * self.stride[1] + w * self.stride[2]
    }

    /// Elements of one plane.
    pub fn len(&self) -> usize {
        self.size.iter().product()
    }
}
