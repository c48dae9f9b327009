//! The user interface of autograd: the methods of tensors.

use crate::engine::{self, Pass, Request};
use crate::hooks::HookHandle;
use crate::leaf::{Leaf, LeafEnd, Slot};
use crate::node::{Node, Rule};
use crate::record::node_of_tensor;
use crate::tensor_list::TensorList;
use rushlight_backend::{Error, Result};
use rushlight_tensor::{GradMeta, GradMode, Tensor};
use std::any::Any;
use std::panic::Location;
use std::sync::Arc;

/// Options of [`Autograd::backward_with`].
///
/// ```
/// use rushlight::autograd::{Autograd, Backward};
/// use rushlight::tensor;
/// let x = tensor!([1.0, 2.0]).requires_grad_(true)?;
/// let y = x.square()?;
/// y.backward_with(Backward { gradient: Some(&tensor!([1.0, 10.0])), ..Backward::default() })?;
/// assert_eq!(x.grad().unwrap().to_vec::<f32>()?, [2.0, 40.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Copy, Default)]
pub struct Backward<'a> {
    /// The gradient of the tensor itself, of its shape; 1 for a scalar by default.
    pub gradient: Option<&'a Tensor>,
    /// Whether the graph keeps its values for another pass.
    pub retain_graph: bool,
    /// Whether the pass is recorded, for derivatives of higher order. Implies `retain_graph`.
    pub create_graph: bool,
    /// Accumulate into these tensors only; into all leaves by default.
    pub inputs: Option<&'a dyn TensorList>,
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for rushlight_tensor::Tensor {}
}

/// Automatic differentiation, as methods of [`Tensor`].
///
/// ```
/// use rushlight::autograd::Autograd;
/// use rushlight::tensor;
///
/// let x = tensor!(2.0).requires_grad_(true)?;
/// let y = tensor!(3.0).requires_grad_(true)?;
/// let z = x.pow(2)?.add(&y.pow(3)?)?;
/// z.backward()?;
/// assert_eq!(x.grad().unwrap().item::<f32>()?, 4.0);
/// assert_eq!(y.grad().unwrap().item::<f32>()?, 27.0);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub trait Autograd: sealed::Sealed + Sized {
    /// Sets whether the tensor requires grad, and returns a handle to the same tensor. Only floating-point leaves can require grad.
    /// PyTorch: `Tensor.requires_grad_`.
    #[track_caller]
    fn requires_grad_(&self, on: bool) -> Result<Tensor>;

    /// Whether the tensor requires grad, so that operations on it are recorded. PyTorch: `Tensor.requires_grad`.
    fn requires_grad(&self) -> bool;

    /// Whether the tensor is not the result of a recorded operation. PyTorch: `Tensor.is_leaf`.
    fn is_leaf(&self) -> bool;

    /// The gradient, as a handle: `x.grad().unwrap().zero_()` changes the gradient of `x`. PyTorch: `Tensor.grad`.
    fn grad(&self) -> Option<Tensor>;

    /// Replaces the gradient. It must have the tensor's shape, dtype and device. PyTorch: assigning to `Tensor.grad`.
    #[track_caller]
    fn set_grad(&self, grad: Option<Tensor>) -> Result<()>;

    /// Removes the gradient. PyTorch: `x.grad = None`.
    fn zero_grad(&self);

    /// Adds the gradients of this scalar to the `grad` of every leaf it was computed from. PyTorch: `Tensor.backward`.
    #[track_caller]
    fn backward(&self) -> Result<()>;

    /// [`Autograd::backward`] with options.
    #[track_caller]
    fn backward_with(&self, options: Backward<'_>) -> Result<()>;

    /// Removes the tensor's history. An error for views. PyTorch: `Tensor.detach_`.
    #[track_caller]
    fn detach_(&self) -> Result<()>;

    /// Calls `hook` with the gradient of this tensor whenever it is computed; the hook may return a replacement.
    /// PyTorch: `Tensor.register_hook`.
    ///
    /// ```
    /// use rushlight::autograd::Autograd;
    /// use rushlight::tensor;
    /// let x = tensor!(1.0).requires_grad_(true)?;
    /// let hook = x.register_hook(|g| g.mul(10.0).map(Some))?;
    /// x.mul(2.0)?.backward()?;
    /// assert_eq!(x.grad().unwrap().item::<f32>()?, 20.0);
    /// hook.remove();
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// The tensor owns the hook. A hook that captured a handle to its own tensor, or to one computed from it, keeps itself alive: neither is
    /// freed until [`HookHandle::remove`] is called. Capture [`Tensor::detach`]ed tensors, which have no history.
    #[track_caller]
    fn register_hook<F>(&self, hook: F) -> Result<HookHandle>
    where
        F: Fn(&Tensor) -> Result<Option<Tensor>> + Send + Sync + 'static;

    /// Calls `hook` with this leaf's `grad` each time after a gradient was accumulated.
    /// PyTorch: `Tensor.register_post_accumulate_grad_hook`, which is called with the leaf.
    ///
    /// A hook that captured the leaf keeps it alive until it is removed, as with [`Autograd::register_hook`].
    #[track_caller]
    fn register_post_accumulate_grad_hook<F>(&self, hook: F) -> Result<HookHandle>
    where
        F: Fn(&Tensor) -> Result<()> + Send + Sync + 'static;

    /// Keeps the gradient of a tensor that is not a leaf. PyTorch: `Tensor.retain_grad`.
    #[track_caller]
    fn retain_grad(&self) -> Result<()>;

    /// PyTorch's name of the operation that computed the tensor, such as `mul`. PyTorch: `Tensor.grad_fn`.
    fn grad_fn(&self) -> Option<String>;
}

