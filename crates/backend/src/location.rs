//! The source location of the user's call, for operations that may fail after the call has returned.
//!
//! A GPU finds faults later, when other code is running. So the location of a call that can fail in this way is recorded here, and the backend
//! stores it with the launch. It is not an argument of [`crate::Backend`]'s methods, because only few operations need it, and because no
//! backend needs it for an error that it returns at once.

use std::cell::Cell;
use std::panic::Location;

thread_local! {
    static LOCATION: Cell<Option<&'static Location<'static>>> = const { Cell::new(None) };
}

/// Records `location` as the location of the next operation of this thread.
#[inline]
pub fn note_location(location: &'static Location<'static>) {
    LOCATION.set(Some(location));
}

/// The location recorded last on this thread.
pub fn noted_location() -> Option<&'static Location<'static>> {
    LOCATION.get()
}
