//! A data set with a function applied to its samples.

use super::Dataset;
use rushlight_tensor::Result;

/// The result of [`Dataset::map`]. The function runs each time that a sample is read, so that it can draw random augmentations.
///
/// ```
/// use rushlight::data::{Dataset, ListDataset};
/// let halves = ListDataset(vec![2.0, 3.0]).map(|x| Ok(x / 2.0));
/// assert_eq!((halves.len(), halves.get(1)?), (2, 1.5));
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Map<D, F> {
    dataset: D,
    f: F,
}

impl<D, F> Map<D, F> {
    pub(super) fn new(dataset: D, f: F) -> Map<D, F> {
        Map { dataset, f }
    }
}

impl<D, U, F> Dataset for Map<D, F>
where
    D: Dataset,
    F: Fn(D::Sample) -> Result<U> + Send + Sync,
{
    type Sample = U;

    fn len(&self) -> usize {
        self.dataset.len()
    }

    fn get(&self, index: usize) -> Result<U> {
        (self.f)(self.dataset.get(index)?)
    }
}
