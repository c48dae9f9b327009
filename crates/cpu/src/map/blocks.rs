//! Elementwise operations on strided operands, block by block. A block is a small rectangle of the two innermost loops, which the kernel sees
//! as contiguous.

use super::convert::{self, Convert};
use super::nest::{MAX_INPUTS, Nest};
use super::{Failure, Fault, MapKernel};
use crate::operand::Operand;
use crate::parallel::{for_ranges, grain};
use crate::stream;
use rushlight_backend::{DType, MAX_RANK};
use std::mem::MaybeUninit;

/// The largest number of elements in a block. Tiles of four operands stay in the L1 cache.
pub(super) const BLOCK: usize = 1024;
/// The sides of a block whose operands are contiguous along different loops: a square uses whole cache lines of both.
const SIDE: usize = 32;

/// Memory for one operand's part of a block.
#[repr(align(64))]
pub(super) struct Tile(MaybeUninit<[u64; BLOCK]>);

impl Tile {
    pub(super) const NEW: Tile = Tile(MaybeUninit::uninit());

    #[inline]
    pub(super) fn pointer(&mut self) -> *mut u8 {
        self.0.as_mut_ptr().cast()
    }
}

/// An input of the blocks.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    first: *const u8,
    strides: &'a [usize],
    dtype: DType,
    tile: DType,
}

impl<'a> Source<'a> {
    pub const NONE: Source<'static> = Source {
        first: std::ptr::null(),
        strides: &[],
        dtype: DType::U8,
        tile: DType::U8,
    };

    /// `strides` in elements; none for a single number.
    pub fn new(first: *const u8, strides: &'a [usize], dtype: DType, tile: DType) -> Source<'a> {
        Source {
            first,
            strides,
            dtype,
            tile,
        }
    }
}

/// How an operand is transferred between memory and the kernel.
#[derive(Clone, Copy)]
struct Path {
    first: *mut u8,
    convert: Convert,
    /// Size in the tile.
    size: usize,
    /// Whether the elements in memory have the dtype of the kernel.
    native: bool,
    /// Strides of the two innermost loops.
    inner: [usize; 2],
}

impl Path {
    /// Whether a block of `rows` and `cols` is dense in memory.
    fn dense(&self, rows: usize, cols: usize) -> bool {
        let [col, row] = self.inner;
        self.native && (col == self.size || cols == 1) && (row == cols * self.size || rows == 1)
    }
}

struct Plan {
    nest: Nest,
    /// Sides of a whole block, along the innermost loop and the one around it.
    side: [usize; 2],
    /// Blocks along each loop.
    count: [usize; MAX_RANK],
    kernel: MapKernel,
    out: Path,
    ins: [Path; MAX_INPUTS],
    arity: usize,
    /// Whether the result is written around the cache.
    far: bool,
}

// SAFETY: the pointers belong to operands, which are `Sync`; blocks of different indices are disjoint in the output.
unsafe impl Sync for Plan {}

