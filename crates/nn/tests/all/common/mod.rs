//! What several tests share: PyTorch's answers and the devices.

pub mod against;
pub mod answers;
pub mod devices;
pub mod options;
