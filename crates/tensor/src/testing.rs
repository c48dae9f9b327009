//! Comparison of tensors in tests. PyTorch: `torch.testing`.

use crate::history::GradMode;
use crate::{Device, Tensor};
use rushlight_backend::{DType, Error, Result};

/// Options of [`assert_close_with`]. The defaults are those of [`assert_close`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CloseOptions {
    /// Relative tolerance and absolute tolerance; by default those of the dtype, the larger of both tensors' if they differ.
    pub tolerance: Option<(f64, f64)>,
    /// Whether NaN is close to NaN.
    pub equal_nan: bool,
    /// Whether the dtypes must be the same.
    pub check_dtype: bool,
    /// Whether the devices must be the same; else both are compared on the CPU.
    pub check_device: bool,
}

impl Default for CloseOptions {
    fn default() -> Self {
        CloseOptions {
            tolerance: None,
            equal_nan: false,
            check_dtype: true,
            check_device: true,
        }
    }
}

/// An error unless both tensors have the same shape, dtype and device, and `|actual - expected| ≤ atol + rtol |expected|` for each
/// element. PyTorch: `torch.testing.assert_close`.
///
/// | dtype | `rtol` | `atol` |
/// | --- | --- | --- |
/// | `float16` | 1e-3 | 1e-5 |
/// | `bfloat16` | 1.6e-2 | 1e-5 |
/// | `float32` | 1.3e-6 | 1e-5 |
/// | `float64` | 1e-7 | 1e-7 |
/// | others | 0 | 0 |
///
/// ```
/// use rushlight::testing::assert_close;
/// use rushlight::tensor;
/// assert_close(&tensor!([1.0, 2.0]), &tensor!([1.0, 2.000001]))?;
/// let e = assert_close(&tensor!([1.0, 2.0, 3.0]), &tensor!([1.0, 2.0, 4.0])).unwrap_err();
/// assert_eq!(
///     e.message(),
///     "assert_close: the tensors are not close\n\n\
///      Mismatched elements: 1 / 3 (33.3%)\n\
///      Greatest absolute difference: 1.0 at index [2] (up to 1e-5 allowed)\n\
///      Greatest relative difference: 0.25 at index [2] (up to 1.3e-6 allowed)"
/// );
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// A value error that describes the first of these differences: device, dtype, shape, elements. It carries the caller's line, so a test ends with
/// `?` or `unwrap()`.
#[track_caller]
pub fn assert_close(actual: &Tensor, expected: &Tensor) -> Result<()> {
    assert_close_with(actual, expected, CloseOptions::default())
}

/// [`assert_close`] with tolerances, with NaN equal to NaN, or without a comparison of dtypes or devices.
///
/// ```
/// use rushlight::testing::{CloseOptions, assert_close_with};
/// use rushlight::tensor;
/// let options = CloseOptions { tolerance: Some((0.0, 0.1)), equal_nan: true, ..CloseOptions::default() };
/// assert_close_with(&tensor!([1.0, f32::NAN]), &tensor!([1.05, f32::NAN]), options)?;
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// As of [`assert_close`]; and if a tolerance is negative or NaN.
#[track_caller]
pub fn assert_close_with(actual: &Tensor, expected: &Tensor, options: CloseOptions) -> Result<()> {
    let _off = GradMode::set(false);
    if options.check_device && actual.device() != expected.device() {
        return Err(different("device", actual.device(), expected.device()));
    }
    if options.check_dtype && actual.dtype() != expected.dtype() {
        return Err(different("dtype", &actual.dtype(), &expected.dtype()));
    }
    if actual.shape() != expected.shape() {
        return Err(Error::value(format!(
            "assert_close: the shapes differ: {:?} and {:?}",
            actual.shape(),
            expected.shape()
        )));
    }
    let (rtol, atol) = options.tolerance.unwrap_or_else(|| {
        let (a, b) = (tolerance(actual.dtype()), tolerance(expected.dtype()));
        (a.0.max(b.0), a.1.max(b.1))
    });
    for (name, bound) in [("rtol", rtol), ("atol", atol)] {
        if bound.is_nan() || bound < 0.0 {
            return Err(Error::value(format!(
                "assert_close: {name} must not be negative, got {bound}"
            )));
        }
    }
    compare(actual, expected, (rtol, atol), options.equal_nan)
}

/// PyTorch's `rtol` and `atol` for a dtype.
fn tolerance(dtype: DType) -> (f64, f64) {
    match dtype {
        DType::F16 => (1e-3, 1e-5),
        DType::BF16 => (1.6e-2, 1e-5),
        DType::F32 => (1.3e-6, 1e-5),
        DType::F64 => (1e-7, 1e-7),
        _ => (0.0, 0.0),
    }
}

