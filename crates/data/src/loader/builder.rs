//! The options of a loader, which are checked together when it is built.

use super::local::{Batched, Gather};
use super::state::Progress;
use super::worker::{MAX_WORKERS, WorkerInfo, Workers};
use super::{DataLoader, StreamLoader};
use crate::collate::pinning::Pinning;
use crate::collate::{Collator, Placed, Stacked, Unbatched, With};
use crate::sampler::{BatchSampler, RandomSampler, Sampler, SequentialSampler};
use crate::{Dataset, IterableDataset};
use rushlight_tensor::random::Generator;
use rushlight_tensor::{Device, Error, Result};
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

/// An indexed data set with the order in which it is visited.
///
/// ```
/// use rushlight::data::{DataLoader, DataLoaderBuilder, Indexed, ListDataset};
/// let builder: DataLoaderBuilder<Indexed<ListDataset<i64>>> = DataLoader::builder(ListDataset(vec![1, 2, 3]));
/// assert_eq!(builder.batch_size(2).build()?.len(), 2);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub struct Indexed<D> {
    dataset: D,
    shuffle: bool,
    sampler: Option<Box<dyn Sampler<Index = usize>>>,
    batch_sampler: Option<Box<dyn Sampler<Index = Vec<usize>>>>,
}

impl<D> Indexed<D> {
    pub(super) fn new(dataset: D) -> Indexed<D> {
        Indexed {
            dataset,
            shuffle: false,
            sampler: None,
            batch_sampler: None,
        }
    }
}

/// A data set that is iterated.
///
/// ```
/// use rushlight::data::{DataLoader, DataLoaderBuilder, IterableDataset, Samples, Streamed};
/// use rushlight::Result;
/// struct Naturals;
/// impl IterableDataset for Naturals {
///     type Sample = i64;
///     fn iter(&self) -> Result<Samples<'_, i64>> {
///         Ok(Box::new((0..).map(Ok)))
///     }
/// }
/// let builder: DataLoaderBuilder<Streamed<Naturals>> = DataLoader::stream(Naturals);
/// assert_eq!(builder.batch_size(2).build()?.known_len(), None);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub struct Streamed<D>(pub(super) D);

/// The options of a [`DataLoader`] or [`StreamLoader`]; see [`DataLoader::builder`] and [`DataLoader::stream`].
///
/// By default, batches have one sample each, in order, and are prepared on the thread of the caller.
///
/// ```
/// use rushlight::data::{DataLoader, ListDataset};
/// let builder = DataLoader::builder(ListDataset(vec![1i64, 2, 3])).batch_size(2);
/// assert_eq!(builder.drop_last(true).build()?.len(), 1);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub struct DataLoaderBuilder<S, C = Stacked> {
    source: S,
    collator: C,
    options: Options,
}

/// The options that do not depend on the types of samples and batches.
struct Options {
    batch_size: Option<usize>,
    drop_last: bool,
    unbatched: bool,
    workers: Workers,
    generator: Option<Generator>,
}

impl<S> DataLoaderBuilder<S> {
    pub(super) fn new(source: S) -> DataLoaderBuilder<S> {
        DataLoaderBuilder {
            source,
            collator: Stacked,
            options: Options {
                batch_size: None,
                drop_last: false,
                unbatched: false,
                workers: Workers {
                    count: 0,
                    prefetch: 2,
                    timeout: None,
                    init: None,
                    pin_memory: false,
                },
                generator: None,
            },
        }
    }
}

impl<S, C> DataLoaderBuilder<S, C> {
    /// The number of samples in a batch, 1 by default. PyTorch: `batch_size`.
    #[must_use]
    pub fn batch_size(mut self, batch_size: usize) -> Self {
        self.options.batch_size = Some(batch_size);
        self
    }

    /// Drops the last batch if it is smaller than the others. PyTorch: `drop_last`.
    #[must_use]
    pub fn drop_last(mut self, drop_last: bool) -> Self {
        self.options.drop_last = drop_last;
        self
    }

    /// The number of threads that prepare batches ahead, at most 4,096. With 0, the default, batches are prepared on the thread that requests
    /// them. PyTorch: `num_workers`.
    ///
    /// The batches and their order are the same for every number. In a worker the default generator is the worker's own, seeded as
    /// PyTorch seeds its workers ([`WorkerInfo::seed`]).
    #[must_use]
    pub fn num_workers(mut self, num_workers: usize) -> Self {
        self.options.workers.count = num_workers;
        self
    }

    /// The number of batches that each worker prepares ahead, 2 by default and at most 65,536. PyTorch: `prefetch_factor`.
    #[must_use]
    pub fn prefetch_factor(mut self, batches: usize) -> Self {
        self.options.workers.prefetch = batches;
        self
    }

