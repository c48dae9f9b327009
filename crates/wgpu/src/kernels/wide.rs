//! Results with elements smaller than a 32-bit word, computed in a wider type.
//!
//! Single elements of such a type are written with atomic operations, whole vectors without. A kernel that cannot write vectors writes a wider
//! type instead, and a copy then converts it.

use super::map::map;
use super::temporary::Temporary;
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
    let wide = Temporary::new(gpu, *out.layout().shape(), dtype)?;
    write(&wide.view()?)?;
    map(gpu, Map::Copy, dtype, &[wide.view()?], out)
}
