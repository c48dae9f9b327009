//! Loaders: the batches of PyTorch for the same seeds, with any number of workers, and errors.

mod state;
mod workers;

use rushlight_data::{
    BatchSampler, DataLoader, Dataset, IterableDataset, ListDataset, RandomSampler, Sampler,
    Samples, SequentialSampler, TensorDataset, WeightedRandomSampler, worker_info,
};
use rushlight_tensor::random::Generator;
use rushlight_tensor::{Error, ErrorKind, Result, Tensor};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

fn numbers(n: i64) -> Result<TensorDataset<Tensor>> {
    TensorDataset::new(Tensor::arange(0, n, 1, ())?)
}

fn epoch(loader: &DataLoader<Tensor>) -> Result<Vec<Vec<i64>>> {
    loader.iter().map(|batch| batch?.to_vec()).collect()
}

// The expected numbers below are those of PyTorch 2.15.

#[test]
fn shuffled_epochs_are_pytorchs_also_with_a_plain_pass_between() -> Result<()> {
    let generator = Generator::new(110);
    for workers in [0, 1, 4] {
        generator.manual_seed(110);
        generator.scope(|| {
            let loader = DataLoader::builder(numbers(10)?)
                .batch_size(4)
                .num_workers(workers);
            let shuffled = loader.shuffle(true).build()?;
            let plain = DataLoader::builder(numbers(10)?).batch_size(4).build()?;
            assert_eq!(
                epoch(&shuffled)?,
                [vec![2, 1, 4, 5], vec![9, 0, 7, 3], vec![8, 6]]
            );
            assert_eq!(
                epoch(&plain)?,
                [vec![0, 1, 2, 3], vec![4, 5, 6, 7], vec![8, 9]]
            );
            assert_eq!(
                epoch(&shuffled)?,
                [vec![0, 7, 6, 8], vec![2, 4, 9, 1], vec![5, 3]]
            );
            assert_eq!(Tensor::randint(0, 1000, [1], ())?.to_vec::<i64>()?, [806]);
            Ok::<(), Error>(())
        })?;
    }
    Ok(())
}

#[test]
fn a_loaders_own_generator_leaves_the_default_one_alone() -> Result<()> {
    let outside = Generator::new(1);
    outside.scope(|| {
        let loader = DataLoader::builder(numbers(10)?)
            .batch_size(3)
            .shuffle(true);
        let loader = loader.drop_last(true).seed(5).build()?;
        assert_eq!(loader.len(), 3);
        assert_eq!(epoch(&loader)?, [[7, 4, 8], [1, 2, 3], [6, 5, 9]]);
        assert_eq!(epoch(&loader)?, [[2, 1, 6], [3, 5, 9], [4, 7, 8]]);
        Ok::<(), Error>(())
    })?;
    assert_eq!(outside.random(), Generator::new(1).random());
    Ok(())
}

#[test]
fn the_order_is_drawn_at_the_first_batch_or_when_workers_start() -> Result<()> {
    let draw = |workers: usize| {
        Generator::new(1).scope(|| {
            let loader = DataLoader::builder(numbers(10)?)
                .batch_size(4)
                .shuffle(true);
            let loader = loader.num_workers(workers).build()?;
            let mut batches = loader.iter();
            let between = Tensor::randint(0, 1000, [1], ())?.item::<i64>()?;
            let first = batches.next().ok_or_else(|| Error::value("no batch"))??;
            Ok::<_, Error>((between, first.to_vec::<i64>()?))
        })
    };
    assert_eq!(draw(0)?, (124, vec![4, 7, 0, 9]));
    assert_eq!(draw(1)?, (263, vec![4, 2, 0, 6]));
    Ok(())
}

#[test]
fn empty_data_gives_no_batch_and_cannot_be_shuffled() -> Result<()> {
    let empty = || ListDataset(Vec::<f32>::new());
    for workers in [0, 2] {
        let loader = DataLoader::builder(empty())
            .batch_size(4)
            .num_workers(workers)
            .build()?;
        assert!(loader.is_empty());
        assert_eq!(loader.iter().count(), 0);
    }
    let e = DataLoader::builder(empty()).shuffle(true).build().err();
    assert!(e.is_some_and(|e| {
        e.message()
            .starts_with("RandomSampler: cannot draw from an empty data set")
    }));
    Ok(())
}

#[test]
fn options_that_cannot_be_combined_are_refused() -> Result<()> {
    let build = || numbers(4).map(DataLoader::builder);
    let order = || SequentialSampler::new(4);
    let batches = || rushlight_data::BatchSampler::new(order(), 2, false);
    let cases = [
        (
            build()?.batch_size(0).build().err(),
            "DataLoader: batch_size must be positive, got 0",
        ),
        (
            DataLoader::stream(workers::Count(None))
                .batch_size(0)
                .build()
                .err(),
            "DataLoader: batch_size must be positive, got 0",
        ),
        (
            build()?.num_workers(1).prefetch_factor(0).build().err(),
            "DataLoader: prefetch_factor must be positive, got 0",
        ),
        (
            build()?.shuffle(true).sampler(order()).build().err(),
            "DataLoader: shuffle and sampler exclude each other",
        ),
        (
            build()?
                .batch_sampler(batches()?)
                .batch_size(2)
                .build()
                .err(),
            "DataLoader: batch_sampler cannot be combined with",
        ),
        (
            build()?
                .batch_sampler(batches()?)
                .shuffle(true)
                .build()
                .err(),
            "DataLoader: batch_sampler cannot be combined with",
        ),
        (
            build()?.unbatched().drop_last(true).build().err(),
            "DataLoader: unbatched cannot be combined with",
        ),
    ];
    for (i, (e, text)) in cases.into_iter().enumerate() {
        let e = e.ok_or_else(|| Error::value(format!("case {i} was accepted")))?;
        assert_eq!(e.kind(), ErrorKind::Value);
        assert!(e.to_string().starts_with(text), "case {i}: {e}");
        assert!(
            e.location().file().ends_with("loader/mod.rs"),
            "case {i}: {e}"
        );
    }
    Ok(())
}

