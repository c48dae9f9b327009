//! Copies between layouts, with conversion if the dtypes differ.

use super::convert::{self, Convert};
use super::nest::Nest;
use super::transpose::{self, SQUARE, Square};
use crate::operand::Operand;
use crate::parallel::{SERIAL_BYTES, Shared, for_ranges};
use crate::stream;
use rushlight_backend::{DType, MAX_RANK, Result};

/// Copies `bytes` bytes between disjoint blocks, on several threads if that is faster.
///
/// # Safety
/// Both pointers are valid for `bytes` bytes, which do not overlap.
unsafe fn copy_bytes(dst: *mut u8, src: *const u8, bytes: usize) {
    let shared = Shared((dst, src));
    let shared = &shared;
    let far = stream::is_far(bytes);
    for_ranges(bytes, SERIAL_BYTES * 4, move |range| {
        let (dst, src) = shared.0;
        // SAFETY: disjoint parts of what the caller guarantees.
        unsafe {
            let (dst, src) = (dst.add(range.start), src.add(range.start));
            if far {
                stream::lines(dst, src, range.len());
                stream::fence();
            } else {
                std::ptr::copy_nonoverlapping(src, dst, range.len());
            }
        }
    });
}

/// The compute type through which a cast between two dtypes is exact, apart from the loss of the cast itself.
fn between(from: DType, to: DType) -> DType {
    match (from, to) {
        (DType::F64, _) | (_, DType::F64) => DType::F64,
        _ if from.is_float() || to.is_float() => DType::F32,
        _ => DType::I64,
    }
}

/// Copies `x` to `out`, converting the elements if the dtypes differ.
pub(crate) fn copy(x: &Operand<'_>, out: &Operand<'_>) -> Result<()> {
    let n = out.numel();
    if n == 0 || (x.dtype == out.dtype && x.first() == out.first()) {
        return Ok(());
    }
    if x.dtype == out.dtype && x.is_contiguous() && out.is_contiguous() {
        // SAFETY: two dense operands of one size; different storages or the same elements, which was excluded.
        unsafe { copy_bytes(out.first(), x.first(), n * x.dtype.size()) };
        return Ok(());
    }
    let mut nest = Nest::new(
        out.shape(),
        (out.strides(), out.dtype.size()),
        &[(x.strides(), x.dtype.size())],
    );
    let via = between(x.dtype, out.dtype);
    let (load, store) = (
        |to| Way::Convert(convert::load(x.dtype, to), out.dtype.size()),
        |to| Way::Convert(convert::store(via, to), out.dtype.size()),
    );
    let way = if x.dtype == out.dtype {
        moving(&mut nest, x.dtype.size())
    } else if via == out.dtype {
        load(via)
    } else if via == x.dtype {
        store(out.dtype)
    } else {
        Way::Through {
            load: convert::load(x.dtype, via),
            store: convert::store(via, out.dtype),
            size: via.size(),
        }
    };
    walk(&nest, way, x, out);
    Ok(())
}

/// The method of copying a rectangle of the two innermost loops.
#[derive(Clone, Copy)]
enum Way {
    /// Rows that are dense on both sides, of elements of this many bytes.
    Bytes(usize),
    /// The input's rows are the output's columns.
    Transpose(Square),
    /// One conversion, to elements of this many bytes.
    Convert(Convert, usize),
    /// Two conversions, with a tile between them.
    Through {
        load: Convert,
        store: Convert,
        size: usize,
    },
}

/// The method for elements that are not converted. May reorder the loops.
fn moving(nest: &mut Nest, size: usize) -> Way {
    let [x, ..] = nest.ins;
    if nest.out[0] == size && x[0] == size {
        return Way::Bytes(size);
    }
    let along = (1..nest.rank).find(|&d| x[d] == size && nest.size[d] >= SQUARE);
    if let Some(along) = along
        && nest.out[0] == size
        && nest.size[0] >= SQUARE
    {
        nest.swap(1, along);
        return Way::Transpose(transpose::square(size));
    }
    Way::Convert(convert::shift(size), size)
}

