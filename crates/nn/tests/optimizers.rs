//! Optimizers against PyTorch's numbers, their groups, their states and their complaints.

mod steps;

use rushlight_autograd::Autograd;
use rushlight_nn::optim::*;
use rushlight_nn::{Parameter, StateDict};
use rushlight_tensor::{DType, Result, Tensor, tensor};
use steps::{check, fixture, grads, params, run, values};

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
fn a_saved_state_goes_on_bit_for_bit() -> Result<()> {
    fn check<O: Optimizer>(make: impl Fn(Vec<Parameter>) -> Result<O>) -> Result<()> {
        let params_a = params()?;
        let mut a = make(params_a.clone())?;
        run(&mut a, &params_a, 1..6, |_, _| false, |_, _| {})?;
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("optimizer.safetensors");
        a.state_dict()?.save(&file)?;
        let saved = OptimizerState::load(&file)?;
        let params_b = params()?;
        for (to, from) in params_b.iter().zip(&params_a) {
            to.detach().copy_(from)?;
        }
        let mut b = make(params_b.clone())?;
        b.set_lr(0.77)?;
        b.load_state_dict(&saved)?;
        run(&mut a, &params_a, 6..13, |_, _| false, |_, _| {})?;
        run(&mut b, &params_b, 6..13, |_, _| false, |_, _| {})?;
        assert_eq!(values(&params_a)?, values(&params_b)?, "{}", a.name());
        Ok(())
    }
    check(|p| SGD::new(p, SGDOptions::new(0.1).momentum(0.9).dampening(0.3)))?;
    check(|p| SGD::new(p, 0.1))?;
    check(|p| Adam::new(p, AdamOptions::new(1.0 / 3.0).amsgrad(true)))?;
    check(|p| AdamW::new(p, AdamWOptions::new(0.1)))?;
    check(|p| RMSprop::new(p, RMSpropOptions::new(0.1).momentum(0.2).centered(true)))?;
    check(|p| Adagrad::new(p, AdagradOptions::new(0.1).lr_decay(0.1)))?;
    check(|p| Adadelta::new(p, 1.0))?;
    check(|p| Adamax::new(p, 0.1))?;
    check(|p| NAdam::new(p, NAdamOptions::new(0.1).momentum_decay(0.1)))?;
    check(|p| RAdam::new(p, 0.1))?;
    check(|p| ASGD::new(p, ASGDOptions::new(0.1).lambd(0.1).t0(3.0)))?;
    check(|p| Rprop::new(p, 0.1))?;
    check(|p| Adafactor::new(p, 0.1))?;
    check(|p| Muon::new(p.into_iter().take(1), 0.1))
}

#[test]
fn the_state_is_named_and_numbered_as_in_pytorch() -> Result<()> {
    let params = params()?;
    let mut optimizer = Adam::new([params[0].clone()], 0.1)?;
    optimizer.add_param_group([params[1].clone()], optimizer.defaults().weight_decay(0.5))?;
    params[1].set_grad(Some(tensor!([1.0, 1.0, 1.0, 1.0])))?;
    optimizer.step()?;
    let state = optimizer.state_dict()?;
    assert_eq!(state.state.keys().collect::<Vec<_>>(), [&1]);
    assert_eq!(
        state.state[&1].keys().collect::<Vec<_>>(),
        ["exp_avg", "exp_avg_sq", "step"]
    );
    assert_eq!(
        (
            state.state[&1]["step"].dtype(),
            state.state[&1]["step"].item::<f32>()?
        ),
        (DType::F32, 1.0)
    );
    assert_eq!(
        (
            state.param_groups[0].params.clone(),
            state.param_groups[1].params.clone()
        ),
        (vec![0], vec![1])
    );
    assert_eq!(state.param_groups[1].options["weight_decay"], 0.5);
    assert_eq!(
        state.param_groups[1].options["betas"],
        serde_json::json!([0.9, 0.999])
    );
    assert_eq!(
        state.tensors().keys().collect::<Vec<_>>(),
        ["state.1.exp_avg", "state.1.exp_avg_sq", "state.1.step"]
    );
    Ok(())
}

