//! A parameter group and its step.

use super::options::Algorithm;
use super::slot::{MAX_STATES, Move, Slot};
use crate::Parameter;
use rushlight_tensor::{
    Error, OptimizerStep, Result, StepTensors, Tensor, check_optimizer_step, optimizer_step,
};
use smallvec::SmallVec;

/// Groups of up to this many parameters take a step without allocating memory on the heap.
const INLINE: usize = 8;

/// The steps of a group's parameters; `None` for a parameter without a gradient.
pub(super) type Moves = SmallVec<[Option<Move>; INLINE]>;

/// Parameters that share their options.
pub struct ParamGroup<O> {
    pub(super) slots: Vec<Slot>,
    pub(super) options: O,
    pub(super) initial_lr: Option<f64>,
}

impl<O: Algorithm> ParamGroup<O> {
    /// The group's options.
    pub fn options(&self) -> &O {
        &self.options
    }

    /// Replaces the group's options.
    ///
    /// # Errors
    /// If an option is out of range.
    #[track_caller]
    pub fn set_options(&mut self, options: O) -> Result<()> {
        options.check()?;
        self.options = options;
        Ok(())
    }

    /// The group's parameters.
    pub fn params(&self) -> impl Iterator<Item = &Parameter> {
        self.slots.iter().map(|slot| &slot.param)
    }

    /// The learning rate that schedules start from, if a scheduler has set it.
    pub fn initial_lr(&self) -> Option<f64> {
        self.initial_lr
    }

    /// Returns an error if a parameter was replaced in its module.
    #[track_caller]
    pub(super) fn check_params(&self) -> Result<()> {
        expect_not_replaced(O::NAME, self.params())
    }

    /// Prepares the steps of the parameters and creates the states that are missing.
    #[track_caller]
    pub(super) fn prepare(&mut self) -> Result<Moves> {
        let options = self.options;
        let each = |slot: &mut Slot| slot.prepare(&options);
        self.slots.iter_mut().map(each).collect()
    }

    /// Returns an error if the backend would refuse the step.
    #[track_caller]
    pub(super) fn check(&self, moves: &Moves) -> Result<()> {
        self.hand(moves, check_optimizer_step)
    }

    #[track_caller]
    pub(super) fn step(&mut self, moves: &Moves) -> Result<()> {
        self.hand(moves, optimizer_step)?;
        for (slot, by) in self.slots.iter_mut().zip(moves) {
            if let Some(by) = by {
                slot.moved(by);
            }
        }
        Ok(())
    }

    /// Applies the update to the parameters that have gradients and to their states.
    #[track_caller]
    fn hand(
        &self,
        moves: &Moves,
        to: impl FnOnce(&OptimizerStep, &[StepTensors<'_>]) -> Result<()>,
    ) -> Result<()> {
        let options = &self.options;
        let states: SmallVec<[SmallVec<[&Tensor; MAX_STATES]>; INLINE]> =
            self.slots.iter().map(|slot| slot.kept(options)).collect();
        let mut group: SmallVec<[StepTensors<'_>; INLINE]> = SmallVec::new();
        for ((slot, by), states) in self.slots.iter().zip(moves).zip(&states) {
            if let Some(by) = by {
                group.push(StepTensors {
                    param: &slot.param,
                    grad: &by.grad,
                    states,
                    step: by.step,
                    factors: by.factors,
                });
            }
        }
        to(&options.update(), &group)
    }
}

/// Returns an error if one of a group's parameters was replaced in its module.
#[track_caller]
pub(super) fn expect_not_replaced<'a>(
    name: &str,
    params: impl Iterator<Item = &'a Parameter>,
) -> Result<()> {
    match params.enumerate().find(|(_, param)| param.is_replaced()) {
        Some((index, param)) => Err(replaced(name, index, param)),
        None => Ok(()),
    }
}

#[cold]
#[track_caller]
fn replaced(name: &str, index: usize, param: &Tensor) -> Error {
    Error::state(format!(
        "{name}.step: parameter {index} of the group, {:?} {} on {}, was replaced in its module since the optimizer was made; \
         make the optimizer after moving the module",
        param.shape(),
        param.dtype(),
        param.device()
    ))
}
