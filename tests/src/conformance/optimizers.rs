//! The table from PyTorch's optimizers to ours, and twelve steps of each.

use super::args::{Answer, Args, Failure, NAMED, unsupported};
use super::compare::compare;
use super::folder::{File, OptimizerCase};
use super::tolerance::Tolerance;
use super::value::Value;
use super::{Outcome, Settings, Trouble, placed};
use rushlight::optim::*;
use rushlight::{DType, nn::Parameter, prelude::*};

/// One optimizer.
pub struct Row {
    /// PyTorch's name.
    pub name: &'static str,
    /// Ours.
    pub rust: &'static str,
    make: Make,
}

type Make = fn(Vec<Parameter>, &Args) -> Answer<Box<dyn Optimizer>>;

/// Rows as `"PyTorch's name" = type(its options): keywords, which have PyTorch's names;`.
macro_rules! rows {
    ($($name:literal = $ours:ident($options:ident): $($keyword:ident)*;)*) => {
        &[$(Row {
            name: $name,
            rust: concat!("optim::", stringify!($ours)),
            make: |params, args| {
                let given = $options::default();
                $(let given = given.$keyword(Keyword::read(args, stringify!($keyword), given.$keyword)?);)*
                Ok(Box::new($ours::new(params, given)?))
            },
        }),*]
    };
}

/// Every optimizer.
pub const ROWS: &[Row] = rows! {
    "ASGD" = ASGD(ASGDOptions): lr lambd alpha t0 weight_decay maximize;
    "Adadelta" = Adadelta(AdadeltaOptions): lr rho eps weight_decay maximize;
    "Adafactor" = Adafactor(AdafactorOptions): lr beta2_decay eps d weight_decay maximize;
    "Adagrad" = Adagrad(AdagradOptions): lr lr_decay weight_decay initial_accumulator_value eps maximize;
    "Adam" = Adam(AdamOptions): lr betas eps weight_decay amsgrad maximize decoupled_weight_decay;
    "AdamW" = AdamW(AdamWOptions): lr betas eps weight_decay amsgrad maximize;
    "Adamax" = Adamax(AdamaxOptions): lr betas eps weight_decay maximize;
    // Its steps require a closure, so that the samples, which are gradients, have none of it.
    "LBFGS" = LBFGS(LBFGSOptions): lr tolerance_grad tolerance_change maximize;
    "Muon" = Muon(MuonOptions): lr weight_decay momentum nesterov ns_coefficients eps ns_steps adjust_lr_fn;
    "NAdam" = NAdam(NAdamOptions): lr betas eps weight_decay momentum_decay decoupled_weight_decay maximize;
    "RAdam" = RAdam(RAdamOptions): lr betas eps weight_decay decoupled_weight_decay maximize;
    "RMSprop" = RMSprop(RMSpropOptions): lr alpha eps weight_decay momentum centered maximize;
    "Rprop" = Rprop(RpropOptions): lr etas step_sizes maximize;
    "SGD" = SGD(SGDOptions): lr momentum dampening weight_decay nesterov maximize;
};

/// How PyTorch computes a step; the step is the same.
const SKIPPED: [&str; 4] = ["capturable", "foreach", "fused", "differentiable"];

/// The row of an optimizer.
pub fn find(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.name == name)
}

/// An option as a keyword gives it.
trait Keyword: Sized {
    /// The keyword's value; `default` if it is not given.
    fn read(args: &Args, name: &str, default: Self) -> Answer<Self>;
}

impl Keyword for bool {
    fn read(args: &Args, name: &str, default: Self) -> Answer<Self> {
        args.flag(NAMED, name, default)
    }
}

impl Keyword for f64 {
    fn read(args: &Args, name: &str, default: Self) -> Answer<Self> {
        args.get(NAMED, name).map_or(Ok(default), number)
    }
}

impl Keyword for u32 {
    fn read(args: &Args, name: &str, default: Self) -> Answer<Self> {
        let count = args.int_or(NAMED, name, default.into())?;
        u32::try_from(count).map_err(|_| Failure::Forbidden("ns_steps", "a count is a u32"))
    }
}

