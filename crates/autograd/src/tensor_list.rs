//! Lists of tensors, of references to them, or of parameters, as arguments.

use rushlight_tensor::Tensor;

/// An array, vector or slice of tensors, of references to them, or of parameters, as an option of a pass: `Some(&[&w, &b])`, `Some(&params)`.
pub trait TensorList {
    /// The tensors in order.
    fn tensors(&self) -> Vec<&Tensor>;
}

impl<T: AsRef<Tensor>, const N: usize> TensorList for [T; N] {
    fn tensors(&self) -> Vec<&Tensor> {
        references(self)
    }
}

impl<T: AsRef<Tensor>> TensorList for Vec<T> {
    fn tensors(&self) -> Vec<&Tensor> {
        references(self)
    }
}

impl<T: AsRef<Tensor>> TensorList for &[T] {
    fn tensors(&self) -> Vec<&Tensor> {
        references(self)
    }
}

/// References to the tensors of a list.
pub(crate) fn references<T: AsRef<Tensor>>(list: &[T]) -> Vec<&Tensor> {
    list.iter().map(AsRef::as_ref).collect()
}
