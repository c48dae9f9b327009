//! Similarity and distance of pairs of tensors.

use crate::functional::{self, CosineSimilarityOptions, PairwiseDistanceOptions};
use crate::{Forward, Module, ModuleState};
use rushlight_tensor::{Result, Tensor};

/// Computes the cosine of the angle between two tensors along a dimension. PyTorch: `nn.CosineSimilarity`.
///
/// The function is [`cosine_similarity`](functional::cosine_similarity).
///
/// ```
/// use rushlight::nn::{Call, CosineSimilarity};
/// use rushlight::tensor;
/// let pair = (tensor!([[1.0, 0.0], [1.0, 0.0]]), tensor!([[2.0, 0.0], [0.0, 3.0]]));
/// assert_eq!(CosineSimilarity::new().call(&pair)?.to_vec::<f32>()?, [1.0, 0.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug, Default)]
pub struct CosineSimilarity {
    #[module(skip)]
    options: CosineSimilarityOptions,
    state: ModuleState,
}

impl CosineSimilarity {
    /// Creates the layer for vectors along dimension 1.
    pub fn new() -> CosineSimilarity {
        CosineSimilarity::default()
    }

    /// Creates a layer with options.
    pub fn with(options: impl Into<CosineSimilarityOptions>) -> CosineSimilarity {
        CosineSimilarity {
            options: options.into(),
            state: ModuleState::default(),
        }
    }

    /// Returns the options.
    pub fn options(&self) -> &CosineSimilarityOptions {
        &self.options
    }
}

impl Forward<(Tensor, Tensor)> for CosineSimilarity {
    type Output = Tensor;
    fn forward(&self, (x1, x2): &(Tensor, Tensor)) -> Result<Tensor> {
        functional::cosine_similarity(x1, x2, self.options)
    }
}

/// Computes the p-norm of the difference of two tensors along the last dimension. PyTorch: `nn.PairwiseDistance`.
///
/// The function is [`pairwise_distance`](functional::pairwise_distance).
///
/// ```
/// use rushlight::nn::{Call, PairwiseDistance, PairwiseDistanceOptions};
/// use rushlight::tensor;
/// let pair = (tensor!([[3.0, 4.0]]), tensor!([[0.0, 0.0]]));
/// let distance = PairwiseDistance::with(PairwiseDistanceOptions::new().p(1.0).eps(0.0));
/// assert_eq!(distance.call(&pair)?.to_vec::<f32>()?, [7.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug, Default)]
pub struct PairwiseDistance {
    #[module(skip)]
    options: PairwiseDistanceOptions,
    state: ModuleState,
}

impl PairwiseDistance {
    /// Creates the layer for the Euclidean distance.
    pub fn new() -> PairwiseDistance {
        PairwiseDistance::default()
    }

    /// Creates a layer with options.
    pub fn with(options: impl Into<PairwiseDistanceOptions>) -> PairwiseDistance {
        PairwiseDistance {
            options: options.into(),
            state: ModuleState::default(),
        }
    }

    /// Returns the options.
    pub fn options(&self) -> &PairwiseDistanceOptions {
        &self.options
    }
}

impl Forward<(Tensor, Tensor)> for PairwiseDistance {
    type Output = Tensor;
    fn forward(&self, (x1, x2): &(Tensor, Tensor)) -> Result<Tensor> {
        functional::pairwise_distance(x1, x2, self.options)
    }
}
