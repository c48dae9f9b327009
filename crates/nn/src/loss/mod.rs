//! Losses as modules. What each computes is said at its function in [`functional`].
//!
//! A loss takes two tensors, so it is not a [`Forward`](crate::Forward) from one; [`Loss`] is its trait, and a trait object of it is what a
//! training loop needs to know. Options are set on the loss itself: `CrossEntropyLoss::new().label_smoothing(0.1)`.

mod ctc;
mod linear_cross_entropy;
mod triplet;

pub use ctc::CTCLoss;
pub use linear_cross_entropy::{LinearCrossEntropyLoss, LinearCrossEntropyLossBuilder};
pub use triplet::TripletMarginWithDistanceLoss;

use crate::call::passed_through;
use crate::functional::{self, CrossEntropyOptions, Reduction, same_shape};
use crate::{Buffer, Module, ModuleState};
use rushlight_tensor::{Result, Tensor};
use std::panic::Location;

/// A loss of an input and a target.
///
/// ```
/// use rushlight_nn::{Loss, MSELoss};
/// use rushlight_tensor::tensor;
/// let criterion = MSELoss::new();
/// let loss = criterion.call(&tensor!([0.5, 1.8, 2.5]), &tensor!([1.0, 2.0, 2.0]))?;
/// assert!((loss.item::<f32>()? - 0.18).abs() < 1e-6);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
pub trait Loss: Module {
    /// Computes the loss.
    fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor>;

