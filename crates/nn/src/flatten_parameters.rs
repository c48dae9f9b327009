//! Conversion between parameters and one vector. PyTorch: `nn.utils.parameters_to_vector` and its inverse.

use rushlight_tensor::{Error, GradMode, Result, Tensor};

/// Concatenates the elements of all parameters, in row-major order, to one vector. PyTorch: `nn.utils.parameters_to_vector`.
///
/// The result has shape `[n]`, with `n` the total number of elements, and the dtype to which those of the parameters are promoted. It is
/// a copy, and gradients flow through it to the parameters.
///
/// ```
/// use rushlight::nn::{Linear, Module, ModuleExt, parameters_to_vector};
/// let layer = Linear::new(3, 2)?;
/// assert_eq!(parameters_to_vector(layer.parameters())?.shape(), [3 * 2 + 2]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If there is no parameter, or if they are on different devices.
#[track_caller]
pub fn parameters_to_vector<P: AsRef<Tensor>>(
    parameters: impl IntoIterator<Item = P>,
) -> Result<Tensor> {
    let mut vectors = Vec::new();
    for parameter in parameters {
        vectors.push(parameter.as_ref().reshape(-1)?);
    }
    if vectors.is_empty() {
        return Err(Error::value(
            "parameters_to_vector: expected at least one parameter",
        ));
    }
    let vectors: Vec<&Tensor> = vectors.iter().collect();
    match Tensor::cat(&vectors, 0) {
        Ok(vector) => Ok(vector),
        Err(e) => Err(e.context("parameters_to_vector")),
    }
}

/// Copies consecutive parts of a vector into the parameters, the inverse of [`parameters_to_vector`].
/// PyTorch: `nn.utils.vector_to_parameters`.
///
/// Each parameter keeps its shape, dtype and device; the copy is not recorded for gradients. PyTorch lets the parameters share the
/// vector's memory and ignores elements that are left over, which is an error here.
///
/// ```
/// use rushlight::nn::{Linear, Module, ModuleExt, parameters_to_vector, vector_to_parameters};
/// let (a, b) = (Linear::new(3, 2)?, Linear::new(3, 2)?);
/// vector_to_parameters(&parameters_to_vector(a.parameters())?, b.parameters())?;
/// assert_eq!(a.weight.to_vec2::<f32>()?, b.weight.to_vec2::<f32>()?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If `vector` is not a vector, or if its number of elements differs from that of all parameters, which are then unchanged.
#[track_caller]
pub fn vector_to_parameters<P: AsRef<Tensor>>(
    vector: &Tensor,
    parameters: impl IntoIterator<Item = P>,
) -> Result<()> {
    let parameters: Vec<P> = parameters.into_iter().collect();
    let total: usize = parameters.iter().map(|p| p.as_ref().numel()).sum();
    if vector.shape() != [total] {
        return Err(Error::shape(format!(
            "vector_to_parameters: the parameters have {total} elements, but the vector has shape {:?}",
            vector.shape()
        )));
    }
    let _off = GradMode::set(false);
    let mut start = 0;
    for parameter in parameters.iter().map(P::as_ref) {
        let part = vector.narrow(0, start, parameter.numel())?;
        parameter.copy_(&part.reshape(parameter.shape())?)?;
        start += parameter.numel();
    }
    Ok(())
}