#[test]
fn samplers_batch_samplers_and_single_samples() -> Result<()> {
    let sampler = RandomSampler::new(10)?
        .generator(&Generator::new(5))
        .num_samples(3)?;
    let loader = DataLoader::builder(numbers(10)?)
        .sampler(sampler.clone())
        .batch_size(2)
        .build()?;
    assert_eq!(
        (loader.len(), loader.batch_size(), loader.dataset_len()),
        (2, Some(2), 10)
    );
    assert_eq!(epoch(&loader)?, [vec![1, 4], vec![9]]);

    let batches = rushlight_data::BatchSampler::new(SequentialSampler::new(5), 2, true)?;
    let loader = DataLoader::builder(numbers(10)?)
        .batch_sampler(batches)
        .build()?;
    assert_eq!((loader.len(), loader.batch_size()), (2, None));
    assert_eq!(epoch(&loader)?, [[0, 1], [2, 3]]);

    let loader = DataLoader::builder(numbers(1000)?)
        .unbatched()
        .shuffle(true)
        .seed(2)
        .build()?;
    let first = loader.iter().next().transpose()?.map(|x| x.item::<i64>());
    assert!(first.transpose()?.is_some_and(|n| n < 1000));
    assert_eq!(loader.iter().count(), 1000);
    Ok(())
}

#[test]
fn a_loader_gives_the_number_of_batches_left() -> Result<()> {
    let loader = DataLoader::builder(numbers(10)?).batch_size(4).build()?;
    let mut batches = loader.iter();
    assert_eq!(batches.size_hint(), (0, Some(3)));
    batches.next().transpose()?;
    assert_eq!(batches.size_hint(), (0, Some(2)));
    assert_eq!(batches.by_ref().count(), 2);
    assert_eq!(batches.size_hint(), (0, Some(0)));
    assert!(!loader.pin_memory());
    Ok(())
}

/// All numeric options of a loader at the ends of their ranges give complete epochs or an error.
#[test]
fn numbers_at_the_ends_of_their_range() -> Result<()> {
    const ENDS: [usize; 4] = [0, 1, 1 << 63, usize::MAX];
    for batch_size in ENDS {
        for workers in ENDS {
            for prefetch in ENDS {
                let built = DataLoader::builder(numbers(5)?)
                    .batch_size(batch_size)
                    .num_workers(workers)
                    .prefetch_factor(prefetch)
                    .build();
                if batch_size == 0 || workers > 1 || prefetch == 0 {
                    assert_eq!(built.err().map(|e| e.kind()), Some(ErrorKind::Value));
                    continue;
                }
                let batches = epoch(&built?)?;
                assert_eq!(
                    batches.concat(),
                    [0, 1, 2, 3, 4],
                    "{batch_size} {workers} {prefetch}"
                );
            }
        }
    }
    for workers in [1, 2] {
        let stream = DataLoader::stream(Counts { end: 5 })
            .num_workers(workers)
            .prefetch_factor(1 << 63)
            .batch_size(usize::MAX)
            .build()?;
        let batches: Vec<Tensor> = stream.iter().collect::<Result<_>>()?;
        let total: usize = batches.iter().map(Tensor::numel).sum();
        assert_eq!(total, 5 * workers);
    }
    Ok(())
}

/// The numbers below `end`, in every worker.
struct Counts {
    end: i64,
}

impl IterableDataset for Counts {
    type Sample = i64;
    fn iter(&self) -> Result<Samples<'_, i64>> {
        Ok(Box::new((0..self.end).map(Ok)))
    }
}

#[test]
fn samplers_of_more_than_memory_holds_are_errors() -> Result<()> {
    for n in [1 << 50, 1 << 63, usize::MAX] {
        let memory = |e: Error| assert_eq!(e.kind(), ErrorKind::OutOfMemory, "{e}");
        memory(RandomSampler::new(n)?.indices().err().unwrap());
        let some = RandomSampler::with_replacement(3, n)?;
        assert!(some.indices()?.take(100).all(|i| i < 3));
        let some = RandomSampler::new(3)?.num_samples(n)?;
        assert!(some.indices()?.take(100).all(|i| i < 3));
        assert_eq!(RandomSampler::with_replacement(n, 9)?.indices()?.count(), 9);
        memory(WeightedRandomSampler::new(&[1.0, 2.0], n, true).unwrap_err());
        assert!(WeightedRandomSampler::new(&[1.0, 2.0], n, false).is_err());
        let batches = BatchSampler::new(SequentialSampler::new(n), n, false)?;
        assert_eq!(batches.len(), 1);
        memory(batches.indices().err().unwrap());
        let batches = BatchSampler::new(SequentialSampler::new(3), n, false)?;
        assert_eq!(batches.indices()?.collect::<Vec<_>>(), [[0, 1, 2]]);
        memory(rushlight_data::Matrix::zeros(n, 8).unwrap_err());
        memory(rushlight_data::split::train_test_split(n, 0.5, 0).unwrap_err());
    }
    let e = WeightedRandomSampler::new(&[0.0, 1.0, 0.0], 2, false).unwrap_err();
    assert!(e.message().contains("1 are not 0"), "{e}");
    Ok(())
}