fn leaf_of(t: &Tensor) -> Option<Arc<Leaf>> {
    let any: Arc<dyn Any + Send + Sync> = t.meta()?;
    any.downcast().ok()
}

/// Calls `f` with the cell of the tensor's gradient, if it has one.
fn with_slot<R>(t: &Tensor, f: impl FnOnce(&Slot) -> R) -> Option<R> {
    if let Some(leaf) = leaf_of(t) {
        return Some(f(&leaf.slot));
    }
    let node = node_of_tensor(t)?;
    node.extras.get()?.retained.get().map(f)
}

#[track_caller]
pub(crate) fn tracked(t: &Tensor, method: &str) -> Result<Arc<Node>> {
    match node_of_tensor(t).filter(|node| node.requires_grad()) {
        Some(node) => Ok(node),
        None => Err(Error::autograd(format!(
            "{method}: the tensor does not require grad; call requires_grad_(true) on what it is computed from"
        ))),
    }
}

impl Autograd for Tensor {
    #[track_caller]
    fn requires_grad_(&self, on: bool) -> Result<Tensor> {
        if on && !self.dtype().is_float() {
            return Err(Error::autograd(format!(
                "requires_grad_: only floating-point tensors have gradients, this one is {}",
                self.dtype()
            )));
        }
        match node_of_tensor(self) {
            Some(node) => match node.leaf() {
                Some(leaf) => leaf.set_requires_grad(on),
                None if on => {}
                None => {
                    return Err(Error::autograd(
                        "requires_grad_: only leaves can stop requiring grad; use detach() on the result of an operation",
                    ));
                }
            },
            None if on => self.set_meta(Some(Arc::new(Leaf::new(self, Location::caller())))),
            None => {}
        }
        Ok(self.clone())
    }

    #[inline]
    fn requires_grad(&self) -> bool {
        self.meta().is_some_and(|meta| meta.requires_grad())
    }

    fn is_leaf(&self) -> bool {
        node_of_tensor(self).is_none_or(|node| node.leaf().is_some())
    }

    fn grad(&self) -> Option<Tensor> {
        with_slot(self, Slot::get).flatten()
    }

    #[track_caller]
    fn set_grad(&self, grad: Option<Tensor>) -> Result<()> {
        if let Some(grad) = &grad {
            let fits = grad.shape() == self.shape()
                && grad.dtype() == self.dtype()
                && grad.device() == self.device();
            if !fits {
                return Err(Error::autograd(format!(
                    "set_grad: a {} gradient of shape {:?} on {} does not fit a {} tensor of shape {:?} on {}",
                    grad.dtype(),
                    grad.shape(),
                    grad.device(),
                    self.dtype(),
                    self.shape(),
                    self.device()
                )));
            }
        }
        let none = grad.is_none();
        match with_slot(self, |slot| slot.set(grad)) {
            None if !none => Err(Error::autograd(
                "set_grad: the tensor has no gradient; call requires_grad_(true) first",
            )),
            _ => Ok(()),
        }
    }

    fn zero_grad(&self) {
        with_slot(self, |slot| slot.set(None));
    }

    #[track_caller]
    fn backward(&self) -> Result<()> {
        self.backward_with(Backward::default())
    }

