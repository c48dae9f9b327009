//! Convolutions.

use super::Common;
use crate::builder::builder;
use crate::functional::{PadMode, pad};
use crate::layers::sizes::{Each, Padding, name_of};
use crate::{Forward, Module, ModuleState, Parameter};
use rushlight_tensor::{ConvOptions, ConvPadding, Error, Result, Tensor};

/// What a convolution sees beyond the edges of its input.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum PaddingMode {
    /// Zeros.
    #[default]
    Zeros,
    /// The input mirrored at the edge.
    Reflect,
    /// The edge repeated.
    Replicate,
    /// The other end of the input.
    Circular,
}

/// A convolution over `N` spatial dimensions: `[n, in, *s] → [n, out, *o]` or `[in, *s] → [out, *o]`.
///
/// `o = ⌊(s + 2 padding - dilation (kernel - 1) - 1) / stride⌋ + 1`. Weight and bias start uniform in ±1/√fan-in, the numbers PyTorch draws
/// for the same seed.
///
/// ```
/// use rushlight_nn::{Call, Conv2d};
/// use rushlight_tensor::Tensor;
/// let conv = Conv2d::builder(3, 16, 3).stride(2).padding(1).build()?;
/// assert_eq!(conv.weight.shape(), [16, 3, 3, 3]);
/// assert_eq!(conv.call(&Tensor::zeros([1, 3, 32, 32], ())?)?.shape(), [1, 16, 16, 16]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(type_name = Self::name, repr = Self::repr, describe = Self::sizes)]
pub struct Conv<const N: usize> {
    /// `[out, in / groups, *kernel]`.
    pub weight: Parameter,
    /// `[out]`.
    pub bias: Option<Parameter>,
    #[module(skip)]
    args: ConvBuilder<N>,
    state: ModuleState,
}

/// A convolution over a line. PyTorch: `nn.Conv1d`.
pub type Conv1d = Conv<1>;
/// A convolution over a plane. PyTorch: `nn.Conv2d`.
pub type Conv2d = Conv<2>;
/// A convolution over a space. PyTorch: `nn.Conv3d`.
pub type Conv3d = Conv<3>;

builder! {
    /// Options of a [`Conv`].
    ConvBuilder<const N: usize>(in_channels: usize, out_channels: usize, kernel_size: Each<N>) {
        /// Step of the window; by default 1.
        stride: Each<N> = Each([1; N]),
        /// How the input is widened; by default not at all.
        padding: Padding<N> = Padding::Valid,
        /// Spacing between the kernel's elements; by default 1.
        dilation: Each<N> = Each([1; N]),
        /// Whether there is a bias; by default yes.
        bias: bool = true,
        /// What the input is widened by; by default zeros.
        padding_mode: PaddingMode = PaddingMode::Zeros,
    }
    counts {
        /// How many independent blocks the channels form; by default 1.
        groups = 1,
    }
}

impl<const N: usize> Conv<N> {
    /// A layer with stride 1, no padding and a bias.
    #[track_caller]
    pub fn new(
        in_channels: usize,
        out_channels: usize,
        kernel_size: impl Into<Each<N>>,
    ) -> Result<Conv<N>> {
        Conv::builder(in_channels, out_channels, kernel_size).build()
    }

    /// A layer with options.
    pub fn builder(
        in_channels: usize,
        out_channels: usize,
        kernel_size: impl Into<Each<N>>,
    ) -> ConvBuilder<N> {
        ConvBuilder::new(in_channels, out_channels, kernel_size.into())
    }

    fn name(&self) -> &'static str {
        self.args.common().name
    }

    fn sizes(&self) -> String {
        self.args.common().sizes()
    }

    fn repr(&self) -> String {
        let a = &self.args;
        let mut windows = String::new();
        match a.padding {
            Padding::Each(each) if each.0 != [0; N] => {
                windows += &format!(", padding={}", each.tuple())
            }
            Padding::Same => windows += ", padding=same",
            Padding::Each(_) | Padding::Valid => {}
        }
        if a.dilation.0 != [1; N] {
            windows += &format!(", dilation={}", a.dilation.tuple());
        }
        let mut out = a.common().repr(&windows);
        if a.padding_mode != PaddingMode::Zeros {
            out += &format!(
                ", padding_mode={}",
                format!("{:?}", a.padding_mode).to_lowercase()
            );
        }
        out
    }
}

impl<const N: usize> ConvBuilder<N> {
    /// Draws the parameters.
    #[track_caller]
    pub fn build(self) -> Result<Conv<N>> {
        self.common().check()?;
        if self.padding == Padding::Same && self.stride.0 != [1; N] {
            return Err(Error::value(format!(
                "Conv{N}d: padding \"same\" needs a stride of 1, not {}",
                self.stride
            )));
        }
        let channels = [self.out_channels, self.in_channels / self.groups];
        let (weight, bias) = self.common().draw(channels, &self.options)?;
        Ok(Conv {
            weight,
            bias,
            args: self,
            state: ModuleState::default(),
        })
    }

    fn common(&self) -> Common<'_> {
        Common {
            name: name_of(N, ["Conv1d", "Conv2d", "Conv3d"], "Conv"),
            input: self.in_channels,
            output: self.out_channels,
            groups: self.groups,
            kernel: &self.kernel_size.0,
            stride: &self.stride.0,
            dilation: &self.dilation.0,
            bias: self.bias,
        }
    }

    /// What goes before and after each spatial dimension.
    fn sides(&self) -> [[isize; 2]; N] {
        let signed = |n| isize::try_from(n).unwrap_or(isize::MAX);
        std::array::from_fn(|i| match self.padding {
            Padding::Each(each) => [signed(each.0[i]); 2],
            Padding::Valid => [0; 2],
            Padding::Same => {
                let total = self.dilation.0[i].saturating_mul(self.kernel_size.0[i] - 1);
                [signed(total / 2), signed(total - total / 2)]
            }
        })
    }
}

impl<const N: usize> Forward for Conv<N> {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let a = &self.args;
        let mut options = ConvOptions {
            stride: a.stride.into(),
            dilation: a.dilation.into(),
            groups: a.groups,
            ..ConvOptions::default()
        };
        let mode = match a.padding_mode {
            PaddingMode::Zeros => {
                options.padding = match a.padding {
                    Padding::Each(each) => each.into(),
                    Padding::Same => ConvPadding::Same,
                    Padding::Valid => ConvPadding::Valid,
                };
                return x.conv(&self.weight, self.bias.as_deref(), &options);
            }
            PaddingMode::Reflect => PadMode::Reflect,
            PaddingMode::Replicate => PadMode::Replicate,
            PaddingMode::Circular => PadMode::Circular,
        };
        let mut sides = a.sides();
        sides.reverse();
        pad(x, sides.as_flattened(), mode)?.conv(&self.weight, self.bias.as_deref(), &options)
    }
}
