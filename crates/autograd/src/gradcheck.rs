//! Comparison of derivatives with finite differences.

use crate::grad::{GradOptions, grad};
use crate::surface::Autograd;
use crate::tensor_list::references;
use rushlight_backend::{DType, Error, Result};
use rushlight_tensor::Tensor;

/// Step and tolerances of [`gradcheck`] and [`gradgradcheck`]; the defaults are PyTorch's.
#[derive(Clone, Copy, Debug)]
pub struct CheckOptions {
    /// Half the distance between the two points of a central difference.
    pub eps: f64,
    /// Absolute tolerance.
    pub atol: f64,
    /// Relative tolerance.
    pub rtol: f64,
}

impl Default for CheckOptions {
    fn default() -> Self {
        CheckOptions {
            eps: 1e-6,
            atol: 1e-5,
            rtol: 1e-3,
        }
    }
}

/// The result of a checked function: one tensor or several.
pub trait Outputs {
    /// The tensors.
    fn into_vec(self) -> Vec<Tensor>;
}

impl Outputs for Tensor {
    fn into_vec(self) -> Vec<Tensor> {
        vec![self]
    }
}

impl Outputs for Vec<Tensor> {
    fn into_vec(self) -> Vec<Tensor> {
        self
    }
}

impl Outputs for (Tensor, Tensor) {
    fn into_vec(self) -> Vec<Tensor> {
        vec![self.0, self.1]
    }
}

/// Compares the gradients of `f` at `inputs` with finite differences; every input that requires grad must be `float64`.
/// The error names the first element that differs and both numbers. PyTorch: `torch.autograd.gradcheck`.
///
/// ```
/// use rushlight::autograd::{Autograd, CheckOptions, gradcheck};
/// use rushlight::{DType, tensor};
/// let x = tensor!([0.3, -1.2]).to(DType::F64)?.requires_grad_(true)?;
/// gradcheck(|x| x[0].sin(), &[&x], CheckOptions::default())?;
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn gradcheck<R: Outputs, T: AsRef<Tensor>>(
    f: impl Fn(&[Tensor]) -> Result<R>,
    inputs: &[T],
    options: CheckOptions,
) -> Result<()> {
    let call = |x: &[Tensor]| f(x).map(Outputs::into_vec);
    match check("gradcheck", &call, &references(inputs), options) {
        Ok(()) => Ok(()),
        Err(e) => Err(e.here()),
    }
}

/// Compares the second derivatives of `f` with finite differences of its gradients. PyTorch: `torch.autograd.gradgradcheck`.
///
/// The incoming gradients are numbers between -1 and 1 from a fixed sequence.
///
/// ```
/// use rushlight::autograd::{Autograd, CheckOptions, gradgradcheck};
/// use rushlight::{DType, tensor};
/// let x = tensor!([0.3, -1.2]).to(DType::F64)?.requires_grad_(true)?;
/// gradgradcheck(|x| x[0].sin(), &[&x], CheckOptions::default())?;
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If a derivative differs by more than the tolerances, or an input that requires grad is not `float64`.
#[track_caller]
pub fn gradgradcheck<R: Outputs, T: AsRef<Tensor>>(
    f: impl Fn(&[Tensor]) -> Result<R>,
    inputs: &[T],
    options: CheckOptions,
) -> Result<()> {
    match check_twice(
        |x| f(x).map(Outputs::into_vec),
        &references(inputs),
        options,
    ) {
        Ok(()) => Ok(()),
        Err(e) => Err(e.here()),
    }
}

fn check_twice(
    f: impl Fn(&[Tensor]) -> Result<Vec<Tensor>>,
    inputs: &[&Tensor],
    options: CheckOptions,
) -> Result<()> {
    let n = inputs.len();
    let owned: Vec<Tensor> = inputs.iter().map(|t| (*t).clone()).collect();
    let mut sequence = Sequence(1);
    let mut all = owned.clone();
    for output in f(&owned)?.iter().filter(|t| t.requires_grad()) {
        let values: Vec<f64> = (0..output.numel()).map(|_| sequence.next()).collect();
        all.push(
            Tensor::from_slice_on(&values, output.shape(), output.device())?
                .requires_grad_(true)?,
        );
    }
    let first = |x: &[Tensor]| {
        let outputs: Vec<Tensor> = f(&x[..n])?
            .into_iter()
            .filter(Autograd::requires_grad)
            .collect();
        let outputs: Vec<&Tensor> = outputs.iter().collect();
        let wanted: Vec<&Tensor> = x[..n].iter().filter(|t| t.requires_grad()).collect();
        let grad_outputs: Vec<&Tensor> = x[n..].iter().collect();
        let options = GradOptions {
            grad_outputs: Some(&grad_outputs),
            create_graph: true,
            allow_unused: true,
            ..GradOptions::default()
        };
        let grads = grad(&outputs, &wanted, options)?;
        grads
            .into_iter()
            .zip(&wanted)
            .map(|(g, x)| g.map_or_else(|| x.zeros_like(), Ok))
            .collect()
    };
    let all: Vec<&Tensor> = all.iter().collect();
    check("gradgradcheck", &first, &all, options)
}

/// Numbers between -1 and 1, the same in every run.
struct Sequence(u64);

