//! Gradients as results, which leave the `grad` of tensors as it is.

use crate::engine::{self, Pass, Request};
use crate::surface::{root, tracked};
use crate::tensor_list::{TensorList, references};
use rushlight_backend::{Error, Result};
use rushlight_tensor::Tensor;

/// Options of [`grad`].
#[derive(Clone, Copy, Default)]
pub struct GradOptions<'a> {
    /// The gradients of the outputs, of their shapes; 1 for scalars by default.
    pub grad_outputs: Option<&'a dyn TensorList>,
    /// Whether the graph keeps its values for another pass.
    pub retain_graph: bool,
    /// Whether the pass is recorded, for derivatives of higher order. Implies `retain_graph`.
    pub create_graph: bool,
    /// Whether an input that the outputs do not depend on is `None` in the result instead of an error.
    pub allow_unused: bool,
}

/// The gradients of `outputs` with respect to `inputs`; the `grad` of tensors does not change. PyTorch: `torch.autograd.grad`.
///
/// The lists hold tensors, references to them, or parameters. Each output is a scalar, or has its gradient in [`GradOptions::grad_outputs`]; the gradients of several outputs are summed.
///
/// ```
/// use rushlight::autograd::{Autograd, GradOptions, grad};
/// use rushlight::tensor;
///
/// let x = tensor!(3.0).requires_grad_(true)?;
/// let y = x.pow(3)?;
/// let record = GradOptions { create_graph: true, ..GradOptions::default() };
/// let first = grad(&[&y], &[&x], record)?.remove(0).unwrap();
/// let second = grad(&[&first], &[&x], GradOptions::default())?.remove(0).unwrap();
/// assert_eq!((first.item::<f32>()?, second.item::<f32>()?), (27.0, 18.0));
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn grad<Y: AsRef<Tensor>, X: AsRef<Tensor>>(
    outputs: &[Y],
    inputs: &[X],
    options: GradOptions<'_>,
) -> Result<Vec<Option<Tensor>>> {
    gradients(&references(outputs), &references(inputs), options)
}

/// [`grad`], compiled once.
#[track_caller]
fn gradients(
    outputs: &[&Tensor],
    inputs: &[&Tensor],
    options: GradOptions<'_>,
) -> Result<Vec<Option<Tensor>>> {
    let GradOptions {
        grad_outputs,
        retain_graph,
        create_graph,
        allow_unused,
    } = options;
    let grad_outputs = grad_outputs.map(TensorList::tensors);
    if let Some(given) = &grad_outputs
        && given.len() != outputs.len()
    {
        return Err(Error::autograd(format!(
            "grad: {} grad_outputs for {} outputs",
            given.len(),
            outputs.len()
        )));
    }
    let mut roots = Vec::with_capacity(outputs.len());
    for (i, output) in outputs.iter().enumerate() {
        let gradient = grad_outputs.as_ref().and_then(|list| list.get(i).copied());
        roots.push(root(
            "grad",
            output,
            gradient,
            "GradOptions { grad_outputs: Some(&[&g]), .. }",
        )?);
    }
    let mut targets = Vec::with_capacity(inputs.len());
    for input in inputs {
        targets.push(tracked(input, "grad: inputs")?);
    }
    let pass = Pass {
        retain: retain_graph,
        create: create_graph,
    };
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
    match found.iter().position(Option::is_none) {
        Some(i) if !allow_unused => Err(Error::autograd(format!(
            "grad: no output depends on input {i}; pass allow_unused: true if that is intended"
        ))),
        _ => Ok(found),
    }
}
