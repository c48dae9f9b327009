//! Random numbers: the numbers that PyTorch's CPU generator gives for the same seed, on every device.
//!
//! Numbers are drawn on the host, one after another from one mt19937 stream, and then moved to the tensor's device. That costs a transfer,
//! and buys that a seed means the same everywhere: on the CPU, on a GPU, on one thread or on sixteen, here or in PyTorch.
//!
//! [`Generator`] is the handle (PyTorch: `torch.Generator`), [`manual_seed`] seeds the one that is used where none is named, and
//! [`Mt19937`] is the bare engine, which also works with the `rand` crate. How each distribution spends the engine's numbers is in `draw`.

mod distribution;
mod draw;
mod factory;
mod generator;
mod in_place;
mod integers;
mod mt19937;

pub use generator::{Generator, default_generator, manual_seed};
pub use mt19937::Mt19937;
