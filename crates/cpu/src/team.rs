//! The threads of kernels: a fork and join that takes a microsecond or two while kernels follow each other closely.
//!
//! The calling thread computes parts of its job itself, and those of a rayon pool help it. To wake a thread takes longer than many a kernel,
//! so a helper that has finished looks out for the next job for [`PATIENCE`] before it goes back to the pool, which lets it sleep.

use parking_lot::Mutex;
use rayon::ThreadPool;
use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::time::{Duration, Instant};

/// How long a helper without work looks out for a job.
const PATIENCE: Duration = Duration::from_micros(100);
/// The number of looks between two looks at the clock.
const LOOKS: usize = 64;

/// A calling thread and its helpers.
pub(crate) struct Team {
    /// The helpers: one thread fewer than the team has.
    pool: ThreadPool,
    threads: usize,
    patience: Duration,
    /// The job that helpers should take up, and how many there have been.
    job: Mutex<Option<Arc<Job>>>,
    jobs: AtomicUsize,
    /// Helpers that work, look out for a job, or have been asked to.
    awake: AtomicUsize,
}

thread_local! {
    /// Whether this thread computes a part of its own job.
    static WORKING: Cell<bool> = const { Cell::new(false) };
}

/// Whether the current thread is part of a job, of a kernel or of a rayon pool, and must not wait for another.
#[inline]
pub(crate) fn is_working() -> bool {
    WORKING.get() || rayon::current_thread_index().is_some()
}

impl Team {
    /// A team of at least two threads, the caller included.
    pub(crate) fn new(threads: usize) -> Result<Arc<Team>, rayon::ThreadPoolBuildError> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads - 1)
            .thread_name(|i| format!("rushlight-{}", i + 1))
            .build()?;
        // The pool may have fewer threads than were asked for: rayon has a limit.
        let threads = pool.current_num_threads() + 1;
        let processors = std::thread::available_parallelism().map_or(1, |n| n.get());
        Ok(Arc::new(Team {
            pool,
            threads,
            // A helper without a processor of its own would take that of a thread with work.
            patience: if threads <= processors {
                PATIENCE
            } else {
                Duration::ZERO
            },
            job: Mutex::new(None),
            jobs: AtomicUsize::new(0),
            awake: AtomicUsize::new(0),
        }))
    }

    /// The number of threads, that of the caller included.
    pub(crate) fn threads(&self) -> usize {
        self.threads
    }

    /// Calls `body` for every part, on all threads, and returns when all calls have. A panic of `body` is passed on.
    pub(crate) fn run(self: &Arc<Team>, parts: usize, body: &(dyn Fn(usize) + Sync)) {
        let job = Arc::new(Job::new(parts, self.threads, body));
        *self.job.lock() = Some(job.clone());
        self.jobs.fetch_add(1, SeqCst);
        // A helper that has left the count without seeing this job looks again afterwards.
        let helpers = parts.min(self.threads) - 1;
        for _ in self.awake.load(SeqCst)..helpers {
            self.awake.fetch_add(1, SeqCst);
            let team = self.clone();
            self.pool.spawn(move || team.help());
        }
        WORKING.set(true);
        job.work(0);
        WORKING.set(false);
        job.wait();
    }

    /// Takes up jobs until none has come for a while.
    fn help(&self) {
        let me = rayon::current_thread_index().map_or(1, |i| i + 1);
        let mut seen = None;
        let mut idle: Option<Instant> = None;
        let mut looks = 0;
        loop {
            let jobs = Some(self.jobs.load(SeqCst));
            if jobs != seen {
                (seen, idle) = (jobs, None);
                let job = self.job.lock().clone();
                if let Some(job) = job {
                    job.work(me);
                }
            }
            std::hint::spin_loop();
            looks += 1;
            if looks % LOOKS != 0 {
                continue;
            }
            if idle.get_or_insert_with(Instant::now).elapsed() < self.patience {
                continue;
            }
            self.awake.fetch_sub(1, SeqCst);
            if Some(self.jobs.load(SeqCst)) == seen {
                return;
            }
            self.awake.fetch_add(1, SeqCst);
        }
    }
}

