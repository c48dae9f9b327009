//! The example `mnist` from outside: its losses against those of `tests/pytorch/mnist.py`, what it learns, and the files of MNIST.

use crate::program::{assert_close, column, fails, succeeds, with_gpu};
use std::path::Path;

/// `python examples/tests/pytorch/mnist.py --steps 5`
const LOSSES: [f64; 5] = [2.30900836, 2.29506063, 2.28934908, 2.25286698, 2.19691229];

#[test]
fn the_first_losses_are_pytorchs() {
    let folder = tempfile::tempdir().unwrap();
    let text = succeeds("mnist", folder.path(), &["--steps", "5"]);
    assert_close(&column(&text, 1), &LOSSES, 1e-6);
    assert!(folder.path().read_dir().unwrap().next().is_none());
    if with_gpu() {
        let flags = ["--steps", "5", "--device", "gpu"];
        let text = succeeds("mnist", folder.path(), &flags);
        assert_close(&column(&text, 1), &LOSSES, 1e-6);
    }
}

#[test]
fn it_learns_to_read() {
    let folder = tempfile::tempdir().unwrap();
    let text = succeeds("mnist", folder.path(), &["--epochs", "3"]);
    // `python examples/tests/pytorch/mnist.py --epochs 3`
    assert_close(&column(&text, 3), &[0.6738, 0.2869, 0.1418], 0.02);
    assert!(column(&text, 5)[2] > 95.0, "{text}");
    for file in ["plots/mnist.svg", "plots/mnist.png"] {
        assert!(text.contains(&format!("wrote {file}")), "{text}");
        assert!(folder.path().join(file).is_file());
    }
}

/// A file of MNIST's format: the sizes, then the bytes.
fn write_idx(path: &Path, sizes: &[u32], bytes: impl Iterator<Item = u8>) {
    let mut contents = vec![0, 0, 8, sizes.len() as u8];
    contents.extend(sizes.iter().flat_map(|n| n.to_be_bytes()));
    contents.extend(bytes);
    std::fs::write(path, contents).unwrap();
}

#[test]
fn it_reads_the_files_of_mnist() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display().to_string();
    fails("mnist", &["--data", &path], "train-images-idx3-ubyte");
    for (part, n) in [("train", 40), ("t10k", 10)] {
        let file = |name: &str| folder.path().join(format!("{part}-{name}-ubyte"));
        let pixels = (0..n * 28 * 28).map(|i| (i * i / 7 % 256) as u8);
        write_idx(&file("images-idx3"), &[n, 28, 28], pixels);
        write_idx(&file("labels-idx1"), &[n], (0..n).map(|i| (i % 10) as u8));
    }
    let flags = ["--data", &path, "--steps", "2", "--batch-size", "20"];
    let text = succeeds("mnist", folder.path(), &flags);
    assert!(text.contains("40 training images, 10 test images, 1,199,882 parameters"));
    // As `tests/pytorch/mnist.py` with `mnist` replaced by a function that makes these images.
    assert_close(&column(&text, 1), &[2.32799006, 4.54429102], 1e-5);
}

#[test]
fn flags_that_make_no_sense_are_refused() {
    fails("mnist", &["--epochs", "0"], "--epochs");
    fails("mnist", &["--steps", "0"], "--steps");
    fails("mnist", &["--batch-size", "0"], "batch_size");
    fails("mnist", &["--gamma", "much"], "--gamma");
}
