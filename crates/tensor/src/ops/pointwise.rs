//! Elementwise functions of one operand with a parameter, or composed of others.

use crate::create::expect_fits;
use crate::dispatch::writable;
use crate::{Half, Operand, Tensor, apply};
use rushlight_backend::{Binary, DType, Error, Map, Result, Scalar, promote};

/// The number of terms that `mvlgamma` computes at a time.
const MVLGAMMA_BLOCK: usize = 1 << 16;

impl Tensor {
    /// `x` where `x > 0`, `slope x` elsewhere; `slope` is a number or a tensor that broadcasts. Same dtype, any but `bool`.
    /// PyTorch: `nn.functional.leaky_relu`, and with a tensor `nn.functional.prelu`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([-10.0, 2.0]).leaky_relu(0.5)?.to_vec::<f32>()?, [-5.0, 2.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not broadcast or the dtype is `bool`.
    #[track_caller]
    pub fn leaky_relu<'a>(&self, slope: impl Into<Operand<'a>>) -> Result<Tensor> {
        self.binary(Binary::LeakyRelu, slope.into())
    }

    /// `x` where `x > 0`, `alpha (eˣ - 1)` elsewhere; `alpha` is a number or a tensor that broadcasts. Floats keep their dtype, others give
    /// `float32`. PyTorch: `nn.functional.elu`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([-1.0, 0.0, 2.0]).elu(1.0)?;
    /// assert_eq!(y.round_decimals(4)?.to_vec::<f32>()?, [-0.6321, 0.0, 2.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not broadcast.
    #[track_caller]
    pub fn elu<'a>(&self, alpha: impl Into<Operand<'a>>) -> Result<Tensor> {
        self.binary(Binary::Elu, alpha.into())
    }

    /// The binary cross entropy of logits `x` with targets `y` between 0 and 1, `(1 - y) x - ln sigmoid(x)` for each element, without overflow.
    /// Shapes broadcast. Floats keep their dtype, others give `float32`.
    /// PyTorch: `nn.functional.binary_cross_entropy_with_logits(reduction="none")`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let loss = tensor!([0.0, 1000.0, -1000.0]).bce_with_logits(&tensor!([1.0, 1.0, 1.0]))?;
    /// assert_eq!(loss.round_decimals(4)?.to_vec::<f32>()?, [0.6931, 0.0, 1000.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not broadcast.
    #[track_caller]
    pub fn bce_with_logits<'a>(&self, target: impl Into<Operand<'a>>) -> Result<Tensor> {
        self.binary(Binary::BceWithLogits, target.into())
    }

    /// The larger of `x` and `low` for each element, NaN if either is; `low` is a number or a tensor that broadcasts. Dtypes are promoted. At the
    /// bound itself, `x` gets no gradient if the bound is a number, and half of it if the bound is a tensor. PyTorch: `torch.clamp(min=…)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([-2, 0, 7]).clamp_min(-1)?.to_vec::<i64>()?, [-1, 0, 7]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not broadcast, or the bound is above every number of an integer dtype.
    #[track_caller]
    pub fn clamp_min<'a>(&self, low: impl Into<Operand<'a>>) -> Result<Tensor> {
        self.binary(Binary::ClampMin, low.into())
    }

    /// The smaller of `x` and `high` for each element, NaN if either is; `high` is a number or a tensor that broadcasts. Dtypes are promoted. At
    /// the bound itself, `x` gets no gradient if the bound is a number, and half of it if the bound is a tensor. PyTorch: `torch.clamp(max=…)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([-2, 0, 7]).clamp_max(5)?.to_vec::<i64>()?, [-2, 0, 5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not broadcast, or the bound is below every number of an integer dtype.
    #[track_caller]
    pub fn clamp_max<'a>(&self, high: impl Into<Operand<'a>>) -> Result<Tensor> {
        self.binary(Binary::ClampMax, high.into())
    }

    /// [`Tensor::clamp_min`] in place. PyTorch: `Tensor.clamp_(min=…)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([-2, 0, 7]);
    /// x.clamp_min_(-1)?;
    /// assert_eq!(x.to_vec::<i64>()?, [-1, 0, 7]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::clamp_min`]; also if the result does not have this tensor's shape, if its dtype is of a higher category than this tensor's
    /// (`bool`, integers, floats), or if this tensor is a leaf that requires a gradient, or a view of one, and gradients are recorded.
    #[track_caller]
    pub fn clamp_min_<'a>(&self, low: impl Into<Operand<'a>>) -> Result<()> {
        self.binary_(Binary::ClampMin, low.into())
    }

    /// [`Tensor::clamp_max`] in place. PyTorch: `Tensor.clamp_(max=…)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([-2, 0, 7]);
    /// x.clamp_max_(5)?;
    /// assert_eq!(x.to_vec::<i64>()?, [-2, 0, 5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::clamp_max`]; also if the result does not have this tensor's shape, if its dtype is of a higher category than this tensor's
    /// (`bool`, integers, floats), or if this tensor is a leaf that requires a gradient, or a view of one, and gradients are recorded.
    #[track_caller]
    pub fn clamp_max_<'a>(&self, high: impl Into<Operand<'a>>) -> Result<()> {
        self.binary_(Binary::ClampMax, high.into())
    }

    /// `min(max(x, low), high)` for each element; the bounds are numbers or tensors that broadcast. Where the lower bound is above the upper one,
    /// the result is the upper one. Dtypes are promoted. PyTorch: `torch.clamp`, `torch.clip`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([-2, 0, 7]).clamp(-1, 5)?.to_vec::<i64>()?, [-1, 0, 5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::clamp_min`] and [`Tensor::clamp_max`].
    #[track_caller]
    pub fn clamp<'a>(
        &self,
        low: impl Into<Operand<'a>>,
        high: impl Into<Operand<'a>>,
    ) -> Result<Tensor> {
        match (low.into(), high.into()) {
            (Operand::Tensor(low), Operand::Tensor(high)) => {
                let types = [self, low, high].map(Tensor::tensor_type);
                let dtype = promote(&types, None);
                let (x, low, high) = (self.to(dtype)?, low.to(dtype)?, high.to(dtype)?);
                let clamped = x.clamp_min(&low)?.clamp_max(&high)?;
                if !clamped.may_have_meta() {
                    return Ok(clamped);
                }
                // Between two equal bounds, the gradient goes to the tensor if it is equal too, to the lower bound if it is less.
                let least = x.eq(&low)?.where_cond(&x, &low)?;
                let one = low.eq(&high)?.logical_and(&x.le(&low)?)?;
                one.where_cond(&least, &clamped)
            }
            (low, high) => self.clamp_min(low)?.clamp_max(high),
        }
    }

    /// [`Tensor::clamp`] in place. PyTorch: `Tensor.clamp_`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([-2, 0, 7]);
    /// x.clamp_(-1, 5)?;
    /// assert_eq!(x.to_vec::<i64>()?, [-1, 0, 5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::clamp`]; also if the result does not have this tensor's shape, if its dtype is of a higher category than this tensor's
    /// (`bool`, integers, floats), or if this tensor is a leaf that requires a gradient, or a view of one, and gradients are recorded.
    #[track_caller]
    pub fn clamp_<'a>(
        &self,
        low: impl Into<Operand<'a>>,
        high: impl Into<Operand<'a>>,
    ) -> Result<()> {
        let high = high.into();
        let of_high = match high {
            // The lower bound must not change the upper one.
            Operand::Tensor(t) if t.shares_memory(self) => Some(t.copy()?),
            _ => None,
        };
        let high = of_high.as_ref().map_or(high, Operand::Tensor);
        // Both bounds must fit before the first one is applied.
        match high {
            Operand::Tensor(t) => {
                writable(&Binary::ClampMax.into(), self, &[self, t]).map_err(Error::here)?;
            }
            Operand::Number(s) => {
                writable(
                    &Map::BinaryScalar(Binary::ClampMax, s).into(),
                    self,
                    &[self],
                )
                .map_err(Error::here)?;
            }
        }
        self.clamp_min_(low)?;
        self.clamp_max_(high)
    }

    /// `x` where `gate > 0`, 0 elsewhere: the gradient of [`Tensor::relu`] if `gate` is its result, for rules of differentiation. Shapes
    /// broadcast; any dtype but `bool`. PyTorch has no such public function: `torch.where(gate > 0, x, 0)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([1, 2, 3]).gate(&tensor!([5, 0, -5]))?;
    /// assert_eq!(y.to_vec::<i64>()?, [1, 0, 0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not broadcast or the promoted dtype is `bool`.
    #[track_caller]
    pub fn gate(&self, gate: &Tensor) -> Result<Tensor> {
        apply(Binary::Gate.into(), &[self, gate])
    }

    /// [`Tensor::logit`] of the elements clamped to `[eps, 1 - eps]`, so that it is finite; a negative `eps` leaves them as they are. Floats keep
    /// their dtype, others give `float32`. PyTorch: `torch.logit(eps=…)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([0.0, 0.5, 1.0]).logit_eps(0.1)?;
    /// assert_eq!(y.round_decimals(4)?.to_vec::<f32>()?, [-2.1972, 0.0, 2.1972]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the device has no memory left for the result.
    #[track_caller]
    pub fn logit_eps(&self, eps: f64) -> Result<Tensor> {
        if eps.is_nan() || eps < 0.0 {
            return self.logit();
        }
        if let Some(half) = Half::among([self]) {
            return half.round(half.widen(self)?.logit_eps(eps)?);
        }
        let x = self.as_float()?;
        let high = x.gt(1.0 - eps)?.where_cond(1.0 - eps, &x)?;
        x.lt(eps)?.where_cond(eps, &high)?.logit()
    }

    /// Angles in degrees converted to radians, `x π / 180`. Floats keep their dtype, others give `float32`. PyTorch: `torch.deg2rad`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([180.0, 90.0]).deg2rad()?;
    /// assert_eq!(y.round_decimals(4)?.to_vec::<f32>()?, [3.1416, 1.5708]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the device has no memory left for the result.
    #[track_caller]
    pub fn deg2rad(&self) -> Result<Tensor> {
        self.mul(std::f64::consts::PI / 180.0)
    }

    /// Angles in radians converted to degrees, `x 180 / π`. Floats keep their dtype, others give `float32`. PyTorch: `torch.rad2deg`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([0.0, std::f32::consts::PI]).rad2deg()?;
    /// assert_eq!(y.to_vec::<f32>()?, [0.0, 180.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the device has no memory left for the result.
    #[track_caller]
    pub fn rad2deg(&self) -> Result<Tensor> {
        self.mul(180.0 / std::f64::consts::PI)
    }

    /// The tensor itself. Any dtype but `bool`. PyTorch: `torch.positive`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([-1, 2]).positive()?.to_vec::<i64>()?, [-1, 2]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is `bool`.
    #[track_caller]
    pub fn positive(&self) -> Result<Tensor> {
        match self.dtype() {
            DType::Bool => Err(Error::dtype(
                "positive: not defined for bool; convert to an integer dtype first",
            )),
            _ => Ok(self.clone()),
        }
    }

    /// The angle of each number in the complex plane: π for negative numbers, 0 for others, NaN for NaN. Floats keep their dtype, others give
    /// `float32`. PyTorch: `torch.angle`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([-2.0, 0.0, 3.0]).angle()?;
    /// assert_eq!(y.to_vec::<f32>()?, [std::f32::consts::PI, 0.0, 0.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the device has no memory left for the result.
    #[track_caller]
    pub fn angle(&self) -> Result<Tensor> {
        let x = self.as_float()?;
        let angle = x.sign()?.neg()?.relu()?.mul(std::f64::consts::PI)?;
        x.isnan()?.where_cond(&x.detach(), &angle)
    }

    /// Whether each element is a real number, as `bool`. All are, because there is no complex dtype. PyTorch: `torch.isreal`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([1.0, f32::NAN]).isreal()?.to_vec::<bool>()?, [true, true]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the device has no memory left for the result.
    #[track_caller]
    pub fn isreal(&self) -> Result<Tensor> {
        Tensor::ones(self.shape(), (DType::Bool, self.device()))
    }

    /// The multivariate log-gamma function of dimension `p`: `ln Γₚ(x) = p (p - 1) / 4 ln π + Σⱼ ln Γ(x - j / 2)` for `j` from 0 to `p - 1`.
    /// Floats keep their dtype, integers give `float32`. PyTorch: `torch.mvlgamma`, `torch.special.multigammaln`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([2.0, 3.0]).mvlgamma(2)?;
    /// assert_eq!(y.round_decimals(4)?.to_vec::<f32>()?, [0.4516, 1.5502]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `p` is 0 or the dtype is `bool`.
    #[track_caller]
    pub fn mvlgamma(&self, p: usize) -> Result<Tensor> {
        if p == 0 {
            return Err(Error::value("mvlgamma: p must be at least 1, not 0"));
        }
        if self.dtype() == DType::Bool {
            return Err(Error::dtype(
                "mvlgamma: not defined for bool; convert to another dtype first",
            ));
        }
        if let Some(half) = Half::among([self]) {
            return half.round(half.widen(self)?.mvlgamma(p)?);
        }
        let x = self.as_float()?;
        // A list of all offsets, so that an absurd number of terms is an error for lack of memory; then a small block of terms at a time.
        let halves = Tensor::arange(0, p, 1, (x.dtype(), self.device()))?.mul(0.5)?;
        let column = x.reshape([-1, 1])?;
        let at_once = (MVLGAMMA_BLOCK / x.numel().max(1)).clamp(1, p);
        let mut sum = x.zeros_like()?;
        for first in (0..p).step_by(at_once) {
            let some = halves.narrow(0, first, at_once.min(p - first))?;
            let terms = column.sub(&some)?.lgamma()?.sum_dim(1, false)?;
            sum = sum.add(&terms.reshape(x.shape())?)?;
        }
        let p = p as f64;
        sum.add(p * (p - 1.0) / 4.0 * std::f64::consts::PI.ln())
    }

    /// The `n`-th derivative of [`Tensor::digamma`], `(-1)ⁿ⁺¹ n! ζ(n + 1, x)`. Floats keep their dtype, others give `float32`.
    /// PyTorch: `torch.polygamma`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([1.0, 2.0]).polygamma(2)?;
    /// assert_eq!(y.round_decimals(4)?.to_vec::<f32>()?, [-2.4041, -0.4041]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the device has no memory left for the result.
    #[track_caller]
    pub fn polygamma(&self, n: usize) -> Result<Tensor> {
        match n {
            0 => self.digamma(),
            1 => self.trigamma(),
            _ => {
                let order = Scalar::Float(n as f64);
                apply(Map::ScalarBinary(order, Binary::Polygamma).into(), &[self])
            }
        }
    }

    /// Integers and booleans as `float32`.
    #[track_caller]
    fn as_float(&self) -> Result<Tensor> {
        match self.dtype().is_float() {
            true => Ok(self.clone()),
            false => self.to(DType::F32),
        }
    }

    /// Whether each element is `∞`, as `bool`. PyTorch: `torch.isposinf`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([f32::INFINITY, -f32::INFINITY, 1.0]);
    /// assert_eq!(x.isposinf()?.to_vec::<bool>()?, [true, false, false]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the device has no memory left for the result.
    #[track_caller]
    pub fn isposinf(&self) -> Result<Tensor> {
        self.eq(f64::INFINITY)
    }

    /// Whether each element is `-∞`, as `bool`. PyTorch: `torch.isneginf`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([f32::INFINITY, -f32::INFINITY, 1.0]);
    /// assert_eq!(x.isneginf()?.to_vec::<bool>()?, [false, true, false]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the device has no memory left for the result.
    #[track_caller]
    pub fn isneginf(&self) -> Result<Tensor> {
        self.eq(f64::NEG_INFINITY)
    }

    /// `Φ(x)`, the cumulative distribution function of the standard normal distribution. Floats keep their dtype, others give `float32`.
    /// PyTorch: `torch.special.ndtr`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([0.0, 1.96]).ndtr()?;
    /// assert_eq!(y.round_decimals(4)?.to_vec::<f32>()?, [0.5, 0.975]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the device has no memory left for the result.
    #[track_caller]
    pub fn ndtr(&self) -> Result<Tensor> {
        if let Some(half) = Half::among([self]) {
            return half.round(half.widen(self)?.ndtr()?);
        }
        self.mul(-std::f64::consts::FRAC_1_SQRT_2)?.erfc()?.mul(0.5)
    }

    /// NaN replaced by `nan`, `∞` by `posinf` and `-∞` by `neginf`; without these two, by the largest and the lowest finite number of the dtype.
    /// Other dtypes than floats are copied. PyTorch: `torch.nan_to_num`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([f32::NAN, f32::INFINITY, 2.0]);
    /// assert_eq!(x.nan_to_num(0.0, None, None)?.to_vec::<f32>()?, [0.0, f32::MAX, 2.0]);
    /// assert_eq!(x.nan_to_num(-1.0, Some(9.0), None)?.to_vec::<f32>()?, [-1.0, 9.0, 2.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype cannot hold a replacement.
    #[track_caller]
    pub fn nan_to_num(&self, nan: f64, posinf: Option<f64>, neginf: Option<f64>) -> Result<Tensor> {
        if !self.dtype().is_float() {
            return self.copy();
        }
        for number in [Some(nan), posinf, neginf].into_iter().flatten() {
            expect_fits("nan_to_num", number.into(), self.dtype())?;
        }
        let largest = self.dtype().largest_finite();
        let x = self.isnan()?.where_cond(nan, self)?;
        let x = self
            .eq(f64::INFINITY)?
            .where_cond(posinf.unwrap_or(largest), &x)?;
        self.eq(f64::NEG_INFINITY)?
            .where_cond(neginf.unwrap_or(-largest), &x)
    }
}
