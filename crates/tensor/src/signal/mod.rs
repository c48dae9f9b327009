//! For signals: the windows that cut pieces out of them. PyTorch: `torch.signal`.

pub mod windows;
