//! Collators: how a loader turns samples into a batch.

use super::{Collate, Order, of_samples};
use crate::{Dataset, ToDevice};
use rushlight_tensor::{Device, Error, Result};

/// The part of a loader that makes batches of samples `S`. PyTorch: `collate_fn`.
///
/// [`DataLoaderBuilder::collate`](crate::DataLoaderBuilder::collate) makes a collator from a function.
pub trait Collator<S>: Send + Sync {
    /// The type of a batch.
    type Batch;

    /// Makes a batch of the samples. A loader passes at least one.
    fn collate(&self, samples: Vec<S>) -> Result<Self::Batch>;

    /// Makes a batch of the samples of `dataset` at `indices`.
    fn fetch<D: Dataset<Sample = S>>(&self, dataset: &D, indices: &[usize]) -> Result<Self::Batch> {
        let samples = indices.iter().map(|&i| dataset.get(i));
        let samples = samples.collect::<Result<Vec<S>>>()?;
        of_samples(indices, Order::Unknown, || self.collate(samples))
    }

    /// Does what [`Collator::collate`] does, with the batch on `device`. Some collators write it directly into the upload memory of the device.
    fn collate_to(&self, samples: Vec<S>, device: &Device) -> Result<Self::Batch>
    where
        Self::Batch: ToDevice,
    {
        self.collate(samples)?.to_device(device)
    }

    /// Does what [`Collator::fetch`] does, with the batch on `device`, as in [`Collator::collate_to`].
    fn fetch_to<D: Dataset<Sample = S>>(
        &self,
        dataset: &D,
        indices: &[usize],
        device: &Device,
    ) -> Result<Self::Batch>
    where
        Self::Batch: ToDevice,
    {
        self.fetch(dataset, indices)?.to_device(device)
    }
}

/// The default collator. It applies the [`Collate`] implementation of the samples; a data set may gather a whole batch faster
/// ([`Dataset::get_batch`]).
///
/// ```
/// use rushlight::data::{Collator, Stacked};
/// let batch = Stacked.collate(vec![1i64, 2, 3])?;
/// assert_eq!(batch.to_vec::<i64>()?, [1, 2, 3]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Stacked;

impl<S: Collate> Collator<S> for Stacked {
    type Batch = S::Batch;

    fn collate(&self, samples: Vec<S>) -> Result<S::Batch> {
        S::collate(samples)
    }

    fn fetch<D: Dataset<Sample = S>>(&self, dataset: &D, indices: &[usize]) -> Result<S::Batch> {
        of_samples(indices, Order::Kept, || dataset.get_batch(indices))
    }

    fn collate_to(&self, samples: Vec<S>, device: &Device) -> Result<S::Batch> {
        S::collate_to(samples, device)
    }

    fn fetch_to<D: Dataset<Sample = S>>(
        &self,
        dataset: &D,
        indices: &[usize],
        device: &Device,
    ) -> Result<S::Batch> {
        of_samples(indices, Order::Kept, || {
            dataset.get_batch_to(indices, device)
        })
    }
}

/// A collator that returns single samples unchanged, without batches. PyTorch: `batch_size=None`.
///
/// ```
/// use rushlight::data::{Collator, Unbatched};
/// assert_eq!(Unbatched.collate(vec!["one"])?, "one");
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Unbatched;

impl<S> Collator<S> for Unbatched {
    type Batch = S;

    #[track_caller]
    fn collate(&self, samples: Vec<S>) -> Result<S> {
        match samples.into_iter().next() {
            Some(sample) => Ok(sample),
            None => Err(Error::value("DataLoader: a batch without samples")),
        }
    }
}

/// A collator that applies a function to the samples. PyTorch: `collate_fn`.
///
/// ```
/// use rushlight::data::{Collator, With};
/// let joined = With(|words: Vec<&str>| Ok(words.join(" ")));
/// assert_eq!(joined.collate(vec!["fast", "slow"])?, "fast slow");
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct With<F>(pub F);

impl<S, B, F> Collator<S> for With<F>
where
    F: Fn(Vec<S>) -> Result<B> + Send + Sync,
{
    type Batch = B;

    fn collate(&self, samples: Vec<S>) -> Result<B> {
        (self.0)(samples)
    }
}

/// A collator whose batches are on a device.
///
/// With pinned memory, batches are written directly into the upload memory of the device; without it, they are made on the CPU and then
/// copied.
///
/// ```
/// use rushlight::data::{DataLoader, DataLoaderBuilder, Indexed, ListDataset, Placed, Stacked};
/// use rushlight::Device;
/// let builder: DataLoaderBuilder<Indexed<ListDataset<i64>>, Placed<Stacked>> =
///     DataLoader::builder(ListDataset(vec![1, 2])).batch_size(2).device(&Device::CPU);
/// let batch = builder.build()?.iter().next().transpose()?;
/// assert!(batch.is_some_and(|batch| *batch.device() == Device::CPU));
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Placed<C> {
    pub(crate) collator: C,
    pub(crate) device: Device,
    pub(crate) pinned: bool,
}

impl<S, C> Collator<S> for Placed<C>
where
    C: Collator<S, Batch: ToDevice>,
{
    type Batch = C::Batch;

    fn collate(&self, samples: Vec<S>) -> Result<C::Batch> {
        if self.pinned {
            return self.collator.collate_to(samples, &self.device);
        }
        self.collator.collate(samples)?.to_device(&self.device)
    }

    fn fetch<D: Dataset<Sample = S>>(&self, dataset: &D, indices: &[usize]) -> Result<C::Batch> {
        if self.pinned {
            return self.collator.fetch_to(dataset, indices, &self.device);
        }
        self.collator
            .fetch(dataset, indices)?
            .to_device(&self.device)
    }
}

pub(crate) mod pinning {
    /// A collator with the option to write batches directly into upload memory.
    pub trait Pinning {
        /// Sets the option.
        fn pin(&mut self, pinned: bool);
    }

    impl Pinning for super::Stacked {
        fn pin(&mut self, _: bool) {}
    }

    impl Pinning for super::Unbatched {
        fn pin(&mut self, _: bool) {}
    }

    impl<F> Pinning for super::With<F> {
        fn pin(&mut self, _: bool) {}
    }

    impl<C> Pinning for super::Placed<C> {
        fn pin(&mut self, pinned: bool) {
            self.pinned = pinned;
        }
    }
}
