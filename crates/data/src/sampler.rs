//! Samplers: the order in which samples are visited.
//!
//! A sampler gives indices, or lists of them for a batch each. Every call of [`Sampler::indices`] is a new pass, and a random sampler draws
//! in it exactly what PyTorch's draws, so that the same seed visits the same samples.

use rushlight_backend::room;
use rushlight_tensor::random::{Generator, default_generator};
use rushlight_tensor::{Error, Result};

/// An iterator over the indices of one pass.
pub type Indices<'a, I> = Box<dyn Iterator<Item = I> + 'a>;

/// An order of samples. PyTorch: `torch.utils.data.Sampler`.
///
/// ```
/// use rushlight_data::{DataLoader, Indices, ListDataset, Sampler};
/// use rushlight_tensor::Result;
///
/// struct Backwards(usize);
///
/// impl Sampler for Backwards {
///     type Index = usize;
///     fn len(&self) -> usize {
///         self.0
///     }
///     fn indices(&self) -> Result<Indices<'_, usize>> {
///         Ok(Box::new((0..self.0).rev()))
///     }
/// }
///
/// let loader = DataLoader::builder(ListDataset(vec![1.0f64, 2.0, 3.0])).sampler(Backwards(3)).batch_size(2).build()?;
/// let first = loader.iter().next().transpose()?.map(|batch| batch.to_vec::<f64>());
/// assert_eq!(first.transpose()?, Some(vec![3.0, 2.0]));
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
pub trait Sampler: Send + Sync {
    /// `usize` for samples, `Vec<usize>` for batches.
    type Index;

    /// How many indices a pass has.
    fn len(&self) -> usize;

    /// Begins a pass; what is random is drawn here.
    #[track_caller]
    fn indices(&self) -> Result<Indices<'_, Self::Index>>;

    /// Whether a pass has no indices.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The generators that passes draw from, other than the default one. A loader saves their states with its own
    /// ([`DataLoader::state_dict`](crate::DataLoader::state_dict)) and restores them to repeat the order of an interrupted epoch.
    fn generators(&self) -> Vec<Generator> {
        Vec::new()
    }
}

impl<I> Sampler for Box<dyn Sampler<Index = I>> {
    type Index = I;

    fn len(&self) -> usize {
        (**self).len()
    }

    fn indices(&self) -> Result<Indices<'_, I>> {
        (**self).indices()
    }

    fn generators(&self) -> Vec<Generator> {
        (**self).generators()
    }
}

/// `0, 1, 2, …`. PyTorch: `SequentialSampler`.
#[derive(Clone, Copy, Debug)]
pub struct SequentialSampler {
    len: usize,
}

impl SequentialSampler {
    /// All of `len` samples.
    pub fn new(len: usize) -> SequentialSampler {
        SequentialSampler { len }
    }
}

impl Sampler for SequentialSampler {
    type Index = usize;

    fn len(&self) -> usize {
        self.len
    }

    fn indices(&self) -> Result<Indices<'_, usize>> {
        Ok(Box::new(0..self.len))
    }
}

/// A random order, or random samples with replacement. PyTorch: `RandomSampler`.
#[derive(Clone, Debug)]
pub struct RandomSampler {
    population: usize,
    num_samples: usize,
    replacement: bool,
    generator: Option<Generator>,
}

impl RandomSampler {
    /// Each of `len` samples once, in a new random order each pass.
    ///
    /// # Errors
    /// If there are no samples.
    #[track_caller]
    pub fn new(len: usize) -> Result<RandomSampler> {
        if len == 0 {
            return Err(Error::value(
                "RandomSampler: cannot draw from an empty data set",
            ));
        }
        Ok(RandomSampler {
            population: len,
            num_samples: len,
            replacement: false,
            generator: None,
        })
    }

    /// Draws `num_samples` samples, each from all of them.
    #[track_caller]
    pub fn with_replacement(len: usize, num_samples: usize) -> Result<RandomSampler> {
        let sampler = RandomSampler::new(len)?.num_samples(num_samples)?;
        Ok(RandomSampler {
            replacement: true,
            ..sampler
        })
    }

