//! Parameters and buffers where tensors are expected: in lists, as operands, in an index.

use rushlight_autograd::{Autograd, Backward, GradOptions, grad, gradcheck, no_grad};
use rushlight_nn::optim::{clip_grad_norm_, clip_grad_value_, get_total_norm};
use rushlight_nn::{Buffer, Parameter, Result};
use rushlight_tensor::{DType, Tensor, linalg, tensor};

fn floats(t: &Tensor) -> Vec<f32> {
    t.to_vec().unwrap()
}

#[test]
fn lists_take_tensors_references_and_parameters() -> Result<()> {
    let (a, b) = (tensor!([1.0, 2.0]), tensor!([3.0, 4.0]));
    let (p, q) = (Parameter::new(a.copy()?)?, Parameter::new(b.copy()?)?);
    let owned: Vec<Tensor> = vec![a.clone(), b.clone()];
    let parameters: Vec<Parameter> = vec![p.clone(), q.clone()];
    let right = [1.0, 2.0, 3.0, 4.0];
    for joined in [
        Tensor::cat(&owned, 0)?,
        Tensor::cat(&[&a, &b], 0)?,
        Tensor::cat(&[a.clone(), b.clone()], 0)?,
        Tensor::cat(&parameters, 0)?,
        Tensor::cat(&[&p, &q], 0)?,
        Tensor::cat(&[&a, &q], 0)?,
        Tensor::hstack(&parameters)?,
        Tensor::vstack(&parameters)?.reshape(-1)?,
        Tensor::stack(&parameters, 0)?.reshape(-1)?,
        Tensor::stack_to(&parameters, a.device())?.reshape(-1)?,
        Tensor::broadcast_tensors(&parameters)?[0]
            .add(&tensor!([0.0, 0.0]))?
            .cat_with(&q)?,
    ] {
        assert_eq!(floats(&joined), right);
    }
    assert_eq!(floats(&Tensor::einsum("i,i->", &parameters)?), [11.0]);
    assert_eq!(Tensor::block_diag(&owned)?.shape(), [2, 4]);
    assert_eq!(Tensor::column_stack(&owned)?.shape(), [2, 2]);
    assert_eq!(Tensor::dstack(&owned)?.shape(), [1, 2, 2]);
    assert_eq!(Tensor::cartesian_prod(&owned)?.shape(), [4, 2]);
    assert_eq!(Tensor::meshgrid(&parameters)?[1].shape(), [2, 2]);
    assert_eq!(Tensor::meshgrid_xy(&owned)?[1].shape(), [2, 2]);
    let squares = [Tensor::eye(2, ())?, Tensor::eye(2, ())?];
    assert_eq!(linalg::multi_dot(&squares)?.shape(), [2, 2]);
    assert_eq!(Tensor::chain_matmul(&squares)?.shape(), [2, 2]);
    Ok(())
}

trait CatWith {
    fn cat_with(&self, other: &Tensor) -> Result<Tensor>;
}

impl CatWith for Tensor {
    fn cat_with(&self, other: &Tensor) -> Result<Tensor> {
        Tensor::cat(&[self, other], 0)
    }
}

#[test]
fn an_error_of_a_list_names_the_callers_line() {
    let lists = [
        Tensor::cat(&[tensor!(1.0)], 0),
        Tensor::stack(&[tensor!([1.0]), tensor!([[1.0]])], 0),
    ];
    for list in lists {
        let e = list.unwrap_err();
        assert!(e.location().file().ends_with("operands.rs"), "{e}");
    }
    let e = grad(&[tensor!(1.0)], &[tensor!(1.0)], GradOptions::default()).unwrap_err();
    assert!(e.location().file().ends_with("operands.rs"), "{e}");
}

