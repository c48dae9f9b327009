//! Several data sets as one, whose samples consist of one sample of each.

use super::{Dataset, out_of_range};
use rushlight_tensor::{Error, Result};
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

/// Several data sets of equal length as one: sample `i` consists of sample `i` of each. PyTorch: `torch.utils.data.StackDataset`.
///
/// The data sets are given as a tuple, a `Vec`, or a map; samples have the same form.
///
/// ```
/// use rushlight::data::{DataLoader, Dataset, ListDataset, StackDataset, TensorDataset};
/// use rushlight::tensor;
///
/// let images = TensorDataset::new(tensor!([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))?;
/// let names = ListDataset(vec!["cat", "dog", "cow"]);
/// let both = StackDataset::new((images, names))?;
/// let (image, name) = both.get(1)?;
/// assert_eq!((image.to_vec::<f32>()?, name), (vec![3.0, 4.0], "dog"));
///
/// let loader = DataLoader::builder(both).batch_size(2).build()?;
/// let (images, names) = loader.iter().next().unwrap()?;
/// assert_eq!((images.shape(), names), (&[2, 2][..], vec!["cat", "dog"]));
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct StackDataset<T> {
    datasets: T,
    len: usize,
}

/// The collections of data sets that [`StackDataset`] accepts: tuples, `Vec`s and maps.
pub trait Datasets: Send + Sync {
    /// One sample of each data set.
    type Sample;

    /// The length of each data set.
    fn lens(&self) -> Vec<usize>;

    /// The samples at `index`.
    fn get(&self, index: usize) -> Result<Self::Sample>;
}

impl<T: Datasets> StackDataset<T> {
    /// Combines data sets of equal length.
    ///
    /// # Errors
    /// If there is no data set, or if their lengths differ.
    #[track_caller]
    pub fn new(datasets: T) -> Result<StackDataset<T>> {
        let lens = datasets.lens();
        let Some(&len) = lens.first() else {
            return Err(Error::value("StackDataset: needs at least one data set"));
        };
        match lens.iter().position(|&other| other != len) {
            None => Ok(StackDataset { datasets, len }),
            Some(i) => Err(Error::value(format!(
                "StackDataset: the data sets differ in length: data set 0 has {len} samples, data set {i} has {}",
                lens[i]
            ))),
        }
    }

    /// The data sets.
    pub fn datasets(&self) -> &T {
        &self.datasets
    }
}

impl<T: Datasets> Dataset for StackDataset<T> {
    type Sample = T::Sample;

    fn len(&self) -> usize {
        self.len
    }

    #[track_caller]
    fn get(&self, index: usize) -> Result<T::Sample> {
        if index >= self.len {
            return Err(out_of_range("StackDataset", index, self.len));
        }
        match self.datasets.get(index) {
            Ok(sample) => Ok(sample),
            Err(e) => Err(e.here()),
        }
    }
}

macro_rules! tuples {
    ($(($($d:ident . $i:tt),*)),*) => { $(
        impl<$($d: Dataset),*> Datasets for ($($d,)*) {
            type Sample = ($($d::Sample,)*);

            fn lens(&self) -> Vec<usize> {
                vec![$(self.$i.len()),*]
            }

            fn get(&self, index: usize) -> Result<Self::Sample> {
                Ok(($(self.$i.get(index)?,)*))
            }
        }
    )* };
}

crate::tuples::each_length!(tuples);

impl<D: Dataset> Datasets for Vec<D> {
    type Sample = Vec<D::Sample>;

    fn lens(&self) -> Vec<usize> {
        self.iter().map(Dataset::len).collect()
    }

    fn get(&self, index: usize) -> Result<Vec<D::Sample>> {
        self.iter().map(|d| d.get(index)).collect()
    }
}

macro_rules! maps {
    ($(($map:ty, $sample:ty, [$($generics:tt)*]));* $(;)?) => { $(
        impl<$($generics)*> Datasets for $map {
            type Sample = $sample;

            fn lens(&self) -> Vec<usize> {
                self.values().map(Dataset::len).collect()
            }

            fn get(&self, index: usize) -> Result<Self::Sample> {
                self.iter().map(|(k, d)| Ok((k.clone(), d.get(index)?))).collect()
            }
        }
    )* };
}

maps! {
    (BTreeMap<K, D>, BTreeMap<K, D::Sample>, [K: Ord + Clone + Send + Sync, D: Dataset]);
    (HashMap<K, D, S>, HashMap<K, D::Sample, S>, [K: Hash + Eq + Clone + Send + Sync, D: Dataset, S: BuildHasher + Default + Send + Sync]);
}
