//! Dropout layers, which set random elements to zero in training and return their input in evaluation.

use crate::{Forward, Module, ModuleState, functional};
use rushlight_tensor::{Result, Tensor};

macro_rules! dropouts {
    ($($(#[$doc:meta])* $name:ident, |$x:ident, $p:ident, $training:ident| $call:expr;)*) => { $(
        $(#[$doc])*
        #[derive(Module, Debug)]
        #[module(repr = Self::repr)]
        pub struct $name {
            /// The dropout probability.
            #[module(skip)]
            pub p: f64,
            state: ModuleState,
        }

        impl $name {
            /// Creates a layer that drops elements with probability `p`, which must be in `[0, 1]`; PyTorch's default is 0.5.
            #[track_caller]
            pub fn new(p: f64) -> Result<$name> {
                functional::probability(stringify!($name), p)?;
                Ok($name { p, state: ModuleState::default() })
            }

            fn repr(&self) -> String {
                format!("p={:?}, inplace=False", self.p)
            }
        }

        impl Forward for $name {
            type Output = Tensor;
            fn forward(&self, $x: &Tensor) -> Result<Tensor> {
                let ($p, $training) = (self.p, self.state.is_training());
                $call
            }
        }
    )* };
}

dropouts! {
    /// Sets random elements to zero, and scales the others by `1 / (1 - p)`. PyTorch: `nn.Dropout`.
    ///
    /// ```
    /// use rushlight::nn::{Call, Dropout};
    /// use rushlight::Tensor;
    /// let x = Tensor::ones([2, 3], ())?;
    /// assert_eq!(Dropout::new(1.0)?.call(&x)?.to_vec::<f32>()?, [0.0; 6]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    Dropout, |x, p, training| functional::dropout(x, p, training);
    /// Sets random channels of `[batch, channels, length]` to zero. PyTorch: `nn.Dropout1d`.
    ///
    /// ```
    /// use rushlight::nn::{Call, Dropout1d};
    /// use rushlight::Tensor;
    /// let x = Tensor::ones([1, 2, 3], ())?;
    /// assert_eq!(Dropout1d::new(1.0)?.call(&x)?.to_vec::<f32>()?, [0.0; 6]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    Dropout1d, |x, p, training| functional::dropout1d(x, p, training);
    /// Sets random channels of `[batch, channels, height, width]` to zero. PyTorch: `nn.Dropout2d`.
    ///
    /// ```
    /// use rushlight::nn::{Call, Dropout2d};
    /// use rushlight::Tensor;
    /// let x = Tensor::ones([1, 2, 1, 3], ())?;
    /// assert_eq!(Dropout2d::new(1.0)?.call(&x)?.to_vec::<f32>()?, [0.0; 6]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    Dropout2d, |x, p, training| functional::dropout2d(x, p, training);
    /// Sets random channels of `[batch, channels, depth, height, width]` to zero. PyTorch: `nn.Dropout3d`.
    ///
    /// ```
    /// use rushlight::nn::{Call, Dropout3d};
    /// use rushlight::Tensor;
    /// let x = Tensor::ones([1, 2, 1, 1, 3], ())?;
    /// assert_eq!(Dropout3d::new(1.0)?.call(&x)?.to_vec::<f32>()?, [0.0; 6]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    Dropout3d, |x, p, training| functional::dropout3d(x, p, training);
    /// Applies dropout that preserves mean 0 and variance 1, for SELU networks. PyTorch: `nn.AlphaDropout`.
    ///
    /// ```
    /// use rushlight::nn::{AlphaDropout, Call};
    /// use rushlight::Tensor;
    /// let x = Tensor::ones([2, 3], ())?;
    /// assert_eq!(AlphaDropout::new(1.0)?.call(&x)?.to_vec::<f32>()?, [0.0; 6]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    AlphaDropout, |x, p, training| functional::alpha_dropout(x, p, training);
    /// Applies the dropout of [`AlphaDropout`] to whole channels of `[batch, channels, ..]`. PyTorch: `nn.FeatureAlphaDropout`.
    ///
    /// ```
    /// use rushlight::nn::{Call, FeatureAlphaDropout};
    /// use rushlight::Tensor;
    /// let x = Tensor::ones([1, 2, 3], ())?;
    /// assert_eq!(FeatureAlphaDropout::new(1.0)?.call(&x)?.to_vec::<f32>()?, [0.0; 6]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    FeatureAlphaDropout, |x, p, training| functional::feature_alpha_dropout(x, p, training);
}
