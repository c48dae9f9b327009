//! Data sets that are iterated instead of indexed: streams, files that are too large to index, and generators.

use rushlight_tensor::Result;

/// An iterator over samples.
pub type Samples<'a, S> = Box<dyn Iterator<Item = Result<S>> + 'a>;

/// A data set whose samples are iterated in an order of its own, possibly without end. PyTorch: `torch.utils.data.IterableDataset`.
///
/// Each worker of a loader calls [`iter`](IterableDataset::iter) and would return all samples; use [`worker_info`](crate::worker_info) to
/// divide the samples among the workers.
///
/// ```
/// use rushlight::data::{DataLoader, IterableDataset, Samples, worker_info};
/// use rushlight::Result;
///
/// struct Naturals;
///
/// impl IterableDataset for Naturals {
///     type Sample = i64;
///     fn iter(&self) -> Result<Samples<'_, i64>> {
///         let (id, of) = worker_info().map_or((0, 1), |w| (w.id, w.num_workers));
///         Ok(Box::new((id as i64..).step_by(of).map(Ok)))
///     }
/// }
///
/// let loader = DataLoader::stream(Naturals).batch_size(3).num_workers(2).build()?;
/// let first = loader.iter().next().transpose()?.map(|batch| batch.to_vec::<i64>());
/// assert_eq!(first.transpose()?, Some(vec![0, 2, 4]));
/// # Ok::<(), rushlight::Error>(())
/// ```
pub trait IterableDataset: Send + Sync {
    /// The type of a sample.
    type Sample;

    /// An iterator over all samples, from the first one.
    ///
    /// # Errors
    /// If the stream cannot be opened.
    fn iter(&self) -> Result<Samples<'_, Self::Sample>>;

    /// The number of samples, if it is known.
    fn known_len(&self) -> Option<usize> {
        None
    }
}

/// The concatenation of several iterable data sets. PyTorch: `torch.utils.data.ChainDataset`.
///
/// ```
/// use rushlight::data::{ChainDataset, IterableDataset, Samples};
/// use rushlight::Result;
///
/// struct Below(i64);
///
/// impl IterableDataset for Below {
///     type Sample = i64;
///     fn iter(&self) -> Result<Samples<'_, i64>> {
///         Ok(Box::new((0..self.0).map(Ok)))
///     }
/// }
///
/// let chain = ChainDataset::new(vec![Below(2), Below(3)]);
/// assert_eq!(chain.iter()?.collect::<Result<Vec<_>>>()?, [0, 1, 0, 1, 2]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ChainDataset<D>(Vec<D>);

impl<D: IterableDataset> ChainDataset<D> {
    /// Chains the data sets in this order.
    pub fn new(datasets: Vec<D>) -> ChainDataset<D> {
        ChainDataset(datasets)
    }
}

impl<D: IterableDataset> IterableDataset for ChainDataset<D> {
    type Sample = D::Sample;

    fn iter(&self) -> Result<Samples<'_, D::Sample>> {
        // A stream is opened only when the previous one has ended. If it cannot be opened, the error takes the place of its samples.
        let each = self.0.iter().flat_map(|dataset| match dataset.iter() {
            Ok(samples) => samples,
            Err(e) => Box::new(std::iter::once(Err(e))) as Samples<'_, D::Sample>,
        });
        Ok(Box::new(each))
    }

    fn known_len(&self) -> Option<usize> {
        self.0.iter().map(IterableDataset::known_len).sum()
    }
}

impl<D: IterableDataset + ?Sized> IterableDataset for Box<D> {
    type Sample = D::Sample;

    fn iter(&self) -> Result<Samples<'_, D::Sample>> {
        (**self).iter()
    }

    fn known_len(&self) -> Option<usize> {
        (**self).known_len()
    }
}
