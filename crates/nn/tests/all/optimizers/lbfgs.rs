//! L-BFGS against PyTorch's numbers, and what only an optimizer with a closure has.

use super::refused;
use rushlight_autograd::Autograd;
use rushlight_nn::Parameter;
use rushlight_nn::lr_scheduler::{LRScheduler, StepLR};
use rushlight_nn::optim::*;
use rushlight_tensor::{DType, Error, Result, Tensor, tensor};
use serde::Deserialize;

/// A run of `fixtures/lbfgs.py` in PyTorch.
#[derive(Deserialize)]
struct Case {
    function: String,
    options: LBFGSOptions,
    /// The first loss of each step, and the loss after the last one.
    losses: Vec<f64>,
    /// The numbers of evaluations and of updates after each step.
    evaluations: Vec<u64>,
    updates: Vec<u64>,
    /// The parameters at the end.
    params: Vec<f64>,
}

type Function = Box<dyn Fn() -> Result<Tensor>>;

fn pattern(shape: &[usize], factor: usize, modulus: usize) -> Result<Tensor> {
    let element = |i| ((factor * i % modulus) as f64 - (modulus / 2) as f64) / modulus as f64;
    let elements: Vec<f64> = (0..shape.iter().product()).map(element).collect();
    Tensor::from_slice(&elements, shape)
}

fn parameter(shape: &[usize], factor: usize, modulus: usize) -> Result<Parameter> {
    Parameter::new(pattern(shape, factor, modulus)?)
}

fn rosenbrock(dtype: DType) -> Result<(Vec<Parameter>, Function)> {
    let theta = Parameter::new(Tensor::from_slice(&[-1.2f64, 1.0], [2])?.to(dtype)?)?;
    let params = vec![theta.clone()];
    let loss = move || {
        let (x, y) = (theta.select(0, 0)?, theta.select(0, 1)?);
        let valley = y.sub(&x.square()?)?.square()?.mul(100.0)?;
        x.rsub(1.0)?.square()?.add(&valley)
    };
    Ok((params, Box::new(loss)))
}

fn quadratic() -> Result<(Vec<Parameter>, Function)> {
    let params = vec![parameter(&[2, 3], 5, 11)?, parameter(&[4], 3, 7)?];
    let theta = params.clone();
    let c = Tensor::arange(1, 11, 1, DType::F64)?;
    let loss = move || {
        let all = Tensor::cat(&[theta[0].reshape(-1)?, theta[1].reshape(-1)?], 0)?;
        all.sub(1.0)?.square()?.mul(&c)?.sum()?.div(2.0)
    };
    Ok((params, Box::new(loss)))
}

fn mlp() -> Result<(Vec<Parameter>, Function)> {
    let (x, y) = (pattern(&[12, 3], 7, 17)?, pattern(&[12, 1], 5, 13)?);
    let params = vec![
        parameter(&[3, 5], 11, 19)?,
        parameter(&[5], 3, 11)?,
        parameter(&[5, 1], 7, 13)?,
        parameter(&[1], 2, 5)?,
    ];
    let theta = params.clone();
    let loss = move || {
        let hidden = x.matmul(&theta[0])?.add(&theta[1])?.tanh()?;
        let output = hidden.matmul(&theta[2])?.add(&theta[3])?;
        output.sub(&y)?.square()?.mean()
    };
    Ok((params, Box::new(loss)))
}

fn of(name: &str) -> Result<(Vec<Parameter>, Function)> {
    match name {
        "rosenbrock" => rosenbrock(DType::F64),
        "quadratic" => quadratic(),
        "mlp" => mlp(),
        other => Err(Error::value(format!("no function {other:?}"))),
    }
}

fn closure<'a>(
    params: &'a [Parameter],
    loss: &'a Function,
    sign: f64,
) -> impl FnMut() -> Result<Tensor> + 'a {
    move || {
        params.iter().for_each(|p| p.zero_grad());
        let loss = loss()?.mul(sign)?;
        loss.backward()?;
        Ok(loss)
    }
}

