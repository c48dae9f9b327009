//! Training progress: a progress bar on a terminal, otherwise one line per epoch.
//!
//! It is written to standard output. The bar is shown only if that is a terminal, so that log files contain no control codes.

#[cfg(feature = "progress")]
use std::io::IsTerminal;
use std::io::Write;
use std::time::Instant;

/// The progress display of a training run with a given number of epochs.
///
/// ```
/// use rushlight_train::Progress;
///
/// let mut progress = Progress::new(2, 3);
/// for _ in 0..2 {
///     let mut epoch = progress.epoch();
///     for loss in [0.5, 0.4, 0.3] {
///         epoch.step(64, loss);
///     }
///     assert!((epoch.finish() - 0.4).abs() < 1e-12);
/// }
/// ```
pub struct Progress {
    epochs: usize,
    batches: usize,
    begun: usize,
    output: Output,
}

enum Output {
    Silent,
    Lines(Box<dyn Write + Send>),
    #[cfg(feature = "progress")]
    Bar,
}

impl Progress {
    /// Shows `epochs` epochs of `batches` batches each on standard output: with a progress bar if it is a terminal and the feature
    /// `progress` is on, otherwise with one line per epoch.
    pub fn new(epochs: usize, batches: usize) -> Progress {
        #[cfg(feature = "progress")]
        if std::io::stdout().is_terminal() {
            return Progress {
                epochs,
                batches,
                begun: 0,
                output: Output::Bar,
            };
        }
        Progress::lines(epochs, batches, std::io::stdout())
    }

    /// Writes one line per epoch to `writer`, even if it is a terminal.
    pub fn lines(epochs: usize, batches: usize, writer: impl Write + Send + 'static) -> Progress {
        Progress {
            epochs,
            batches,
            begun: 0,
            output: Output::Lines(Box::new(writer)),
        }
    }

    /// Shows nothing; epochs still compute their mean loss.
    pub fn silent(epochs: usize, batches: usize) -> Progress {
        Progress {
            epochs,
            batches,
            begun: 0,
            output: Output::Silent,
        }
    }

    /// Begins the next epoch.
    pub fn epoch(&mut self) -> Epoch<'_> {
        self.begun += 1;
        let width = self.epochs.to_string().len();
        let name = format!("epoch {:>width$}/{}", self.begun, self.epochs);
        let bar = Bar::new(&self.output, &name, self.batches);
        Epoch {
            name,
            started: Instant::now(),
            rows: 0,
            weighted: 0.0,
            bar,
            output: &mut self.output,
        }
    }
}

/// One epoch of a [`Progress`].
pub struct Epoch<'a> {
    name: String,
    started: Instant,
    rows: usize,
    weighted: f64,
    bar: Bar,
    output: &'a mut Output,
}

impl Epoch<'_> {
    /// Records a batch of `rows` rows whose mean loss is `loss`.
    #[inline]
    pub fn step(&mut self, rows: usize, loss: f64) {
        self.rows = self.rows.saturating_add(rows);
        self.weighted += loss * rows as f64;
        self.bar.step(|| {
            (
                self.weighted / self.rows as f64,
                self.rows as f64 / self.started.elapsed().as_secs_f64(),
            )
        });
    }

    /// Records a batch of `rows` rows without its loss, for loops that do not read the loss of each batch, because that waits for the
    /// device. The mean loss of the epoch is then given to [`Epoch::finish_with`].
    #[inline]
    pub fn advance(&mut self, rows: usize) {
        self.step(rows, f64::NAN);
    }

    /// The mean loss so far, each batch weighted by its rows; NaN before the first batch.
    pub fn mean_loss(&self) -> f64 {
        self.weighted / self.rows as f64
    }

    /// Does what [`Epoch::finish`] does, with a mean loss that was not recorded batch by batch.
    pub fn finish_with(mut self, mean_loss: f64) -> f64 {
        self.weighted = mean_loss * self.rows as f64;
        self.finish()
    }

    /// Ends the epoch, shows its line, and returns its mean loss.
    pub fn finish(self) -> f64 {
        let (loss, seconds) = (self.mean_loss(), self.started.elapsed().as_secs_f64());
        let rate = self.rows as f64 / seconds.max(1e-9);
        let line = format!(
            "{}  loss {loss:.6}  {} rows in {seconds:.3} s  {rate:.0} rows/s",
            self.name, self.rows
        );
        self.bar.clear();
        // A closed pipe must not end the training.
        let _ = match self.output {
            Output::Silent => Ok(()),
            Output::Lines(writer) => writeln!(writer, "{line}").and_then(|()| writer.flush()),
            #[cfg(feature = "progress")]
            Output::Bar => writeln!(std::io::stdout(), "{line}"),
        };
        loss
    }
}

/// The progress bar of one epoch, if it is shown.
#[cfg(feature = "progress")]
struct Bar {
    bar: Option<indicatif::ProgressBar>,
    steps: u64,
    drawn: Instant,
}

#[cfg(feature = "progress")]
impl Bar {
    fn new(output: &Output, name: &str, batches: usize) -> Bar {
        use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
        let bar = matches!(output, Output::Bar).then(|| {
            let bar =
                ProgressBar::with_draw_target(Some(batches as u64), ProgressDrawTarget::stdout());
            if let Ok(style) =
                ProgressStyle::with_template("{prefix} [{bar:32}] {pos}/{len}  {msg}")
            {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_prefix(name.to_owned());
            bar
        });
        Bar {
            bar,
            steps: 0,
            drawn: Instant::now(),
        }
    }

    /// Draws the mean loss and the rows per second, at most every 50 ms, because nobody can read faster changes.
    fn step(&mut self, state: impl FnOnce() -> (f64, f64)) {
        self.steps += 1;
        if let Some(bar) = &self.bar
            && self.drawn.elapsed() >= std::time::Duration::from_millis(50)
        {
            let (loss, rate) = state();
            bar.set_position(self.steps);
            let loss = match loss {
                loss if loss.is_nan() => String::new(),
                loss => format!("loss {loss:.4}  "),
            };
            bar.set_message(format!("{loss}{rate:.0} rows/s"));
            self.drawn = Instant::now();
        }
    }

    fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(not(feature = "progress"))]
struct Bar;

#[cfg(not(feature = "progress"))]
impl Bar {
    fn new(_: &Output, _: &str, _: usize) -> Bar {
        Bar
    }

    fn step(&mut self, _: impl FnOnce() -> (f64, f64)) {}

    fn clear(&self) {}
}
