//! Steps, groups and clipping, against PyTorch's numbers.

use super::refused;
use super::steps::{self, check, fixture, grads, params, run};
use rushlight_autograd::Autograd;
use rushlight_nn::Parameter;
use rushlight_nn::optim::*;
use rushlight_tensor::{DType, Result, Tensor, tensor};

#[test]
fn sgd() -> Result<()> {
    check::<SGD>("sgd", |p| SGD::new(p, 0.1))?;
    check::<SGD>("sgd momentum", |p| {
        SGD::new(p, SGDOptions::new(0.1).momentum(0.9))
    })?;
    check::<SGD>("sgd dampening", |p| {
        SGD::new(
            p,
            SGDOptions {
                lr: 0.1,
                momentum: 0.9,
                dampening: 0.5,
                weight_decay: 0.2,
                ..Default::default()
            },
        )
    })?;
    check::<SGD>("sgd nesterov", |p| {
        SGD::new(
            p,
            SGDOptions::new(0.1)
                .momentum(0.9)
                .nesterov(true)
                .weight_decay(0.1),
        )
    })?;
    check::<SGD>("sgd maximize", |p| {
        SGD::new(p, SGDOptions::new(0.1).momentum(0.5).maximize(true))
    })
}

#[test]
fn adam() -> Result<()> {
    check::<Adam>("adam", |p| Adam::new(p, AdamOptions::default()))?;
    check::<Adam>("adam betas", |p| {
        Adam::new(p, AdamOptions::new(0.05).betas((0.8, 0.9)).eps(1e-3))
    })?;
    check::<Adam>("adam decay", |p| {
        Adam::new(p, AdamOptions::new(0.05).weight_decay(0.1))
    })?;
    check::<Adam>("adam amsgrad", |p| {
        Adam::new(p, AdamOptions::new(0.05).amsgrad(true).betas((0.5, 0.6)))
    })?;
    check::<Adam>("adam maximize", |p| {
        Adam::new(p, AdamOptions::new(0.05).maximize(true))
    })
}

#[test]
fn adamw() -> Result<()> {
    check::<AdamW>("adamw", |p| AdamW::new(p, AdamWOptions::default()))?;
    check::<AdamW>("adamw decay", |p| {
        AdamW::new(p, AdamWOptions::new(0.05).weight_decay(0.3))
    })?;
    check::<AdamW>("adamw amsgrad", |p| {
        AdamW::new(p, AdamWOptions::new(0.05).amsgrad(true).maximize(true))
    })
}

#[test]
fn rmsprop() -> Result<()> {
    let options = RMSpropOptions::new(0.02);
    check::<RMSprop>("rmsprop", |p| RMSprop::new(p, RMSpropOptions::default()))?;
    check::<RMSprop>("rmsprop decay", |p| {
        RMSprop::new(p, options.alpha(0.9).weight_decay(0.1))
    })?;
    check::<RMSprop>("rmsprop momentum", |p| {
        RMSprop::new(p, options.momentum(0.9))
    })?;
    check::<RMSprop>("rmsprop centered", |p| {
        RMSprop::new(p, options.centered(true).eps(1e-3))
    })?;
    check::<RMSprop>("rmsprop all", |p| {
        RMSprop::new(p, options.centered(true).momentum(0.5).maximize(true))
    })
}

#[test]
fn adagrad() -> Result<()> {
    let options = AdagradOptions::new(0.1);
    check::<Adagrad>("adagrad", |p| Adagrad::new(p, AdagradOptions::default()))?;
    check::<Adagrad>("adagrad decay", |p| {
        Adagrad::new(p, options.lr_decay(0.1).weight_decay(0.1))
    })?;
    check::<Adagrad>("adagrad initial", |p| {
        Adagrad::new(
            p,
            options
                .initial_accumulator_value(0.5)
                .eps(1e-3)
                .maximize(true),
        )
    })
}

#[test]
fn groups_have_options_of_their_own() -> Result<()> {
    check::<SGD>("groups", |p| {
        let mut optimizer = SGD::new([p[0].clone()], 0.1)?;
        optimizer.add_param_group([p[1].clone()], optimizer.defaults().lr(0.01).momentum(0.5))?;
        Ok(optimizer)
    })
}

#[test]
fn a_parameter_without_gradient_is_skipped_and_its_steps_do_not_count() -> Result<()> {
    for (name, adam) in [("skipped adam", true), ("skipped sgd", false)] {
        let params = params()?;
        let mut optimizer: Box<dyn Optimizer> = match adam {
            true => Box::new(Adam::new(params.clone(), 0.05)?),
            false => Box::new(SGD::new(
                params.clone(),
                SGDOptions::new(0.1).momentum(0.9),
            )?),
        };
        let skipped = |i, step| matches!((i, step), (1, 1) | (1, 2) | (0, 5));
        run(&mut *optimizer, &params, 1..13, skipped, |step, x| {
            steps::compare(name, step, x, &fixture(name)[step - 1])
        })?;
    }
    Ok(())
}

