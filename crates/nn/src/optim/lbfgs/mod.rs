//! L-BFGS, which evaluates the loss several times per step.

mod curvature;
mod line_search;

use super::group::expect_not_replaced;
use super::grouped::expect_optimizable;
use super::options::{check_rates, finite, not_negative, options};
use super::state::{GroupState, OptimizerState};
use super::{Optimizer, Rates, no_such_group};
use crate::Parameter;
use curvature::{Curvature, Saved, Step};
use line_search::{Limits, Point, strong_wolfe};
use rushlight_autograd::Autograd;
use rushlight_files::numbers::Numbers;
use rushlight_tensor::{DType, Device, Error, GradMode, OptimizerStep, Result, Tensor};
use serde::{Deserialize, Serialize};

const NAME: &str = "LBFGS";

/// Limited-memory BFGS, a quasi-Newton method. PyTorch: `optim.LBFGS`. Nocedal and Wright, "Numerical Optimization", section 7.2.
///
/// All parameters are one vector `θ` with gradient `g`. A step computes up to `max_iter` updates `θ += t d` with `d = -H g`. `H` approximates
/// the inverse of the Hessian: it starts as `(yᵀs / yᵀy) I` and is corrected by the last `history_size` changes `s` of the parameters with the
/// changes `y` of the gradient that came with them. The very first update has `H = I` and `t = lr min(1, 1 / ‖g‖₁)`; the others have `t = lr`,
/// or with [`LineSearch::StrongWolfe`] a `t` that satisfies the strong Wolfe conditions, where the search starts with `lr`. A loss that is
/// not finite counts as too large in the search; PyTorch's continues with NaN.
///
/// Since a step evaluates the loss several times, it requires a closure: [`Optimizer::step_with`]. The closure must clear the gradients,
/// compute the loss and its gradients, and return the loss; the step returns the first loss. [`Optimizer::step`] is an error. If the closure
/// returns an error, the parameters and the optimizer are as before the step.
///
/// There is one parameter group, whose parameters are on one device. A parameter without a gradient counts as one with a gradient of
/// zeros. The optimizer keeps `2 history_size + 2` vectors of the size of all parameters, in `float32` if the parameters are of half
/// precision. On a GPU each update waits for the loss and for a few more numbers.
///
/// ```
/// use rushlight::nn::{Parameter, optim::{LBFGS, LBFGSOptions, LineSearch, Optimizer}};
/// use rushlight::autograd::Autograd;
/// use rushlight::{DType, Tensor, tensor};
///
/// // Rosenbrock's function (1 - x)² + 100 (y - x²)², whose minimum is at (1, 1).
/// let theta = Parameter::new(tensor!([-1.2, 1.0]).to(DType::F64)?)?;
/// let options = LBFGSOptions::new(1.0).line_search_fn(Some(LineSearch::StrongWolfe));
/// let mut optimizer = LBFGS::new([theta.clone()], options)?;
/// for _ in 0..2 {
///     optimizer.step_with(|| {
///         theta.zero_grad();
///         let (x, y) = (theta.i(0)?, theta.i(1)?);
///         let loss = (1.0 - &x).square()? + 100.0 * (y - x.square()?).square()?;
///         loss.backward()?;
///         Ok(loss)
///     })?;
/// }
/// assert!(theta.allclose(&Tensor::ones([2], DType::F64)?, 1e-4, 0.0)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub struct LBFGS {
    params: Vec<Parameter>,
    /// The dtype and the device of the vectors.
    kept_in: (DType, Device),
    options: LBFGSOptions,
    initial_lr: Option<f64>,
    restored_rates: bool,
    curvature: Curvature,
}

/// How [`LBFGS`] chooses the length of an update.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineSearch {
    /// A step that satisfies the strong Wolfe conditions: the loss decreases sufficiently, and its slope becomes small enough.
    StrongWolfe,
}

impl Numbers for LineSearch {
    type SavedForm = LineSearch;
    fn save(&self) -> LineSearch {
        *self
    }
    fn load(saved: LineSearch) -> LineSearch {
        saved
    }
}

