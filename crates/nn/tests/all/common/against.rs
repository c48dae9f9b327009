//! A module against PyTorch's, in everything that can be seen of it.

use super::answers::{ANSWERS, answer, close, seeded};
use rushlight_autograd::{Autograd, Backward};
use rushlight_nn::{Module, ModuleExt, StateDict};
use rushlight_tensor::{Result, Tensor};

fn same_state(what: &str, ours: &StateDict, when: &str) {
    let prefix = format!("{what}.{when}.");
    let theirs: Vec<&str> = ANSWERS
        .tensors
        .keys()
        .filter_map(|k| k.strip_prefix(&prefix))
        .collect();
    assert_eq!(
        ours.len(),
        theirs.len(),
        "{what}: {:?} against {theirs:?}",
        ours.keys().collect::<Vec<_>>()
    );
    for key in theirs {
        close(
            &format!("{prefix}{key}"),
            ours.require(key).unwrap(),
            answer(&format!("{prefix}{key}")).unwrap(),
        );
    }
}

/// Initial state, printed form, output, state afterwards and all gradients of a module.
pub fn module<M: Module>(
    name: &str,
    training: bool,
    make: impl Fn() -> Result<M>,
    call: impl Fn(&M, &[Tensor]) -> Result<Tensor>,
) {
    seeded(name, |device, repr| {
        let m = make()?.to(device)?;
        m.set_training(training);
        // A copy computes what the original does, and making it draws no random numbers.
        let m = m.deep_copy()?;
        assert_eq!(m.as_module().to_string(), repr);
        same_state(name, &m.state_dict(), "init");
        let mut inputs = Vec::new();
        for i in 0.. {
            let Some(t) = answer(&format!("{name}.in.{i}")) else {
                break;
            };
            let t = t.to(device)?.copy()?;
            inputs.push(if t.dtype().is_float() {
                t.requires_grad_(true)?
            } else {
                t
            });
        }
        let y = call(&m, &inputs)?;
        close(
            &format!("{name}.out"),
            &y,
            answer(&format!("{name}.out")).unwrap(),
        );
        same_state(name, &m.state_dict(), "after");
        let Some(g) = answer(&format!("{name}.g")) else {
            return Ok(());
        };
        y.backward_with(Backward {
            gradient: Some(&g.to(device)?),
            ..Default::default()
        })?;
        for (i, x) in inputs.iter().enumerate() {
            if let Some(theirs) = answer(&format!("{name}.din.{i}")) {
                let ours = x.grad().map_or_else(|| x.detach().zeros_like(), Ok)?;
                close(&format!("{name}.din.{i}"), &ours, theirs);
            }
        }
        for (key, p) in m.named_parameters() {
            let key = format!("{name}.d.{key}");
            match (p.grad(), answer(&key)) {
                (Some(ours), Some(theirs)) => close(&key, &ours, theirs),
                (ours, theirs) => assert_eq!(ours.is_some(), theirs.is_some(), "{key}"),
            }
        }
        Ok(())
    });
}