    /// The longest time to wait for a batch of a worker; a longer wait is an error. There is no limit by default. PyTorch: `timeout`.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.workers.timeout = Some(timeout);
        self
    }

    /// A function that runs in each worker before its first batch. PyTorch: `worker_init_fn`.
    #[must_use]
    pub fn worker_init(
        mut self,
        init: impl Fn(&WorkerInfo) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.options.workers.init = Some(Arc::new(init));
        self
    }

    /// Draws the order and the seeds of the workers from `generator` instead of the default generator. PyTorch: `generator`.
    #[must_use]
    pub fn generator(mut self, generator: &Generator) -> Self {
        self.options.generator = Some(generator.clone());
        self
    }

    /// Draws from a new generator with this seed: `generator(&Generator::new(seed))`.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        self.generator(&Generator::new(seed))
    }

    /// Moves batches to `device`. PyTorch: `batch.to(device, non_blocking=True)` in the training loop.
    ///
    /// A batch is uploaded by the thread that prepares it: with [`num_workers`](Self::num_workers) the upload overlaps with the computations of
    /// the device on earlier batches. A batch type of your own must implement [`ToDevice`](crate::ToDevice).
    ///
    /// ```
    /// use rushlight::data::{DataLoader, TensorDataset};
    /// use rushlight::{Device, Tensor};
    ///
    /// let device = Device::CPU; // or Device::gpu(0)?
    /// let dataset = TensorDataset::new((Tensor::zeros([100, 10], ())?, Tensor::zeros([100], ())?))?;
    /// let loader = DataLoader::builder(dataset).batch_size(50).num_workers(2).device(&device).pin_memory(true).build()?;
    /// for batch in &loader {
    ///     let (x, y) = batch?;
    ///     assert!(*x.device() == device && *y.device() == device);
    /// }
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    pub fn device(self, device: &Device) -> DataLoaderBuilder<S, Placed<C>> {
        let (pinned, unbatched) = (self.options.workers.pin_memory, self.options.unbatched);
        self.with_collator(
            |collator| Placed {
                collator,
                device: device.clone(),
                pinned,
            },
            unbatched,
        )
    }

    fn with_collator<N>(
        self,
        make: impl FnOnce(C) -> N,
        unbatched: bool,
    ) -> DataLoaderBuilder<S, N> {
        DataLoaderBuilder {
            source: self.source,
            collator: make(self.collator),
            options: Options {
                unbatched,
                ..self.options
            },
        }
    }
}

/// The options for the order of an indexed data set.
struct Order<'a> {
    len: &'a dyn Fn() -> usize,
    shuffle: bool,
    sampler: Option<Box<dyn Sampler<Index = usize>>>,
    batch_sampler: Option<Box<dyn Sampler<Index = Vec<usize>>>>,
}

type Batches = Box<dyn Sampler<Index = Vec<usize>>>;

impl Options {
    /// Checks the options that both kinds of loaders have, and returns the batch size.
    #[track_caller]
    fn check(&self) -> Result<usize> {
        if self.batch_size == Some(0) {
            return Err(Error::value(
                "DataLoader: batch_size must be positive, got 0",
            ));
        }
        if self.unbatched && (self.batch_size.is_some() || self.drop_last) {
            return Err(Error::value(
                "DataLoader: unbatched cannot be combined with batch_size or drop_last",
            ));
        }
        if self.workers.prefetch == 0 {
            return Err(Error::value(
                "DataLoader: prefetch_factor must be positive, got 0",
            ));
        }
        if self.workers.count > MAX_WORKERS {
            return Err(Error::value(format!(
                "DataLoader: num_workers must be at most {MAX_WORKERS}, got {}",
                self.workers.count
            )));
        }
        Ok(self.batch_size.unwrap_or(1))
    }

    /// The sampler of the batches, and their size if it is fixed.
    #[track_caller]
    fn batches(&self, order: Order<'_>) -> Result<(Batches, Option<usize>)> {
        let size = self.check()?;
        let Order {
            len,
            shuffle,
            sampler,
            batch_sampler,
        } = order;
        if shuffle && sampler.is_some() {
            return Err(Error::value(
                "DataLoader: shuffle and sampler exclude each other",
            ));
        }
        let chosen = shuffle || sampler.is_some() || self.drop_last || self.unbatched;
        match batch_sampler {
            Some(_) if chosen || self.batch_size.is_some() => Err(Error::value(
                "DataLoader: batch_sampler cannot be combined with batch_size, shuffle, sampler, drop_last or unbatched",
            )),
            Some(batch_sampler) => Ok((batch_sampler, None)),
            None => {
                let sampler: Box<dyn Sampler<Index = usize>> = match sampler {
                    Some(sampler) => sampler,
                    None if shuffle => {
                        let sampler = RandomSampler::new(len())?;
                        Box::new(match &self.generator {
                            Some(generator) => sampler.generator(generator),
                            None => sampler,
                        })
                    }
                    None => Box::new(SequentialSampler::new(len())),
                };
                let batches = BatchSampler::new(sampler, size, self.drop_last)?;
                Ok((Box::new(batches), Some(size)))
            }
        }
    }
}

