//! Upsampling layers.

use super::sizes::tuple;
use crate::functional::{self, InterpolateMode, InterpolateOptions, Resize};
use crate::{Forward, Module, ModuleState};
use rushlight_tensor::{Result, Tensor};

/// Resamples `[n, c, *s]` to another size: integers are sizes, floating-point numbers are factors. PyTorch: `nn.Upsample`,
/// `nn.UpsamplingNearest2d`, `nn.UpsamplingBilinear2d`.
///
/// The function is [`interpolate`](functional::interpolate); invalid arguments are reported when the layer is called.
///
/// ```
/// use rushlight::nn::{Call, InterpolateMode, Upsample};
/// use rushlight::Tensor;
/// let x = Tensor::zeros([1, 3, 4, 5], ())?;
/// assert_eq!(Upsample::new(2.0).call(&x)?.shape(), [1, 3, 8, 10]);
/// let smooth = Upsample::with([6, 6], InterpolateMode::Bilinear);
/// assert_eq!(smooth.call(&x)?.shape(), [1, 3, 6, 6]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(type_name = Self::name, repr = Self::repr)]
pub struct Upsample {
    #[module(skip)]
    to: Resize,
    #[module(skip)]
    options: InterpolateOptions,
    #[module(skip)]
    name: &'static str,
    state: ModuleState,
}

impl Upsample {
    /// Creates a layer with the nearest mode.
    pub fn new(to: impl Into<Resize>) -> Upsample {
        Upsample::with(to, ())
    }

    /// Creates a layer with options.
    pub fn with(to: impl Into<Resize>, options: impl Into<InterpolateOptions>) -> Upsample {
        Upsample {
            to: to.into(),
            options: options.into(),
            name: "Upsample",
            state: ModuleState::default(),
        }
    }

    /// Creates a layer for images with the nearest mode. PyTorch: `nn.UpsamplingNearest2d`.
    pub fn nearest2d(to: impl Into<Resize>) -> Upsample {
        Upsample {
            name: "UpsamplingNearest2d",
            ..Upsample::new(to)
        }
    }

    /// Creates a layer for images with bilinear interpolation and aligned corners. PyTorch: `nn.UpsamplingBilinear2d`.
    pub fn bilinear2d(to: impl Into<Resize>) -> Upsample {
        let options = InterpolateOptions::from(InterpolateMode::Bilinear);
        Upsample {
            name: "UpsamplingBilinear2d",
            ..Upsample::with(to, options.align_corners(true))
        }
    }

    /// Returns the options.
    pub fn options(&self) -> &InterpolateOptions {
        &self.options
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn repr(&self) -> String {
        // A single number is printed without a tuple.
        let show = |list: Vec<String>| match list.as_slice() {
            [one] => one.clone(),
            _ => tuple(&list),
        };
        let to = match &self.to {
            Resize::Size(list) => {
                format!("size={}", show(list.iter().map(usize::to_string).collect()))
            }
            Resize::Scale(list) => {
                let list = list.iter().map(|x| format!("{x:?}")).collect();
                format!("scale_factor={}", show(list))
            }
        };
        format!("{to}, mode='{}'", self.options.mode)
    }
}

impl Forward for Upsample {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        functional::interpolate(x, self.to.clone(), self.options)
    }
}

macro_rules! shuffles {
    ($($(#[$doc:meta])* $name:ident($argument:ident) $function:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Module, Debug)]
        #[module(repr = Self::repr)]
        pub struct $name {
            #[module(skip)]
            $argument: usize,
            state: ModuleState,
        }

        impl $name {
            #[doc = concat!("Creates a layer with PyTorch's `", stringify!($argument), "`.")]
            pub fn new($argument: usize) -> $name {
                $name { $argument, state: ModuleState::default() }
            }

            fn repr(&self) -> String {
                format!(concat!(stringify!($argument), "={}"), self.$argument)
            }
        }

        impl Forward for $name {
            type Output = Tensor;
            fn forward(&self, x: &Tensor) -> Result<Tensor> {
                functional::$function(x, self.$argument)
            }
        }
    )* };
}

shuffles! {
    /// Rearranges channels into pixels: `[*, c r², h, w] → [*, c, h r, w r]`. PyTorch: `nn.PixelShuffle`.
    ///
    /// ```
    /// use rushlight::nn::{Call, PixelShuffle};
    /// use rushlight::Tensor;
    /// let x = Tensor::arange(0, 4, 1, ())?.reshape([4, 1, 1])?;
    /// assert_eq!(PixelShuffle::new(2).call(&x)?.to_vec3::<i64>()?, [[[0, 1], [2, 3]]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    PixelShuffle(upscale_factor) pixel_shuffle;
    /// Rearranges pixels into channels: `[*, c, h r, w r] → [*, c r², h, w]`. PyTorch: `nn.PixelUnshuffle`.
    ///
    /// ```
    /// use rushlight::nn::{Call, PixelUnshuffle};
    /// use rushlight::Tensor;
    /// let x = Tensor::arange(0, 4, 1, ())?.reshape([1, 2, 2])?;
    /// assert_eq!(PixelUnshuffle::new(2).call(&x)?.to_vec3::<i64>()?, [[[0]], [[1]], [[2]], [[3]]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    PixelUnshuffle(downscale_factor) pixel_unshuffle;
    /// Interleaves the channels of `[n, c, *]` from each of the groups. PyTorch: `nn.ChannelShuffle`.
    ///
    /// ```
    /// use rushlight::nn::{Call, ChannelShuffle};
    /// use rushlight::Tensor;
    /// let x = Tensor::arange(0, 4, 1, ())?.reshape([1, 4, 1])?;
    /// assert_eq!(ChannelShuffle::new(2).call(&x)?.to_vec3::<i64>()?, [[[0], [2], [1], [3]]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ChannelShuffle(groups) channel_shuffle;
}