/// Runs `kernel` over all elements of `out`.
pub(super) fn run(kernel: MapKernel, ins: &[Source<'_>], out: &Operand<'_>) -> Result<(), Fault> {
    let elements = out.numel();
    if elements == 0 {
        return Ok(());
    }
    let strides: [(&[usize], usize); MAX_INPUTS] = std::array::from_fn(|i| {
        ins.get(i)
            .map_or((&[][..], 0), |s| (s.strides, s.dtype.size()))
    });
    let mut nest = Nest::new(
        out.shape(),
        (out.strides(), out.dtype.size()),
        &strides[..ins.len()],
    );
    let side = sides(&mut nest, ins);
    let path =
        |first: *mut u8, convert, tile: DType, dtype: DType, strides: &[usize; MAX_RANK]| Path {
            first,
            convert,
            size: tile.size(),
            native: tile == dtype,
            inner: [strides[0], strides[1]],
        };
    let result = kernel.result();
    let plan = Plan {
        out: path(
            out.first(),
            convert::store(result, out.dtype),
            result,
            out.dtype,
            &nest.out,
        ),
        ins: std::array::from_fn(|i| {
            let s = ins.get(i).unwrap_or(&Source::NONE);
            let load = convert::load(s.dtype, s.tile);
            path(s.first.cast_mut(), load, s.tile, s.dtype, &nest.ins[i])
        }),
        count: std::array::from_fn(|d| match d {
            0 | 1 => nest.size[d].div_ceil(side[d]),
            _ => nest.size[d],
        }),
        arity: ins.len(),
        far: stream::is_far(elements * out.dtype.size())
            && ins.iter().all(|s| s.first != out.first().cast_const()),
        nest,
        side,
        kernel,
    };
    let blocks: usize = plan.count.iter().product();
    let moved: usize = out.dtype.size() + ins.iter().map(|s| s.dtype.size()).sum::<usize>();
    let whole = side[0] * side[1];
    let failed = Failure::default();
    for_ranges(blocks, grain(moved * whole), |range| {
        failed.note(plan.blocks(range));
        if plan.far {
            stream::fence();
        }
    });
    failed.result()
}

/// The sides of a block. If an input is contiguous along another loop than the output, that loop becomes the second and the block is square.
fn sides(nest: &mut Nest, ins: &[Source<'_>]) -> [usize; 2] {
    let across = (0..ins.len()).find_map(|i| {
        let size = ins[i].dtype.size();
        let along = (1..nest.rank).find(|&d| nest.ins[i][d] == size && nest.size[d] > 1)?;
        (nest.ins[i][0] > size).then_some(along)
    });
    if let Some(along) = across
        && nest.size[0] >= SIDE / 2
        && nest.size[along] >= SIDE / 2
    {
        nest.swap(1, along);
        return [SIDE.min(nest.size[0]), SIDE.min(nest.size[1])];
    }
    let cols = nest.size[0].min(BLOCK);
    let rows = match nest.size[0] {
        n if n <= BLOCK => (BLOCK / n).min(nest.size[1]),
        _ => 1,
    };
    [cols, rows]
}

impl Plan {
    /// Computes the blocks of `range`, in order.
    fn blocks(&self, range: std::ops::Range<usize>) -> Result<(), Fault> {
        let mut tiles = [const { Tile::NEW }; MAX_INPUTS];
        let mut result = Tile::NEW;
        // An input that is a single number fills its tile once.
        let mut spread = [false; MAX_INPUTS];
        for block in range {
            let mut rest = block;
            let mut to = self.out.first;
            let mut from: [*mut u8; MAX_INPUTS] = self.ins.map(|p| p.first);
            let mut size = [1; 2];
            for d in 0..self.nest.rank.max(2) {
                let index = rest % self.count[d];
                rest /= self.count[d];
                let step = match self.side.get(d) {
                    Some(&side) => {
                        size[d] = side.min(self.nest.size[d] - index * side);
                        index * side
                    }
                    None => index,
                };
                to = to.wrapping_add(step * self.nest.out[d]);
                for (p, strides) in from.iter_mut().zip(&self.nest.ins) {
                    *p = p.wrapping_add(step * strides[d]);
                }
            }
            let [cols, rows] = size;
            let n = rows * cols;
            let mut ins = [std::ptr::null::<u8>(); MAX_INPUTS];
            for i in 0..self.arity {
                let path = &self.ins[i];
                let constant = self.nest.ins[i] == [0; MAX_RANK];
                let tile = tiles[i].pointer();
                if path.dense(rows, cols) && from[i] != to {
                    ins[i] = from[i];
                    continue;
                }
                ins[i] = tile;
                if constant && spread[i] {
                    continue;
                }
                // SAFETY: the block is inside the operand, and a tile holds BLOCK elements of any dtype.
                unsafe {
                    if constant {
                        let whole = self.side[0] * self.side[1];
                        (path.convert)(tile, path.size, from[i], 0, whole);
                        spread[i] = true;
                    } else {
                        let [col, row] = path.inner;
                        for r in 0..rows {
                            let (dst, src) = (
                                tile.add(r * cols * path.size),
                                from[i].wrapping_add(r * row),
                            );
                            (path.convert)(dst, path.size, src, col, cols);
                        }
                    }
                }
            }
            let direct = self.out.dense(rows, cols);
            let dst = if direct && !self.far {
                to
            } else {
                result.pointer()
            };
            // SAFETY: `dst` and `ins` hold n elements of the kernel's dtypes; an input that is the output itself was copied to a tile.
            unsafe {
                self.kernel.run(dst, ins, n)?;
                if direct && self.far {
                    stream::lines(to, dst, n * self.out.size);
                } else if !direct {
                    let [col, row] = self.out.inner;
                    for r in 0..rows {
                        let src = dst.cast_const().add(r * cols * self.out.size);
                        (self.out.convert)(to.add(r * row), col, src, self.out.size, cols);
                    }
                }
            }
        }
        Ok(())
    }
}
