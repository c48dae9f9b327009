//! Requirements on data, checked at once on the CPU and later by a GPU, which reports violations through its faults.

use crate::Tensor;
use crate::history::GradMode;
use rushlight_backend::{Check, Done, Result, note_location};
use std::panic::Location;

impl Tensor {
    /// Returns an error if an element violates `check`: at once if reading elements does not wait for a device, else when a result that
    /// depends on this tensor is read.
    #[track_caller]
    pub fn check(&self, check: Check) -> Result<()> {
        note_location(Location::caller());
        let done = self.device().backend().check(check, &self.as_view()?);
        if done.map_err(|e| e.here())? == Done::Yes {
            return Ok(());
        }
        let _off = GradMode::set(false);
        match self.first_misfit(check)? {
            Some(index) => Err(check.error(index)),
            None => Ok(()),
        }
    }

    /// The first element that violates `check`.
    #[track_caller]
    fn first_misfit(&self, check: Check) -> Result<Option<usize>> {
        match check {
            Check::Probabilities => {
                let x = self.detach();
                let meets = x.ge(0)?.logical_and(&x.le(1)?)?;
                if x.numel() == 0 || meets.all()?.item()? {
                    return Ok(None);
                }
                Ok(meets.to_vec::<bool>()?.iter().position(|meets| !meets))
            }
            Check::Offsets { most } => {
                let most = i64::try_from(most).unwrap_or(i64::MAX);
                let mut before = 0;
                let meets = |(i, &start): (usize, &i64)| {
                    let meets = before <= start && start <= if i == 0 { 0 } else { most };
                    before = start;
                    !meets
                };
                Ok(self.to_vec::<i64>()?.iter().enumerate().position(meets))
            }
        }
    }
}
