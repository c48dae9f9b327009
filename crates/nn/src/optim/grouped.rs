//! The generic optimizer that all algorithms share: its groups, their learning rates, saving and loading.

use super::group::{Moves, ParamGroup};
use super::options::{Algorithm, check_rates};
use super::slot::Slot;
use super::state::{GroupState, OptimizerState};
use super::{Optimizer, Rates, no_such_group};
use crate::Parameter;
use rushlight_autograd::Autograd;
use rushlight_tensor::{Error, GradMode, Result};
use std::collections::BTreeSet;

/// An optimizer with the options `O`: [`SGD`](super::SGD) is one with [`SGDOptions`](super::SGDOptions), and so on.
///
/// Move a model to its device before making its optimizer: an optimizer holds the parameters that it was made with, and `step` returns an
/// error if they were replaced in their module.
pub struct Grouped<O> {
    groups: Vec<ParamGroup<O>>,
    defaults: O,
    restored_rates: bool,
}

impl<O: Algorithm> Grouped<O> {
    /// Creates an optimizer of `params` with `options`; a number is a learning rate, with PyTorch's defaults for the other options.
    ///
    /// # Errors
    /// If there is no parameter, if a parameter is given twice or is not a leaf, or if an option is out of range.
    #[track_caller]
    pub fn new(params: impl IntoIterator<Item = Parameter>, options: impl Into<O>) -> Result<Self> {
        let defaults = options.into();
        let mut optimizer = Grouped {
            groups: Vec::new(),
            defaults,
            restored_rates: false,
        };
        optimizer.add_param_group(params, defaults)?;
        Ok(optimizer)
    }

    /// Adds a group of parameters with options of its own; start from [`Grouped::defaults`] to change only some.
    ///
    /// ```
    /// # use rushlight::nn::{Parameter, optim::{Optimizer, SGD}};
    /// # use rushlight::tensor;
    /// # let (body, head) = (Parameter::new(tensor!([1.0]))?, Parameter::new(tensor!([1.0]))?);
    /// let mut optimizer = SGD::new([body], 0.01)?;
    /// optimizer.add_param_group([head], optimizer.defaults().lr(0.1))?;
    /// assert_eq!(optimizer.param_groups()[1].options().lr, 0.1);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Grouped::new`]; also if a parameter is already in another group.
    #[track_caller]
    pub fn add_param_group(
        &mut self,
        params: impl IntoIterator<Item = Parameter>,
        options: O,
    ) -> Result<()> {
        options.check()?;
        let params: Vec<Parameter> = params.into_iter().collect();
        let holder = |param: &Parameter| {
            let holds = |g: &ParamGroup<O>| g.params().any(|p| p.same(param));
            self.groups.iter().position(holds)
        };
        expect_optimizable(O::NAME, &params, O::check_shape, &holder)?;
        let new = |param| Slot::new(param, O::STATES.len());
        let slots = params.into_iter().map(new).collect();
        self.groups.push(ParamGroup {
            slots,
            options,
            initial_lr: None,
        });
        Ok(())
    }

    /// The options that the optimizer was made with.
    pub fn defaults(&self) -> O {
        self.defaults
    }

    /// The parameter groups.
    pub fn param_groups(&self) -> &[ParamGroup<O>] {
        &self.groups
    }

    /// The parameter groups, mutable, for changing their options.
    pub fn param_groups_mut(&mut self) -> &mut [ParamGroup<O>] {
        &mut self.groups
    }
}

/// Returns an error unless `params` can be the parameters of a new group; `holder` finds the group that already contains a parameter.
#[track_caller]
pub(super) fn expect_optimizable(
    name: &str,
    params: &[Parameter],
    check_shape: fn(&[usize]) -> Result<()>,
    holder: &dyn Fn(&Parameter) -> Option<usize>,
) -> Result<()> {
    for (i, param) in params.iter().enumerate() {
        if !param.dtype().is_float() {
            return Err(Error::dtype(format!(
                "{name}: parameter {i} is {}, only floating-point parameters can be optimized",
                param.dtype()
            )));
        }
        if !param.is_leaf() {
            return Err(Error::autograd(format!(
                "{name}: can't optimize a non-leaf Tensor (parameter {i}, of shape {:?}, is the result of an operation)",
                param.shape()
            )));
        }
        if let Err(e) = check_shape(param.shape()) {
            return Err(e.here());
        }
        if params[..i].iter().any(|earlier| earlier.same(param)) {
            return Err(Error::value(format!(
                "{name}: parameter {i} of the group is given twice"
            )));
        }
        if let Some(other) = holder(param) {
            return Err(Error::value(format!(
                "{name}: some parameters appear in more than one parameter group: parameter {i} is in group {other} already"
            )));
        }
    }
    if params.is_empty() {
        return Err(Error::value(format!(
            "{name}: optimizer got an empty parameter list"
        )));
    }
    Ok(())
}

