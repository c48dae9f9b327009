//! Anomaly detection: finds the forward call whose derivative is NaN.

use crate::node::{Grads, Node};
use rushlight_backend::{Error, Result};
use rushlight_tensor::GradMode;
use std::cell::Cell;
use std::marker::PhantomData;

thread_local! {
    static ENABLED: Cell<bool> = const { Cell::new(false) };
}

/// Checks backward passes on this thread until dropped.
#[must_use = "detection ends when the guard is dropped"]
pub struct AnomalyMode {
    before: bool,
    // The mode belongs to the thread.
    _not_send: PhantomData<*const ()>,
}

/// Makes backward passes on this thread fail at the first derivative that is NaN, naming the operation and the line that called it.
/// PyTorch: `torch.autograd.detect_anomaly`.
///
/// ```
/// use rushlight::autograd::{Autograd, detect_anomaly};
/// use rushlight::tensor;
/// let _watch = detect_anomaly();
/// let x = tensor!(0.0).requires_grad_(true)?;
/// let y = x.mul(0.0)?.sqrt()?.mul(0.0)?;
/// let message = y.backward().unwrap_err().to_string();
/// assert!(message.contains("sqrt"), "{message}");
/// # Ok::<(), rushlight::Error>(())
/// ```
pub fn detect_anomaly() -> AnomalyMode {
    AnomalyMode {
        before: ENABLED.replace(true),
        _not_send: PhantomData,
    }
}

impl Drop for AnomalyMode {
    fn drop(&mut self) {
        ENABLED.set(self.before);
    }
}

pub(crate) fn is_enabled() -> bool {
    ENABLED.get()
}

/// Returns an error if a derivative of `node` is NaN.
pub(crate) fn check(node: &Node, grads: &Grads) -> Result<()> {
    let _off = GradMode::set(false);
    for (i, grad) in grads.iter().enumerate() {
        let Some(grad) = grad else { continue };
        if grad.dtype().is_float() && grad.isnan()?.any()?.item::<bool>()? {
            return Err(Error::autograd(format!(
                "backward: the gradient of {} with respect to input {i} is NaN",
                node.call_site()
            )));
        }
    }
    Ok(())
}