    /// How many samples a pass has; more than there are begins a new order when one is used up.
    #[track_caller]
    pub fn num_samples(self, num_samples: usize) -> Result<RandomSampler> {
        if num_samples == 0 {
            return Err(Error::value(
                "RandomSampler: num_samples must be positive, got 0",
            ));
        }
        Ok(RandomSampler {
            num_samples,
            ..self
        })
    }

    /// Draws from `generator`, pass after pass, instead of seeding a new one from the default generator at each pass.
    #[must_use]
    pub fn generator(self, generator: &Generator) -> RandomSampler {
        RandomSampler {
            generator: Some(generator.clone()),
            ..self
        }
    }
}

impl Sampler for RandomSampler {
    type Index = usize;

    fn len(&self) -> usize {
        self.num_samples
    }

    fn indices(&self) -> Result<Indices<'_, usize>> {
        let generator = match &self.generator {
            Some(generator) => generator.clone(),
            None => Generator::new(random_seed(&default_generator())),
        };
        let n = self.population;
        if self.replacement {
            let range = n as u64;
            let draw = move |_| generator.below(range) as usize;
            return Ok(Box::new((0..self.num_samples).map(draw)));
        }
        // PyTorch draws one more order at the end of a pass and takes what is missing from it, even if nothing is missing, so the generator advances.
        let (rounds, rest) = (self.num_samples / n, self.num_samples % n);
        let mut order = room("RandomSampler", Some(n))?;
        order.resize(n, 0i64);
        let (mut next, mut end, mut round) = (0, 0, 0);
        Ok(Box::new(std::iter::from_fn(move || {
            while next == end {
                if round > rounds {
                    return None;
                }
                generator.permute(&mut order);
                (next, end) = (0, if round == rounds { rest } else { n });
                round += 1;
            }
            next += 1;
            Some(order[next - 1] as usize)
        })))
    }

    fn generators(&self) -> Vec<Generator> {
        self.generator.iter().cloned().collect()
    }
}

/// Samples drawn with given weights. PyTorch: `WeightedRandomSampler`.
///
/// ```
/// use rushlight_data::{Sampler, WeightedRandomSampler};
/// // Two classes, 1 to 9: each class is drawn as often as the other.
/// let labels = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
/// let weights = labels.map(|label| [1.0 / 9.0, 1.0][label]);
/// let sampler = WeightedRandomSampler::new(&weights, 10, true)?;
/// assert!(sampler.indices()?.all(|i| i < 10));
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct WeightedRandomSampler {
    weights: Vec<f64>,
    num_samples: usize,
    replacement: bool,
    generator: Option<Generator>,
}

impl WeightedRandomSampler {
    /// Draws `num_samples` indices into `weights`, which need not sum to one.
    ///
    /// # Errors
    /// If `num_samples` is 0 or, without replacement, more than there are weights; if a weight is negative or not finite, or all are 0.
    #[track_caller]
    pub fn new(
        weights: &[f64],
        num_samples: usize,
        replacement: bool,
    ) -> Result<WeightedRandomSampler> {
        // A trial draw from a generator of its own finds what is wrong now rather than in the first pass; with replacement one sample shows
        // as much as many.
        let trial = if replacement {
            num_samples.min(1)
        } else {
            num_samples
        };
        let checked = Generator::new(0).multinomial(weights, trial, replacement);
        if let Err(e) = checked.and_then(|_| room::<i64>("multinomial", Some(num_samples))) {
            return Err(e.context("WeightedRandomSampler").here());
        }
        Ok(WeightedRandomSampler {
            weights: weights.to_vec(),
            num_samples,
            replacement,
            generator: None,
        })
    }

    /// Draws from `generator` instead of the default one.
    #[must_use]
    pub fn generator(self, generator: &Generator) -> WeightedRandomSampler {
        WeightedRandomSampler {
            generator: Some(generator.clone()),
            ..self
        }
    }
}

impl Sampler for WeightedRandomSampler {
    type Index = usize;

