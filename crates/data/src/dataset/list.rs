//! A list as a data set.

use super::{Dataset, out_of_range};
use rushlight_tensor::Result;

/// A list of samples as a data set. PyTorch: any Python list.
///
/// It is a type of its own, because an implementation of [`Dataset`] for `Vec` would hide the method `get` of slices.
///
/// ```
/// use rushlight::data::{Dataset, ListDataset};
/// assert_eq!(ListDataset(vec!["a", "b"]).get(1)?, "b");
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ListDataset<S>(pub Vec<S>);

impl<S: Clone + Send + Sync> Dataset for ListDataset<S> {
    type Sample = S;

    fn len(&self) -> usize {
        self.0.len()
    }

    #[track_caller]
    fn get(&self, index: usize) -> Result<S> {
        match self.0.get(index) {
            Some(sample) => Ok(sample.clone()),
            None => Err(out_of_range("ListDataset", index, self.0.len())),
        }
    }
}
