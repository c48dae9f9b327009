//! 8.3 Autograd: automatic differentiation.

use super::error_of;
use rushlight::Result;
use rushlight::prelude::*;
use rushlight_tests::devices;

/// A leaf of one number.
fn leaf(value: f64, device: &Device) -> Result<Tensor> {
    tensor!(value).to(device)?.requires_grad_(true)
}

fn grad_of(x: &Tensor) -> Result<f32> {
    x.grad().expect("a gradient").item()
}

#[test]
fn s8_3_1_a_computational_graph() -> Result<()> {
    for device in devices() {
        let (x, y) = (leaf(2.0, &device)?, leaf(3.0, &device)?);
        let z = x.pow(2)? + y.pow(3)?;
        assert!(x.is_leaf() && y.is_leaf() && !z.is_leaf());
        assert_eq!(z.grad_fn().as_deref(), Some("add"));
        assert_eq!(z.item::<f32>()?, 31.0);
    }
    Ok(())
}

#[test]
fn s8_3_2_computing_gradients() -> Result<()> {
    for device in devices() {
        let (x, y) = (leaf(2.0, &device)?, leaf(3.0, &device)?);
        let z = x.pow(2)? + y.pow(3)?;
        z.backward()?;
        assert_eq!(grad_of(&x)?, 4.0);
        assert_eq!(grad_of(&y)?, 27.0);

        let again = error_of(z.backward());
        assert!(again.contains("retain_graph"), "{again}");
        let vector = leaf(1.0, &device)?.expand([3])?;
        assert!(error_of(vector.backward()).contains("backward_with"));
    }
    Ok(())
}

#[test]
fn s8_3_3_gradient_accumulation() -> Result<()> {
    for device in devices() {
        let x = leaf(2.0, &device)?;
        x.pow(2)?.backward()?;
        assert_eq!(grad_of(&x)?, 4.0);
        x.pow(3)?.backward()?;
        assert_eq!(grad_of(&x)?, 16.0);
    }
    Ok(())
}

#[test]
fn s8_3_3_zeroing_gradients() -> Result<()> {
    for device in devices() {
        let x = leaf(2.0, &device)?;
        x.pow(2)?.backward()?;
        x.grad().expect("a gradient").zero_()?;
        assert_eq!(grad_of(&x)?, 0.0);
        x.pow(3)?.backward()?;
        assert_eq!(grad_of(&x)?, 12.0);
    }
    Ok(())
}

#[test]
fn s8_3_3_detaching() -> Result<()> {
    for device in devices() {
        let x = leaf(2.0, &device)?;
        let y = x.pow(2)?;
        let z = y.detach() + 5;
        assert_eq!(z.item::<f32>()?, 9.0);
        assert!(!z.requires_grad());
        assert!(y.detach().shares_memory(&y));
        (&y * &z).backward()?;
        assert_eq!(grad_of(&x)?, 36.0);
    }
    Ok(())
}

#[test]
fn s8_3_3_no_grad() -> Result<()> {
    for device in devices() {
        let model = leaf(3.0, &device)?;
        let test_data = tensor!([1.0, 2.0]).to(&device)?;
        let evaluation_result = no_grad(|| model.mul(&test_data))?;
        assert!(!evaluation_result.requires_grad());
        assert_eq!(evaluation_result.to_vec::<f32>()?, [3.0, 6.0]);
        assert!(model.mul(&test_data)?.requires_grad());
    }
    Ok(())
}
