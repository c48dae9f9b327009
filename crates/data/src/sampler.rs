//! Samplers: the order in which samples are visited.
//!
//! A sampler yields indices of samples, or lists of indices, one list per batch. Each call of [`Sampler::indices`] begins a new pass. A
//! random sampler draws the same random numbers as PyTorch's, so that the same seed gives the same order.

use rushlight_backend::room;
use rushlight_tensor::random::{Generator, default_generator};
use rushlight_tensor::{Error, Result};

/// An iterator over the indices of one pass.
pub type Indices<'a, I> = Box<dyn Iterator<Item = I> + 'a>;

/// An order in which the samples of a data set are visited. PyTorch: `torch.utils.data.Sampler`.
///
/// ```
/// use rushlight::data::{DataLoader, Indices, ListDataset, Sampler};
/// use rushlight::Result;
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
/// # Ok::<(), rushlight::Error>(())
/// ```
pub trait Sampler: Send + Sync {
    /// `usize` for samples, `Vec<usize>` for batches.
    type Index;

    /// The number of indices in a pass.
    fn len(&self) -> usize;

    /// Begins a pass and returns its indices.
    ///
    /// # Errors
    /// If there is not enough memory for the order.
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

/// The indices `0, 1, 2, …` in order. PyTorch: `torch.utils.data.SequentialSampler`.
///
/// ```
/// use rushlight::data::{Sampler, SequentialSampler};
/// assert!(SequentialSampler::new(3).indices()?.eq([0, 1, 2]));
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SequentialSampler {
    len: usize,
}

impl SequentialSampler {
    /// A sampler of a data set with `len` samples.
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

/// All indices in random order, or indices drawn with replacement. PyTorch: `torch.utils.data.RandomSampler`.
///
/// ```
/// use rushlight::data::{RandomSampler, Sampler};
/// use rushlight::Generator;
/// let sampler = RandomSampler::new(5)?.generator(&Generator::new(1));
/// let mut indices: Vec<usize> = sampler.indices()?.collect();
/// indices.sort();
/// assert_eq!(indices, [0, 1, 2, 3, 4]);
/// # Ok::<(), rushlight::Error>(())
/// ```
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

    /// Draws `num_samples` indices below `len`, each independently of the others. PyTorch: `replacement=True`.
    ///
    /// # Errors
    /// If there are no samples, or if `num_samples` is 0.
    #[track_caller]
    pub fn with_replacement(len: usize, num_samples: usize) -> Result<RandomSampler> {
        let sampler = RandomSampler::new(len)?.num_samples(num_samples)?;
        Ok(RandomSampler {
            replacement: true,
            ..sampler
        })
    }

    /// Sets the number of indices in a pass. If it exceeds the number of samples, all samples are visited again in another random order.
    ///
    /// # Errors
    /// If `num_samples` is 0.
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

    /// Draws from `generator`. Without it, each pass uses a new generator that is seeded from the default generator.
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
        // As in PyTorch, one more order is drawn at the end of a pass for the indices that are missing, even if none are, which advances
        // the generator.
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

/// Indices drawn with probabilities proportional to given weights. PyTorch: `torch.utils.data.WeightedRandomSampler`.
///
/// ```
/// use rushlight::data::{Sampler, WeightedRandomSampler};
/// // Two classes in the ratio 9 to 1: with these weights both are drawn equally often.
/// let labels = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
/// let weights = labels.map(|label| [1.0 / 9.0, 1.0][label]);
/// let sampler = WeightedRandomSampler::new(&weights, 10, true)?;
/// assert!(sampler.indices()?.all(|i| i < 10));
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct WeightedRandomSampler {
    weights: Vec<f64>,
    num_samples: usize,
    replacement: bool,
    generator: Option<Generator>,
}

impl WeightedRandomSampler {
    /// Draws `num_samples` indices below `weights.len()` in each pass. The weights need not sum to 1.
    ///
    /// # Errors
    /// If `num_samples` is 0 or, without replacement, exceeds the number of weights; if a weight is negative or not finite, or if all are 0.
    #[track_caller]
    pub fn new(
        weights: &[f64],
        num_samples: usize,
        replacement: bool,
    ) -> Result<WeightedRandomSampler> {
        // A trial draw from a separate generator reports errors now rather than in the first pass. With replacement one sample is enough.
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

/// Given indices in random order. PyTorch: `torch.utils.data.SubsetRandomSampler`.
///
/// ```
/// use rushlight::data::{Sampler, SubsetRandomSampler};
/// let mut indices: Vec<usize> = SubsetRandomSampler::new(vec![7, 3, 5]).indices()?.collect();
/// indices.sort();
/// assert_eq!(indices, [3, 5, 7]);
/// # Ok::<(), rushlight::Error>(())
/// ```
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

/// The indices of another sampler, grouped into batches. PyTorch: `torch.utils.data.BatchSampler`.
///
/// ```
/// use rushlight::data::{BatchSampler, Sampler, SequentialSampler};
/// let batches = BatchSampler::new(SequentialSampler::new(5), 2, false)?;
/// assert!(batches.indices()?.eq([vec![0, 1], vec![2, 3], vec![4]]));
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BatchSampler<S> {
    sampler: S,
    batch_size: usize,
    drop_last: bool,
}

impl<S: Sampler<Index = usize>> BatchSampler<S> {
    /// Batches of `batch_size` indices; a last batch that is smaller is dropped with `drop_last`.
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
        // A batch size that exceeds memory is reported here rather than when the first batch is collected.
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

/// A seed as the loaders of PyTorch draw it: a random `int64` that is not negative.
pub(crate) fn random_seed(generator: &Generator) -> u64 {
    generator.random64() & i64::MAX as u64
}
