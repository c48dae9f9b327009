//! Transposed convolutions.

use super::Common;
use crate::builder::builder;
use crate::layers::sizes::{Each, name_of};
use crate::{Forward, Module, ModuleState, Parameter};
use rushlight_tensor::{ConvOptions, Result, Tensor};

/// A transposed convolution over `N` spatial dimensions: `[n, in, *s] → [n, out, *o]`.
///
/// `o = (s - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1`.
#[derive(Module, Debug)]
#[module(type_name = Self::name, repr = Self::repr, describe = Self::sizes)]
pub struct ConvTranspose<const N: usize> {
    /// `[in, out / groups, *kernel]`.
    pub weight: Parameter,
    /// `[out]`.
    pub bias: Option<Parameter>,
    #[module(skip)]
    args: ConvTransposeBuilder<N>,
    state: ModuleState,
}

/// A transposed convolution over a line. PyTorch: `nn.ConvTranspose1d`.
pub type ConvTranspose1d = ConvTranspose<1>;
/// A transposed convolution over a plane. PyTorch: `nn.ConvTranspose2d`.
pub type ConvTranspose2d = ConvTranspose<2>;
/// A transposed convolution over a space. PyTorch: `nn.ConvTranspose3d`.
pub type ConvTranspose3d = ConvTranspose<3>;

builder! {
    /// Options of a [`ConvTranspose`].
    ConvTransposeBuilder<const N: usize>(in_channels: usize, out_channels: usize, kernel_size: Each<N>) {
        /// Distance between the windows in the output; by default 1.
        stride: Each<N> = Each([1; N]),
        /// How much is cut off the output on either side; by default nothing.
        padding: Each<N> = Each([0; N]),
        /// What the output has beyond the smallest size that fits; by default nothing.
        output_padding: Each<N> = Each([0; N]),
        /// Whether there is a bias; by default yes.
        bias: bool = true,
        /// Spacing between the kernel's elements; by default 1.
        dilation: Each<N> = Each([1; N]),
    }
    counts {
        /// How many independent blocks the channels form; by default 1.
        groups = 1,
    }
}

impl<const N: usize> ConvTranspose<N> {
    /// A layer with stride 1, no padding and a bias.
    #[track_caller]
    pub fn new(
        in_channels: usize,
        out_channels: usize,
        kernel_size: impl Into<Each<N>>,
    ) -> Result<ConvTranspose<N>> {
        ConvTranspose::builder(in_channels, out_channels, kernel_size).build()
    }

    /// A layer with options.
    pub fn builder(
        in_channels: usize,
        out_channels: usize,
        kernel_size: impl Into<Each<N>>,
    ) -> ConvTransposeBuilder<N> {
        ConvTransposeBuilder::new(in_channels, out_channels, kernel_size.into())
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
        for (what, each, default) in [
            ("padding", a.padding, 0),
            ("dilation", a.dilation, 1),
            ("output_padding", a.output_padding, 0),
        ] {
            if each.0 != [default; N] {
                windows += &format!(", {what}={}", each.tuple());
            }
        }
        a.common().repr(&windows)
    }
}

impl<const N: usize> ConvTransposeBuilder<N> {
    /// Draws the parameters.
    #[track_caller]
    pub fn build(self) -> Result<ConvTranspose<N>> {
        self.common().check()?;
        let channels = [self.in_channels, self.out_channels / self.groups];
        let (weight, bias) = self.common().draw(channels, &self.options)?;
        Ok(ConvTranspose {
            weight,
            bias,
            args: self,
            state: ModuleState::default(),
        })
    }

    fn common(&self) -> Common<'_> {
        Common {
            name: name_of(
                N,
                ["ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"],
                "ConvTranspose",
            ),
            input: self.in_channels,
            output: self.out_channels,
            groups: self.groups,
            kernel: &self.kernel_size.0,
            stride: &self.stride.0,
            dilation: &self.dilation.0,
            bias: self.bias,
        }
    }
}

impl<const N: usize> Forward for ConvTranspose<N> {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let a = &self.args;
        let options = ConvOptions {
            stride: a.stride.into(),
            padding: a.padding.into(),
            dilation: a.dilation.into(),
            groups: a.groups,
            output_padding: a.output_padding.into(),
        };
        x.conv_transpose(&self.weight, self.bias.as_deref(), &options)
    }
}
