//! The table from PyTorch's operators to ours, one row a name, by family.

mod activation;
mod attention;
mod casts;
mod convolution;
mod create;
mod fourier;
mod index;
mod join;
mod linalg;
mod loss;
mod matmul;
mod normalization;
mod order;
mod pointwise;
mod pooling;
mod reduce;
mod resample;
mod shape;
mod special;

use super::args::{Answer, Args};
use super::compare::{compare, compare_gradient, same_type};
use super::folder::{File, OpCase};
use super::outputs::Outputs;
use super::tolerance::Tolerance;
use super::{Outcome, Settings, Trouble, placed};
use rushlight::autograd::{GradOptions, grad};
use rushlight::{Tensor, manual_seed, prelude::*};

/// One operator.
pub struct Row {
    /// PyTorch's name.
    pub name: &'static str,
    /// Ours.
    pub rust: &'static str,
    /// The call.
    pub call: fn(&Args) -> Answer<Outputs>,
}

/// Rows as `"PyTorch's name" = "ours": |args| call;`.
macro_rules! rows {
    ($($name:literal = $rust:literal: |$a:ident| $call:expr;)*) => {
        &[$($crate::conformance::operators::Row {
            name: $name,
            rust: $rust,
            call: |$a| $crate::conformance::outputs::IntoOutputs::outputs($call),
        }),*]
    };
}
use rows;

/// Every family.
pub const FAMILIES: &[&[Row]] = &[
    activation::ROWS,
    attention::ROWS,
    casts::ROWS,
    convolution::ROWS,
    create::ROWS,
    fourier::ROWS,
    index::ROWS,
    join::ROWS,
    linalg::ROWS,
    loss::ROWS,
    matmul::ROWS,
    normalization::ROWS,
    order::ROWS,
    pointwise::ROWS,
    pooling::ROWS,
    reduce::ROWS,
    resample::ROWS,
    shape::ROWS,
    special::ROWS,
];

/// The row of an operator; one for the variant comes first.
pub fn find(name: &str, variant: &str) -> Option<&'static Row> {
    let row = |wanted: &str| {
        FAMILIES
            .iter()
            .copied()
            .flatten()
            .find(|row| row.name == wanted)
    };
    let special = if variant.is_empty() {
        None
    } else {
        row(&format!("{name}.{variant}"))
    };
    special.or_else(|| row(name))
}

/// Makes the call and compares its results and gradients.
pub(super) fn run(case: &OpCase, file: &File, settings: &Settings) -> Outcome {
    let Some(row) = find(&case.op, &case.variant) else {
        return Err(Trouble::Unsupported("there is no such operation".into()));
    };
    let args = placed::args(&case.args, &case.kwargs, file, settings)?;
    let inputs = args.all_tensors();
    for (key, t) in &inputs {
        if case.grads.contains_key(*key) {
            t.requires_grad_(true)?;
        }
    }
    manual_seed(42);
    let answer = (row.call)(&args);
    if let Some(argument) = args.unread() {
        return Err(Trouble::Unsupported(format!(
            "{argument} is not translated"
        )));
    }
    let Outputs(outputs) = answer?;
    if outputs.len() != case.outputs.len() {
        return Err(format!("{} results, expected {}", outputs.len(), case.outputs.len()).into());
    }
    let tolerance = Tolerance::values(settings.is_gpu());
    let mut worst: f64 = 0.0;
    for (i, (got, key)) in outputs.iter().zip(&case.outputs).enumerate() {
        let expected = placed::expected(file, key)?;
        if case.compare.as_deref() == Some("shape") {
            same_type(got, &expected).map_err(|e| format!("result {i}: {e}"))?;
            continue;
        }
        worst =
            worst.max(compare(got, &expected, tolerance).map_err(|e| format!("result {i}: {e}"))?);
    }
    if case.compare.is_none() {
        worst = worst.max(gradients(case, file, settings, &inputs, &outputs)?);
    }
    Ok(worst)
}

/// The gradients of the sum over all cotangents.
fn gradients(
    case: &OpCase,
    file: &File,
    settings: &Settings,
    inputs: &[(&str, &Tensor)],
    outputs: &[Tensor],
) -> Outcome {
    let wanted: Vec<(&str, &Tensor)> = inputs
        .iter()
        .filter(|(key, _)| case.grads.contains_key(*key))
        .copied()
        .collect();
    let mut pairs = Vec::new();
    for (&at, key) in &case.cotangents {
        let output = outputs
            .get(at)
            .ok_or_else(|| format!("a cotangent for result {at} of {}", outputs.len()))?;
        if output.requires_grad() {
            pairs.push((output, file.tensor(key)?.to(&settings.device)?));
        }
    }
    if wanted.is_empty() {
        return Ok(0.0);
    }
    let found = if pairs.is_empty() {
        vec![None; wanted.len()]
    } else {
        let (outputs, cotangents): (Vec<&Tensor>, Vec<&Tensor>) =
            pairs.iter().map(|(o, c)| (*o, c)).unzip();
        let tensors: Vec<&Tensor> = wanted.iter().map(|(_, t)| *t).collect();
        let options = GradOptions {
            grad_outputs: Some(&cotangents),
            allow_unused: true,
            ..GradOptions::default()
        };
        grad(&outputs, &tensors, options)?
    };
    let tolerance = Tolerance::values(settings.is_gpu());
    let mut worst: f64 = 0.0;
    for ((key, _), got) in wanted.iter().zip(&found) {
        let expected = match case.grads.get(*key).and_then(Option::as_ref) {
            Some(key) => Some(placed::expected(file, key)?),
            None => None,
        };
        let error = compare_gradient(got.as_ref(), expected.as_ref(), tolerance)
            .map_err(|e| format!("gradient of {key}: {e}"))?;
        if error > 1.0 {
            return Err(
                format!("gradient of {key}: an element is off by {error:.3} tolerances").into(),
            );
        }
        worst = worst.max(error);
    }
    Ok(worst)
}
