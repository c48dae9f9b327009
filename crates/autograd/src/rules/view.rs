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
        ViewOp::AsStrided(window) => as_strided(&c.placed()?.layout, window, g),
    }
}

/// A flat stretch of memory that holds two layouts, and both as they lie in it.
struct Stretch {
    len: usize,
    base: Layout,
    window: Layout,
}

impl Stretch {
    fn of(base: &Layout, window: &Layout) -> Stretch {
        let start = base.offset().min(window.offset());
        let from_start = |l: &Layout| Layout::strided(*l.shape(), *l.strides(), l.offset() - start);
        let (base, window) = (from_start(base), from_start(window));
        Stretch {
            len: base.end().max(window.end()),
            base,
            window,
        }
    }

    /// `g`, shaped like the base, where the base lies.
    fn embed(&self, g: &Tensor) -> Result<Tensor> {
        add_under(&self.base, self.len, g)
    }

    /// The base's elements of `flat`.
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

/// What `layout` shows of `t`'s memory.
pub(crate) fn window_of(t: &Tensor, layout: &Layout) -> Result<Tensor> {
    t.as_strided(layout.shape(), layout.strides(), layout.offset())
}

/// A flat tensor of `len` zeros with `g` added where `layout` puts its elements.
fn add_under(layout: &Layout, len: usize, g: &Tensor) -> Result<Tensor> {
    let flat = g.new_zeros([len])?;
    if layout.overlaps_itself() {
        let index = Tensor::from_slice_on(&positions(layout), [g.numel()], g.device())?;
        return flat.index_add(0, &index, &g.reshape([g.numel()])?);
    }
    window_of(&flat, layout)?.copy_(g)?;
    Ok(flat)
}

/// Where in memory the elements lie, in row-major order.
fn positions(layout: &Layout) -> Vec<i64> {
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

/// What a window's gradient is to the tensor it looks into: added up where the window shows an element more than once, in equal parts
/// where the tensor itself does.
fn as_strided(base: &Layout, window: &Layout, g: &Tensor) -> Result<Tensor> {
    let stretch = Stretch::of(base, window);
    let mut flat = add_under(&stretch.window, stretch.len, g)?;
    if base.overlaps_itself() {
        let ones = Tensor::ones(base.shape(), (DType::I32, g.device()))?;
        flat = flat.div(&stretch.embed(&ones)?.clamp_min(1)?)?;
    }
    stretch.base_of(&flat)
}

/// The window's part of `g` belongs to the value that was written, the rest to the old base.
pub(super) fn set_window(window: &Layout, c: &Call<'_>, g: &Tensor) -> Result<Grads> {
    let stretch = Stretch::of(&c.placed()?.layout, window);
    let base = || {
        let flat = stretch.embed(g)?;
        window_of(&flat, &stretch.window)?.zero_()?;
        stretch.base_of(&flat)
    };
    let value = || window_of(&stretch.embed(g)?, &stretch.window)?.copy();
    c.each([&base, &value])
}

/// Each input gets its part.
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