    /// Computes the loss; an error says that it passed through it, and from which line. PyTorch: `criterion(input, target)`.
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

/// Declares losses: their weights, their options with defaults, and the function that computes them.
macro_rules! losses {
    ($(
        $(#[$doc:meta])* $name:ident
        [$($(#[$weight_doc:meta])* $weight:ident),*]
        { $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr),* }
        |$loss:ident, $($arg:ident),*| $call:expr;
    )*) => { $(
        $(#[$doc])*
        #[derive(Module, Debug)]
        pub struct $name {
            $($weight: Option<Buffer>,)*
            $(#[module(skip)] $field: $type,)*
            #[module(skip)]
            reduction: Reduction,
            state: ModuleState,
        }

        impl $name {
            /// The loss with PyTorch's defaults.
            pub fn new() -> $name {
                $name {
                    $($weight: None,)*
                    $($field: $default,)*
                    reduction: Reduction::Mean,
                    state: ModuleState::default(),
                }
            }

            $(
                $(#[$weight_doc])*
                #[must_use]
                pub fn $weight(mut self, $weight: Tensor) -> $name {
                    self.$weight = Some(Buffer::new($weight));
                    self
                }
            )*

            $(
                $(#[$field_doc])*
                #[must_use]
                pub fn $field(mut self, $field: $type) -> $name {
                    self.$field = $field;
                    self
                }
            )*

            /// What becomes of the elements; by default their mean.
            #[must_use]
            pub fn reduction(mut self, reduction: Reduction) -> $name {
                self.reduction = reduction;
                self
            }
        }

        impl Default for $name {
            fn default() -> $name {
                $name::new()
            }
        }

        losses!(@call $name, $loss, ($($arg),*), $call);
    )* };
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
            /// Computes the loss; an error says that it passed through it, and from which line.
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

losses! {
    /// [`functional::mse_loss`] of an input and a target of one shape. PyTorch, which broadcasts with a warning: `nn.MSELoss`.
    MSELoss [] {} |l, input, target| {
        same_shape("MSELoss", input, target)?;
        functional::mse_loss(input, target, l.reduction)
    };

    /// [`functional::l1_loss`] of an input and a target of one shape. PyTorch, which broadcasts with a warning: `nn.L1Loss`.
    L1Loss [] {} |l, input, target| {
        same_shape("L1Loss", input, target)?;
        functional::l1_loss(input, target, l.reduction)
    };

    /// [`functional::smooth_l1_loss`] of an input and a target of one shape. PyTorch, which broadcasts with a warning: `nn.SmoothL1Loss`.
    SmoothL1Loss [] {
        /// Where the square ends and the line begins; by default 1.
        beta: f64 = 1.0
    } |l, input, target| {
        same_shape("SmoothL1Loss", input, target)?;
        functional::smooth_l1_loss(input, target, l.beta, l.reduction)
    };

    /// [`functional::huber_loss`] of an input and a target of one shape. PyTorch, which broadcasts with a warning: `nn.HuberLoss`.
    HuberLoss [] {
        /// Where the square ends and the line begins; by default 1.
        delta: f64 = 1.0
    } |l, input, target| {
        same_shape("HuberLoss", input, target)?;
        functional::huber_loss(input, target, l.delta, l.reduction)
    };

    /// [`functional::binary_cross_entropy`], of probabilities. PyTorch: `nn.BCELoss`.
    BCELoss [
        /// A weight for each element; broadcasts.
        weight
    ] {} |l, input, target| functional::binary_cross_entropy(input, target, l.weight.as_deref(), l.reduction);

    /// [`functional::binary_cross_entropy_with_logits`]. PyTorch: `nn.BCEWithLogitsLoss`.
    BCEWithLogitsLoss [
        /// A weight for each element; broadcasts.
        weight,
        /// A weight for the positive elements of each class; broadcasts.
        pos_weight
    ] {} |l, input, target| {
        functional::binary_cross_entropy_with_logits(input, target, l.weight.as_deref(), l.pos_weight.as_deref(), l.reduction)
    };

    /// [`functional::cross_entropy`], of logits. PyTorch: `nn.CrossEntropyLoss`.
    CrossEntropyLoss [
        /// A weight for each class.
        weight
    ] {
        /// Samples of this target class do not count; by default -100.
        ignore_index: i64 = -100,
        /// How much of each target is spread over all classes; by default nothing.
        label_smoothing: f64 = 0.0
    } |l, input, target| {
        let &CrossEntropyLoss { ref weight, ignore_index, label_smoothing, reduction, .. } = l;
        let options = CrossEntropyOptions { weight: weight.as_deref(), ignore_index, label_smoothing, reduction };
        functional::cross_entropy(input, target, &options)
    };

    /// [`functional::nll_loss`], of log-probabilities. PyTorch: `nn.NLLLoss`.
    NLLLoss [
        /// A weight for each class.
        weight
    ] {
        /// Samples of this target class do not count; by default -100.
        ignore_index: i64 = -100
    } |l, input, target| {
        let &NLLLoss { ref weight, ignore_index, reduction, .. } = l;
        let options = CrossEntropyOptions { weight: weight.as_deref(), ignore_index, reduction, ..Default::default() };
        functional::nll_loss(input, target, &options)
    };

    /// [`functional::kl_div`]. PyTorch: `nn.KLDivLoss`.
    KLDivLoss [] {
        /// Whether the target holds logarithms too; by default no.
        log_target: bool = false
    } |l, input, target| functional::kl_div(input, target, l.log_target, l.reduction);

    /// [`functional::poisson_nll_loss`]. PyTorch: `nn.PoissonNLLLoss`.
    PoissonNLLLoss [] {
        /// Whether the input is the logarithm of the rate; by default yes.
        log_input: bool = true,
        /// Whether Stirling's approximation is added; by default no.
        full: bool = false,
        /// Added to a rate before its logarithm; by default 1e-8.
        eps: f64 = 1e-8
    } |l, input, target| functional::poisson_nll_loss(input, target, l.log_input, l.full, l.eps, l.reduction);

    /// [`functional::gaussian_nll_loss`]. PyTorch: `nn.GaussianNLLLoss`.
    GaussianNLLLoss [] {
        /// Whether the constant ln(2π)/2 is added; by default no.
        full: bool = false,
        /// The least variance; by default 1e-6.
        eps: f64 = 1e-6
    } |l, input, target, var| functional::gaussian_nll_loss(input, target, var, l.full, l.eps, l.reduction);

    /// [`functional::hinge_embedding_loss`]. PyTorch: `nn.HingeEmbeddingLoss`.
    HingeEmbeddingLoss [] {
        /// How far apart unlike pairs should be; by default 1.
        margin: f64 = 1.0
    } |l, input, target| functional::hinge_embedding_loss(input, target, l.margin, l.reduction);

    /// [`functional::margin_ranking_loss`]. PyTorch: `nn.MarginRankingLoss`.
    MarginRankingLoss [] {
        /// By how much one should outrank the other; by default 0.
        margin: f64 = 0.0
    } |l, x1, x2, target| functional::margin_ranking_loss(x1, x2, target, l.margin, l.reduction);

    /// [`functional::cosine_embedding_loss`]. PyTorch: `nn.CosineEmbeddingLoss`.
    CosineEmbeddingLoss [] {
        /// The cosine that unlike pairs may have; by default 0.
        margin: f64 = 0.0
    } |l, x1, x2, target| functional::cosine_embedding_loss(x1, x2, target, l.margin, l.reduction);

    /// [`functional::triplet_margin_loss`]. PyTorch: `nn.TripletMarginLoss`.
    TripletMarginLoss [] {
        /// By how much the unlike example should be farther; by default 1.
        margin: f64 = 1.0,
        /// Which norm measures distance; by default 2.
        p: f64 = 2.0,
        /// Added to each difference; by default 1e-6.
        eps: f64 = 1e-6,
        /// Whether the like example may take the anchor's place; by default no.
        swap: bool = false
    } |l, anchor, positive, negative| {
        functional::triplet_margin_loss(anchor, positive, negative, l.margin, l.p, l.eps, l.swap, l.reduction)
    };

    /// [`functional::multi_margin_loss`]. PyTorch: `nn.MultiMarginLoss`.
    MultiMarginLoss [
        /// A weight for each class.
        weight
    ] {
        /// The power of each violation, 1 or 2; by default 1.
        p: u32 = 1,
        /// By how much the right class should lead; by default 1.
        margin: f64 = 1.0
    } |l, input, target| functional::multi_margin_loss(input, target, l.p, l.margin, l.weight.as_deref(), l.reduction);

    /// [`functional::multilabel_margin_loss`]. PyTorch: `nn.MultiLabelMarginLoss`.
    MultiLabelMarginLoss [] {} |l, input, target| functional::multilabel_margin_loss(input, target, l.reduction);

    /// [`functional::multilabel_soft_margin_loss`]. PyTorch: `nn.MultiLabelSoftMarginLoss`.
    MultiLabelSoftMarginLoss [
        /// A weight for each class.
        weight
    ] {} |l, input, target| functional::multilabel_soft_margin_loss(input, target, l.weight.as_deref(), l.reduction);

    /// [`functional::soft_margin_loss`]. PyTorch: `nn.SoftMarginLoss`.
    SoftMarginLoss [] {} |l, input, target| functional::soft_margin_loss(input, target, l.reduction);
}
