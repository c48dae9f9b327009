//! What `benches/peers/compare.py` compares with PyTorch, candle and burn: the rows, each with a check of its result.
//!
//! `benches/peers/pytorch.py` has the same rows: same shapes, same layers, same optimizers, and what the loop's body makes is also dropped there
//! within the timing. A row is written as a user would write it, with the public functions alone. After the timing its result is compared with
//! [`Reference`], the textbook's formula in plain loops of `f64`: a kernel that is fast and wrong is no result. The rows do not reuse
//! [`crate::work`], whose models and sizes are those of the GPU's table.

mod attention;
mod convolution;
mod elementwise;
mod gpt;
pub mod harness;
mod normalization;
mod overhead;
mod pooling;
mod products;
mod recurrent;
mod recurrent_reference;
mod reference;
mod rows;
mod training;

pub use reference::Reference;

use harness::Bench;
use rushlight::prelude::*;
use rushlight::{Error, Result};
use std::time::Duration;

/// A key, and how to make its work.
pub struct Row {
    key: String,
    make: Box<dyn FnOnce() -> Result<Workload>>,
}

impl Row {
    fn new(key: impl Into<String>, make: impl FnOnce() -> Result<Workload> + 'static) -> Row {
        Row {
            key: key.into(),
            make: Box::new(make),
        }
    }

    /// PyTorch's script has the same.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Measures it, and checks the result afterwards.
    ///
    /// # Errors
    /// If the work fails or its result is wrong; the time of a wrong result is withdrawn.
    pub fn measure(self, bench: &mut Bench) -> Result<()> {
        let Workload {
            work,
            times,
            recorded,
            check,
        } = (self.make)()?;
        let without_gradients = (!recorded).then(no_grad_guard);
        match work {
            Work::Whole(run) => bench.row(&self.key, times, run)?,
            Work::Part(run) => bench.part(&self.key, run)?,
        }
        drop(without_gradients);
        if !bench.measures_time() {
            return Ok(());
        }
        check().inspect_err(|_| bench.withdraw())
    }
}

/// What a row does and how its result is checked.
struct Workload {
    work: Work,
    /// Repetitions within a run.
    times: usize,
    /// Whether operations are recorded for gradients.
    recorded: bool,
    check: Box<dyn FnOnce() -> Result<()>>,
}

enum Work {
    /// The whole run is timed.
    Whole(Box<dyn FnMut() -> Result<()>>),
    /// It measures the part that counts.
    Part(Box<dyn FnMut() -> Result<Duration>>),
}

impl Workload {
    /// An expression whose result is dropped, without gradients.
    fn forward(
        run: impl Fn() -> Result<Tensor> + Clone + 'static,
        reference: impl FnOnce() -> Result<Reference> + 'static,
    ) -> Workload {
        let result = run.clone();
        Workload {
            recorded: false,
            ..Workload::recorded(
                move || run().map(drop),
                move || reference()?.agrees("result", &no_grad(result)?),
            )
        }
    }

    /// Work that is recorded: a forward and backward pass, or a step of training.
    fn recorded(
        run: impl FnMut() -> Result<()> + 'static,
        check: impl FnOnce() -> Result<()> + 'static,
    ) -> Workload {
        Workload {
            work: Work::Whole(Box::new(run)),
            times: 1,
            recorded: true,
            check: Box::new(check),
        }
    }
}

/// All rows, in the order of the table.
pub fn rows() -> Vec<Row> {
    let mut rows = products::rows();
    rows.extend(elementwise::rows());
    rows.extend(self::rows::rows());
    rows.extend(convolution::rows());
    rows.extend(pooling::rows());
    rows.extend(normalization::rows());
    rows.extend(attention::rows());
    rows.extend(training::rows());
    rows.push(gpt::row());
    rows.extend(recurrent::rows());
    rows.extend(overhead::rows());
    rows
}

/// Standard normal numbers.
fn randn(shape: &[usize]) -> Result<Tensor> {
    Tensor::randn(shape, ())
}

/// The same as a leaf that requires a gradient.
fn leaf(shape: &[usize]) -> Result<Tensor> {
    randn(shape)?.requires_grad_(true)
}

/// The elements, for a reference.
fn host(x: &Tensor) -> Result<Vec<f64>> {
    x.to(DType::F64)?.to_vec()
}

/// The gradient of a leaf after a backward pass.
fn gradient(x: &Tensor) -> Result<Tensor> {
    x.grad()
        .ok_or_else(|| Error::value("there is no gradient after the backward pass"))
}