/// The implementations of [`Algorithm`]'s methods of the same names.
impl<O: Algorithm> Grouped<O> {
    #[track_caller]
    pub(super) fn take_step(&mut self) -> Result<()> {
        let _off = GradMode::set(false);
        // All groups are checked before the first one changes, so that a failing step changes nothing.
        for group in &self.groups {
            group.check_params()?;
        }
        if let [group] = &mut self.groups[..] {
            let moves = group.prepare()?;
            return group.step(&moves);
        }
        let moves: Vec<Moves> = self
            .groups
            .iter_mut()
            .map(ParamGroup::prepare)
            .collect::<Result<_>>()?;
        for (group, moves) in self.groups.iter().zip(&moves) {
            group.check(moves)?;
        }
        for (group, moves) in self.groups.iter_mut().zip(&moves) {
            group.step(moves)?;
        }
        Ok(())
    }

    #[track_caller]
    pub(super) fn save(&self) -> Result<OptimizerState> {
        let mut state = OptimizerState::default();
        let mut index = 0;
        for group in &self.groups {
            let params: Vec<usize> = (index..index + group.slots.len()).collect();
            state.param_groups.push(GroupState::of(
                O::NAME,
                &group.options,
                group.initial_lr,
                params,
            )?);
            for slot in &group.slots {
                let saved = slot.save::<O>()?;
                if !saved.is_empty() {
                    state.state.insert(index, saved);
                }
                index += 1;
            }
        }
        Ok(state)
    }

    #[track_caller]
    pub(super) fn load(&mut self, state: &OptimizerState) -> Result<()> {
        let name = O::NAME;
        let sizes: Vec<usize> = self.groups.iter().map(|group| group.slots.len()).collect();
        state.expect_groups(name, &sizes)?;
        let _off = GradMode::set(false);
        let mut groups = Vec::with_capacity(self.groups.len());
        let mut known = 0;
        let mut seen = BTreeSet::new();
        for (i, (group, saved)) in self.groups.iter().zip(&state.param_groups).enumerate() {
            let options: O = saved.options(name, i, O::ADDED)?;
            let initial_lr = saved.initial_lr(name, i)?;
            options.check_saved()?;
            let mut slots = Vec::with_capacity(group.slots.len());
            for (slot, index) in group.slots.iter().zip(&saved.params) {
                if !seen.insert(*index) {
                    return Err(Error::state(format!(
                        "{name}.load_state_dict: parameter {index} appears twice in the groups"
                    )));
                }
                let saved = state.state.get(index);
                known += usize::from(saved.is_some());
                slots.push(slot.restored(&options, *index, saved)?);
            }
            groups.push(ParamGroup {
                slots,
                options,
                initial_lr,
            });
        }
        if known != state.state.len() {
            return Err(Error::state(format!(
                "{name}.load_state_dict: {} of {} states belong to no parameter of a group",
                state.state.len() - known,
                state.state.len()
            )));
        }
        self.restored_rates = groups.iter().all(|group| group.initial_lr.is_some());
        self.groups = groups;
        Ok(())
    }
}

impl<O: Algorithm> Optimizer for Grouped<O> {
    fn name(&self) -> &'static str {
        O::NAME
    }

    fn step(&mut self) -> Result<()> {
        O::take_step(self)
    }

    fn zero_grad(&self) {
        for param in self.groups.iter().flat_map(ParamGroup::params) {
            param.zero_grad();
        }
    }

    fn group_count(&self) -> usize {
        self.groups.len()
    }

    fn rates(&self, group: usize) -> Result<Rates> {
        let Some(group) = self.groups.get(group) else {
            return Err(no_such_group(O::NAME, group, self.groups.len()));
        };
        let mut options = group.options;
        let (lr, momentum) = options.rates_mut();
        Ok(Rates {
            lr: *lr,
            initial_lr: group.initial_lr,
            momentum: momentum.copied(),
        })
    }

    fn set_rates(&mut self, group: usize, rates: Rates) -> Result<()> {
        let count = self.groups.len();
        let Some(group) = self.groups.get_mut(group) else {
            return Err(no_such_group(O::NAME, group, count));
        };
        check_rates(O::NAME, &rates)?;
        let (lr, momentum) = group.options.rates_mut();
        *lr = rates.lr;
        if let (Some(place), Some(value)) = (momentum, rates.momentum) {
            *place = value;
        }
        group.initial_lr = rates.initial_lr;
        self.restored_rates = false;
        Ok(())
    }

    fn has_restored_rates(&self) -> bool {
        self.restored_rates
    }

    fn state_dict(&self) -> Result<OptimizerState> {
        O::save(self)
    }

    fn load_state_dict(&mut self, state: &OptimizerState) -> Result<()> {
        O::load(self, state)
    }
}
