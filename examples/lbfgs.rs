//! L-BFGS, a quasi-Newton method: it moves all parameters along a direction that the last changes of the gradient suggest.
//!
//! Nocedal and Wright, "Numerical Optimization", section 7.2. The defaults, the first step and the conditions for stopping are those of
//! PyTorch's `optim.LBFGS` without a line search, so that both visit the same points. It is not an `Optimizer`, because the closure of
//! `Optimizer::step_with` can be called only once.

use rushlight::nn::{parameters_to_vector, vector_to_parameters};
use rushlight::prelude::*;
use rushlight::{Error, Result};
use std::collections::VecDeque;

/// The largest number of iterations in a step.
const MAX_ITER: usize = 20;
/// Where the largest element of the gradient is at most this, the minimum is reached.
const TOLERANCE_GRAD: f64 = 1e-7;
/// Changes of the parameters or the loss smaller than this end a step.
const TOLERANCE_CHANGE: f64 = 1e-9;
/// How many changes are remembered.
const HISTORY_SIZE: usize = 100;

/// A change `s` of the parameters, the change `y` of the gradient that came with it, and `1 / yᵀs`.
struct Change {
    s: Tensor,
    y: Tensor,
    rho: f64,
}

/// The optimizer. All parameters are treated as one vector.
pub struct LBFGS {
    parameters: Vec<Parameter>,
    lr: f64,
    changes: VecDeque<Change>,
    /// `yᵀs / yᵀy` of the last change: how much a step along the gradient should be scaled.
    scale: f64,
    /// The last step, also one that was not taken, and the gradient at its start.
    last: Option<(Tensor, Tensor)>,
    /// How often the loss was computed.
    pub evaluations: usize,
}

impl LBFGS {
    /// An optimizer of `parameters`, which must all get gradients, with learning rate `lr`.
    pub fn new(parameters: Vec<Parameter>, lr: f64) -> LBFGS {
        LBFGS {
            parameters,
            lr,
            changes: VecDeque::new(),
            scale: 1.0,
            last: None,
            evaluations: 0,
        }
    }

    /// Up to 20 iterations. `closure` clears the gradients, computes the loss and the gradients, and gives the loss. Returns the first loss.
    pub fn step(&mut self, mut closure: impl FnMut() -> Result<Tensor>) -> Result<f64> {
        let (first, mut gradient) = self.evaluate(&mut closure)?;
        let mut loss = first;
        for iteration in 1..=MAX_ITER {
            if largest(&gradient)? <= TOLERANCE_GRAD {
                break;
            }
            let lr = match self.last {
                None => self.lr * f64::min(1.0, 1.0 / gradient.abs()?.sum()?.item::<f64>()?),
                Some(_) => self.lr,
            };
            self.remember(&gradient)?;
            let direction = self.direction(&gradient)?;
            let step = direction.mul(lr)?;
            self.last = Some((step.clone(), gradient.clone()));
            if dot(&gradient, &direction)? > -TOLERANCE_CHANGE {
                break;
            }
            let moved = no_grad(|| self.vector()?.add(&step))?;
            vector_to_parameters(&moved, &self.parameters)?;
            if iteration == MAX_ITER {
                break;
            }
            let before = loss;
            (loss, gradient) = self.evaluate(&mut closure)?;
            if largest(&step)? <= TOLERANCE_CHANGE || (loss - before).abs() < TOLERANCE_CHANGE {
                break;
            }
        }
        Ok(first)
    }

    /// The loss and its gradient.
    fn evaluate(&mut self, closure: &mut impl FnMut() -> Result<Tensor>) -> Result<(f64, Tensor)> {
        self.evaluations += 1;
        let loss = closure()?.item::<f64>()?;
        let gradients: Option<Vec<Tensor>> = self.parameters.iter().map(|p| p.grad()).collect();
        let gradients =
            gradients.ok_or_else(|| Error::state("LBFGS: a parameter has no gradient"))?;
        Ok((loss, parameters_to_vector(&gradients)?))
    }

    fn vector(&self) -> Result<Tensor> {
        parameters_to_vector(&self.parameters)
    }

    /// Takes in what the last step has changed. Where the gradient did not grow along the step, the loss is not convex and the change says nothing.
    fn remember(&mut self, gradient: &Tensor) -> Result<()> {
        let Some((s, before)) = self.last.take() else {
            return Ok(());
        };
        let y = gradient.sub(&before)?;
        let ys = dot(&y, &s)?;
        if ys > 1e-10 {
            self.changes.truncate(HISTORY_SIZE - 1);
            self.scale = ys / dot(&y, &y)?;
            self.changes.push_front(Change {
                s,
                y,
                rho: 1.0 / ys,
            });
        }
        Ok(())
    }

    /// `-H g`, where `H` approximates the inverse of the Hessian by the changes: the two-loop recursion.
    fn direction(&self, gradient: &Tensor) -> Result<Tensor> {
        let d = gradient.neg()?;
        let mut weights = Vec::new();
        for Change { s, y, rho } in &self.changes {
            let weight = dot(s, &d)? * rho;
            d.add_alpha_(y, -weight)?;
            weights.push(weight);
        }
        d.mul_(self.scale)?;
        for (Change { s, y, rho }, weight) in self.changes.iter().zip(weights).rev() {
            d.add_alpha_(s, weight - dot(y, &d)? * rho)?;
        }
        Ok(d)
    }
}

fn dot(a: &Tensor, b: &Tensor) -> Result<f64> {
    a.dot(b)?.item::<f64>()
}

fn largest(x: &Tensor) -> Result<f64> {
    x.abs()?.max()?.item::<f64>()
}