impl<S, C: Pinning> DataLoaderBuilder<S, C> {
    /// Writes batches for a [`device`](Self::device) directly into the upload memory of the device. PyTorch: `pin_memory`.
    ///
    /// Samples are then copied only once on the host, because no batch is made on the CPU. Unlike CUDA, graphics drivers do not let the CPU
    /// continue to use such memory, so that there are no pinned CPU tensors: without `device` the option has no effect, as in PyTorch
    /// without an accelerator.
    #[must_use]
    pub fn pin_memory(mut self, pin_memory: bool) -> Self {
        self.options.workers.pin_memory = pin_memory;
        self.collator.pin(pin_memory);
        self
    }
}

impl<S> DataLoaderBuilder<S> {
    /// Yields single samples instead of batches, without collation. PyTorch: `batch_size=None`.
    pub fn unbatched(self) -> DataLoaderBuilder<S, Unbatched> {
        self.with_collator(|_| Unbatched, true)
    }
}

impl<D> DataLoaderBuilder<Indexed<D>> {
    /// Makes batches with a function of the samples instead of [`Collate`](crate::Collate). PyTorch: `collate_fn`.
    ///
    /// ```
    /// use rushlight::data::{DataLoader, ListDataset};
    /// let words = ListDataset(vec!["fast", "slow"]);
    /// let loader = DataLoader::builder(words).batch_size(2).collate(|batch| Ok(batch.join(" "))).build()?;
    /// assert_eq!(loader.iter().next().transpose()?.as_deref(), Some("fast slow"));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    pub fn collate<F, B>(self, collate: F) -> DataLoaderBuilder<Indexed<D>, With<F>>
    where
        D: Dataset,
        F: Fn(Vec<D::Sample>) -> Result<B> + Send + Sync,
    {
        self.with_collator(|_| With(collate), false)
    }
}

impl<D> DataLoaderBuilder<Streamed<D>> {
    /// Makes batches with a function of the samples instead of [`Collate`](crate::Collate). PyTorch: `collate_fn`.
    pub fn collate<F, B>(self, collate: F) -> DataLoaderBuilder<Streamed<D>, With<F>>
    where
        D: IterableDataset,
        F: Fn(Vec<D::Sample>) -> Result<B> + Send + Sync,
    {
        self.with_collator(|_| With(collate), false)
    }
}

impl<D, C> DataLoaderBuilder<Indexed<D>, C> {
    /// Visits the samples in a new random order in each epoch. PyTorch: `shuffle`.
    #[must_use]
    pub fn shuffle(mut self, shuffle: bool) -> Self {
        self.source.shuffle = shuffle;
        self
    }

    /// Visits the samples in the order of a sampler. PyTorch: `sampler`.
    #[must_use]
    pub fn sampler(mut self, sampler: impl Sampler<Index = usize> + 'static) -> Self {
        self.source.sampler = Some(Box::new(sampler));
        self
    }

    /// Takes the indices of each batch from a sampler of batches. PyTorch: `batch_sampler`.
    #[must_use]
    pub fn batch_sampler(mut self, sampler: impl Sampler<Index = Vec<usize>> + 'static) -> Self {
        self.source.batch_sampler = Some(Box::new(sampler));
        self
    }

    /// Makes the loader.
    ///
    /// # Errors
    /// If the batch size or the prefetch factor is 0; if there are too many workers; if an empty data set is to be shuffled; or if options
    /// cannot be combined (`shuffle` with `sampler`; `batch_sampler` with `batch_size`, `shuffle`, `sampler` or `drop_last`).
    #[track_caller]
    pub fn build(self) -> Result<DataLoader<C::Batch>>
    where
        D: Dataset + 'static,
        C: Collator<D::Sample> + 'static,
        C::Batch: Send + 'static,
    {
        let Indexed {
            dataset,
            shuffle,
            sampler,
            batch_sampler,
        } = self.source;
        let (batches, batch_size) = self.options.batches(Order {
            len: &|| dataset.len(),
            shuffle,
            sampler,
            batch_sampler,
        })?;
        let Options {
            workers, generator, ..
        } = self.options;
        Ok(DataLoader {
            fetch: Arc::new(Gather {
                dataset,
                collator: self.collator,
            }),
            batches,
            batch_size,
            workers,
            generator,
            progress: Progress::default(),
            batch: PhantomData,
        })
    }
}

impl<D, C> DataLoaderBuilder<Streamed<D>, C> {
    /// Makes the loader.
    ///
    /// # Errors
    /// If the batch size or the prefetch factor is 0, or if there are too many workers.
    #[track_caller]
    pub fn build(self) -> Result<StreamLoader<C::Batch>>
    where
        D: IterableDataset + 'static,
        C: Collator<D::Sample> + 'static,
        C::Batch: Send + 'static,
    {
        let batch_size = self.options.check()?;
        Ok(StreamLoader {
            stream: Arc::new(Batched {
                dataset: self.source.0,
                collator: self.collator,
                batch_size,
                drop_last: self.options.drop_last,
            }),
            batch_size: Some(batch_size),
            workers: self.options.workers,
            generator: self.options.generator,
            progress: Progress::default(),
            batch: PhantomData,
        })
    }
}
