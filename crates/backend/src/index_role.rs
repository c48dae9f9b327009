//! What an index is to whoever called: messages about one that is out of range name that, and not the operation underneath.
//!
//! A function made of operations on indices notes here how it is called, and what the indices are in it: `nll_loss` reads by `gather`, but its
//! user gave targets for classes. A backend asks when it finds an index out of range, and a GPU keeps it with the work, as it keeps
//! the caller's place. An argument of every such operation was the alternative, which the operations have no use for.

use crate::Error;
use std::cell::Cell;
use std::fmt::Display;

thread_local! {
    static ROLE: Cell<Option<IndexRole>> = const { Cell::new(None) };
}

/// The function that was called, and what its indices are and count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IndexRole {
    function: &'static str,
    index: &'static str,
    /// What is counted; a dimension if not given.
    counted: Option<&'static str>,
    /// Which dimension, if it is not the operation's.
    dim: Option<usize>,
}

impl IndexRole {
    /// Indices along a dimension, as `function` takes them.
    pub const fn of(function: &'static str) -> IndexRole {
        IndexRole {
            function,
            index: "index",
            counted: None,
            dim: None,
        }
    }

    /// Indices that count something: `rows`, `elements`.
    #[must_use]
    pub const fn counting(mut self, counted: &'static str) -> IndexRole {
        self.counted = Some(counted);
        self
    }

    /// Indices along a dimension of the tensor that was given, which may be another one for the operation.
    #[must_use]
    pub const fn along(mut self, dim: usize) -> IndexRole {
        self.dim = Some(dim);
        self
    }

    /// Targets among classes.
    pub const fn targets(function: &'static str) -> IndexRole {
        IndexRole {
            function,
            index: "target",
            counted: Some("classes"),
            dim: None,
        }
    }

    /// From now on this thread's operations are part of the function, until the guard is dropped. A function that was called by another one
    /// leaves that one's role.
    #[must_use = "the role is in force as long as the guard lives"]
    pub fn enter(self) -> InRole {
        let before = ROLE.get();
        ROLE.set(Some(before.unwrap_or(self)));
        InRole { before }
    }

    /// The role that this thread's operations have.
    pub fn current() -> Option<IndexRole> {
        ROLE.get()
    }

    /// The error for an index, in words or digits, out of range for dimension `dim` of size `size`, found by `operation`.
    #[cold]
    #[track_caller]
    pub fn out_of_range(
        role: Option<IndexRole>,
        operation: &str,
        index: &dyn Display,
        dim: usize,
        size: usize,
    ) -> Error {
        let role = role.as_ref();
        let function = role.map_or(operation, |r| r.function);
        let what = role.map_or("index", |r| r.index);
        Error::index(match role.and_then(|r| r.counted) {
            Some(counted) => {
                format!("{function}: {what} {index} is out of range for {size} {counted}")
            }
            None => {
                let dim = role.and_then(|r| r.dim).unwrap_or(dim);
                format!(
                    "{function}: {what} {index} is out of range for dimension {dim} of size {size}"
                )
            }
        })
    }
}

/// Ends the role that was entered when it is dropped.
#[derive(Debug)]
pub struct InRole {
    before: Option<IndexRole>,
}

impl Drop for InRole {
    fn drop(&mut self) {
        ROLE.set(self.before);
    }
}
