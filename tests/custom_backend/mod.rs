//! The waist is open: a backend that the workspace does not know runs the chapter's training, fused operations composed from primitives.

pub mod backend;

use crate::on_own_generator;
use backend::Other;
use rushlight::Result;
use rushlight::nn::{BCEWithLogitsLoss, Linear, Loss};
use rushlight::optim::{
    Adagrad, AdagradOptions, Adam, AdamOptions, AdamW, AdamWOptions, RMSprop, RMSpropOptions, SGD,
    SGDOptions,
};
use rushlight::prelude::*;
use std::sync::Arc;

#[derive(Module)]
struct IncomePredictor {
    fc1: Linear,
    fc2: Linear,
    state: ModuleState,
}

impl IncomePredictor {
    fn new() -> Result<Self> {
        Ok(IncomePredictor {
            fc1: Linear::new(8, 16)?,
            fc2: Linear::new(16, 1)?,
            state: ModuleState::default(),
        })
    }
}

impl Forward for IncomePredictor {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.fc2.call(&self.fc1.call(x)?.relu()?)
    }
}

/// Losses of ten steps on `device`.
fn train(device: &Device) -> Result<Vec<f32>> {
    manual_seed(110);
    let x = Tensor::randn([32, 8], ())?.to(device)?;
    let y = Tensor::rand([32], ())?.round()?.to(device)?;
    let model = IncomePredictor::new()?.to(device)?;
    let criterion = BCEWithLogitsLoss::new();
    let mut optimizer = Adam::new(
        model.parameters(),
        AdamOptions {
            lr: 0.01,
            ..Default::default()
        },
    )?;
    let mut losses = Vec::new();
    for _ in 0..10 {
        optimizer.zero_grad();
        let loss = criterion.call(&model.call(&x)?.squeeze_dim(1)?, &y)?;
        loss.backward()?;
        optimizer.step()?;
        losses.push(loss.item()?);
    }
    Ok(losses)
}

#[test]
fn a_training_step_runs_on_a_backend_from_outside() -> Result<()> {
    on_own_generator(|| {
        let other = Arc::new(Other::default());
        let theirs = train(&Device::custom(other.clone()))?;
        assert!(
            other.kernels() > 100,
            "{} kernels ran on the other backend",
            other.kernels()
        );
        let ours = train(&Device::CPU)?;
        assert!(ours[9] < ours[0], "{ours:?}");
        for (a, b) in ours.iter().zip(&theirs) {
            assert!(
                (a - b).abs() <= 1e-6 + 1e-5 * b.abs(),
                "{ours:?}\n{theirs:?}"
            );
        }
        Ok(())
    })
}

#[test]
fn composed_operations_agree_with_the_cpus_kernels() -> Result<()> {
    on_own_generator(|| {
        let other = Device::custom(Arc::new(Other::default()));
        manual_seed(7);
        let x = Tensor::randn([4, 3, 6, 6], ())?;
        let w = Tensor::randn([6], ())?;
        type Form<'a> = (&'a str, &'a dyn Fn(&Tensor, &Tensor) -> Result<Tensor>);
        let forms: [Form<'_>; 8] = [
            ("softmax", &|x, _| x.softmax(1)),
            ("log_softmax", &|x, _| x.log_softmax(-1)),
            ("layer_norm", &|x, w| {
                x.layer_norm(6, Some(w), Some(w), 1e-5)
            }),
            ("linear", &|x, w| {
                x.linear(&w.expand([5, 6])?.contiguous()?, None)
            }),
            ("conv", &|x, w| x.conv(&w.reshape([2, 3, 1, 1])?, None, ())),
            ("max_pool", &|x, _| Ok(x.max_pool([2, 2], ())?.0)),
            ("cumsum", &|x, _| x.cumsum(2)),
            ("sort", &|x, _| Ok(x.sort(0, true)?.0)),
        ];
        for (name, f) in forms {
            let run = |device: &Device| -> Result<(Tensor, Tensor)> {
                let x = x.to(device)?.detach().requires_grad_(true)?;
                let y = f(&x, &w.to(device)?)?;
                y.square()?.sum()?.backward()?;
                let grad = x.grad().expect("a gradient");
                Ok((y.detach().cpu()?, grad.cpu()?))
            };
            let ((y, g), (z, h)) = (run(&Device::CPU)?, run(&other)?);
            assert!(y.allclose(&z, 1e-5, 1e-6)?, "{name}: {y}\n{z}");
            assert!(g.allclose(&h, 1e-4, 1e-5)?, "{name}, gradient: {g}\n{h}");
        }
        Ok(())
    })
}

#[test]
fn composed_optimizer_steps_agree_with_the_cpus_kernels() -> Result<()> {
    on_own_generator(|| {
        type Make = dyn Fn(Parameter) -> Result<Box<dyn Optimizer>>;
        let makes: [(&str, &Make); 9] = [
            ("SGD", &|p| {
                Ok(Box::new(SGD::new(
                    [p],
                    SGDOptions::new(0.1).weight_decay(0.1).maximize(true),
                )?))
            }),
            ("SGD, momentum", &|p| {
                Ok(Box::new(SGD::new(
                    [p],
                    SGDOptions::new(0.1).momentum(0.9).dampening(0.5),
                )?))
            }),
            ("SGD, Nesterov", &|p| {
                Ok(Box::new(SGD::new(
                    [p],
                    SGDOptions::new(0.1).momentum(0.9).nesterov(true),
                )?))
            }),
            ("Adam", &|p| {
                Ok(Box::new(Adam::new(
                    [p],
                    AdamOptions::new(0.1).weight_decay(0.1),
                )?))
            }),
            ("Adam, amsgrad", &|p| {
                Ok(Box::new(Adam::new(
                    [p],
                    AdamOptions::new(0.1).amsgrad(true).betas((0.5, 0.6)),
                )?))
            }),
            ("AdamW", &|p| {
                Ok(Box::new(AdamW::new(
                    [p],
                    AdamWOptions::new(0.1).maximize(true),
                )?))
            }),
            ("RMSprop", &|p| {
                Ok(Box::new(RMSprop::new(
                    [p],
                    RMSpropOptions::new(0.1).momentum(0.5),
                )?))
            }),
            ("RMSprop, centred", &|p| {
                Ok(Box::new(RMSprop::new(
                    [p],
                    RMSpropOptions::new(0.1).centered(true).momentum(0.5),
                )?))
            }),
            ("Adagrad", &|p| {
                Ok(Box::new(Adagrad::new(
                    [p],
                    AdagradOptions::new(0.1).lr_decay(0.1).weight_decay(0.1),
                )?))
            }),
        ];
        let other = Device::custom(Arc::new(Other::default()));
        for (name, make) in makes {
            let run = |device: &Device| -> Result<Tensor> {
                manual_seed(3);
                let p = Parameter::new(Tensor::randn([5, 7], ())?.to(device)?)?;
                let mut optimizer = make(p.clone())?;
                for _ in 0..5 {
                    p.set_grad(Some(Tensor::randn([5, 7], ())?.to(device)?))?;
                    optimizer.step()?;
                }
                p.detach().cpu()
            };
            let (kernel, composed) = (run(&Device::CPU)?, run(&other)?);
            assert!(
                kernel.allclose(&composed, 1e-5, 1e-6)?,
                "{name}: {kernel}\n{composed}"
            );
        }
        Ok(())
    })
}
