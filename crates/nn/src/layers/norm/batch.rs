//! Batch normalization.

use super::channelwise::channelwise;
use super::running::Running;
use super::{affine, float};
use crate::functional;
use crate::repr::py_bool;
use crate::{Buffer, Forward, Module, ModuleState, Parameter};
use rushlight_tensor::{Error, Result, Tensor, options};

channelwise! {
    /// Computes `(x - mean) / √(var + eps) w + b` for each channel, over the batch and the spatial dimensions.
    ///
    /// Training uses the statistics of the batch, and updates the running statistics (with the unbiased variance); evaluation uses the
    /// running statistics. `BatchNorm1d` takes `[n, c]` and `[n, c, l]`, `BatchNorm2d` takes `[n, c, h, w]`, and `BatchNorm3d` takes
    /// `[n, c, d, h, w]`. PyTorch: `nn.BatchNorm1d`, `nn.BatchNorm2d`, `nn.BatchNorm3d`.
    ///
    /// ```
    /// use rushlight::nn::{BatchNorm1d, Call, ModuleExt};
    /// use rushlight::Tensor;
    /// let norm = BatchNorm1d::new(3)?;
    /// norm.call(&Tensor::ones([4, 3], ())?)?;
    /// assert_eq!(norm.running_mean().unwrap().to_vec::<f32>()?, [0.1; 3]);
    /// assert_eq!(norm.state_dict().keys().last(), Some("num_batches_tracked"));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    BatchNorm, [BatchNorm1d, BatchNorm2d, BatchNorm3d], BatchNormOptions, affine true, track true, |layer, x| {
        let fits = x.ndim() == N + 2 || (N == 1 && x.ndim() == 2);
        if !fits {
            let expected = if N == 1 { "2 or 3".to_owned() } else { (N + 2).to_string() };
            return Err(Error::shape(format!("{}: expected {expected} dimensions, got shape {:?}", layer.name(), x.shape())));
        }
        let training = layer.state.is_training();
        let running = match &layer.running {
            Some(running) => Some(running.stats(layer.options.momentum, training)?),
            None => None,
        };
        let batch = training || running.is_none();
        functional::batch_norm(x, running, layer.weight.as_deref(), layer.bias.as_deref(), batch, layer.options.eps)
    }
}
