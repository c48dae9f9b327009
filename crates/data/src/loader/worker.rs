//! The worker threads of a loader: their identity, their task queues, and how they stop.

use super::local::AnyBatch;
use rushlight_tensor::random::{Generator, default_generator};
use rushlight_tensor::{Error, Result};
use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// The identity of a worker thread of a loader. PyTorch: the result of `torch.utils.data.get_worker_info`.
///
/// ```
/// use rushlight::data::{DataLoader, ListDataset, WorkerInfo};
/// let loader = DataLoader::builder(ListDataset(vec![1i64, 2, 3]))
///     .num_workers(2)
///     .worker_init(|info: &WorkerInfo| {
///         assert!(info.id < info.num_workers);
///         Ok(())
///     })
///     .build()?;
/// assert!(loader.iter().all(|batch| batch.is_ok()));
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkerInfo {
    /// The index of the worker, from 0.
    pub id: usize,
    /// The number of workers of the loader.
    pub num_workers: usize,
    /// The seed of the default generator of the worker: the base seed of the pass plus `id`, as in PyTorch.
    pub seed: u64,
}

thread_local! {
    static INFO: Cell<Option<WorkerInfo>> = const { Cell::new(None) };
}

/// The worker whose thread calls this function; `None` on other threads. PyTorch: `torch.utils.data.get_worker_info`.
///
/// See [`IterableDataset`](crate::IterableDataset) for its use.
pub fn worker_info() -> Option<WorkerInfo> {
    INFO.get()
}

type Init = Arc<dyn Fn(&WorkerInfo) -> Result<()> + Send + Sync>;

/// The options of a loader that concern its workers.
#[derive(Clone)]
pub(super) struct Workers {
    pub count: usize,
    /// The number of batches that each worker prepares ahead.
    pub prefetch: usize,
    pub timeout: Option<Duration>,
    pub init: Option<Init>,
    pub pin_memory: bool,
}

/// The largest number of workers that is accepted.
pub(super) const MAX_WORKERS: usize = 1 << 12;

/// The largest number of batches that one worker prepares ahead.
const MAX_AHEAD: usize = 1 << 16;

impl Workers {
    /// The number of batches that each worker prepares before they are requested.
    pub fn ahead(&self) -> usize {
        self.prefetch.min(MAX_AHEAD)
    }
}

/// The answer of a worker to a task.
pub(super) struct Answer {
    /// The batch, or `None` if there are no more batches.
    pub batch: Option<Result<AnyBatch>>,
    /// The generator of the worker after the batch.
    pub generator: Generator,
}

/// The worker threads of one pass. Each worker has its own queue of tasks `T` and its own queue of answers, so that answers need no sorting.
pub(super) struct WorkerPool<T> {
    workers: Vec<Worker<T>>,
    stop: Arc<AtomicBool>,
    timeout: Option<Duration>,
    /// Whether a worker exceeded the timeout; its thread is then not joined.
    stuck: bool,
}

struct Worker<T> {
    tasks: Sender<T>,
    answers: Receiver<Answer>,
    thread: JoinHandle<()>,
}