#[test]
fn zero_grad_leaves_no_gradient() -> Result<()> {
    let params = params()?;
    let optimizer = SGD::new(params.clone(), 0.1)?;
    params[0].set_grad(Some(params[0].zeros_like()?))?;
    optimizer.zero_grad();
    assert!(params.iter().all(|p| p.grad().is_none()));
    Ok(())
}

#[test]
fn a_closure_computes_the_loss_with_its_gradients() -> Result<()> {
    let x = Parameter::new(tensor!([3.0]))?;
    let mut optimizer = SGD::new([x.clone()], 0.25)?;
    let loss = optimizer.step_with(|| {
        let loss = x.square()?.sum()?;
        loss.backward()?;
        Ok(loss)
    })?;
    assert_eq!((loss.item::<f32>()?, x.item::<f32>()?), (9.0, 1.5));
    Ok(())
}

#[test]
fn momentum_switched_on_later_starts_from_the_gradient() -> Result<()> {
    let x = Parameter::new(tensor!([0.0]))?;
    let mut optimizer = SGD::new([x.clone()], 1.0)?;
    let step = |optimizer: &mut SGD| {
        x.set_grad(Some(tensor!([1.0])))?;
        optimizer.step()
    };
    step(&mut optimizer)?;
    let options = optimizer.defaults().momentum(0.5).dampening(0.5);
    optimizer.param_groups_mut()[0].set_options(options)?;
    step(&mut optimizer)?; // v = 1
    step(&mut optimizer)?; // v = 0.5 + 0.5
    assert_eq!(x.item::<f32>()?, -3.0);
    Ok(())
}

#[test]
fn half_precision_and_double_parameters_step() -> Result<()> {
    for dtype in [DType::F16, DType::BF16, DType::F64] {
        let x = Parameter::new(Tensor::ones([3], dtype)?)?;
        let mut optimizer = Adam::new([x.clone()], 0.5)?;
        x.set_grad(Some(x.detach().ones_like()?))?;
        optimizer.step()?;
        let gap = x
            .detach()
            .to(DType::F64)?
            .sub(0.5)?
            .abs()?
            .max()?
            .item::<f64>()?;
        assert!(gap < 1e-2 && x.dtype() == dtype, "{dtype}: {gap}");
    }
    Ok(())
}

#[test]
fn gradients_are_clipped_as_in_pytorch() -> Result<()> {
    let with_grads = || -> Result<Vec<Parameter>> {
        let params = params()?;
        for (p, g) in params.iter().zip(grads(1)?) {
            p.set_grad(Some(g))?;
        }
        Ok(params)
    };
    let grads_of = |params: &[Parameter]| -> Result<Vec<f32>> {
        params
            .iter()
            .filter_map(|p| p.grad())
            .try_fold(Vec::new(), |mut all, g| {
                all.extend(g.to_vec::<f32>()?);
                Ok(all)
            })
    };
    // torch.nn.utils.clip_grad_norm_(params, 1.0, norm_type): the norm before, and the first two gradients after.
    for (order, norm, first) in steps::CLIPPED {
        let params = with_grads()?;
        let total = clip_grad_norm_with(params.clone(), 1.0, order, true)?.item::<f32>()?;
        assert!((total - norm).abs() < 1e-5, "{order}: {total}");
        let clipped = grads_of(&params)?;
        assert!(
            (clipped[0] - first[0]).abs() < 1e-6 && (clipped[1] - first[1]).abs() < 1e-6,
            "{order}: {clipped:?}"
        );
    }
    let params = with_grads()?;
    let before = grads_of(&params)?;
    clip_grad_norm_(params.clone(), 100.0)?;
    assert_eq!(grads_of(&params)?, before);
    clip_grad_value_(params.clone(), 0.5)?;
    assert_eq!(
        grads_of(&params)?,
        before
            .iter()
            .map(|g| g.clamp(-0.5, 0.5))
            .collect::<Vec<_>>()
    );
    assert_eq!(
        get_total_norm::<&Tensor>([], 2.0, true)?.item::<f32>()?,
        0.0
    );
    params[0].set_grad(Some(Tensor::full([2, 3], f64::INFINITY, ())?))?;
    refused(
        clip_grad_norm_with(params.clone(), 1.0, 2.0, true),
        "is non-finite (inf), so it cannot be clipped",
    );
    refused(
        clip_grad_norm_(params.clone(), -1.0),
        "max_norm must be at least 0, got -1.0",
    );
    refused(
        clip_grad_value_(params, f64::NAN),
        "clip_value must be at least 0, got NaN",
    );
    Ok(())
}