/// The approximate number of elements of a rectangle, enough to be worth a thread.
const RECTANGLE: usize = 1 << 14;
/// Elements of a tile between two conversions.
const TILE: usize = 1024;

/// Copies rectangle by rectangle.
fn walk(nest: &Nest, way: Way, x: &Operand<'_>, out: &Operand<'_>) {
    let side = match way {
        Way::Transpose(_) => [nest.size[0].min(128), nest.size[1].min(128)],
        _ => {
            let cols = nest.size[0].min(RECTANGLE);
            [cols, nest.size[1].min((RECTANGLE / cols).max(1))]
        }
    };
    let count: [usize; MAX_RANK] = std::array::from_fn(|d| match side.get(d) {
        Some(side) => nest.size[d].div_ceil(*side),
        None => nest.size[d],
    });
    let bytes = side[0] * side[1] * (x.dtype.size() + out.dtype.size());
    let far = stream::is_far(out.numel() * out.dtype.size());
    let shared = &Shared((out.first(), x.first().cast_const()));
    for_ranges(
        count.iter().product(),
        (SERIAL_BYTES / bytes).max(1),
        |range| {
            for part in range {
                let (mut to, mut from) = shared.0;
                let mut rest = part;
                let mut size = [1; 2];
                for d in 0..nest.rank.max(2) {
                    let index = rest % count[d];
                    rest /= count[d];
                    let start = match side.get(d) {
                        Some(&side) => {
                            size[d] = side.min(nest.size[d] - index * side);
                            index * side
                        }
                        None => index,
                    };
                    to = to.wrapping_add(start * nest.out[d]);
                    from = from.wrapping_add(start * nest.ins[0][d]);
                }
                // SAFETY: the rectangle is inside both operands, whose dtypes and strides `way` was chosen for.
                unsafe { rectangle(nest, way, far, to, from, size) }
            }
            if far {
                stream::fence();
            }
        },
    );
}

/// # Safety
/// A rectangle of `cols` and `rows` elements is at both pointers, with the strides of the two innermost loops, fit for `way`.
unsafe fn rectangle(
    nest: &Nest,
    way: Way,
    far: bool,
    to: *mut u8,
    from: *const u8,
    [cols, rows]: [usize; 2],
) {
    let ([col, down, ..], [x_col, x_down, ..]) = (nest.out, nest.ins[0]);
    let mut tile = std::mem::MaybeUninit::<[u64; TILE]>::uninit();
    let tile = tile.as_mut_ptr().cast::<u8>();
    // SAFETY: guaranteed by the caller; a tile holds TILE elements of any dtype.
    unsafe {
        if let Way::Transpose(square) = way {
            return transpose::rectangle(square, col, (to, down), (from, x_col), [cols, rows]);
        }
        for r in 0..rows {
            let (to, from) = (to.add(r * down), from.add(r * x_down));
            match way {
                Way::Bytes(size) if far => stream::lines(to, from, cols * size),
                Way::Bytes(size) => std::ptr::copy_nonoverlapping(from, to, cols * size),
                Way::Convert(convert, size) if far && col == size => {
                    for i in (0..cols).step_by(TILE) {
                        let n = TILE.min(cols - i);
                        convert(tile, size, from.add(i * x_col), x_col, n);
                        stream::lines(to.add(i * size), tile, n * size);
                    }
                }
                Way::Convert(convert, _) => convert(to, col, from, x_col, cols),
                Way::Through { load, store, size } => {
                    for i in (0..cols).step_by(TILE) {
                        let n = TILE.min(cols - i);
                        load(tile, size, from.add(i * x_col), x_col, n);
                        store(to.add(i * col), col, tile, size, n);
                    }
                }
                Way::Transpose(_) => {}
            }
        }
    }
}