options! {
    /// The options of [`LBFGS`].
    LBFGSOptions {
        /// Learning rate; with a line search, the length of its first trial step.
        lr: f64 = 1.0,
        /// The largest number of updates per step.
        max_iter: usize = 20,
        /// The number of evaluations of the loss after which a step ends; `None` means `max_iter * 5 / 4`.
        max_eval: Option<usize> = None,
        /// A step ends where no element of the gradient is larger than this in absolute value.
        tolerance_grad: f64 = 1e-7,
        /// A step ends if the loss changes by less than this, or no parameter by more.
        tolerance_change: f64 = 1e-9,
        /// The number of changes of the gradient that are kept; at least 1.
        history_size: usize = 100,
        /// The line search; without one, every update but the first has the length `lr`.
        line_search_fn: Option<LineSearch> = None,
        /// Whether to maximize the objective instead of minimizing it.
        maximize: bool = false,
    }
}

impl LBFGSOptions {
    #[track_caller]
    fn check(&self) -> Result<()> {
        not_negative(NAME, "learning rate", self.lr)?;
        self.check_saved()
    }

    /// [`LBFGSOptions::check`] for saved options, whose learning rate may have any value that a schedule may set.
    #[track_caller]
    fn check_saved(&self) -> Result<()> {
        let rates = Rates {
            lr: self.lr,
            initial_lr: None,
            momentum: None,
        };
        check_rates(NAME, &rates)?;
        finite(NAME, "tolerance_grad", self.tolerance_grad)?;
        finite(NAME, "tolerance_change", self.tolerance_change)?;
        if self.history_size == 0 {
            return Err(Error::value(format!(
                "{NAME}: Invalid history_size: 0 (expected at least 1)"
            )));
        }
        Ok(())
    }

    fn evaluation_limit(&self) -> u64 {
        let default = || self.max_iter.saturating_add(self.max_iter / 4);
        self.max_eval.unwrap_or_else(default) as u64
    }
}

/// The loss at the current parameters, and its gradient as one vector. Both are negated if the objective is maximized.
struct Evaluation {
    loss: f64,
    gradient: Tensor,
}

type Closure<'a> = &'a mut dyn FnMut() -> Result<Tensor>;

impl LBFGS {
    /// Creates an optimizer of `params` with `options`; a number is a learning rate, with PyTorch's defaults for the other options.
    ///
    /// # Errors
    /// If there is no parameter, if a parameter is given twice or is not a leaf, if the parameters are on different devices, or if an option is
    /// out of range.
    #[track_caller]
    pub fn new(
        params: impl IntoIterator<Item = Parameter>,
        options: impl Into<LBFGSOptions>,
    ) -> Result<Self> {
        LBFGS::of(params.into_iter().collect(), options.into())
    }

    #[track_caller]
    fn of(params: Vec<Parameter>, options: LBFGSOptions) -> Result<Self> {
        options.check()?;
        expect_optimizable(NAME, &params, |_| Ok(()), &|_| None)?;
        let device = params[0].device().clone();
        if let Some(i) = params.iter().position(|param| *param.device() != device) {
            return Err(Error::device(format!(
                "{NAME}: all parameters must be on one device: parameter 0 is on {device}, parameter {i} on {}",
                params[i].device()
            )));
        }
        let dtype = match params.iter().any(|param| param.dtype() == DType::F64) {
            true => DType::F64,
            false => OptimizerStep::state_dtype(params[0].dtype()),
        };
        Ok(LBFGS {
            params,
            kept_in: (dtype, device),
            options,
            initial_lr: None,
            restored_rates: false,
            curvature: Curvature::default(),
        })
    }

    /// The options.
    pub fn options(&self) -> &LBFGSOptions {
        &self.options
    }

    /// Replaces the options.
    ///
    /// # Errors
    /// If an option is out of range.
    #[track_caller]
    pub fn set_options(&mut self, options: LBFGSOptions) -> Result<()> {
        options.check()?;
        self.options = options;
        Ok(())
    }

    /// The parameters.
    pub fn params(&self) -> impl Iterator<Item = &Parameter> {
        self.params.iter()
    }

    /// How often the loss was evaluated in all steps. PyTorch: `func_evals` of the state.
    pub fn func_evals(&self) -> u64 {
        self.curvature.func_evals
    }

    /// The number of updates in all steps. PyTorch: `n_iter` of the state.
    pub fn n_iter(&self) -> u64 {
        self.curvature.n_iter
    }

