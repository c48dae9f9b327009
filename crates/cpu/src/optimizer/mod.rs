//! Optimizer steps: one pass over parameter, gradient and states, instead of a dozen elementwise operations.
//!
//! The formulas are those of PyTorch's per-tensor loops, and so are the roundings: what depends on the step alone is computed in `f64`.
//! Only dense parameters and states of `f32` or `f64` are done here; a group that holds anything else is left to be composed.

mod each;
mod formulas;

use crate::element::Real;
use crate::lock::locked;
use crate::operand::Operand;
use each::Tensors;
use formulas::{Adam, Momentum};
use rushlight_backend::{DType, Done, Error, OptimizerStep, Result, StepViews, View};
use smallvec::SmallVec;

pub(crate) fn step(f: &OptimizerStep, group: &[StepViews<'_>]) -> Result<Done> {
    let wanted = states(f);
    for tensor in group {
        if tensor.states.len() != wanted {
            return Err(Error::value(format!(
                "{}: expected {wanted} states for each parameter, got {}",
                f.name(),
                tensor.states.len()
            )));
        }
        let dtype = tensor.param.dtype;
        let fits =
            |v: &View<'_>| v.dtype == dtype && *v.layout.shape() == *tensor.param.layout.shape();
        if !fits(&tensor.grad) || !tensor.states.iter().all(fits) {
            return Err(Error::shape(format!(
                "{}: gradient and states must have the parameter's shape {:?} and dtype {dtype}; the gradient is {} {:?}",
                f.name(),
                tensor.param.layout.shape(),
                tensor.grad.dtype,
                tensor.grad.layout.shape()
            )));
        }
    }
    let ours = |t: &StepViews<'_>| {
        matches!(t.param.dtype, DType::F32 | DType::F64)
            && t.param.layout.is_contiguous()
            && t.states.iter().all(|s| s.layout.is_contiguous())
    };
    if !group.iter().all(ours) {
        return Ok(Done::Compose);
    }
    for tensor in group {
        let written: SmallVec<[View<'_>; 4]> = [tensor.param]
            .into_iter()
            .chain(tensor.states.iter().copied())
            .collect();
        locked(&[tensor.grad], &written, |grad, written| {
            match tensor.param.dtype {
                DType::F64 => update::<f64>(f, tensor.step, &grad[0], written),
                _ => update::<f32>(f, tensor.step, &grad[0], written),
            }
            Ok(())
        })?;
    }
    Ok(Done::Yes)
}

/// How many states each parameter has.
fn states(f: &OptimizerStep) -> usize {
    match *f {
        OptimizerStep::Sgd { momentum, .. } => (momentum != 0.0) as usize,
        OptimizerStep::Adam { amsgrad, .. } => 2 + amsgrad as usize,
        OptimizerStep::RmsProp {
            momentum, centered, ..
        } => 1 + (momentum > 0.0) as usize + centered as usize,
        OptimizerStep::Adagrad { .. } => 1,
    }
}

fn update<T: Real>(f: &OptimizerStep, step: u64, grad: &Operand<'_>, written: &[Operand<'_>]) {
    if grad.is_contiguous() {
        return apply::<T>(f, step, grad.pointer(), written);
    }
    let mut packed = each::packed::<T>(grad);
    apply::<T>(f, step, packed.as_mut_ptr(), written);
}

fn apply<T: Real>(f: &OptimizerStep, step: u64, grad: *mut T, written: &[Operand<'_>]) {
    match *f {
        OptimizerStep::Sgd {
            lr,
            momentum,
            dampening,
            nesterov,
            weight_decay,
            maximize,
        } => {
            if momentum == 0.0 {
                let formula = formulas::sgd(lr, weight_decay, maximize);
                return Tensors::<T, 0>::new(grad, written).each(formula);
            }
            let momentum = Momentum {
                momentum,
                dampening,
                nesterov,
                first: step <= 1,
            };
            let formula = formulas::momentum(lr, weight_decay, maximize, momentum);
            Tensors::<T, 1>::new(grad, written).each(formula);
        }
        OptimizerStep::Adam {
            lr,
            betas,
            eps,
            weight_decay,
            decoupled,
            amsgrad,
            maximize,
        } => {
            let adam = Adam::new(lr, betas, eps, (weight_decay, decoupled), maximize, step);
            if amsgrad {
                Tensors::<T, 3>::new(grad, written).each(formulas::amsgrad(adam));
            } else {
                Tensors::<T, 2>::new(grad, written).each(formulas::adam(adam));
            }
        }
        OptimizerStep::RmsProp {
            lr,
            alpha,
            eps,
            weight_decay,
            momentum,
            centered,
            maximize,
        } => {
            macro_rules! with_states {
                ($n:literal) => {
                    Tensors::<T, $n>::new(grad, written).each(formulas::rmsprop(
                        lr,
                        alpha,
                        eps,
                        weight_decay,
                        momentum,
                        centered,
                        maximize,
                    ))
                };
            }
            match (momentum > 0.0) as usize + centered as usize {
                0 => with_states!(1),
                1 => with_states!(2),
                _ => with_states!(3),
            }
        }
        OptimizerStep::Adagrad {
            lr,
            lr_decay,
            weight_decay,
            eps,
            maximize,
        } => {
            let rate = lr / (1.0 + (step as f64 - 1.0) * lr_decay);
            let formula = formulas::adagrad(rate, weight_decay, eps, maximize);
            Tensors::<T, 1>::new(grad, written).each(formula);
        }
    }
}
