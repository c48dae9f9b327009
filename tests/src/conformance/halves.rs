//! Every call in float16 or bfloat16 against the same call in float64, rounded once.
//!
//! No answer of PyTorch is needed: the numbers that a half holds are numbers of float64 too. What both differ in is what the call rounds on
//! the way, which should be nothing. Errors are counted in units in the last place of the half, for values and for gradients.

use super::args::{Answer, Args};
use super::compare::{floats, integers};
use super::folder::{self, File, ModuleCase, Named, OpCase};
use super::outputs::Outputs;
use super::tolerance::Tolerance;
use super::value::Value;
use super::{modules, operators};
use rushlight::autograd::{GradOptions, grad};
use rushlight::{DType, Device, Result, Tensor, manual_seed, prelude::*};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// What is compared, and where.
#[derive(Clone)]
pub struct Run {
    /// Where halves are computed. What they are held against is computed on the CPU.
    pub device: Device,
    /// float16 or bfloat16.
    pub half: DType,
    /// What every floating-point input is multiplied by first.
    pub factor: f64,
}

/// What came of one case.
pub struct Line {
    /// The case.
    pub id: String,
    /// PyTorch's name of what was called.
    pub subject: String,
    /// The largest errors of a value and of a gradient, in units in the last place; or why there are none.
    pub errors: std::result::Result<[f64; 2], Skipped>,
}

/// Why a case was not compared.
pub enum Skipped {
    /// The call cannot be made in float64 either, or is random.
    NoAnswer,
    /// The call is refused for halves alone.
    Refused(String),
    /// Both answer, with different shapes, integers, or number of results.
    Different(String),
}

/// Compares every case of a folder's operators and modules.
pub fn compare(folder: &Path, run: &Run) -> std::result::Result<Vec<Line>, String> {
    let mut lines = Vec::new();
    for section in ["ops", "modules"] {
        for path in folder::files(folder, section)? {
            let file = File::read(&path)?;
            for json in &file.cases {
                lines.extend(line(section, json, &file, run));
            }
        }
    }
    Ok(lines)
}

fn line(section: &str, json: &Json, file: &File, run: &Run) -> Option<Line> {
    let call: Box<dyn Call> = match section {
        "ops" => Box::new(OpCase::deserialize(json).ok()?),
        _ => Box::new(ModuleCase::deserialize(json).ok()?),
    };
    let (id, subject) = call.name();
    let errors = catch_unwind(AssertUnwindSafe(|| errors(&*call, file, run)))
        .unwrap_or_else(|_| Err(Skipped::Different("a panic".to_owned())));
    Some(Line {
        id,
        subject,
        errors,
    })
}

fn errors(call: &dyn Call, file: &File, run: &Run) -> std::result::Result<[f64; 2], Skipped> {
    let wide = Placement {
        device: Device::CPU,
        dtype: DType::F64,
        ..Placement::of(run)
    };
    let expected = call.answer(file, &wide).map_err(|_| Skipped::NoAnswer)?;
    let got = call
        .answer(file, &Placement::of(run))
        .map_err(Skipped::Refused)?;
    if got.values.len() != expected.values.len() {
        return Err(Skipped::Different(format!(
            "{} results, {} of float64",
            got.values.len(),
            expected.values.len()
        )));
    }
    let mut worst = [0.0, 0.0];
    for (k, (got, expected)) in [
        (&got.values, &expected.values),
        (&got.gradients, &expected.gradients),
    ]
    .into_iter()
    .enumerate()
    {
        for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
            let error = match (got, expected) {
                (Some(got), Some(expected)) => off(got, expected, run).map_err(|e| {
                    Skipped::Different(format!("{} {i}: {e}", ["result", "gradient"][k]))
                })?,
                _ => 0.0,
            };
            worst[k] = f64::max(worst[k], error);
        }
    }
    Ok(worst)
}

/// How far `got` is from `expected`, in units in the last place of `expected` as a half.
fn off(got: &Tensor, expected: &Tensor, run: &Run) -> std::result::Result<f64, String> {
    if got.shape() != expected.shape() {
        return Err(format!(
            "shape {:?}, {:?} of float64",
            got.shape(),
            expected.shape()
        ));
    }
    if !got.dtype().is_float() || !expected.dtype().is_float() {
        if got.dtype() != expected.dtype() {
            return Err(format!("{}, {} of float64", got.dtype(), expected.dtype()));
        }
        return match integers(got)? == integers(expected)? {
            true => Ok(0.0),
            false => Err("other integers".to_owned()),
        };
    }
    let rounded = expected.to(run.half).map_err(|e| e.to_string())?;
    let all = floats(got)?.into_iter().zip(floats(&rounded)?);
    Ok(all.map(|(a, b)| units(a, b, run.half)).fold(0.0, f64::max))
}

/// How far `a` is from `b` in units in the last place of `b`; less if that is as close as an answer of float32 must be.
fn units(a: f64, b: f64, half: DType) -> f64 {
    let largest = half.largest_finite();
    // A result at the end of the range may be rounded to either side of it.
    if a.is_infinite() != b.is_infinite() && a.abs().min(b.abs()) >= 0.998 * largest {
        return 1.0;
    }
    Tolerance::values(false).error_in(half, a, b)
}

/// Where and in which dtype a call is made.
struct Placement {
    device: Device,
    dtype: DType,
    half: DType,
    factor: f64,
}

impl Placement {
    fn of(run: &Run) -> Placement {
        Placement {
            device: run.device.clone(),
            dtype: run.half,
            half: run.half,
            factor: run.factor,
        }
    }

