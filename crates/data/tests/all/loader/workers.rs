//! Workers: their random numbers, the order of their batches from a stream, their errors, and how they end.

use super::*;

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
fn noise_drawn_in_workers_is_that_of_pytorch() -> Result<()> {
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

/// The numbers below an end, divided among the workers.
pub(super) struct Count(pub(super) Option<i64>);

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
fn batches_of_workers_alternate_on_a_stream_as_in_pytorch() -> Result<()> {
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

/// Returns an error or panics at one sample.
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
fn errors_and_panics_of_workers_take_the_place_of_their_batches() -> Result<()> {
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

/// Counts the samples that were read, each of which takes some time.
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
        // The drop waits for the threads, so that no more samples are read.
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
