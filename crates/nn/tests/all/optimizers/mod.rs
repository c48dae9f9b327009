//! Optimizers against PyTorch's numbers, their groups, their states and their complaints.

mod lbfgs;
mod numbers;
mod refusals;
mod states;
mod steps;

use rushlight_tensor::Result;

/// Whether the library refused in these words, and places the error in the test.
#[track_caller]
fn refused<T>(result: Result<T>, text: &str) {
    match result {
        Ok(_) => panic!("no error, expected {text:?}"),
        Err(e) => {
            assert!(e.to_string().contains(text), "{e}\nexpected {text:?}");
            let at = e.location().file();
            assert!(at.contains("optimizers"), "{e}\nplaced at {at}");
        }
    }
}
