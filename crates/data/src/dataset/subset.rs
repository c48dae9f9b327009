//! A subset of a data set.

use super::{Dataset, out_of_range};
use crate::Collate;
use crate::collate::{Order, of_samples};
use rushlight_tensor::{Device, Error, Result};

/// The samples of a data set at given indices, in their order. PyTorch: `torch.utils.data.Subset`.
///
/// ```
/// use rushlight::data::{Dataset, ListDataset, Subset};
/// let some = Subset::new(ListDataset(vec!["a", "b", "c"]), vec![2, 0])?;
/// assert_eq!((some.len(), some.get(0)?), (2, "c"));
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Subset<D> {
    dataset: D,
    indices: Vec<usize>,
}

impl<D: Dataset> Subset<D> {
    /// The subset of `dataset` with the samples at `indices`, which may repeat.
    ///
    /// # Errors
    /// If an index is not below the length of the data set.
    #[track_caller]
    pub fn new(dataset: D, indices: Vec<usize>) -> Result<Subset<D>> {
        let len = dataset.len();
        match indices.iter().find(|&&i| i >= len) {
            Some(i) => Err(Error::index(format!(
                "Subset: index {i} is out of range for {len} samples"
            ))),
            None => Ok(Subset { dataset, indices }),
        }
    }

    /// The underlying data set.
    pub fn dataset(&self) -> &D {
        &self.dataset
    }

    /// The indices of the samples in the underlying data set.
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }

    #[track_caller]
    fn at(&self, index: usize) -> Result<usize> {
        match self.indices.get(index) {
            Some(&i) => Ok(i),
            None => Err(out_of_range("Subset", index, self.indices.len())),
        }
    }

    #[track_caller]
    fn all(&self, indices: &[usize]) -> Result<Vec<usize>> {
        let mut inner = Vec::with_capacity(indices.len());
        for &i in indices {
            inner.push(self.at(i)?);
        }
        Ok(inner)
    }
}

impl<D: Dataset> Dataset for Subset<D> {
    type Sample = D::Sample;

    fn len(&self) -> usize {
        self.indices.len()
    }

    #[track_caller]
    fn get(&self, index: usize) -> Result<D::Sample> {
        self.dataset.get(self.at(index)?)
    }

    #[track_caller]
    fn get_batch(&self, indices: &[usize]) -> Result<<D::Sample as Collate>::Batch>
    where
        D::Sample: Collate,
    {
        let inner = self.all(indices)?;
        of_samples(indices, Order::Kept, || self.dataset.get_batch(&inner))
    }

    #[track_caller]
    fn get_batch_to(
        &self,
        indices: &[usize],
        device: &Device,
    ) -> Result<<D::Sample as Collate>::Batch>
    where
        D::Sample: Collate,
    {
        let inner = self.all(indices)?;
        of_samples(indices, Order::Kept, || {
            self.dataset.get_batch_to(&inner, device)
        })
    }
}
