//! The example `vae` from outside: its losses against those of `tests/pytorch/vae.py`, and what it draws.

use crate::program::{assert_close, column, fails, succeeds, with_gpu};

/// `python examples/tests/pytorch/vae.py --steps 5`
const LOSSES: [f64; 5] = [
    45.44121170,
    44.28869629,
    43.11365891,
    42.22007751,
    41.16898346,
];

#[test]
fn the_first_losses_are_pytorchs() {
    let folder = tempfile::tempdir().unwrap();
    let text = succeeds("vae", folder.path(), &["--steps", "5"]);
    assert_close(&column(&text, 1), &LOSSES, 1e-6);
    assert!(folder.path().read_dir().unwrap().next().is_none());
    if with_gpu() {
        let flags = ["--steps", "5", "--device", "gpu"];
        let text = succeeds("vae", folder.path(), &flags);
        assert_close(&column(&text, 1), &LOSSES, 1e-6);
    }
}

#[test]
fn it_learns_to_draw() {
    let folder = tempfile::tempdir().unwrap();
    let text = succeeds("vae", folder.path(), &["--epochs", "10"]);
    // `python examples/tests/pytorch/vae.py --epochs 10`
    assert_close(&column(&text, 2), &[27.0274, 20.3072], 1e-3);
    assert!(text.contains("██"), "{text}");
    for file in ["vae.svg", "vae.png", "vae_images.png"] {
        let file = format!("plots/{file}");
        assert!(text.contains(&format!("wrote {file}")), "{text}");
        assert!(folder.path().join(file).is_file());
    }
}

#[test]
fn flags_that_make_no_sense_are_refused() {
    fails("vae", &["--epochs", "0"], "--epochs");
    fails("vae", &["--steps", "0"], "--steps");
    fails("vae", &["--lr", "fast"], "--lr");
}
