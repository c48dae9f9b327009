//! The data loader: batches from a data set, with options for order, batch size and worker threads.
//!
//! A loader is iterated once per epoch. Each pass draws the same random numbers as PyTorch's loader, a base seed for the workers and then the
//! order, so that a seed gives the same batches, and later draws from the same generator give the same numbers too.

mod builder;
mod local;
mod parallel;
mod state;
mod worker;

pub use builder::{DataLoaderBuilder, Indexed, Streamed};
pub use state::DataLoaderState;
pub use worker::{WorkerInfo, worker_info};

use crate::sampler::{Sampler, random_seed};
use crate::{Dataset, IterableDataset};
use local::{AnyBatch, Fetch, InOrder, Stream};
use rushlight_tensor::random::{Generator, default_generator};
use rushlight_tensor::{Error, ErrorKind, Result};
use state::{CurrentPass, Progress};
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;
use worker::Workers;

/// An iterable over batches of a data set. PyTorch: `torch.utils.data.DataLoader`.
///
/// `for batch in &loader` is one epoch. Each batch is a `Result`: an error of the data set or of the collate function takes the place of its
/// batch.
///
/// ```
/// use rushlight::data::{DataLoader, TensorDataset};
/// use rushlight::Tensor;
///
/// let features = Tensor::randn([100, 10], ())?;
/// let labels = Tensor::randint(0, 2, [100], ())?;
/// let dataset = TensorDataset::new((features, labels))?;
/// let loader = DataLoader::builder(dataset).batch_size(32).shuffle(true).build()?;
/// assert_eq!(loader.len(), 4);
/// for epoch in 0..2 {
///     for batch in &loader {
///         let (x, y) = batch?;
///         assert_eq!(x.shape(), [y.numel(), 10]);
///     }
/// }
/// # Ok::<(), rushlight::Error>(())
/// ```
pub struct DataLoader<B> {
    fetch: Arc<dyn Fetch>,
    batches: Box<dyn Sampler<Index = Vec<usize>>>,
    batch_size: Option<usize>,
    workers: Workers,
    generator: Option<Generator>,
    progress: Progress,
    batch: PhantomData<fn() -> B>,
}

impl DataLoader<()> {
    /// The options of a loader for an indexed data set, with their defaults; [`build`](DataLoaderBuilder::build) makes the loader.
    pub fn builder<D: Dataset>(dataset: D) -> DataLoaderBuilder<Indexed<D>> {
        DataLoaderBuilder::new(Indexed::new(dataset))
    }

    /// The options of a loader for a data set that is iterated, with their defaults.
    ///
    /// See [`IterableDataset`](crate::IterableDataset) for an example.
    pub fn stream<D: IterableDataset>(dataset: D) -> DataLoaderBuilder<Streamed<D>> {
        DataLoaderBuilder::new(Streamed(dataset))
    }
}