fn values(params: &[Parameter]) -> Result<Vec<f64>> {
    params.iter().try_fold(Vec::new(), |mut all, p| {
        all.extend(p.detach().to(DType::F64)?.to_vec::<f64>()?);
        Ok(all)
    })
}

#[track_caller]
fn close(what: &str, got: f64, expected: f64) {
    let gap = (got - expected).abs();
    assert!(
        gap <= 1e-9 * expected.abs() + 1e-15,
        "{what}: {got:e}, PyTorch has {expected:e}"
    );
}

#[test]
fn losses_and_evaluations_are_pytorchs() -> Result<()> {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../../fixtures/lbfgs.json")).unwrap();
    for (i, case) in cases.iter().enumerate() {
        let what = format!("case {i}, {}", case.function);
        let (params, loss) = of(&case.function)?;
        let sign = if case.options.maximize { -1.0 } else { 1.0 };
        let mut optimizer = LBFGS::new(params.clone(), case.options)?;
        for (step, (evaluations, updates)) in case.evaluations.iter().zip(&case.updates).enumerate()
        {
            let first = optimizer.step_with(closure(&params, &loss, sign))?;
            let counts = (optimizer.func_evals(), optimizer.n_iter());
            assert_eq!(counts, (*evaluations, *updates), "{what}, step {step}");
            close(
                &format!("{what}, step {step}"),
                first.item::<f64>()?,
                case.losses[step],
            );
        }
        let last = loss()?.mul(sign)?.item::<f64>()?;
        close(&what, last, case.losses[case.losses.len() - 1]);
        // A parameter that is nearly 0 has the rounding errors of the larger ones.
        for (got, expected) in values(&params)?.into_iter().zip(&case.params) {
            let gap = (got - expected).abs() / expected.abs().max(1.0);
            assert!(gap <= 1e-9, "{what}: {got:e}, PyTorch has {expected:e}");
        }
    }
    Ok(())
}

const WOLFE: Option<LineSearch> = Some(LineSearch::StrongWolfe);

#[test]
fn a_parameter_without_gradient_counts_as_one_with_a_gradient_of_zeros() -> Result<()> {
    let (mut params, loss) = rosenbrock(DType::F64)?;
    params.insert(0, Parameter::new(Tensor::full([3], 0.5, DType::F64)?)?);
    let mut optimizer = LBFGS::new(params.clone(), LBFGSOptions::new(1.0).line_search_fn(WOLFE))?;
    optimizer.step_with(closure(&params, &loss, 1.0))?;
    assert_eq!(values(&params[..1])?, [0.5; 3]);
    let after = loss()?.item::<f64>()?;
    close(
        "without the unused parameter",
        after,
        0.423_482_302_438_028_9,
    );
    Ok(())
}

#[test]
fn a_saved_state_goes_on_bit_for_bit() -> Result<()> {
    for (options, dtype) in [
        (
            LBFGSOptions::new(1.0).line_search_fn(WOLFE).max_iter(3),
            DType::F64,
        ),
        (
            LBFGSOptions::new(0.1).max_iter(3).history_size(4),
            DType::F32,
        ),
    ] {
        let (params_a, loss_a) = rosenbrock(dtype)?;
        let mut a = LBFGS::new(params_a.clone(), options)?;
        for _ in 0..3 {
            a.step_with(closure(&params_a, &loss_a, 1.0))?;
        }
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("optimizer.safetensors");
        a.state_dict()?.save(&file)?;
        let (params_b, loss_b) = rosenbrock(dtype)?;
        params_b[0].detach().copy_(&params_a[0])?;
        let mut b = LBFGS::new(params_b.clone(), 0.5)?;
        b.load_state_dict(&OptimizerState::load(&file)?)?;
        assert_eq!(b.options(), a.options());
        for _ in 0..3 {
            a.step_with(closure(&params_a, &loss_a, 1.0))?;
            b.step_with(closure(&params_b, &loss_b, 1.0))?;
            assert_eq!(values(&params_a)?, values(&params_b)?);
        }
        assert_eq!((a.n_iter(), a.func_evals()), (b.n_iter(), b.func_evals()));
    }
    Ok(())
}

