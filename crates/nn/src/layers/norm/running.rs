//! The running statistics of batch and instance normalization.

use crate::functional::RunningStats;
use crate::{Buffer, CopyMemo, Node, Visitor, VisitorMut};
use rushlight_tensor::{DType, GradMode, Options, Result, Tensor};

/// The running statistics of a normalization: buffers `running_mean`, `running_var` and `num_batches_tracked`.
#[derive(Debug)]
pub(super) struct Running {
    pub mean: Buffer,
    pub var: Buffer,
    pub batches: Buffer,
}

impl Running {
    #[track_caller]
    pub fn new(features: usize, options: &Options) -> Result<Running> {
        let batches = Options {
            dtype: Some(DType::I64),
            device: options.device.clone(),
        };
        Ok(Running {
            mean: Buffer::new(Tensor::zeros(features, options.clone())?),
            var: Buffer::new(Tensor::ones(features, options.clone())?),
            batches: Buffer::new(Tensor::zeros((), batches)?),
        })
    }

    /// The statistics with the weight of the next batch: the momentum, or one over the number of batches for a cumulative mean.
    pub fn stats(&self, momentum: Option<f64>, training: bool) -> Result<RunningStats<'_>> {
        if training {
            let _no_grad = GradMode::set(false);
            self.batches.add_(1)?;
        }
        let momentum = match momentum {
            Some(momentum) => momentum,
            None if training => 1.0 / self.batches.item::<i64>()? as f64,
            None => 0.0,
        };
        Ok(RunningStats {
            mean: &self.mean,
            var: &self.var,
            momentum,
        })
    }
}

impl Node for Running {
    fn visit_node<'a>(&'a self, _name: &str, visitor: &mut dyn Visitor<'a>) {
        visitor.buffer("running_mean", &self.mean);
        visitor.buffer("running_var", &self.var);
        visitor.buffer("num_batches_tracked", &self.batches);
    }
    fn visit_node_mut(&mut self, _name: &str, visitor: &mut dyn VisitorMut) -> Result<()> {
        visitor.buffer("running_mean", &mut self.mean)?;
        visitor.buffer("running_var", &mut self.var)?;
        visitor.buffer("num_batches_tracked", &mut self.batches)
    }
    fn copy_node(&self, memo: &mut CopyMemo) -> Result<Self> {
        Ok(Running {
            mean: memo.buffer(&self.mean)?,
            var: memo.buffer(&self.var)?,
            batches: memo.buffer(&self.batches)?,
        })
    }
}