impl Keyword for (f64, f64) {
    fn read(args: &Args, name: &str, default: Self) -> Answer<Self> {
        let pair = entries(args, name)?.map(|[a, b]| Ok((number(a)?, number(b)?)));
        pair.unwrap_or(Ok(default))
    }
}

impl Keyword for (Option<f64>, f64) {
    fn read(args: &Args, name: &str, default: Self) -> Answer<Self> {
        let pair = entries(args, name)?.map(|[a, b]| match a {
            Value::None => Ok((None, number(b)?)),
            a => Ok((Some(number(a)?), number(b)?)),
        });
        pair.unwrap_or(Ok(default))
    }
}

impl Keyword for (f64, f64, f64) {
    fn read(args: &Args, name: &str, default: Self) -> Answer<Self> {
        let three = entries(args, name)?.map(|[a, b, c]| Ok((number(a)?, number(b)?, number(c)?)));
        three.unwrap_or(Ok(default))
    }
}

impl Keyword for Option<AdjustLr> {
    fn read(args: &Args, name: &str, default: Self) -> Answer<Self> {
        Ok(match args.word(NAMED, name, "")? {
            "" => default,
            "original" => Some(AdjustLr::Original),
            "match_rms_adamw" => Some(AdjustLr::MatchRmsAdamw),
            "spectral_unclamped" => Some(AdjustLr::SpectralUnclamped),
            other => return unsupported(format!("{name} {other}")),
        })
    }
}

/// The entries of a list or tuple of known length, if it is given.
fn entries<'a, const N: usize>(args: &'a Args, name: &str) -> Answer<Option<&'a [Value; N]>> {
    match args.get(NAMED, name) {
        None => Ok(None),
        Some(Value::List(list) | Value::Tuple(list)) if list.len() == N => {
            Ok(<&[Value; N]>::try_from(list.as_slice()).ok())
        }
        Some(other) => unsupported(format!(
            "{name} should have {N} entries, it is {}",
            other.kind()
        )),
    }
}

/// A number, or a tensor of one.
fn number(value: &Value) -> Answer<f64> {
    match value {
        Value::Float(x) => Ok(*x),
        Value::Int(i) => Ok(*i as f64),
        Value::Tensor(_, t) => Ok(t.to(DType::F64)?.item::<f64>()?),
        other => unsupported(format!("a number is expected, not {}", other.kind())),
    }
}

/// Takes the steps and compares the parameters after each.
pub(super) fn run(case: &OptimizerCase, file: &File, settings: &Settings) -> Outcome {
    let Some(row) = find(&case.optimizer) else {
        return Err(Trouble::Unsupported("there is no such optimizer".into()));
    };
    let params = case
        .params
        .iter()
        .map(|key| Parameter::new(placed::tensor(file, key, settings)?))
        .collect::<rushlight::Result<Vec<_>>>()?;
    let args = placed::args(&[], &case.kwargs, file, settings)?;
    SKIPPED.iter().for_each(|name| args.skip(name));
    let optimizer = (row.make)(params.clone(), &args);
    if let Some(argument) = args.unread() {
        return Err(Trouble::Unsupported(format!(
            "{argument} is not translated"
        )));
    }
    let mut optimizer = optimizer?;
    let tolerance = Tolerance::parameters(row.name, settings.is_gpu());
    let mut worst: f64 = 0.0;
    for (i, step) in case.steps.iter().enumerate() {
        if step.grads.len() != params.len() || step.params.len() != params.len() {
            return Err(format!("step {}: not one tensor a parameter", i + 1).into());
        }
        for (param, key) in params.iter().zip(&step.grads) {
            let grad = match key {
                Some(key) => Some(placed::tensor(file, key, settings)?),
                None => None,
            };
            param.set_grad(grad)?;
        }
        optimizer.step()?;
        for (at, (param, key)) in params.iter().zip(&step.params).enumerate() {
            let error = compare(param, &placed::expected(file, key)?, tolerance)
                .map_err(|e| format!("step {}, parameter {at}: {e}", i + 1))?;
            if error > 1.0 {
                return Err(format!(
                    "step {}, parameter {at}: an element is off by {error:.3} tolerances",
                    i + 1
                )
                .into());
            }
            worst = worst.max(error);
        }
    }
    Ok(worst)
}
