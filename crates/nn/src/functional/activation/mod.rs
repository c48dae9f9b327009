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
    /// Computes `max(x, 0)` element-wise.
    /// Supports every dtype except `bool`; the result has the shape and dtype of `x`. PyTorch: `nn.functional.relu`.
    ///
    /// ```
    /// use rushlight::nn::functional::relu;
    /// use rushlight::tensor;
    /// assert_eq!(relu(&tensor!([-1.0, 2.0]))?.to_vec::<f32>()?, [0.0, 2.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if `x` is `bool`.
    relu => relu;
    /// Computes `1 / (1 + e⁻ˣ)` element-wise.
    /// The result has the shape of `x`, and its dtype if that is floating-point. PyTorch: `nn.functional.sigmoid`.
    ///
    /// ```
    /// use rushlight::nn::functional::sigmoid;
    /// use rushlight::tensor;
    /// assert_eq!(sigmoid(&tensor!([0.0, 100.0]))?.to_vec::<f32>()?, [0.5, 1.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the result does not fit in memory.
    sigmoid => sigmoid;
    /// Computes the hyperbolic tangent element-wise.
    /// The result has the shape of `x`, and its dtype if that is floating-point. PyTorch: `nn.functional.tanh`.
    ///
    /// ```
    /// use rushlight::nn::functional::tanh;
    /// use rushlight::tensor;
    /// assert_eq!(tanh(&tensor!([0.0, 100.0]))?.to_vec::<f32>()?, [0.0, 1.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the result does not fit in memory.
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
    /// Computes `x sigmoid(x)` element-wise.
    /// `x` has a floating-point dtype; the result has the shape and dtype of `x`. PyTorch: `nn.functional.silu`.
    ///
    /// ```
    /// use rushlight::nn::functional::silu;
    /// use rushlight::tensor;
    /// assert_eq!(silu(&tensor!([0.0, 100.0]))?.to_vec::<f32>()?, [0.0, 100.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the dtype of `x` is not floating-point.
    silu;
    /// Computes `x tanh(ln(1 + eˣ))` element-wise.
    /// `x` has a floating-point dtype; the result has the shape and dtype of `x`. PyTorch: `nn.functional.mish`.
    ///
    /// ```
    /// use rushlight::nn::functional::mish;
    /// use rushlight::tensor;
    /// assert_eq!(mish(&tensor!([0.0, 100.0]))?.to_vec::<f32>()?, [0.0, 100.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the dtype of `x` is not floating-point.
    mish;
    /// Computes `ln sigmoid(x)` element-wise. PyTorch: `nn.functional.logsigmoid`.
    /// `x` has a floating-point dtype; the result has the shape and dtype of `x`.
    ///
    /// ```
    /// use rushlight::nn::functional::log_sigmoid;
    /// use rushlight::tensor;
    /// assert_eq!(log_sigmoid(&tensor!([-1000.0, 1000.0]))?.to_vec::<f32>()?, [-1000.0, 0.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if the dtype of `x` is not floating-point.
    log_sigmoid;
}
