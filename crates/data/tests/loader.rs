//! Loaders: PyTorch's batches for PyTorch's seeds, the same for every number of workers, and failures that arrive as values.

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

// The expected numbers below are PyTorch 2.15's.

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

struct Noise;

impl Dataset for Noise {
    type Sample = Tensor;
    fn len(&self) -> usize {
        6
    }
    fn get(&self, _: usize) -> Result<Tensor> {
        Tensor::randn([1], ())
    }
}

#[test]
fn noise_drawn_in_workers_is_what_pytorchs_workers_draw() -> Result<()> {
    let draw = |workers: usize| {
        Generator::new(1).scope(|| {
            let loader = DataLoader::builder(Noise)
                .batch_size(2)
                .num_workers(workers)
                .build()?;
            let batches: Result<Vec<Vec<f32>>> = loader.iter().map(|b| b?.to_vec()).collect();
            Ok::<_, Error>(batches?.concat())
        })
    };
    let near =
        |got: Vec<f32>, want: [f32; 6]| got.iter().zip(want).all(|(g, w)| (g - w).abs() < 2e-6);
    assert!(near(
        draw(0)?,
        [
            0.11631361, 0.72130215, 0.5635512, 1.1430565, 0.859009, 0.7055923
        ]
    ));
    assert!(near(
        draw(2)?,
        [
            0.671_164_9,
            0.42880243,
            -1.2135506,
            0.6854749,
            -0.12225112,
            0.4352398
        ]
    ));
    Ok(())
}

/// The numbers up to an end, shared out between workers.
struct Count(Option<i64>);

impl IterableDataset for Count {
    type Sample = i64;
    fn iter(&self) -> Result<Samples<'_, i64>> {
        let (id, of) = worker_info().map_or((0, 1), |w| (w.id, w.num_workers));
        let mine = (id as i64..).step_by(of);
        let end = self.0.unwrap_or(i64::MAX);
        Ok(Box::new(mine.take_while(move |&n| n < end).map(Ok)))
    }
}

#[test]
fn workers_take_turns_on_a_stream_as_pytorchs_do() -> Result<()> {
    let cases: [(usize, bool, &[&[i64]]); 5] = [
        (
            0,
            false,
            &[&[0, 1], &[2, 3], &[4, 5], &[6, 7], &[8, 9], &[10]],
        ),
        (1, true, &[&[0, 1], &[2, 3], &[4, 5], &[6, 7], &[8, 9]]),
        (
            2,
            false,
            &[&[0, 2], &[1, 3], &[4, 6], &[5, 7], &[8, 10], &[9]],
        ),
        (
            3,
            false,
            &[&[0, 3], &[1, 4], &[2, 5], &[6, 9], &[7, 10], &[8]],
        ),
        (3, true, &[&[0, 3], &[1, 4], &[2, 5], &[6, 9], &[7, 10]]),
    ];
    for (workers, drop_last, want) in cases {
        let loader = DataLoader::stream(Count(Some(11)))
            .batch_size(2)
            .drop_last(drop_last);
        let loader = loader.num_workers(workers).build()?;
        for _ in 0..2 {
            let got: Result<Vec<Vec<i64>>> = loader.iter().map(|b| b?.to_vec()).collect();
            assert_eq!(got?, want, "{workers} workers");
        }
    }
    Ok(())
}

#[test]
fn a_stream_without_end_can_be_left() -> Result<()> {
    for workers in [0, 2] {
        let loader = DataLoader::stream(Count(None))
            .batch_size(3)
            .num_workers(workers)
            .build()?;
        let seen: Result<Vec<Tensor>> = loader.iter().take(50).collect();
        assert_eq!(seen?.len(), 50);
        assert_eq!(loader.known_len(), None);
    }
    Ok(())
}

/// Fails in its own way at one sample.
struct Faulty {
    at: usize,
    panics: bool,
}

impl Dataset for Faulty {
    type Sample = i64;
    fn len(&self) -> usize {
        12
    }
    fn get(&self, index: usize) -> Result<i64> {
        match index == self.at {
            true if self.panics => panic!("sample {index} is on fire"),
            true => Err(Error::value(format!("sample {index} is broken"))),
            false => Ok(index as i64),
        }
    }
}

#[test]
fn errors_and_panics_of_workers_arrive_in_their_place() -> Result<()> {
    for workers in [1, 4] {
        for (panics, text) in [
            (false, "sample 5 is broken"),
            (true, "panicked: sample 5 is on fire"),
        ] {
            let loader = DataLoader::builder(Faulty { at: 5, panics }).batch_size(2);
            let loader = loader.num_workers(workers).build()?;
            for _ in 0..2 {
                let batches: Vec<Result<Tensor>> = loader.iter().collect();
                assert_eq!(batches.len(), 6);
                for (i, batch) in batches.into_iter().enumerate() {
                    match batch {
                        Ok(batch) => {
                            assert_eq!(batch.to_vec::<i64>()?, [2 * i as i64, 2 * i as i64 + 1])
                        }
                        Err(e) => {
                            assert_eq!(i, 2);
                            let text = format!("DataLoader worker {}", 2 % workers)
                                + if panics { " " } else { ": " }
                                + text;
                            assert!(e.to_string().starts_with(&text), "{e}");
                        }
                    }
                }
            }
        }
    }
    let loader = DataLoader::builder(Faulty {
        at: 0,
        panics: false,
    })
    .build()?;
    let e = loader
        .iter()
        .next()
        .and_then(Result::err)
        .map(|e| e.to_string());
    assert!(e.is_some_and(|e| e.starts_with("sample 0 is broken")));
    Ok(())
}

