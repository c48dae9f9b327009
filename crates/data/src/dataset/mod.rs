//! Data sets: samples by index, or as a stream.
//!
//! A data set gives access to one sample at a time; [`DataLoader`](crate::DataLoader) makes batches of samples. A data set whose samples are
//! rows of tensors gathers a whole batch with one operation ([`Dataset::get_batch`]), so that loading from memory is cheap.

mod concat;
mod iterable;
mod list;
mod map;
mod split;
mod stack;
mod subset;
mod tensors;

pub use concat::ConcatDataset;
pub use iterable::{ChainDataset, IterableDataset, Samples};
pub use list::ListDataset;
pub use map::Map;
pub use split::{Lengths, random_split};
pub use stack::{Datasets, StackDataset};
pub use subset::Subset;
pub use tensors::{TensorDataset, Tensors};

use crate::Collate;
use crate::collate::{Order, of_samples};
use rushlight_tensor::{Device, Error, Result};
use std::sync::Arc;

/// Samples by index. PyTorch: `torch.utils.data.Dataset`.
///
/// ```
/// use rushlight::data::{DataLoader, Dataset};
/// use rushlight::Result;
///
/// struct Squares(usize);
///
/// impl Dataset for Squares {
///     type Sample = (f32, i64);
///     fn len(&self) -> usize {
///         self.0
///     }
///     fn get(&self, index: usize) -> Result<(f32, i64)> {
///         Ok((index as f32, (index * index) as i64))
///     }
/// }
///
/// let loader = DataLoader::builder(Squares(10)).batch_size(4).build()?;
/// for batch in &loader {
///     let (x, y) = batch?;
///     assert_eq!(x.shape(), y.shape());
/// }
/// # Ok::<(), rushlight::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a data set of samples with an index",
    note = "wrap a vector of samples as `ListDataset(samples)`, tensors as `TensorDataset::new((x, y))?`, or implement `Dataset`",
    note = "a data set that is iterated (`IterableDataset`) goes to `DataLoader::stream`"
)]
pub trait Dataset: Send + Sync {
    /// The type of a sample: a tensor, a number, a tuple of them, or a type of your own.
    type Sample;

    /// The number of samples.
    fn len(&self) -> usize;

    /// The sample at `index`. A loader passes indices below [`Dataset::len`] only.
    ///
    /// # Errors
    /// If the sample cannot be read. The loader returns the error in place of the batch.
    fn get(&self, index: usize) -> Result<Self::Sample>;

    /// Whether there are no samples.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The samples at `indices` as one batch. By default [`get`](Dataset::get) is called for each, and [`Collate::collate`] for the
    /// samples; a data set that can gather a batch faster overrides it. PyTorch: `__getitems__`.
    fn get_batch(&self, indices: &[usize]) -> Result<<Self::Sample as Collate>::Batch>
    where
        Self::Sample: Collate,
    {
        let samples = indices
            .iter()
            .map(|&i| self.get(i))
            .collect::<Result<Vec<_>>>()?;
        of_samples(indices, Order::Kept, || Collate::collate(samples))
    }

    /// Does what [`get_batch`](Dataset::get_batch) does, with the batch on `device`, written directly into the upload memory of the device.
    fn get_batch_to(
        &self,
        indices: &[usize],
        device: &Device,
    ) -> Result<<Self::Sample as Collate>::Batch>
    where
        Self::Sample: Collate,
    {
        let samples = indices
            .iter()
            .map(|&i| self.get(i))
            .collect::<Result<Vec<_>>>()?;
        of_samples(indices, Order::Kept, || {
            Collate::collate_to(samples, device)
        })
    }

    /// The data set whose samples are the results of `f` on the samples of this one. `f` runs each time that a sample is read.
    ///
    /// ```
    /// use rushlight::data::{Dataset, ListDataset};
    /// let halves = ListDataset(vec![2.0, 3.0]).map(|x| Ok(x / 2.0));
    /// assert_eq!(halves.get(1)?, 1.5);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    fn map<U, F>(self, f: F) -> Map<Self, F>
    where
        Self: Sized,
        F: Fn(Self::Sample) -> Result<U> + Send + Sync,
    {
        Map::new(self, f)
    }
}

macro_rules! through_pointers {
    ($($pointer:ty),*) => { $(
        impl<D: Dataset + ?Sized> Dataset for $pointer {
            type Sample = D::Sample;
            fn len(&self) -> usize {
                (**self).len()
            }
            fn get(&self, index: usize) -> Result<D::Sample> {
                (**self).get(index)
            }
            fn get_batch(&self, indices: &[usize]) -> Result<<D::Sample as Collate>::Batch>
            where
                D::Sample: Collate,
            {
                (**self).get_batch(indices)
            }
            fn get_batch_to(&self, indices: &[usize], device: &Device) -> Result<<D::Sample as Collate>::Batch>
            where
                D::Sample: Collate,
            {
                (**self).get_batch_to(indices, device)
            }
        }
    )* };
}

through_pointers!(&D, Box<D>, Arc<D>);

#[track_caller]
fn out_of_range(name: &str, index: usize, len: usize) -> Error {
    Error::index(format!(
        "{name}: index {index} is out of range for {len} samples"
    ))
}
