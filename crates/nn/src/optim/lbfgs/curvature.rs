//! What earlier updates have shown of the loss's curvature, and the direction that follows from it.

use super::NAME;
use crate::optim::state::{ParamState, scalar_value, step_count, step_tensor};
use rushlight_tensor::{DType, Device, Error, Result, Tensor};
use std::collections::VecDeque;

/// Changes with a smaller `yᵀs` are not kept: the loss is not convex there, or hardly changes.
const LEAST_CURVATURE: f64 = 1e-10;

/// PyTorch's names of what is saved once.
const NAMES: [&str; 6] = ["func_evals", "n_iter", "d", "t", "prev_flat_grad", "H_diag"];

/// PyTorch's names of what is saved for each change.
const LISTS: [(&str, PartOfChange); 3] = [
    ("old_dirs", |change| &change.y),
    ("old_stps", |change| &change.s),
    ("ro", |change| &change.rho),
];

type PartOfChange = fn(&Change) -> &Tensor;

/// A change `s` of the parameters, the change `y` of the gradient that came with it, and `1 / yᵀs`.
#[derive(Clone)]
struct Change {
    s: Tensor,
    y: Tensor,
    rho: Tensor,
}

/// An update `θ += t d`, also one that was not taken because it did not lead down, and the gradient at its start.
#[derive(Clone)]
pub(super) struct Step {
    pub d: Tensor,
    pub t: f64,
    pub gradient: Tensor,
}

/// The state of the optimizer. Its tensors are never written to, so that clones share them.
#[derive(Clone, Default)]
pub(super) struct Curvature {
    /// The newest change is the last one.
    changes: VecDeque<Change>,
    /// `yᵀs / yᵀy` of the newest change.
    scale: Option<Tensor>,
    pub last: Option<Step>,
    pub n_iter: u64,
    pub func_evals: u64,
}

impl Curvature {
    /// Takes the change of the gradient since the last update into account, and returns the direction of the next one.
    #[track_caller]
    pub fn direction(&mut self, gradient: &Tensor, history_size: usize) -> Result<Tensor> {
        self.n_iter += 1;
        if let Some(last) = &self.last {
            let (y, s) = (gradient.sub(&last.gradient)?, last.d.mul(last.t)?);
            let ys = y.dot(&s)?;
            if ys.item::<f64>()? > LEAST_CURVATURE {
                let excess = (self.changes.len() + 1).saturating_sub(history_size);
                self.changes.drain(..excess);
                self.scale = Some(ys.div(&y.dot(&y)?)?);
                let rho = ys.reciprocal()?;
                self.changes.push_back(Change { s, y, rho });
            }
        }
        self.minus_inverse_hessian_times(gradient)
    }

    /// The two-loop recursion, algorithm 7.4 of Nocedal and Wright. Its numbers stay on the device.
    #[track_caller]
    fn minus_inverse_hessian_times(&self, gradient: &Tensor) -> Result<Tensor> {
        let d = gradient.neg()?;
        let mut weights = Vec::with_capacity(self.changes.len());
        for Change { s, y, rho } in self.changes.iter().rev() {
            let weight = s.dot(&d)?.mul(rho)?;
            d.sub_(&y.mul(&weight)?)?;
            weights.push(weight);
        }
        if let Some(scale) = &self.scale {
            d.mul_(scale)?;
        }
        for (Change { s, y, rho }, weight) in self.changes.iter().zip(weights.iter().rev()) {
            let correction = weight.sub(&y.dot(&d)?.mul(rho)?)?;
            d.add_(&s.mul(&correction)?)?;
        }
        Ok(d)
    }

