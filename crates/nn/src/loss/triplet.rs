//! Modules of losses on triples of embeddings.

use crate::call::passed_through;
use crate::functional::{self, TripletMarginLossOptions, TripletMarginWithDistanceLossOptions};
use crate::{Module, ModuleState};
use rushlight_tensor::{Result, Tensor};
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

losses! {
    /// Computes [`functional::triplet_margin_loss`] of an anchor, a positive and a negative example. PyTorch: `nn.TripletMarginLoss`.
    ///
    /// ```
    /// use rushlight::nn::TripletMarginLoss;
    /// use rushlight::tensor;
    /// let (anchor, positive, negative) = (tensor!([[0.0, 0.0]]), tensor!([[3.0, 4.0]]), tensor!([[0.0, 5.5]]));
    /// let loss = TripletMarginLoss::new().call(&anchor, &positive, &negative)?;
    /// assert!((loss.item::<f32>()? - 0.5).abs() < 1e-5);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    TripletMarginLoss(TripletMarginLossOptions) [] |l, anchor, positive, negative| {
        functional::triplet_margin_loss(anchor, positive, negative, l.options())
    };
}

type Distance = dyn Fn(&Tensor, &Tensor) -> Result<Tensor> + Send + Sync;

/// Computes [`functional::triplet_margin_with_distance_loss`] with a custom distance. PyTorch: `nn.TripletMarginWithDistanceLoss`.
///
/// ```
/// use rushlight::nn::TripletMarginWithDistanceLoss;
/// use rushlight::tensor;
/// let criterion = TripletMarginWithDistanceLoss::new(|a, b| a.sub(b)?.abs()?.sum_dim(-1, false));
/// let (anchor, positive, negative) = (tensor!([[0.0, 0.0]]), tensor!([[1.0, 0.0]]), tensor!([[0.0, 1.5]]));
/// assert_eq!(criterion.call(&anchor, &positive, &negative)?.item::<f32>()?, 0.5);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module)]
pub struct TripletMarginWithDistanceLoss {
    #[module(skip)]
    distance: Arc<Distance>,
    #[module(skip)]
    options: TripletMarginWithDistanceLossOptions,
    state: ModuleState,
}

impl TripletMarginWithDistanceLoss {
    /// Creates the loss with `distance`, which takes two batches of vectors and returns one number per pair, and PyTorch's defaults.
    pub fn new(
        distance: impl Fn(&Tensor, &Tensor) -> Result<Tensor> + Send + Sync + 'static,
    ) -> TripletMarginWithDistanceLoss {
        TripletMarginWithDistanceLoss::with(distance, ())
    }

    /// Creates the loss with `distance` and options. The distance is not one of the options, since a function cannot be saved.
    pub fn with(
        distance: impl Fn(&Tensor, &Tensor) -> Result<Tensor> + Send + Sync + 'static,
        options: impl Into<TripletMarginWithDistanceLossOptions>,
    ) -> TripletMarginWithDistanceLoss {
        TripletMarginWithDistanceLoss {
            distance: Arc::new(distance),
            options: options.into(),
            state: ModuleState::default(),
        }
    }

    /// Returns the options of this loss.
    pub fn options(&self) -> &TripletMarginWithDistanceLossOptions {
        &self.options
    }

    /// Computes the loss; an error says that it passed through it, and from which line. PyTorch: calling the loss.
    ///
    /// # Errors
    /// Returns the same errors as the function.
    #[track_caller]
    pub fn call(&self, anchor: &Tensor, positive: &Tensor, negative: &Tensor) -> Result<Tensor> {
        let at = Location::caller();
        let loss = functional::triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            &*self.distance,
            &self.options,
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
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
