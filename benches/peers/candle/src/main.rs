//! candle's times for the rows of the program `peers`. The workloads are those of `benches/src/peers`, as a user of candle would write them.
//!
//! What differs: candle has no data loader, its softmax and layer norm of one kernel have no backward pass, which is why the GPT composes them,
//! Adam is AdamW without weight decay, and momentum is written by hand. Rows that candle has no layer for are missing.

#[path = "../../environment.rs"]
mod environment;
mod gpt;
// Only the program `peers` withdraws results: it checks them.
#[allow(dead_code)]
#[path = "../../../src/peers/harness.rs"]
mod harness;
mod layers;
mod operations;
mod training;

use candle_core::{Device, Result, Shape, Tensor};
use clap::Parser;
use harness::{Bench, Flags};

fn main() -> std::process::ExitCode {
    let flags = Flags::parse();
    environment::require(&["RAYON_NUM_THREADS"], &flags.threads.to_string());
    match measure(flags) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("error: {e}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn measure(flags: Flags) -> Result<()> {
    let mut bench = Bench::new(flags);
    operations::rows(&mut bench)?;
    layers::rows(&mut bench)?;
    training::rows(&mut bench)?;
    gpt::row(&mut bench)?;
    bench.finish();
    Ok(())
}

/// A row whose result is dropped. `make` makes the inputs, if the row is asked for.
fn row<T, W: FnMut() -> Result<T>>(
    bench: &mut Bench,
    key: &str,
    make: impl FnOnce() -> Result<W>,
) -> Result<()> {
    if bench.wants(key) {
        let mut work = make()?;
        bench.row(key, 1, || work().map(drop))?;
    }
    Ok(())
}

fn randn(shape: impl Into<Shape>) -> Result<Tensor> {
    Tensor::randn(0f32, 1f32, shape, &Device::Cpu)
}
