//! Options and parameters that are refused.

use super::refused;
use super::steps::params;
use rushlight_nn::optim::*;
use rushlight_tensor::{DType, Result};

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
        "there is no parameter group 3; the optimizer has 1",
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
