//! Tensors that one operation needs for itself: partial results and copies of inputs.

use super::map::map;
use crate::engine::Bound;
use crate::gpu::Gpu;
use rushlight_backend::{Backend, DType, Dims, Layout, Map, Result, Storage, View};
use rushlight_cpu::Cpu;

/// A tensor in memory of its own.
pub(crate) struct Temporary {
    storage: Storage,
    layout: Layout,
    dtype: DType,
}

impl Temporary {
    /// A contiguous tensor with unspecified elements.
    #[track_caller]
    pub fn new(backend: &impl Backend, shape: Dims, dtype: DType) -> Result<Temporary> {
        let storage = backend.alloc(shape.numel().saturating_mul(dtype.size()))?;
        Ok(Temporary {
            storage,
            layout: Layout::contiguous(shape),
            dtype,
        })
    }

    /// A contiguous copy of `x`, converted to `dtype`.
    pub fn converted(gpu: &Gpu, x: &View<'_>, dtype: DType) -> Result<Temporary> {
        let copy = Temporary::new(gpu, *x.layout().shape(), dtype)?;
        map(gpu, Map::Copy, dtype.compute(), &[*x], &copy.view()?)?;
        Ok(copy)
    }

    /// A copy of `x` with its strides, for kernels that follow a plan made for them.
    pub fn with_strides_of(gpu: &Gpu, x: &View<'_>) -> Result<Temporary> {
        let layout = Layout::strided(*x.layout().shape(), *x.layout().strides(), 0);
        let (reach, one) = (Dims::from([layout.end()]), Dims::from([1]));
        let flat = Layout::strided(reach, one, x.layout().offset());
        let copy = Temporary::converted(gpu, &x.with_layout(&flat)?, x.dtype())?;
        Ok(Temporary { layout, ..copy })
    }

    /// The memory that `x` reaches, downloaded to the host. Faults of earlier operations on it are returned here.
    pub fn on_host(gpu: &Gpu, x: &View<'_>) -> Result<Temporary> {
        let (size, offset) = (x.dtype().size(), x.layout().offset());
        let layout = Layout::strided(*x.layout().shape(), *x.layout().strides(), 0);
        let mut bytes = vec![0; layout.end() * size];
        gpu.download(x.storage(), offset * size, &mut bytes)?;
        Ok(Temporary {
            storage: Cpu.upload(&bytes)?,
            layout,
            dtype: x.dtype(),
        })
    }

    /// Copies a contiguous tensor on the host to `out` on the GPU.
    pub fn upload(&self, gpu: &Gpu, out: &View<'_>) -> Result<()> {
        let mut bytes = vec![0; self.layout.numel() * self.dtype.size()];
        Cpu.download(&self.storage, 0, &mut bytes)?;
        if out.layout().is_contiguous() {
            let offset = out.layout().offset() * self.dtype.size();
            return gpu.write(out.storage(), offset, &bytes);
        }
        let storage = gpu.upload(&bytes)?;
        let x = View::new(&storage, &self.layout, self.dtype)?;
        map(gpu, Map::Copy, self.dtype.compute(), &[x], out)
    }

    pub fn view(&self) -> Result<View<'_>> {
        View::new(&self.storage, &self.layout, self.dtype)
    }

    pub fn bind(&self, gpu: &Gpu) -> Result<Bound<'_>> {
        gpu.bind(&self.view()?)
    }
}

/// An input of a kernel: the view given, or a copy of it.
pub(crate) enum Input<'a> {
    Given(View<'a>),
    Copied(Temporary),
}

impl<'a> Input<'a> {
    /// `x` if it `suits` the kernel, else a contiguous copy of it.
    pub fn contiguous_unless(suits: bool, gpu: &Gpu, x: &View<'a>) -> Result<Input<'a>> {
        match suits {
            true => Ok(Input::Given(*x)),
            false => Temporary::converted(gpu, x, x.dtype()).map(Input::Copied),
        }
    }

    /// `x`, or a copy of it with the same strides if it is in the storage of an output: a dispatch cannot bind a buffer that it writes a
    /// second time.
    pub fn apart_from(outs: &[View<'_>], gpu: &Gpu, x: &View<'a>) -> Result<Input<'a>> {
        match outs.iter().any(|out| out.storage().same(x.storage())) {
            true => Temporary::with_strides_of(gpu, x).map(Input::Copied),
            false => Ok(Input::Given(*x)),
        }
    }

    pub fn view(&self) -> Result<View<'_>> {
        match self {
            Input::Given(view) => Ok(*view),
            Input::Copied(copy) => copy.view(),
        }
    }

    pub fn bind(&self, gpu: &Gpu) -> Result<Bound<'_>> {
        gpu.bind(&self.view()?)
    }
}