impl<B: Send + 'static> DataLoader<B> {
    /// The number of batches in an epoch. PyTorch: `len(loader)`.
    pub fn len(&self) -> usize {
        self.batches.len()
    }

    /// Whether an epoch has no batches.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of samples in the data set. PyTorch: `len(loader.dataset)`.
    pub fn dataset_len(&self) -> usize {
        self.fetch.len()
    }

    /// The number of samples in a batch; `None` if a batch sampler determines it.
    pub fn batch_size(&self) -> Option<usize> {
        self.batch_size
    }

    /// The option [`pin_memory`](DataLoaderBuilder::pin_memory).
    pub fn pin_memory(&self) -> bool {
        self.workers.pin_memory
    }

    /// Begins an epoch, or continues the one of a loaded state.
    #[track_caller]
    pub fn iter(&self) -> Batches<'_, B> {
        let pass = indexed_pass(
            &self.fetch,
            &*self.batches,
            &self.workers,
            self.generator.as_ref(),
            &self.progress,
        );
        Batches {
            pass,
            batch: PhantomData,
        }
    }

    /// The position of the loader in its latest epoch, to be saved and given to [`load_state_dict`](Self::load_state_dict) of a loader
    /// that is built in the same way. torchdata: `StatefulDataLoader.state_dict`.
    ///
    /// It may be taken between any two batches and between epochs. The other loader then gives exactly the batches that were left, and
    /// after them the epochs that would have followed. After the last batch of an epoch none is left, so that the continued epoch is
    /// empty. The number of workers may differ; numbers that data sets draw from the default generator of a worker are repeated only with
    /// the same number of workers.
    ///
    /// The state holds the generators of the loader ([`seed`](DataLoaderBuilder::seed), [`generator`](DataLoaderBuilder::generator)) and
    /// of its sampler, which should be used for nothing else, but not the default generator: a loader without a generator of its own
    /// continues its epoch, and draws the epochs after it from the default generator in its current state
    /// (`random::default_generator().state()`).
    ///
    /// ```
    /// use rushlight::data::{DataLoader, DataLoaderState, TensorDataset};
    /// use rushlight::{Result, Tensor};
    ///
    /// let build = || {
    ///     let dataset = TensorDataset::new(Tensor::arange(0, 10, 1, ())?)?;
    ///     DataLoader::builder(dataset).batch_size(4).shuffle(true).seed(1).build()
    /// };
    /// let loader = build()?;
    /// let mut batches = loader.iter();
    /// batches.next().transpose()?;
    /// let saved = serde_json::to_string(&loader.state_dict()).unwrap();
    ///
    /// let state: DataLoaderState = serde_json::from_str(&saved).unwrap();
    /// let continued = build()?;
    /// continued.load_state_dict(&state)?;
    /// assert_eq!((state.epoch(), state.batch()), (0, 1));
    /// let (left, again): (Result<Vec<_>>, Result<Vec<_>>) = (batches.collect(), continued.iter().collect());
    /// for (a, b) in left?.iter().zip(&again?) {
    ///     assert_eq!(a.to_vec::<i64>()?, b.to_vec::<i64>()?);
    /// }
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    pub fn state_dict(&self) -> DataLoaderState {
        let generators = generators(&*self.batches, self.generator.as_ref());
        self.progress.state(Some(self.len()), &generators)
    }

    /// Continues from the position of a state: the next [`iter`](Self::iter) gives the batches that were left.
    /// torchdata: `StatefulDataLoader.load_state_dict`.
    ///
    /// # Errors
    /// If the state is of a loader with another number of batches or of generators, or if it was altered. The loader is then unchanged.
    #[track_caller]
    pub fn load_state_dict(&self, state: &DataLoaderState) -> Result<()> {
        let generators = generators(&*self.batches, self.generator.as_ref());
        self.progress.load(state, Some(self.len()), &generators)
    }
}

/// The generators of a loader and its sampler.
fn generators(
    batches: &dyn Sampler<Index = Vec<usize>>,
    generator: Option<&Generator>,
) -> Vec<Generator> {
    state::distinct(generator.cloned().into_iter().chain(batches.generators()))
}