#[test]
fn passes_take_lists_of_parameters() -> Result<()> {
    let parameters = vec![
        Parameter::new(tensor!([1.0, 2.0]))?,
        Parameter::new(tensor!([3.0, 4.0]))?,
    ];
    let loss = parameters[0].mul(&parameters[1])?.sum()?;
    let options = GradOptions {
        retain_graph: true,
        ..GradOptions::default()
    };
    let found = grad(&[&loss], &parameters, options)?;
    assert_eq!(floats(found[1].as_ref().unwrap()), [1.0, 2.0]);
    loss.backward_with(Backward {
        inputs: Some(&parameters),
        ..Backward::default()
    })?;
    assert_eq!(floats(&parameters[0].grad().unwrap()), [3.0, 4.0]);
    let cotangents = vec![tensor!([10.0, 10.0])];
    let found = grad(
        &[parameters[0].mul(2.0)?],
        &parameters[..1],
        GradOptions {
            grad_outputs: Some(&cotangents),
            ..GradOptions::default()
        },
    )?;
    assert_eq!(floats(found[0].as_ref().unwrap()), [20.0, 20.0]);
    let wide = vec![Parameter::new(tensor!([0.3, 0.7]).to(DType::F64)?)?];
    gradcheck(|x| x[0].sin(), &wide, Default::default())?;
    // By reference, by value, as parameters and as tensors.
    clip_grad_norm_(&parameters, 1.0)?;
    clip_grad_norm_(parameters.clone(), 1.0)?;
    clip_grad_value_(&parameters, 0.1)?;
    let tensors: Vec<Tensor> = parameters.iter().map(|p| p.tensor().clone()).collect();
    clip_grad_value_(tensors.clone(), 0.1)?;
    assert!((get_total_norm(&tensors, 2.0, false)?.item::<f32>()? - 30f32.sqrt()).abs() < 1e-6);
    Ok(())
}

#[test]
fn operators_take_parameters_and_buffers_on_either_side() -> Result<()> {
    let x = tensor!([8.0, 6.0]);
    let p = Parameter::new(tensor!([2.0, 4.0]))?;
    let b = Buffer::new(tensor!([1.0, 2.0]));
    let right: [(Tensor, [f32; 2]); 22] = [
        (&x + &p, [10.0, 10.0]),
        (&x - &p, [6.0, 2.0]),
        (&x * &p, [16.0, 24.0]),
        (&x / &p, [4.0, 1.5]),
        (x.clone() * &p, [16.0, 24.0]),
        (&p + &x, [10.0, 10.0]),
        (&p - &x, [-6.0, -2.0]),
        (&p * x.clone(), [16.0, 24.0]),
        (&p / &x, [0.25, 4.0 / 6.0]),
        (&p * &p, [4.0, 16.0]),
        (&p * &b, [2.0, 8.0]),
        (&b - &p, [-1.0, -2.0]),
        (&p * 2.0, [4.0, 8.0]),
        (&p * 2, [4.0, 8.0]),
        (&p - 1.0f32, [1.0, 3.0]),
        (2.0 * &p, [4.0, 8.0]),
        (1.0 - &p, [-1.0, -3.0]),
        (4.0 / &b, [4.0, 2.0]),
        (3 + &p, [5.0, 7.0]),
        (-&p, [-2.0, -4.0]),
        ((&p * 2.0).exp()?.log()?, [4.0, 8.0]),
        (&x * &b, [8.0, 12.0]),
    ];
    for (i, (found, right)) in right.iter().enumerate() {
        let near = floats(found)
            .iter()
            .zip(right)
            .all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(near, "case {i}: {found}, expected {right:?}");
    }
    // Recorded like any operation.
    (2.0 * &p).sum()?.backward()?;
    assert_eq!(floats(&p.grad().unwrap()), [2.0, 2.0]);
    Ok(())
}

#[test]
fn assignments_write_in_place() -> Result<()> {
    let mut p = Parameter::new(tensor!([2.0, 4.0]))?;
    let mut b = Buffer::new(tensor!([1.0, 1.0]));
    let mut x = tensor!([1.0, 1.0]);
    no_grad(|| {
        x += &p;
        x *= &b;
        b += 1.0;
        b -= &x;
        p *= &b;
        p /= 2;
    });
    assert_eq!(floats(&x), [3.0, 5.0]);
    assert_eq!(floats(&b), [-1.0, -3.0]);
    assert_eq!(floats(&p), [-1.0, -6.0]);
    Ok(())
}

#[test]
fn methods_take_parameters_and_buffers() -> Result<()> {
    let x = tensor!([1.0, 9.0]);
    let p = Parameter::new(tensor!([2.0, 4.0]))?;
    let at = Buffer::new(tensor!([1]));
    assert_eq!(floats(&x.add(&p)?), [3.0, 13.0]);
    assert_eq!(floats(&p.add(&p)?), [4.0, 8.0]);
    assert_eq!(x.gt(&p)?.to_vec::<bool>()?, [false, true]);
    assert_eq!(floats(&x.gt(&p)?.where_cond(&p, &x)?), [1.0, 4.0]);
    assert_eq!(floats(&x.clamp_min(&p)?), [2.0, 9.0]);
    assert_eq!(floats(&x.pow(&p)?), [1.0, 6561.0]);
    assert_eq!(floats(&x.i(&at)?), [9.0]);
    Ok(())
}
