//! Optimizers of float16 and bfloat16 parameters: their states are float32, and each step is that of float64 rounded once.

use super::{HALVES, halves, numbers};
use rushlight::optim::*;
use rushlight::{DType, Device, Result, Tensor, prelude::*};
use rushlight_tests::devices;

type Make = fn(Parameter) -> Result<Box<dyn Optimizer>>;

/// Rows of `name: optimizer, options`.
macro_rules! makes {
    ($($name:literal: $optimizer:ident, $options:expr;)*) => {
        &[$(($name, |p| Ok(Box::new($optimizer::new([p], $options)?)))),*]
    };
}

/// Every optimizer with its options off and on. The momentum of Muon is an average that its step reads in bfloat16: it has a test of its own.
const MAKES: &[(&str, Make)] = makes! {
    "SGD": SGD, 0.1;
    "SGD, momentum": SGD, SGDOptions::new(0.1).momentum(0.9).weight_decay(0.01);
    "SGD, Nesterov": SGD, SGDOptions::new(0.1).momentum(0.9).nesterov(true).maximize(true);
    "ASGD": ASGD, ASGDOptions::new(0.1).lambd(0.01).t0(1.0);
    "Adam": Adam, 0.1;
    "Adam, amsgrad": Adam, AdamOptions::new(0.1).amsgrad(true).weight_decay(0.01);
    "AdamW": AdamW, AdamWOptions::new(0.1).maximize(true);
    "Adamax": Adamax, 0.1;
    "NAdam": NAdam, 0.1;
    "RAdam": RAdam, RAdamOptions::new(0.1).betas((0.9, 0.9));
    "RMSprop": RMSprop, 0.1;
    "RMSprop, centered": RMSprop, RMSpropOptions::new(0.1).centered(true).momentum(0.5);
    "Adagrad": Adagrad, AdagradOptions::new(0.1).lr_decay(0.1);
    "Adadelta": Adadelta, AdadeltaOptions::new(10.0).weight_decay(0.01);
    "Rprop": Rprop, 0.1;
    "Adafactor": Adafactor, AdafactorOptions::new(0.1).eps((Some(1e-3), 1e-3));
};

/// Squares of the first are 0 in float16, those of the second infinite.
const GRADIENTS: [f32; 6] = [1e-4, 300.0, -0.02, 6e4, 0.0, 1.0];
const PARAMETERS: [f32; 6] = [1.0, -0.5, 0.01, 3e-3, 0.25, -2.0];

/// The distance of `x` from the next number in a half.
pub(super) fn unit(x: f64, half: DType) -> f64 {
    let least = if half == DType::F16 { -14 } else { -126 };
    let exponent = x.abs().log2().floor().max(f64::from(least));
    half.epsilon() * exponent.exp2()
}

fn parameter(values: &[f32], dtype: DType, device: &Device) -> Result<Parameter> {
    let t = Tensor::from_slice(values, values.len())?.to((dtype, device))?;
    Parameter::new(t.reshape([2, 3])?)
}

/// The gradients of a step, in a half and as they are there in float64.
fn gradients(step: usize, half: DType, device: &Device) -> Result<[Tensor; 2]> {
    let factor = [1.0, -0.5, 0.25, 0.75][step % 4];
    let values: Vec<f32> = GRADIENTS.iter().map(|g| g * factor).collect();
    let g = halves(&values, half, device)?.reshape([2, 3])?;
    let wide = g.to(&Device::CPU)?.to(DType::F64)?;
    Ok([g, wide])
}

