//! 8.6 Loss functions, with PyTorch's values for the chapter's numbers.

use rushlight::Result;
use rushlight::nn::{BCELoss, BCEWithLogitsLoss, CrossEntropyLoss, Loss, MSELoss};
use rushlight::prelude::*;
use rushlight_tests::devices;

fn near(loss: Result<Tensor>, expected: f32) -> Result<()> {
    let loss: f32 = loss?.item()?;
    assert!(
        (loss - expected).abs() <= 1e-6,
        "{loss}, expected {expected}"
    );
    Ok(())
}

#[test]
fn s8_6_mean_squared_error() -> Result<()> {
    for device in devices() {
        let predictions = tensor!([0.5, 1.8, 2.5]).to(&device)?;
        let targets = tensor!([1.0, 2.0, 2.0]).to(&device)?;
        near(MSELoss::new().call(&predictions, &targets), 0.18)?;
    }
    Ok(())
}

#[test]
fn s8_6_binary_cross_entropy() -> Result<()> {
    for device in devices() {
        let probabilities = tensor!([0.2, 0.7, 0.9]).to(&device)?;
        let targets = tensor!([0.0, 1.0, 1.0]).to(&device)?;
        near(BCELoss::new().call(&probabilities, &targets), 0.228_393)?;
    }
    Ok(())
}

#[test]
fn s8_6_binary_cross_entropy_with_logits() -> Result<()> {
    for device in devices() {
        let logits = tensor!([1.5, 0.3, -0.5]).to(&device)?;
        let targets = tensor!([1.0, 0.0, 0.0]).to(&device)?;
        near(
            BCEWithLogitsLoss::new().call(&logits, &targets),
            0.509_948_5,
        )?;
        // Stable where the separate operations are not.
        let extreme = BCEWithLogitsLoss::new()
            .call(&tensor!([200.0]).to(&device)?, &tensor!([0.0]).to(&device)?);
        near(extreme, 200.0)?;
    }
    Ok(())
}

#[test]
fn s8_6_cross_entropy() -> Result<()> {
    for device in devices() {
        let logits = tensor!([[1.5, 0.3, -0.5], [0.2, 2.3, 0.5]]).to(&device)?;
        let targets = tensor!([0, 1]).to(&device)?;
        near(CrossEntropyLoss::new().call(&logits, &targets), 0.307_565_4)?;
    }
    Ok(())
}
