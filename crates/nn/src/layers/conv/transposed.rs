//! Transposed convolutions.

use super::Arguments;
use crate::layers::sizes::{Each, name_of};
use crate::{Forward, Module, ModuleState, Parameter};
use rushlight_tensor::{ConvOptions, Error, PadMode, Padding, Result, Tensor};

/// A transposed convolution over `N` spatial dimensions: `[n, in, *s] → [n, out, *o]` or `[in, *s] → [out, *o]`.
///
/// The output size is `o = (s - 1) stride - 2 padding + dilation (kernel - 1) + output_padding + 1`. The function is
/// [`Tensor::conv_transpose`].
/// PyTorch: `nn.ConvTranspose1d`, `nn.ConvTranspose2d`, `nn.ConvTranspose3d`.
///
/// ```
/// use rushlight::nn::{Call, ConvOptions, ConvTranspose2d};
/// use rushlight::Tensor;
/// let up = ConvTranspose2d::with(16, 8, 4, ConvOptions::new().stride(2).padding(1))?;
/// assert_eq!(up.weight.shape(), [16, 8, 4, 4]);
/// assert_eq!(up.call(&Tensor::zeros([1, 16, 7, 7], ())?)?.shape(), [1, 8, 14, 14]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(type_name = Self::name, repr = Self::repr, describe = Self::sizes)]
pub struct ConvTranspose<const N: usize> {
    /// The weight, `[in, out / groups, *kernel]`.
    pub weight: Parameter,
    /// The bias, `[out]`.
    pub bias: Option<Parameter>,
    #[module(skip)]
    arguments: Arguments,
    state: ModuleState,
}

/// A transposed convolution over sequences, `[n, in, l] → [n, out, o]`. PyTorch: `nn.ConvTranspose1d`.
pub type ConvTranspose1d = ConvTranspose<1>;
/// A transposed convolution over images, `[n, in, h, w] → [n, out, oh, ow]`. PyTorch: `nn.ConvTranspose2d`.
pub type ConvTranspose2d = ConvTranspose<2>;
/// A transposed convolution over volumes, `[n, in, d, h, w] → [n, out, od, oh, ow]`. PyTorch: `nn.ConvTranspose3d`.
pub type ConvTranspose3d = ConvTranspose<3>;

impl<const N: usize> ConvTranspose<N> {
    /// Creates a layer with stride 1, no padding and a bias. `kernel_size` is one number for all spatial dimensions, or one for each.
    ///
    /// # Errors
    /// Returns the same errors as [`ConvTranspose::with`].
    #[track_caller]
    pub fn new(
        in_channels: usize,
        out_channels: usize,
        kernel_size: impl Into<Each<N>>,
    ) -> Result<ConvTranspose<N>> {
        ConvTranspose::with(in_channels, out_channels, kernel_size, ())
    }

    /// Creates a layer with options.
    ///
    /// # Errors
    /// Returns an error if the number of groups does not divide the numbers of channels, a size, stride or dilation is 0, the padding is
    /// "same" or its mode is not zeros, or the parameters do not fit in memory.
    #[track_caller]
    pub fn with(
        in_channels: usize,
        out_channels: usize,
        kernel_size: impl Into<Each<N>>,
        options: impl Into<ConvOptions>,
    ) -> Result<ConvTranspose<N>> {
        let name = name_of(
            N,
            ["ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"],
            "ConvTranspose",
        );
        ConvTranspose::draw(Arguments {
            name,
            in_channels,
            out_channels,
            kernel_size: kernel_size.into().0.to_vec(),
            options: options.into(),
        })
    }

    #[track_caller]
    fn draw(mut arguments: Arguments) -> Result<ConvTranspose<N>> {
        arguments.check()?;
        let factory = arguments.options.take_factory();
        let options = &arguments.options;
        if options.padding == Padding::Same {
            return Err(Error::value(format!(
                "ConvTranspose{N}d: padding \"same\" is not supported by transposed convolutions; use numbers"
            )));
        }
        if !matches!(options.padding_mode, PadMode::Constant(value) if value.to_f64() == 0.0) {
            return Err(Error::value(format!(
                "ConvTranspose{N}d: the padding mode of a transposed convolution is zeros"
            )));
        }
        let channels = [
            arguments.in_channels,
            arguments.out_channels / options.groups,
        ];
        let (weight, bias) = arguments.draw(channels, factory)?;
        Ok(ConvTranspose {
            weight,
            bias,
            arguments,
            state: ModuleState::default(),
        })
    }

    /// Returns the options, without dtype and device. The bias may have been set or removed after construction.
    pub fn options(&self) -> ConvOptions {
        ConvOptions {
            bias: self.bias.is_some(),
            ..self.arguments.options.clone()
        }
    }

    fn name(&self) -> &'static str {
        self.arguments.name
    }

    fn sizes(&self) -> String {
        self.arguments.sizes()
    }

    fn repr(&self) -> String {
        self.arguments.repr(self.bias.is_some())
    }
}

impl<const N: usize> Forward for ConvTranspose<N> {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.conv_transpose(&self.weight, self.bias.as_deref(), self.options())
    }
}
