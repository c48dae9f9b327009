//! The role of indices in the function that the user called, so that messages about an index out of range name that function and not the
//! operation below it.
//!
//! A function composed of index operations records its name here, and the role of its indices: `nll_loss` reads by `gather`, but its user
//! passed target classes. A backend looks up the role when it finds an index out of range, and a GPU stores it with the launch, next to the
//! caller's location. The alternative was an argument of every index operation, which the operations themselves do not need.

use crate::Error;
use std::cell::Cell;
use std::fmt::Display;

thread_local! {
    static ROLE: Cell<Option<IndexRole>> = const { Cell::new(None) };
}

/// The function that was called, and the role of its indices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IndexRole {
    function: &'static str,
    index: &'static str,
    /// What the indices count; `None` for positions along a dimension.
    counted: Option<&'static str>,
    /// The dimension, if it differs from the operation's.
    dim: Option<usize>,
}

impl IndexRole {
    /// Indices along a dimension, which `function` takes.
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

    /// Indices along a dimension of the user's tensor, which may have another number in the operation.
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

    /// Makes this the role of the thread's operations until the guard is dropped. A function called inside another one keeps the outer role.
    #[must_use = "the role is in force as long as the guard lives"]
    pub fn enter(self) -> InRole {
        let before = ROLE.get();
        ROLE.set(Some(before.unwrap_or(self)));
        InRole { before }
    }

    /// The current role of this thread's operations.
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

/// Ends the role when dropped.
#[derive(Debug)]
pub struct InRole {
    before: Option<IndexRole>,
}

impl Drop for InRole {
    fn drop(&mut self) {
        ROLE.set(self.before);
    }
}
