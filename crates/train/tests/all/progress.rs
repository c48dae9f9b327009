//! The lines that are printed if the output is not a terminal.

use std::io::Write;
use std::sync::{Arc, Mutex};

use rushlight_train::Progress;

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn lines_hold_the_mean_loss_weighted_by_rows() {
    let out = Shared::default();
    let mut progress = Progress::lines(10, 2, out.clone());
    for _ in 0..10 {
        let mut epoch = progress.epoch();
        epoch.step(64, 0.5);
        epoch.step(1, 3.75);
        assert_eq!(epoch.mean_loss(), 0.55);
        assert_eq!(epoch.finish(), 0.55);
    }
    let text = String::from_utf8(out.0.lock().unwrap().clone()).unwrap();
    assert_eq!(text.lines().count(), 10);
    assert!(
        text.starts_with("epoch  1/10  loss 0.550000  65 rows in 0."),
        "{text}"
    );
    assert!(
        text.lines()
            .last()
            .unwrap()
            .starts_with("epoch 10/10  loss 0.550000"),
        "{text}"
    );
    assert!(text.lines().all(|line| line.ends_with(" rows/s")) && !text.contains('\x1b'));
}

#[test]
fn a_closed_pipe_does_not_end_a_training() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut progress = Progress::lines(1, 1, Closed);
    let mut epoch = progress.epoch();
    epoch.step(1, 2.0);
    assert_eq!(epoch.finish(), 2.0);
    assert!(Progress::silent(1, 1).epoch().finish().is_nan());
}

#[test]
fn more_rows_than_usize_holds_are_no_error() {
    let mut progress = Progress::silent(1, 2);
    let mut epoch = progress.epoch();
    epoch.step(usize::MAX, 1.0);
    epoch.step(usize::MAX, 1.0);
    assert!(epoch.finish() > 0.0);
}
