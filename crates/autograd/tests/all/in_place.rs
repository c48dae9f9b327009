//! Writing in place, through views and over whole tensors, against PyTorch's numbers.

use crate::{assert_near, refused};
use rushlight_autograd::{Autograd, GradOptions, grad, no_grad};
use rushlight_tensor::{DType, Result, Tensor, tensor};

fn leaf(t: Tensor) -> Result<Tensor> {
    t.requires_grad_(true)
}

fn squares(t: &Tensor) -> Result<Tensor> {
    t.mul(t)?.sum()
}

fn grad_of(t: &Tensor) -> Tensor {
    t.grad().unwrap()
}

#[test]
fn over_a_whole_tensor() -> Result<()> {
    let (a, w) = (leaf(tensor!([1., 2., 3.]))?, leaf(tensor!([4., 5., 6.]))?);
    let y = a.mul(1)?;
    y.mul_(&w)?;
    y.add_(1)?;
    y.sum()?.backward()?;
    assert_near(&y, &[5., 11., 19.]);
    assert_near(&grad_of(&a), &[4., 5., 6.]);
    assert_near(&grad_of(&w), &[1., 2., 3.]);
    Ok(())
}

#[test]
fn an_operation_that_needs_its_overwritten_input() -> Result<()> {
    let (a, w) = (leaf(tensor!([1., 2.]))?, leaf(tensor!([2., 4.]))?);
    let b = a.mul(1)?;
    b.div_(&w)?;
    b.pow_(2)?;
    b.sum()?.backward()?;
    assert_near(&grad_of(&a), &[0.5, 0.25]);
    assert_near(&grad_of(&w), &[-0.25, -0.125]);
    let a = leaf(tensor!([3.]))?;
    let b = a.mul(1)?;
    b.mul_(&b)?;
    b.backward()?;
    assert_near(&grad_of(&a), &[6.]);
    Ok(())
}

#[test]
fn through_a_view_shows_in_the_base() -> Result<()> {
    let (a, w) = (leaf(tensor!([1., 2., 3., 4.]))?, leaf(tensor!([10., 20.]))?);
    let b = a.mul(2)?;
    b.narrow(0, 1, 2)?.mul_(&w)?;
    squares(&b)?.backward()?;
    assert_near(&b, &[2., 40., 120., 8.]);
    assert_near(&grad_of(&a), &[8., 1600., 9600., 32.]);
    assert_near(&grad_of(&w), &[320., 1440.]);
    Ok(())
}

#[test]
fn through_one_view_shows_in_another() -> Result<()> {
    let a = leaf(tensor!([[1., 2.], [3., 4.]]))?;
    let b = a.mul(1)?;
    let (row, column) = (b.select(0, 0)?, b.select(1, 0)?);
    row.mul_(3)?;
    column.square_()?;
    squares(&row)?.backward()?;
    assert_near(&b, &[9., 6., 9., 4.]);
    assert_near(&grad_of(&a), &[324., 36., 0., 0.]);
    Ok(())
}

#[test]
fn through_transposed_and_diagonal_views() -> Result<()> {
    let a = leaf(tensor!([[0., 1., 2.], [3., 4., 5.]]))?;
    let b = a.mul(1)?;
    b.t()?.select(0, 0)?.mul_(&tensor!([2., 5.]))?;
    squares(&b)?.backward()?;
    assert_near(&grad_of(&a), &[0., 2., 4., 150., 8., 10.]);
    let a = leaf(tensor!([[0., 1.], [2., 3.]]))?;
    let b = a.mul(1)?;
    b.diagonal(0, 0, 1)?.mul_(3)?;
    squares(&b)?.backward()?;
    assert_near(&grad_of(&a), &[0., 2., 4., 54.]);
    Ok(())
}

#[test]
fn copies_carry_history_into_constants() -> Result<()> {
    let w = leaf(tensor!([1., 2.]))?;
    let b = Tensor::zeros([4], ())?;
    let seen_before = b.narrow(0, 0, 2)?;
    b.narrow(0, 1, 2)?.copy_(&w)?;
    assert!(b.requires_grad() && !b.is_leaf() && seen_before.requires_grad());
    b.mul(&tensor!([1., 2., 3., 4.]))?
        .sum()?
        .add(&seen_before.sum()?)?
        .backward()?;
    assert_near(&grad_of(&w), &[3., 3.]);
    let w = leaf(tensor!([3.]).to(DType::F64)?)?;
    let b = Tensor::zeros([2, 2], ())?;
    b.copy_(&w)?;
    b.mul(&tensor!([[1., 2.], [3., 4.]]))?.sum()?.backward()?;
    assert_near(&grad_of(&w), &[10.]);
    assert_eq!(grad_of(&w).dtype(), DType::F64);
    Ok(())
}

#[test]
fn constants_end_the_flow() -> Result<()> {
    let a = leaf(tensor!([1., 2., 3.]))?;
    let b = a.mul(2)?;
    b.narrow(0, 0, 1)?.fill_(7)?;
    squares(&b)?.backward()?;
    assert_near(&grad_of(&a), &[0., 16., 24.]);
    let b = a.mul(2)?;
    b.zero_()?;
    assert!(!b.requires_grad());
    let b = a.mul(2)?;
    b.copy_(&tensor!([1., 1., 1.]))?;
    assert!(!b.requires_grad());
    Ok(())
}

