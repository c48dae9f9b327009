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
use super::compare::{compare, same_type};
use super::folder::{File, OpCase};
use super::gradients::{Wanted, compare_gradients};
use super::outputs::Outputs;
use super::tolerance::Tolerance;
use super::{Outcome, Settings, Trouble, placed, ties};
use rushlight::{manual_seed, prelude::*};

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
    let tolerance = match case.relative {
        Some(relative) => Tolerance::relative(relative),
        None => Tolerance::values(settings.is_gpu()),
    };
    let mut worst: f64 = 0.0;
    for (i, (got, key)) in outputs.iter().zip(&case.outputs).enumerate() {
        let expected = placed::expected(file, key)?;
        if case.compare.as_deref() == Some("shape") {
            same_type(got, &expected).map_err(|e| format!("result {i}: {e}"))?;
            continue;
        }
        worst = match compare(got, &expected, tolerance) {
            Ok(error) => worst.max(error),
            Err(_) if ties::as_good(&case.op, &args, i, got, &expected) => worst,
            Err(e) => return Err(format!("result {i}: {e}").into()),
        };
    }
    if case.compare.is_none() {
        let wanted: Vec<Wanted> = inputs
            .iter()
            .filter_map(|&(key, tensor)| {
                let expected = case.grads.get(key)?.as_deref();
                Some(Wanted {
                    name: key,
                    tensor,
                    expected,
                })
            })
            .collect();
        let error = compare_gradients(&wanted, &outputs, &case.cotangents, file, tolerance)?;
        worst = worst.max(error);
    }
    Ok(worst)
}