impl<T: Send + 'static> WorkerPool<T> {
    /// Starts the threads; each runs `work` on its tasks until it is stopped. A worker that has an entry in `generators` continues from
    /// that state after its initialization.
    pub fn start(
        workers: &Workers,
        base_seed: u64,
        generators: &[Option<Generator>],
        work: impl Fn(&mut WorkerHandle<T>) + Send + Sync + 'static,
    ) -> Result<WorkerPool<T>> {
        let work = Arc::new(work);
        let mut pool = WorkerPool {
            workers: Vec::with_capacity(workers.count),
            stop: Arc::default(),
            timeout: workers.timeout,
            stuck: false,
        };
        for id in 0..workers.count {
            let info = WorkerInfo {
                id,
                num_workers: workers.count,
                seed: base_seed.wrapping_add(id as u64),
            };
            let (tasks, inbox) = channel();
            let (outbox, answers) = channel();
            let mut worker = WorkerHandle {
                id,
                inbox,
                outbox,
                stop: pool.stop.clone(),
            };
            let (work, init) = (work.clone(), workers.init.clone());
            let continued = generators.get(id).cloned().flatten();
            let thread = std::thread::Builder::new()
                .name(format!("rushlight-data-{id}"))
                .spawn(move || {
                    INFO.set(Some(info));
                    let generator = Generator::new(info.seed);
                    generator.scope(|| {
                        let begun = worker.guard(|| {
                            init.map_or(Ok(()), |init| init(&info))?;
                            match &continued {
                                Some(state) => generator.set_state(&state.state()),
                                None => Ok(()),
                            }
                        });
                        match begun {
                            Ok(()) => work(&mut worker),
                            Err(e) => worker.fail(e.context("worker_init")),
                        }
                    });
                })?;
            pool.workers.push(Worker {
                tasks,
                answers,
                thread,
            });
        }
        Ok(pool)
    }

    pub fn len(&self) -> usize {
        self.workers.len()
    }

    /// Sends worker `id` a task. If the worker has stopped, [`WorkerPool::receive`] reports it.
    pub fn send(&self, id: usize, task: T) {
        let _ = self.workers[id].tasks.send(task);
    }

    /// Waits for the next answer of worker `id`. An error ends the pass.
    pub fn receive(&mut self, id: usize) -> Result<Answer> {
        let answers = &self.workers[id].answers;
        let received = match self.timeout {
            None => answers.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(timeout) => answers.recv_timeout(timeout),
        };
        match received {
            Ok(answer) => Ok(answer),
            Err(RecvTimeoutError::Disconnected) => Err(Error::value(format!(
                "DataLoader: worker {id} has stopped after an error"
            ))),
            Err(RecvTimeoutError::Timeout) => {
                self.stuck = true;
                Err(Error::value(format!(
                    "DataLoader: worker {id} gave no batch within {:?}, the loader's timeout",
                    self.timeout.unwrap_or_default()
                )))
            }
        }
    }
}

impl<T> Drop for WorkerPool<T> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for Worker { tasks, thread, .. } in self.workers.drain(..) {
            drop(tasks);
            if !self.stuck {
                // Workers turn panics into errors, so that the result of `join` holds no information.
                let _ = thread.join();
            }
        }
    }
}

/// The handle with which a worker receives tasks and sends answers.
pub(super) struct WorkerHandle<T> {
    id: usize,
    inbox: Receiver<T>,
    outbox: Sender<Answer>,
    stop: Arc<AtomicBool>,
}

impl<T> WorkerHandle<T> {
    /// The next task; `None` once the pool is dropped.
    pub fn next(&mut self) -> Option<T> {
        let task = self.inbox.recv().ok()?;
        (!self.stop.load(Ordering::Relaxed)).then_some(task)
    }

    /// Answers a task.
    pub fn answer(&self, batch: Option<Result<AnyBatch>>) {
        // Sending fails if the pass was dropped; the worker then gets no next task and ends.
        let _ = self.outbox.send(Answer {
            batch,
            generator: default_generator().clone_state(),
        });
    }

    /// Answers the first task with an error, after which the thread ends.
    pub fn fail(&mut self, e: Error) {
        if self.next().is_some() {
            self.answer(Some(Err(e)));
        }
    }

    /// Runs code of the user. Panics become errors, and errors name the worker.
    pub fn guard<R>(&self, f: impl FnOnce() -> Result<R>) -> Result<R> {
        let id = self.id;
        match catch_unwind(AssertUnwindSafe(f)) {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(e)) => Err(e.context(format_args!("DataLoader worker {id}"))),
            Err(panic) => Err(Error::value(format!(
                "DataLoader worker {id} panicked: {}",
                message(&*panic)
            ))),
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text,
        (None, None) => "no message",
    }
}
