//! The gradient of the weight: for every input channel, kernel element and output channel, the sum over all positions of all images.
//!
//! It is computed transposed, `[inputs kernel elements, outputs]`: the input's pixels are then read from its padded copy without packing, one
//! run for each output row, and only the output's gradient is packed. Images are split into chunks by their number alone; the chunks' sums
//! are added in order.

use super::gather::kernel_offsets;
use super::padded::Padded;
use crate::buffer::CpuBuffer;
use crate::matmul::{
    BLOCK, Matrix, Tile, VectorFloat, Walk, columns, copy, load, next_rows, panel, run,
};
use crate::parallel;
use pulp::{Simd, WithSimd};
use rushlight_backend::Result;
use rushlight_backend::plan::{ConvPlan, volume};
use std::ops::Range;

/// The largest number of chunks that the images are split into.
const CHUNKS: usize = 8;
/// The maximum number of elements in the sums of all chunks; larger sums mean fewer chunks.
const SUMS: usize = 1 << 21;
/// The number of output channels of a group up to which each is summed separately, because most of a panel would be unused.
const FEW: usize = 4;
/// The number of sources whose sums are kept in registers.
const SOURCES: usize = 8;
/// The maximum number of SIMD lanes.
const LANES: usize = 16;
/// The number of vectors that are summed one after the other: sums of partial sums round less than one long sum.
const STRETCH: usize = 32;
/// Positions that are packed at a time.
const POSITIONS: usize = 1 << 10;

struct Gradient<'a, T> {
    g: &'a ConvPlan,
    source: Padded,
    /// The offset of the source element of each channel and kernel element, for position zero.
    sources: Vec<usize>,
    x: Matrix<T>,
    y: Matrix<T>,
    to: Matrix<T>,
}

/// Computes the weight's gradient `to` from the input `x` and the output's gradient `y`.
pub(crate) fn weight<T: VectorFloat>(g: &ConvPlan, x: *mut T, y: *mut T, to: *mut T) -> Result<()> {
    let source = Padded {
        channels: g.inputs,
        image: g.x,
        low: g.padding,
        size: std::array::from_fn(|d| {
            let reach = g.kernel[d].saturating_sub(1) * g.dilation[d];
            g.y[d].saturating_sub(1) * g.stride[d] + reach + 1
        }),
        stride: g.stride,
    };
    crate::simd::arch().dispatch(Gradient {
        g,
        sources: kernel_offsets(&source, g),
        source,
        x: Matrix::list(x),
        y: Matrix::list(y),
        to: Matrix::list(to),
    })
}

impl<T: VectorFloat> WithSimd for Gradient<'_, T> {
    type Output = Result<()>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Result<()> {
        self.run(simd)
    }
}

