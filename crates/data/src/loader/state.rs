//! The position of a loader inside an epoch, and its state as a value that can be saved.
//!
//! A state does not hold the order of the samples, but the states of the generators just before the order was drawn. A loader that continues
//! draws the same order again and skips the batches that were received. Lazily drawn and infinite orders therefore need no special treatment,
//! and the generators have the same states afterwards.

use rushlight_tensor::random::{Generator, default_generator};
use rushlight_tensor::{Error, Result};
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A generator's state in PyTorch's layout, [`Generator::state`].
type GeneratorState = Vec<u8>;

/// The state of a [`DataLoader`](crate::DataLoader) or [`StreamLoader`](crate::StreamLoader) between two batches, to be saved with serde.
/// torchdata: `StatefulDataLoader.state_dict`.
///
/// See [`DataLoader::state_dict`](crate::DataLoader::state_dict).
///
/// ```
/// use rushlight::data::{DataLoader, ListDataset};
/// let loader = DataLoader::builder(ListDataset(vec![1i64, 2, 3])).build()?;
/// let mut batches = loader.iter();
/// batches.next().transpose()?;
/// let state = loader.state_dict();
/// assert_eq!((state.epoch(), state.batch()), (0, 1));
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataLoaderState {
    epoch: usize,
    /// Batches in an epoch, if that is known.
    len: Option<usize>,
    /// The generators of the loader and its sampler when the order was drawn, or their current states if no order was drawn.
    generators: Vec<GeneratorState>,
    pass: Option<PassState>,
}

impl DataLoaderState {
    /// The index of the epoch, from 0: the current one or, between two epochs, the next one.
    pub fn epoch(&self) -> usize {
        self.epoch
    }

