//! Loaders and samplers with every number at 0, 1, a few, 2^63 and the largest there is.

use crate::fuzz::harness::{Rng, run};
use rushlight::data::{
    BatchSampler, DataLoader, IterableDataset, RandomSampler, Sampler, Samples, SequentialSampler,
    SubsetRandomSampler, TensorDataset, WeightedRandomSampler, random_split, split,
};
use rushlight::prelude::*;
use rushlight::{Generator, Result};

const ENDS: [usize; 6] = [0, 1, 3, 1 << 50, 1 << 63, usize::MAX];
/// How much of an endless order is looked at.
const SOME: usize = 100;

#[test]
fn loaders_and_samplers() {
    run("samples", 2000, |seed| {
        let mut rng = Rng::new(seed ^ 3 << 40);
        match rng.below(4) {
            0 => loader(&mut rng),
            1 => stream(&mut rng),
            2 => sampler(&mut rng),
            _ => splits(&mut rng),
        }
    });
}

/// A whole epoch, or an error before or in it.
fn loader(rng: &mut Rng) -> Option<String> {
    let rows = rng.below(7);
    let (size, prefetch, workers) = (rng.pick(&ENDS), rng.pick(&ENDS), rng.pick(&ENDS));
    let (shuffle, drop_last) = (rng.once_in(2), rng.once_in(4));
    let epoch = || -> Result<Option<String>> {
        let rows_of = Tensor::arange(0, rows, 1, ())?;
        let loader = DataLoader::builder(TensorDataset::new(rows_of)?)
            .batch_size(size)
            .prefetch_factor(prefetch)
            .num_workers(workers)
            .shuffle(shuffle)
            .drop_last(drop_last)
            .build()?;
        let batches: Vec<Tensor> = loader.iter().collect::<Result<_>>()?;
        let seen: usize = batches.iter().map(Tensor::numel).sum();
        let whole = match drop_last {
            true => rows - rows % size,
            false => rows,
        };
        Ok((seen != whole || batches.len() != loader.len())
            .then(|| format!("{seen} of {whole} rows: {size} {prefetch} {workers}")))
    };
    epoch().unwrap_or(None)
}

struct Counting(i64);

impl IterableDataset for Counting {
    type Sample = i64;
    fn iter(&self) -> Result<Samples<'_, i64>> {
        Ok(Box::new((0..self.0).map(Ok)))
    }
}

fn stream(rng: &mut Rng) -> Option<String> {
    let rows = rng.below(7);
    let (size, prefetch, workers) = (rng.pick(&ENDS), rng.pick(&ENDS), rng.pick(&ENDS));
    let epoch = || -> Result<Option<String>> {
        let loader = DataLoader::stream(Counting(rows as i64))
            .batch_size(size)
            .prefetch_factor(prefetch)
            .num_workers(workers)
            .build()?;
        let batches: Vec<Tensor> = loader.iter().collect::<Result<_>>()?;
        let seen: usize = batches.iter().map(Tensor::numel).sum();
        let whole = rows * workers.max(1);
        Ok((seen != whole).then(|| format!("{seen} of {whole} rows: {size} {prefetch} {workers}")))
    };
    epoch().unwrap_or(None)
}

fn sampler(rng: &mut Rng) -> Option<String> {
    let (n, count, size) = (rng.pick(&ENDS), rng.pick(&ENDS), rng.pick(&ENDS));
    let flag = rng.once_in(2);
    let indices = |sampler: &dyn Sampler<Index = usize>| -> Result<Option<String>> {
        let seen = sampler.indices()?.take(SOME).count();
        let whole = sampler.len().min(SOME);
        Ok((seen != whole).then(|| format!("{seen} of {whole} indices: {n} {count}")))
    };
    let mut found = || match rng.below(6) {
        0 => indices(&SequentialSampler::new(n)),
        1 => indices(&RandomSampler::new(n)?),
        2 => indices(&RandomSampler::with_replacement(n, count)?),
        3 => indices(&RandomSampler::new(n)?.num_samples(count)?),
        4 => indices(&WeightedRandomSampler::new(&[0.0, 1.0, 2.0], count, flag)?),
        _ => indices(&SubsetRandomSampler::new(vec![n, count])),
    };
    if let Ok(Some(found)) = found() {
        return Some(found);
    }
    let batches = || -> Result<Option<String>> {
        let batches = BatchSampler::new(SequentialSampler::new(n), size, flag)?;
        // A batch of 2^50 indices would be collected whole.
        if n.min(size) > 1 << 20 {
            return batches
                .indices()
                .map(|_| Some(format!("batches of {size} of {n}")));
        }
        let seen = batches.indices()?.take(SOME).count();
        let whole = batches.len().min(SOME);
        Ok((seen != whole).then(|| format!("{seen} of {whole} batches: {n} {size}")))
    };
    batches().unwrap_or(None)
}

fn splits(rng: &mut Rng) -> Option<String> {
    let (n, count) = (rng.pick(&ENDS), rng.pick(&ENDS));
    let rows = rng.below(6);
    let seed = rng.word() as u32;
    if let Ok(parts) = split::train_test_split(n, count, seed)
        && parts.train.len() + parts.test.len() != n
    {
        return Some(format!("train_test_split of {n} by {count}"));
    }
    let generator = Generator::new(seed.into());
    let parts = || -> Result<Option<String>> {
        let all = TensorDataset::new(Tensor::arange(0, rows, 1, ())?)?;
        let parts = random_split(all, [n, count], Some(&generator))?;
        let sum: usize = parts.iter().map(rushlight::data::Dataset::len).sum();
        Ok((sum != rows).then(|| format!("random_split of {rows} into {n} and {count}")))
    };
    parts().unwrap_or(None)
}