/// Numbers that different threads write, on cache lines of their own.
#[repr(align(128))]
struct Apart(AtomicUsize);

/// One call of [`Team::run`].
struct Job {
    /// Valid until the last part is finished, after which nobody claims another.
    body: *const (dyn Fn(usize) + Sync),
    parts: usize,
    /// For each thread the next of its share of the parts, so that neighbouring parts are computed by one thread.
    next: Box<[Apart]>,
    finished: Apart,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

// SAFETY: `body` is shared between threads only as a `&(dyn Fn + Sync)`, and only while it is valid.
unsafe impl Send for Job {}
// SAFETY: as above.
unsafe impl Sync for Job {}

impl Job {
    fn new(parts: usize, threads: usize, body: &(dyn Fn(usize) + Sync)) -> Job {
        Job {
            // SAFETY: only forgets the lifetime, which `Team::run` does not outlast: it returns after `parts` calls, and there are no more.
            body: unsafe {
                std::mem::transmute::<&(dyn Fn(usize) + Sync), &'static (dyn Fn(usize) + Sync)>(
                    body,
                )
            },
            parts,
            next: (0..threads)
                .map(|thread| Apart(AtomicUsize::new(parts * thread / threads)))
                .collect(),
            finished: Apart(AtomicUsize::new(0)),
            panic: Mutex::new(None),
        }
    }

    /// Computes parts until none is left: those of the thread's own share first, then those of the others'.
    fn work(&self, thread: usize) {
        let threads = self.next.len();
        for i in 0..threads {
            let share = (thread + i) % threads;
            let end = self.parts * (share + 1) / threads;
            loop {
                let part = self.next[share].0.fetch_add(1, Relaxed);
                if part >= end {
                    break;
                }
                // SAFETY: this part is not finished, so the caller waits in `run`, whose reference `body` is.
                let body = unsafe { &*self.body };
                if let Err(payload) = catch_unwind(AssertUnwindSafe(|| body(part))) {
                    self.panic.lock().get_or_insert(payload);
                }
                self.finished.0.fetch_add(1, Release);
            }
        }
    }

    /// Waits until every part is finished.
    fn wait(&self) {
        let mut looks = 0usize;
        while self.finished.0.load(Acquire) < self.parts {
            looks += 1;
            match looks % LOOKS {
                0 => std::thread::yield_now(),
                _ => std::hint::spin_loop(),
            }
        }
        let payload = self.panic.lock().take();
        if let Some(payload) = payload {
            resume_unwind(payload);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    fn team() -> Arc<Team> {
        Team::new(3).unwrap()
    }

    #[test]
    fn every_part_is_computed_once_also_for_several_callers() {
        let team = team();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for parts in (2..200).chain([7; 500]) {
                        let counts: Vec<AtomicU32> = (0..parts).map(|_| 0.into()).collect();
                        team.run(parts, &|i| {
                            counts[i].fetch_add(1, Relaxed);
                        });
                        assert!(counts.iter().all(|c| c.load(Relaxed) == 1), "{parts} parts");
                    }
                });
            }
        });
    }

    #[test]
    fn helpers_take_part_after_they_have_slept() {
        let team = team();
        for _ in 0..3 {
            let threads = Mutex::new(std::collections::HashSet::new());
            // Nobody can finish a second part before all three are taken up.
            let barrier = std::sync::Barrier::new(3);
            team.run(3, &|_| {
                threads.lock().insert(std::thread::current().id());
                barrier.wait();
            });
            assert_eq!(threads.lock().len(), 3);
            std::thread::sleep(3 * PATIENCE);
        }
    }

    #[test]
    fn a_panic_reaches_the_caller_after_all_parts() {
        let team = team();
        let finished = AtomicU32::new(0);
        let panic = catch_unwind(AssertUnwindSafe(|| {
            team.run(50, &|i| {
                finished.fetch_add(1, Relaxed);
                assert_ne!(i, 17, "the seventeenth");
            });
        }));
        let text = panic.unwrap_err().downcast::<String>().unwrap();
        assert!(text.contains("the seventeenth"), "{text}");
        assert_eq!(finished.load(Relaxed), 50);
        assert!(!is_working());
        team.run(2, &|_| assert!(is_working()));
    }
}
