//! Collation of samples into a batch.
//!
//! [`Collate`] says how samples of a type become a batch; tensors, numbers and what is built of them come with it. A [`Collator`] is what a
//! loader holds: [`Stacked`] uses `Collate`, a closure does what it likes.

use crate::{Dataset, ToDevice};
use rushlight_tensor::{Device, Element, Error, Result, Tensor};
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

/// A sample that knows how several of it become a batch. PyTorch: `default_collate`.
///
/// | sample | batch |
/// | --- | --- |
/// | `Tensor` | the tensors stacked along a new first dimension |
/// | a number or `bool` | a tensor `[samples]` of its dtype |
/// | a tuple, an array, a `Vec`, a map | the same, of batches |
/// | `String`, `&str` | `Vec` of them |
pub trait Collate: Sized {
    /// What the samples become.
    type Batch: ToDevice;

    /// Puts the samples together; there is at least one.
    fn collate(samples: Vec<Self>) -> Result<Self::Batch>;

    /// Puts the samples together on `device`: tensors in its upload memory, without one on the CPU in between.
    fn collate_to(samples: Vec<Self>, device: &Device) -> Result<Self::Batch> {
        Self::collate(samples)?.to_device(device)
    }
}

impl Collate for Tensor {
    type Batch = Tensor;

    #[track_caller]
    fn collate(samples: Vec<Tensor>) -> Result<Tensor> {
        let all: Vec<&Tensor> = samples.iter().collect();
        match Tensor::stack(&all, 0) {
            Ok(batch) => Ok(batch),
            Err(e) => Err(e.context("collate")),
        }
    }

    #[track_caller]
    fn collate_to(samples: Vec<Tensor>, device: &Device) -> Result<Tensor> {
        let all: Vec<&Tensor> = samples.iter().collect();
        match Tensor::stack_to(&all, device) {
            Ok(batch) => Ok(batch),
            Err(e) => Err(e.context("collate")),
        }
    }
}

macro_rules! numbers {
    ($($t:ty),*) => { $(
        impl Collate for $t {
            type Batch = Tensor;

            #[track_caller]
            fn collate(samples: Vec<$t>) -> Result<Tensor> {
                vector(&samples)
            }
        }
    )* };
}

numbers!(bool, u8, i8, i16, i32, i64, f32, f64);

#[track_caller]
fn vector<T: Element>(numbers: &[T]) -> Result<Tensor> {
    Tensor::from_slice(numbers, numbers.len())
}

impl Collate for usize {
    type Batch = Tensor;

    #[track_caller]
    fn collate(samples: Vec<usize>) -> Result<Tensor> {
        let number = |n: usize| {
            i64::try_from(n)
                .map_err(|_| Error::value(format!("collate: {n} is outside the range of int64")))
        };
        vector(
            &samples
                .into_iter()
                .map(number)
                .collect::<Result<Vec<_>>>()?,
        )
    }
}

macro_rules! kept {
    ($($t:ty),*) => { $(
        impl Collate for $t {
            type Batch = Vec<$t>;

            fn collate(samples: Vec<$t>) -> Result<Vec<$t>> {
                Ok(samples)
            }
        }
    )* };
}

