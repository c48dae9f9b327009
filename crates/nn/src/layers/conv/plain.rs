//! Convolutions.

use super::Arguments;
use crate::layers::sizes::{Each, name_of};
use crate::{Forward, Module, ModuleState, Parameter};
use rushlight_tensor::{ConvOptions, Error, Padding, Result, Tensor};

/// A convolution over `N` spatial dimensions: `[n, in, *s] → [n, out, *o]` or `[in, *s] → [out, *o]`.
///
/// The output size is `o = ⌊(s + 2 padding - dilation (kernel - 1) - 1) / stride⌋ + 1`. Weight and bias are initialized uniformly in
/// ±1/√fan-in, with the numbers that PyTorch draws for the same seed. The function is [`Tensor::conv`].
///
/// ```
/// use rushlight::nn::{Call, Conv2d, ConvOptions};
/// use rushlight::Tensor;
/// let conv = Conv2d::with(3, 16, 3, ConvOptions::new().stride(2).padding(1))?;
/// assert_eq!(conv.weight.shape(), [16, 3, 3, 3]);
/// assert_eq!(conv.call(&Tensor::zeros([1, 3, 32, 32], ())?)?.shape(), [1, 16, 16, 16]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(type_name = Self::name, repr = Self::repr, describe = Self::sizes)]
pub struct Conv<const N: usize> {
    /// The weight, `[out, in / groups, *kernel]`.
    pub weight: Parameter,
    /// The bias, `[out]`.
    pub bias: Option<Parameter>,
    #[module(skip)]
    arguments: Arguments,
    state: ModuleState,
}

/// A convolution over sequences, `[n, in, l] → [n, out, o]`. PyTorch: `nn.Conv1d`.
pub type Conv1d = Conv<1>;
/// A convolution over images, `[n, in, h, w] → [n, out, oh, ow]`. PyTorch: `nn.Conv2d`.
pub type Conv2d = Conv<2>;
/// A convolution over volumes, `[n, in, d, h, w] → [n, out, od, oh, ow]`. PyTorch: `nn.Conv3d`.
pub type Conv3d = Conv<3>;

impl<const N: usize> Conv<N> {
    /// Creates a layer with stride 1, no padding and a bias. `kernel_size` is one number for all spatial dimensions, or one for each.
    ///
    /// # Errors
    /// Returns the same errors as [`Conv::with`].
    #[track_caller]
    pub fn new(
        in_channels: usize,
        out_channels: usize,
        kernel_size: impl Into<Each<N>>,
    ) -> Result<Conv<N>> {
        Conv::with(in_channels, out_channels, kernel_size, ())
    }

    /// Creates a layer with options.
    ///
    /// # Errors
    /// Returns an error if the number of groups does not divide the numbers of channels, a size, stride or dilation is 0, padding "same"
    /// has a stride other than 1, or the parameters do not fit in memory.
    #[track_caller]
    pub fn with(
        in_channels: usize,
        out_channels: usize,
        kernel_size: impl Into<Each<N>>,
        options: impl Into<ConvOptions>,
    ) -> Result<Conv<N>> {
        let name = name_of(N, ["Conv1d", "Conv2d", "Conv3d"], "Conv");
        Conv::draw(Arguments {
            name,
            in_channels,
            out_channels,
            kernel_size: kernel_size.into().0.to_vec(),
            options: options.into(),
        })
    }

    #[track_caller]
    fn draw(mut arguments: Arguments) -> Result<Conv<N>> {
        arguments.check()?;
        let factory = arguments.options.take_factory();
        let options = &arguments.options;
        if options.padding == Padding::Same && options.stride.as_slice().iter().any(|&n| n != 1) {
            return Err(Error::value(format!(
                "Conv{N}d: padding \"same\" requires a stride of 1, not {:?}",
                options.stride.as_slice()
            )));
        }
        if options.output_padding.as_slice().iter().any(|&n| n != 0) {
            return Err(Error::value(format!(
                "Conv{N}d: output_padding is for transposed convolutions"
            )));
        }
        let channels = [
            arguments.out_channels,
            arguments.in_channels / options.groups,
        ];
        let (weight, bias) = arguments.draw(channels, factory)?;
        Ok(Conv {
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

impl<const N: usize> Forward for Conv<N> {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.conv(&self.weight, self.bias.as_deref(), self.options())
    }
}
