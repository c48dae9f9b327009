//! The module of connectionist temporal classification.

use crate::call::passed_through;
use crate::functional::{self, CTCLossOptions};
use crate::{Module, ModuleState};
use rushlight_tensor::{Result, Tensor};
use std::panic::Location;

/// Computes [`functional::ctc_loss`] of log-probabilities. PyTorch: `nn.CTCLoss`.
///
/// ```
/// use rushlight::nn::{CTCLoss, Reduction};
/// use rushlight::{Tensor, tensor};
/// let log_probs = Tensor::randn([50, 2, 20], ())?.log_softmax(2)?;
/// let targets = tensor!([[1, 4, 4], [7, 2, 0]]);
/// let loss = CTCLoss::with(Reduction::None).call(&log_probs, &targets, &[50, 40], &[3, 2])?;
/// assert_eq!(loss.shape(), [2]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug, Default)]
pub struct CTCLoss {
    #[module(skip)]
    options: CTCLossOptions,
    state: ModuleState,
}

impl CTCLoss {
    /// Creates the loss with PyTorch's defaults.
    pub fn new() -> CTCLoss {
        CTCLoss::default()
    }

    /// Creates the loss with options.
    pub fn with(options: impl Into<CTCLossOptions>) -> CTCLoss {
        CTCLoss {
            options: options.into(),
            state: ModuleState::default(),
        }
    }

    /// Returns the options of this loss.
    pub fn options(&self) -> &CTCLossOptions {
        &self.options
    }

    /// Computes the loss; an error reports this module and the caller's line. PyTorch: calling the loss.
    ///
    /// # Errors
    /// Returns the same errors as the function.
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
