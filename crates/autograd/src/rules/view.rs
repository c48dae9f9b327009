//! Derivatives of views, of writes through views, and of concatenation.

use super::Call;
use crate::node::Grads;
use rushlight_backend::{DType, Dims, Layout, Result, ViewOp};
use rushlight_tensor::Tensor;

pub(super) fn derivative(v: &ViewOp, c: &Call<'_>, g: &Tensor) -> Result<Tensor> {
    let shape = c.shape(0, g);
    match v {
        ViewOp::Reshape => g.reshape(&shape),
        // Summed to the input's shape by the caller.
        ViewOp::Expand => Ok(g.clone()),
        ViewOp::Slice { dim, step, start } => {
            let (dim, step) = (*dim as usize, *step);
            let zeros = g.new_zeros(&shape)?;
            window_of(
                &zeros,
                &zeros.layout().slice(dim, *start, g.shape()[dim], step),
            )?
            .copy_(g)?;
            Ok(zeros)
        }
        ViewOp::Permute(axes) => g.permute(&ViewOp::inverse(axes, g.ndim())),
        ViewOp::AsStrided(window) => as_strided(&c.located()?.layout, window, g),
    }
}

/// A contiguous memory range that contains two layouts, and both layouts relative to its start.
struct MemoryRange {
    len: usize,
    base: Layout,
    window: Layout,
}

impl MemoryRange {
    fn of(base: &Layout, window: &Layout) -> MemoryRange {
        let start = base.offset().min(window.offset());
        let from_start = |l: &Layout| Layout::strided(*l.shape(), *l.strides(), l.offset() - start);
        let (base, window) = (from_start(base), from_start(window));
        MemoryRange {
            len: base.end().max(window.end()),
            base,
            window,
        }
    }

    /// The range with `g`, shaped like the base, at the elements of the base and zeros elsewhere.
    fn embed(&self, g: &Tensor) -> Result<Tensor> {
        add_at(&self.base, self.len, g)
    }

    /// The elements of the base in `flat`.
    fn base_of(&self, flat: &Tensor) -> Result<Tensor> {
        let whole =
            self.base.is_contiguous() && self.base.offset() == 0 && self.len == self.base.numel();
        if whole {
            flat.reshape(self.base.shape())
        } else {
            window_of(flat, &self.base)?.copy()
        }
    }
}

/// The view of `t`'s memory with `layout`.
pub(crate) fn window_of(t: &Tensor, layout: &Layout) -> Result<Tensor> {
    t.as_strided(layout.shape(), layout.strides(), layout.offset())
}

/// A vector of `len` zeros with `g` added at the offsets of `layout`.
fn add_at(layout: &Layout, len: usize, g: &Tensor) -> Result<Tensor> {
    let flat = g.new_zeros([len])?;
    if layout.overlaps_itself() {
        let index = Tensor::from_slice_on(&offsets(layout), [g.numel()], g.device())?;
        return flat.index_add(0, &index, &g.reshape([g.numel()])?);
    }
    window_of(&flat, layout)?.copy_(g)?;
    Ok(flat)
}

/// The offsets of the elements, in row-major order.
fn offsets(layout: &Layout) -> Vec<i64> {
    let (shape, strides) = (layout.shape(), layout.strides());
    let mut index = Dims::filled(0, shape.len());
    let mut next = || {
        let at: usize = layout.offset()
            + index
                .iter()
                .zip(strides.iter())
                .map(|(i, s)| i * s)
                .sum::<usize>();
        for d in (0..shape.len()).rev() {
            index[d] += 1;
            if index[d] < shape[d] {
                break;
            }
            index[d] = 0;
        }
        at as i64
    };
    (0..layout.numel()).map(|_| next()).collect()
}

/// The gradient of a base from that of a window into it: summed over the repetitions of an element in the window, and divided by the number of
/// its repetitions in the base.
fn as_strided(base: &Layout, window: &Layout, g: &Tensor) -> Result<Tensor> {
    let range = MemoryRange::of(base, window);
    let mut flat = add_at(&range.window, range.len, g)?;
    if base.overlaps_itself() {
        let ones = Tensor::ones(base.shape(), (DType::I32, g.device()))?;
        flat = flat.div(&range.embed(&ones)?.clamp_min(1)?)?;
    }
    range.base_of(&flat)
}

/// The window's part of `g` belongs to the value that was written, the rest to the old base.
pub(super) fn set_window(window: &Layout, c: &Call<'_>, g: &Tensor) -> Result<Grads> {
    let range = MemoryRange::of(&c.located()?.layout, window);
    let base = || {
        let flat = range.embed(g)?;
        window_of(&flat, &range.window)?.zero_()?;
        range.base_of(&flat)
    };
    let value = || window_of(&range.embed(g)?, &range.window)?.copy();
    c.each([&base, &value])
}

/// The gradient of each input is its part of `g`.
pub(super) fn cat(c: &Call<'_>, g: &Tensor, dim: usize) -> Result<Grads> {
    let mut start = 0;
    let mut grads = Grads::new();
    for i in 0..c.arity() {
        let len = c.shape(i, g)[dim];
        let part = if (c.needed)(i) {
            Some(c.fit(i, g.narrow(dim as isize, start, len)?)?)
        } else {
            None
        };
        grads.push(part);
        start += len;
    }
    Ok(grads)
}
