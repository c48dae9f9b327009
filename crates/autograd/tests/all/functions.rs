//! Functions with a derivative of the user's own.

use crate::{assert_near, refused};
use rushlight_autograd::{
    Autograd, CheckOptions, Context, Function, GradOptions, function, grad, gradcheck,
    gradgradcheck, no_grad,
};
use rushlight_tensor::{DType, Result, Tensor, tensor};

/// `(x y, x + y)`.
struct ProductAndSum;

impl Function for ProductAndSum {
    fn forward(&self, ctx: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
        ctx.save(inputs[0]);
        ctx.save(inputs[1]);
        Ok(vec![inputs[0].mul(inputs[1])?, inputs[0].add(inputs[1])?])
    }

    fn backward(&self, ctx: &Context, grads: &[Tensor]) -> Result<Vec<Option<Tensor>>> {
        let saved = ctx.saved();
        let of = |other: &Tensor| grads[0].mul(other)?.add(&grads[1]);
        Ok(vec![Some(of(&saved[1])?), Some(of(&saved[0])?)])
    }
}

/// `eˣ`, from its saved result.
struct Exp;

impl Function for Exp {
    fn forward(&self, ctx: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
        let y = inputs[0].exp()?;
        ctx.save(&y);
        Ok(vec![y])
    }

    fn backward(&self, ctx: &Context, grads: &[Tensor]) -> Result<Vec<Option<Tensor>>> {
        Ok(vec![Some(grads[0].mul(&ctx.saved()[0])?)])
    }
}

/// Each input squared: as many results as inputs.
struct Squares;

impl Function for Squares {
    fn forward(&self, ctx: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
        inputs.iter().for_each(|x| ctx.save(x));
        inputs.iter().map(|x| x.square()).collect()
    }

    fn backward(&self, ctx: &Context, grads: &[Tensor]) -> Result<Vec<Option<Tensor>>> {
        let both = grads.iter().zip(ctx.saved());
        both.map(|(g, x)| Ok(Some(g.mul(x)?.mul(2)?))).collect()
    }
}

/// `x`, with a gradient turned round and times `scale`.
struct Reverse {
    scale: f64,
}

impl Function for Reverse {
    fn forward(&self, _: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
        Ok(vec![inputs[0].clone()])
    }

    fn backward(&self, _: &Context, grads: &[Tensor]) -> Result<Vec<Option<Tensor>>> {
        Ok(vec![Some(grads[0].mul(-self.scale)?)])
    }
}

#[test]
fn several_inputs_and_results_twice_differentiable() -> Result<()> {
    let x = tensor!([1.5, -0.5]).to(DType::F64)?.requires_grad_(true)?;
    let y = tensor!([0.3, 2.0]).to(DType::F64)?.requires_grad_(true)?;
    let both = |x: &[Tensor]| function(ProductAndSum, &[&x[0], &x[1]]);
    gradcheck(both, &[&x, &y], CheckOptions::default())?;
    gradgradcheck(both, &[&x, &y], CheckOptions::default())?;
    let exp = |x: &[Tensor]| function(Exp, &[&x[0]]);
    gradcheck(exp, &[&x], CheckOptions::default())?;
    gradgradcheck(exp, &[&x], CheckOptions::default())?;
    Ok(())
}

#[test]
fn an_unused_result_has_gradient_zero() -> Result<()> {
    let x = tensor!([2.0]).requires_grad_(true)?;
    let y = tensor!([5.0]).requires_grad_(true)?;
    let out = function(ProductAndSum, &[&x, &y])?;
    out[0].backward()?;
    assert_near(&x.grad().unwrap(), &[5.0]);
    assert_near(&y.grad().unwrap(), &[2.0]);
    Ok(())
}

#[test]
fn an_input_handed_back_gets_a_history_of_its_own() -> Result<()> {
    let x = tensor!([2.0]).requires_grad_(true)?;
    let y = function(Reverse { scale: 3.0 }, &[&x])?.remove(0);
    assert!(!y.is_leaf() && x.is_leaf() && y.grad_fn().as_deref() == Some("Reverse"));
    y.mul(2.0)?.backward()?;
    assert_near(&x.grad().unwrap(), &[-6.0]);
    Ok(())
}

