//! Deep copies of modules, which have their own memory.
//!
//! A copy is made field by field, without running a constructor, so that it draws no random numbers. Trait objects require two special
//! cases: a `Box<dyn Layer>` is copied by [`Layer::copy_layer`], because only a method of the concrete type can create the box, and a box of
//! a known type is recovered from a `dyn Any` ([`CopyBoxed`]).

use crate::{Buffer, Layer, Module, Parameter};
use rushlight_autograd::Autograd;
use rushlight_tensor::{Error, Result, Tensor};
use std::any::{Any, type_name};
use std::collections::HashMap;

/// The tensors that one [`ModuleExt::deep_copy`](crate::ModuleExt::deep_copy) has copied so far, so that tied weights stay tied.
///
/// A [`Module`] that is implemented without the derive copies its tensors through the memo. PyTorch: the `memo` of `__deepcopy__`.
///
/// ```
/// use rushlight::nn::{CopyMemo, Parameter};
/// use rushlight::Tensor;
/// let weight = Parameter::new(Tensor::zeros([2, 2], ())?)?;
/// let mut memo = CopyMemo::default();
/// let (a, b) = (memo.parameter(&weight)?, memo.parameter(&weight)?);
/// assert!(a.same(&b) && !a.shares_memory(&weight));
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Default)]
pub struct CopyMemo {
    /// The originals with their copies, by the identity of the original. The original is kept alive so that its identity is not reused.
    parameters: HashMap<usize, (Parameter, Parameter)>,
    /// Tensors, mostly of buffers, with their copies.
    tensors: Vec<(Tensor, Tensor)>,
}

impl CopyMemo {
    /// Copies a parameter to its own memory, with the same elements, dtype, device and `requires_grad` and without the gradient.
    ///
    /// All handles to one parameter result in handles to one copy.
    #[track_caller]
    pub fn parameter(&mut self, parameter: &Parameter) -> Result<Parameter> {
        if let Some((_, copy)) = self.parameters.get(&parameter.identity()) {
            return Ok(copy.clone());
        }
        let tensor = parameter.detach().copy()?;
        let copy = match parameter.requires_grad() {
            true => Parameter::new(tensor)?,
            false => Parameter::frozen(tensor),
        };
        let pair = (parameter.clone(), copy.clone());
        self.parameters.insert(parameter.identity(), pair);
        Ok(copy)
    }

    /// Copies a tensor to its own memory, without history. All handles to the same memory result in handles to one copy.
    #[track_caller]
    pub fn tensor(&mut self, tensor: &Tensor) -> Result<Tensor> {
        let same = |old: &Tensor| {
            old.shares_memory(tensor)
                && old.layout() == tensor.layout()
                && old.dtype() == tensor.dtype()
        };
        if let Some((_, copy)) = self.tensors.iter().find(|(old, _)| same(old)) {
            return Ok(copy.clone());
        }
        let copy = tensor.detach().copy()?;
        self.tensors.push((tensor.detach(), copy.clone()));
        Ok(copy)
    }

    /// Copies a buffer to its own memory. All handles to the same memory result in handles to one copy.
    #[track_caller]
    pub fn buffer(&mut self, buffer: &Buffer) -> Result<Buffer> {
        let copy = self.tensor(buffer.tensor())?;
        Ok(match buffer.is_persistent() {
            true => Buffer::new(copy),
            false => Buffer::transient(copy),
        })
    }
}

/// Copies a module in a box, for a caller that does not know its type. Every module implements it.
pub trait CopyBoxed {
    /// Returns the copy as a `Box<Self>`.
    fn copy_boxed(&self, memo: &mut CopyMemo) -> Result<Box<dyn Any>>;
    /// Returns the copy as a `Box<dyn Module>`.
    fn copy_module(&self, memo: &mut CopyMemo) -> Result<Box<dyn Module>>;
}

impl<M: Module> CopyBoxed for M {
    fn copy_boxed(&self, memo: &mut CopyMemo) -> Result<Box<dyn Any>> {
        Ok(Box::new(Box::new(self.copy_with(memo)?)))
    }
    fn copy_module(&self, memo: &mut CopyMemo) -> Result<Box<dyn Module>> {
        Ok(Box::new(self.copy_with(memo)?))
    }
}

/// Copies a box of a known type, of `dyn Layer` or of `dyn Module`.
#[expect(
    clippy::borrowed_box,
    reason = "a box of an unsized type is an Any, but its contents are not"
)]
pub(crate) fn copy_box<M: Module + ?Sized>(boxed: &Box<M>, memo: &mut CopyMemo) -> Result<Box<M>> {
    let any: &dyn Any = boxed;
    let copy: Box<dyn Any> = if let Some(layer) = any.downcast_ref::<Box<dyn Layer>>() {
        Box::new((**layer).copy_layer(memo)?)
    } else if any.is::<Box<dyn Module>>() {
        Box::new((**boxed).copy_module(memo)?)
    } else {
        (**boxed).copy_boxed(memo)?
    };
    match copy.downcast() {
        Ok(copy) => Ok(*copy),
        Err(_) => Err(Error::unsupported(format!(
            "deep_copy: a {} ({}) cannot be copied; hold a Box<dyn Layer>, a Box<dyn Module> or a box of a known type",
            type_name::<Box<M>>(),
            boxed.type_name()
        ))),
    }
}