    /// A step. The parameters and the curvature are restored if it fails.
    #[track_caller]
    fn take_step(&mut self, closure: Closure<'_>) -> Result<Tensor> {
        expect_not_replaced(NAME, self.params())?;
        let _off = GradMode::set(false);
        let params = self.copies()?;
        let curvature = self.curvature.clone();
        let result = self.update(closure);
        if result.is_err() {
            self.restore(&params)?;
            self.curvature = curvature;
        }
        result
    }

    /// Computes the updates of a step. Returns the first loss.
    #[track_caller]
    fn update(&mut self, closure: Closure<'_>) -> Result<Tensor> {
        let options = self.options;
        let last_evaluation = self
            .curvature
            .func_evals
            .saturating_add(options.evaluation_limit());
        let (first_loss, mut now) = self.evaluate(closure)?;
        if largest(&now.gradient)? <= options.tolerance_grad {
            return Ok(first_loss);
        }
        for iteration in 1..=options.max_iter {
            let before = now.loss;
            let t = match self.curvature.n_iter {
                0 => options.lr * (1.0 / now.gradient.abs()?.sum()?.item::<f64>()?).min(1.0),
                _ => options.lr,
            };
            let gradient = now.gradient.clone();
            let d = self.curvature.direction(&gradient, options.history_size)?;
            let longest = largest(&d)?;
            let slope = gradient.dot(&d)?.item::<f64>()?;
            if slope > -options.tolerance_change {
                // The direction does not lead down. It counts as the last one, although it is not taken.
                self.curvature.last = Some(Step { d, t, gradient });
                break;
            }
            let taken = if options.line_search_fn.is_some() {
                let limits = Limits {
                    evaluations: last_evaluation.saturating_sub(self.curvature.func_evals),
                    change: options.tolerance_change,
                    longest,
                };
                let (taken, found) = self.search(closure, now, t, slope, &d, &limits)?;
                self.move_along(&d, taken)?;
                now = found;
                taken
            } else {
                self.move_along(&d, t)?;
                if iteration < options.max_iter {
                    now = self.evaluate(closure)?.1;
                }
                t
            };
            self.curvature.last = Some(Step {
                d,
                t: taken,
                gradient,
            });
            if self.curvature.func_evals >= last_evaluation
                || largest(&now.gradient)? <= options.tolerance_grad
                || taken.abs() * longest <= options.tolerance_change
                || (now.loss - before).abs() < options.tolerance_change
            {
                break;
            }
        }
        Ok(first_loss)
    }

    /// Searches along `d` from the current parameters, which it leaves unchanged. Returns the length of the step and what was found there.
    fn search(
        &mut self,
        closure: Closure<'_>,
        now: Evaluation,
        t: f64,
        slope: f64,
        d: &Tensor,
        limits: &Limits,
    ) -> Result<(f64, Evaluation)> {
        let origin = self.copies()?;
        let start = Point {
            t: 0.0,
            loss: now.loss,
            slope,
            gradient: now.gradient,
        };
        let found = strong_wolfe(start, t, limits, &mut |t| {
            self.move_along(d, t)?;
            let (_, Evaluation { loss, gradient }) = self.evaluate(closure)?;
            self.restore(&origin)?;
            let slope = gradient.dot(d)?.item::<f64>()?;
            Ok(Point {
                t,
                loss,
                slope,
                gradient,
            })
        })?;
        let evaluation = Evaluation {
            loss: found.loss,
            gradient: found.gradient,
        };
        Ok((found.t, evaluation))
    }

    /// Evaluates the closure. Returns its loss too, as it is.
    #[track_caller]
    fn evaluate(&mut self, closure: Closure<'_>) -> Result<(Tensor, Evaluation)> {
        let recording = GradMode::set(true);
        let result = closure()?;
        drop(recording);
        self.curvature.func_evals += 1;
        if result.numel() != 1 {
            return Err(Error::shape(format!(
                "{NAME}.step_with: the closure must return a loss of one element, not of shape {:?}",
                result.shape()
            )));
        }
        let loss = result.item::<f64>()?;
        let gradient = self.gradient()?;
        let evaluation = match self.options.maximize {
            true => Evaluation {
                loss: -loss,
                gradient: gradient.neg()?,
            },
            false => Evaluation { loss, gradient },
        };
        Ok((result, evaluation))
    }

