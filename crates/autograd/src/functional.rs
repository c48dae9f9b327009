//! Derivatives of functions: Jacobians, Hessians and products with them. PyTorch: `torch.autograd.functional`.

use crate::grad::{GradOptions, grad};
use crate::surface::Autograd;
use crate::tensor_list::TensorList;
use rushlight_backend::{Error, Result};
use rushlight_tensor::{GradMode, Tensor};

/// The value of `f` at `x`, and `vᵀ J`: the gradient of its results weighted by `v`. PyTorch: `torch.autograd.functional.vjp`.
/// `v` has the shape of the value, the product that of `x`.
///
/// ```
/// use rushlight::autograd::functional::vjp;
/// use rushlight::tensor;
/// let (y, g) = vjp(|x| x.square(), &tensor!([1.0, 2.0]), &tensor!([1.0, 10.0]))?;
/// assert_eq!(y.to_vec::<f32>()?, [1.0, 4.0]);
/// assert_eq!(g.to_vec::<f32>()?, [2.0, 40.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Those of `f`, or if `x` is not of floating point or `v` does not have the shape of the value.
#[track_caller]
pub fn vjp(
    f: impl Fn(&Tensor) -> Result<Tensor>,
    x: &Tensor,
    v: &Tensor,
) -> Result<(Tensor, Tensor)> {
    let _on = GradMode::set(true);
    let x = x.detach().requires_grad_(true)?;
    let y = f(&x)?;
    let g = gradient(&y, &x, Some(v), false)?;
    Ok((y.detach(), g))
}

/// The value of `f` at `x`, and `J v`: how it changes along `v`. PyTorch: `torch.autograd.functional.jvp`.
/// `v` has the shape of `x`, the product that of the value.
///
/// ```
/// use rushlight::autograd::functional::jvp;
/// use rushlight::tensor;
/// let (y, along) = jvp(|x| x.square(), &tensor!([1.0, 2.0]), &tensor!([1.0, 10.0]))?;
/// assert_eq!(y.to_vec::<f32>()?, [1.0, 4.0]);
/// assert_eq!(along.to_vec::<f32>()?, [2.0, 40.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Those of `f`, or if `x` is not of floating point or `v` does not have its shape.
#[track_caller]
pub fn jvp(
    f: impl Fn(&Tensor) -> Result<Tensor>,
    x: &Tensor,
    v: &Tensor,
) -> Result<(Tensor, Tensor)> {
    let _on = GradMode::set(true);
    let x = x.detach().requires_grad_(true)?;
    let y = f(&x)?;
    // uᵀ J is linear in u, with derivative Jᵀ: so its derivative along v is J v.
    let u = y.detach().zeros_like()?.requires_grad_(true)?;
    let g = gradient(&y, &x, Some(&u), true)?;
    let along = gradient(&g, &u, Some(v), false)?;
    Ok((y.detach(), along))
}

/// All derivatives of `f` at `x`: shape of the result, then shape of `x`. PyTorch: `torch.autograd.functional.jacobian`.
///
/// ```
/// use rushlight::autograd::functional::jacobian;
/// use rushlight::tensor;
/// let j = jacobian(|x| x.square(), &tensor!([1.0, 2.0]))?;
/// assert_eq!(j.to_vec::<f32>()?, [2.0, 0.0, 0.0, 4.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn jacobian(f: impl Fn(&Tensor) -> Result<Tensor>, x: &Tensor) -> Result<Tensor> {
    let _on = GradMode::set(true);
    let x = x.detach().requires_grad_(true)?;
    let y = f(&x)?;
    rows(&y, &x)
}

/// All second derivatives of the scalar function `f` at `x`: the shape of `x` twice. PyTorch: `torch.autograd.functional.hessian`.
///
/// ```
/// use rushlight::autograd::functional::hessian;
/// use rushlight::tensor;
/// let h = hessian(|x| x.pow(3)?.sum(), &tensor!([1.0, 2.0]))?;
/// assert_eq!(h.to_vec::<f32>()?, [6.0, 0.0, 0.0, 12.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn hessian(f: impl Fn(&Tensor) -> Result<Tensor>, x: &Tensor) -> Result<Tensor> {
    let _on = GradMode::set(true);
    let x = x.detach().requires_grad_(true)?;
    let y = f(&x)?;
    if y.numel() != 1 {
        return Err(Error::shape(format!(
            "hessian: the function must return a scalar, not shape {:?}",
            y.shape()
        )));
    }
    let g = gradient(&y, &x, None, true)?;
    rows(&g, &x)
}

/// The gradient of `y` weighted by `v`; zeros if `y` does not depend on `x`.
#[track_caller]
fn gradient(y: &Tensor, x: &Tensor, v: Option<&Tensor>, create_graph: bool) -> Result<Tensor> {
    if !y.requires_grad() {
        return x.zeros_like();
    }
    let weights = v.map(|v| [v]);
    let grad_outputs = weights.as_ref().map(|v| v as &dyn TensorList);
    let options = GradOptions {
        grad_outputs,
        retain_graph: true,
        create_graph,
        allow_unused: true,
    };
    match grad(&[y], &[x], options)?.remove(0) {
        Some(g) => Ok(g),
        None => x.zeros_like(),
    }
}

#[track_caller]
fn rows(y: &Tensor, x: &Tensor) -> Result<Tensor> {
    let shape: Vec<usize> = y.shape().iter().chain(x.shape()).copied().collect();
    let y = y.reshape([y.numel()])?;
    let mut rows = Vec::with_capacity(y.numel());
    for j in 0..y.numel() {
        rows.push(gradient(&y.select(0, j as isize)?, x, None, false)?);
    }
    if rows.is_empty() {
        return x.new_zeros(shape);
    }
    Tensor::stack(&rows.iter().collect::<Vec<_>>(), 0)?
        .detach()
        .reshape(shape)
}
