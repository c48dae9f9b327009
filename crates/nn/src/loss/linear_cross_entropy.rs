//! A linear layer and the cross entropy of its logits in one module.

use super::Loss;
use crate::builder::builder;
use crate::functional::{CrossEntropyOptions, Reduction, linear_cross_entropy};
use crate::layers::sizes::tuple;
use crate::layers::{Linear, LinearOptions};
use crate::repr::py_bool;
use crate::{Buffer, Module, ModuleState};
use rushlight_tensor::{Error, Result, Tensor};

/// [`linear_cross_entropy`], of features `[batch, in]` or `[in]`, with the linear layer inside. PyTorch: `nn.LinearCrossEntropyLoss`, without
/// its options for chunks.
///
/// ```
/// use rushlight_nn::{LinearCrossEntropyLoss, Loss};
/// use rushlight_tensor::{Tensor, tensor};
/// let criterion = LinearCrossEntropyLoss::new(5, 10)?;
/// let loss = criterion.call(&Tensor::randn([2, 5], ())?, &tensor!([3, 7]))?;
/// assert_eq!(loss.ndim(), 0);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct LinearCrossEntropyLoss {
    weight: Option<Buffer>,
    /// From features to the logits of all classes and places.
    pub linear: Linear,
    #[module(skip)]
    args: LinearCrossEntropyLossBuilder,
    state: ModuleState,
}

builder! {
    /// Options of a [`LinearCrossEntropyLoss`].
    LinearCrossEntropyLossBuilder(in_features: usize, num_classes: usize) {
        /// The places that each sample has a class at; by default it has one class.
        out_features: Vec<usize> = Vec::new(),
        /// Whether the linear layer has a bias; by default no.
        bias: bool = false,
        /// A weight for each class.
        weight: Option<Tensor> = None,
        /// What becomes of the elements; by default their mean.
        reduction: Reduction = Reduction::Mean,
        /// Targets of this class do not count; by default -100, which cannot be said for targets of probabilities.
        ignore_index: Option<i64> = None,
        /// How much of each target is spread over all classes; by default nothing.
        label_smoothing: f64 = 0.0,
    }
}

impl LinearCrossEntropyLoss {
    /// A loss with PyTorch's defaults.
    #[track_caller]
    pub fn new(in_features: usize, num_classes: usize) -> Result<LinearCrossEntropyLoss> {
        LinearCrossEntropyLoss::builder(in_features, num_classes).build()
    }

    /// A loss with options.
    pub fn builder(in_features: usize, num_classes: usize) -> LinearCrossEntropyLossBuilder {
        LinearCrossEntropyLossBuilder::new(in_features, num_classes)
    }

    fn repr(&self) -> String {
        let a = &self.args;
        format!(
            "in_features={}, num_classes={}, out_features={}, bias={}, reduction={}, ignore_index={}, label_smoothing={:?}, options=None",
            a.in_features,
            a.num_classes,
            tuple(&a.out_features),
            py_bool(a.bias),
            a.reduction,
            a.ignore_index.map_or("None".to_owned(), |i| i.to_string()),
            a.label_smoothing
        )
    }
}

impl LinearCrossEntropyLossBuilder {
    /// Draws the linear layer's parameters.
    #[track_caller]
    pub fn build(mut self) -> Result<LinearCrossEntropyLoss> {
        let places: usize = self.out_features.iter().product();
        let options = LinearOptions {
            bias: self.bias,
            dtype: self.options.dtype,
            device: self.options.device.clone(),
        };
        Ok(LinearCrossEntropyLoss {
            weight: self.weight.take().map(Buffer::new),
            linear: Linear::with(self.in_features, self.num_classes * places, options)?,
            args: self,
            state: ModuleState::default(),
        })
    }
}

impl Loss for LinearCrossEntropyLoss {
    fn forward(&self, input: &Tensor, target: &Tensor) -> Result<Tensor> {
        let a = &self.args;
        if a.ignore_index.is_some() && target.dtype().is_float() {
            return Err(Error::value(
                "LinearCrossEntropyLoss: targets of probabilities have no class to ignore; leave ignore_index out",
            ));
        }
        let options = CrossEntropyOptions {
            weight: self.weight.as_deref(),
            ignore_index: a.ignore_index.unwrap_or(-100),
            label_smoothing: a.label_smoothing,
            reduction: a.reduction,
        };
        let places = [&[a.num_classes], &a.out_features[..]].concat();
        let weight = self.linear.weight.unflatten(0, places)?;
        linear_cross_entropy(
            input,
            &weight,
            target,
            self.linear.bias.as_deref(),
            &options,
        )
    }
}
