//! Convolutions and transposed convolutions in one, two and three dimensions.

use rushlight_tensor::{ConvOptions, Error, Result, Tensor};

macro_rules! convolutions {
    ($($(#[$doc:meta])* $name:ident $method:ident $spatial:literal;)*) => { $(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(
            x: &Tensor,
            weight: &Tensor,
            bias: Option<&Tensor>,
            options: impl Into<ConvOptions>,
        ) -> Result<Tensor> {
            fits(stringify!($name), weight, $spatial)?;
            x.$method(weight, bias, options)
        }
    )* };
}

convolutions! {
    /// Convolves `[n, in, l]` or `[in, l]` with weight `[out, in / groups, k]`, and adds the bias `[out]`: [`Tensor::conv`].
    /// PyTorch: `nn.functional.conv1d`.
    ///
    /// ```
    /// use rushlight::nn::functional::conv1d;
    /// use rushlight::tensor;
    /// let (x, w) = (tensor!([[[1.0, 2.0, 4.0]]]), tensor!([[[-1.0, 1.0]]]));
    /// assert_eq!(conv1d(&x, &w, None, ())?.to_vec::<f32>()?, [1.0, 2.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    conv1d conv 1;

    /// Convolves `[n, in, h, w]` or `[in, h, w]` with weight `[out, in / groups, kh, kw]`, and adds the bias `[out]`: [`Tensor::conv`].
    /// PyTorch: `nn.functional.conv2d`.
    ///
    /// ```
    /// use rushlight::nn::functional::{ConvOptions, conv2d};
    /// use rushlight::Tensor;
    /// let (x, w) = (Tensor::ones([1, 3, 8, 8], ())?, Tensor::ones([16, 3, 3, 3], ())?);
    /// let y = conv2d(&x, &w, None, ConvOptions::new().stride(2).padding(1))?;
    /// assert_eq!(y.shape(), [1, 16, 4, 4]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    conv2d conv 2;

    /// Convolves `[n, in, d, h, w]` or `[in, d, h, w]` with weight `[out, in / groups, kd, kh, kw]`, and adds the bias `[out]`:
    /// [`Tensor::conv`]. PyTorch: `nn.functional.conv3d`.
    ///
    /// ```
    /// use rushlight::nn::functional::conv3d;
    /// use rushlight::Tensor;
    /// let (x, w) = (Tensor::ones([1, 1, 4, 4, 4], ())?, Tensor::ones([2, 1, 3, 3, 3], ())?);
    /// assert_eq!(conv3d(&x, &w, None, ())?.shape(), [1, 2, 2, 2, 2]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    conv3d conv 3;

    /// Computes the transposed convolution of `[n, in, l]` or `[in, l]` with weight `[in, out / groups, k]`, and adds the bias `[out]`:
    /// [`Tensor::conv_transpose`]. PyTorch: `nn.functional.conv_transpose1d`.
    ///
    /// ```
    /// use rushlight::nn::functional::{ConvOptions, conv_transpose1d};
    /// use rushlight::tensor;
    /// let (x, w) = (tensor!([[[1.0, 2.0]]]), tensor!([[[1.0, 1.0]]]));
    /// let y = conv_transpose1d(&x, &w, None, ConvOptions::new().stride(2))?;
    /// assert_eq!(y.to_vec::<f32>()?, [1.0, 1.0, 2.0, 2.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    conv_transpose1d conv_transpose 1;

    /// Computes the transposed convolution of `[n, in, h, w]` or `[in, h, w]` with weight `[in, out / groups, kh, kw]`, and adds the bias
    /// `[out]`: [`Tensor::conv_transpose`]. PyTorch: `nn.functional.conv_transpose2d`.
    ///
    /// ```
    /// use rushlight::nn::functional::{ConvOptions, conv_transpose2d};
    /// use rushlight::Tensor;
    /// let (x, w) = (Tensor::ones([1, 3, 4, 4], ())?, Tensor::ones([3, 8, 2, 2], ())?);
    /// assert_eq!(conv_transpose2d(&x, &w, None, ConvOptions::new().stride(2))?.shape(), [1, 8, 8, 8]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    conv_transpose2d conv_transpose 2;

    /// Computes the transposed convolution of `[n, in, d, h, w]` or `[in, d, h, w]` with weight `[in, out / groups, kd, kh, kw]`, and adds
    /// the bias `[out]`: [`Tensor::conv_transpose`]. PyTorch: `nn.functional.conv_transpose3d`.
    ///
    /// ```
    /// use rushlight::nn::functional::conv_transpose3d;
    /// use rushlight::Tensor;
    /// let (x, w) = (Tensor::ones([1, 1, 2, 2, 2], ())?, Tensor::ones([1, 2, 3, 3, 3], ())?);
    /// assert_eq!(conv_transpose3d(&x, &w, None, ())?.shape(), [1, 2, 4, 4, 4]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    conv_transpose3d conv_transpose 3;
}

/// Checks that the weight has this number of spatial dimensions.
#[track_caller]
fn fits(name: &str, weight: &Tensor, spatial: usize) -> Result<()> {
    match weight.ndim() == spatial + 2 {
        true => Ok(()),
        false => Err(Error::shape(format!(
            "{name}: expected a weight of {} dimensions, got shape {:?}",
            spatial + 2,
            weight.shape()
        ))),
    }
}
