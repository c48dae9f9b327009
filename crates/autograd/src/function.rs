//! Custom functions with user-defined derivatives.

use crate::node::{
    Edges, Grads, Inputs, Node, Rule, SavedList, SavedTensor, Source, Unpacked, type_of,
};
use crate::record::edge;
use crate::tensor_list::references;
use rushlight_backend::{Error, Result, TensorType};
use rushlight_tensor::{GradMode, Tensor, is_grad_enabled};
use std::panic::Location;
use std::sync::Arc;

/// A function that computes its own gradient. PyTorch: `torch.autograd.Function`.
///
/// `forward` is not recorded; `backward` is, in a pass with `create_graph`, so a function whose `backward` uses tensor methods on the
/// gradient and on [`Context::saved`] has derivatives of every order.
///
/// ```
/// use rushlight::autograd::{Autograd, Context, Function, function};
/// use rushlight::{Result, Tensor, tensor};
///
/// /// eˣ, which keeps its result.
/// struct Exp;
///
/// impl Function for Exp {
///     fn forward(&self, ctx: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
///         let y = inputs[0].exp()?;
///         ctx.save(&y);
///         Ok(vec![y])
///     }
///     fn backward(&self, ctx: &Context, grads: &[Tensor]) -> Result<Vec<Option<Tensor>>> {
///         Ok(vec![Some(grads[0].mul(&ctx.saved()[0])?)])
///     }
/// }
///
/// let x = tensor!(0.0).requires_grad_(true)?;
/// let y = function(Exp, &[&x])?.remove(0);
/// y.backward()?;
/// assert_eq!(x.grad().unwrap().item::<f32>()?, 1.0);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub trait Function: Send + Sync + 'static {
    /// The results. What `backward` will need of inputs and results is given to [`Context::save`]: values kept elsewhere have no history
    /// and are not checked for changes in place.
    fn forward(&self, ctx: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>>;

    /// One gradient for each input, `None` for those that have none, from one for each result; zeros where a result was not used.
    fn backward(&self, ctx: &Context, grads: &[Tensor]) -> Result<Vec<Option<Tensor>>>;

    /// The name of the function in errors; by default the name of its type.
    fn name(&self) -> &str {
        let name = std::any::type_name::<Self>();
        name.rsplit("::").next().unwrap_or(name)
    }
}

/// The values that a [`Function`] keeps between its forward and backward pass. PyTorch: the `ctx` of `torch.autograd.Function`.
#[derive(Default)]
pub struct Context {
    saved: Vec<Tensor>,
    needs: Vec<bool>,
}

impl Context {
    /// Keeps a tensor for `backward`. PyTorch: `ctx.save_for_backward`.
    pub fn save(&mut self, tensor: &Tensor) {
        self.saved.push(tensor.clone());
    }

    /// The tensors kept, in order; in `backward` checked against changes in place. PyTorch: `ctx.saved_tensors`.
    pub fn saved(&self) -> &[Tensor] {
        &self.saved
    }

    /// Whether the gradient of input `i` will be used. PyTorch: `ctx.needs_input_grad`.
    pub fn needs_input_grad(&self, i: usize) -> bool {
        self.needs.get(i).copied().unwrap_or(false)
    }
}

/// A recorded call of a [`Function`].
pub(crate) struct Custom {
    function: Box<dyn Function>,
    /// Types of the results.
    pub outputs: Vec<TensorType>,
}

/// Calls `f` on `inputs` and records it. PyTorch: `Function.apply`.
///
/// Results that are not floating-point carry no gradient.
///
/// ```
/// use rushlight::autograd::{Autograd, Context, Function, function};
/// use rushlight::{Result, Tensor, tensor};
/// struct Double;
/// impl Function for Double {
///     fn forward(&self, _: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
///         Ok(vec![inputs[0].mul(2)?])
///     }
///     fn backward(&self, _: &Context, grads: &[Tensor]) -> Result<Vec<Option<Tensor>>> {
///         Ok(vec![Some(grads[0].mul(2)?)])
///     }
/// }
/// let x = tensor!([1.0, 3.0]).requires_grad_(true)?;
/// let y = function(Double, &[&x])?.remove(0);
/// y.sum()?.backward()?;
/// assert_eq!(x.grad().unwrap().to_vec::<f32>()?, [2.0, 2.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Those of [`Function::forward`].
#[track_caller]
pub fn function<F: Function, T: AsRef<Tensor>>(f: F, inputs: &[T]) -> Result<Vec<Tensor>> {
    call(f, &references(inputs))
}

