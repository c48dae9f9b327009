//! Copies of operands in the form that a kernel requires: another dtype, or contiguous memory.

use crate::buffer::CpuBuffer;
use crate::map;
use crate::operand::Operand;
use rushlight_backend::{DType, Dims, Layout, Map, Result};

/// A copy of an operand, or memory for a result.
pub(crate) struct Converted {
    buffer: CpuBuffer,
    layout: Layout,
    dtype: DType,
}

impl Converted {
    /// Memory for a contiguous result of `shape`.
    pub fn room(shape: Dims, dtype: DType) -> Result<Converted> {
        let layout = Layout::contiguous(shape);
        let buffer = CpuBuffer::new(layout.numel().saturating_mul(dtype.size()))?;
        Ok(Converted {
            buffer,
            layout,
            dtype,
        })
    }

    /// The elements of `x` as `dtype`, contiguous except for dimensions of stride 0, which are kept.
    pub fn copy(x: &Operand<'_>, dtype: DType) -> Result<Converted> {
        let strides = x.strides();
        let distinct = x.shape().iter().zip(strides);
        let distinct: Dims = distinct
            .map(|(&n, &s)| if s == 0 { n.min(1) } else { n })
            .collect();
        let mut copy = Converted::room(distinct, dtype)?;
        let from = Layout::strided(distinct, *x.layout.strides(), x.layout.offset());
        let from = Operand {
            layout: &from,
            ..*x
        };
        map::map(Map::Copy, dtype, &[from], &copy.operand())?;
        let dense = *copy.layout.strides();
        let spread = dense
            .iter()
            .zip(strides)
            .map(|(&d, &s)| if s == 0 { 0 } else { d });
        copy.layout = Layout::strided(*x.layout.shape(), spread.collect(), 0);
        Ok(copy)
    }

    /// The elements of `x` as `dtype`, dense.
    pub fn dense(x: &Operand<'_>, dtype: DType) -> Result<Converted> {
        let copy = Converted::room(*x.layout.shape(), dtype)?;
        map::map(Map::Copy, dtype, &[*x], &copy.operand())?;
        Ok(copy)
    }

    pub fn operand(&self) -> Operand<'_> {
        Operand {
            base: self.buffer.pointer(),
            layout: &self.layout,
            dtype: self.dtype,
        }
    }

    /// Writes the result to `out`, converted to its dtype.
    pub fn store(&self, out: &Operand<'_>) -> Result<()> {
        map::map(Map::Copy, self.dtype, &[self.operand()], out)
    }
}
