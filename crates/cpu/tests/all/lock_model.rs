//! The locks of an operation under a model checker, which runs a few threads through every way in which they can interleave: memory that
//! two threads reach at a time is a failure, and so are threads that wait for each other.
//!
//! The order of the locks is the crate's own file; its locks and the memory behind them are loom's.

#[path = "../../src/lock/order.rs"]
mod order;

use loom::cell::UnsafeCell;
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;
use order::{Lock, Order};

/// A storage: its lock as the number of readers, -1 while one writes, and its memory.
struct Storage {
    holders: Mutex<i32>,
    released: Condvar,
    memory: UnsafeCell<u32>,
}

impl Storage {
    fn new() -> Storage {
        Storage {
            holders: Mutex::new(0),
            released: Condvar::new(),
            memory: UnsafeCell::new(0),
        }
    }
}

impl Lock for Storage {
    fn lock(&self, write: bool) {
        let mut holders = self.holders.lock().unwrap();
        while *holders < 0 || write && *holders > 0 {
            holders = self.released.wait(holders).unwrap();
        }
        *holders += if write { -1 } else { 1 };
    }

    unsafe fn unlock(&self, write: bool) {
        *self.holders.lock().unwrap() += if write { 1 } else { -1 };
        self.released.notify_all();
    }
}

/// `out = x + 1`, as an operation does it: `locked` says whether the output takes its lock.
fn operation(x: &Storage, out: &Storage, locked: bool) {
    let mut order = Order::default();
    order.add(x, false);
    if locked {
        order.add(out, true);
    }
    let _held = order.acquire();
    // SAFETY: what loom is here to find out.
    let value = x.memory.with(|x| unsafe { *x });
    // SAFETY: whether the lock suffices is what loom is here to find out.
    out.memory.with_mut(|out| unsafe { *out = value + 1 });
}

/// Reads as `to_vec` does.
fn read(x: &Storage) -> u32 {
    let mut order = Order::default();
    order.add(x, false);
    let _held = order.acquire();
    // SAFETY: whether the lock suffices is what loom is here to find out.
    x.memory.with(|x| unsafe { *x })
}

#[test]
fn operations_in_opposite_directions_end_and_exclude_each_other() {
    loom::model(|| {
        let (a, b) = (Arc::new(Storage::new()), Arc::new(Storage::new()));
        let other = thread::spawn({
            let (a, b) = (a.clone(), b.clone());
            move || operation(&b, &a, true)
        });
        operation(&a, &b, true);
        other.join().unwrap();
        assert!(matches!((read(&a), read(&b)), (2, 1) | (1, 2)));
    });
}

#[test]
fn an_operation_in_place_loses_no_update() {
    loom::model(|| {
        let x = Arc::new(Storage::new());
        let other = thread::spawn({
            let x = x.clone();
            move || operation(&x, &x, true)
        });
        operation(&x, &x, true);
        other.join().unwrap();
        assert_eq!(read(&x), 2);
    });
}

/// A result that no other thread can reach yet needs no lock; once it is handed out it is read under its own.
#[test]
fn a_fresh_output_needs_no_lock() {
    loom::model(|| {
        let x = Arc::new(Storage::new());
        let published = Arc::new(Mutex::new(None::<Arc<Storage>>));
        let other = thread::spawn({
            let published = published.clone();
            move || {
                let seen = published.lock().unwrap().clone();
                if let Some(seen) = seen {
                    assert_eq!(read(&seen), 1);
                }
            }
        });
        let fresh = Storage::new();
        operation(&x, &fresh, false);
        *published.lock().unwrap() = Some(Arc::new(fresh));
        other.join().unwrap();
    });
}

/// The rule of old: no lock for a storage with one owner. Two threads that share the owner meet in its memory, and the checker says so.
#[test]
#[should_panic(expected = "Causality violation")]
fn one_owner_is_not_enough() {
    struct Tensor(Storage);
    loom::model(|| {
        let tensor = Arc::new(Tensor(Storage::new()));
        let other = thread::spawn({
            let tensor = tensor.clone();
            move || read(&tensor.0)
        });
        let x = Storage::new();
        operation(&x, &tensor.0, false);
        other.join().unwrap();
    });
}