    #[track_caller]
    fn backward_with(&self, options: Backward<'_>) -> Result<()> {
        let Backward {
            gradient,
            retain_graph,
            create_graph,
            inputs,
        } = options;
        let pass = Pass {
            retain: retain_graph,
            create: create_graph,
        };
        let roots = vec![root(
            "backward",
            self,
            gradient,
            "backward_with(Backward { gradient: Some(&g), .. })",
        )?];
        let Some(inputs) = inputs else {
            return match engine::run(
                Request {
                    roots,
                    targets: None,
                },
                pass,
            ) {
                Ok(_) => Ok(()),
                Err(e) => Err(e.here()),
            };
        };
        let mut targets = Vec::new();
        for input in inputs.tensors() {
            let node = tracked(input, "backward: inputs")?;
            if !matches!(node.rule, Rule::Leaf(_)) {
                return Err(Error::autograd(
                    "backward: inputs must be leaves; use grad() for the results of operations",
                ));
            }
            targets.push(node);
        }
        let found = match engine::run(
            Request {
                roots,
                targets: Some(&targets),
            },
            pass,
        ) {
            Ok(found) => found,
            Err(e) => return Err(e.here()),
        };
        let _mode = GradMode::set(create_graph);
        for (target, grad) in targets.iter().zip(found) {
            if let (Some(slot), Some(grad)) = (target.leaf().and_then(LeafEnd::slot), grad) {
                slot.accumulate(grad, create_graph)?;
            }
        }
        Ok(())
    }

    #[track_caller]
    fn detach_(&self) -> Result<()> {
        if self.base().is_some() {
            return Err(Error::autograd(
                "detach_: a view shares its history with its base; use detach()",
            ));
        }
        if !self.is_leaf() {
            self.rebase_meta(None);
        } else if let Some(leaf) = leaf_of(self) {
            leaf.node
                .leaf()
                .into_iter()
                .for_each(|end| end.set_requires_grad(false));
        }
        Ok(())
    }

    #[track_caller]
    fn register_hook<F>(&self, hook: F) -> Result<HookHandle>
    where
        F: Fn(&Tensor) -> Result<Option<Tensor>> + Send + Sync + 'static,
    {
        Ok(HookHandle::before(
            &tracked(self, "register_hook")?,
            Arc::new(hook),
        ))
    }

    #[track_caller]
    fn register_post_accumulate_grad_hook<F>(&self, hook: F) -> Result<HookHandle>
    where
        F: Fn(&Tensor) -> Result<()> + Send + Sync + 'static,
    {
        tracked(self, "register_post_accumulate_grad_hook")?;
        match leaf_of(self) {
            Some(leaf) => Ok(HookHandle::after(&leaf.slot, Arc::new(hook))),
            None => Err(Error::autograd(
                "register_post_accumulate_grad_hook: only leaves accumulate gradients",
            )),
        }
    }

    #[track_caller]
    fn retain_grad(&self) -> Result<()> {
        let node = tracked(self, "retain_grad")?;
        if node.leaf().is_none() {
            node.extras().retained.get_or_init(Slot::default);
        }
        Ok(())
    }

    fn grad_fn(&self) -> Option<String> {
        let node = node_of_tensor(self)?;
        if node.leaf().is_some() {
            None
        } else {
            Some(node.name().to_owned())
        }
    }
}

/// The node where a pass starts, with its initial gradient.
#[track_caller]
pub(crate) fn root(
    name: &str,
    output: &Tensor,
    gradient: Option<&Tensor>,
    how: &str,
) -> Result<(Arc<Node>, Tensor)> {
    let node = tracked(output, name)?;
    let gradient = match gradient {
        Some(g) if g.shape() != output.shape() => {
            return Err(Error::autograd(format!(
                "{name}: the gradient has shape {:?}, the tensor {:?}",
                g.shape(),
                output.shape()
            )));
        }
        Some(g) if g.device() != output.device() => {
            return Err(Error::autograd(format!(
                "{name}: the gradient is on {}, the tensor on {}",
                g.device(),
                output.device()
            )));
        }
        Some(g) => g.to(output.dtype())?,
        None if output.numel() == 1 => output.ones_like()?,
        None => {
            return Err(Error::autograd(format!(
                "{name}: only a scalar has a default gradient, the tensor has shape {:?}; sum() it, or pass the gradient: {how}",
                output.shape()
            )));
        }
    };
    Ok((node, gradient))
}
