//! The table from PyTorch's modules to ours, one row a module, by family.

mod activation;
mod attention;
mod convolution;
mod distance;
mod dropout;
mod linear;
mod loss;
mod norm;
mod padding;
mod pooling;
mod recurrent;
mod resample;
mod shape;
pub(super) mod windows;

use super::args::{Answer, Args};
use super::compare::compare;
use super::folder::{File, ModuleCase};
use super::gradients::{Wanted, compare_gradients};
use super::outputs::{IntoOutputs, Outputs};
use super::tolerance::Tolerance;
use super::{Outcome, Settings, Trouble, placed};
use rushlight::nn::{Layer, Loss, StateDict};
use rushlight::{Tensor, prelude::*};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One module.
pub struct Row {
    /// PyTorch's name.
    pub name: &'static str,
    /// Ours.
    pub rust: &'static str,
    /// Makes it from the arguments of PyTorch's constructor.
    pub build: fn(&Args) -> Answer<Built>,
}

/// A module that was made, and how it is called.
pub struct Built {
    /// The module, for its state.
    pub module: Arc<dyn Module>,
    /// The call, with the arguments of PyTorch's `forward`.
    pub call: Box<Forwarding>,
}

/// A call with the arguments of `forward`.
pub type Forwarding = dyn Fn(&Args) -> Answer<Outputs>;

impl Built {
    /// A copy of the module on the device of its arguments: every module can be copied, and the copy does what the original does.
    fn new<M: Module, O: IntoOutputs>(
        module: M,
        options: &Args,
        call: impl Fn(&M, &Args) -> Answer<O> + 'static,
    ) -> Answer<Built> {
        let module = Arc::new(module.to(options.placement())?.deep_copy()?);
        let called = module.clone();
        Ok(Built {
            module,
            call: Box::new(move |args| call(&called, args)?.outputs()),
        })
    }
}

/// Calls a module from one tensor to one tensor.
fn layer<M: Layer>(m: &M, a: &Args) -> Answer<Tensor> {
    Ok(m.call(a.x()?)?)
}

/// Calls a loss of an input and a target.
fn loss<L: Loss>(m: &L, a: &Args) -> Answer<Tensor> {
    Ok(m.call(a.x()?, a.tensor(1, "target")?)?)
}

/// Calls a module of a pair of tensors.
fn pair<M>(m: &M, a: &Args) -> Answer<Tensor>
where
    M: Forward<(Tensor, Tensor), Output = Tensor>,
{
    let two = (a.tensor(0, "x1")?.clone(), a.tensor(1, "x2")?.clone());
    Ok(m.call(&two)?)
}

/// Rows as `"PyTorch's name" = "ours": |options| module => call;`, where the call of a plain layer need not be said.
macro_rules! rows {
    ($($name:literal = $rust:literal: |$a:ident| $module:expr $(=> $call:expr)?;)*) => {
        &[$($crate::conformance::modules::Row {
            name: $name,
            rust: $rust,
            build: |$a| $crate::conformance::modules::Built::new(
                $module,
                $a,
                $crate::conformance::modules::rows!(@call $($call)?),
            ),
        }),*]
    };
    (@call) => { $crate::conformance::modules::layer };
    (@call $call:expr) => { $call };
}
use rows;

/// Every family.
pub const FAMILIES: &[&[Row]] = &[
    activation::ROWS,
    attention::ROWS,
    convolution::ROWS,
    distance::ROWS,
    dropout::ROWS,
    linear::ROWS,
    loss::ROWS,
    norm::ROWS,
    padding::ROWS,
    pooling::ROWS,
    recurrent::ROWS,
    resample::ROWS,
    shape::ROWS,
];

/// The row of a module.
pub fn find(name: &str) -> Option<&'static Row> {
    let mut rows = FAMILIES.iter().copied().flatten();
    rows.find(|row| row.name == name)
}

/// Makes the module, loads its state, calls it and compares results, buffers and gradients.
pub(super) fn run(case: &ModuleCase, file: &File, settings: &Settings) -> Outcome {
    let Some(row) = find(&case.module) else {
        return Err(Trouble::Unsupported("there is no such module".into()));
    };
    let plain = Settings {
        strided: false,
        ..settings.clone()
    };
    let options = placed::args(&case.init_args, &case.init_kwargs, file, &plain)?;
    let built = (row.build)(&options);
    all_read(&options)?;
    let Built { module, call } = built?;
    module.load_state_dict(&state(case, file)?, true)?;
    module.set_training(case.training);

    let args = placed::args(&case.args, &case.kwargs, file, settings)?;
    let inputs = args.all_tensors();
    for (key, t) in &inputs {
        if case.grads.contains_key(*key) {
            t.requires_grad_(true)?;
        }
    }
    let answer = call(&args);
    all_read(&args)?;
    let Outputs(outputs) = answer?;

    let worst = values(case, file, settings, &outputs)?;
    let worst = worst.max(buffers(case, file, settings, &*module)?);
    let parameters: BTreeMap<_, _> = module.named_parameters().into_iter().collect();
    let mut wanted = Vec::new();
    for &(key, tensor) in &inputs {
        if let Some(expected) = case.grads.get(key) {
            let expected = expected.as_deref();
            wanted.push(Wanted {
                name: key,
                tensor,
                expected,
            });
        }
    }
    for (name, expected) in &case.param_grads {
        let parameter = parameters
            .get(name)
            .ok_or_else(|| format!("there is no parameter {name}"))?;
        wanted.push(Wanted {
            name,
            tensor: parameter,
            expected: expected.as_deref(),
        });
    }
    let tolerance = Tolerance::values(settings.is_gpu());
    let error = compare_gradients(&wanted, &outputs, &case.cotangents, file, tolerance)?;
    Ok(worst.max(error))
}

fn all_read(args: &Args) -> Result<(), Trouble> {
    match args.unread() {
        Some(argument) => Err(Trouble::Unsupported(format!(
            "{argument} is not translated"
        ))),
        None => Ok(()),
    }
}

fn state(case: &ModuleCase, file: &File) -> rushlight::Result<StateDict> {
    let entries = case.state.iter();
    entries
        .map(|(name, key)| Ok((name.clone(), file.tensor(key)?)))
        .collect()
}

fn values(case: &ModuleCase, file: &File, settings: &Settings, outputs: &[Tensor]) -> Outcome {
    if outputs.len() != case.outputs.len() {
        return Err(format!("{} results, expected {}", outputs.len(), case.outputs.len()).into());
    }
    let tolerance = Tolerance::values(settings.is_gpu());
    let mut worst: f64 = 0.0;
    for (i, (got, key)) in outputs.iter().zip(&case.outputs).enumerate() {
        let error = compare(got, &placed::expected(file, key)?, tolerance)
            .map_err(|e| format!("result {i}: {e}"))?;
        worst = worst.max(error);
    }
    Ok(worst)
}

fn buffers(case: &ModuleCase, file: &File, settings: &Settings, module: &dyn Module) -> Outcome {
    let tolerance = Tolerance::values(settings.is_gpu());
    let mut worst: f64 = 0.0;
    for (name, key) in &case.state_after {
        let buffer = module.get_buffer(name)?;
        let error = compare(&buffer, &placed::expected(file, key)?, tolerance)
            .map_err(|e| format!("buffer {name}: {e}"))?;
        worst = worst.max(error);
    }
    Ok(worst)
}
