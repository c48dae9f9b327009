//! Random splits of a data set.

use super::{Dataset, Subset};
use rushlight_tensor::random::{Generator, default_generator};
use rushlight_tensor::{Error, Result};
use std::sync::Arc;

/// The sizes of the parts of a split: numbers of samples, or fractions that sum to 1.
#[derive(Clone, Copy, Debug)]
pub enum Lengths<const N: usize> {
    /// Numbers of samples.
    Counts([usize; N]),
    /// Fractions of the data set.
    Fractions([f64; N]),
}

impl<const N: usize> From<[usize; N]> for Lengths<N> {
    fn from(counts: [usize; N]) -> Self {
        Lengths::Counts(counts)
    }
}

impl<const N: usize> From<[f64; N]> for Lengths<N> {
    fn from(fractions: [f64; N]) -> Self {
        Lengths::Fractions(fractions)
    }
}

impl<const N: usize> Lengths<N> {
    /// The number of samples of each part. Fractions are rounded down; the first parts get one of the remaining samples each.
    #[track_caller]
    fn counts(self, total: usize) -> Result<[usize; N]> {
        let counts = match self {
            Lengths::Counts(counts) => counts,
            Lengths::Fractions(fractions) => {
                if let Some(f) = fractions.iter().find(|f| !(0.0..=1.0).contains(*f)) {
                    return Err(Error::value(format!(
                        "random_split: a fraction must lie in [0, 1], got {f}"
                    )));
                }
                let sum: f64 = fractions.iter().sum();
                if (sum - 1.0).abs() > 1e-9 {
                    return Err(Error::value(format!(
                        "random_split: the fractions {fractions:?} sum to {sum}, not to 1"
                    )));
                }
                let mut counts = fractions.map(|f| (total as f64 * f).floor() as usize);
                let taken = counts
                    .iter()
                    .fold(0, |sum: usize, n| sum.saturating_add(*n));
                let left = total.saturating_sub(taken);
                for i in 0..left {
                    counts[i % N] += 1;
                }
                counts
            }
        };
        let sum = counts
            .iter()
            .try_fold(0, |sum: usize, &n| sum.checked_add(n));
        if sum != Some(total) {
            let list: Vec<String> = counts.iter().map(usize::to_string).collect();
            let sum = counts.iter().map(|&n| n as u128).sum::<u128>();
            return Err(Error::value(format!(
                "random_split: the lengths {} = {sum} do not add up to the {total} samples of the data set",
                list.join(" + ")
            )));
        }
        Ok(counts)
    }
}

/// Splits a data set randomly into disjoint parts of the given sizes. PyTorch: `torch.utils.data.random_split`.
///
/// The same seed gives the parts that it gives in PyTorch. Without a generator, the default generator is used.
///
/// ```
/// use rushlight::data::{Dataset, ListDataset, random_split};
/// use rushlight::Generator;
/// let generator = Generator::new(42);
/// let [train, val] = random_split(ListDataset(vec![0i64; 10]), [8, 2], Some(&generator))?;
/// assert_eq!((train.len(), val.indices()), (8, &[3, 7][..]));
/// let [a, b, c] = random_split(ListDataset(vec![0i64; 10]), [0.5, 0.25, 0.25], None)?;
/// assert_eq!((a.len(), b.len(), c.len()), (6, 2, 2));
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the lengths do not add up to the number of samples, or the fractions to 1.
#[track_caller]
pub fn random_split<D: Dataset, const N: usize>(
    dataset: D,
    lengths: impl Into<Lengths<N>>,
    generator: Option<&Generator>,
) -> Result<[Subset<Arc<D>>; N]> {
    let dataset = Arc::new(dataset);
    let counts = lengths.into().counts(dataset.len())?;
    let order = match generator {
        Some(generator) => generator.permutation(dataset.len())?,
        None => default_generator().permutation(dataset.len())?,
    };
    let mut rest = order.into_iter().map(|i| i as usize);
    let mut parts = Vec::with_capacity(N);
    for n in counts {
        parts.push(Subset::new(
            dataset.clone(),
            rest.by_ref().take(n).collect(),
        )?);
    }
    // There is one part for each of the `N` counts, so that this does not fail.
    parts
        .try_into()
        .map_err(|_| Error::value("random_split: no parts"))
}
