//! Who called the operation that a thread is about to start.
//!
//! A backend that finds out later that an operation failed, as a GPU does, is asked by then for something else, by somebody else. So whoever
//! starts an operation that can fail in this way notes its caller here, and the backend keeps that with the work. It is not an argument of
//! [`crate::Backend`]'s methods because only few operations need it, and no backend needs it for an error that it returns at once.

use std::cell::Cell;
use std::panic::Location;

thread_local! {
    static PLACE: Cell<Option<&'static Location<'static>>> = const { Cell::new(None) };
}

/// Notes `place` as the caller of what this thread starts next.
#[inline]
pub fn note_place(place: &'static Location<'static>) {
    PLACE.set(Some(place));
}

/// The caller noted last on this thread.
pub fn noted_place() -> Option<&'static Location<'static>> {
    PLACE.get()
}
