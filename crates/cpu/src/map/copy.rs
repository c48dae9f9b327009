//! Copies: the same elements under another layout, or converted.

use super::convert::{self, Convert};
use super::nest::Nest;
use crate::operand::Operand;
use crate::parallel::{SERIAL_BYTES, Shared, for_ranges};
use rushlight_backend::{DType, Result};

/// Copies `bytes` bytes between disjoint blocks, on several threads where that pays.
///
/// # Safety
/// Both pointers reach `bytes` bytes, which do not overlap.
unsafe fn copy_bytes(dst: *mut u8, src: *const u8, bytes: usize) {
    let shared = Shared((dst, src));
    let shared = &shared;
    for_ranges(bytes, SERIAL_BYTES * 4, move |range| {
        let (dst, src) = shared.0;
        // SAFETY: disjoint parts of what the caller vouches for.
        unsafe {
            std::ptr::copy_nonoverlapping(src.add(range.start), dst.add(range.start), range.len())
        }
    });
}

/// The compute type through which a cast between two dtypes loses nothing that the cast itself does not lose.
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
    let nest = Nest::new(
        out.shape(),
        (out.strides(), out.dtype.size()),
        &[(x.strides(), x.dtype.size())],
    );
    let via = between(x.dtype, out.dtype);
    if x.dtype == out.dtype {
        rows(&nest, x, out, convert::shift(x.dtype.size()), None);
    } else if via == out.dtype {
        rows(&nest, x, out, convert::load(x.dtype, via), None);
    } else if via == x.dtype {
        rows(&nest, x, out, convert::store(via, out.dtype), None);
    } else {
        let second = convert::store(via, out.dtype);
        rows(
            &nest,
            x,
            out,
            convert::load(x.dtype, via),
            Some((second, via.size())),
        );
    }
    Ok(())
}

/// Walks the loops of `nest` and converts the innermost one, in one step or through a tile.
fn rows(
    nest: &Nest,
    x: &Operand<'_>,
    out: &Operand<'_>,
    first: Convert,
    second: Option<(Convert, usize)>,
) {
    const TILE: usize = 1024;
    let cols = nest.size[0];
    let outer: usize = nest.size[1..nest.rank.max(1)].iter().product();
    let chunk = if outer == 1 {
        8 * TILE
    } else {
        cols.min(64 * TILE)
    };
    let chunks = cols.div_ceil(chunk);
    let bytes = (chunk * (x.dtype.size() + out.dtype.size())).max(64);
    let shared = Shared((out.first(), x.first().cast_const()));
    let shared = &shared;
    for_ranges(
        outer * chunks,
        (SERIAL_BYTES / bytes).max(1),
        move |range| {
            let mut tile = std::mem::MaybeUninit::<[u64; TILE]>::uninit();
            for part in range {
                let (mut to, mut from) = shared.0;
                let at = part % chunks * chunk;
                let mut rest = part / chunks;
                for d in 1..nest.rank {
                    let index = rest % nest.size[d];
                    rest /= nest.size[d];
                    to = to.wrapping_add(index * nest.out[d]);
                    from = from.wrapping_add(index * nest.ins[0][d]);
                }
                let (step, stride) = (nest.out[0], nest.ins[0][0]);
                let end = cols.min(at + chunk);
                // SAFETY: the loops stay inside both operands, whose dtypes the conversions were chosen for.
                unsafe {
                    match second {
                        None => first(
                            to.wrapping_add(at * step),
                            step,
                            from.wrapping_add(at * stride),
                            stride,
                            end - at,
                        ),
                        Some((second, size)) => {
                            let tile = tile.as_mut_ptr().cast::<u8>();
                            for i in (at..end).step_by(TILE) {
                                let n = TILE.min(end - i);
                                first(tile, size, from.wrapping_add(i * stride), stride, n);
                                second(to.wrapping_add(i * step), step, tile, size, n);
                            }
                        }
                    }
                }
            }
        },
    );
}
