//! Upsampling layers.

use super::sizes::tuple;
use crate::builder::builder;
use crate::functional::{self, InterpolateMode, InterpolateOptions, Resize};
use crate::{Forward, Module, ModuleState};
use rushlight_tensor::{Result, Tensor};

/// `[n, c, *s]` at another size: integers are sizes, floating-point numbers factors. PyTorch: `nn.Upsample`, `nn.UpsamplingNearest2d`,
/// `nn.UpsamplingBilinear2d`.
///
/// ```
/// use rushlight_nn::{Call, Upsample, functional::InterpolateMode};
/// use rushlight_tensor::Tensor;
/// let x = Tensor::zeros([1, 3, 4, 5], ())?;
/// assert_eq!(Upsample::new(2.0).call(&x)?.shape(), [1, 3, 8, 10]);
/// let smooth = Upsample::builder([6, 6]).mode(InterpolateMode::Bilinear).build();
/// assert_eq!(smooth.call(&x)?.shape(), [1, 3, 6, 6]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[derive(Module, Debug)]
#[module(type_name = Self::name, repr = Self::repr)]
pub struct Upsample {
    #[module(skip)]
    args: UpsampleBuilder,
    #[module(skip)]
    name: &'static str,
    state: ModuleState,
}

builder! {
    /// Options of an [`Upsample`].
    UpsampleBuilder(to: Resize) {
        /// How the value between elements is found; by default the nearest element.
        mode: InterpolateMode = InterpolateMode::Nearest,
        /// Whether the centres of the corner elements stay where they are; only for the linear and cubic modes.
        align_corners: Option<bool> = None,
        /// Whether factors only give the size, and the distances are computed from that again; by default no.
        recompute_scale_factor: bool = false,
    }
}

impl Upsample {
    /// To the nearest element.
    pub fn new(to: impl Into<Resize>) -> Upsample {
        Upsample::builder(to).build()
    }

    /// A layer with options.
    pub fn builder(to: impl Into<Resize>) -> UpsampleBuilder {
        UpsampleBuilder::new(to.into())
    }

    /// A plane to the nearest element. PyTorch: `nn.UpsamplingNearest2d`.
    pub fn nearest2d(to: impl Into<Resize>) -> Upsample {
        Upsample {
            name: "UpsamplingNearest2d",
            ..Upsample::new(to)
        }
    }

    /// A plane between four neighbours, the corners aligned. PyTorch: `nn.UpsamplingBilinear2d`.
    pub fn bilinear2d(to: impl Into<Resize>) -> Upsample {
        let builder = Upsample::builder(to).mode(InterpolateMode::Bilinear);
        Upsample {
            name: "UpsamplingBilinear2d",
            ..builder.align_corners(true).build()
        }
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn repr(&self) -> String {
        // One number stands by itself.
        let show = |list: Vec<String>| match list.as_slice() {
            [one] => one.clone(),
            _ => tuple(&list),
        };
        let to = match &self.args.to {
            Resize::Size(list) => {
                format!("size={}", show(list.iter().map(usize::to_string).collect()))
            }
            Resize::Scale(list) => {
                let list = list.iter().map(|x| format!("{x:?}")).collect();
                format!("scale_factor={}", show(list))
            }
        };
        format!("{to}, mode='{}'", self.args.mode.name())
    }
}

impl UpsampleBuilder {
    /// The layer.
    pub fn build(self) -> Upsample {
        Upsample {
            args: self,
            name: "Upsample",
            state: ModuleState::default(),
        }
    }
}

impl Forward for Upsample {
    type Output = Tensor;
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let a = &self.args;
        let options = InterpolateOptions {
            align_corners: a.align_corners,
            recompute_scale_factor: a.recompute_scale_factor,
            ..a.mode.into()
        };
        functional::interpolate(x, a.to.clone(), options)
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
            #[doc = concat!("A layer with PyTorch's `", stringify!($argument), "`.")]
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
    /// Channels as pixels: `[*, c r², h, w] → [*, c, h r, w r]`. PyTorch: `nn.PixelShuffle`.
    PixelShuffle(upscale_factor) pixel_shuffle;
    /// Pixels as channels: `[*, c, h r, w r] → [*, c r², h, w]`. PyTorch: `nn.PixelUnshuffle`.
    PixelUnshuffle(downscale_factor) pixel_unshuffle;
    /// Channels of `[n, c, *]` dealt out in turn from each of the groups. PyTorch: `nn.ChannelShuffle`.
    ChannelShuffle(groups) channel_shuffle;
}
