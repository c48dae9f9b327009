//! Random numbers: on every device, the numbers that PyTorch's CPU generator returns for the same seed.
//!
//! Numbers are drawn on the host in sequence from one mt19937 stream, and then copied to the tensor's device. That costs a transfer, but a
//! seed gives the same numbers on the CPU and on a GPU, with any number of threads, and in PyTorch.
//!
//! [`Generator`] is the handle (PyTorch: `torch.Generator`), [`manual_seed`] seeds the default one, and
//! [`Mt19937`] is the bare engine, which also works with the `rand` crate. How each distribution uses the engine's numbers is in `draw`.

mod distribution;
mod draw;
mod factory;
mod generator;
mod in_place;
mod integers;
mod mt19937;

pub use generator::{
    Generator, default_generator, get_rng_state, initial_seed, manual_seed, seed, set_rng_state,
};
pub use mt19937::Mt19937;
