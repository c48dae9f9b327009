//! A linear layer and the cross entropy of its logits in one module.

use super::Loss;
use crate::functional::{LinearCrossEntropyLossOptions, linear_cross_entropy};
use crate::layers::sizes::tuple;
use crate::layers::{Linear, LinearOptions};
use crate::repr::py_bool;
use crate::{Buffer, Module, ModuleState};
use rushlight_tensor::{Error, Result, Tensor};

/// Computes [`linear_cross_entropy`] of features `[batch, in]` or `[in]` with its own linear layer. PyTorch: `nn.LinearCrossEntropyLoss`,
/// without its options for chunks.
///
/// ```
/// use rushlight::nn::{LinearCrossEntropyLoss, LinearCrossEntropyLossOptions, Loss};
/// use rushlight::{Tensor, tensor};
/// let options = LinearCrossEntropyLossOptions::new().bias(true).ignore_index(0);
/// let criterion = LinearCrossEntropyLoss::with(5, 10, options)?;
/// let loss = criterion.call(&Tensor::randn([2, 5], ())?, &tensor!([3, 7]))?;
/// assert_eq!(loss.ndim(), 0);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct LinearCrossEntropyLoss {
    weight: Option<Buffer>,
    /// The linear layer from features to the logits of all classes and positions.
    pub linear: Linear,
    #[module(skip)]
    num_classes: usize,
    /// The options, without the weight, which is a buffer.
    #[module(skip)]
    options: LinearCrossEntropyLossOptions,
    state: ModuleState,
}

impl LinearCrossEntropyLoss {
    /// Creates a loss with PyTorch's defaults.
    ///
    /// # Errors
    /// Returns an error if the parameters do not fit in memory.
    #[track_caller]
    pub fn new(in_features: usize, num_classes: usize) -> Result<LinearCrossEntropyLoss> {
        LinearCrossEntropyLoss::with(in_features, num_classes, ())
    }

    /// Creates a loss with options.
    ///
    /// # Errors
    /// Returns an error if the parameters do not fit in memory.
    #[track_caller]
    pub fn with(
        in_features: usize,
        num_classes: usize,
        options: impl Into<LinearCrossEntropyLossOptions>,
    ) -> Result<LinearCrossEntropyLoss> {
        let mut options = options.into();
        let factory = options.take_factory();
        let logits = options
            .out_features
            .iter()
            .try_fold(num_classes, |n, &size| n.checked_mul(size));
        let Some(logits) = logits else {
            return Err(Error::out_of_memory(format!(
                "LinearCrossEntropyLoss: {num_classes} classes at out_features {:?} exceed the address space",
                options.out_features
            )));
        };
        let linear = LinearOptions {
            bias: options.bias,
            dtype: factory.dtype,
            device: factory.device,
        };
        Ok(LinearCrossEntropyLoss {
            weight: options.weight.take().map(Buffer::new),
            linear: Linear::with(in_features, logits, linear)?,
            num_classes,
            options,
            state: ModuleState::default(),
        })
    }

    /// Returns the options of this loss, with the current weight, on its device and in its dtype, and the current bias of the linear layer.
    pub fn options(&self) -> LinearCrossEntropyLossOptions {
        LinearCrossEntropyLossOptions {
            weight: self.weight.as_deref().cloned(),
            bias: self.linear.bias.is_some(),
            ..self.options.clone()
        }
    }

    fn repr(&self) -> String {
        let options = &self.options;
        format!(
            "in_features={}, num_classes={}, out_features={}, bias={}, reduction={}, ignore_index={}, label_smoothing={:?}, options=None",
            self.linear.weight.shape()[1],
            self.num_classes,
            tuple(&options.out_features),
            py_bool(self.linear.bias.is_some()),
            options.reduction,
            options
                .ignore_index
                .map_or("None".to_owned(), |i| i.to_string()),
            options.label_smoothing
        )
    }
}

impl Loss for LinearCrossEntropyLoss {
    fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        let shape = [&[self.num_classes], &self.options.out_features[..]].concat();
        let weight = self.linear.weight.unflatten(0, &shape[..])?;
        let bias = match &self.linear.bias {
            Some(bias) => Some(bias.unflatten(0, &shape[..])?),
            None => None,
        };
        linear_cross_entropy(input, &weight, target, bias.as_ref(), self.options())
    }
}
