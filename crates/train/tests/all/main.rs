//! What surrounds a training loop, as one test program.

mod curves;
mod metrics;
mod progress;
