//! Modules that contain modules. Their children's names are flat, as in PyTorch: `0.weight`, not `layers.0.weight`.

mod dict;
mod list;
mod sequential;

pub use dict::ModuleDict;
pub use list::ModuleList;
pub use sequential::Sequential;
