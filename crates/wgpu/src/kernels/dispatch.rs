//! A launch of a kernel, put together: the variant and its tensors in the order of their bindings.

use super::params::Params;
use crate::engine::{Bound, FaultCode, Grid, Launch};
use crate::gpu::Gpu;
use rushlight_backend::Result;
use rushlight_shaders::{Compute, Kernel, Stored, Variant};
use smallvec::SmallVec;

/// A kernel's launch for one operation. Tensors are given in the order of the kernel's bindings.
pub(crate) struct Dispatch<'a> {
    gpu: &'a Gpu,
    /// The operation's name, for messages.
    name: &'static str,
    variant: Variant,
    tensors: SmallVec<[&'a Bound<'a>; 8]>,
    fault: Option<FaultCode>,
}

impl<'a> Dispatch<'a> {
    pub fn new(
        gpu: &'a Gpu,
        name: &'static str,
        kernel: &'static Kernel,
        compute: Compute,
    ) -> Dispatch<'a> {
        Dispatch {
            gpu,
            name,
            variant: Variant::new(kernel, compute),
            tensors: SmallVec::new(),
            fault: None,
        }
    }

    /// The variant changed.
    pub fn with(self, change: impl FnOnce(Variant) -> Variant) -> Dispatch<'a> {
        Dispatch {
            variant: change(self.variant),
            ..self
        }
    }

    /// The value of an `override`.
    pub fn constant(self, name: &'static str, value: u32) -> Dispatch<'a> {
        self.with(|v| v.constant(name, value))
    }

    /// Another function in the place of `from`.
    pub fn swap(self, from: &'static str, to: &'static str) -> Dispatch<'a> {
        self.with(|v| v.swap(from, to))
    }

    /// The kernel may find this fault.
    pub fn fault(self, code: FaultCode) -> Dispatch<'a> {
        Dispatch {
            fault: Some(code),
            ..self
        }
    }

    /// Tensor `name`, stored as its dtype is.
    #[track_caller]
    pub fn tensor(self, name: &'static str, x: &'a Bound<'a>) -> Result<Dispatch<'a>> {
        let stored = self.gpu.capabilities.stored(self.name, x.dtype)?;
        Ok(self.stored(name, stored, x))
    }

    /// Several of these.
    #[track_caller]
    pub fn tensors<const N: usize>(
        self,
        tensors: [(&'static str, &'a Bound<'a>); N],
    ) -> Result<Dispatch<'a>> {
        tensors
            .into_iter()
            .try_fold(self, |dispatch, (name, x)| dispatch.tensor(name, x))
    }

    /// Tensor `name`, stored like this.
    pub fn stored(self, name: &'static str, stored: Stored, x: &'a Bound<'a>) -> Dispatch<'a> {
        self.with(|v| v.stored(name, stored)).binding(x)
    }

    /// A tensor that the kernel's file declares as it is.
    pub fn binding(mut self, x: &'a Bound<'a>) -> Dispatch<'a> {
        self.tensors.push(x);
        self
    }

    /// Tensor `name` if there is one; else the kernel reads none, and its functions are those of the tensor `other`.
    #[track_caller]
    pub fn optional(
        self,
        name: &'static str,
        x: Option<&'a Bound<'a>>,
        (other, of): (&'static str, &Bound<'_>),
    ) -> Result<Dispatch<'a>> {
        match x {
            Some(x) => self.tensor(name, x),
            None => self.in_place(name, of, other),
        }
    }

    /// Tensor `name` lies in the buffer of the tensor `other`, element by element.
    #[track_caller]
    pub fn in_place(
        self,
        name: &'static str,
        x: &Bound<'_>,
        other: &'static str,
    ) -> Result<Dispatch<'a>> {
        let stored = self.gpu.capabilities.stored(self.name, x.dtype)?;
        Ok(self.with(|v| v.in_place(name, stored, other)))
    }

    /// Tensor `name`, in the buffer of the tensor `other` if it lies there, element by element.
    #[track_caller]
    pub fn input(
        self,
        name: &'static str,
        x: &'a Bound<'a>,
        (other, of): (&'static str, &Bound<'_>),
    ) -> Result<Dispatch<'a>> {
        match x.same_buffer(of) {
            true => self.in_place(name, x, other),
            false => self.tensor(name, x),
        }
    }

    /// Launches it.
    #[track_caller]
    pub fn run(self, params: Params, grid: Grid) -> Result<()> {
        #[cfg(debug_assertions)]
        params.check(&self.variant);
        let tensors: SmallVec<[Bound<'_>; 8]> = self.tensors.iter().map(|&&x| x).collect();
        self.gpu.launch(&Launch {
            name: self.name,
            variant: self.variant,
            tensors: &tensors,
            params: params.bytes(),
            fault: self.fault,
            grid,
        })
    }
}