#[track_caller]
fn indexed_pass<'a>(
    fetch: &'a Arc<dyn Fetch>,
    batches: &'a dyn Sampler<Index = Vec<usize>>,
    workers: &'a Workers,
    generator: Option<&Generator>,
    progress: &'a Progress,
) -> Pass<'a> {
    let (current, continued) = progress.begin(workers.count, || base_seed(generator));
    let left = batches.len().saturating_sub(continued.batches);
    let generators = generators(batches, generator);
    let caller = Location::caller();
    // An order that does not fit in memory is reported with the line that began the epoch instead of the line that draws the order.
    let draw = move || {
        batches.indices().map_err(|e| match e.kind() {
            ErrorKind::OutOfMemory => e.at(caller),
            _ => e,
        })
    };
    let begin = move || {
        let mut order = current.draw(&continued, &generators, draw)?;
        if let Some(last) = continued.batches.checked_sub(1) {
            order.nth(last);
        }
        match workers.count {
            0 => Ok(Box::new(InOrder::new(&**fetch, order)) as Source<'_>),
            _ => {
                let pass = parallel::Indexed::start(fetch, order, workers, current, &continued)?;
                Ok(Box::new(pass) as Source<'_>)
            }
        }
    };
    Pass::new(begin, workers.count > 0, Some(left), current)
}

/// An iterable over batches of an [`IterableDataset`](crate::IterableDataset). PyTorch: `DataLoader` of an `IterableDataset`.
///
/// The batches of several workers alternate; a worker whose iterator has ended is skipped. [`DataLoader::stream`] makes one.
///
/// ```
/// use rushlight::data::{DataLoader, IterableDataset, Samples, StreamLoader};
/// use rushlight::{Result, Tensor};
/// struct Below(i64);
/// impl IterableDataset for Below {
///     type Sample = i64;
///     fn iter(&self) -> Result<Samples<'_, i64>> {
///         Ok(Box::new((0..self.0).map(Ok)))
///     }
/// }
/// let loader: StreamLoader<Tensor> = DataLoader::stream(Below(5)).batch_size(2).build()?;
/// let sizes = loader.iter().map(|batch| Ok(batch?.numel())).collect::<Result<Vec<_>>>()?;
/// assert_eq!(sizes, [2, 2, 1]);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub struct StreamLoader<B> {
    stream: Arc<dyn Stream>,
    batch_size: Option<usize>,
    workers: Workers,
    generator: Option<Generator>,
    progress: Progress,
    batch: PhantomData<fn() -> B>,
}

impl<B: Send + 'static> StreamLoader<B> {
    /// The number of batches in an epoch, if the data set knows its length.
    pub fn known_len(&self) -> Option<usize> {
        self.stream.known_len()
    }

    /// The number of samples in a batch.
    pub fn batch_size(&self) -> Option<usize> {
        self.batch_size
    }

    /// The option [`pin_memory`](DataLoaderBuilder::pin_memory).
    pub fn pin_memory(&self) -> bool {
        self.workers.pin_memory
    }

    /// Begins an epoch, or continues the one of a loaded state.
    pub fn iter(&self) -> Batches<'_, B> {
        let pass = streamed_pass(
            &self.stream,
            &self.workers,
            self.generator.as_ref(),
            &self.progress,
        );
        Batches {
            pass,
            batch: PhantomData,
        }
    }

    /// The position of the loader in its latest epoch; see [`DataLoader::state_dict`].
    ///
    /// A stream can only be read from its beginning: the loader that loads the state does so and drops the batches that were already received.
    pub fn state_dict(&self) -> DataLoaderState {
        let generators: Vec<Generator> = self.generator.iter().cloned().collect();
        self.progress.state(self.known_len(), &generators)
    }

    /// Continues from the position of a state; see [`DataLoader::load_state_dict`].
    ///
    /// # Errors
    /// As [`DataLoader::load_state_dict`].
    #[track_caller]
    pub fn load_state_dict(&self, state: &DataLoaderState) -> Result<()> {
        let generators: Vec<Generator> = self.generator.iter().cloned().collect();
        self.progress.load(state, self.known_len(), &generators)
    }
}

fn streamed_pass<'a>(
    stream: &'a Arc<dyn Stream>,
    workers: &'a Workers,
    generator: Option<&Generator>,
    progress: &'a Progress,
) -> Pass<'a> {
    let (current, continued) = progress.begin(workers.count, || base_seed(generator));
    let generators: Vec<Generator> = generator.cloned().into_iter().collect();
    let begin = move || {
        let batches = match workers.count {
            // A stream may draw its order when it is opened. A pass that continues draws the same order again.
            0 => current.draw(&continued, &generators, || stream.open())?,
            _ => {
                let pass = parallel::Streamed::start(stream, workers, continued.base_seed)?;
                Box::new(pass) as Source<'_>
            }
        };
        Ok(match continued.batches {
            0 => batches,
            received => Box::new(batches.skip(received)) as Source<'_>,
        })
    };
    Pass::new(begin, workers.count > 0, None, current)
}

