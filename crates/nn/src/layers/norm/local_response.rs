//! Local response normalisation, over neighbouring channels.

use crate::{Forward, Module, ModuleState, functional};
use rushlight_tensor::{Result, Tensor};

/// `x / (k + alpha / size Σ x²)^beta` over neighbouring channels. PyTorch: `nn.LocalResponseNorm`.
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct LocalResponseNorm {
    #[module(skip)]
    args: [f64; 3],
    #[module(skip)]
    size: usize,
    state: ModuleState,
}

impl LocalResponseNorm {
    /// A layer with PyTorch's defaults: alpha 1e-4, beta 0.75, k 1.
    pub fn new(size: usize) -> LocalResponseNorm {
        LocalResponseNorm::with(size, 1e-4, 0.75, 1.0)
    }

    /// A layer with arguments of its own.
    pub fn with(size: usize, alpha: f64, beta: f64, k: f64) -> LocalResponseNorm {
        LocalResponseNorm {
            args: [alpha, beta, k],
            size,
            state: ModuleState::default(),
        }
    }

    fn repr(&self) -> String {
        let [alpha, beta, k] = self.args;
        format!("{}, alpha={alpha:?}, beta={beta:?}, k={k:?}", self.size)
    }
}

impl Forward for LocalResponseNorm {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let [alpha, beta, k] = self.args;
        functional::local_response_norm(x, self.size, alpha, beta, k)
    }
}