kept!(String, &'static str);

macro_rules! tuples {
    ($(($($t:ident $field:ident),*)),*) => { $(
        impl<$($t: Collate),*> Collate for ($($t,)*) {
            type Batch = ($($t::Batch,)*);

            #[track_caller]
            fn collate(samples: Vec<Self>) -> Result<Self::Batch> {
                $( let mut $field = Vec::with_capacity(samples.len()); )*
                for sample in samples {
                    let ($($t,)*) = sample;
                    $( $field.push($t); )*
                }
                Ok(($( $t::collate($field)?, )*))
            }

            #[track_caller]
            fn collate_to(samples: Vec<Self>, device: &Device) -> Result<Self::Batch> {
                $( let mut $field = Vec::with_capacity(samples.len()); )*
                for sample in samples {
                    let ($($t,)*) = sample;
                    $( $field.push($t); )*
                }
                Ok(($( $t::collate_to($field, device)?, )*))
            }
        }
    )* };
}

#[allow(non_snake_case)]
mod tuples {
    use super::*;
    tuples!((A a), (A a, B b), (A a, B b, C c), (A a, B b, C c, D d), (A a, B b, C c, D d, E e), (A a, B b, C c, D d, E e, F f));
}

impl<A: Collate> Collate for Vec<A> {
    type Batch = Vec<A::Batch>;

    #[track_caller]
    fn collate(samples: Vec<Vec<A>>) -> Result<Vec<A::Batch>> {
        let len = samples.first().map_or(0, Vec::len);
        if let Some(other) = samples.iter().find(|s| s.len() != len) {
            return Err(Error::shape(format!(
                "collate: the samples are lists of different lengths, {len} and {}; give the loader a collate function",
                other.len()
            )));
        }
        let n = samples.len();
        let mut columns: Vec<Vec<A>> = (0..len).map(|_| Vec::with_capacity(n)).collect();
        for sample in samples {
            for (column, entry) in columns.iter_mut().zip(sample) {
                column.push(entry);
            }
        }
        let mut batch = Vec::with_capacity(len);
        for column in columns {
            batch.push(A::collate(column)?);
        }
        Ok(batch)
    }
}

impl<A: Collate, const N: usize> Collate for [A; N] {
    type Batch = [A::Batch; N];

    #[track_caller]
    fn collate(samples: Vec<[A; N]>) -> Result<[A::Batch; N]> {
        let lists = samples.into_iter().map(Vec::from).collect();
        match <[A::Batch; N]>::try_from(Vec::<A>::collate(lists)?) {
            Ok(batch) => Ok(batch),
            Err(_) => Err(Error::shape("collate: a batch needs at least one sample")),
        }
    }
}

/// Removes the entries of `key` from all samples.
#[track_caller]
fn column<A>(
    samples: usize,
    key: &impl std::fmt::Debug,
    entries: impl Iterator<Item = Option<A>>,
) -> Result<Vec<A>> {
    let mut column = Vec::with_capacity(samples);
    for entry in entries {
        match entry {
            Some(entry) => column.push(entry),
            None => {
                return Err(Error::value(format!(
                    "collate: not every sample has the key {key:?}"
                )));
            }
        }
    }
    Ok(column)
}

macro_rules! maps {
    ($(($map:ty, $batch:ty, [$($generics:tt)*]));* $(;)?) => { $(
        impl<$($generics)*> Collate for $map {
            type Batch = $batch;

            #[track_caller]
            fn collate(mut samples: Vec<Self>) -> Result<Self::Batch> {
                let keys: Vec<K> = samples.first().map_or_else(Vec::new, |s| s.keys().cloned().collect());
                let n = samples.len();
                let mut batch = <$batch>::default();
                for key in keys {
                    let entries = column(n, &key, samples.iter_mut().map(|s| s.remove(&key)))?;
                    batch.insert(key, A::collate(entries)?);
                }
                Ok(batch)
            }
        }
    )* };
}

maps! {
    (BTreeMap<K, A>, BTreeMap<K, A::Batch>, [K: Ord + Clone + std::fmt::Debug, A: Collate]);
    (HashMap<K, A, S>, HashMap<K, A::Batch, S>, [K: Hash + Eq + Clone + std::fmt::Debug, A: Collate, S: BuildHasher + Default]);
}

/// How a loader makes batches of samples `S`.
pub trait Collator<S>: Send + Sync {
    /// What a batch is.
    type Batch;

    /// Makes a batch of samples; there is at least one.
    fn collate(&self, samples: Vec<S>) -> Result<Self::Batch>;

    /// Makes a batch of the samples at `indices`.
    fn fetch<D: Dataset<Sample = S>>(&self, dataset: &D, indices: &[usize]) -> Result<Self::Batch> {
        let samples = indices.iter().map(|&i| dataset.get(i));
        self.collate(samples.collect::<Result<Vec<S>>>()?)
    }

    /// As [`Collator::collate`], the batch in `device`'s upload memory from the start where the collator knows how.
    fn collate_to(&self, samples: Vec<S>, device: &Device) -> Result<Self::Batch>
    where
        Self::Batch: ToDevice,
    {
        self.collate(samples)?.to_device(device)
    }

    /// As [`Collator::fetch`], likewise.
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

/// The default collator: what the samples' [`Collate`] says, and whole batches where the data set can gather them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stacked;

impl<S: Collate> Collator<S> for Stacked {
    type Batch = S::Batch;

    fn collate(&self, samples: Vec<S>) -> Result<S::Batch> {
        S::collate(samples)
    }

    fn fetch<D: Dataset<Sample = S>>(&self, dataset: &D, indices: &[usize]) -> Result<S::Batch> {
        dataset.get_batch(indices)
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
        dataset.get_batch_to(indices, device)
    }
}

/// A collator that gives samples as they are, one at a time.
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

/// A collator that is a function of the samples.
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
/// Pinned, it has them put together in the device's upload memory; else they are tensors of the CPU that are then moved.
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
    /// A collator that may be told whether to use upload memory.
    pub trait Pinning {
        /// Uses it, or not.
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
