//! The program of the example `gcn`: its losses compared with those of `tests/pytorch/gcn.py`, its results, and its errors.

use crate::program::{assert_close, column, fails, succeeds, with_gpu};

/// `python examples/tests/pytorch/gcn.py --steps 5`
const LOSSES: [f64; 5] = [2.33177638, 2.24711752, 2.15652323, 2.11560822, 2.06185555];

#[test]
fn the_first_losses_are_pytorchs() {
    let folder = tempfile::tempdir().unwrap();
    let text = succeeds("gcn", folder.path(), &["--steps", "5"]);
    assert_close(&column(&text, 1), &LOSSES, 1e-6);
    assert!(folder.path().read_dir().unwrap().next().is_none());
    if with_gpu() {
        let flags = ["--steps", "5", "--device", "gpu"];
        let text = succeeds("gcn", folder.path(), &flags);
        assert_close(&column(&text, 1), &LOSSES, 1e-6);
    }
}

#[test]
fn the_graph_contributes() {
    let folder = tempfile::tempdir().unwrap();
    let text = succeeds("gcn", folder.path(), &["--epochs", "100"]);
    assert!(
        text.contains("1,797 nodes, 12,339 edges, 50 labels"),
        "{text}"
    );
    let last_accuracy = |graph: &str| -> f64 {
        let row = text.lines().rfind(|line| line.starts_with(graph)).unwrap();
        row.split_whitespace().last().unwrap().parse().unwrap()
    };
    assert!(last_accuracy("nearest neighbours") > 90.0, "{text}");
    assert!(last_accuracy("no edges") < 85.0, "{text}");
    for file in ["plots/gcn.svg", "plots/gcn.png"] {
        assert!(text.contains(&format!("wrote {file}")), "{text}");
        assert!(folder.path().join(file).is_file());
    }
}

#[test]
fn flags_that_make_no_sense_are_refused() {
    fails("gcn", &["--epochs", "0"], "--epochs");
    fails("gcn", &["--steps", "0"], "--steps");
    fails("gcn", &["--labelled", "1000"], "--labelled");
    fails("gcn", &["--neighbours", "1797"], "--neighbours");
    fails("gcn", &["--dropout", "2"], "Dropout");
}
