//! Similarity and distance of pairs of tensors.

use crate::{Forward, Module, ModuleState, functional};
use rushlight_tensor::{Result, Tensor};

/// The cosine of the angle between two tensors along a dimension. PyTorch: `nn.CosineSimilarity`.
#[derive(Module, Debug)]
pub struct CosineSimilarity {
    #[module(skip)]
    dim: isize,
    #[module(skip)]
    eps: f64,
    state: ModuleState,
}

impl CosineSimilarity {
    /// Along `dim`, lengths at least `eps`; PyTorch's defaults are 1 and 1e-8.
    pub fn new(dim: isize, eps: f64) -> CosineSimilarity {
        CosineSimilarity {
            dim,
            eps,
            state: ModuleState::default(),
        }
    }
}

impl Forward<(Tensor, Tensor)> for CosineSimilarity {
    type Output = Tensor;
    fn forward(&self, (x1, x2): &(Tensor, Tensor)) -> Result<Tensor> {
        functional::cosine_similarity(x1, x2, self.dim, self.eps)
    }
}

/// The p-norm of the difference of two tensors along the last dimension. PyTorch: `nn.PairwiseDistance`.
#[derive(Module, Debug)]
pub struct PairwiseDistance {
    #[module(skip)]
    p: f64,
    #[module(skip)]
    eps: f64,
    #[module(skip)]
    keepdim: bool,
    state: ModuleState,
}

impl PairwiseDistance {
    /// PyTorch's defaults are 2, 1e-6 and false.
    pub fn new(p: f64, eps: f64, keepdim: bool) -> PairwiseDistance {
        PairwiseDistance {
            p,
            eps,
            keepdim,
            state: ModuleState::default(),
        }
    }
}

impl Forward<(Tensor, Tensor)> for PairwiseDistance {
    type Output = Tensor;
    fn forward(&self, (x1, x2): &(Tensor, Tensor)) -> Result<Tensor> {
        functional::pairwise_distance(x1, x2, self.p, self.eps, self.keepdim)
    }
}