#[track_caller]
fn different(what: &str, a: &dyn std::fmt::Display, b: &dyn std::fmt::Display) -> Error {
    Error::value(format!("assert_close: the {what}s differ: {a} and {b}"))
}

/// Compares elements of the same shape on the host.
#[track_caller]
fn compare(
    actual: &Tensor,
    expected: &Tensor,
    (rtol, atol): (f64, f64),
    equal_nan: bool,
) -> Result<()> {
    let (x, y) = (actual.to(&Device::CPU)?, expected.to(&Device::CPU)?);
    if [&x, &y].iter().all(|t| !t.dtype().is_float()) && rtol == 0.0 && atol == 0.0 {
        let (x, y) = (integers(&x)?, integers(&y)?);
        let found = Differences::of(&x, &y, |a, b| a != b, |a, b| (a - b).unsigned_abs() as f64);
        return found.report(actual.shape(), None);
    }
    let (x, y) = (floats(&x)?, floats(&y)?);
    let far = |a: f64, b: f64| {
        let same = a == b || (equal_nan && a.is_nan() && b.is_nan());
        let distance = (a - b).abs();
        let near = distance.is_finite() && distance <= atol + rtol * b.abs();
        !same && !near
    };
    Differences::of(&x, &y, far, |a, b| (a - b).abs()).report(actual.shape(), Some((rtol, atol)))
}

/// The elements of a tensor that has no fractions. Wide enough for the difference of any two.
#[track_caller]
fn integers(t: &Tensor) -> Result<Vec<i128>> {
    let values = t.to(DType::I64)?.to_vec::<i64>()?;
    Ok(values.into_iter().map(i128::from).collect())
}

#[track_caller]
fn floats(t: &Tensor) -> Result<Vec<f64>> {
    t.to(DType::F64)?.to_vec()
}

/// What a report says of the elements that are too far apart.
struct Differences {
    count: usize,
    all: usize,
    /// The greatest absolute and relative difference, each with its position in row-major order.
    absolute: (f64, usize),
    relative: (f64, usize),
    whole: bool,
}

impl Differences {
    fn of<T: Copy + Magnitude>(
        x: &[T],
        y: &[T],
        far: impl Fn(T, T) -> bool,
        distance: impl Fn(T, T) -> f64,
    ) -> Differences {
        let mut found = Differences {
            count: 0,
            all: x.len(),
            absolute: (0.0, 0),
            relative: (0.0, 0),
            whole: T::WHOLE,
        };
        // NaN counts as the greatest difference.
        let above = |d: f64, best: f64| !best.is_nan() && (d.is_nan() || d > best);
        for (i, (&a, &b)) in x
            .iter()
            .zip(y)
            .enumerate()
            .filter(|(_, (a, b))| far(**a, **b))
        {
            let absolute = distance(a, b);
            let relative = absolute / b.magnitude();
            let first = found.count == 0;
            found.count += 1;
            if first || above(absolute, found.absolute.0) {
                found.absolute = (absolute, i);
            }
            if first || above(relative, found.relative.0) {
                found.relative = (relative, i);
            }
        }
        found
    }

    /// An error if an element is too far; the tolerances are named unless the elements must be equal.
    #[track_caller]
    fn report(&self, shape: &[usize], tolerance: Option<(f64, f64)>) -> Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        let index = |mut at: usize| {
            let mut index = vec![0; shape.len()];
            for (i, n) in index.iter_mut().zip(shape).rev() {
                (*i, at) = (at % n, at / n);
            }
            index
        };
        let allowed = |bound: f64| match tolerance {
            Some(_) => format!(" (up to {bound:?} allowed)"),
            None => String::new(),
        };
        let (rtol, atol) = tolerance.unwrap_or_default();
        let (absolute, relative) = (self.absolute, self.relative);
        let greatest = match self.whole {
            true => format!("{}", absolute.0),
            false => format!("{:?}", absolute.0),
        };
        Err(Error::value(format!(
            "assert_close: the tensors are not {}\n\n\
             Mismatched elements: {} / {} ({:.1}%)\n\
             Greatest absolute difference: {greatest} at index {:?}{}\n\
             Greatest relative difference: {:?} at index {:?}{}",
            if tolerance.is_some() {
                "close"
            } else {
                "equal"
            },
            self.count,
            self.all,
            self.count as f64 / self.all as f64 * 100.0,
            index(absolute.1),
            allowed(atol),
            relative.0,
            index(relative.1),
            allowed(rtol),
        )))
    }
}

/// The absolute value that a difference is related to.
trait Magnitude {
    const WHOLE: bool;
    fn magnitude(self) -> f64;
}

impl Magnitude for f64 {
    const WHOLE: bool = false;
    fn magnitude(self) -> f64 {
        self.abs()
    }
}

impl Magnitude for i128 {
    const WHOLE: bool = true;
    fn magnitude(self) -> f64 {
        self.unsigned_abs() as f64
    }
}
