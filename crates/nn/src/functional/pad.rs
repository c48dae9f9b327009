//! Padding.

use rushlight_tensor::{Ints, PadMode, Result, Tensor};

/// [`Tensor::pad`]: a constant or the input's own elements before and after its last dimensions. PyTorch: `nn.functional.pad`.
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
