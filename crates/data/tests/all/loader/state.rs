//! The state of a loader: an epoch that is interrupted at any batch and continued by another loader gives the batches of an uninterrupted one.

use super::workers::Count;
use super::*;
use rushlight_data::{DataLoaderState, StreamLoader, SubsetRandomSampler};
use rushlight_tensor::random::default_generator;

const EPOCHS: usize = 3;

/// Sample `i` is `i` and, in workers, a random number; without workers nothing is drawn, so that the generator of the caller is unchanged.
struct Noisy(usize);

impl Dataset for Noisy {
    type Sample = (i64, i64);
    fn len(&self) -> usize {
        self.0
    }
    fn get(&self, index: usize) -> Result<(i64, i64)> {
        let noise = match worker_info() {
            Some(_) => default_generator().below(1 << 40) as i64,
            None => 0,
        };
        Ok((index as i64, noise))
    }
}

/// A batch: the samples, and the random numbers drawn for them.
type Numbers = (Vec<i64>, Vec<i64>);
type Loader = DataLoader<(Tensor, Tensor)>;

fn numbers_of(batch: Result<(Tensor, Tensor)>) -> Result<Numbers> {
    let (x, noise) = batch?;
    Ok((x.to_vec()?, noise.to_vec()?))
}

/// All batches of the epochs from `first` on, epoch by epoch.
fn rest(loader: &Loader, first: usize) -> Result<Vec<Vec<Numbers>>> {
    let epoch = |_| loader.iter().map(numbers_of).collect();
    (first..EPOCHS).map(epoch).collect()
}

fn through_json(state: &DataLoaderState) -> DataLoaderState {
    serde_json::from_str(&serde_json::to_string(state).unwrap()).unwrap()
}

/// Interrupts an epoch before the first batch and after each batch, and compares the batches that are left.
fn interrupted_after_every_batch(build: &dyn Fn() -> Result<Loader>) -> Result<()> {
    let whole = Generator::new(7).scope(|| rest(&build()?, 0))?;
    for epoch in 0..EPOCHS {
        for received in 0..=whole[epoch].len() {
            let (state, outside) = Generator::new(7).scope(|| {
                let loader = build()?;
                for _ in 0..epoch {
                    loader.iter().try_for_each(|b| b.map(drop))?;
                }
                let mut batches = loader.iter();
                for _ in 0..received {
                    batches.next().transpose()?;
                }
                // The default generator is not part of the state; a program saves it separately.
                Ok::<_, Error>((loader.state_dict(), default_generator().state()))
            })?;
            assert_eq!((state.epoch(), state.batch()), (epoch, received));
            let continued = Generator::new(0);
            continued.set_state(&outside)?;
            let left = continued.scope(|| {
                let loader = build()?;
                loader.load_state_dict(&through_json(&state))?;
                assert_eq!(loader.state_dict(), state);
                rest(&loader, epoch)
            })?;
            let mut expected = whole[epoch..].to_vec();
            expected[0].drain(..received);
            assert_eq!(left, expected, "epoch {epoch}, batch {received}");
        }
    }
    Ok(())
}

#[test]
fn an_epoch_continues_from_every_batch() -> Result<()> {
    for workers in [0, 1, 3] {
        for samples in [9, 10] {
            let builder = || {
                let builder = DataLoader::builder(Noisy(samples)).num_workers(workers);
                builder.batch_size(3)
            };
            interrupted_after_every_batch(&|| builder().build())?;
            interrupted_after_every_batch(&|| builder().seed(4).build())?;
            interrupted_after_every_batch(&|| builder().shuffle(true).build())?;
            interrupted_after_every_batch(&|| {
                builder().shuffle(true).drop_last(true).seed(4).build()
            })?;
        }
    }
    Ok(())
}

/// Samplers with their own generators, one of which draws while it is iterated.
#[test]
fn samplers_continue_with_the_loader() -> Result<()> {
    for workers in [0, 2] {
        let builder = || DataLoader::builder(Noisy(6)).num_workers(workers);
        interrupted_after_every_batch(&|| {
            let sampler = RandomSampler::with_replacement(6, 7)?.generator(&Generator::new(3));
            builder().sampler(sampler).batch_size(2).build()
        })?;
        interrupted_after_every_batch(&|| {
            let sampler = RandomSampler::new(6)?.num_samples(15)?;
            let sampler = sampler.generator(&Generator::new(3));
            builder().sampler(sampler).batch_size(4).seed(1).build()
        })?;
        interrupted_after_every_batch(&|| {
            let weights = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
            let sampler = WeightedRandomSampler::new(&weights, 5, true)?;
            builder().sampler(sampler).batch_size(2).build()
        })?;
        interrupted_after_every_batch(&|| {
            let sampler = SubsetRandomSampler::new(vec![5, 3, 1]).generator(&Generator::new(2));
            let batches = BatchSampler::new(sampler, 2, false)?;
            builder().batch_sampler(batches).build()
        })?;
    }
    Ok(())
}

