//! Two places for hooks.
use rushlight_nn::{Module, ModuleState};

#[derive(Module)]
struct Net {
    state: ModuleState,
    other: ModuleState,
}

fn main() {}