impl<T: VectorFloat> Gradient<'_, T> {
    #[inline(never)]
    fn run<S: Simd>(&self, simd: S) -> Result<()> {
        let (g, wide) = (self.g, columns::<T, S>());
        let k = self.sources.len();
        let (panels, sum) = (
            g.outputs.div_ceil(wide),
            k * g.outputs.next_multiple_of(wide),
        );
        let all = g.groups * sum;
        if all == 0 {
            return Ok(());
        }
        // A power of two, as batch sizes usually are, so that the chunks are equal.
        let most = (SUMS / all).clamp(1, CHUNKS).min(g.images.max(1));
        let chunks = 1 << most.ilog2();
        // If there are few chunks of images, the output channels are split as well.
        let blocks = CHUNKS.div_ceil(chunks * g.groups).min(panels);
        let sums = CpuBuffer::new(chunks * all * size_of::<T>())?;
        let sums = Matrix::list(sums.pointer().cast::<T>());
        parallel::try_for_ranges(chunks * g.groups * blocks, 1, |range| {
            let room = self.source.len() + POSITIONS.max(g.y[2]) * wide;
            let scratch = CpuBuffer::new(room * size_of::<T>())?;
            let scratch = scratch.pointer().cast::<T>();
            for task in range {
                let (chunk, group) = (task / (g.groups * blocks), task / blocks % g.groups);
                let block = task % blocks;
                let images = g.images * chunk / chunks..g.images * (chunk + 1) / chunks;
                let panels = panels * block / blocks..panels * (block + 1) / blocks;
                // SAFETY: the chunk's sums of the group; no other task accesses the panels of the block.
                unsafe {
                    let sums = sums.at(chunk * all + group * sum, 0).pointer;
                    self.part(simd, group, images, panels, sums, scratch);
                }
            }
            Ok(())
        })?;
        self.collect(sums, chunks, all, sum, wide);
        Ok(())
    }

    /// The sums over some images for some panels of output channels.
    ///
    /// # Safety
    ///
    /// `sums` holds the panels of the group, [`columns`] wide, one after another; `scratch` a padded image and a packed panel.
    unsafe fn part<S: Simd>(
        &self,
        simd: S,
        group: usize,
        images: Range<usize>,
        panels: Range<usize>,
        sums: *mut T,
        scratch: *mut T,
    ) {
        let (g, k) = (self.g, self.sources.len());
        let wide = columns::<T, S>();
        let [depth, height, width] = g.y;
        let size = volume(g.y);
        let most = (POSITIONS / width.max(1)).clamp(1, height.max(1));
        // SAFETY: as the caller guarantees; sources and positions are within the padded image.
        unsafe {
            let packed = scratch.add(self.source.len());
            let own = sums.add(panels.start * k * wide);
            std::slice::from_raw_parts_mut(own, panels.len() * k * wide).fill(T::ZERO);
            for image in images {
                let plane = image * g.groups + group;
                let x = self.x.at(plane * g.inputs * volume(g.x), 0).pointer;
                self.source.fill(x, scratch);
                if g.outputs <= FEW.min(wide) {
                    let y = self.y.at(plane * g.outputs * size, 0).pointer;
                    self.few(simd, scratch, y, own);
                    continue;
                }
                for (z, first_row) in
                    (0..depth).flat_map(|z| (0..height).step_by(most).map(move |y| (z, y)))
                {
                    let output_rows = most.min(height - first_row);
                    let origin = self.source.position([z, first_row, 0]);
                    for j in panels.clone() {
                        let first = (plane * g.outputs + j * wide) * size
                            + (z * height + first_row) * width;
                        let count = wide.min(g.outputs - j * wide);
                        let y = Matrix {
                            pointer: self.y.at(first, 0).pointer,
                            row: 1,
                            col: size,
                        };
                        panel(simd, output_rows * width, count, y, packed);
                        let mut next = 0;
                        while next < k {
                            let (i, rows) = (next, next_rows::<S>(k - next));
                            next += rows;
                            let c = sums.add((j * k + i) * wide);
                            let sources = &self.sources[i..i + rows];
                            let tile = Tile {
                                walk: Walk {
                                    outer: output_rows,
                                    outer_step: self.source.position([0, 1, 0]),
                                    inner: width,
                                    inner_step: 1,
                                },
                                a: scratch.add(origin),
                                a_row: 0,
                                a_rows: sources.as_ptr(),
                                rows,
                                b: packed,
                                b_row: wide,
                                b_rows: std::ptr::null(),
                                start: c,
                                start_row: wide,
                                c,
                                c_row: wide,
                                // Half a panel is one vector; its other half stays zero.
                                columns: if 2 * count <= wide { wide / 2 } else { wide },
                            };
                            run(simd, &tile);
                        }
                    }
                }
            }
        }
    }

    /// Adds the products of one padded image with few output channels: one sum over the rows for each channel and kernel element.
    ///
    /// # Safety
    ///
    /// `image` is padded, `y` holds the output's gradient, `sums` one panel.
    unsafe fn few<S: Simd>(&self, simd: S, image: *const T, y: *const T, sums: *mut T) {
        struct Few<'a, T> {
            of: &'a Gradient<'a, T>,
            image: *const T,
            y: *const T,
            sums: *mut T,
        }
        impl<T: VectorFloat> WithSimd for Few<'_, T> {
            type Output = ();
            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) {
                let Few { of, image, y, sums } = self;
                for output in 0..of.g.outputs {
                    for (i, sources) in of.sources.chunks(SOURCES).enumerate() {
                        // SAFETY: the gradient of this output and its column of the sums.
                        unsafe {
                            let y = y.add(output * volume(of.g.y));
                            let sums = sums.add(i * SOURCES * columns::<T, S>() + output);
                            match sources.len() {
                                SOURCES => {
                                    of.correlate::<S, SOURCES>(simd, sources, image, y, sums)
                                }
                                n => (0..n).for_each(|t| {
                                    let sums = sums.add(t * columns::<T, S>());
                                    of.correlate::<S, 1>(simd, &sources[t..], image, y, sums);
                                }),
                            }
                        }
                    }
                }
            }
        }
        simd.vectorize(Few {
            of: self,
            image,
            y,
            sums,
        });
    }

    /// Adds the products of the image at each of the first `N` sources with the gradient `y` of one output to as many sums.
    ///
    /// # Safety
    /// `image` is padded, so that it holds an element for every source and every position of the output; `y` holds one element per position,
    /// and `sums` `N` elements [`columns`] apart, which nothing else accesses meanwhile.
    #[inline(always)]
    unsafe fn correlate<S: Simd, const N: usize>(
        &self,
        simd: S,
        sources: &[usize],
        image: *const T,
        mut y: *const T,
        sums: *mut T,
    ) {
        let lanes = T::lanes::<S>();
        let [depth, height, width] = self.g.y;
        let whole = width / lanes * lanes;
        let zeros = [T::ZERO; LANES];
        let mut list = [0; N];
        list.copy_from_slice(&sources[..N]);
        let mut parts = [T::splat(simd, T::ZERO); N];
        let mut totals = [T::ZERO; N];
        let stretch = (STRETCH / width.div_ceil(lanes).max(1)).max(1);
        // SAFETY: rows of `y` and of the image; elements past the end of a row are replaced by zeros.
        unsafe {
            for row in 0..depth * height {
                if row > 0 && row % stretch == 0 {
                    for (total, part) in totals.iter_mut().zip(&mut parts) {
                        *total = *total + T::sum(simd, *part);
                        *part = T::splat(simd, T::ZERO);
                    }
                }
                let origin = self.source.position([row / height, row % height, 0]);
                let x = image.wrapping_add(origin);
                for j in (0..whole).step_by(lanes) {
                    let y = load(y.wrapping_add(j).cast::<T::Vector<S>>());
                    for (part, source) in parts.iter_mut().zip(list) {
                        let x = load(x.wrapping_add(source + j).cast());
                        *part = T::mul_add(simd, x, y, *part);
                    }
                }
                if whole < width {
                    let mut rest = zeros;
                    copy(y.wrapping_add(whole), rest.as_mut_ptr(), width - whole);
                    let y = load(rest.as_ptr().cast::<T::Vector<S>>());
                    for (part, source) in parts.iter_mut().zip(list) {
                        let x = x.wrapping_add(source + whole);
                        copy(x, rest.as_mut_ptr(), width - whole);
                        let x = load(rest.as_ptr().cast::<T::Vector<S>>());
                        *part = T::mul_add(simd, x, y, *part);
                    }
                }
                y = y.wrapping_add(width);
            }
            for (q, (part, total)) in parts.into_iter().zip(totals).enumerate() {
                let sum = sums.add(q * columns::<T, S>());
                *sum = *sum + (total + T::sum(simd, part));
            }
        }
    }

    /// Adds the chunks' sums and writes them in the layout of the weight.
    fn collect(&self, sums: Matrix<T>, chunks: usize, all: usize, sum: usize, wide: usize) {
        let (g, k) = (self.g, self.sources.len());
        let panels = g.outputs.div_ceil(wide);
        parallel::for_ranges(
            g.groups * panels,
            parallel::grain(chunks * k * wide * 8),
            |range| {
                for at in range {
                    let (group, j) = (at / panels, at % panels);
                    let (count, first) =
                        (wide.min(g.outputs - j * wide), group * sum + j * k * wide);
                    // SAFETY: the panel's sums of every chunk, and its rows of the result, which no other range reads or writes.
                    unsafe {
                        let total =
                            std::slice::from_raw_parts_mut(sums.at(first, 0).pointer, k * wide);
                        for chunk in 1..chunks {
                            let part = sums.at(chunk * all + first, 0).pointer;
                            let part = std::slice::from_raw_parts(part, k * wide);
                            total
                                .iter_mut()
                                .zip(part)
                                .for_each(|(total, &x)| *total = *total + x);
                        }
                        let to = self.to.at((group * g.outputs + j * wide) * k, 0).pointer;
                        let (whole, high) = (count / BLOCK * BLOCK, k / BLOCK * BLOCK);
                        for p in (0..high).step_by(BLOCK) {
                            for o in (0..whole).step_by(BLOCK) {
                                let from = total.as_ptr().add(p * wide + o);
                                T::transpose_block(from, wide, to.add(o * k + p), k);
                            }
                        }
                        for o in 0..count {
                            let from = if o < whole { high } else { 0 };
                            for p in from..k {
                                *to.add(o * k + p) = total[p * wide + o];
                            }
                        }
                    }
                }
            },
        );
    }
}
