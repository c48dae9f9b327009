//! Collation of samples into a batch.
//!
//! [`Collate`] defines how samples of a type become a batch; it is implemented for tensors, numbers, text, and tuples, lists and maps of
//! them. A [`Collator`] is the part of a loader that makes batches: [`Stacked`] applies `Collate`, [`With`] a function of the user.

mod collator;
mod mismatch;

pub(crate) use collator::pinning;
pub use collator::{Collator, Placed, Stacked, Unbatched, With};
pub(crate) use mismatch::{Order, of_samples};

use crate::ToDevice;
use rushlight_tensor::{Device, Element, Error, Result, Tensor};
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

/// A type of samples that can be put together into a batch. PyTorch: the types that `default_collate` accepts.
///
/// | sample | batch |
/// | --- | --- |
/// | `Tensor` of shape `[…]` | a tensor `[samples, …]`; different dtypes are promoted, as by [`Tensor::stack`] |
/// | a number or `bool` | a tensor `[samples]` of its dtype; `usize` becomes `int64` |
/// | a tuple, an array, a `Vec`, a map | the same type, its elements batches |
/// | `String`, `&str` | a `Vec` of them |
///
/// A type of your own implements it by collating its fields:
///
/// ```
/// use rushlight::data::{Collate, DataLoader, ListDataset, default_collate};
/// use rushlight::{Result, Tensor};
///
/// #[derive(Clone)]
/// struct House {
///     area: f32,
///     town: String,
/// }
///
/// impl Collate for House {
///     type Batch = (Tensor, Vec<String>);
///     fn collate(houses: Vec<House>) -> Result<Self::Batch> {
///         default_collate(houses.into_iter().map(|h| (h.area, h.town)).collect())
///     }
/// }
///
/// let houses = ListDataset(vec![House { area: 80.0, town: "Ulm".into() }, House { area: 120.0, town: "Bern".into() }]);
/// let loader = DataLoader::builder(houses).batch_size(2).build()?;
/// let (area, towns) = loader.iter().next().unwrap()?;
/// assert_eq!((area.to_vec::<f32>()?, towns), (vec![80.0, 120.0], vec!["Ulm".to_owned(), "Bern".to_owned()]));
/// # Ok::<(), rushlight::Error>(())
/// ```
pub trait Collate: Sized {
    /// The type of a batch.
    type Batch: ToDevice;

    /// Puts the samples together into a batch; a loader passes at least one.
    ///
    /// # Errors
    /// If the samples differ in shape, in length or in their keys. The message names the samples by their indices in the data set.
    fn collate(samples: Vec<Self>) -> Result<Self::Batch>;

    /// Puts the samples together into a batch on `device`. Tensors are written directly into the upload memory of the device, without a
    /// batch on the CPU in between.
    fn collate_to(samples: Vec<Self>, device: &Device) -> Result<Self::Batch> {
        Self::collate(samples)?.to_device(device)
    }
}

/// Puts samples together into a batch by their [`Collate`] implementation. PyTorch: `torch.utils.data.default_collate`.
///
/// A loader does this by default. Use it in a collate function of your own:
///
/// ```
/// use rushlight::data::{DataLoader, ListDataset, default_collate};
///
/// let numbers = ListDataset(vec![(1.0f32, "a"), (2.0, "b"), (3.0, "c")]);
/// let loader = DataLoader::builder(numbers).batch_size(3).collate(|samples| {
///     let (numbers, names) = default_collate(samples)?;
///     Ok((numbers.mul(0.5)?, names.concat()))
/// });
/// let (halves, names) = loader.build()?.iter().next().unwrap()?;
/// assert_eq!((halves.to_vec::<f32>()?, names), (vec![0.5, 1.0, 1.5], "abc".to_owned()));
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// As [`Collate::collate`]: if the samples differ in shape, in length or in their keys, or if there are none.
#[track_caller]
pub fn default_collate<S: Collate>(samples: Vec<S>) -> Result<S::Batch> {
    if samples.is_empty() {
        return Err(Error::value(
            "default_collate: expected at least one sample",
        ));
    }
    S::collate(samples)
}

impl Collate for Tensor {
    type Batch = Tensor;