#[test]
fn nothing_is_recorded_without_need() -> Result<()> {
    let x = tensor!([2.0]);
    assert!(!function(Exp, &[&x])?[0].requires_grad());
    let x = x.requires_grad_(true)?;
    assert!(!no_grad(|| function(Exp, &[&x]))?[0].requires_grad());
    Ok(())
}

#[test]
fn saved_values_are_guarded() -> Result<()> {
    let x = tensor!([2.0]).requires_grad_(true)?;
    let y = function(Exp, &[&x])?.remove(0);
    y.detach().zero_()?;
    let message = refused(y.backward());
    assert!(
        message.contains("a value that Exp at") && message.contains("changed in place"),
        "{message}"
    );
    Ok(())
}

/// Returns what it must not.
struct Wrong(Vec<Option<Tensor>>);

impl Function for Wrong {
    fn forward(&self, _: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
        Ok(vec![inputs[0].copy()?])
    }

    fn backward(&self, _: &Context, _: &[Tensor]) -> Result<Vec<Option<Tensor>>> {
        Ok(self.0.clone())
    }
}

#[test]
fn wrong_gradients_are_named() -> Result<()> {
    let x = tensor!([2.0]).requires_grad_(true)?;
    let message = refused(function(Wrong(vec![]), &[&x])?[0].backward());
    assert!(
        message.contains("Wrong: backward returned 0 gradients for 1 inputs"),
        "{message}"
    );
    let message = refused(function(Wrong(vec![Some(tensor!([1.0, 2.0]))]), &[&x])?[0].backward());
    assert!(
        message.contains("shape [2] for input 0, which is float32 of shape [1]"),
        "{message}"
    );
    Ok(())
}

#[test]
fn a_wrong_derivative_fails_the_check_with_both_numbers() -> Result<()> {
    let x = tensor!([[1.0, 2.0]]).to(DType::F64)?.requires_grad_(true)?;
    let twice = |x: &[Tensor]| function(Reverse { scale: 2.0 }, &[&x[0]]);
    let message = refused(gradcheck(twice, &[&x], CheckOptions::default()));
    assert!(
        message.contains(
            "output 0 at [0, 0] with respect to input 0 at [0, 0] is -2 by its rule, 0.99999"
        ),
        "{message}"
    );
    assert!(message.contains(file!()), "{message}");
    let single = tensor!([1.0]).requires_grad_(true)?;
    assert!(refused(gradcheck(twice, &[&single], CheckOptions::default())).contains("float64"));
    Ok(())
}

/// Inputs and results are counted beyond 8 and 16 bits: each gradient and each saved value's history reaches its own.
#[test]
fn many_inputs_and_results() -> Result<()> {
    for n in [300, 70_000] {
        let leaf = |i: usize| tensor!(i as f64).requires_grad_(true);
        let inputs: Vec<Tensor> = (0..n).map(leaf).collect::<Result<_>>()?;
        let results = function(Squares, &inputs.iter().collect::<Vec<_>>())?;
        let (second, last) = (257, n - 1);
        // The first result is not used: nothing of the others may arrive there.
        let y = results[second].mul(3)?.add(&results[last])?;
        let wanted = [&inputs[0], &inputs[1], &inputs[second], &inputs[last]];
        let options = GradOptions {
            create_graph: true,
            ..Default::default()
        };
        let slopes = grad(&[&y], &wanted, options)?;
        let value = |t: &Option<Tensor>| t.as_ref().map_or(Ok(0.0), |t| t.item::<f64>());
        let values: Vec<f64> = slopes.iter().map(value).collect::<Result<_>>()?;
        assert_eq!(values, [0.0, 0.0, 6.0 * 257.0, 2.0 * last as f64], "{n}");
        let sum = slopes[2]
            .as_ref()
            .unwrap()
            .add(slopes[3].as_ref().unwrap())?;
        sum.backward()?;
        assert_eq!(inputs[second].grad().unwrap().item::<f64>()?, 6.0, "{n}");
        assert_eq!(inputs[last].grad().unwrap().item::<f64>()?, 2.0, "{n}");
    }
    Ok(())
}