    /// The number of batches of the current epoch that were received; 0 between two epochs.
    pub fn batch(&self) -> usize {
        self.pass.as_ref().map_or(0, |pass| pass.batches)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PassState {
    base_seed: u64,
    batches: usize,
    /// The default generator when the order was drawn; `None` if no order has been drawn yet.
    default_generator: Option<GeneratorState>,
    /// Each worker's generator after its last received batch.
    workers: Vec<Option<GeneratorState>>,
}

/// Copies of the generators just before an order was drawn. Nothing draws from them.
#[derive(Clone)]
struct Before {
    default: Generator,
    own: Vec<Generator>,
}

/// The progress of a pass, from which another pass can continue.
#[derive(Clone)]
pub(super) struct Continued {
    pub base_seed: u64,
    /// Batches that were received.
    pub batches: usize,
    order: Option<Before>,
    /// Each worker's generator after its last received batch.
    pub workers: Vec<Option<Generator>>,
}

/// The progress of the latest pass of a loader.
#[derive(Default)]
pub(super) struct Progress(Mutex<Position>);

#[derive(Default)]
struct Position {
    /// Epochs that were begun.
    begun: usize,
    pass: Option<Continued>,
    /// Whether `pass` was loaded, so that the next epoch continues it.
    loaded: bool,
    /// The number of the latest pass. Older passes that are still iterated do not change the position.
    number: u64,
}

/// The generators of a loader, without duplicates.
pub(super) fn distinct(generators: impl IntoIterator<Item = Generator>) -> Vec<Generator> {
    let mut distinct: Vec<Generator> = Vec::new();
    for generator in generators {
        if !distinct.iter().any(|other| other.same(&generator)) {
            distinct.push(generator);
        }
    }
    distinct
}

impl Progress {
    fn lock(&self) -> MutexGuard<'_, Position> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a pass with `workers` workers: the one that was loaded, or a new one with the base seed that `seed` draws.
    pub fn begin(
        &self,
        workers: usize,
        seed: impl FnOnce() -> u64,
    ) -> (CurrentPass<'_>, Continued) {
        let mut position = self.lock();
        let mut pass = match position.pass.take() {
            Some(pass) if position.loaded => pass,
            _ => Continued {
                base_seed: seed(),
                batches: 0,
                order: None,
                workers: Vec::new(),
            },
        };
        // The generators of another number of workers have drawn other numbers.
        if pass.workers.len() != workers {
            pass.workers = vec![None; workers];
        }
        position.loaded = false;
        position.begun = position.begun.saturating_add(1);
        position.number += 1;
        position.pass = Some(pass.clone());
        let current = CurrentPass {
            progress: self,
            number: position.number,
        };
        (current, pass)
    }

    /// The state of a loader with these generators and an epoch of `len` batches.
    pub fn state(&self, len: Option<usize>, generators: &[Generator]) -> DataLoaderState {
        let position = self.lock();
        let states = |all: &[Generator]| all.iter().map(Generator::state).collect();
        let order = position.pass.as_ref().and_then(|pass| pass.order.as_ref());
        DataLoaderState {
            epoch: match position.pass {
                Some(_) if !position.loaded => position.begun.saturating_sub(1),
                _ => position.begun,
            },
            len,
            generators: states(order.map_or(generators, |before| &before.own)),
            pass: position.pass.as_ref().map(|pass| PassState {
                base_seed: pass.base_seed,
                batches: pass.batches,
                default_generator: order.map(|before| before.default.state()),
                workers: (pass.workers.iter())
                    .map(|worker| worker.as_ref().map(Generator::state))
                    .collect(),
            }),
        }
    }

    /// Loads a state into a loader with these generators and an epoch of `len` batches.
    #[track_caller]
    pub fn load(
        &self,
        state: &DataLoaderState,
        len: Option<usize>,
        generators: &[Generator],
    ) -> Result<()> {
        let batches =
            |len: Option<usize>| len.map_or("an unknown number of".to_owned(), |n| n.to_string());
        if state.len != len {
            return Err(refused(format!(
                "the state is of a loader with {} batches in an epoch, this one has {}",
                batches(state.len),
                batches(len)
            )));
        }
        if state.generators.len() != generators.len() {
            return Err(refused(format!(
                "the state holds {} generators of the loader's own, this one has {}; \
                 build both with a seed or generator, or neither",
                state.generators.len(),
                generators.len()
            )));
        }
        if state.batch() > len.unwrap_or(usize::MAX) {
            return Err(refused(format!(
                "{} batches were received of an epoch of {}",
                state.batch(),
                batches(len)
            )));
        }
        let mut own = Vec::with_capacity(generators.len());
        for bytes in &state.generators {
            own.push(generator(bytes)?);
        }
        let pass = match &state.pass {
            Some(pass) => Some(continued(pass, &own)?),
            None => None,
        };
        for (generator, state) in generators.iter().zip(&own) {
            generator.set_state(&state.state())?;
        }
        let mut position = self.lock();
        position.begun = state.epoch;
        position.loaded = pass.is_some();
        position.pass = pass;
        position.number += 1;
        Ok(())
    }
}

#[track_caller]
fn continued(pass: &PassState, own: &[Generator]) -> Result<Continued> {
    let mut workers = Vec::with_capacity(pass.workers.len());
    for worker in &pass.workers {
        workers.push(match worker {
            Some(bytes) => Some(generator(bytes)?),
            None => None,
        });
    }
    let order = match &pass.default_generator {
        Some(bytes) => Some(Before {
            default: generator(bytes)?,
            own: own.to_vec(),
        }),
        None => None,
    };
    Ok(Continued {
        base_seed: pass.base_seed,
        batches: pass.batches,
        order,
        workers,
    })
}

#[track_caller]
fn generator(state: &[u8]) -> Result<Generator> {
    let generator = Generator::new(0);
    match generator.set_state(state) {
        Ok(()) => Ok(generator),
        Err(e) => Err(e.context("DataLoader.load_state_dict")),
    }
}

/// The handle with which a pass reports its progress.
#[derive(Clone, Copy)]
pub(super) struct CurrentPass<'a> {
    progress: &'a Progress,
    number: u64,
}

impl CurrentPass<'_> {
    fn update(&self, change: impl FnOnce(&mut Option<Continued>)) {
        let mut position = self.progress.lock();
        if position.number == self.number {
            change(&mut position.pass);
        }
    }

    /// Draws an order with `draw`: the same order again if the pass continues one whose order had been drawn, otherwise a new one.
    pub fn draw<R>(
        &self,
        continued: &Continued,
        generators: &[Generator],
        draw: impl FnOnce() -> Result<R>,
    ) -> Result<R> {
        if let Some(before) = &continued.order {
            for (generator, state) in generators.iter().zip(&before.own) {
                generator.set_state(&state.state())?;
            }
            return before.default.clone_state().scope(draw);
        }
        let before = Before {
            default: default_generator().clone_state(),
            own: generators.iter().map(Generator::clone_state).collect(),
        };
        self.update(|pass| {
            if let Some(pass) = pass {
                pass.order = Some(before);
            }
        });
        draw()
    }

    /// Records that a batch was received.
    pub fn received(&self) {
        self.update(|pass| {
            if let Some(pass) = pass {
                pass.batches += 1;
            }
        });
    }

    /// Records the generator of worker `id` after the batch that is received next.
    pub fn worker(&self, id: usize, generator: Generator) {
        self.update(|pass| {
            if let Some(pass) = pass {
                pass.workers[id] = Some(generator);
            }
        });
    }

    /// Records that there are no more batches.
    pub fn over(&self) {
        self.update(|pass| *pass = None);
    }
}

#[cold]
#[track_caller]
fn refused(what: String) -> Error {
    Error::state(format!("DataLoader.load_state_dict: {what}"))
}
