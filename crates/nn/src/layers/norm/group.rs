//! Group normalization.

use super::{affine, float};
use crate::functional;
use crate::repr::py_bool;
use crate::{Forward, Module, ModuleState, Parameter};
use rushlight_tensor::{Error, Result, Tensor, options};

/// Computes `(x - mean) / √(var + eps) w + b` over each group of channels of `[n, c, ..]`. PyTorch: `nn.GroupNorm`.
///
/// ```
/// use rushlight::nn::{Call, GroupNorm};
/// use rushlight::Tensor;
/// let norm = GroupNorm::new(2, 6)?;
/// assert_eq!(norm.call(&Tensor::randn([4, 6, 8, 8], ())?)?.shape(), [4, 6, 8, 8]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(repr = Self::repr)]
pub struct GroupNorm {
    /// The weight, `[channels]`.
    pub weight: Option<Parameter>,
    /// The bias, `[channels]`.
    pub bias: Option<Parameter>,
    #[module(skip)]
    num_groups: usize,
    #[module(skip)]
    num_channels: usize,
    #[module(skip)]
    options: GroupNormOptions,
    state: ModuleState,
}

options! {
    /// Options of a [`GroupNorm`].
    GroupNormOptions {
        /// The number that is added to the variance; by default 1e-5.
        eps: f64 = 1e-5,
        /// Whether there are a weight and a bias; by default true.
        affine: bool = true,
        /// Whether there is a bias in addition to the weight; by default true.
        bias: bool = true,
    }
    parameters
}

impl GroupNorm {
    /// Creates a layer; the number of groups must divide the number of channels.
    ///
    /// # Errors
    /// Returns the same errors as [`GroupNorm::with`].
    #[track_caller]
    pub fn new(num_groups: usize, num_channels: usize) -> Result<GroupNorm> {
        GroupNorm::with(num_groups, num_channels, ())
    }

    /// Creates a layer with options. The weight is initialized to one, the bias to zero.
    ///
    /// # Errors
    /// Returns an error if the number of groups does not divide the number of channels, or the parameters do not fit in memory.
    #[track_caller]
    pub fn with(
        num_groups: usize,
        num_channels: usize,
        options: impl Into<GroupNormOptions>,
    ) -> Result<GroupNorm> {
        let mut options = options.into();
        let factory = options.take_factory();
        if num_groups == 0 || !num_channels.is_multiple_of(num_groups) {
            return Err(Error::value(format!(
                "GroupNorm: {num_channels} channels are not divisible by {num_groups} groups"
            )));
        }
        let (weight, bias) = affine(&[num_channels], options.affine, options.bias, &factory)?;
        Ok(GroupNorm {
            weight,
            bias,
            num_groups,
            num_channels,
            options,
            state: ModuleState::default(),
        })
    }

    /// Returns the options, without dtype and device.
    pub fn options(&self) -> &GroupNormOptions {
        &self.options
    }

    fn repr(&self) -> String {
        format!(
            "{}, {}, eps={}, affine={}, bias={}",
            self.num_groups,
            self.num_channels,
            float(self.options.eps),
            py_bool(self.options.affine),
            py_bool(self.bias.is_some())
        )
    }
}

impl Forward for GroupNorm {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        functional::group_norm(
            x,
            self.num_groups,
            self.weight.as_deref(),
            self.bias.as_deref(),
            self.options.eps,
        )
    }
}