#[test]
fn the_state_has_pytorchs_names() -> Result<()> {
    let (params, loss) = quadratic()?;
    let mut optimizer = LBFGS::new(params.clone(), LBFGSOptions::new(0.5).max_iter(4))?;
    assert!(optimizer.state_dict()?.state.is_empty());
    optimizer.step_with(closure(&params, &loss, 1.0))?;
    let mut state = optimizer.state_dict()?;
    let shapes: Vec<(&str, &[usize])> = state.state[&0]
        .iter()
        .map(|(name, tensor)| (name.as_str(), tensor.shape()))
        .collect();
    let expected: [(&str, &[usize]); 9] = [
        ("H_diag", &[]),
        ("d", &[10]),
        ("func_evals", &[]),
        ("n_iter", &[]),
        ("old_dirs", &[3, 10]),
        ("old_stps", &[3, 10]),
        ("prev_flat_grad", &[10]),
        ("ro", &[3]),
        ("t", &[]),
    ];
    assert_eq!(shapes, expected);
    assert_eq!(
        state.param_groups[0].options["line_search_fn"],
        serde_json::Value::Null
    );

    let first = state.state[&0].clone();
    let mut refuse = |name: &str, tensor: Option<Tensor>, text: &str| {
        let mut changed = first.clone();
        match tensor {
            Some(tensor) => changed.insert(name.into(), tensor),
            None => changed.remove(name),
        };
        state.state.insert(0, changed);
        refused(optimizer.load_state_dict(&state), text);
    };
    refuse(
        "velocity",
        Some(tensor!(1.0)),
        "the state of parameter 0 contains \"velocity\"",
    );
    refuse("d", None, "the state of parameter 0 has no \"d\"");
    refuse("ro", None, "the state of parameter 0 has no \"ro\"");
    refuse(
        "d",
        Some(tensor!([1.0])),
        "d of parameter 0 has shape [1], expected [10]",
    );
    refuse(
        "old_stps",
        Some(tensor!([[1.0]])),
        "old_stps of parameter 0 has shape [1, 1], expected [3, 10]",
    );
    refuse(
        "n_iter",
        Some(tensor!(0.5)),
        "the n_iter of parameter 0 is not a count",
    );
    state.state.insert(0, first.clone());
    state.state.insert(1, first);
    refused(
        optimizer.load_state_dict(&state),
        "the state belongs to the first parameter, 0, but there is one of parameter 1",
    );
    state.state.remove(&1);
    state.param_groups.push(state.param_groups[0].clone());
    refused(
        optimizer.load_state_dict(&state),
        "different number of parameter groups: 2, the optimizer has 1",
    );
    assert_eq!(optimizer.n_iter(), 4);
    Ok(())
}

#[test]
fn a_failing_closure_leaves_everything_as_it_was() -> Result<()> {
    for line_search in [None, WOLFE] {
        let (params, loss) = rosenbrock(DType::F64)?;
        let options = LBFGSOptions::new(0.1).line_search_fn(line_search);
        let mut optimizer = LBFGS::new(params.clone(), options)?;
        let mut calls = 0;
        let failed = optimizer.step_with(|| {
            calls += 1;
            match calls {
                7 => Err(Error::value("no more data")),
                _ => closure(&params, &loss, 1.0)(),
            }
        });
        refused(failed, "no more data");
        assert_eq!(values(&params)?, [-1.2, 1.0]);
        assert_eq!((optimizer.n_iter(), optimizer.func_evals()), (0, 0));
    }
    Ok(())
}