impl<'a, B: Send + 'static> IntoIterator for &'a DataLoader<B> {
    type Item = Result<B>;
    type IntoIter = Batches<'a, B>;

    #[track_caller]
    fn into_iter(self) -> Batches<'a, B> {
        self.iter()
    }
}

impl<'a, B: Send + 'static> IntoIterator for &'a StreamLoader<B> {
    type Item = Result<B>;
    type IntoIter = Batches<'a, B>;

    fn into_iter(self) -> Batches<'a, B> {
        self.iter()
    }
}

/// The source of the batches of a pass.
type Source<'a> = Box<dyn Iterator<Item = Result<AnyBatch>> + 'a>;

type Begin<'a> = Box<dyn FnOnce() -> Result<Source<'a>> + 'a>;

/// The batches of one epoch, as an iterator. Dropping it stops the workers.
///
/// ```
/// use rushlight::data::{Batches, DataLoader, ListDataset};
/// use rushlight::Tensor;
/// let loader = DataLoader::builder(ListDataset(vec![1i64, 2, 3])).batch_size(2).build()?;
/// let mut batches: Batches<'_, Tensor> = loader.iter();
/// assert_eq!(batches.next().transpose()?.map(|batch| batch.numel()), Some(2));
/// # Ok::<(), rushlight::Error>(())
/// ```
pub struct Batches<'a, B> {
    pass: Pass<'a>,
    batch: PhantomData<fn() -> B>,
}

/// An epoch, independent of the type of its batches.
struct Pass<'a> {
    state: State<'a>,
    left: Option<usize>,
    current: CurrentPass<'a>,
}

enum State<'a> {
    /// The pass has not begun: without workers the order is drawn at the first batch, as in PyTorch.
    Ready(Begin<'a>),
    Running(Source<'a>),
    Failed(Error),
    Over,
}

impl<'a> Pass<'a> {
    /// A pass. It begins at once if `now` is true, as with workers, which prepare batches ahead.
    fn new(
        begin: impl FnOnce() -> Result<Source<'a>> + 'a,
        now: bool,
        left: Option<usize>,
        current: CurrentPass<'a>,
    ) -> Pass<'a> {
        let mut state = State::Ready(Box::new(begin));
        if now {
            state = state.begun();
        }
        Pass {
            state,
            left,
            current,
        }
    }

    fn next(&mut self) -> Option<Result<AnyBatch>> {
        if let State::Ready(_) = self.state {
            self.state = std::mem::replace(&mut self.state, State::Over).begun();
        }
        if let State::Failed(_) = self.state
            && let State::Failed(e) = std::mem::replace(&mut self.state, State::Over)
        {
            self.current.over();
            return Some(Err(e));
        }
        let State::Running(source) = &mut self.state else {
            return None;
        };
        let batch = source.next();
        match batch {
            Some(_) => {
                self.left = self.left.map(|n| n.saturating_sub(1));
                self.current.received();
            }
            None => {
                self.state = State::Over;
                self.current.over();
            }
        }
        batch
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self.state {
            State::Over => (0, Some(0)),
            // The number is only an upper bound, because a loader that fails ends early.
            _ => (0, self.left),
        }
    }
}

impl<'a> State<'a> {
    fn begun(self) -> State<'a> {
        match self {
            State::Ready(begin) => match begin() {
                Ok(source) => State::Running(source),
                Err(e) => State::Failed(e),
            },
            begun => begun,
        }
    }
}

impl<B: 'static> Iterator for Batches<'_, B> {
    type Item = Result<B>;

    fn next(&mut self) -> Option<Result<B>> {
        let batch = self.pass.next()?;
        Some(batch.map(|any| match any.downcast() {
            Ok(batch) => *batch,
            Err(_) => unreachable!("a loader's batches are of its own type"),
        }))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.pass.size_hint()
    }
}

fn base_seed(generator: Option<&Generator>) -> u64 {
    match generator {
        Some(generator) => random_seed(generator),
        None => random_seed(&default_generator()),
    }
}