    /// The gradients of all parameters as one vector.
    #[track_caller]
    fn gradient(&self) -> Result<Tensor> {
        let of = |param: &Parameter| match param.grad() {
            Some(grad) => grad.reshape(-1)?.to(self.kept_in.0),
            None => Tensor::zeros([param.numel()], (self.kept_in.0, &self.kept_in.1)),
        };
        let parts: Vec<Tensor> = self.params.iter().map(of).collect::<Result<_>>()?;
        Tensor::cat(&parts, 0)
    }

    /// Adds `t d` to the parameters.
    #[track_caller]
    fn move_along(&self, d: &Tensor, t: f64) -> Result<()> {
        let mut start = 0;
        for param in &self.params {
            let part = d.narrow(0, start, param.numel())?;
            param.add_alpha_(&part.reshape(param.shape())?, t)?;
            start += param.numel();
        }
        Ok(())
    }

    #[track_caller]
    fn copies(&self) -> Result<Vec<Tensor>> {
        self.params.iter().map(|param| param.copy()).collect()
    }

    #[track_caller]
    fn restore(&self, params: &[Tensor]) -> Result<()> {
        for (param, saved) in self.params.iter().zip(params) {
            param.copy_(saved)?;
        }
        Ok(())
    }
}

/// The largest absolute element.
#[track_caller]
fn largest(vector: &Tensor) -> Result<f64> {
    vector.abs()?.max()?.item::<f64>()
}

impl Optimizer for LBFGS {
    fn name(&self) -> &'static str {
        NAME
    }

    fn step(&mut self) -> Result<()> {
        Err(Error::state(format!(
            "{NAME}.step: a step evaluates the loss several times, which requires a closure; call step_with"
        )))
    }

    fn step_with<F: FnMut() -> Result<Tensor>>(&mut self, mut closure: F) -> Result<Tensor> {
        self.take_step(&mut closure)
    }

    fn zero_grad(&self) {
        for param in &self.params {
            param.zero_grad();
        }
    }

    fn group_count(&self) -> usize {
        1
    }

    fn rates(&self, group: usize) -> Result<Rates> {
        if group != 0 {
            return Err(no_such_group(NAME, group, 1));
        }
        Ok(Rates {
            lr: self.options.lr,
            initial_lr: self.initial_lr,
            momentum: None,
        })
    }

    fn set_rates(&mut self, group: usize, rates: Rates) -> Result<()> {
        if group != 0 {
            return Err(no_such_group(NAME, group, 1));
        }
        check_rates(NAME, &rates)?;
        self.options.lr = rates.lr;
        self.initial_lr = rates.initial_lr;
        self.restored_rates = false;
        Ok(())
    }

    fn has_restored_rates(&self) -> bool {
        self.restored_rates
    }

    fn state_dict(&self) -> Result<OptimizerState> {
        let params = (0..self.params.len()).collect();
        let group = GroupState::of(NAME, &self.options, self.initial_lr, params)?;
        let mut state = OptimizerState {
            param_groups: vec![group],
            ..Default::default()
        };
        let saved = self.curvature.save()?;
        if !saved.is_empty() {
            state.state.insert(0, saved);
        }
        Ok(state)
    }

    fn load_state_dict(&mut self, state: &OptimizerState) -> Result<()> {
        let _off = GradMode::set(false);
        state.expect_groups(NAME, &[self.params.len()])?;
        let group = &state.param_groups[0];
        let options: LBFGSOptions = group.options(NAME, 0, &[])?;
        let initial_lr = group.initial_lr(NAME, 0)?;
        options.check_saved()?;
        let mut curvature = Curvature::default();
        for (index, saved) in &state.state {
            if *index != group.params[0] {
                return Err(Error::state(format!(
                    "{NAME}.load_state_dict: the state belongs to the first parameter, {}, but there is one of parameter {index}",
                    group.params[0]
                )));
            }
            let saved = Saved {
                state: saved,
                index: *index,
                kept_in: (self.kept_in.0, &self.kept_in.1),
            };
            let size = self.params.iter().map(|param| param.numel()).sum();
            curvature = Curvature::load(&saved, size)?;
        }
        self.restored_rates = initial_lr.is_some();
        (self.options, self.initial_lr, self.curvature) = (options, initial_lr, curvature);
        Ok(())
    }
}