#[test]
fn a_stream_that_panics_is_an_error_too() -> Result<()> {
    struct Breaks;
    impl IterableDataset for Breaks {
        type Sample = i64;
        fn iter(&self) -> Result<Samples<'_, i64>> {
            Ok(Box::new((0..).map(|n| match n {
                3 => panic!("dry"),
                n => Ok(n),
            })))
        }
    }
    let loader = DataLoader::stream(Breaks)
        .batch_size(2)
        .num_workers(1)
        .build()?;
    let mut batches = loader.iter();
    assert!(batches.next().is_some_and(|b| b.is_ok()));
    let e = batches.next().and_then(Result::err).map(|e| e.to_string());
    assert!(e.is_some_and(|e| e.starts_with("DataLoader worker 0 panicked: dry")));
    Ok(())
}

/// Counts how often it was asked, slowly.
struct Slow(Arc<AtomicUsize>);

impl Dataset for Slow {
    type Sample = i64;
    fn len(&self) -> usize {
        10_000
    }
    fn get(&self, index: usize) -> Result<i64> {
        std::thread::sleep(Duration::from_millis(1));
        self.0.fetch_add(1, Ordering::Relaxed);
        Ok(index as i64)
    }
}

#[test]
fn a_pass_dropped_early_stops_its_workers() -> Result<()> {
    let asked = Arc::new(AtomicUsize::new(0));
    let loader = DataLoader::builder(Slow(asked.clone()))
        .batch_size(5)
        .num_workers(3)
        .build()?;
    let start = Instant::now();
    for _ in 0..2 {
        let mut batches = loader.iter();
        assert!(batches.next().is_some_and(|b| b.is_ok()));
        drop(batches);
        // The drop waits for the threads, so nobody asks any more.
        let now = asked.load(Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(asked.load(Ordering::Relaxed), now);
        assert!(now < 500, "{now} samples were read for one batch");
    }
    assert!(start.elapsed() < Duration::from_secs(20));
    Ok(())
}

#[test]
fn a_worker_that_takes_too_long_is_an_error() -> Result<()> {
    struct Stuck;
    impl Dataset for Stuck {
        type Sample = i64;
        fn len(&self) -> usize {
            2
        }
        fn get(&self, _: usize) -> Result<i64> {
            std::thread::sleep(Duration::from_secs(5));
            Ok(0)
        }
    }
    let loader = DataLoader::builder(Stuck)
        .num_workers(1)
        .timeout(Duration::from_millis(30))
        .build()?;
    let start = Instant::now();
    let mut batches = loader.iter();
    let e = batches.next().and_then(Result::err).map(|e| e.to_string());
    assert!(e.is_some_and(|e| e.starts_with("DataLoader: worker 0 gave no batch within 30ms")));
    assert!(batches.next().is_none());
    drop(batches);
    assert!(start.elapsed() < Duration::from_secs(3));
    Ok(())
}

#[test]
fn workers_begin_with_their_init_and_know_themselves() -> Result<()> {
    let seen = Arc::new(AtomicUsize::new(0));
    let count = seen.clone();
    let loader = DataLoader::builder(numbers(8)?)
        .num_workers(2)
        .seed(3)
        .worker_init(move |info| {
            assert_eq!(worker_info(), Some(*info));
            assert_eq!(info.num_workers, 2);
            count.fetch_add(1 + info.id, Ordering::Relaxed);
            Ok(())
        });
    assert_eq!(epoch(&loader.build()?)?.concat(), Vec::from_iter(0..8));
    assert_eq!(seen.load(Ordering::Relaxed), 3);
    assert_eq!(worker_info(), None);

    let loader = DataLoader::builder(numbers(8)?).num_workers(2);
    let loader = loader
        .worker_init(|info| Err(Error::io(format!("no file for {}", info.id))))
        .build()?;
    let first = loader
        .iter()
        .next()
        .and_then(Result::err)
        .map(|e| e.to_string());
    assert!(
        first.is_some_and(|e| e.starts_with("worker_init: DataLoader worker 0: no file for 0"))
    );
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
fn options_that_do_not_go_together_are_refused() -> Result<()> {
    let build = || numbers(4).map(DataLoader::builder);
    let order = || SequentialSampler::new(4);
    let batches = || rushlight_data::BatchSampler::new(order(), 2, false);
    let cases = [
        (
            build()?.batch_size(0).build().err(),
            "DataLoader: batch_size must be positive, got 0",
        ),
        (
            DataLoader::stream(Count(None)).batch_size(0).build().err(),
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
            "DataLoader: batch_sampler goes with none of",
        ),
        (
            build()?
                .batch_sampler(batches()?)
                .shuffle(true)
                .build()
                .err(),
            "DataLoader: batch_sampler goes with none of",
        ),
        (
            build()?.unbatched().drop_last(true).build().err(),
            "DataLoader: unbatched goes with neither",
        ),
    ];
    for (i, (e, text)) in cases.into_iter().enumerate() {
        let e = e.ok_or_else(|| Error::value(format!("case {i} was accepted")))?;
        assert_eq!(e.kind(), ErrorKind::Value);
        assert!(e.to_string().starts_with(text), "case {i}: {e}");
        assert!(e.location().file().ends_with("loader.rs"), "case {i}: {e}");
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
fn a_loader_says_what_is_left() -> Result<()> {
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

/// Every number that a loader takes, at the ends of its range: whole epochs or an error, never fewer batches.
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
