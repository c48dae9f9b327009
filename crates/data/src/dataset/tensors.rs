//! Data sets in memory: tensors whose first dimension is the number of samples.

use super::{Dataset, out_of_range};
use crate::Collate;
use rushlight_tensor::{Device, Error, Result, Tensor};

/// The collections of tensors that [`TensorDataset`] accepts: one tensor, a tuple or a `Vec` of tensors.
pub trait Tensors: Collate<Batch = Self> + Send + Sync {
    /// Applies `f` to each tensor and returns the results in the same form.
    fn try_map(&self, f: &mut dyn FnMut(&Tensor) -> Result<Tensor>) -> Result<Self>;
}

impl Tensors for Tensor {
    fn try_map(&self, f: &mut dyn FnMut(&Tensor) -> Result<Tensor>) -> Result<Self> {
        f(self)
    }
}

impl Tensors for Vec<Tensor> {
    fn try_map(&self, f: &mut dyn FnMut(&Tensor) -> Result<Tensor>) -> Result<Self> {
        self.iter().map(f).collect()
    }
}

macro_rules! tuples {
    ($(($($t:ident . $i:tt),*)),*) => { $(
        impl<$($t: Tensors),*> Tensors for ($($t,)*) {
            fn try_map(&self, f: &mut dyn FnMut(&Tensor) -> Result<Tensor>) -> Result<Self> {
                Ok(($(self.$i.try_map(f)?,)*))
            }
        }
    )* };
}

crate::tuples::each_length!(tuples);

/// Tensors as a data set: sample `i` is row `i` of each. PyTorch: `torch.utils.data.TensorDataset`.
///
/// A batch of any size is gathered with one `index_select` per tensor. Tensors on a GPU stay there: an epoch uploads only the indices of the
/// batches.
///
/// ```
/// use rushlight::data::{Dataset, TensorDataset};
/// use rushlight::Tensor;
///
/// let features = Tensor::randn([100, 10], ())?;
/// let labels = Tensor::randint(0, 2, [100], ())?;
/// let dataset = TensorDataset::new((features, labels))?;
/// assert_eq!(dataset.len(), 100);
/// let (x, y) = dataset.get(3)?;
/// assert_eq!((x.shape(), y.shape()), (&[10][..], &[][..]));
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone)]
pub struct TensorDataset<T> {
    tensors: T,
    len: usize,
}

impl<T: Tensors> TensorDataset<T> {
    /// The data set of these tensors, whose first dimension is the number of samples.
    ///
    /// # Errors
    /// If there is no tensor, if a tensor is a scalar, or if the first sizes differ.
    #[track_caller]
    pub fn new(tensors: T) -> Result<TensorDataset<T>> {
        let mut rows = Vec::new();
        let tensors = tensors.try_map(&mut |t| {
            rows.push(t.shape().first().copied());
            Ok(t.clone())
        })?;
        let first = rows.first().copied().flatten();
        for (i, n) in rows.iter().enumerate() {
            match (n, first) {
                (None, _) => {
                    return Err(Error::shape(format!(
                        "TensorDataset: tensor {i} has no dimensions; the first one counts the samples"
                    )));
                }
                (Some(n), Some(first)) if *n != first => {
                    return Err(Error::shape(format!(
                        "TensorDataset: the tensors differ in length: tensor 0 has {first} samples, tensor {i} has {n}"
                    )));
                }
                _ => {}
            }
        }
        match first {
            Some(len) => Ok(TensorDataset { tensors, len }),
            None => Err(Error::shape("TensorDataset: needs at least one tensor")),
        }
    }

    /// The tensors.
    pub fn tensors(&self) -> &T {
        &self.tensors
    }
}

impl<T: Tensors> Dataset for TensorDataset<T> {
    type Sample = T;

    fn len(&self) -> usize {
        self.len
    }

    #[track_caller]
    fn get(&self, index: usize) -> Result<T> {
        if index >= self.len {
            return Err(out_of_range("TensorDataset", index, self.len));
        }
        self.tensors.try_map(&mut |t| t.select(0, index as isize))
    }

    #[track_caller]
    fn get_batch(&self, indices: &[usize]) -> Result<T> {
        let numbers: Vec<i64> = indices.iter().map(|&i| i as i64).collect();
        // The indices are uploaded once for all tensors of a device.
        let mut index: Option<Tensor> = None;
        self.tensors.try_map(&mut |t| {
            let index = match &index {
                Some(index) if index.device() == t.device() => index,
                _ => index.insert(Tensor::from_slice_on(&numbers, numbers.len(), t.device())?),
            };
            t.index_select(0, index)
        })
    }

    #[track_caller]
    fn get_batch_to(&self, indices: &[usize], device: &Device) -> Result<T> {
        let mut in_host_memory = true;
        self.tensors.try_map(&mut |t| {
            in_host_memory &= t.device().reads_at_once();
            Ok(t.clone())
        })?;
        if in_host_memory {
            return self.tensors.try_map(&mut |t| t.rows_to(indices, device));
        }
        self.get_batch(indices)?.try_map(&mut |t| t.to(device))
    }
}
