//! Samples one after another: for streams, files too large to index, and generators.

use rushlight_tensor::Result;

/// An iterator over samples.
pub type Samples<'a, S> = Box<dyn Iterator<Item = Result<S>> + 'a>;

/// Samples in their own order, perhaps without end. PyTorch: `torch.utils.data.IterableDataset`.
///
/// With several workers each iterates by itself; [`worker_info`](crate::worker_info) tells which part of the work is whose.
///
/// ```
/// use rushlight_data::{DataLoader, IterableDataset, Samples, worker_info};
/// use rushlight_tensor::Result;
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
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
pub trait IterableDataset: Send + Sync {
    /// What the iterator gives.
    type Sample;

    /// Starts from the beginning.
    fn iter(&self) -> Result<Samples<'_, Self::Sample>>;

    /// How many samples there are, if that is known.
    fn known_len(&self) -> Option<usize> {
        None
    }
}

/// Streams one after the other. PyTorch: `torch.utils.data.ChainDataset`.
#[derive(Clone, Debug)]
pub struct ChainDataset<D>(Vec<D>);

impl<D: IterableDataset> ChainDataset<D> {
    /// The streams in their order.
    pub fn new(datasets: Vec<D>) -> ChainDataset<D> {
        ChainDataset(datasets)
    }
}

impl<D: IterableDataset> IterableDataset for ChainDataset<D> {
    type Sample = D::Sample;

    fn iter(&self) -> Result<Samples<'_, D::Sample>> {
        // A stream is opened when the one before it has ended; one that cannot be opened is an error in its place.
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
