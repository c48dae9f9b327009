//! Group normalisation.

use super::{affine, float};
use crate::builder::builder;
use crate::functional;
use crate::repr::py_bool;
use crate::{Forward, Module, ModuleState, Parameter};
use rushlight_tensor::{Error, Result, Tensor};

/// `(x - mean) / √(var + eps) w + b` over each of several groups of channels of `[n, c, ..]`. PyTorch: `nn.GroupNorm`.
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct GroupNorm {
    /// `[channels]`.
    pub weight: Option<Parameter>,
    /// `[channels]`.
    pub bias: Option<Parameter>,
    #[module(skip)]
    args: GroupNormBuilder,
    state: ModuleState,
}

builder! {
    /// Options of a [`GroupNorm`].
    GroupNormBuilder(num_groups: usize, num_channels: usize) {
        /// Added to the variance; by default 1e-5.
        eps: f64 = 1e-5,
        /// Whether there are a weight and, unless it is forgone, a bias; by default yes.
        affine: bool = true,
        /// Whether there is a bias next to the weight; true by default.
        bias: bool = true,
    }
}

impl GroupNorm {
    /// A layer; the groups must divide the channels.
    #[track_caller]
    pub fn new(num_groups: usize, num_channels: usize) -> Result<GroupNorm> {
        GroupNorm::builder(num_groups, num_channels).build()
    }

    /// A layer with options.
    pub fn builder(num_groups: usize, num_channels: usize) -> GroupNormBuilder {
        GroupNormBuilder::new(num_groups, num_channels)
    }

    fn repr(&self) -> String {
        let a = &self.args;
        format!(
            "{}, {}, eps={}, affine={}, bias={}",
            a.num_groups,
            a.num_channels,
            float(a.eps),
            py_bool(a.affine),
            py_bool(self.bias.is_some())
        )
    }
}

impl GroupNormBuilder {
    /// The layer: ones and zeros.
    #[track_caller]
    pub fn build(self) -> Result<GroupNorm> {
        if self.num_groups == 0 || !self.num_channels.is_multiple_of(self.num_groups) {
            let (channels, groups) = (self.num_channels, self.num_groups);
            return Err(Error::value(format!(
                "GroupNorm: {channels} channels do not divide into {groups} groups"
            )));
        }
        let (weight, bias) = affine(&[self.num_channels], self.affine, self.bias, &self.options)?;
        Ok(GroupNorm {
            weight,
            bias,
            args: self,
            state: ModuleState::default(),
        })
    }
}

impl Forward for GroupNorm {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        functional::group_norm(
            x,
            self.args.num_groups,
            self.weight.as_deref(),
            self.bias.as_deref(),
            self.args.eps,
        )
    }
}
