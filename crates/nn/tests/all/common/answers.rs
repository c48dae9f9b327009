//! PyTorch's answers, and how ours are held against them.

use super::devices::devices;
use rushlight_nn::{TensorFile, load_tensors};
use rushlight_tensor::{Device, Generator, Result, Tensor};
use std::sync::LazyLock;

/// The answers, from data/pytorch.py.
pub static ANSWERS: LazyLock<TensorFile> = LazyLock::new(|| {
    load_tensors(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/pytorch.safetensors"
    ))
    .unwrap()
});

/// Runs `f` on each device with a generator fresh from the seed of case `name`, and gives it PyTorch's printed module.
pub fn seeded(name: &str, f: impl Fn(&Device, &str) -> Result<()>) {
    let (number, repr) = ANSWERS
        .metadata
        .get(name)
        .unwrap_or_else(|| panic!("no case {name}"))
        .split_once('\n')
        .unwrap();
    for device in devices() {
        // The default generator is one for all threads; this one is the test's own.
        Generator::new(number.parse().unwrap())
            .scope(|| f(&device, repr))
            .unwrap_or_else(|e| panic!("{name} on {device}: {e}"));
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
