//! The textbook's formula for one element of a result, in `f64`.

use super::host;
use rushlight::prelude::*;
use rushlight::{Error, Result};

/// Steps of all elements that are compared together: about a second.
const BUDGET: usize = 1 << 27;

/// A formula for element `i` of a flattened result.
pub struct Reference {
    len: usize,
    cost: usize,
    tolerance: f64,
    at: Box<dyn Fn(usize) -> f64>,
}

impl Reference {
    /// For `len` elements, each of which takes about `cost` steps. A result may differ by 1e-4, or by 1e-4 of numbers above 1: sums of a
    /// thousand `f32` do so by a tenth of it.
    pub fn new(len: usize, cost: usize, at: impl Fn(usize) -> f64 + 'static) -> Reference {
        Reference {
            len,
            cost,
            tolerance: 1e-4,
            at: Box::new(at),
        }
    }

    /// For a result that was computed otherwise, for example in a loop over all of it.
    pub fn values(values: Vec<f64>) -> Reference {
        Reference::new(values.len(), 1, move |i| values[i])
    }

    /// With another tolerance.
    pub fn within(self, tolerance: f64) -> Reference {
        Reference { tolerance, ..self }
    }

    /// Compares the elements of a tensor: all of them, or so many as the budget allows, evenly spread and in every column.
    ///
    /// # Errors
    /// If one differs, with its position; `what` names the tensor.
    pub fn agrees(&self, what: &str, got: &Tensor) -> Result<()> {
        let got = host(got)?;
        if got.len() != self.len {
            return Err(Error::value(format!(
                "the {what} has {} elements instead of {}",
                got.len(),
                self.len
            )));
        }
        // An odd step visits all residues of the powers of two that blocks and rows have.
        let step = match self.len * self.cost / BUDGET {
            0 => 1,
            n => n | 1,
        };
        for i in (0..self.len).step_by(step) {
            let want = (self.at)(i);
            // A NaN is not close.
            let close = (got[i] - want).abs() <= self.tolerance * want.abs().max(1.0);
            if !close {
                return Err(Error::value(format!(
                    "element {i} of the {what} is {}, and the plain formula gives {want}",
                    got[i]
                )));
            }
        }
        Ok(())
    }
}
