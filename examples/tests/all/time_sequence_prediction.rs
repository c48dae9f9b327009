//! The example `time_sequence_prediction` from outside: its losses against those of `tests/pytorch/time_sequence_prediction.py`.

use crate::program::{assert_close, column, fails, succeeds, with_gpu};
use rushlight::{DType, Device, Tensor};

const NAME: &str = "time_sequence_prediction";
/// Waves that a test has time for.
const SMALL: [&str; 8] = [
    "--waves", "6", "--length", "20", "--future", "5", "--hidden", "16",
];

#[test]
fn the_losses_of_five_steps_are_pytorchs() {
    let folder = tempfile::tempdir().unwrap();
    let text = succeeds(
        NAME,
        folder.path(),
        &[&SMALL[..], &["--steps", "5"]].concat(),
    );
    // `python examples/tests/pytorch/time_sequence_prediction.py --waves 6 --length 20 --future 5 --hidden 16 --steps 5`
    let losses = [
        2.95546417e-1,
        2.96615780e-3,
        3.95751916e-4,
        1.46195807e-4,
        1.62044531e-5,
    ];
    assert_eq!(column(&text, 1), [20., 40., 60., 80., 100.]);
    assert_close(&column(&text, 2), &losses, 1e-5);
    // These have two digits.
    assert_close(
        &column(&text, 3),
        &[9.7e-2, 4.3e-2, 3.4e-2, 2.4e-2, 2.4e-2],
        0.05,
    );
    assert_close(
        &column(&text, 4),
        &[2.6e-1, 2.4e-1, 2.3e-1, 2.0e-1, 2.1e-1],
        0.05,
    );
    for end in ["svg", "png"] {
        let file = format!("plots/{NAME}.{end}");
        assert!(text.contains(&format!("wrote {file}")), "{text}");
        assert!(folder.path().join(file).is_file());
    }
}

#[test]
fn on_the_gpu_the_losses_are_the_cpus() {
    if !with_gpu() {
        return;
    }
    let in_double = Device::gpu(0).and_then(|gpu| Tensor::zeros(1, (DType::F64, &gpu)));
    if in_double.is_err() {
        eprintln!("skipped: the GPU has no float64");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let small = [
        "--quick", "--waves", "4", "--length", "4", "--future", "1", "--hidden", "4",
    ];
    let run = |device: &str| {
        let text = succeeds(
            NAME,
            folder.path(),
            &[&small[..], &["--device", device]].concat(),
        );
        column(&text, 2)
    };
    assert_close(&run("gpu"), &run("cpu"), 1e-6);
    assert!(folder.path().read_dir().unwrap().next().is_none());
}

#[test]
fn flags_that_make_no_sense_are_refused() {
    fails(NAME, &["--steps", "0"], "--steps");
    fails(NAME, &["--waves", "3"], "--waves");
    fails(NAME, &["--length", "1"], "--length");
    fails(NAME, &["--future", "0"], "--future");
}