#[test]
fn numbers_and_factors_are_kept_by_pytorchs_names() -> Result<()> {
    fn keeps<O: Optimizer>(
        make: impl FnOnce(Vec<Parameter>) -> Result<O>,
        of_matrix: &[&str],
        of_vector: &[&str],
    ) -> Result<OptimizerState> {
        let params = params()?;
        let mut optimizer = make(params.clone())?;
        run(&mut optimizer, &params, 1..2, |_, _| false, |_, _| {})?;
        let state = optimizer.state_dict()?;
        let names = |i| state.state[&i].keys().collect::<Vec<_>>();
        assert_eq!(names(0), of_matrix);
        assert_eq!(names(1), of_vector);
        Ok(state)
    }
    let nadam = ["exp_avg", "exp_avg_sq", "mu_product", "step"];
    let state = keeps(|p| NAdam::new(p, 0.1), &nadam, &nadam)?;
    let product = state.state[&0]["mu_product"].item::<f32>()?;
    assert!((product - 0.450_073_5).abs() < 1e-6, "{product}");
    let asgd = ["ax", "eta", "mu", "step"];
    let state = keeps(|p| ASGD::new(p, 0.5), &asgd, &asgd)?;
    assert_eq!(state.state[&0]["mu"].item::<f32>()?, 1.0);
    let matrix = ["col_var", "row_var", "step"];
    let state = keeps(|p| Adafactor::new(p, 0.1), &matrix, &["step", "variance"])?;
    assert_eq!(
        state.param_groups[0].options["eps"],
        serde_json::json!([null, 1e-3])
    );
    let mut wrong = state.clone();
    let rows = wrong.state.get_mut(&0).unwrap();
    rows.insert("row_var".into(), Tensor::zeros([2, 3], ())?);
    let mut optimizer = Adafactor::new(params()?, 0.1)?;
    refused(
        optimizer.load_state_dict(&wrong),
        "row_var of parameter 0 has shape [2, 3], the parameter [2, 3], which wants [2, 1]",
    );
    Ok(())
}

