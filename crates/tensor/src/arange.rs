//! Sequences of numbers: `arange`, `linspace` and `logspace`.

use crate::create::{expect_fits, from_fn};
use crate::{Int, Operand, Options, Tensor};
use rushlight_backend::{Category, DType, Error, Result, Scalar};

impl Tensor {
    /// `start, start + step, …` up to but not including `end`; `int64` if all three are integers, else `float32`. PyTorch: `torch.arange`.
    ///
    /// In an integer dtype, start and step are truncated before they are added.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// assert_eq!(Tensor::arange(1, 6, 2, ())?.to_vec::<i64>()?, [1, 3, 5]);
    /// assert_eq!(Tensor::arange(0.0, 1.0, 0.25, ())?.numel(), 4);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[track_caller]
    pub fn arange(
        start: impl Into<Scalar>,
        end: impl Into<Scalar>,
        step: impl Into<Scalar>,
        options: impl Into<Options>,
    ) -> Result<Tensor> {
        let (start, end, step, options) = (start.into(), end.into(), step.into(), options.into());
        let floats = [start, end, step]
            .iter()
            .any(|s| s.category() == Category::Float);
        let dtype = options
            .dtype
            .unwrap_or(if floats { DType::F32 } else { DType::I64 });
        no_bool("arange", dtype)?;
        let (a, b, by) = (start.to_f64(), end.to_f64(), step.to_f64());
        if by == 0.0 || !by.is_finite() || !a.is_finite() || !b.is_finite() {
            return Err(Error::value(format!(
                "arange: from {start} to {end} in steps of {step} is not a finite range"
            )));
        }
        if (b - a) * by < 0.0 {
            return Err(Error::value(format!(
                "arange: from {start} to {end}, the step {step} leads away from the end"
            )));
        }
        let n = if floats {
            ((b - a) / by).ceil() as usize
        } else {
            let (a, b, by) = (
                start.to_i64() as i128,
                end.to_i64() as i128,
                step.to_i64() as i128,
            );
            ((b - a + by - by.signum()) / by) as usize
        };
        let at = |i: usize| match floats && dtype.is_float() {
            true => Scalar::Float(a + by * i as f64),
            false => Scalar::Int(
                start
                    .to_i64()
                    .wrapping_add(step.to_i64().wrapping_mul(i as i64)),
            ),
        };
        from_fn("arange", n, at, dtype, &options.device())
    }

    /// `steps` evenly spaced numbers from `start` to `end`, both included; `float32` by default. PyTorch: `torch.linspace`.
    ///
    /// The ends are numbers or 0-dimensional tensors. In an integer dtype they are truncated first, the numbers between them afterwards.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// assert_eq!(Tensor::linspace(3, 10, 3, ())?.to_vec::<f32>()?, [3.0, 6.5, 10.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[track_caller]
    pub fn linspace<'a, 'b>(
        start: impl Into<Operand<'a>>,
        end: impl Into<Operand<'b>>,
        steps: impl Into<Int>,
        options: impl Into<Options>,
    ) -> Result<Tensor> {
        let options = options.into();
        let dtype = options.dtype.unwrap_or(DType::F32);
        let steps = steps.into().size("linspace", "number of steps")?;
        let line = Line::new("linspace", start.into(), end.into(), steps, dtype)?;
        let at = |i| Scalar::Float(line.at(i));
        from_fn("linspace", steps, at, dtype, &options.device())
    }

    /// `base` to the powers of [`Tensor::linspace`]; `float32` by default. PyTorch: `torch.logspace`.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// assert_eq!(Tensor::logspace(0, 2, 3, 10.0, ())?.to_vec::<f32>()?, [1.0, 10.0, 100.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    #[track_caller]
    pub fn logspace<'a, 'b>(
        start: impl Into<Operand<'a>>,
        end: impl Into<Operand<'b>>,
        steps: impl Into<Int>,
        base: f64,
        options: impl Into<Options>,
    ) -> Result<Tensor> {
        let options = options.into();
        let dtype = options.dtype.unwrap_or(DType::F32);
        let steps = steps.into().size("logspace", "number of steps")?;
        let line = Line::new("logspace", start.into(), end.into(), steps, dtype)?;
        let at = |i| Scalar::Float(base.powf(line.at(i)));
        from_fn("logspace", steps, at, dtype, &options.device())
    }
}

/// A range divided into equal steps.
struct Line {
    start: f64,
    end: f64,
    step: f64,
    steps: usize,
    /// Whether PyTorch computes the numbers in `float32`.
    single: bool,
}

impl Line {
    #[track_caller]
    fn new(
        name: &str,
        start: Operand<'_>,
        end: Operand<'_>,
        steps: usize,
        dtype: DType,
    ) -> Result<Line> {
        no_bool(name, dtype)?;
        let (start, end) = (number(name, "start", start)?, number(name, "end", end)?);
        expect_fits(name, start, dtype)?;
        expect_fits(name, end, dtype)?;
        let (start, end) = (start.cast(dtype).to_f64(), end.cast(dtype).to_f64());
        let parts = steps.saturating_sub(1).max(1) as f64;
        let length = end - start;
        let step = match length.is_finite() {
            true => length / parts,
            // Longer than the largest number.
            false => end / parts - start / parts,
        };
        Ok(Line {
            start,
            end,
            step,
            steps,
            single: dtype.compute() == DType::F32,
        })
    }

    /// Number `i`, computed from the nearer end of the range.
    fn at(&self, i: usize) -> f64 {
        if self.steps == 1 {
            return self.start;
        }
        let (from, by) = if i < self.steps / 2 {
            (self.start, i as f64)
        } else {
            (self.end, -((self.steps - i - 1) as f64))
        };
        if by == 0.0 {
            // Also where the step is longer than the largest number.
            from
        } else if self.single {
            (self.step as f32).mul_add(by as f32, from as f32) as f64
        } else {
            self.step.mul_add(by, from)
        }
    }
}

#[track_caller]
fn no_bool(name: &str, dtype: DType) -> Result<()> {
    match dtype {
        DType::Bool => Err(Error::dtype(format!(
            "{name}: not defined for bool; make the numbers first and compare them"
        ))),
        _ => Ok(()),
    }
}

/// The value of an end, which is a number or a 0-dimensional tensor.
#[track_caller]
fn number(name: &str, what: &str, end: Operand<'_>) -> Result<Scalar> {
    match end {
        Operand::Number(s) => Ok(s),
        Operand::Tensor(t) if t.ndim() != 0 => Err(Error::shape(format!(
            "{name}: {what} must be a number or a 0-dimensional tensor, not of shape {:?}",
            t.shape()
        ))),
        Operand::Tensor(t) if t.dtype().is_float() => {
            Ok(Scalar::Float(t.detach().to(DType::F64)?.item()?))
        }
        Operand::Tensor(t) => Ok(Scalar::Int(t.to(DType::I64)?.item()?)),
    }
}
