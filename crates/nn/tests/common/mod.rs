//! PyTorch's answers, and how ours are held against them.

use rushlight_autograd::{Autograd, Backward};
use rushlight_nn::{Module, ModuleExt, Saved, StateDict, load_tensors};
use rushlight_tensor::{Device, Result, Tensor, manual_seed};
use std::sync::{LazyLock, Mutex};

/// Every device that is present.
pub fn devices() -> Vec<Device> {
    vec![Device::CPU]
}

static ANSWERS: LazyLock<Saved> = LazyLock::new(|| {
    load_tensors(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/pytorch.safetensors"
    ))
    .unwrap()
});

/// The default generator is one for all threads.
static SEEDED: Mutex<()> = Mutex::new(());

/// Runs `f` on each device right after the seed of case `name`, and gives it PyTorch's printed module.
pub fn seeded(name: &str, f: impl Fn(&Device, &str) -> Result<()>) {
    let _alone = SEEDED.lock().unwrap_or_else(|e| e.into_inner());
    let (number, repr) = ANSWERS
        .metadata
        .get(name)
        .unwrap_or_else(|| panic!("no case {name}"))
        .split_once('\n')
        .unwrap();
    for device in devices() {
        manual_seed(number.parse().unwrap());
        f(&device, repr).unwrap_or_else(|e| panic!("{name} on {device}: {e}"));
    }
}

/// PyTorch's tensor, if it gave one.
pub fn answer(key: &str) -> Option<&'static Tensor> {
    ANSWERS.tensors.get(key)
}

/// Shape and dtype equal, elements to `1e-5 + 1e-4 |b|`; NaN equals NaN.
pub fn close(what: &str, ours: &Tensor, theirs: &Tensor) {
    let kind = |t: &Tensor| (t.shape().to_vec(), t.dtype());
    assert_eq!(kind(ours), kind(theirs), "{what}");
    let list = |t: &Tensor| t.double().unwrap().to_vec::<f64>().unwrap();
    for (i, (a, b)) in list(ours).into_iter().zip(list(theirs)).enumerate() {
        let near = a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-5 + 1e-4 * b.abs();
        assert!(near, "{what}, element {i}: {a} instead of {b}");
    }
}

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
        let mut m = make()?;
        m.to(device)?;
        m.set_training(training);
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
