//! Padding.

use rushlight_tensor::{Ints, PadMode, Result, Tensor};

/// Pads the last dimensions with a constant or with the input's own elements: [`Tensor::pad`]. PyTorch: `nn.functional.pad`.
///
/// ```
/// use rushlight::nn::functional::{PadMode, pad};
/// use rushlight::tensor;
/// let x = tensor!([[[1, 2, 3]]]);
/// assert_eq!(pad(&x, [2, 1], PadMode::Reflect)?.to_vec::<i64>()?, [3, 2, 1, 2, 3, 2]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn pad(x: &Tensor, padding: impl Into<Ints>, mode: PadMode) -> Result<Tensor> {
    x.pad(padding, mode)
}
