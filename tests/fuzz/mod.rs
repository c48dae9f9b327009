//! Random inputs, absurd ones among them: whatever a program asks for is a result or an error, never a panic, an abort or an endless loop,
//! and the answer depends neither on the device nor on how a tensor lies in memory.
//!
//! Every input is made from a number, its seed, and can be run alone. `cargo test` tries a fixed count of each kind;
//! `RUSHLIGHT_FUZZ_SECONDS=30` tries each kind for so long, `RUSHLIGHT_FUZZ_SEED=7` only that input. How many were tried is printed with
//! `-- --nocapture`.

mod arguments;
mod einsum;
mod harness;
mod layers;
mod methods;
mod programs;
mod samples;
mod states;
