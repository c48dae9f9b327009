//! The program of the example `word_language_model`: its losses compared with those of `tests/pytorch/word_language_model.py`, its results,
//! and its errors.

use crate::program::{assert_close, column, fails, succeeds, with_gpu};
use std::path::Path;

/// A text of 20 paragraphs, which stays as it is when the pages of the repository change.
const TEXT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/word_language_model.txt");

/// `python examples/tests/pytorch/word_language_model.py --steps 5 --batch-size 4 --bptt 12 --model NAME --data
/// examples/tests/word_language_model.txt`
const LOSSES: [(&str, [f64; 5]); 3] = [
    (
        "lstm",
        [4.62435961, 4.00894785, 5.05513430, 4.40303421, 3.98797703],
    ),
    (
        "gru",
        [4.62251329, 4.09534550, 7.90243530, 4.29289293, 4.01740837],
    ),
    (
        "transformer",
        [5.05876780, 4.03867960, 5.34243584, 4.94096708, 5.47214079],
    ),
];

fn on_the_text(folder: &Path, flags: &[&str]) -> String {
    let small = ["--data", TEXT, "--batch-size", "4", "--bptt", "12"];
    succeeds("word_language_model", folder, &[&small, flags].concat())
}

#[test]
fn the_first_losses_are_pytorchs() {
    let folder = tempfile::tempdir().unwrap();
    let with_gpu = with_gpu();
    for (model, losses) in LOSSES {
        let flags = ["--steps", "5", "--model", model];
        let text = on_the_text(folder.path(), &flags);
        assert_close(&column(&text, 1), &losses, 1e-5);
        if with_gpu {
            let text = on_the_text(folder.path(), &[&flags[..], &["--device", "gpu"]].concat());
            assert_close(&column(&text, 1), &losses, 1e-5);
        }
    }
    assert!(folder.path().read_dir().unwrap().next().is_none());
}

#[test]
fn each_model_learns_from_a_small_text_and_writes() {
    for (model, _) in LOSSES {
        let folder = tempfile::tempdir().unwrap();
        let text = on_the_text(
            folder.path(),
            &["--epochs", "8", "--lr", "2", "--model", model],
        );
        let perplexities = column(&text, 2);
        assert!(perplexities[7] < 0.8 * perplexities[0], "{text}");
        assert!(text.contains("Perplexity of the test text: "), "{text}");
        assert!(!text.contains("<unk>") && !text.contains("<eos>"), "{text}");
        for extension in ["svg", "png"] {
            let file = format!("plots/word_language_model.{extension}");
            assert!(text.contains(&format!("wrote {file}")), "{text}");
            assert!(folder.path().join(file).is_file());
        }
    }
}

#[test]
fn the_pages_of_the_repository_are_a_text() {
    let folder = tempfile::tempdir().unwrap();
    let text = succeeds("word_language_model", folder.path(), &["--steps", "1"]);
    assert!(text.contains("training text of "), "{text}");
    // No word is known: the loss is that of a guess among some hundred words.
    let loss = column(&text, 1)[0];
    assert!((5.5..8.0).contains(&loss), "{text}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let fails = |flags: &[&str], part: &str| fails("word_language_model", flags, part);
    fails(&["--epochs", "0"], "--epochs");
    fails(&["--temperature", "0"], "--temperature");
    fails(&["--steps", "0"], "--steps");
    fails(&["--model", "rnn"], "rnn");
    fails(&["--heads", "3", "--model", "transformer"], "heads");
    fails(&["--data", "no/such/file.txt"], "no/such/file.txt");
    fails(&["--data", TEXT, "--batch-size", "1000"], "1000 sequences");
}
