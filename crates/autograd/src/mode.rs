//! Switches for recording: `no_grad`, `enable_grad` and others.

use rushlight_tensor::GradMode;

/// Runs `f` without recording. PyTorch: `torch.no_grad`.
///
/// The mode belongs to the thread, as in PyTorch: operations that `f` starts on other threads, for instance through rayon, are recorded unless
/// they run in their own `no_grad`.
///
/// ```
/// use rushlight::autograd::{Autograd, no_grad};
/// use rushlight::tensor;
/// let x = tensor!(2.0).requires_grad_(true)?;
/// assert!(!no_grad(|| x.mul(3.0))?.requires_grad());
/// # Ok::<(), rushlight::Error>(())
/// ```
pub fn no_grad<R>(f: impl FnOnce() -> R) -> R {
    let _off = GradMode::set(false);
    f()
}

/// Switches recording off on this thread until the guard is dropped, also when a panic unwinds: [`no_grad`] without a closure, so that `?`,
/// `return` and `break` leave it as any block. Guards nest. PyTorch: `with torch.no_grad():`.
///
/// ```
/// use rushlight::autograd::{Autograd, no_grad_guard};
/// use rushlight::tensor;
/// let x = tensor!(2.0).requires_grad_(true)?;
/// {
///     let _guard = no_grad_guard();
///     x.mul_(3.0)?;
/// }
/// assert!(x.mul(3.0)?.requires_grad());
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// Bind the guard to a name: `let _ = no_grad_guard();` drops it at once. It cannot be sent to another thread, whose mode is another.
pub fn no_grad_guard() -> GradMode {
    GradMode::set(false)
}

/// Switches recording on, also inside [`no_grad`], until the guard is dropped, as [`no_grad_guard`] does.
/// PyTorch: `with torch.enable_grad():`.
///
/// ```
/// use rushlight::autograd::{enable_grad_guard, is_grad_enabled, no_grad_guard};
/// let _off = no_grad_guard();
/// let _on = enable_grad_guard();
/// assert!(is_grad_enabled());
/// ```
pub fn enable_grad_guard() -> GradMode {
    GradMode::set(true)
}

/// [`inference_mode`] until the guard is dropped, which is the same as [`no_grad_guard`] here. PyTorch: `with torch.inference_mode():`.
///
/// ```
/// use rushlight::autograd::{inference_mode_guard, is_grad_enabled};
/// let _guard = inference_mode_guard();
/// assert!(!is_grad_enabled());
/// ```
pub fn inference_mode_guard() -> GradMode {
    no_grad_guard()
}

/// Runs `f` with recording, also inside [`no_grad`]. PyTorch: `torch.enable_grad`.
///
/// ```
/// use rushlight::autograd::{enable_grad, is_grad_enabled, no_grad};
/// assert!(no_grad(|| enable_grad(is_grad_enabled)));
/// ```
pub fn enable_grad<R>(f: impl FnOnce() -> R) -> R {
    let _on = GradMode::set(true);
    f()
}

/// Switches recording on this thread until the guard is dropped. PyTorch: `torch.set_grad_enabled`.
///
/// ```
/// use rushlight::autograd::set_grad_enabled;
/// use rushlight::is_grad_enabled;
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
///
/// ```
/// use rushlight::autograd::{inference_mode, is_grad_enabled};
/// assert!(!inference_mode(is_grad_enabled));
/// ```
pub fn inference_mode<R>(f: impl FnOnce() -> R) -> R {
    no_grad(f)
}
