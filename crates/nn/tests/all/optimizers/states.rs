//! States: saved and loaded, by PyTorch's names, and which are refused.

use super::refused;
use super::steps::{params, run, values};
use rushlight_autograd::Autograd;
use rushlight_nn::optim::*;
use rushlight_nn::{Parameter, StateDict};
use rushlight_tensor::{DType, Result, Tensor, tensor};

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
        "row_var of parameter 0 has shape [2, 3], expected [2, 1] for the parameter's shape [2, 3]",
    );
    Ok(())
}

/// Rates and momenta that schedules may set, and the numbers that steps with them leave, come back from a file bit for bit.
#[test]
fn whatever_a_schedule_sets_can_be_loaded() -> Result<()> {
    fn check<O: Optimizer>(make: impl Fn(Vec<Parameter>) -> Result<O>) -> Result<()> {
        let numbers = [
            f64::INFINITY,
            f64::NEG_INFINITY,
            -1e-17,
            -0.0,
            5e-324,
            f64::MAX,
            0.1 + 0.2,
        ];
        for number in numbers {
            let params = params()?;
            let mut a = make(params.clone())?;
            let set = Rates {
                lr: number,
                initial_lr: Some(-number),
                momentum: a.rates(0)?.momentum.map(|_| number),
            };
            a.set_rates(0, set)?;
            run(&mut a, &params, 1..3, |_, _| false, |_, _| {})?;
            let folder = tempfile::tempdir()?;
            let file = folder.path().join("optimizer.safetensors");
            a.state_dict()?.save(&file)?;
            let mut b = make(params.clone())?;
            b.load_state_dict(&OptimizerState::load(&file)?)?;
            let bits =
                |r: Rates| [Some(r.lr), r.initial_lr, r.momentum].map(|x| x.map(f64::to_bits));
            assert_eq!(bits(b.rates(0)?), bits(set), "{}, {number}", a.name());
            let (a, b) = (a.state_dict()?, b.state_dict()?);
            assert_eq!(a.param_groups, b.param_groups);
            for (name, tensor) in a.tensors().iter() {
                let same = tensor.bytes()? == b.tensors().require(name)?.bytes()?;
                assert!(same, "{number}: {name} is {tensor}");
            }
        }
        Ok(())
    }
    check(|p| SGD::new(p, SGDOptions::new(0.1).momentum(0.9).nesterov(true)))?;
    check(|p| SGD::new(p, 0.1))?;
    check(|p| Adam::new(p, AdamOptions::new(0.1).amsgrad(true)))?;
    check(|p| AdamW::new(p, 0.1))?;
    check(|p| RMSprop::new(p, RMSpropOptions::new(0.1).momentum(0.2)))?;
    check(|p| Adagrad::new(p, 0.1))?;
    check(|p| Adadelta::new(p, 1.0))?;
    check(|p| Adamax::new(p, 0.1))?;
    check(|p| NAdam::new(p, 0.1))?;
    check(|p| RAdam::new(p, 0.1))?;
    check(|p| ASGD::new(p, ASGDOptions::new(0.1).t0(1.0)))?;
    check(|p| Rprop::new(p, 0.1))?;
    check(|p| Adafactor::new(p, 0.1))?;
    check(|p| Muon::new(p.into_iter().take(1), 0.1))
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
fn options_in_a_configuration_may_be_partial() {
    let options: AdamOptions = serde_json::from_str(r#"{"lr": 0.1, "betas": [0.5, 0.9]}"#).unwrap();
    assert_eq!(options, AdamOptions::new(0.1).betas((0.5, 0.9)));
    let e = serde_json::from_str::<SGDOptions>(r#"{"momentun": 0.9}"#).unwrap_err();
    assert!(e.to_string().contains("unknown field `momentun`"), "{e}");
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
        "exp_avg of parameter 0 has shape [1], expected [2, 3]",
    );
    let mut stranger = good.clone();
    stranger
        .state
        .get_mut(&0)
        .unwrap()
        .insert("velocity".into(), tensor!([1.0]));
    refused(
        optimizer.load_state_dict(&stranger),
        "the state of parameter 0 contains \"velocity\"",
    );
    let mut count = good.clone();
    count
        .state
        .get_mut(&0)
        .unwrap()
        .insert("step".into(), tensor!(-1.5));
    refused(
        optimizer.load_state_dict(&count),
        "the step of parameter 0 is not a count",
    );
    let mut lr = good.clone();
    lr.param_groups[0]
        .options
        .insert("lr".into(), serde_json::json!("nan"));
    refused(
        optimizer.load_state_dict(&lr),
        "Invalid learning rate or momentum: NaN",
    );
    for (key, value, text) in [
        (
            "lr",
            serde_json::json!("fast"),
            "invalid value: string \"fast\"",
        ),
        (
            "initial_lr",
            serde_json::json!("fast"),
            "initial_lr of group 0",
        ),
        (
            "eps",
            serde_json::json!(-1.0),
            "Invalid epsilon value: -1.0",
        ),
    ] {
        let mut state = good.clone();
        state.param_groups[0].options.insert(key.into(), value);
        refused(optimizer.load_state_dict(&state), text);
    }
    let mut twice = good.clone();
    twice.param_groups[0].params = vec![0, 0];
    refused(
        optimizer.load_state_dict(&twice),
        "parameter 0 appears twice in the groups",
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
        "the options of group 0 are not Adam's: missing field `amsgrad`",
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
