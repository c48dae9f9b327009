//! The two kinds of tensors in a module: parameters, which are trained, and buffers, which are not.

use rushlight_autograd::Autograd;
use rushlight_tensor::{Result, Tensor};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A tensor that is trained: a leaf that requires a gradient and is listed by `parameters()`.
///
/// It dereferences to [`Tensor`]. Clones are handles to the same parameter: the module and the optimizer hold one each, and a clone in a
/// second module ties the two weights. PyTorch: `nn.Parameter`.
///
/// ```
/// use rushlight::nn::Parameter;
/// use rushlight::autograd::Autograd;
/// use rushlight::Tensor;
/// let weight = Parameter::new(Tensor::zeros([5, 10], ())?)?;
/// assert!(weight.requires_grad() && weight.shape() == [5, 10]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone)]
pub struct Parameter {
    tensor: Tensor,
    /// Set when a module replaces this parameter, so that an optimizer that still holds it can report an error.
    replaced: Arc<AtomicBool>,
}

impl Parameter {
    /// Creates a parameter from `tensor`, whose memory it shares.
    ///
    /// # Errors
    /// If the dtype is not a floating-point one.
    #[track_caller]
    pub fn new(tensor: Tensor) -> Result<Parameter> {
        let parameter = Parameter::frozen(tensor);
        parameter.tensor.requires_grad_(true)?;
        Ok(parameter)
    }

    /// Creates a parameter that does not require a gradient. PyTorch: `nn.Parameter(t, requires_grad=False)`.
    pub fn frozen(tensor: Tensor) -> Parameter {
        Parameter {
            tensor: tensor.detach(),
            replaced: Arc::new(AtomicBool::new(false)),
        }
    }

    /// Returns the tensor.
    pub fn tensor(&self) -> &Tensor {
        &self.tensor
    }

    /// Whether `self` and `other` are handles to the same parameter.
    pub fn same(&self, other: &Parameter) -> bool {
        Arc::ptr_eq(&self.replaced, &other.replaced)
    }

    /// Whether the module of this parameter replaced it when it moved to another device or dtype. An optimizer that still holds the parameter
    /// does not train the module.
    pub fn is_replaced(&self) -> bool {
        self.replaced.load(Ordering::Acquire)
    }

    /// Replaces this parameter with another tensor that has the same `requires_grad`. Other handles keep the old parameter, which is marked as
    /// replaced.
    #[track_caller]
    pub fn replace(&mut self, tensor: Tensor) -> Result<()> {
        let new = if self.tensor.requires_grad() {
            Parameter::new(tensor)?
        } else {
            Parameter::frozen(tensor)
        };
        self.become_handle_of(new);
        Ok(())
    }

    /// Makes this field a handle to `new`.
    pub(crate) fn become_handle_of(&mut self, new: Parameter) {
        self.replaced.store(true, Ordering::Release);
        *self = new;
    }

    /// A number that all handles to this parameter share, and that is unique while one of them exists.
    pub(crate) fn identity(&self) -> usize {
        Arc::as_ptr(&self.replaced).addr()
    }
}

impl Deref for Parameter {
    type Target = Tensor;
    #[inline]
    fn deref(&self) -> &Tensor {
        &self.tensor
    }
}

impl AsRef<Tensor> for Parameter {
    fn as_ref(&self) -> &Tensor {
        &self.tensor
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parameter containing:\n{}", self.tensor)
    }
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parameter({:?}, {})", self.shape(), self.dtype())
    }
}

/// A tensor that belongs to a module's state but is not trained, such as a running mean. PyTorch: `register_buffer`.
///
/// It dereferences to [`Tensor`]. Clones are handles to the same memory, and layers update it in place.
#[derive(Clone)]
pub struct Buffer {
    tensor: Tensor,
    persistent: bool,
}

impl Buffer {
    /// Creates a buffer that is saved with the module.
    pub fn new(tensor: Tensor) -> Buffer {
        Buffer {
            tensor: tensor.detach(),
            persistent: true,
        }
    }

    /// Creates a buffer that moves with the module but is not in its state dict. PyTorch: `register_buffer(…, persistent=False)`.
    pub fn transient(tensor: Tensor) -> Buffer {
        Buffer {
            tensor: tensor.detach(),
            persistent: false,
        }
    }

    /// Returns the tensor.
    pub fn tensor(&self) -> &Tensor {
        &self.tensor
    }

    /// Whether the buffer is in the state dict.
    pub fn is_persistent(&self) -> bool {
        self.persistent
    }

    /// Replaces the buffer's tensor.
    pub fn replace(&mut self, tensor: Tensor) {
        self.tensor = tensor.detach();
    }
}

impl Deref for Buffer {
    type Target = Tensor;
    #[inline]
    fn deref(&self) -> &Tensor {
        &self.tensor
    }
}

impl AsRef<Tensor> for Buffer {
    fn as_ref(&self) -> &Tensor {
        &self.tensor
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({:?}, {})", self.shape(), self.dtype())
    }
}
