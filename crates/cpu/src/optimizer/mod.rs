//! Optimizer steps: one pass over parameter, gradient and states, instead of a dozen elementwise operations.
//!
//! The formulas are those of PyTorch's per-tensor loops, including their rounding: values that depend on the step alone are computed in `f64`.
//! Only contiguous parameters and states of `f32` or `f64` are handled here; a group with any other tensor is composed of tensor operations.

mod each;
mod formulas;

use crate::element::{WideFloat, with_element};
use crate::lock::{Sharing, locked_views};
use crate::operand::Operand;
use each::Tensors;
use formulas::{AdamStep, Formula};
use rushlight_backend::plan::{Planned, StepPlan};
use rushlight_backend::{DType, Done, OptimizerStep, Output, Result, StepViews};
use smallvec::SmallVec;

pub(crate) fn step(call: Planned<'_, StepPlan<'_>>) -> Result<Done> {
    let StepPlan { f, group } = *call.plan();
    // Work on whole matrices, not on elements.
    if matches!(f, OptimizerStep::Adafactor(_) | OptimizerStep::Muon(_)) {
        return Ok(Done::Compose);
    }
    let ours = |t: &StepViews<'_>| {
        matches!(t.param.dtype(), DType::F32 | DType::F64)
            && t.param.layout().is_contiguous()
            && t.states.iter().all(|s| s.layout().is_contiguous())
    };
    if !group.iter().all(ours) {
        return Ok(Done::Compose);
    }
    for tensor in group {
        let mut written: SmallVec<[Output<'_>; 4]> = [tensor.param]
            .into_iter()
            .chain(tensor.states.iter().copied())
            .map(Output::from)
            .collect();
        locked_views(
            Sharing::Never,
            &[tensor.grad],
            written.iter_mut(),
            |grad, written| {
                with_element!(tensor.param.dtype(), [F32 F64], T => update::<T>(f, tensor, &grad[0], written), else ());
                Ok(())
            },
        )?;
    }
    Ok(Done::Yes)
}

fn update<T: WideFloat>(
    f: &OptimizerStep,
    tensor: &StepViews<'_>,
    grad: &Operand<'_>,
    written: &[Operand<'_>],
) {
    if grad.is_contiguous() {
        return apply::<T>(f, tensor, grad.pointer(), written);
    }
    let mut packed = each::packed::<T>(grad);
    apply::<T>(f, tensor, packed.as_mut_ptr(), written);
}

fn apply<T: WideFloat>(
    f: &OptimizerStep,
    tensor: &StepViews<'_>,
    grad: *mut T,
    written: &[Operand<'_>],
) {
    use OptimizerStep::*;
    let (step, factors) = (tensor.step, tensor.factors);
    match f {
        Sgd(f) if f.momentum == 0.0 => run(grad, written, formulas::sgd(f)),
        Sgd(f) => run(grad, written, formulas::momentum(f, step)),
        Asgd(f) => run(grad, written, formulas::asgd(f, factors)),
        Adam(f) if f.amsgrad => run(grad, written, formulas::amsgrad(AdamStep::new(f, step))),
        Adam(f) => run(grad, written, formulas::adam(AdamStep::new(f, step))),
        Adamax(f) => run(grad, written, formulas::adamax(f, step)),
        NAdam(f) => run(grad, written, formulas::nadam(f, step, factors)),
        RAdam(f) => run(grad, written, formulas::radam(f, step)),
        RmsProp(f) => match (f.momentum > 0.0) as usize + f.centered as usize {
            0 => run(grad, written, formulas::rmsprop::<T, 1>(f)),
            1 => run(grad, written, formulas::rmsprop::<T, 2>(f)),
            _ => run(grad, written, formulas::rmsprop::<T, 3>(f)),
        },
        Adagrad(f) => run(grad, written, formulas::adagrad(f, step)),
        Adadelta(f) => run(grad, written, formulas::adadelta(f)),
        Rprop(f) => run(grad, written, formulas::rprop(f)),
        Adafactor(_) | Muon(_) => unreachable!("composed"),
    }
}

fn run<T: WideFloat, const N: usize>(
    grad: *mut T,
    written: &[Operand<'_>],
    formula: impl Formula<T, N>,
) {
    Tensors::<T, N>::new(grad, written).each(formula);
}
