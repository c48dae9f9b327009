//! Adafactor.

use super::options::{Algorithm, compiled_here, not_negative, options};
use rushlight_tensor::{Dims, Error, OptimizerStep, Result, update};

/// Adafactor: keeps the second moments of a matrix in factored form, as row and column means. Shazeer and Stern 2018.
/// PyTorch: `optim.Adafactor`.
///
/// With gradient `g` at step `t`, `w = t^beta2_decay`, and means along the last two dimensions: `R += w (mean of each row of g² - R)`,
/// `C += w (mean of each column of g² - C)`, `V = R C / max(mean R, eps₁)`; vectors and scalars average `V` itself.
/// `U = g / max(√V, eps₁)`, and with `α = max(eps₂, rms(θ)) min(lr, 1 / √t)`: `θ -= lr weight_decay θ`,
/// `θ -= α U / max(1, rms(U) / d)`.
///
/// ```
/// use rushlight::nn::{Parameter, optim::{Adafactor, Optimizer}};
/// use rushlight::Tensor;
///
/// let theta = Parameter::new(Tensor::ones([30, 20], ())?)?;
/// let mut optimizer = Adafactor::new([theta.clone()], 0.01)?;
/// # use rushlight::autograd::Autograd;
/// theta.square()?.sum()?.backward()?;
/// optimizer.step()?;
/// let state = &optimizer.state_dict()?.state[&0];
/// assert_eq!((state["row_var"].shape(), state["col_var"].shape()), (&[30, 1][..], &[1, 20][..]));
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type Adafactor = super::Grouped<AdafactorOptions>;

options! {
    /// The options of [`Adafactor`].
    AdafactorOptions {
        /// Upper bound of the relative step size: step `t` uses the smaller of `lr` and `1 / √t`.
        lr: f64 = 1e-2,
        /// Exponent of the weight `t^beta2_decay` of a new gradient at step `t`; at most 0.
        beta2_decay: f64 = -0.8,
        /// `eps₁`, the lower bound of the divisors, by default the dtype's epsilon; and `eps₂`, the lower bound of a parameter's scale.
        eps: (Option<f64>, f64) = (None, 1e-3),
        /// The largest root mean square of `U`; at least 1.
        d: f64 = 1.0,
        /// Weight decay: each step multiplies the parameters by `1 - lr weight_decay`.
        weight_decay: f64 = 0.0,
        /// Whether to maximize the objective instead of minimizing it.
        maximize: bool = false,
    }
}

impl Algorithm for AdafactorOptions {
    compiled_here!();

    const NAME: &'static str = "Adafactor";
    const STATES: &'static [&'static str] = &["row_var", "col_var", "variance"];
    const COUNTS_STEPS: bool = true;

    fn keeps(&self, state: usize, shape: &[usize]) -> bool {
        (shape.len() > 1) == (state < 2)
    }

    fn state_shape(&self, state: usize, shape: &[usize]) -> Dims {
        let whole: Dims = shape.iter().copied().collect();
        match (state, update::Adafactor::factored(whole)) {
            (0, Some((rows, _))) => rows,
            (1, Some((_, columns))) => columns,
            _ => whole,
        }
    }

    fn update(&self) -> OptimizerStep {
        OptimizerStep::Adafactor(update::Adafactor {
            lr: self.lr,
            beta2_decay: self.beta2_decay,
            eps: self.eps,
            d: self.d,
            weight_decay: self.weight_decay,
            maximize: self.maximize,
        })
    }

    fn rates_mut(&mut self) -> (&mut f64, Option<&mut f64>) {
        (&mut self.lr, None)
    }

    fn check(&self) -> Result<()> {
        not_negative(Self::NAME, "learning rate", self.lr)?;
        if !(self.beta2_decay <= 0.0 && self.beta2_decay.is_finite()) {
            return Err(Error::value(format!(
                "Adafactor: beta2_decay should be <= 0 but is: {:?}",
                self.beta2_decay
            )));
        }
        not_negative(Self::NAME, "epsilon1", self.eps.0.unwrap_or(0.0))?;
        not_negative(Self::NAME, "epsilon2", self.eps.1)?;
        if !(self.d >= 1.0 && self.d.is_finite()) {
            return Err(Error::value(format!(
                "Adafactor: Clipping threshold d should be >= 1 but is: {:?}",
                self.d
            )));
        }
        not_negative(Self::NAME, "weight_decay value", self.weight_decay)
    }
}
