//! The identity of the thread that called an operation, and whether that thread has ended.
//!
//! A `ThreadId` cannot tell whether its thread still runs; a weak reference to a thread-local value can.

use std::sync::{Arc, Weak};

thread_local! {
    /// Dropped when the thread ends.
    static ALIVE: Arc<()> = Arc::new(());
}

/// The thread that called an operation.
#[derive(Clone, Debug)]
pub(crate) struct Caller(Weak<()>);

impl Caller {
    /// The current thread.
    pub fn this_thread() -> Caller {
        // A thread whose thread-local values are already dropped counts as ended.
        Caller(ALIVE.try_with(Arc::downgrade).unwrap_or_default())
    }

    pub fn is_this_thread(&self) -> bool {
        let same = |alive: &Arc<()>| std::ptr::eq(self.0.as_ptr(), Arc::as_ptr(alive));
        ALIVE.try_with(same).unwrap_or(false)
    }

    pub fn has_ended(&self) -> bool {
        self.0.strong_count() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::Caller;

    #[test]
    fn a_thread_is_known_from_inside_and_its_end_from_outside() {
        let here = Caller::this_thread();
        assert!(here.is_this_thread() && !here.has_ended());
        let there = std::thread::spawn(move || {
            assert!(!here.is_this_thread() && !here.has_ended());
            Caller::this_thread()
        });
        let there = there.join().unwrap();
        assert!(!there.is_this_thread() && there.has_ended());
    }
}