    /// The state by PyTorch's names; what PyTorch keeps in lists are the rows of one tensor.
    #[track_caller]
    pub fn save(&self) -> Result<ParamState> {
        let mut saved = ParamState::new();
        if self.func_evals == 0 {
            return Ok(saved);
        }
        saved.insert("func_evals".to_owned(), step_tensor(self.func_evals)?);
        saved.insert("n_iter".to_owned(), step_tensor(self.n_iter)?);
        if let Some(last) = &self.last {
            saved.insert("d".to_owned(), last.d.clone());
            saved.insert("t".to_owned(), Tensor::scalar(last.t, DType::F64)?);
            saved.insert("prev_flat_grad".to_owned(), last.gradient.clone());
        }
        if let Some(scale) = &self.scale {
            saved.insert("H_diag".to_owned(), scale.clone());
            for (name, of) in LISTS {
                let rows: Vec<&Tensor> = self.changes.iter().map(of).collect();
                saved.insert(name.to_owned(), Tensor::stack(&rows, 0)?);
            }
        }
        Ok(saved)
    }

    /// Reads a saved state, whose vectors have `size` elements. The tensors are copied.
    #[track_caller]
    pub fn load(saved: &Saved<'_>, size: usize) -> Result<Curvature> {
        saved.expect_known_names()?;
        let mut curvature = Curvature {
            func_evals: saved.count("func_evals")?,
            n_iter: saved.count("n_iter")?,
            ..Default::default()
        };
        if curvature.n_iter > 0 {
            curvature.last = Some(Step {
                d: saved.tensor("d", &[size])?,
                t: scalar_value(NAME, saved.index, "t", saved.entry("t")?)?,
                gradient: saved.tensor("prev_flat_grad", &[size])?,
            });
        }
        if LISTS
            .iter()
            .any(|(name, _)| saved.state.contains_key(*name))
        {
            let count = saved.entry("ro")?.numel();
            let y = saved.tensor("old_dirs", &[count, size])?;
            let s = saved.tensor("old_stps", &[count, size])?;
            let rho = saved.tensor("ro", &[count])?;
            for row in 0..count {
                curvature.changes.push_back(Change {
                    s: s.select(0, row)?.copy()?,
                    y: y.select(0, row)?.copy()?,
                    rho: rho.select(0, row)?.copy()?,
                });
            }
            curvature.scale = Some(saved.tensor("H_diag", &[])?);
        }
        Ok(curvature)
    }
}

/// The saved state of parameter `index`, and what its tensors are converted to.
pub(super) struct Saved<'a> {
    pub state: &'a ParamState,
    pub index: usize,
    pub kept_in: (DType, &'a Device),
}

impl Saved<'_> {
    #[track_caller]
    fn expect_known_names(&self) -> Result<()> {
        let known: Vec<&str> = NAMES
            .into_iter()
            .chain(LISTS.map(|(name, _)| name))
            .collect();
        match self
            .state
            .keys()
            .find(|name| !known.contains(&name.as_str()))
        {
            None => Ok(()),
            Some(name) => Err(Error::state(format!(
                "{NAME}.load_state_dict: the state of parameter {} contains {name:?}, but the states of {NAME} are {}",
                self.index,
                known.join(", ")
            ))),
        }
    }

    #[track_caller]
    fn entry(&self, name: &str) -> Result<&Tensor> {
        match self.state.get(name) {
            Some(tensor) => Ok(tensor),
            None => Err(Error::state(format!(
                "{NAME}.load_state_dict: the state of parameter {} has no {name:?}",
                self.index
            ))),
        }
    }

    #[track_caller]
    fn count(&self, name: &str) -> Result<u64> {
        step_count(NAME, self.index, name, self.entry(name)?)
    }

    /// A copy of the tensor `name`, which has the shape `shape`.
    #[track_caller]
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let tensor = self.entry(name)?;
        if tensor.shape() != shape {
            return Err(Error::state(format!(
                "{NAME}.load_state_dict: {name} of parameter {} has shape {:?}, expected {shape:?}",
                self.index,
                tensor.shape()
            )));
        }
        tensor.detach().to(self.kept_in)?.copy()
    }
}
