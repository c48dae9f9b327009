//! The program `time_sequence_prediction` of PyTorch's examples: two LSTM cells learn sine waves, and continue them.
//!
//!     cargo run --release --example time_sequence_prediction
//!
//! The network, its loss and its optimizer are those of <https://github.com/pytorch/examples/tree/main/time_sequence_prediction>: it predicts each
//! value of a wave from those before, in `float64`, and L-BFGS sees all waves at once. The waves are made by the program; they are fewer and shorter
//! than PyTorch's, so that it takes seconds. Since the waves are known, the error of the continuation is measured too.
//!
//! It prints the errors after each step, and draws the test waves and their predictions into `plots/time_sequence_prediction.svg` and a PNG file of
//! the same name. `tests/pytorch/time_sequence_prediction.py` is the same program in PyTorch and prints the same losses.

use clap::Parser;
use rushlight::nn::{LSTMCell, Linear, MSELoss};
use rushlight::optim::LBFGS;
use rushlight::prelude::*;
use rushlight::{Error, Result};
use rushlight_examples::{On, TextTable, draw, number, thousands, title};
use rushlight_train::LearningCurves;
use std::process::ExitCode;
use std::time::Instant;

/// How many time steps a wave takes for a radian.
const RADIAN: i64 = 10;
/// How many waves are tested on.
const TEST: usize = 3;

/// Two LSTM cells learn sine waves, and continue them.
#[derive(Parser)]
struct Flags {
    /// Steps of L-BFGS, each of which computes the loss up to 20 times
    #[arg(long, default_value_t = 8)]
    steps: usize,
    /// Waves; three of them are for testing
    #[arg(long, default_value_t = 13)]
    waves: usize,
    /// Values of a wave that are known
    #[arg(long, default_value_t = 100)]
    length: usize,
    /// Values to predict after those
    #[arg(long, default_value_t = 100)]
    future: usize,
    /// Units of each cell
    #[arg(long, default_value_t = 40)]
    hidden: usize,
    /// Learning rate
    #[arg(long, default_value_t = 0.8)]
    lr: f64,
    /// Seed of the waves and the weights
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The device that computes, in float64
    #[arg(long, value_enum, default_value_t = On::Cpu)]
    device: On,
    /// A short run: two steps, eight waves, no plot
    #[arg(long)]
    quick: bool,
}

fn main() -> ExitCode {
    rushlight_examples::run(example)
}

#[derive(Module)]
struct Sequence {
    lstm1: LSTMCell,
    lstm2: LSTMCell,
    linear: Linear,
    #[module(skip)]
    hidden: usize,
    state: ModuleState,
}

impl Sequence {
    fn new(hidden: usize) -> Result<Self> {
        Ok(Sequence {
            lstm1: LSTMCell::new(1, hidden)?,
            lstm2: LSTMCell::new(hidden, hidden)?,
            linear: Linear::new(hidden, 1)?,
            hidden,
            state: ModuleState::default(),
        })
    }

    /// The value that follows each of `input`, and `future` more, each from the one before: `[n, length] → [n, length + future]`.
    fn predict(&self, input: &Tensor, future: usize) -> Result<Tensor> {
        let zeros = input.new_zeros([input.size(0)?, self.hidden])?;
        let mut state1 = (zeros.clone(), zeros.clone());
        let mut state2 = state1.clone();
        let mut step = |x: &Tensor| {
            state1 = self.lstm1.call_with_state(x, &state1)?;
            state2 = self.lstm2.call_with_state(&state1.0, &state2)?;
            self.linear.call(&state2.0)
        };
        let mut outputs = Vec::new();
        for x in input.split(1, 1)? {
            outputs.push(step(&x)?);
        }
        for _ in 0..future {
            outputs.push(step(&outputs[outputs.len() - 1])?);
        }
        Tensor::cat(&outputs, 1)
    }
}

fn example(flags: Flags) -> Result<()> {
    let (steps, waves) = if flags.quick {
        (flags.steps.min(2), flags.waves.min(8))
    } else {
        (flags.steps, flags.waves)
    };
    if steps == 0 || waves <= TEST || flags.length < 2 || flags.future == 0 {
        return Err(Error::value(
            "--steps and --future must be at least 1, --length at least 2, and --waves at least 4",
        ));
    }
    let device = flags.device.device()?;
    manual_seed(flags.seed);

    // Waves of one period, each with a phase of its own.
    let known = flags.length - 1;
    let shift = Tensor::randint(-4 * RADIAN, 4 * RADIAN, [waves, 1], ())?;
    let time = Tensor::arange(0, flags.length + flags.future, 1, ())?;
    let data = shift
        .add(&time)?
        .double()?
        .div(RADIAN)?
        .sin()?
        .to(&device)?;
    let (train, test) = (data.i(TEST..)?, data.i(..TEST)?);
    let (input, target) = (train.i((.., ..known))?, train.i((.., 1..=known))?);
    let (test_input, test_target) = (test.i((.., ..known))?, test.i((.., 1..))?);

    let model = Sequence::new(flags.hidden)?.to((DType::F64, &device))?;
    let criterion = MSELoss::new();
    let mut optimizer = LBFGS::new(model.parameters(), flags.lr)?;
    println!(
        "{}",
        title("time_sequence_prediction: LSTM cells continue sine waves")
    );
    println!(
        "{} waves of {} values, {TEST} more for testing, {} parameters on {device}\n",
        waves - TEST,
        flags.length,
        thousands(model.num_parameters())
    );
    let table = TextTable::new(
        [
            "step",
            "evaluations",
            "training loss",
            "test loss",
            "loss of continuation",
            "time (s)",
        ]
        .map(number),
    );
    println!("{table}");
    let start = Instant::now();
    let mut predicted = test_target.clone();
    for step in 1..=steps {
        let loss = optimizer.step_with(|| {
            model.zero_grad();
            let loss = criterion.call(&model.predict(&input, 0)?, &target)?;
            loss.backward()?;
            Ok(loss)
        })?;
        predicted = no_grad(|| model.predict(&test_input, flags.future))?;
        let error = predicted.sub(&test_target)?.square()?;
        let row = table.row(&[
            &step,
            &optimizer.func_evals(),
            &format!("{:.7e}", loss.item::<f64>()?),
            &format!("{:.1e}", error.i((.., ..known))?.mean()?.item::<f64>()?),
            &format!("{:.1e}", error.i((.., known..))?.mean()?.item::<f64>()?),
            &format!("{:.2}", start.elapsed().as_secs_f64()),
        ]);
        println!("{row}");
    }
    if flags.quick {
        return Ok(());
    }

    let plot_title = format!("Sine waves, continued after {} values", flags.length);
    let mut curves = LearningCurves::new(plot_title, "time", "value");
    for (name, values) in [("wave", &test_target), ("predicted", &predicted)] {
        for (i, wave) in values.to_vec2::<f64>()?.iter().enumerate() {
            for (t, value) in wave.iter().enumerate() {
                curves.push(&format!("{name} {}", i + 1), t as f64 + 1.0, *value);
            }
        }
    }
    println!();
    for file in draw(&curves, "time_sequence_prediction", None)? {
        println!(
            "wrote {}: the test waves and their predictions",
            file.display()
        );
    }
    Ok(())
}
