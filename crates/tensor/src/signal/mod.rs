//! Signal processing: window functions. PyTorch: `torch.signal`.

pub mod windows;