#[test]
fn schedules_set_the_learning_rate() -> Result<()> {
    let (params, loss) = quadratic()?;
    let mut optimizer = LBFGS::new(params.clone(), LBFGSOptions::new(0.5).max_iter(1))?;
    let mut scheduler = StepLR::with(&mut optimizer, 1, 0.5)?;
    for lr in [0.5, 0.25, 0.125] {
        assert_eq!(optimizer.lr(), lr);
        optimizer.step_with(closure(&params, &loss, 1.0))?;
        scheduler.step(&mut optimizer)?;
    }
    optimizer.zero_grad();
    assert!(params.iter().all(|p| p.grad().is_none()));
    Ok(())
}

#[test]
fn parameters_of_several_dtypes_are_one_vector() -> Result<()> {
    for (first, second) in [
        (DType::F16, DType::F32),
        (DType::BF16, DType::BF16),
        (DType::F16, DType::F64),
    ] {
        let a = Parameter::new(Tensor::full([3], 3.0, first)?)?;
        let b = Parameter::new(Tensor::full([2, 2], -2.0, second)?)?;
        let params = vec![a.clone(), b.clone()];
        let loss: Function = Box::new(move || {
            let sum = |p: &Parameter| p.float()?.sub(1.0)?.square()?.sum();
            sum(&a)?.add(&sum(&b)?)
        });
        let mut optimizer =
            LBFGS::new(params.clone(), LBFGSOptions::new(1.0).line_search_fn(WOLFE))?;
        optimizer.step_with(closure(&params, &loss, 1.0))?;
        assert_eq!((params[0].dtype(), params[1].dtype()), (first, second));
        for value in values(&params)? {
            assert!((value - 1.0).abs() < 1e-2, "{first} and {second}: {value}");
        }
    }
    Ok(())
}

#[test]
fn a_search_steps_back_from_a_loss_that_is_not_finite() -> Result<()> {
    // x - ln x, whose minimum is at 1, is not a number for a negative x.
    let x = Parameter::new(Tensor::full([1], 6.0, DType::F64)?)?;
    let params = vec![x.clone()];
    let loss: Function = Box::new(move || x.sub(&x.log()?)?.sum());
    let options = LBFGSOptions::new(100.0).line_search_fn(WOLFE);
    let mut optimizer = LBFGS::new(params.clone(), options)?;
    for _ in 0..3 {
        optimizer.step_with(closure(&params, &loss, 1.0))?;
    }
    close(
        "minimum of x - ln x",
        (values(&params)?[0] - 1.0).abs().max(1e-6),
        1e-6,
    );
    Ok(())
}

#[test]
fn what_pytorch_refuses_is_refused() -> Result<()> {
    let (params, loss) = rosenbrock(DType::F64)?;
    let mut optimizer = LBFGS::new(params.clone(), 1.0)?;
    refused(
        optimizer.step(),
        "LBFGS.step: a step evaluates the loss several times, which requires a closure; call step_with",
    );
    refused(
        optimizer.step_with(|| Ok(tensor!([1.0, 2.0]))),
        "the closure must return a loss of one element, not of shape [2]",
    );
    refused(
        LBFGS::new(params.clone(), -1.0),
        "LBFGS: Invalid learning rate: -1.0",
    );
    let options = LBFGSOptions::default();
    refused(
        LBFGS::new(params.clone(), options.history_size(0)),
        "LBFGS: Invalid history_size: 0",
    );
    refused(
        LBFGS::new(params.clone(), options.tolerance_grad(f64::NAN)),
        "LBFGS: Invalid tolerance_grad: NaN",
    );
    refused(
        optimizer.set_options(options.tolerance_change(f64::INFINITY)),
        "LBFGS: Invalid tolerance_change: inf",
    );
    refused(
        LBFGS::new([], 1.0),
        "LBFGS: optimizer got an empty parameter list",
    );
    refused(
        LBFGS::new([params[0].clone(), params[0].clone()], 1.0),
        "parameter 1 of the group is given twice",
    );
    refused(
        optimizer.rates(1),
        "there is no parameter group 1; the optimizer has 1",
    );
    let mut old = params[0].clone();
    old.replace(tensor!([0.0]))?;
    refused(
        optimizer.step_with(closure(&params, &loss, 1.0)),
        "was replaced in its module",
    );
    Ok(())
}