/// [`function`], compiled once for each function.
#[track_caller]
fn call<F: Function>(f: F, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
    let at = Location::caller();
    let metas = inputs
        .iter()
        .map(|t| if is_grad_enabled() { t.meta() } else { None });
    let edges: Edges = metas.map(|meta| meta.and_then(edge)).collect();
    let mut ctx = Context {
        saved: Vec::new(),
        needs: edges.iter().map(Option::is_some).collect(),
    };
    let results = {
        let _off = GradMode::set(false);
        f.forward(&mut ctx, inputs)?
    };
    // A result that is an input, or a view of one, must not keep the input's history.
    let outputs: Vec<Tensor> = results.iter().map(Tensor::detach).collect();
    if edges.iter().all(Option::is_none) || outputs.is_empty() {
        return Ok(outputs);
    }
    if inputs.len().max(results.len()) > u32::MAX as usize {
        return Err(Error::autograd(format!(
            "{}: {} inputs and {} results, at most {} of each are supported",
            f.name(),
            inputs.len(),
            results.len(),
            u32::MAX
        )));
    }
    let source = |t: &Tensor| {
        let input = (0..).zip(inputs).find(|(_, x)| x.is(t));
        let output = || (0..).zip(&results).find(|(_, y)| y.is(t));
        let input = input.map(|(i, _)| Source::In(i));
        let output = || output().map(|(k, _)| Source::Out(k));
        input.or_else(output).unwrap_or(Source::Aux(0))
    };
    let saved: SavedList = ctx
        .saved
        .iter()
        .map(|t| SavedTensor::new(source(t), t))
        .collect();
    let types = Inputs::Types(inputs.iter().map(|t| type_of(t)).collect());
    let custom = Custom {
        function: Box::new(f),
        outputs: outputs.iter().map(type_of).collect(),
    };
    let node = Node::new(Rule::Custom(Box::new(custom)), edges, types, saved, at);
    for (k, output) in (0..).zip(&outputs) {
        if output.dtype().is_float() {
            output.set_meta(Some(node.output(k)));
        }
    }
    Ok(outputs)
}

impl Custom {
    pub fn name(&self) -> &str {
        self.function.name()
    }

    /// Calls the user's `backward` and checks what it returns.
    pub fn backward(
        &self,
        node: &Arc<Node>,
        saved: Unpacked,
        grads: Grads,
        needed: &dyn Fn(usize) -> bool,
    ) -> Result<Grads> {
        let Some(some) = grads.iter().flatten().next() else {
            return Ok(Grads::new());
        };
        let given = |k: usize| grads.get(k).cloned().flatten();
        let zeros = |t: &TensorType| some.new_zeros(&t.shape)?.to(t.dtype);
        let all = self
            .outputs
            .iter()
            .enumerate()
            .map(|(k, t)| given(k).map_or_else(|| zeros(t), Ok));
        let all: Vec<Tensor> = all.collect::<Result<_>>()?;
        let needs = (0..node.edges.len()).map(needed).collect();
        let ctx = Context {
            saved: saved.into_iter().map(|(_, tensor)| tensor).collect(),
            needs,
        };
        let results = self.function.backward(&ctx, &all)?;
        if results.len() != node.edges.len() {
            return Err(Error::autograd(format!(
                "{}: backward returned {} gradients for {} inputs; return None for inputs without one",
                self.name(),
                results.len(),
                node.edges.len()
            )));
        }
        for (i, (grad, input)) in results
            .iter()
            .zip(node.inputs.types().unwrap_or(&[]))
            .enumerate()
        {
            if let Some(grad) = grad
                && node.edges[i].is_some()
                && (*grad.layout().shape() != input.shape || grad.dtype() != input.dtype)
            {
                return Err(Error::autograd(format!(
                    "{}: backward returned a {} gradient of shape {:?} for input {i}, which is {} of shape {:?}",
                    self.name(),
                    grad.dtype(),
                    grad.shape(),
                    input.dtype,
                    input.shape
                )));
            }
        }
        Ok(results.into_iter().collect())
    }
}