    fn len(&self) -> usize {
        self.num_samples
    }

    fn indices(&self) -> Result<Indices<'_, usize>> {
        let generator = self.generator.clone().unwrap_or_else(default_generator);
        let drawn = generator.multinomial(&self.weights, self.num_samples, self.replacement)?;
        Ok(Box::new(drawn.into_iter().map(|i| i as usize)))
    }

    fn generators(&self) -> Vec<Generator> {
        self.generator.iter().cloned().collect()
    }
}

/// Given samples in random order. PyTorch: `SubsetRandomSampler`.
#[derive(Clone, Debug)]
pub struct SubsetRandomSampler {
    indices: Vec<usize>,
    generator: Option<Generator>,
}

impl SubsetRandomSampler {
    /// Each of `indices` once, in a new random order each pass.
    pub fn new(indices: Vec<usize>) -> SubsetRandomSampler {
        SubsetRandomSampler {
            indices,
            generator: None,
        }
    }

    /// Draws from `generator` instead of the default one.
    #[must_use]
    pub fn generator(self, generator: &Generator) -> SubsetRandomSampler {
        SubsetRandomSampler {
            generator: Some(generator.clone()),
            ..self
        }
    }
}

impl Sampler for SubsetRandomSampler {
    type Index = usize;

    fn len(&self) -> usize {
        self.indices.len()
    }

    fn indices(&self) -> Result<Indices<'_, usize>> {
        let generator = self.generator.clone().unwrap_or_else(default_generator);
        let order = generator.permutation(self.indices.len())?;
        Ok(Box::new(
            order.into_iter().map(|i| self.indices[i as usize]),
        ))
    }

    fn generators(&self) -> Vec<Generator> {
        self.generator.iter().cloned().collect()
    }
}

/// The indices of another sampler in batches. PyTorch: `BatchSampler`.
///
/// ```
/// use rushlight_data::{BatchSampler, Sampler, SequentialSampler};
/// let batches = BatchSampler::new(SequentialSampler::new(5), 2, false)?;
/// assert!(batches.indices()?.eq([vec![0, 1], vec![2, 3], vec![4]]));
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BatchSampler<S> {
    sampler: S,
    batch_size: usize,
    drop_last: bool,
}

impl<S: Sampler<Index = usize>> BatchSampler<S> {
    /// Batches of `batch_size`; the last may be smaller, or is left out with `drop_last`.
    ///
    /// # Errors
    /// If `batch_size` is 0.
    #[track_caller]
    pub fn new(sampler: S, batch_size: usize, drop_last: bool) -> Result<BatchSampler<S>> {
        if batch_size == 0 {
            return Err(Error::value(
                "BatchSampler: batch_size must be positive, got 0",
            ));
        }
        Ok(BatchSampler {
            sampler,
            batch_size,
            drop_last,
        })
    }
}

impl<S: Sampler<Index = usize>> Sampler for BatchSampler<S> {
    type Index = Vec<usize>;

    fn len(&self) -> usize {
        match self.drop_last {
            true => self.sampler.len() / self.batch_size,
            false => self.sampler.len().div_ceil(self.batch_size),
        }
    }

    fn indices(&self) -> Result<Indices<'_, Vec<usize>>> {
        let mut indices = self.sampler.indices()?;
        let size = self.batch_size;
        // The indices of a batch are collected; whether they can be shows here.
        room::<usize>("BatchSampler", Some(size.min(self.sampler.len())))?;
        let smallest = if self.drop_last { size } else { 1 };
        Ok(Box::new(std::iter::from_fn(move || {
            let batch: Vec<usize> = indices.by_ref().take(size).collect();
            (batch.len() >= smallest).then_some(batch)
        })))
    }

    fn generators(&self) -> Vec<Generator> {
        self.sampler.generators()
    }
}

/// A seed as PyTorch's loaders draw it: a random `int64` that is not negative.
pub(crate) fn random_seed(generator: &Generator) -> u64 {
    generator.random64() & i64::MAX as u64
}