    #[track_caller]
    fn collate(samples: Vec<Tensor>) -> Result<Tensor> {
        let all: Vec<&Tensor> = samples.iter().collect();
        match Tensor::stack(&all, 0) {
            Ok(batch) => Ok(batch),
            Err(e) => Err(mismatch::tensors(&samples, e)),
        }
    }

    #[track_caller]
    fn collate_to(samples: Vec<Tensor>, device: &Device) -> Result<Tensor> {
        let all: Vec<&Tensor> = samples.iter().collect();
        match Tensor::stack_to(&all, device) {
            Ok(batch) => Ok(batch),
            Err(e) => Err(mismatch::tensors(&samples, e)),
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

macro_rules! unchanged {
    ($($t:ty),*) => { $(
        impl Collate for $t {
            type Batch = Vec<$t>;

            fn collate(samples: Vec<$t>) -> Result<Vec<$t>> {
                Ok(samples)
            }
        }
    )* };
}

unchanged!(String, &'static str);

/// Adds to an error the element of the samples that it concerns.
fn element<B>(which: impl std::fmt::Debug, batch: Result<B>) -> Result<B> {
    match batch {
        Ok(batch) => Ok(batch),
        Err(e) => Err(e.context(format_args!("element {which:?} of the samples"))),
    }
}

macro_rules! tuples {
    ($(($($t:ident $field:ident $i:literal),*)),*) => { $(
        impl<$($t: Collate),*> Collate for ($($t,)*) {
            type Batch = ($($t::Batch,)*);

            #[track_caller]
            fn collate(samples: Vec<Self>) -> Result<Self::Batch> {
                $( let mut $field = Vec::with_capacity(samples.len()); )*
                for sample in samples {
                    let ($($t,)*) = sample;
                    $( $field.push($t); )*
                }
                Ok(($( element($i, $t::collate($field))?, )*))
            }

            #[track_caller]
            fn collate_to(samples: Vec<Self>, device: &Device) -> Result<Self::Batch> {
                $( let mut $field = Vec::with_capacity(samples.len()); )*
                for sample in samples {
                    let ($($t,)*) = sample;
                    $( $field.push($t); )*
                }
                Ok(($( element($i, $t::collate_to($field, device))?, )*))
            }
        }
    )* };
}

#[allow(non_snake_case)]
mod tuples {
    use super::*;
    tuples!(
        (A a 0),
        (A a 0, B b 1),
        (A a 0, B b 1, C c 2),
        (A a 0, B b 1, C c 2, D d 3),
        (A a 0, B b 1, C c 2, D d 3, E e 4),
        (A a 0, B b 1, C c 2, D d 3, E e 4, F f 5)
    );
}

impl<A: Collate> Collate for Vec<A> {
    type Batch = Vec<A::Batch>;

    #[track_caller]
    fn collate(samples: Vec<Vec<A>>) -> Result<Vec<A::Batch>> {
        let len = samples.first().map_or(0, Vec::len);
        if samples.iter().any(|s| s.len() != len) {
            let lengths: Vec<usize> = samples.iter().map(Vec::len).collect();
            return Err(mismatch::lists(&lengths));
        }
        let n = samples.len();
        let mut columns: Vec<Vec<A>> = (0..len).map(|_| Vec::with_capacity(n)).collect();
        for sample in samples {
            for (column, entry) in columns.iter_mut().zip(sample) {
                column.push(entry);
            }
        }
        let mut batch = Vec::with_capacity(len);
        for (i, column) in columns.into_iter().enumerate() {
            batch.push(element(i, A::collate(column))?);
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

/// The entries of all samples with the same key.
#[track_caller]
fn column<A>(
    samples: usize,
    key: &impl std::fmt::Debug,
    entries: impl Iterator<Item = Option<A>>,
) -> Result<Vec<A>> {
    let mut column = Vec::with_capacity(samples);
    for (i, entry) in entries.enumerate() {
        match entry {
            Some(entry) => column.push(entry),
            None => return Err(mismatch::missing_key(key, i, samples)),
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
                    let entries = element(&key, A::collate(entries))?;
                    batch.insert(key, entries);
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
