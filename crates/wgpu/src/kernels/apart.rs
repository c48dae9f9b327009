//! Copies of inputs that share a buffer with an output, because a dispatch cannot bind a buffer that it writes a second time.
//!
//! Kernels that run in place do so themselves (`map`, the optimizers). For all others the inputs that share a buffer with an output are
//! copied here, once for every family, before the kernel is chosen.

use super::map::dense_copy;
use crate::gpu::Gpu;
use rushlight_backend::{Dims, Error, Layout, Result, Storage, View};
use smallvec::SmallVec;

/// What `x` reaches over, in memory of its own. It keeps its strides, which a plan goes by.
fn copy(gpu: &Gpu, x: &View<'_>) -> Result<(Storage, Layout)> {
    let layout = Layout::strided(*x.layout().shape(), *x.layout().strides(), 0);
    let (reach, one) = (Dims::from([layout.end()]), Dims::from([1]));
    let flat = Layout::strided(reach, one, x.layout().offset());
    let (storage, _) = dense_copy(gpu, &x.with_layout(&flat)?)?;
    Ok((storage, layout))
}

/// The inputs of a kernel, those in a buffer of an output copied.
pub(crate) struct Apart<'a> {
    inputs: &'a [View<'a>],
    copies: SmallVec<[Option<(Storage, Layout)>; 4]>,
}

impl<'a> Apart<'a> {
    pub fn new(gpu: &Gpu, inputs: &'a [View<'a>], outs: &[View<'_>]) -> Result<Apart<'a>> {
        for (i, out) in outs.iter().enumerate() {
            let shared = |other: &View<'_>| out.storage().same(other.storage());
            if outs[..i].iter().any(shared) {
                return Err(Error::unsupported(format!(
                    "{}: two results of one operation in one storage",
                    gpu.device_name()
                )));
            }
        }
        let copies = inputs.iter().map(|x| {
            let shared = |out: &View<'_>| out.storage().same(x.storage());
            match outs.iter().any(shared) {
                true => copy(gpu, x).map(Some),
                false => Ok(None),
            }
        });
        Ok(Apart {
            inputs,
            copies: copies.collect::<Result<_>>()?,
        })
    }

    pub fn views(&self) -> Result<SmallVec<[View<'_>; 4]>> {
        let pairs = self.inputs.iter().zip(&self.copies);
        pairs
            .map(|(x, copy)| match copy {
                Some((storage, layout)) => View::new(storage, layout, x.dtype()),
                None => Ok(*x),
            })
            .collect()
    }
}
