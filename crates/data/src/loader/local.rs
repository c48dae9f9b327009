//! The access of a loader to its data set, and the loop without worker threads.
//!
//! Batches are passed as [`AnyBatch`], so that the loops and threads of a loader are compiled once, in this crate, instead of in every program
//! for every type of batch. This costs one allocation per batch.

use super::Source;
use crate::sampler::Indices;
use crate::{Collator, Dataset, IterableDataset};
use rushlight_tensor::Result;
use std::any::Any;

/// A batch without its type.
pub(super) type AnyBatch = Box<dyn Any + Send>;

/// A data set and its collator, without their types.
pub(super) trait Fetch: Send + Sync {
    fn len(&self) -> usize;
    fn fetch(&self, indices: &[usize]) -> Result<AnyBatch>;
}

pub(super) struct Gather<D, C> {
    pub dataset: D,
    pub collator: C,
}

impl<D, C> Fetch for Gather<D, C>
where
    D: Dataset,
    C: Collator<D::Sample>,
    C::Batch: Send + 'static,
{
    fn len(&self) -> usize {
        self.dataset.len()
    }

    fn fetch(&self, indices: &[usize]) -> Result<AnyBatch> {
        Ok(Box::new(self.collator.fetch(&self.dataset, indices)?))
    }
}

/// A stream and its collator, without their types.
pub(super) trait Stream: Send + Sync {
    fn known_len(&self) -> Option<usize>;
    fn open(&self) -> Result<Source<'_>>;
}

pub(super) struct Batched<D, C> {
    pub dataset: D,
    pub collator: C,
    pub batch_size: usize,
    pub drop_last: bool,
}

impl<D, C> Stream for Batched<D, C>
where
    D: IterableDataset,
    C: Collator<D::Sample>,
    C::Batch: Send + 'static,
{
    fn known_len(&self) -> Option<usize> {
        let samples = self.dataset.known_len()?;
        Some(match self.drop_last {
            true => samples / self.batch_size,
            false => samples.div_ceil(self.batch_size),
        })
    }

    fn open(&self) -> Result<Source<'_>> {
        let mut samples = self.dataset.iter()?;
        let smallest = if self.drop_last { self.batch_size } else { 1 };
        Ok(Box::new(std::iter::from_fn(move || {
            let batch: Result<Vec<_>> = samples.by_ref().take(self.batch_size).collect();
            match batch {
                Ok(batch) if batch.len() < smallest => None,
                Ok(batch) => Some(
                    self.collator
                        .collate(batch)
                        .map(|b| Box::new(b) as AnyBatch),
                ),
                Err(e) => Some(Err(e)),
            }
        })))
    }
}

/// The batches of one pass, each of which is fetched when it is requested.
pub(super) struct InOrder<'a> {
    fetch: &'a dyn Fetch,
    order: Indices<'a, Vec<usize>>,
}

impl<'a> InOrder<'a> {
    pub fn new(fetch: &'a dyn Fetch, order: Indices<'a, Vec<usize>>) -> InOrder<'a> {
        InOrder { fetch, order }
    }
}

impl Iterator for InOrder<'_> {
    type Item = Result<AnyBatch>;

    fn next(&mut self) -> Option<Result<AnyBatch>> {
        let indices = self.order.next()?;
        Some(self.fetch.fetch(&indices))
    }
}