#[test]
fn workers_may_differ_where_nothing_is_drawn_in_them() -> Result<()> {
    let build = |workers: usize| {
        let builder = DataLoader::builder(numbers(10)?)
            .batch_size(3)
            .shuffle(true);
        builder.seed(6).num_workers(workers).build()
    };
    let first = build(3)?;
    let mut batches = first.iter();
    batches.next().transpose()?;
    let state = first.state_dict();
    let left: Result<Vec<Vec<i64>>> = batches.map(|b| b?.to_vec()).collect();
    let (left, next) = (left?, epoch(&first)?);
    for workers in [0, 1, 2] {
        let loader = build(workers)?;
        loader.load_state_dict(&state)?;
        assert_eq!(loader.iter().size_hint(), (0, Some(3)));
        loader.load_state_dict(&state)?;
        assert_eq!(epoch(&loader)?, left);
        assert_eq!(epoch(&loader)?, next);
        // A state that is saved after loading is the loaded one.
        loader.load_state_dict(&state)?;
        let mut batches = loader.iter();
        batches.next().transpose()?;
        let later = loader.state_dict();
        assert_eq!((later.epoch(), later.batch()), (0, 2));
        let again = build(1)?;
        again.load_state_dict(&later)?;
        assert_eq!(epoch(&again)?, left[1..]);
    }
    Ok(())
}

#[test]
fn streams_continue_too() -> Result<()> {
    for workers in [0, 1, 2] {
        let build = || -> Result<StreamLoader<Tensor>> {
            let loader = DataLoader::stream(Count(Some(11))).batch_size(2).seed(1);
            loader.num_workers(workers).build()
        };
        let all = |loader: &StreamLoader<Tensor>| -> Result<Vec<Vec<i64>>> {
            loader.iter().map(|b| b?.to_vec()).collect()
        };
        let whole = all(&build()?)?;
        for received in 0..=whole.len() {
            let loader = build()?;
            let mut batches = loader.iter();
            for _ in 0..received {
                batches.next().transpose()?;
            }
            let continued = build()?;
            continued.load_state_dict(&through_json(&loader.state_dict()))?;
            assert_eq!(all(&continued)?, whole[received..]);
            assert_eq!(all(&continued)?, whole);
            assert_eq!(continued.state_dict().epoch(), 2);
        }
    }
    Ok(())
}

#[test]
fn states_of_other_loaders_are_refused() -> Result<()> {
    let build =
        |n: i64| numbers(n).map(|data| DataLoader::builder(data).batch_size(3).shuffle(true));
    let refused = |loader: DataLoader<Tensor>, state: &DataLoaderState, text: &str| {
        let e = loader.load_state_dict(state).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::State, "{e}");
        assert!(e.message().starts_with(text), "{e}");
    };
    let loader = build(10)?.seed(1).build()?;
    loader.iter().next().transpose()?;
    let state = loader.state_dict();
    refused(
        build(20)?.seed(1).build()?,
        &state,
        "DataLoader.load_state_dict: the state is of a loader with 4 batches in an epoch, this one has 7",
    );
    refused(
        build(10)?.build()?,
        &state,
        "DataLoader.load_state_dict: the state holds 1 generators of the loader's own, this one has 0",
    );
    let altered = |from: &str, to: &str| -> DataLoaderState {
        let json = serde_json::to_string(&state).unwrap();
        assert!(json.contains(from), "{from}");
        serde_json::from_str(&json.replacen(from, to, 1)).unwrap()
    };
    refused(
        build(10)?.seed(1).build()?,
        &altered("\"batches\":1", "\"batches\":5"),
        "DataLoader.load_state_dict: 5 batches were received of an epoch of 4",
    );
    refused(
        build(10)?.seed(1).build()?,
        &altered("\"generators\":[[", "\"generators\":[[1,"),
        "DataLoader.load_state_dict: generator state: 5057 bytes",
    );
    Ok(())
}

/// A stream that shuffles with the default generator when it is opened.
struct Shuffled(usize);

impl IterableDataset for Shuffled {
    type Sample = i64;

    fn iter(&self) -> Result<Samples<'_, i64>> {
        let order: Vec<i64> = Tensor::randperm(self.0, ())?.to_vec()?;
        Ok(Box::new(order.into_iter().map(Ok)))
    }
}

#[test]
fn a_stream_that_shuffles_continues_in_the_same_order() -> Result<()> {
    Generator::new(5).scope(|| {
        let build = || -> Result<StreamLoader<Tensor>> {
            DataLoader::stream(Shuffled(9)).batch_size(2).build()
        };
        let loader = build()?;
        let mut whole: Vec<Vec<i64>> = Vec::new();
        let mut states = Vec::new();
        for batch in loader.iter() {
            whole.push(batch?.to_vec()?);
            states.push(loader.state_dict());
        }
        for (received, state) in states.iter().enumerate() {
            let continued = build()?;
            continued.load_state_dict(&through_json(state))?;
            let left: Result<Vec<Vec<i64>>> = continued.iter().map(|b| b?.to_vec()).collect();
            assert_eq!(left?, whole[received + 1..]);
        }
        Ok(())
    })
}