    /// A tensor whose numbers halves can hold, in the dtype of the call.
    fn place(&self, t: &Tensor) -> Result<Tensor> {
        match t.dtype().is_float() {
            true => t
                .mul(self.factor)?
                .to(self.half)?
                .to(self.dtype)?
                .to(&self.device),
            false => t.to(&self.device),
        }
    }

    fn args(
        &self,
        positional: &[Json],
        named: &Named,
        file: &File,
    ) -> std::result::Result<Args, String> {
        let mut find = |key: &str| {
            let placed = file.tensor(key).and_then(|t| self.place(&t));
            placed.map_err(|e| e.to_string())
        };
        let mut read = |v: &Json| Ok(self.dtypes(Value::read(v, &mut find)?));
        let positional = positional
            .iter()
            .map(&mut read)
            .collect::<std::result::Result<_, String>>()?;
        let named = named
            .iter()
            .map(|(name, v)| Ok((name.clone(), read(v)?)))
            .collect::<std::result::Result<_, String>>()?;
        Ok(Args::new(positional, named, self.device.clone()).of_dtype(self.dtype))
    }

    /// A floating-point dtype that is asked for is that of the call.
    fn dtypes(&self, value: Value) -> Value {
        match value {
            Value::DType(d) if d.is_float() => Value::DType(self.dtype),
            other => other,
        }
    }
}

/// What a call gave.
struct Given {
    values: Vec<Option<Tensor>>,
    gradients: Vec<Option<Tensor>>,
}

/// A case that can be called in any dtype.
trait Call {
    fn name(&self) -> (String, String);
    fn answer(&self, file: &File, placement: &Placement) -> std::result::Result<Given, String>;
}

impl Call for OpCase {
    fn name(&self) -> (String, String) {
        (self.id.clone(), self.op.clone())
    }

    fn answer(&self, file: &File, placement: &Placement) -> std::result::Result<Given, String> {
        let row = operators::find(&self.op, &self.variant).ok_or("no such operation")?;
        if self.compare.is_some() {
            return Err("random".to_owned());
        }
        let args = placement.args(&self.args, &self.kwargs, file)?;
        let inputs = args.all_tensors();
        let wanted = required(&inputs, &self.grads)?;
        manual_seed(42);
        let outputs = said((row.call)(&args))?;
        given(outputs, &wanted, &self.cotangents, file, placement)
    }
}

impl Call for ModuleCase {
    fn name(&self) -> (String, String) {
        (self.id.clone(), self.module.clone())
    }

    fn answer(&self, file: &File, placement: &Placement) -> std::result::Result<Given, String> {
        let row = modules::find(&self.module).ok_or("no such module")?;
        let options = placement.args(&self.init_args, &self.init_kwargs, file)?;
        manual_seed(42);
        let built = said((row.build)(&options))?;
        let text = |e: rushlight::Error| e.to_string();
        let state = self
            .state
            .iter()
            .map(|(name, key)| Ok((name.clone(), placement.place(&file.tensor(key)?)?)))
            .collect::<Result<_>>();
        built
            .module
            .load_state_dict(&state.map_err(text)?, true)
            .map_err(text)?;
        built.module.set_training(self.training);
        let args = placement.args(&self.args, &self.kwargs, file)?;
        let inputs = args.all_tensors();
        let mut wanted = required(&inputs, &self.grads)?;
        let parameters: BTreeMap<_, _> = built.module.named_parameters().into_iter().collect();
        wanted.extend(
            self.param_grads
                .keys()
                .filter_map(|name| Some((**parameters.get(name)?).clone())),
        );
        manual_seed(42);
        let outputs = said((built.call)(&args))?;
        let mut given = given(outputs, &wanted, &self.cotangents, file, placement)?;
        for name in self.state_after.keys() {
            given.values.push(Some(
                (*built.module.get_buffer(name).map_err(text)?).clone(),
            ));
        }
        Ok(given)
    }
}

fn said<T>(answer: Answer<T>) -> std::result::Result<T, String> {
    answer.map_err(|e| format!("{e:?}"))
}

/// The inputs whose gradients are compared.
fn required(
    inputs: &[(&str, &Tensor)],
    grads: &BTreeMap<String, Option<String>>,
) -> std::result::Result<Vec<Tensor>, String> {
    let wanted = inputs
        .iter()
        .filter(|(key, t)| grads.contains_key(*key) && t.dtype().is_float());
    wanted
        .map(|(_, t)| t.requires_grad_(true).map_err(|e| e.to_string()))
        .collect()
}

fn given(
    Outputs(outputs): Outputs,
    wanted: &[Tensor],
    cotangents: &BTreeMap<usize, String>,
    file: &File,
    placement: &Placement,
) -> std::result::Result<Given, String> {
    let gradients = || -> Result<Vec<Option<Tensor>>> {
        let mut pairs = Vec::new();
        for (&at, key) in cotangents {
            if let Some(output) = outputs.get(at).filter(|t| t.requires_grad()) {
                let cotangent = file.tensor(key)?.to(placement.half)?;
                pairs.push((output, cotangent.to(output.dtype())?.to(&placement.device)?));
            }
        }
        if pairs.is_empty() || wanted.is_empty() {
            return Ok(Vec::new());
        }
        let (outputs, cotangents): (Vec<&Tensor>, Vec<&Tensor>) =
            pairs.iter().map(|(o, c)| (*o, c)).unzip();
        let options = GradOptions {
            grad_outputs: Some(&cotangents),
            allow_unused: true,
            ..GradOptions::default()
        };
        grad(&outputs, &wanted.iter().collect::<Vec<_>>(), options)
    };
    Ok(Given {
        gradients: gradients().map_err(|e| e.to_string())?,
        values: outputs.into_iter().map(|t| Some(t.detach())).collect(),
    })
}
