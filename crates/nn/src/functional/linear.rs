//! Linear and bilinear transformations.

use rushlight_tensor::{Error, Half, Result, Tensor};

/// Computes `x wᵀ + b` for `x: [.., in]`, `w: [out, in]`, `b: [out]`.
/// The result `[.., out]` has the dtype of `x`. PyTorch: `nn.functional.linear`.
///
/// ```
/// use rushlight::nn::functional::linear;
/// use rushlight::tensor;
/// let weight = tensor!([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]);
/// let y = linear(&tensor!([[1.0, 2.0]]), &weight, None)?;
/// assert_eq!(y.to_vec2::<f32>()?, [[1.0, 2.0, 3.0]]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the shapes do not match, or the dtypes differ.
#[track_caller]
pub fn linear(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    x.linear(weight, bias)
}

/// Computes `yₖ = x₁ᵀ wₖ x₂ + bₖ` for `x₁: [.., in1]`, `x₂: [.., in2]`, `w: [out, in1, in2]`, `b: [out]`.
/// The result `[.., out]` has the dtype of `x₁`. PyTorch: `nn.functional.bilinear`.
///
/// ```
/// use rushlight::nn::functional::bilinear;
/// use rushlight::tensor;
/// let weight = tensor!([[[1.0, 0.0], [0.0, 1.0]]]);
/// let y = bilinear(&tensor!([[1.0, 2.0]]), &tensor!([[3.0, 4.0]]), &weight, None)?;
/// assert_eq!(y.to_vec2::<f32>()?, [[11.0]]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the shapes do not match each other, or the dtypes differ.
#[track_caller]
pub fn bilinear(
    x1: &Tensor,
    x2: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
) -> Result<Tensor> {
    let &[out, in1, in2] = weight.shape() else {
        return Err(Error::shape(format!(
            "bilinear: the weight must be [out, in1, in2], not {:?}",
            weight.shape()
        )));
    };
    let ([outer @ .., last1], [outer2 @ .., last2]) = (x1.shape(), x2.shape()) else {
        return Err(Error::shape(
            "bilinear: the inputs must have at least one dimension",
        ));
    };
    if outer != outer2 || *last1 != in1 || *last2 != in2 {
        return Err(Error::shape(format!(
            "bilinear: inputs {:?} and {:?} do not match weight {:?} ([out, in1, in2])",
            x1.shape(),
            x2.shape(),
            weight.shape()
        )));
    }
    for t in [x2, weight].into_iter().chain(bias) {
        if t.dtype() != x1.dtype() {
            return Err(Error::dtype(format!(
                "bilinear: dtypes differ: {} and {}; convert one with to(dtype)",
                x1.dtype(),
                t.dtype()
            )));
        }
    }
    if let Some(bias) = bias.filter(|b| b.shape() != [out]) {
        return Err(Error::shape(format!(
            "bilinear: the bias must be [{out}], not {:?}",
            bias.shape()
        )));
    }
    if let Some(half) = Half::among([x1]) {
        let (x1, x2) = (half.widen(x1)?, half.widen(x2)?);
        let (weight, bias) = (half.widen(weight)?, half.widen_option(bias)?);
        return half.round(bilinear(&x1, &x2, &weight, bias.as_ref())?);
    }
    let n: usize = outer.iter().product();
    let mut shape = outer.to_vec();
    shape.push(out);
    // One product multiplies x₁ by every wₖ: [n, in1] x [in1, out in2].
    let left = x1
        .reshape([n, in1])?
        .matmul(&weight.permute([1, 0, 2])?.reshape([in1, out * in2])?)?;
    let y = left
        .reshape([n, out, in2])?
        .matmul(&x2.reshape([n, in2, 1])?)?
        .reshape(&shape)?;
    match bias {
        Some(bias) => y.add(bias),
        None => Ok(y),
    }
}
