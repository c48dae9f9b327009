//! What a loader holds of its data set, and the loop that needs no threads.

use super::Source;
use crate::sampler::Indices;
use crate::{Collator, Dataset, IterableDataset};
use rushlight_tensor::Result;

/// A data set and its collator, without their types.
pub(super) trait Fetch<B>: Send + Sync {
    fn len(&self) -> usize;
    fn fetch(&self, indices: &[usize]) -> Result<B>;
}

pub(super) struct Gather<D, C> {
    pub dataset: D,
    pub collator: C,
}

impl<D, C> Fetch<C::Batch> for Gather<D, C>
where
    D: Dataset,
    C: Collator<D::Sample>,
{
    fn len(&self) -> usize {
        self.dataset.len()
    }

    fn fetch(&self, indices: &[usize]) -> Result<C::Batch> {
        self.collator.fetch(&self.dataset, indices)
    }
}

/// A stream and its collator, without their types.
pub(super) trait Stream<B>: Send + Sync {
    fn known_len(&self) -> Option<usize>;
    fn open(&self) -> Result<Source<'_, B>>;
}

pub(super) struct Batched<D, C> {
    pub dataset: D,
    pub collator: C,
    pub batch_size: usize,
    pub drop_last: bool,
}

impl<D, C> Stream<C::Batch> for Batched<D, C>
where
    D: IterableDataset,
    C: Collator<D::Sample>,
{
    fn known_len(&self) -> Option<usize> {
        let samples = self.dataset.known_len()?;
        Some(match self.drop_last {
            true => samples / self.batch_size,
            false => samples.div_ceil(self.batch_size),
        })
    }

    fn open(&self) -> Result<Source<'_, C::Batch>> {
        let mut samples = self.dataset.iter()?;
        let smallest = if self.drop_last { self.batch_size } else { 1 };
        Ok(Box::new(std::iter::from_fn(move || {
            let batch: Result<Vec<_>> = samples.by_ref().take(self.batch_size).collect();
            match batch {
                Ok(batch) if batch.len() < smallest => None,
                Ok(batch) => Some(self.collator.collate(batch)),
                Err(e) => Some(Err(e)),
            }
        })))
    }
}

/// The batches of one pass, fetched as they are asked for.
pub(super) struct InOrder<'a, B> {
    fetch: &'a dyn Fetch<B>,
    order: Indices<'a, Vec<usize>>,
}

impl<'a, B> InOrder<'a, B> {
    pub fn new(fetch: &'a dyn Fetch<B>, order: Indices<'a, Vec<usize>>) -> InOrder<'a, B> {
        InOrder { fetch, order }
    }
}

impl<B> Iterator for InOrder<'_, B> {
    type Item = Result<B>;

    fn next(&mut self) -> Option<Result<B>> {
        let indices = self.order.next()?;
        Some(self.fetch.fetch(&indices))
    }
}