impl Sequence {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

type Checked<'a> = &'a dyn Fn(&[Tensor]) -> Result<Vec<Tensor>>;

fn check(name: &str, f: Checked<'_>, inputs: &[&Tensor], options: CheckOptions) -> Result<()> {
    for (i, input) in inputs.iter().enumerate() {
        if input.requires_grad() && input.dtype() != DType::F64 {
            return Err(Error::autograd(format!(
                "{name}: input {i} is {}; finite differences need float64",
                input.dtype()
            )));
        }
    }
    if !inputs.iter().any(|t| t.requires_grad()) {
        return Err(Error::autograd(format!("{name}: no input requires grad")));
    }
    let fresh = fresh_leaves(inputs)?;
    let outputs = f(&fresh)?;
    for (k, output) in outputs.iter().enumerate() {
        if output.dtype().is_float() && output.dtype() != DType::F64 {
            return Err(Error::autograd(format!(
                "{name}: output {k} is {}; finite differences need float64",
                output.dtype()
            )));
        }
    }
    for (i, input) in fresh.iter().enumerate().filter(|(_, t)| t.requires_grad()) {
        let numerical = numerical(f, inputs, i, &outputs, options.eps)?;
        for (k, output) in outputs
            .iter()
            .enumerate()
            .filter(|(_, t)| t.dtype() == DType::F64)
        {
            let analytical = analytical(output, input)?;
            compare(
                name,
                (i, input),
                (k, output),
                &analytical,
                &numerical[k],
                options,
            )?;
        }
    }
    Ok(())
}

/// Leaves with the values of `inputs`, contiguous.
fn fresh_leaves(inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
    let leaf = |t: &&Tensor| t.detach().copy()?.requires_grad_(t.requires_grad());
    inputs.iter().map(leaf).collect()
}

/// For each output `df_j / dx_i`, by `i` then `j`, from central differences.
fn numerical(
    f: Checked<'_>,
    inputs: &[&Tensor],
    which: usize,
    outputs: &[Tensor],
    eps: f64,
) -> Result<Vec<Vec<f64>>> {
    let values: Vec<f64> = inputs[which].to_vec()?;
    let mut jacobians: Vec<Vec<f64>> = vec![Vec::new(); outputs.len()];
    let at = |i: usize, step: f64| -> Result<Vec<Tensor>> {
        let mut moved = values.clone();
        moved[i] += step;
        let mut all = fresh_leaves(inputs)?;
        let device = inputs[which].device();
        all[which] =
            Tensor::from_slice_on(&moved, inputs[which].shape(), device)?.requires_grad_(true)?;
        f(&all)
    };
    for i in 0..values.len() {
        let (above, below) = (at(i, eps)?, at(i, -eps)?);
        for ((jacobian, a), b) in jacobians.iter_mut().zip(&above).zip(&below) {
            if a.dtype() == DType::F64 {
                let (a, b): (Vec<f64>, Vec<f64>) = (a.to_vec()?, b.to_vec()?);
                jacobian.extend(a.iter().zip(&b).map(|(a, b)| (a - b) / (2.0 * eps)));
            }
        }
    }
    Ok(jacobians)
}

/// `df_j / dx_i`, by `j` then `i`, from one backward pass for each `j`.
fn analytical(output: &Tensor, input: &Tensor) -> Result<Vec<f64>> {
    let (n, m) = (input.numel(), output.numel());
    if !output.requires_grad() {
        return Ok(vec![0.0; n * m]);
    }
    let mut jacobian = Vec::with_capacity(n * m);
    for j in 0..m {
        let mut one = vec![0.0; m];
        one[j] = 1.0;
        let one = Tensor::from_slice_on(&one, output.shape(), output.device())?;
        let options = GradOptions {
            grad_outputs: Some(&[&one]),
            retain_graph: true,
            allow_unused: true,
            ..GradOptions::default()
        };
        match grad(&[output], &[input], options)?.remove(0) {
            Some(g) => jacobian.extend(g.to_vec::<f64>()?),
            None => jacobian.extend(std::iter::repeat_n(0.0, n)),
        }
    }
    Ok(jacobian)
}

fn compare(
    name: &str,
    (i, input): (usize, &Tensor),
    (k, output): (usize, &Tensor),
    analytical: &[f64],
    numerical: &[f64],
    options: CheckOptions,
) -> Result<()> {
    let (n, m) = (input.numel(), output.numel());
    for x in 0..n {
        for y in 0..m {
            let (by_rule, by_difference) = (analytical[y * n + x], numerical[x * m + y]);
            let near = (by_rule - by_difference).abs()
                <= options.atol + options.rtol * by_difference.abs();
            if !near && by_rule != by_difference {
                return Err(Error::autograd(format!(
                    "{name}: the derivative of output {k} at {:?} with respect to input {i} at {:?} is {by_rule} by its rule, {by_difference} by finite differences",
                    position(y, output.shape()),
                    position(x, input.shape())
                )));
            }
        }
    }
    Ok(())
}

/// The index of element `flat` in row-major order.
fn position(mut flat: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (at, &n) in index.iter_mut().zip(shape).rev() {
        *at = flat % n;
        flat /= n;
    }
    index
}
