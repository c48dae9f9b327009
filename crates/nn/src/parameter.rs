//! The two kinds of tensor state in a module: what training changes, and what it only carries along.

use rushlight_autograd::Autograd;
use rushlight_tensor::{Result, Tensor};
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A tensor that training changes: a leaf that requires a gradient, and is listed by `parameters()`.
///
/// It derefs to [`Tensor`]. Clones are handles to the same parameter: the module and the optimizer hold one each, and a clone in a
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
    /// Set when a module replaced this parameter, so that an optimizer that still holds it can say so.
    replaced: Arc<AtomicBool>,
}

impl Parameter {
    /// A parameter with the elements of `tensor`, whose memory it shares. An error unless the dtype is a floating-point one.
    #[track_caller]
    pub fn new(tensor: Tensor) -> Result<Parameter> {
        let parameter = Parameter::frozen(tensor);
        parameter.tensor.requires_grad_(true)?;
        Ok(parameter)
    }

    /// A parameter that does not require a gradient. PyTorch: `nn.Parameter(t, requires_grad=False)`.
    pub fn frozen(tensor: Tensor) -> Parameter {
        Parameter {
            tensor: tensor.detach(),
            replaced: Arc::new(AtomicBool::new(false)),
        }
    }

    /// The tensor itself.
    pub fn tensor(&self) -> &Tensor {
        &self.tensor
    }

    /// Whether `self` and `other` are handles to the same parameter.
    pub fn same(&self, other: &Parameter) -> bool {
        Arc::ptr_eq(&self.replaced, &other.replaced)
    }

    /// Whether a module replaced this parameter, when it moved to another device or dtype: an optimizer that holds it trains nothing.
    pub fn is_replaced(&self) -> bool {
        self.replaced.load(Ordering::Acquire)
    }

    /// Puts another tensor in this parameter's place, with the same `requires_grad`. Other handles keep the old one, and know it.
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

    /// What all handles to this parameter share, and no other parameter has while one of them lives.
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
/// It derefs to [`Tensor`]; clones are handles to the same memory. Layers update it in place.
#[derive(Clone)]
pub struct Buffer {
    tensor: Tensor,
    persistent: bool,
}

impl Buffer {
    /// A buffer that is saved with the module.
    pub fn new(tensor: Tensor) -> Buffer {
        Buffer {
            tensor: tensor.detach(),
            persistent: true,
        }
    }

    /// A buffer that moves with the module but is not in its state dict. PyTorch: `register_buffer(…, persistent=False)`.
    pub fn transient(tensor: Tensor) -> Buffer {
        Buffer {
            tensor: tensor.detach(),
            persistent: false,
        }
    }

    /// The tensor itself.
    pub fn tensor(&self) -> &Tensor {
        &self.tensor
    }

    /// Whether the buffer is in the state dict.
    pub fn is_persistent(&self) -> bool {
        self.persistent
    }

    /// Puts another tensor in this buffer's place.
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
