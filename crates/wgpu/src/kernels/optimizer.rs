//! Optimizer steps: one dispatch per parameter, over parameter, gradient and states at once (`optimizer.wgsl`). Nothing is read back, and
//! nothing that changes from step to step is in a shader's text: learning rates and corrections come as numbers, computed in `f64` here.
//!
//! Dense parameters and states of `f32` and `f64` are done here; a group that holds anything else is left to be composed, as are optimizers that
//! work on whole matrices.

use super::dispatch::Dispatch;
use super::params::{Number, Params, params};
use super::temporary::Input;
use crate::engine::{Bound, Grid};
use crate::gpu::Gpu;
use rushlight_backend::update::bias_correction;
use rushlight_backend::{DType, Done, OptimizerStep, Result, Scalar, StepViews, View};
use rushlight_shaders::{Compute, kernels};
use smallvec::SmallVec;

const WIDTH: u32 = 256;

/// See [`rushlight_backend::Backend::optimizer_step`].
pub(crate) fn step(gpu: &Gpu, f: &OptimizerStep, group: &[StepViews<'_>]) -> Result<Done> {
    if !group.iter().all(|t| is_ours(gpu, t)) {
        return Ok(Done::Compose);
    }
    for t in group {
        let compute = match t.param.dtype() {
            DType::F64 => Compute::F64,
            _ => Compute::F32,
        };
        let Some(formula) = Formula::of(f, t, compute) else {
            return Ok(Done::Compose);
        };
        formula.run(gpu, f.name(), t, compute)?;
    }
    Ok(Done::Yes)
}

/// Dense tensors of one floating-point dtype that shaders compute in, each in memory of its own.
fn is_ours(gpu: &Gpu, t: &StepViews<'_>) -> bool {
    let computes = match t.param.dtype() {
        DType::F32 => true,
        DType::F64 => gpu.capabilities.f64,
        _ => false,
    };
    let written: SmallVec<[View<'_>; 4]> = [t.param].iter().chain(t.states).copied().collect();
    let shape = t.param.layout().shape();
    let fits =
        |v: &View<'_>| v.dtype() == t.param.dtype() && v.layout().shape() == shape && gpu.fits(v);
    let apart = (1..written.len()).all(|k| {
        written[..k]
            .iter()
            .all(|v| !v.storage().same(written[k].storage()))
    });
    computes
        && apart
        && fits(&t.grad)
        && written
            .iter()
            .all(|v| fits(v) && v.layout().is_contiguous())
}

/// What the kernel computes: the shader's function, the type of its numbers, and these.
struct Formula {
    function: &'static str,
    ty: &'static str,
    numbers: Params,
}

impl Formula {
    /// The formula of one parameter's step in `compute`; none for optimizers whose step is composed.
    fn of(f: &OptimizerStep, t: &StepViews<'_>, compute: Compute) -> Option<Formula> {
        let step = t.step;
        let number = |x: f64| Number(Scalar::Float(x), compute);
        let (function, ty, numbers) = match f {
            OptimizerStep::Sgd(f) => {
                let numbers = params! {
                    lr: number(f.lr), weight_decay: number(f.weight_decay),
                    momentum: number(f.momentum), fresh: number(1.0 - f.dampening),
                    maximize: f.maximize, nesterov: f.nesterov, first: step <= 1,
                };
                let function = match f.momentum != 0.0 {
                    true => "step_momentum",
                    false => "step_sgd",
                };
                (function, "SgdNumbers", numbers)
            }
            OptimizerStep::Asgd(f) => {
                let [eta, mu] = t.factors;
                let numbers = params! {
                    weight_decay: number(f.weight_decay), keep: number(1.0 - f.lambd * eta),
                    eta: number(eta), mu: number(mu),
                    maximize: f.maximize, averaging: mu != 1.0,
                };
                ("step_asgd", "AsgdNumbers", numbers)
            }
            OptimizerStep::Adam(f) => {
                let function = match f.amsgrad {
                    true => "step_amsgrad",
                    false => "step_adam",
                };
                let rate = f.lr / bias_correction(f.betas.0, step);
                let unbias = 1.0 / bias_correction(f.betas.1, step).sqrt();
                let decay = (f.weight_decay, f.decoupled);
                let flags = [f.maximize, true];
                let numbers = moments(
                    number,
                    (f.lr, f.betas, f.eps),
                    decay,
                    [rate, 0.0, unbias],
                    flags,
                );
                (function, "AdamNumbers", numbers)
            }
            OptimizerStep::Adamax(f) => {
                let rate = f.lr / bias_correction(f.betas.0, step);
                let decay = (f.weight_decay, false);
                let flags = [f.maximize, true];
                let numbers = moments(
                    number,
                    (f.lr, f.betas, f.eps),
                    decay,
                    [rate, 0.0, 1.0],
                    flags,
                );
                ("step_adamax", "AdamNumbers", numbers)
            }
            OptimizerStep::NAdam(f) => {
                let [of_gradient, of_average] = t.factors;
                let rates = [of_average, of_gradient, bias_correction(f.betas.1, step)];
                let decay = (f.weight_decay, f.decoupled);
                let flags = [f.maximize, true];
                let numbers = moments(number, (f.lr, f.betas, f.eps), decay, rates, flags);
                ("step_nadam", "AdamNumbers", numbers)
            }
            OptimizerStep::RAdam(f) => {
                let rate = f.lr / bias_correction(f.betas.0, step);
                let rectified = f.rectification(step);
                let rate = match rectified {
                    Some(r) => rate * r * bias_correction(f.betas.1, step).sqrt(),
                    None => rate,
                };
                let decay = (f.weight_decay, f.decoupled);
                let flags = [f.maximize, rectified.is_some()];
                let numbers = moments(
                    number,
                    (f.lr, f.betas, f.eps),
                    decay,
                    [rate, 0.0, 1.0],
                    flags,
                );
                ("step_radam", "AdamNumbers", numbers)
            }
            OptimizerStep::RmsProp(f) => {
                let with_momentum = f.momentum > 0.0;
                let numbers = params! {
                    lr: number(f.lr), weight_decay: number(f.weight_decay), eps: number(f.eps),
                    keep: number(f.alpha), rest: number(1.0 - f.alpha), momentum: number(f.momentum),
                    maximize: f.maximize, with_momentum, centered: f.centered,
                };
                let function = match (with_momentum, f.centered) {
                    (false, true) => "step_rmsprop_centered",
                    _ => "step_rmsprop",
                };
                (function, "SquareNumbers", numbers)
            }
            OptimizerStep::Adagrad(f) => {
                let numbers = params! {
                    lr: number(f.rate(step)), weight_decay: number(f.weight_decay), eps: number(f.eps),
                    keep: number(1.0), rest: number(1.0), momentum: number(0.0),
                    maximize: f.maximize, with_momentum: false, centered: false,
                };
                ("step_adagrad", "SquareNumbers", numbers)
            }
            OptimizerStep::Adadelta(f) => {
                let numbers = params! {
                    lr: number(f.lr), weight_decay: number(f.weight_decay), eps: number(f.eps),
                    keep: number(f.rho), rest: number(1.0 - f.rho), momentum: number(0.0),
                    maximize: f.maximize, with_momentum: false, centered: false,
                };
                ("step_adadelta", "SquareNumbers", numbers)
            }
            OptimizerStep::Rprop(f) => {
                let numbers = params! {
                    shrink: number(f.etas.0), grow: number(f.etas.1),
                    least: number(f.step_sizes.0), most: number(f.step_sizes.1), maximize: f.maximize,
                };
                ("step_rprop", "RpropNumbers", numbers)
            }
            OptimizerStep::Adafactor(_) | OptimizerStep::Muon(_) => return None,
        };
        Some(Formula {
            function,
            ty,
            numbers,
        })
    }

    fn run(self, gpu: &Gpu, name: &'static str, t: &StepViews<'_>, compute: Compute) -> Result<()> {
        let count = t.param.layout().numel();
        if count == 0 {
            return Ok(());
        }
        let shared = [t.param]
            .iter()
            .chain(t.states)
            .any(|v| v.storage().same(t.grad.storage()));
        let suits = !shared && t.grad.layout().is_contiguous();
        let grad = Input::contiguous_unless(suits, gpu, &t.grad)?;
        let tensors = [grad.view()?, t.param]
            .iter()
            .chain(t.states)
            .map(|v| gpu.bind(v))
            .collect::<Result<SmallVec<[Bound<'_>; 5]>>>()?;
        let start = |k: usize| tensors.get(k).map_or(0, |t| t.offset as usize);
        let mut dispatch = Dispatch::new(gpu, name, &kernels::OPTIMIZER, compute)
            .swap("step_amsgrad", self.function)
            .swap("AdamNumbers", self.ty)
            .constant("STATES", t.states.len() as u32)
            .constant("WIDTH", WIDTH);
        for (k, name) in ["grad", "param", "s0", "s1", "s2"].into_iter().enumerate() {
            dispatch = dispatch.optional(name, tensors.get(k), ("param", &tensors[1]))?;
        }
        dispatch.run(
            params! { numbers: self.numbers, start: [1, 2, 3, 4].map(start), count, grad: start(0) },
            Grid::threads(count, WIDTH),
        )
    }
}

/// The numbers of Adam and its relatives; `rates` are the steps along average and gradient, and the correction of the second moment.
fn moments(
    number: impl Fn(f64) -> Number,
    (lr, betas, eps): (f64, (f64, f64), f64),
    (weight_decay, decoupled): (f64, bool),
    rates: [f64; 3],
    [maximize, adaptive]: [bool; 2],
) -> Params {
    let [rate, of_gradient, unbias] = rates.map(&number);
    params! {
        weight_decay: number(if decoupled { 0.0 } else { weight_decay }), keep: number(1.0 - lr * weight_decay),
        toward: number(1.0 - betas.0), beta2: number(betas.1), square: number(1.0 - betas.1), eps: number(eps),
        rate, of_gradient, unbias, maximize, decoupled: decoupled && weight_decay != 0.0, adaptive,
    }
}
