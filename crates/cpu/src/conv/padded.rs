//! A copy of an image with zero padding, so that kernels need not check whether a kernel element is outside of the image.
//!
//! Columns are sorted by their remainder modulo the stride, so that the pixels that one kernel element reads at consecutive positions are
//! contiguous for every stride.

use crate::matmul::VectorFloat;
use rushlight_backend::plan::Space;

/// The layout of the channels of one group of one image in the padded copy.
pub(crate) struct Padded {
    pub channels: usize,
    /// Size of the image.
    pub image: Space,
    /// Zeros before the image along each dimension.
    pub low: Space,
    /// Size with the zeros on both sides; smaller than the padded image if no kernel element reads its end.
    pub size: Space,
    /// Distance between consecutive positions along each dimension.
    pub stride: Space,
}

/// The number of elements past the end that kernels may read, because they load whole vectors.
pub(crate) const SLACK: usize = 64;

impl Padded {
    /// The number of columns with the same remainder.
    fn width(&self) -> usize {
        self.size[2].div_ceil(self.stride[2])
    }

    /// Distance between rows.
    pub fn row(&self) -> usize {
        self.width() * self.stride[2]
    }

    /// Distance between channels.
    pub fn plane(&self) -> usize {
        self.size[0] * self.size[1] * self.row()
    }

    /// Elements of the copy.
    pub fn len(&self) -> usize {
        self.channels * self.plane() + SLACK
    }

    /// The offset of the point that a kernel element at `at` reads at position zero.
    pub fn point(&self, channel: usize, at: Space) -> usize {
        let column = at[2] % self.stride[2] * self.width() + at[2] / self.stride[2];
        channel * self.plane() + (at[0] * self.size[1] + at[1]) * self.row() + column
    }

    /// The offset of position `at` relative to position zero.
    pub fn position(&self, at: Space) -> usize {
        let row = at[0] * self.stride[0] * self.size[1] + at[1] * self.stride[1];
        row * self.row() + at[2]
    }

    /// Copies the dense image at `from` to `to`.
    ///
    /// # Safety
    ///
    /// `from` is valid for `channels` images, `to` for `len` elements.
    pub unsafe fn fill<T: VectorFloat>(&self, from: *const T, to: *mut T) {
        let [depth, height, width] = self.image;
        let (row, stride) = (self.row(), self.stride[2]);
        let inside = |d: usize, i: usize| i >= self.low[d] && i - self.low[d] < self.image[d];
        let left = self.low[2].min(self.size[2]);
        let shown = width.min(self.size[2] - left);
        for c in 0..self.channels {
            for z in 0..self.size[0] {
                for y in 0..self.size[1] {
                    // SAFETY: the row is one of the copy, and the image's if it is inside.
                    unsafe {
                        let to = to.add(c * self.plane() + (z * self.size[1] + y) * row);
                        let to = std::slice::from_raw_parts_mut(to, row);
                        if !inside(0, z) || !inside(1, y) {
                            to.fill(T::ZERO);
                            continue;
                        }
                        let source_row = (c * depth + z - self.low[0]) * height + y - self.low[1];
                        let from = std::slice::from_raw_parts(from.add(source_row * width), shown);
                        if stride == 1 {
                            to[..left].fill(T::ZERO);
                            to[left..left + shown].copy_from_slice(from);
                            to[left + shown..].fill(T::ZERO);
                        } else {
                            to.fill(T::ZERO);
                            let columns = self.width();
                            for phase in 0..stride {
                                // The first column of the image with this remainder.
                                let skip = (phase + stride - left % stride) % stride;
                                let first = phase * columns + (left + skip) / stride;
                                let picked = from.iter().skip(skip).step_by(stride);
                                to[first..]
                                    .iter_mut()
                                    .zip(picked)
                                    .for_each(|(to, &x)| *to = x);
                            }
                        }
                    }
                }
            }
        }
    }
}
