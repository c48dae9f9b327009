//! Optimizer steps: one dispatch a parameter, over parameter, gradient and states at once (`optimizer_0.wgsl` to `optimizer_3.wgsl`, by the number of
//! states). Nothing is read back, and nothing that changes from step to step is in a shader's text: learning rates and corrections
//! come as numbers, computed in `f64` here.
//!
//! Dense parameters and states of `f32` and `f64` are done here; a group that holds anything else is left to be composed, as are optimizers that
//! work on whole matrices.

use super::map::dense_copy;
use super::params::Params;
use crate::engine::{Bound, Grid, Launch};
use crate::gpu::Gpu;
use rushlight_backend::update::RmsProp;
use rushlight_backend::{DType, Done, OptimizerStep, Result, Scalar, StepViews, View};
use rushlight_shaders::{Compute, Kernel, Variant, kernels};
use smallvec::SmallVec;

const WIDTH: u32 = 256;

/// See [`rushlight_backend::Backend::optimizer_step`].
pub(crate) fn step(gpu: &Gpu, f: &OptimizerStep, group: &[StepViews<'_>]) -> Result<Done> {
    if !group.iter().all(|t| is_ours(gpu, t)) {
        return Ok(Done::Compose);
    }
    for t in group {
        let Some(formula) = Formula::of(f, t) else {
            return Ok(Done::Compose);
        };
        formula.run(gpu, f.name(), t)?;
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

/// What a kernel computes: the number of states, the shader's function and the type of its numbers, and these.
struct Formula {
    function: &'static str,
    numbers: &'static str,
    reals: SmallVec<[f64; 10]>,
    flags: SmallVec<[bool; 4]>,
}

/// What is missing from an average that began at 0: `1 - βᵗ`.
fn bias(beta: f64, step: u64) -> f64 {
    1.0 - beta.powf(step as f64)
}

impl Formula {
    fn new(
        function: &'static str,
        numbers: &'static str,
        reals: &[f64],
        flags: &[bool],
    ) -> Option<Formula> {
        Some(Formula {
            function,
            numbers,
            reals: reals.into(),
            flags: flags.into(),
        })
    }

    /// The formula of one parameter's step; none for optimizers whose step is composed.
    fn of(f: &OptimizerStep, t: &StepViews<'_>) -> Option<Formula> {
        let step = t.step;
        match f {
            OptimizerStep::Sgd(f) => {
                let function = match f.momentum != 0.0 {
                    true => "step_momentum",
                    false => "step_sgd",
                };
                let reals = [f.lr, f.weight_decay, f.momentum, 1.0 - f.dampening];
                Formula::new(
                    function,
                    "SgdNumbers",
                    &reals,
                    &[f.maximize, f.nesterov, step <= 1],
                )
            }
            OptimizerStep::Asgd(f) => {
                let [eta, mu] = t.factors;
                let reals = [f.weight_decay, 1.0 - f.lambd * eta, eta, mu];
                Formula::new("step_asgd", "AsgdNumbers", &reals, &[f.maximize, mu != 1.0])
            }
            OptimizerStep::Adam(f) => {
                let function = match f.amsgrad {
                    true => "step_amsgrad",
                    false => "step_adam",
                };
                let decay = (f.weight_decay, f.decoupled);
                let rate = f.lr / bias(f.betas.0, step);
                let unbias = 1.0 / bias(f.betas.1, step).sqrt();
                let rates = [rate, 0.0, unbias];
                adam(
                    function,
                    (f.lr, f.betas, f.eps),
                    decay,
                    rates,
                    [f.maximize, true],
                )
            }
            OptimizerStep::Adamax(f) => {
                let rates = [f.lr / bias(f.betas.0, step), 0.0, 1.0];
                let decay = (f.weight_decay, false);
                adam(
                    "step_adamax",
                    (f.lr, f.betas, f.eps),
                    decay,
                    rates,
                    [f.maximize, true],
                )
            }
            OptimizerStep::NAdam(f) => {
                let [of_gradient, of_average] = t.factors;
                let rates = [of_average, of_gradient, bias(f.betas.1, step)];
                let decay = (f.weight_decay, f.decoupled);
                adam(
                    "step_nadam",
                    (f.lr, f.betas, f.eps),
                    decay,
                    rates,
                    [f.maximize, true],
                )
            }
            OptimizerStep::RAdam(f) => {
                let rate = f.lr / bias(f.betas.0, step);
                let rectified = f.rectification(step);
                let rate = match rectified {
                    Some(r) => rate * r * bias(f.betas.1, step).sqrt(),
                    None => rate,
                };
                let decay = (f.weight_decay, f.decoupled);
                let flags = [f.maximize, rectified.is_some()];
                adam(
                    "step_radam",
                    (f.lr, f.betas, f.eps),
                    decay,
                    [rate, 0.0, 1.0],
                    flags,
                )
            }
            OptimizerStep::RmsProp(f) => rmsprop(f),
            OptimizerStep::Adagrad(f) => {
                let reals = [f.rate(step), f.weight_decay, f.eps, 1.0, 1.0, 0.0];
                let flags = [f.maximize, false, false];
                Formula::new("step_adagrad", "SquareNumbers", &reals, &flags)
            }
            OptimizerStep::Adadelta(f) => {
                let reals = [f.lr, f.weight_decay, f.eps, f.rho, 1.0 - f.rho, 0.0];
                let flags = [f.maximize, false, false];
                Formula::new("step_adadelta", "SquareNumbers", &reals, &flags)
            }
            OptimizerStep::Rprop(f) => {
                let reals = [f.etas.0, f.etas.1, f.step_sizes.0, f.step_sizes.1];
                Formula::new("step_rprop", "RpropNumbers", &reals, &[f.maximize])
            }
            OptimizerStep::Adafactor(_) | OptimizerStep::Muon(_) => None,
        }
    }

    fn run(&self, gpu: &Gpu, name: &'static str, t: &StepViews<'_>) -> Result<()> {
        let count = t.param.layout().numel();
        if count == 0 {
            return Ok(());
        }
        let shared = [t.param]
            .iter()
            .chain(t.states)
            .any(|v| v.storage().same(t.grad.storage()));
        let copied = match shared || !t.grad.layout().is_contiguous() {
            true => Some(dense_copy(gpu, &t.grad)?),
            false => None,
        };
        let grad = match &copied {
            Some((storage, layout)) => View::new(storage, layout, t.grad.dtype())?,
            None => t.grad,
        };
        let compute = match t.param.dtype() {
            DType::F64 => Compute::F64,
            _ => Compute::F32,
        };
        let (kernel, own, sample): (&'static Kernel, _, _) = match t.states.len() {
            0 => (&kernels::OPTIMIZER_0, "step_sgd", "SgdNumbers"),
            1 => (&kernels::OPTIMIZER_1, "step_momentum", "SgdNumbers"),
            2 => (&kernels::OPTIMIZER_2, "step_adam", "AdamNumbers"),
            _ => (&kernels::OPTIMIZER_3, "step_amsgrad", "AdamNumbers"),
        };
        let mut variant = Variant::new(kernel, compute)
            .swap(own, self.function)
            .swap(sample, self.numbers)
            .constant("WIDTH", WIDTH);
        let stored = gpu.capabilities.stored(name, t.param.dtype())?;
        for tensor in &["grad", "param", "s0", "s1", "s2"][..2 + t.states.len()] {
            variant = variant.stored(tensor, stored);
        }
        let tensors = [grad, t.param]
            .iter()
            .chain(t.states)
            .map(|v| gpu.bind(v))
            .collect::<Result<SmallVec<[Bound<'_>; 5]>>>()?;
        let start = |k: usize| tensors.get(k).map_or(0, |t| t.offset as usize);
        let params = (1..5).fold(Params::new(), |p, k| p.word(start(k)));
        let params = params.word(count).word(start(0)).align(16);
        let params = self.reals.iter().fold(params, |p, &number| {
            p.number(Scalar::Float(number), compute)
        });
        let params = self
            .flags
            .iter()
            .fold(params, |p, &flag| p.word(usize::from(flag)));
        gpu.launch(&Launch {
            name,
            variant,
            tensors: &tensors,
            params: params.bytes(),
            fault: None,
            grid: Grid::threads(count, WIDTH),
        })
    }
}

/// A member of Adam's family; `rates` are the steps along average and gradient, and the correction of the second moment.
fn adam(
    function: &'static str,
    (lr, betas, eps): (f64, (f64, f64), f64),
    (weight_decay, decoupled): (f64, bool),
    rates: [f64; 3],
    [maximize, adaptive]: [bool; 2],
) -> Option<Formula> {
    let reals = [
        if decoupled { 0.0 } else { weight_decay },
        1.0 - lr * weight_decay,
        1.0 - betas.0,
        betas.1,
        1.0 - betas.1,
        eps,
        rates[0],
        rates[1],
        rates[2],
    ];
    let flags = [maximize, decoupled && weight_decay != 0.0, adaptive];
    Formula::new(function, "AdamNumbers", &reals, &flags)
}

fn rmsprop(f: &RmsProp) -> Option<Formula> {
    let with_momentum = f.momentum > 0.0;
    let function = match (with_momentum, f.centered) {
        (false, false) => "step_rmsprop",
        (true, false) => "step_rmsprop_momentum",
        (false, true) => "step_rmsprop_centered",
        (true, true) => "rmsprop",
    };
    let reals = [
        f.lr,
        f.weight_decay,
        f.eps,
        f.alpha,
        1.0 - f.alpha,
        f.momentum,
    ];
    let flags = [f.maximize, with_momentum, f.centered];
    Formula::new(function, "SquareNumbers", &reals, &flags)
}