#[test]
fn every_step_is_rounded_once() -> Result<()> {
    let mut wrong = Vec::new();
    for device in devices() {
        for half in HALVES {
            for (name, make) in MAKES {
                let p = parameter(&PARAMETERS, half, &device)?;
                let reference = parameter(&PARAMETERS, DType::F64, &Device::CPU)?;
                let (mut optimizer, mut wide) = (make(p.clone())?, make(reference.clone())?);
                for step in 0..6 {
                    let [g, h] = gradients(step, half, &device)?;
                    p.set_grad(Some(g))?;
                    reference.set_grad(Some(h))?;
                    // Both start from the same numbers.
                    no_grad(|| reference.copy_(&p.to(&Device::CPU)?.to(DType::F64)?))?;
                    optimizer.step()?;
                    wide.step()?;
                    let flat = |p: &Parameter| numbers(&p.detach().reshape(-1)?);
                    for (got, want) in flat(&p)?.into_iter().zip(flat(&reference)?) {
                        let off = (got - want).abs() / unit(want, half);
                        if off.is_nan() || off > 0.51 {
                            wrong.push(format!(
                                "{name}, {half} on {device}, step {step}: {got}, expected {want}"
                            ));
                        }
                    }
                }
                for state in optimizer.state_dict()?.state.values() {
                    for (what, tensor) in state.iter().filter(|(_, t)| t.ndim() > 0) {
                        assert_eq!(tensor.dtype(), DType::F32, "{name}: {what}");
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// The next step after saving is the one without, bit for bit; states saved in a half go on in float32.
#[test]
fn states_come_back_and_those_in_halves_are_widened() -> Result<()> {
    for device in devices() {
        for half in HALVES {
            for (name, make) in MAKES {
                let p = parameter(&PARAMETERS, half, &device)?;
                let mut optimizer = make(p.clone())?;
                let step = |optimizer: &mut dyn Optimizer, p: &Parameter, i| {
                    p.set_grad(Some(gradients(i, half, &device)?[0].clone()))?;
                    optimizer.step()
                };
                step(&mut *optimizer, &p, 0)?;
                let saved = optimizer.state_dict()?;
                let copy = Parameter::new(p.detach().copy()?)?;
                let mut again = make(copy.clone())?;
                again.load_state_dict(&saved)?;
                let mut narrow = optimizer.state_dict()?;
                for state in narrow.state.values_mut() {
                    for tensor in state.values_mut().filter(|t| t.ndim() > 0) {
                        *tensor = tensor.to(half)?;
                    }
                }
                step(&mut *optimizer, &p, 1)?;
                step(&mut *again, &copy, 1)?;
                let bits = |p: &Parameter| numbers(&p.detach().reshape(-1)?);
                assert_eq!(bits(&p)?, bits(&copy)?, "{name}, {half} on {device}");

                again.load_state_dict(&narrow)?;
                step(&mut *again, &copy, 2)?;
                for state in again.state_dict()?.state.values() {
                    for (what, tensor) in state.iter().filter(|(_, t)| t.ndim() > 0) {
                        assert_eq!(tensor.dtype(), DType::F32, "{name}: {what}");
                    }
                }
            }
        }
    }
    Ok(())
}

/// A second group gets states of its own dtype, and gradients are cleared in both.
#[test]
fn groups_of_different_dtypes() -> Result<()> {
    for device in devices() {
        let dtypes = [DType::F16, DType::F32, DType::BF16];
        let params = dtypes.map(|dtype| parameter(&[1.0; 6], dtype, &device));
        let [a, b, c] = params;
        let (a, b, c) = (a?, b?, c?);
        let mut adam = Adam::new([a.clone(), b.clone()], 0.1)?;
        adam.add_param_group([c.clone()], adam.defaults().lr(0.5))?;
        for p in [&a, &b, &c] {
            p.set_grad(Some(p.full_like(1e-4)?.detach()))?;
        }
        adam.step()?;
        for (p, want) in [(&a, 0.9), (&b, 0.9), (&c, 0.5)] {
            let got = numbers(&p.detach().reshape(-1)?)?;
            assert!((got[0] - want).abs() < 1e-3, "{got:?}, expected {want}");
        }
        adam.zero_grad();
        assert!([&a, &b, &c].iter().all(|p| p.grad().is_none()));
    }
    Ok(())
}

/// Five percent of a gradient of 1e-4 keep the digits that the direction depends on.
#[test]
fn muon_keeps_its_momentum_in_float32() -> Result<()> {
    for device in devices() {
        let p = parameter(&[1.0, -1.0, 0.5, 0.25, 2.0, 1.0], DType::F16, &device)?;
        let mut muon = Muon::new([p.clone()], 0.1)?;
        let g = halves(&[1e-5, 3e-5, -2e-5, 5e-5, 1e-5, -1e-5], DType::F16, &device)?;
        p.set_grad(Some(g.reshape([2, 3])?))?;
        muon.step()?;
        let buffer = &muon.state_dict()?.state[&0]["momentum_buffer"];
        assert_eq!(buffer.dtype(), DType::F32);
        for (got, g) in numbers(&buffer.reshape(-1)?)?.into_iter().zip(numbers(&g)?) {
            assert!((got / (0.05 * g) - 1.0).abs() < 1e-6, "{got} of {g}");
        }
    }
    Ok(())
}
