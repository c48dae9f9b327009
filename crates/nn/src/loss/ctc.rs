//! Connectionist temporal classification as a module.

use crate::call::passed_through;
use crate::functional::{self, CtcOptions, Reduction};
use crate::{Module, ModuleState};
use rushlight_tensor::{Result, Tensor};
use std::panic::Location;

/// [`functional::ctc_loss`], of log-probabilities. PyTorch: `nn.CTCLoss`.
///
/// ```
/// use rushlight_nn::CTCLoss;
/// use rushlight_tensor::{Tensor, tensor};
/// let log_probs = Tensor::randn([50, 2, 20], ())?.log_softmax(2)?;
/// let targets = tensor!([[1, 4, 4], [7, 2, 0]]);
/// let loss = CTCLoss::new().call(&log_probs, &targets, &[50, 40], &[3, 2])?;
/// assert!(loss.shape().is_empty());
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[derive(Module, Debug, Default)]
pub struct CTCLoss {
    #[module(skip)]
    options: CtcOptions,
    state: ModuleState,
}

impl CTCLoss {
    /// The loss with PyTorch's defaults.
    pub fn new() -> CTCLoss {
        CTCLoss::default()
    }

    /// The class that stands for no label; by default 0.
    #[must_use]
    pub fn blank(mut self, blank: usize) -> CTCLoss {
        self.options.blank = blank;
        self
    }

    /// Whether infinite losses count as 0, without a gradient; by default not.
    #[must_use]
    pub fn zero_infinity(mut self, zero_infinity: bool) -> CTCLoss {
        self.options.zero_infinity = zero_infinity;
        self
    }

    /// What becomes of the samples' losses; by default their mean over target lengths and batch.
    #[must_use]
    pub fn reduction(mut self, reduction: Reduction) -> CTCLoss {
        self.options.reduction = reduction;
        self
    }

    /// Computes the loss; an error says that it passed through it, and from which line.
    #[track_caller]
    pub fn call(
        &self,
        log_probs: &Tensor,
        targets: &Tensor,
        input_lengths: &[i64],
        target_lengths: &[i64],
    ) -> Result<Tensor> {
        let at = Location::caller();
        match functional::ctc_loss(
            log_probs,
            targets,
            input_lengths,
            target_lengths,
            &self.options,
        ) {
            Ok(loss) => Ok(loss),
            Err(error) => Err(passed_through(error, self.as_module(), at)),
        }
    }
}
