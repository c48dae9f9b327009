//! The concatenation of several data sets.

use super::{Dataset, out_of_range};
use rushlight_tensor::{Error, Result};

/// The concatenation of several data sets: first all samples of the first one, then those of the second, and so on.
/// PyTorch: `torch.utils.data.ConcatDataset`.
///
/// Data sets of different types can be given as `Box<dyn Dataset<Sample = S>>`.
///
/// ```
/// use rushlight::data::{ConcatDataset, Dataset, ListDataset};
/// let both = ConcatDataset::new(vec![ListDataset(vec![1.0, 2.0]), ListDataset(vec![3.0])])?;
/// assert_eq!((both.len(), both.get(2)?), (3, 3.0));
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ConcatDataset<D> {
    datasets: Vec<D>,
    /// Where each data set ends.
    ends: Vec<usize>,
}

impl<D: Dataset> ConcatDataset<D> {
    /// Concatenates the data sets in this order.
    ///
    /// # Errors
    /// If there is no data set, or if the total number of samples exceeds `usize::MAX`.
    #[track_caller]
    pub fn new(datasets: Vec<D>) -> Result<ConcatDataset<D>> {
        if datasets.is_empty() {
            return Err(Error::value("ConcatDataset: needs at least one data set"));
        }
        let mut ends = Vec::with_capacity(datasets.len());
        let mut end = 0usize;
        for dataset in &datasets {
            let Some(next) = end.checked_add(dataset.len()) else {
                return Err(Error::value(
                    "ConcatDataset: the data sets have more samples than can be counted",
                ));
            };
            end = next;
            ends.push(end);
        }
        Ok(ConcatDataset { datasets, ends })
    }

    /// The data sets.
    pub fn datasets(&self) -> &[D] {
        &self.datasets
    }
}

impl<D: Dataset> Dataset for ConcatDataset<D> {
    type Sample = D::Sample;

    fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    #[track_caller]
    fn get(&self, index: usize) -> Result<D::Sample> {
        let which = self.ends.partition_point(|&end| end <= index);
        match self.datasets.get(which) {
            Some(dataset) => dataset.get(index - (self.ends[which] - dataset.len())),
            None => Err(out_of_range("ConcatDataset", index, self.len())),
        }
    }
}
