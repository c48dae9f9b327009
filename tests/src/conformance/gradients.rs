//! Gradients of a call against PyTorch's.

use super::compare::compare_gradient;
use super::folder::File;
use super::tolerance::Tolerance;
use super::{Outcome, placed};
use rushlight::autograd::{GradOptions, grad};
use rushlight::{Tensor, prelude::*};
use std::collections::BTreeMap;

/// A tensor whose gradient is compared: what it is called, and the key of the expected one, or none for zeros.
pub struct Wanted<'a> {
    pub name: &'a str,
    pub tensor: &'a Tensor,
    pub expected: Option<&'a str>,
}

/// Compares the gradients of the sum over all cotangents.
pub fn compare_gradients(
    wanted: &[Wanted],
    outputs: &[Tensor],
    cotangents: &BTreeMap<usize, String>,
    file: &File,
    tolerance: Tolerance,
) -> Outcome {
    if wanted.is_empty() {
        return Ok(0.0);
    }
    let mut pairs = Vec::new();
    for (&at, key) in cotangents {
        let output = outputs
            .get(at)
            .ok_or_else(|| format!("a cotangent for result {at} of {}", outputs.len()))?;
        if output.requires_grad() {
            pairs.push((output, file.tensor(key)?.to(output.device())?));
        }
    }
    let found = if pairs.is_empty() {
        vec![None; wanted.len()]
    } else {
        let (outputs, cotangents): (Vec<&Tensor>, Vec<&Tensor>) =
            pairs.iter().map(|(o, c)| (*o, c)).unzip();
        let tensors: Vec<&Tensor> = wanted.iter().map(|w| w.tensor).collect();
        let options = GradOptions {
            grad_outputs: Some(&cotangents),
            allow_unused: true,
            ..GradOptions::default()
        };
        grad(&outputs, &tensors, options)?
    };
    let mut worst: f64 = 0.0;
    for (Wanted { name, expected, .. }, got) in wanted.iter().zip(&found) {
        let expected = match expected {
            Some(key) => Some(placed::expected(file, key)?),
            None => None,
        };
        let error = compare_gradient(got.as_ref(), expected.as_ref(), tolerance)
            .map_err(|e| format!("gradient of {name}: {e}"))?;
        if error > 1.0 {
            return Err(
                format!("gradient of {name}: an element is off by {error:.3} tolerances").into(),
            );
        }
        worst = worst.max(error);
    }
    Ok(worst)
}
