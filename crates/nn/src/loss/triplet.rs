//! A triplet loss by a distance of the user's own.

use crate::call::passed_through;
use crate::functional::{self, Reduction};
use crate::{Module, ModuleState};
use rushlight_tensor::{Result, Tensor};
use std::fmt;
use std::panic::Location;

type Distance = dyn Fn(&Tensor, &Tensor) -> Result<Tensor> + Send + Sync;

/// [`functional::triplet_margin_with_distance_loss`]. PyTorch: `nn.TripletMarginWithDistanceLoss`.
///
/// ```
/// use rushlight_nn::TripletMarginWithDistanceLoss;
/// use rushlight_tensor::tensor;
/// let criterion = TripletMarginWithDistanceLoss::new(|a, b| a.sub(b)?.abs()?.sum_dim(-1, false));
/// let (anchor, like, unlike) = (tensor!([[0.0, 0.0]]), tensor!([[1.0, 0.0]]), tensor!([[0.0, 1.5]]));
/// assert_eq!(criterion.call(&anchor, &like, &unlike)?.item::<f32>()?, 0.5);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[derive(Module)]
pub struct TripletMarginWithDistanceLoss {
    #[module(skip)]
    distance: Box<Distance>,
    #[module(skip)]
    margin: f64,
    #[module(skip)]
    swap: bool,
    #[module(skip)]
    reduction: Reduction,
    state: ModuleState,
}

impl TripletMarginWithDistanceLoss {
    /// The loss by `distance`, which takes two batches of vectors; with PyTorch's defaults.
    pub fn new(
        distance: impl Fn(&Tensor, &Tensor) -> Result<Tensor> + Send + Sync + 'static,
    ) -> TripletMarginWithDistanceLoss {
        TripletMarginWithDistanceLoss {
            distance: Box::new(distance),
            margin: 1.0,
            swap: false,
            reduction: Reduction::Mean,
            state: ModuleState::default(),
        }
    }

    /// By how much the unlike example should be farther; by default 1.
    #[must_use]
    pub fn margin(mut self, margin: f64) -> TripletMarginWithDistanceLoss {
        self.margin = margin;
        self
    }

    /// Whether the like example may take the anchor's place; by default no.
    #[must_use]
    pub fn swap(mut self, swap: bool) -> TripletMarginWithDistanceLoss {
        self.swap = swap;
        self
    }

    /// What becomes of the elements; by default their mean.
    #[must_use]
    pub fn reduction(mut self, reduction: Reduction) -> TripletMarginWithDistanceLoss {
        self.reduction = reduction;
        self
    }

    /// Computes the loss; an error says that it passed through it, and from which line.
    #[track_caller]
    pub fn call(&self, anchor: &Tensor, positive: &Tensor, negative: &Tensor) -> Result<Tensor> {
        let at = Location::caller();
        let loss = functional::triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            &self.distance,
            self.margin,
            self.swap,
            self.reduction,
        );
        match loss {
            Ok(loss) => Ok(loss),
            Err(error) => Err(passed_through(error, self.as_module(), at)),
        }
    }
}

impl fmt::Debug for TripletMarginWithDistanceLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TripletMarginWithDistanceLoss")
            .field("margin", &self.margin)
            .field("swap", &self.swap)
            .field("reduction", &self.reduction)
            .finish_non_exhaustive()
    }
}
