//! Instance normalization of each channel of each sample.

use super::channelwise::channelwise;
use super::running::Running;
use super::{affine, float};
use crate::functional;
use crate::repr::py_bool;
use crate::{Buffer, Forward, Module, ModuleState, Parameter};
use rushlight_tensor::{Error, Result, Tensor, options};

channelwise! {
    /// Computes `(x - mean) / √(var + eps) w + b` for each channel of each sample, over the spatial dimensions: `[n, c, *s]`, or `[c, *s]`
    /// for one sample.
    ///
    /// By default, there are no weight, no bias and no running statistics. PyTorch: `nn.InstanceNorm1d`, `nn.InstanceNorm2d`,
    /// `nn.InstanceNorm3d`.
    ///
    /// ```
    /// use rushlight::nn::{Call, InstanceNorm2d, InstanceNormOptions};
    /// use rushlight::Tensor;
    /// let norm = InstanceNorm2d::with(3, InstanceNormOptions::new().affine(true))?;
    /// assert_eq!(norm.weight.as_ref().unwrap().shape(), [3]);
    /// assert_eq!(norm.call(&Tensor::randn([2, 3, 8, 8], ())?)?.shape(), [2, 3, 8, 8]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    InstanceNorm, [InstanceNorm1d, InstanceNorm2d, InstanceNorm3d], InstanceNormOptions, affine false, track false, |layer, x| {
        let single = x.ndim() == N + 1;
        if !single && x.ndim() != N + 2 {
            let name = layer.name();
            return Err(Error::shape(format!("{name}: expected {} or {} dimensions, got shape {:?}", N + 1, N + 2, x.shape())));
        }
        let training = layer.state.is_training();
        let running = match &layer.running {
            Some(running) => Some(running.stats(layer.options.momentum, false)?),
            None => None,
        };
        // Unlike in batch normalization, these updates do not count batches; a cumulative mean does not change.
        let own = training || running.is_none();
        let running = if training || !own { running } else { None };
        let batch = if single { x.unsqueeze(0)? } else { x.clone() };
        let y = functional::instance_norm(&batch, running, layer.weight.as_deref(), layer.bias.as_deref(), own, layer.options.eps)?;
        if single { y.squeeze_dim(0) } else { Ok(y) }
    }
}
