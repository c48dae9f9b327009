//! Contiguous copies of tensors.

use crate::gpu::Gpu;
use crate::kernels::map;
use rushlight_backend::{DType, Layout, Map, Result, Storage, View};

/// A tensor, dense.
pub(super) struct Dense {
    storage: Storage,
    layout: Layout,
    dtype: DType,
}

impl Dense {
    pub fn view(&self) -> Result<View<'_>> {
        View::new(&self.storage, &self.layout, self.dtype)
    }
}

/// Room for a tensor.
pub(super) fn room(gpu: &Gpu, like: &View<'_>, dtype: DType) -> Result<Dense> {
    let (storage, layout) = gpu.temporary(*like.layout().shape(), dtype)?;
    Ok(Dense {
        storage,
        layout,
        dtype,
    })
}

/// A copy of `x` as `dtype`.
pub(super) fn converted(gpu: &Gpu, x: &View<'_>, dtype: DType) -> Result<Dense> {
    let copy = room(gpu, x, dtype)?;
    map::map(gpu, Map::Copy, dtype, &[*x], &copy.view()?)?;
    Ok(copy)
}

/// `x` itself where it is dense, else a copy, which `copy` keeps.
pub(super) fn or_copy<'a>(
    gpu: &Gpu,
    x: &View<'a>,
    copy: &'a mut Option<Dense>,
) -> Result<View<'a>> {
    if x.layout().is_contiguous() {
        return Ok(*x);
    }
    copy.insert(converted(gpu, x, x.dtype())?).view()
}
