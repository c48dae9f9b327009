//! Results whose elements share words, by way of wider memory.
//!
//! Such elements are written one by one with atomic operations, whole vectors of them at once. A kernel that cannot write vectors writes a
//! wider type instead, which a copy then narrows.

use super::map::map;
use crate::gpu::Gpu;
use rushlight_backend::{DType, Map, Result, View};

/// Whether writing single elements of `dtype` takes atomic operations.
pub(crate) const fn is_narrow(dtype: DType) -> bool {
    dtype.size() < 4
}

/// Has `write` fill a tensor like `out` but of `dtype`, then converts that into `out`.
pub(crate) fn widened(
    gpu: &Gpu,
    dtype: DType,
    out: &View<'_>,
    write: impl FnOnce(&View<'_>) -> Result<()>,
) -> Result<()> {
    let (storage, layout) = gpu.temporary(*out.layout().shape(), dtype)?;
    let wide = View::new(&storage, &layout, dtype)?;
    write(&wide)?;
    map(gpu, Map::Copy, dtype, &[wide], out)
}
