//! Activation functions.

mod along_dim;
mod options;
mod piecewise;
mod smooth;

pub use along_dim::*;
pub use options::*;
pub use piecewise::*;
pub use smooth::*;

use super::arguments::float;
use rushlight_tensor::{Result, Tensor};

macro_rules! named {
    ($($(#[$doc:meta])* $name:ident => $method:ident;)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(x: &Tensor) -> Result<Tensor> {
            x.$method()
        }
    )* };
}

named! {
    /// `max(x, 0)`.
    /// Any dtype but `bool`; the shape and dtype of `x`. PyTorch: `nn.functional.relu`.
    ///
    /// ```
    /// use rushlight::nn::functional::relu;
    /// use rushlight::tensor;
    /// assert_eq!(relu(&tensor!([-1.0, 2.0]))?.to_vec::<f32>()?, [0.0, 2.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `x` is `bool`.
    relu => relu;
    /// `1 / (1 + e⁻ˣ)`.
    /// The shape of `x`, and its dtype if that is of floating point. PyTorch: `nn.functional.sigmoid`.
    ///
    /// ```
    /// use rushlight::nn::functional::sigmoid;
    /// use rushlight::tensor;
    /// assert_eq!(sigmoid(&tensor!([0.0, 100.0]))?.to_vec::<f32>()?, [0.5, 1.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a result does not fit the memory.
    sigmoid => sigmoid;
    /// The hyperbolic tangent.
    /// The shape of `x`, and its dtype if that is of floating point. PyTorch: `nn.functional.tanh`.
    ///
    /// ```
    /// use rushlight::nn::functional::tanh;
    /// use rushlight::tensor;
    /// assert_eq!(tanh(&tensor!([0.0, 100.0]))?.to_vec::<f32>()?, [0.0, 1.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a result does not fit the memory.
    tanh => tanh;
}

macro_rules! floats_only {
    ($($(#[$doc:meta])* $name:ident;)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(x: &Tensor) -> Result<Tensor> {
            float(stringify!($name), x)?;
            x.$name()
        }
    )* };
}

floats_only! {
    /// `x sigmoid(x)`.
    /// Floating-point dtypes; the shape and dtype of `x`. PyTorch: `nn.functional.silu`.
    ///
    /// ```
    /// use rushlight::nn::functional::silu;
    /// use rushlight::tensor;
    /// assert_eq!(silu(&tensor!([0.0, 100.0]))?.to_vec::<f32>()?, [0.0, 100.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `x` is not of floating point.
    silu;
    /// `x tanh(ln(1 + eˣ))`.
    /// Floating-point dtypes; the shape and dtype of `x`. PyTorch: `nn.functional.mish`.
    ///
    /// ```
    /// use rushlight::nn::functional::mish;
    /// use rushlight::tensor;
    /// assert_eq!(mish(&tensor!([0.0, 100.0]))?.to_vec::<f32>()?, [0.0, 100.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `x` is not of floating point.
    mish;
    /// `ln sigmoid(x)`. PyTorch: `nn.functional.logsigmoid`.
    /// Floating-point dtypes; the shape and dtype of `x`.
    ///
    /// ```
    /// use rushlight::nn::functional::log_sigmoid;
    /// use rushlight::tensor;
    /// assert_eq!(log_sigmoid(&tensor!([-1000.0, 1000.0]))?.to_vec::<f32>()?, [-1000.0, 0.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `x` is not of floating point.
    log_sigmoid;
}
