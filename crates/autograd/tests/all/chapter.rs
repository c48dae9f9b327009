//! Section 8.3 of the chapter, with its numbers.

use rushlight_autograd::{Autograd, no_grad};
use rushlight_tensor::{Result, tensor};

#[test]
fn computing_gradients() -> Result<()> {
    let x = tensor!(2.0).requires_grad_(true)?;
    let y = tensor!(3.0).requires_grad_(true)?;
    let z = x.pow(2)? + y.pow(3)?;
    z.backward()?;
    assert_eq!(x.grad().unwrap().item::<f32>()?, 4.0);
    assert_eq!(y.grad().unwrap().item::<f32>()?, 27.0);
    Ok(())
}

#[test]
fn gradient_accumulation_and_zeroing() -> Result<()> {
    let x = tensor!(2.0).requires_grad_(true)?;
    x.pow(2)?.backward()?;
    assert_eq!(x.grad().unwrap().item::<f32>()?, 4.0);
    x.pow(3)?.backward()?;
    assert_eq!(x.grad().unwrap().item::<f32>()?, 16.0);
    x.grad().unwrap().zero_()?;
    assert_eq!(x.grad().unwrap().item::<f32>()?, 0.0);
    x.zero_grad();
    assert!(x.grad().is_none());
    Ok(())
}

#[test]
fn detaching() -> Result<()> {
    let x = tensor!(2.0).requires_grad_(true)?;
    let y = x.pow(2)?;
    let z = y.detach().add(5)?;
    assert!(!z.requires_grad() && z.is_leaf());
    assert!(y.requires_grad() && !y.is_leaf());
    assert!(y.detach().shares_memory(&y));
    assert_eq!(z.item::<f32>()?, 9.0);
    Ok(())
}

#[test]
fn no_gradients_while_evaluating() -> Result<()> {
    let x = tensor!(2.0).requires_grad_(true)?;
    let y = no_grad(|| x.pow(2))?;
    assert!(!y.requires_grad());
    let message = y.backward().unwrap_err().to_string();
    assert!(message.contains("does not require grad"), "{message}");
    Ok(())
}