#[test]
fn a_state_without_newer_options_still_loads() -> Result<()> {
    let mut optimizer = Adam::new(params()?, 0.1)?;
    let mut state = optimizer.state_dict()?;
    let flag = "decoupled_weight_decay";
    assert!(state.param_groups[0].options.remove(flag).is_some());
    optimizer.load_state_dict(&state)
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

#[track_caller]
fn refused<T>(result: Result<T>, text: &str) {
    match result {
        Ok(_) => panic!("no error, expected {text:?}"),
        Err(e) => {
            assert!(e.to_string().contains(text), "{e}\nexpected {text:?}");
            let at = e.location().file();
            assert!(at.ends_with("optimizers.rs"), "{e}\nplaced at {at}");
        }
    }
}

#[test]
fn options_out_of_range_are_refused_in_pytorchs_words() -> Result<()> {
    let p = params()?;
    refused(
        SGD::new(p.clone(), -0.1),
        "SGD: Invalid learning rate: -0.1",
    );
    refused(
        Adam::new(p.clone(), f64::NAN),
        "Adam: Invalid learning rate: NaN",
    );
    refused(
        SGD::new(p.clone(), f64::INFINITY),
        "Invalid learning rate: inf",
    );
    refused(
        SGD::new(p.clone(), SGDOptions::new(0.1).momentum(-1.0)),
        "Invalid momentum value: -1.0",
    );
    refused(
        SGD::new(p.clone(), SGDOptions::new(0.1).weight_decay(-2.0)),
        "Invalid weight_decay value: -2.0",
    );
    let nesterov = SGDOptions::new(0.1).nesterov(true);
    refused(
        SGD::new(p.clone(), nesterov),
        "Nesterov momentum requires a momentum and zero dampening",
    );
    refused(
        SGD::new(p.clone(), nesterov.momentum(0.9).dampening(0.1)),
        "zero dampening, got momentum 0.9 and dampening 0.1",
    );
    refused(
        Adam::new(p.clone(), AdamOptions::new(0.1).betas((1.0, 0.9))),
        "Invalid beta parameter at index 0: 1.0",
    );
    refused(
        AdamW::new(p.clone(), AdamWOptions::new(0.1).betas((0.9, -0.1))),
        "AdamW: Invalid beta parameter at index 1: -0.1",
    );
    refused(
        Adam::new(p.clone(), AdamOptions::new(0.1).eps(-1.0)),
        "Invalid epsilon value: -1.0",
    );
    refused(
        RMSprop::new(p.clone(), RMSpropOptions::new(0.1).alpha(-1.0)),
        "Invalid alpha value: -1.0",
    );
    refused(
        Adagrad::new(p.clone(), AdagradOptions::new(0.1).lr_decay(-1.0)),
        "Invalid lr_decay value: -1.0",
    );
    refused(
        Adadelta::new(p.clone(), AdadeltaOptions::default().rho(1.5)),
        "Adadelta: Invalid rho value: 1.5",
    );
    refused(
        NAdam::new(p.clone(), NAdamOptions::new(0.1).momentum_decay(-1.0)),
        "NAdam: Invalid momentum_decay value: -1.0",
    );
    refused(
        RAdam::new(p.clone(), RAdamOptions::new(0.1).betas((0.9, 1.0))),
        "RAdam: Invalid beta parameter at index 1: 1.0",
    );
    refused(
        ASGD::new(p.clone(), ASGDOptions::new(0.1).lambd(-1.0)),
        "ASGD: Invalid lambd value: -1.0",
    );
    refused(
        Rprop::new(p.clone(), RpropOptions::new(0.1).etas((0.5, 1.0))),
        "Rprop: Invalid eta values: 0.5, 1.0",
    );
    refused(
        Adafactor::new(p.clone(), AdafactorOptions::new(0.1).d(0.5)),
        "Adafactor: Clipping threshold d should be >= 1 but is: 0.5",
    );
    refused(
        Adafactor::new(p.clone(), AdafactorOptions::new(0.1).beta2_decay(0.5)),
        "Adafactor: beta2_decay should be <= 0 but is: 0.5",
    );
    refused(
        Muon::new([p[0].clone()], MuonOptions::new(0.1).ns_steps(100)),
        "Muon: Number of steps must be less than 100",
    );
    refused(
        Muon::new(p.clone(), 0.1),
        "Muon: only supports 2D parameters whereas we found a parameter with size: [4]",
    );
    let mut optimizer = SGD::new(p, 0.1)?;
    refused(optimizer.set_lr(-1.0), "Invalid learning rate: -1.0");
    refused(
        optimizer.param_groups_mut()[0].set_options(nesterov),
        "Nesterov",
    );
    refused(
        optimizer.rates(3),
        "there is no parameter group 3, the optimizer has 1",
    );
    assert_eq!(optimizer.lr(), 0.1);
    Ok(())
}

#[test]
fn parameters_that_cannot_be_optimized_are_refused() -> Result<()> {
    let p = params()?;
    refused(
        SGD::new([], 0.1),
        "SGD: optimizer got an empty parameter list",
    );
    refused(
        SGD::new([p[0].clone(), p[0].clone()], 0.1),
        "parameter 1 of the group is given twice",
    );
    let mut optimizer = SGD::new(p.clone(), 0.1)?;
    refused(
        optimizer.add_param_group([p[1].clone()], optimizer.defaults()),
        "some parameters appear in more than one parameter group: parameter 0 is in group 0 already",
    );
    Ok(())
}

#[test]
fn a_parameter_replaced_in_its_module_is_reported_at_step() -> Result<()> {
    let mut p = params()?;
    let mut optimizer = SGD::new(p.clone(), 0.1)?;
    let doubled = p[1].detach().to(DType::F64)?;
    p[1].replace(doubled)?;
    refused(optimizer.step(), "SGD.step: parameter 1 of the group");
    Ok(())
}

#[test]
fn states_of_another_optimizer_are_refused_and_change_nothing() -> Result<()> {
    let p = params()?;
    let mut optimizer = Adam::new(p.clone(), 0.1)?;
    let take_step = |optimizer: &mut Adam| run(optimizer, &p, 1..2, |_, _| false, |_, _| {});
    take_step(&mut optimizer)?;
    let good = optimizer.state_dict()?;

    let mut two_groups = good.clone();
    two_groups.param_groups.push(good.param_groups[0].clone());
    refused(
        optimizer.load_state_dict(&two_groups),
        "different number of parameter groups: 2, the optimizer has 1",
    );
    let mut fewer = good.clone();
    fewer.param_groups[0].params.pop();
    refused(
        optimizer.load_state_dict(&fewer),
        "group 0 has 1 parameters, the optimizer's has 2",
    );
    let mut shape = good.clone();
    shape
        .state
        .get_mut(&0)
        .unwrap()
        .insert("exp_avg".into(), tensor!([1.0]));
    refused(
        optimizer.load_state_dict(&shape),
        "exp_avg of parameter 0 has shape [1], the parameter [2, 3]",
    );
    let mut stranger = good.clone();
    stranger
        .state
        .get_mut(&0)
        .unwrap()
        .insert("velocity".into(), tensor!([1.0]));
    refused(
        optimizer.load_state_dict(&stranger),
        "the state of parameter 0 has \"velocity\"",
    );
    let mut count = good.clone();
    count
        .state
        .get_mut(&0)
        .unwrap()
        .insert("step".into(), tensor!(-1.5));
    refused(
        optimizer.load_state_dict(&count),
        "the step of parameter 0 is no count",
    );
    let mut lr = good.clone();
    lr.param_groups[0]
        .options
        .insert("lr".into(), serde_json::json!(-1.0));
    refused(
        optimizer.load_state_dict(&lr),
        "Invalid learning rate: -1.0",
    );
    let mut orphan = good.clone();
    orphan.state.insert(7, good.state[&0].clone());
    refused(
        optimizer.load_state_dict(&orphan),
        "1 of 3 states belong to no parameter",
    );
    let sgd = SGD::new(params()?, 0.1)?.state_dict()?;
    refused(
        optimizer.load_state_dict(&sgd),
        "the options of group 0 are not Adam's: missing field `betas`",
    );
    refused(
        OptimizerState::from_parts(StateDict::new(), &Default::default()),
        "no \"param_groups\" in the metadata",
    );
    let named = StateDict::from_iter([("weight".to_owned(), tensor!(1.0))]);
    refused(
        OptimizerState::from_parts(named, &good.metadata()?),
        "\"weight\" is not named like state.0.exp_avg",
    );

    assert_eq!(optimizer.lr(), 0.1);
    assert!(optimizer.state_dict()?.state[&0]["exp_avg"].equal(&good.state[&0]["exp_avg"])?);
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
