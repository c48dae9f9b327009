//! Loading with worker threads. Batches are assigned to the workers and collected round-robin, so that they have the same order as with one
//! thread.

use super::local::{AnyBatch, Fetch, Stream};
use super::state::{Continued, CurrentPass};
use super::worker::{WorkerHandle, WorkerPool, Workers};
use crate::sampler::Indices;
use rushlight_tensor::Result;
use std::sync::Arc;

/// One pass over an indexed data set: batch `k` is prepared by worker `k % n`.
pub(super) struct Indexed<'a> {
    pool: WorkerPool<Vec<usize>>,
    order: Indices<'a, Vec<usize>>,
    handed_out: usize,
    collected: usize,
    ahead: usize,
    over: bool,
    current: CurrentPass<'a>,
}

impl<'a> Indexed<'a> {
    pub fn start(
        fetch: &Arc<dyn Fetch>,
        order: Indices<'a, Vec<usize>>,
        workers: &Workers,
        current: CurrentPass<'a>,
        continued: &Continued,
    ) -> Result<Indexed<'a>> {
        let fetch = fetch.clone();
        let work = move |worker: &mut WorkerHandle<Vec<usize>>| {
            while let Some(indices) = worker.next() {
                let batch = worker.guard(|| fetch.fetch(&indices));
                worker.answer(Some(batch));
            }
        };
        let mut pass = Indexed {
            pool: WorkerPool::start(workers, continued.base_seed, &continued.workers, work)?,
            order,
            handed_out: continued.batches,
            collected: continued.batches,
            ahead: workers.count * workers.ahead(),
            over: false,
            current,
        };
        pass.hand_out();
        Ok(pass)
    }

    fn hand_out(&mut self) {
        while self.handed_out - self.collected < self.ahead {
            let Some(indices) = self.order.next() else {
                return;
            };
            self.pool.send(self.handed_out % self.pool.len(), indices);
            self.handed_out += 1;
        }
    }
}

impl Iterator for Indexed<'_> {
    type Item = Result<AnyBatch>;

    fn next(&mut self) -> Option<Result<AnyBatch>> {
        if self.over || self.collected == self.handed_out {
            return None;
        }
        let worker = self.collected % self.pool.len();
        let answer = self.pool.receive(worker);
        self.collected += 1;
        match answer {
            Ok(answer) => {
                self.current.worker(worker, answer.generator);
                self.hand_out();
                answer.batch
            }
            Err(e) => {
                self.over = true;
                Some(Err(e))
            }
        }
    }
}

/// One pass over a stream: each worker iterates it by itself, and their batches alternate.
pub(super) struct Streamed {
    pool: WorkerPool<()>,
    /// The workers whose iterators have not ended.
    open: Vec<usize>,
    turn: usize,
}

impl Streamed {
    pub fn start(stream: &Arc<dyn Stream>, workers: &Workers, base_seed: u64) -> Result<Streamed> {
        let stream = stream.clone();
        let work = move |worker: &mut WorkerHandle<()>| {
            let mut batches = match worker.guard(|| stream.open()) {
                Ok(batches) => batches,
                Err(e) => return worker.fail(e),
            };
            while worker.next().is_some() {
                let batch = worker.guard(|| batches.next().transpose());
                worker.answer(batch.transpose());
            }
        };
        let pool = WorkerPool::start(workers, base_seed, &[], work)?;
        for id in 0..workers.count {
            for _ in 0..workers.ahead() {
                pool.send(id, ());
            }
        }
        Ok(Streamed {
            pool,
            open: (0..workers.count).collect(),
            turn: 0,
        })
    }
}

impl Iterator for Streamed {
    type Item = Result<AnyBatch>;

    fn next(&mut self) -> Option<Result<AnyBatch>> {
        while !self.open.is_empty() {
            self.turn %= self.open.len();
            let id = self.open[self.turn];
            match self.pool.receive(id).map(|answer| answer.batch) {
                Ok(Some(batch)) => {
                    self.pool.send(id, ());
                    self.turn += 1;
                    return Some(batch);
                }
                Ok(None) => {
                    self.open.remove(self.turn);
                }
                Err(e) => {
                    self.open.clear();
                    return Some(Err(e));
                }
            }
        }
        None
    }
}