#[test]
fn writes_by_mask_and_index() -> Result<()> {
    let a = leaf(tensor!([1., 2., 3.]))?;
    let b = a.mul(1)?;
    b.masked_fill_(&tensor!([true, false, false]), 9.0)?;
    squares(&b)?.backward()?;
    assert_near(&grad_of(&a), &[0., 4., 6.]);
    let (a, s) = (leaf(tensor!([1., 2., 3.]))?, leaf(tensor!([1., 1.]))?);
    let b = a.mul(1)?;
    b.index_add_(0, &tensor!([0, 0]), &s)?;
    squares(&b)?.backward()?;
    assert_near(&grad_of(&a), &[6., 4., 6.]);
    assert_near(&grad_of(&s), &[6., 6.]);
    let a = leaf(tensor!([-1., 2., -3.]))?;
    let b = a.mul(1)?;
    b.narrow(0, 1, 2)?.relu_()?;
    b.mul(&tensor!([1., 2., 3.]))?.sum()?.backward()?;
    assert_near(&grad_of(&a), &[1., 2., 0.]);
    Ok(())
}

#[test]
fn second_derivatives_through_a_written_view() -> Result<()> {
    let x = leaf(tensor!([2., 3.]).double()?)?;
    let b = x.mul(&x)?;
    b.narrow(0, 0, 1)?.mul_(&x.narrow(0, 1, 1)?)?;
    let record = GradOptions {
        create_graph: true,
        ..GradOptions::default()
    };
    let g = grad(&[&squares(&b)?], &[&x], record)?.remove(0).unwrap();
    let gg = grad(&[&g.sum()?], &[&x], GradOptions::default())?
        .remove(0)
        .unwrap();
    assert_near(&g, &[288., 204.]);
    assert_near(&gg, &[624., 332.]);
    Ok(())
}

#[test]
fn a_view_taken_without_recording_still_carries_the_base() -> Result<()> {
    let a = leaf(tensor!([1., 2.]))?;
    let b = a.mul(3)?;
    let view = no_grad(|| b.narrow(0, 0, 1))?;
    view.mul_(5)?;
    b.sum()?.backward()?;
    assert_near(&grad_of(&a), &[15., 3.]);
    Ok(())
}

#[test]
fn leaves_are_written_without_recording_only() -> Result<()> {
    let x = leaf(tensor!([1., 2.]))?;
    let message = refused(x.mul_(2));
    assert!(
        message.contains("leaf that requires grad") && message.contains("no_grad"),
        "{message}"
    );
    assert!(message.contains(file!()), "{message}");
    let message = refused(x.narrow(0, 0, 1)?.zero_());
    assert!(
        message.contains("a view of a leaf that requires grad"),
        "{message}"
    );
    no_grad(|| x.mul_(2))?;
    assert_near(&x, &[2., 4.]);
    assert!(x.requires_grad() && x.is_leaf());
    Ok(())
}

#[test]
fn a_changed_value_is_noticed() -> Result<()> {
    let x = leaf(tensor!([1., 2.]))?;
    let y = x.mul(2)?;
    let z = y.mul(&y)?;
    let line = line!() - 1;
    y.add_(1)?;
    let message = refused(z.sum()?.backward());
    let expected = format!(
        "a value that mul at {}:{line} needs for its gradient was changed in place (version 0 saved, 1 now)",
        file!()
    );
    assert!(message.contains(&expected), "{message}");
    // The detached tensor shares memory, so its writes count too.
    let y = x.exp()?;
    let z = y.square()?;
    y.detach().zero_()?;
    assert!(refused(z.sum()?.backward()).contains("changed in place"));
    // What no rule reads may change.
    let y = x.mul(2)?;
    let z = y.add(1)?;
    y.zero_()?;
    z.sum()?.backward()?;
    assert_near(&grad_of(&x), &[2., 2.]);
    Ok(())
}

#[test]
fn composed_forms_keep_what_their_gradient_needs() -> Result<()> {
    let x = leaf(tensor!([1., 2., 3.]))?;
    let y = x.mul(2)?;
    y.cumprod_(0)?;
    y.sum()?.backward()?;
    assert_eq!(grad_of(&x).to_vec::<f32>()?, [58., 28., 16.]);

    let x = leaf(tensor!([[3., 4.], [0.3, 0.4]]))?;
    let y = x.mul(1)?;
    y.renorm_(2.0, 0, 1.0)?;
    y.mul(&tensor!([[1., 0.], [1., 0.]]))?.sum()?.backward()?;
    assert_near(&grad_of(&x), &[0.128, -0.096, 1.0, 0.0]);

    let x = leaf(tensor!([[1., 2.], [3., 4.]]))?;
    let y = x.mul(&x)?;
    y.select(0, 1)?.cumsum_(0)?;
    y.tril_(0)?;
    y.sum()?.backward()?;
    assert_eq!(grad_of(&x).to_vec::<f32>()?, [2., 0., 12., 8.]);
    Ok(())
}
