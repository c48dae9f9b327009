//! Functions of one, two and three elements.

use super::{Row, rows};
use crate::conformance::args::{NAMED, unsupported};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "abs" = "Tensor::abs": |a| a.x()?.abs();
    "acos" = "Tensor::acos": |a| a.x()?.acos();
    "add" = "Tensor::add": |a| {
        let (x, y) = (a.x()?, a.operand(1, "other")?);
        match a.maybe_scalar(NAMED, "alpha")? {
            None => x.add(y),
            Some(_) => return unsupported("alpha"),
        }
    };
};
