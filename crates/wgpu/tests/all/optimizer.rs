//! Optimizer steps.

use crate::support::sample::{Sample, layouts, mixed, near};
use crate::support::{gpu, open};
use rushlight_backend::update::{
    Adadelta, Adagrad, Adam, Adamax, Asgd, NAdam, RAdam, RmsProp, Rprop, Sgd,
};
use rushlight_backend::{
    Backend, DType, Dims, Done, Layout, OptimizerStep, Scalar, StepViews, View, plan,
};
use rushlight_wgpu::Options;

/// Every elementwise optimizer, with its options off and on.
fn all() -> Vec<OptimizerStep> {
    let mut steps = Vec::new();
    for on in [false, true] {
        let (weight_decay, maximize) = (if on { 0.1 } else { 0.0 }, on);
        let (lr, betas, eps) = (0.01, (0.9, 0.99), 1e-3);
        for momentum in [0.0, 0.9] {
            let (dampening, nesterov) = if on {
                (0.0, momentum > 0.0)
            } else {
                (0.5, false)
            };
            steps.push(OptimizerStep::Sgd(Sgd {
                lr,
                momentum,
                dampening,
                nesterov,
                weight_decay,
                maximize,
            }));
            for centered in [false, true] {
                steps.push(OptimizerStep::RmsProp(RmsProp {
                    lr,
                    alpha: 0.9,
                    eps,
                    weight_decay,
                    momentum,
                    centered,
                    maximize,
                }));
            }
        }
        for decoupled in [false, true] {
            steps.push(OptimizerStep::Adam(Adam {
                lr,
                betas,
                eps,
                weight_decay,
                decoupled,
                amsgrad: on,
                maximize,
            }));
            steps.push(OptimizerStep::NAdam(NAdam {
                lr,
                betas,
                eps,
                weight_decay,
                decoupled,
                maximize,
            }));
            steps.push(OptimizerStep::RAdam(RAdam {
                lr,
                betas,
                eps,
                weight_decay,
                decoupled,
                maximize,
            }));
        }
        steps.push(OptimizerStep::Adamax(Adamax {
            lr,
            betas,
            eps,
            weight_decay,
            maximize,
        }));
        steps.push(OptimizerStep::Adagrad(Adagrad {
            lr,
            lr_decay: 0.1,
            weight_decay,
            eps,
            maximize,
        }));
        steps.push(OptimizerStep::Adadelta(Adadelta {
            lr,
            rho: 0.9,
            eps,
            weight_decay,
            maximize,
        }));
        steps.push(OptimizerStep::Asgd(Asgd {
            lambd: 0.1,
            weight_decay,
            maximize,
        }));
        steps.push(OptimizerStep::Rprop(Rprop {
            etas: (0.5, 1.2),
            step_sizes: (1e-6, 50.0),
            maximize,
        }));
    }
    steps
}

fn step(
    f: &OptimizerStep,
    number: u64,
    b: &dyn Backend,
    i: &[View<'_>],
    o: &[View<'_>],
) -> rushlight_backend::Result<()> {
    let views = StepViews {
        param: o[0],
        grad: i[0],
        states: &o[1..],
        step: number,
        factors: [0.02, 0.03],
    };
    assert_eq!(
        b.optimizer_step(plan::optimizer_step(f, &[views])?)?,
        Done::Yes,
        "{f:?}"
    );
    Ok(())
}

/// From 0 to 1.
fn positive(layout: Layout, dtype: DType, seed: usize) -> Sample {
    Sample::new(layout, dtype, |i| (mixed(i, seed) % 1000) as f64 / 999.0)
}

#[test]
fn steps_are_those_of_the_cpu() {
    let Some(gpu) = gpu() else { return };
    // Without float64 there is nothing to hold.
    let probe = (gpu.alloc(8).unwrap(), Layout::contiguous(Dims::from([1])));
    let probe = View::new(&probe.0, &probe.1, DType::F64).unwrap();
    let has_f64 = plan::fill(Scalar::Int(0), probe.into())
        .and_then(|call| gpu.fill(call))
        .is_ok();
    for f in all() {
        for (dtype, tolerance) in [(DType::F32, 1e-6), (DType::F64, 1e-14)] {
            if dtype == DType::F64 && !has_f64 {
                continue;
            }
            // The first and a later step of one optimizer have one pipeline.
            for number in [1, 40] {
                let layout = Layout::contiguous(Dims::from([3, 100]));
                let states = f.states(Dims::from([3, 100])).len();
                let grad = Sample::noise(layouts(&[3, 100])[number as usize % 3], dtype, 1);
                let written: Vec<Sample> = (0..=states)
                    .map(|k| positive(layout, dtype, 2 + k))
                    .collect();
                let written: Vec<&Sample> = written.iter().collect();
                near(
                    &gpu,
                    &format!("{f:?}, step {number}"),
                    tolerance,
                    &[&grad],
                    &written,
                    |b, i, o| step(&f, number, b, i, o),
                );
            }
        }
    }
}

#[test]
fn learning_rates_and_steps_need_no_new_pipeline() {
    let Some(gpu) = gpu() else { return };
    let layout = Layout::contiguous(Dims::from([5]));
    let memory: Vec<_> = (0..4).map(|_| gpu.upload(&[0; 20]).unwrap()).collect();
    let view = |k: usize| View::new(&memory[k], &layout, DType::F32).unwrap();
    let mut made = 0;
    for number in 1..20 {
        let f = OptimizerStep::Adam(Adam {
            lr: 0.1 / number as f64,
            betas: (0.9, 0.999),
            eps: 1e-8,
            weight_decay: 0.01 * number as f64,
            decoupled: true,
            amsgrad: false,
            maximize: false,
        });
        step(&f, number, &gpu, &[view(0)], &[view(1), view(2), view(3)]).unwrap();
        if number == 1 {
            made = gpu.counts().pipelines;
        }
    }
    assert_eq!(gpu.counts().pipelines, made);
    assert_eq!(gpu.counts().read_backs, 0);
}

#[test]
fn nothing_is_written_beside_parameters_and_states() {
    let guarded = Options {
        guards: true,
        ..Options::default()
    };
    let Some(gpu) = open(&guarded) else { return };
    let layout = Layout::contiguous(Dims::from([77]));
    for f in all().iter().take(12) {
        let grad = Sample::noise(layout, DType::F32, 1);
        let written: Vec<Sample> = (0..=f.states(Dims::from([77])).len())
            .map(|k| positive(layout, DType::F32, 2 + k))
            .collect();
        let written: Vec<&Sample> = written.iter().collect();
        near(
            &gpu,
            &format!("{f:?}"),
            1e-6,
            &[&grad],
            &written,
            |b, i, o| step(f, 3, b, i, o),
        );
    }
    gpu.check_guards().unwrap();
}
