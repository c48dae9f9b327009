//! Switches for recording: `no_grad`, `enable_grad` and others.

use rushlight_tensor::GradMode;

/// Runs `f` without recording. PyTorch: `torch.no_grad`.
///
/// The mode belongs to the thread, as in PyTorch: operations that `f` starts on other threads, for instance through rayon, are recorded unless
/// they run in their own `no_grad`.
///
/// ```
/// use rushlight_autograd::{Autograd, no_grad};
/// use rushlight_tensor::tensor;
/// let x = tensor!(2.0).requires_grad_(true)?;
/// assert!(!no_grad(|| x.mul(3.0))?.requires_grad());
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
pub fn no_grad<R>(f: impl FnOnce() -> R) -> R {
    let _off = GradMode::set(false);
    f()
}

/// Runs `f` with recording, also inside [`no_grad`]. PyTorch: `torch.enable_grad`.
pub fn enable_grad<R>(f: impl FnOnce() -> R) -> R {
    let _on = GradMode::set(true);
    f()
}

/// Switches recording on this thread until the guard is dropped. PyTorch: `torch.set_grad_enabled`.
///
/// ```
/// use rushlight_autograd::set_grad_enabled;
/// use rushlight_tensor::is_grad_enabled;
/// {
///     let _mode = set_grad_enabled(false);
///     assert!(!is_grad_enabled());
/// }
/// assert!(is_grad_enabled());
/// ```
pub fn set_grad_enabled(on: bool) -> GradMode {
    GradMode::set(on)
}

/// Runs `f` without recording. PyTorch: `torch.inference_mode`, which is the same as [`no_grad`] here.
pub fn inference_mode<R>(f: impl FnOnce() -> R) -> R {
    no_grad(f)
}
