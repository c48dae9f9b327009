//! Loss modules. Each loss is documented at its function in [`functional`](crate::functional), with which it shares its options.
//!
//! A loss takes two tensors, so it does not implement [`Forward`](crate::Forward), which takes one; it implements [`Loss`], of which a
//! training loop can use a trait object. A loss whose options hold weights keeps them as buffers, which move with the module.

/// Defines losses: their options, the weights among them, and the function that computes them.
macro_rules! losses {
    ($(
        $(#[$doc:meta])*
        $name:ident($options:ident) [$($weight:ident),*]
        |$loss:ident, $($arg:ident),*| $call:expr;
    )*) => { $(
        $(#[$doc])*
        #[derive(Module, Debug)]
        pub struct $name {
            $($weight: Option<Buffer>,)*
            /// The options, without the weights, which are buffers.
            #[module(skip)]
            options: $options,
            state: ModuleState,
        }

        impl $name {
            /// Creates the loss with PyTorch's defaults.
            pub fn new() -> $name {
                $name::with(())
            }

            /// Creates the loss with options.
            pub fn with(options: impl Into<$options>) -> $name {
                let options = options.into();
                $name {
                    $($weight: options.$weight.map(Buffer::new),)*
                    options: $options { $($weight: None,)* ..options },
                    state: ModuleState::default(),
                }
            }

            losses!(@options $options, [$($weight),*]);
        }

        impl Default for $name {
            fn default() -> $name {
                $name::new()
            }
        }

        losses!(@call $name, $loss, ($($arg),*), $call);
    )* };
    (@options $options:ident, []) => {
        /// Returns the options of this loss.
        pub fn options(&self) -> &$options {
            &self.options
        }
    };
    (@options $options:ident, [$($weight:ident),+]) => {
        /// Returns the options of this loss, with the current weights, on its device and in its dtype.
        pub fn options(&self) -> $options {
            $options { $($weight: self.$weight.as_deref().cloned(),)+ ..self.options.clone() }
        }
    };
    (@call $name:ident, $loss:ident, ($input:ident, $target:ident), $call:expr) => {
        impl Loss for $name {
            fn forward(&self, $input: &Tensor, $target: &Tensor) -> Result<Tensor> {
                let $loss = self;
                $call
            }
        }
    };
    (@call $name:ident, $loss:ident, ($a:ident, $b:ident, $c:ident), $call:expr) => {
        impl $name {
            /// Computes the loss; an error says that it passed through it, and from which line. PyTorch: calling the loss.
            ///
            /// # Errors
            /// Returns the same errors as the function.
            #[track_caller]
            pub fn call(&self, $a: &Tensor, $b: &Tensor, $c: &Tensor) -> Result<Tensor> {
                let at = Location::caller();
                match self.forward($a, $b, $c) {
                    Ok(loss) => Ok(loss),
                    Err(error) => Err(passed_through(error, self.as_module(), at)),
                }
            }

            fn forward(&self, $a: &Tensor, $b: &Tensor, $c: &Tensor) -> Result<Tensor> {
                let $loss = self;
                $call
            }
        }
    };
}

mod binary;
mod classes;
mod ctc;
mod distribution;
mod embedding;
mod linear_cross_entropy;
mod margin;
mod regression;
mod triplet;

pub use binary::{BCELoss, BCEWithLogitsLoss};
pub use classes::{CrossEntropyLoss, NLLLoss};
pub use ctc::CTCLoss;
pub use distribution::{GaussianNLLLoss, KLDivLoss, PoissonNLLLoss};
pub use embedding::{CosineEmbeddingLoss, HingeEmbeddingLoss, MarginRankingLoss};
pub use linear_cross_entropy::LinearCrossEntropyLoss;
pub use margin::{MultiLabelMarginLoss, MultiLabelSoftMarginLoss, MultiMarginLoss, SoftMarginLoss};
pub use regression::{HuberLoss, L1Loss, MSELoss, SmoothL1Loss};
pub use triplet::{TripletMarginLoss, TripletMarginWithDistanceLoss};

pub use crate::functional::{
    BCELossOptions, BCEWithLogitsLossOptions, CTCLossOptions, CosineEmbeddingLossOptions,
    CrossEntropyLossOptions, GaussianNLLLossOptions, HingeEmbeddingLossOptions, HuberLossOptions,
    KLDivLossOptions, L1LossOptions, LinearCrossEntropyLossOptions, MSELossOptions,
    MarginRankingLossOptions, MultiLabelMarginLossOptions, MultiLabelSoftMarginLossOptions,
    MultiMarginLossOptions, NLLLossOptions, PoissonNLLLossOptions, Reduction, SmoothL1LossOptions,
    SoftMarginLossOptions, TripletMarginLossOptions, TripletMarginWithDistanceLossOptions,
};

use crate::Module;
use crate::call::passed_through;
use rushlight_tensor::{Result, Tensor};
use std::panic::Location;

/// A loss of an input and a target.
///
/// ```
/// use rushlight::nn::{Loss, MSELoss};
/// use rushlight::tensor;
/// let criterion = MSELoss::new();
/// let loss = criterion.call(&tensor!([0.5, 1.8, 2.5]), &tensor!([1.0, 2.0, 2.0]))?;
/// assert!((loss.item::<f32>()? - 0.18).abs() < 1e-6);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub trait Loss: Module {
    /// Computes the loss.
    fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor>;

    /// Computes the loss; an error reports this module and the caller's line. PyTorch: `criterion(input, target)`.
    #[track_caller]
    fn call(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        let at = Location::caller();
        match self.forward(input, target) {
            Ok(loss) => Ok(loss),
            Err(error) => Err(passed_through(error, self.as_module(), at)),
        }
    }
}

impl<L: Loss + ?Sized> Loss for Box<L> {
    fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        (**self).forward(input, target)
    }
}
