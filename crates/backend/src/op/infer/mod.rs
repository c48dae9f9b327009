//! Inference of the shape and dtype of every operation's result, with errors for operands that do not fit.

mod fused;
mod index;
pub(super) mod recurrent;

use super::{Axes, Binary, Conv, Op, ViewOp};
use crate::{Category, DType, Dims, Error, Result, Scalar, broadcast};

/// Shape and dtype of a tensor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TensorType {
    /// Size along each dimension.
    pub shape: Dims,
    /// Type of the elements.
    pub dtype: DType,
}

/// The promoted dtype of operands. PyTorch: "Type Promotion".
///
/// Tensors of at least one dimension decide; a 0-dimensional tensor counts only if its category is higher than theirs, a number only
/// if its category is higher than both.
///
/// ```
/// use rushlight::backend::{DType, Dims, Scalar, TensorType, promote};
/// let ints = TensorType { shape: Dims::from([3]), dtype: DType::I32 };
/// assert_eq!(promote(&[ints], Some(Scalar::Float(1.5))), DType::F32);
/// assert_eq!(promote(&[ints], Some(Scalar::Int(1))), DType::I32);
/// ```
#[inline]
pub fn promote(operands: &[TensorType], number: Option<Scalar>) -> DType {
    let meet = |a: Option<DType>, b: DType| Some(a.map_or(b, |a| a.promote(b)));
    let (mut dimensioned, mut scalar) = (None, None);
    for t in operands {
        if t.shape.is_empty() {
            scalar = meet(scalar, t.dtype);
        } else {
            dimensioned = meet(dimensioned, t.dtype);
        }
    }
    let prefer = |strong: Option<DType>, weak: Option<DType>| match (strong, weak) {
        (Some(s), Some(w)) if w.category() > s.category() => Some(s.promote(w)),
        (Some(s), _) => Some(s),
        (None, w) => w,
    };
    prefer(dimensioned, prefer(scalar, number.map(Scalar::dtype))).unwrap_or(DType::F32)
}

impl Op {
    /// Shape and dtype of the result for inputs of these types, or an error that says what does not fit.
    ///
    /// Checks the number of inputs, the dimensions and the sizes, but not whether the result fits into memory.
    #[track_caller]
    pub fn infer(&self, inputs: &[TensorType]) -> Result<TensorType> {
        let shape = |shape: Dims, dtype: DType| Ok(TensorType { shape, dtype });
        self.expect_inputs(inputs.len())?;
        let a = inputs[0];
        match self {
            Op::Map(f) => f.infer(inputs),
            Op::Transfer | Op::Fill(_) => Ok(a),
            Op::Cast(dtype) => shape(a.shape, *dtype),
            Op::Reduce { f, axes, keepdim } => match f.result(a.dtype) {
                Some(dtype) => {
                    if let Some(d) = axes.iter().find(|&d| d >= a.shape.len().max(1)) {
                        return Err(no_dimension(f.name(), d, &a.shape));
                    }
                    if let Some(extreme) = f.extreme() {
                        has_extreme(f.name(), extreme, *axes, &a.shape)?;
                    }
                    shape(reduced(&a.shape, |d| axes.contains(d), *keepdim), dtype)
                }
                None => Err(Error::dtype(format!(
                    "{}: not defined for {}; convert to a floating-point dtype first",
                    f.name(),
                    a.dtype
                ))),
            },
            Op::Arg { f, dim, keepdim } => {
                row_dimension(f.name(), *dim as usize, &a.shape)?;
                has_extreme(f.name(), f.extreme(), Axes::one(*dim as usize), &a.shape)?;
                shape(
                    reduced(&a.shape, |d| d == *dim as usize, *keepdim),
                    DType::I64,
                )
            }
            Op::Scan { f, dim } => match f.result(a.dtype) {
                Some(dtype) => {
                    row_dimension(f.name(), *dim as usize, &a.shape)?;
                    shape(a.shape, dtype)
                }
                None => Err(Error::dtype(format!(
                    "{}: not defined for {}",
                    f.name(),
                    a.dtype
                ))),
            },
            Op::Argsort { dim, .. } => {
                row_dimension("argsort", *dim as usize, &a.shape)?;
                shape(a.shape, DType::I64)
            }
            Op::Cat { dim } => cat(inputs, *dim as usize),
            Op::MatMul => matmul(a, inputs[1]),
            Op::Linalg(f) => f.infer(inputs),
            Op::Conv(c) => c.infer_types(a, inputs[1]),
            Op::Pool(p) => shape(p.infer(&a.shape)?, a.dtype),
            Op::Gather(f) => index::gather(self.name(), *f, a, inputs[1]),
            Op::Scatter(f, _) => index::scatter(self.name(), *f, a, inputs[1], inputs[2]),
            Op::View(ViewOp::AsStrided(layout)) => shape(*layout.shape(), a.dtype),
            Op::View(ViewOp::Permute(axes)) => {
                shape(permuted(&a.shape, &axes[..a.shape.len()])?, a.dtype)
            }
            // Other views compute their layout before the operation is created, so only the layout has the shape.
            Op::View(v) => Err(Error::unsupported(format!(
                "{}: a view's shape is that of its layout, not of its operation",
                v.name()
            ))),
            Op::SetWindow(layout) => {
                if inputs[1].shape != *layout.shape() || layout.end() == usize::MAX {
                    return Err(Error::shape(format!(
                        "{}: a value of shape {:?} does not fill a window of {:?}",
                        self.name(),
                        inputs[1].shape,
                        layout.shape()
                    )));
                }
                Ok(a)
            }
            Op::Fused(f) => f.infer(inputs),
        }
    }

    /// The smallest and the largest number of inputs.
    pub fn arity(&self) -> (usize, usize) {
        let exactly = |n| (n, n);
        match self {
            Op::Map(f) => exactly(f.arity()),
            Op::Cast(_)
            | Op::Transfer
            | Op::Fill(_)
            | Op::Reduce { .. }
            | Op::Arg { .. }
            | Op::Scan { .. }
            | Op::Argsort { .. }
            | Op::Pool(_)
            | Op::View(_) => exactly(1),
            Op::MatMul | Op::Conv(_) | Op::Gather(_) | Op::SetWindow(_) => exactly(2),
            Op::Scatter(..) => exactly(3),
            Op::Cat { .. } => (1, usize::MAX),
            Op::Linalg(f) => exactly(f.arity()),
            Op::Fused(f) => f.arity(),
        }
    }

    /// Returns an error unless the operation takes `given` inputs.
    #[inline]
    #[track_caller]
    pub fn expect_inputs(&self, given: usize) -> Result<()> {
        let (least, most) = self.arity();
        if (least..=most).contains(&given) {
            return Ok(());
        }
        Err(unexpected_inputs(self.name(), (least, most), given))
    }
}

#[track_caller]
fn expect_inputs(name: &str, (least, most): (usize, usize), given: usize) -> Result<()> {
    if (least..=most).contains(&given) {
        return Ok(());
    }
    Err(unexpected_inputs(name, (least, most), given))
}

#[cold]
#[track_caller]
fn unexpected_inputs(name: &str, (least, most): (usize, usize), given: usize) -> Error {
    let wanted = match most {
        _ if least == most => least.to_string(),
        usize::MAX => format!("at least {least}"),
        _ => format!("{least} to {most}"),
    };
    Error::value(format!(
        "{name}: expected {wanted} input tensors, got {given}"
    ))
}

#[cold]
#[track_caller]
fn no_dimension(name: &str, dim: usize, shape: &Dims) -> Error {
    Error::index(format!(
        "{name}: dimension {dim} is out of range for shape {shape:?}"
    ))
}

/// Checks that `shape` has a dimension `dim`; a scalar counts as a vector of one element.
#[track_caller]
fn row_dimension(name: &str, dim: usize, shape: &Dims) -> Result<()> {
    if dim < shape.len().max(1) {
        return Ok(());
    }
    Err(no_dimension(name, dim, shape))
}

/// Checks that `shape` has a dimension `dim`.
#[track_caller]
fn dimension(name: &str, dim: usize, shape: &Dims) -> Result<()> {
    if dim < shape.len() {
        return Ok(());
    }
    Err(no_dimension(name, dim, shape))
}

#[track_caller]
fn permuted(shape: &Dims, axes: &[u8]) -> Result<Dims> {
    let seen = axes.iter().fold(0u32, |seen, &d| seen | 1 << d.min(31));
    if seen != (1 << shape.len()) - 1 {
        return Err(Error::value(format!(
            "permute: {axes:?} are not the dimensions of shape {shape:?} in some order"
        )));
    }
    Ok(axes.iter().map(|&d| shape[d as usize]).collect())
}

#[track_caller]
fn same_type(name: &str, a: &TensorType, b: &TensorType) -> Result<()> {
    if a == b {
        return Ok(());
    }
    Err(Error::shape(format!(
        "{name}: expected a tensor of {} {:?}, got {} {:?}",
        a.dtype, a.shape, b.dtype, b.shape
    )))
}

#[track_caller]
fn float(name: &str, t: &TensorType) -> Result<()> {
    if t.dtype.category() == Category::Float {
        return Ok(());
    }
    Err(Error::dtype(format!("{name}: not defined for {}", t.dtype)))
}

#[track_caller]
#[inline]
pub(super) fn binary_dtype(f: Binary, promoted: DType) -> Result<DType> {
    match f.result(promoted) {
        Some(dtype) => Ok(dtype),
        None => Err(undefined(f.name(), promoted, f.takes())),
    }
}

/// Whether a bound that is a number can be a result: no int8 is at least 300, all are at most 300.
#[track_caller]
pub(super) fn bound_fits(f: Binary, bound: Scalar, dtype: DType) -> Result<()> {
    let (Scalar::Int(lowest), Scalar::Int(highest), Scalar::Int(x)) =
        (dtype.lowest(), dtype.highest(), bound)
    else {
        return Ok(());
    };
    let fits = match f {
        Binary::Maximum | Binary::Fmax | Binary::ClampMin => x <= highest,
        Binary::Minimum | Binary::Fmin | Binary::ClampMax => x >= lowest,
        Binary::Heaviside => bound.fits(dtype),
        _ => true,
    };
    match fits {
        true => Ok(()),
        false => Err(Error::value(format!(
            "{}: {x} is outside the range of {dtype}",
            f.name()
        ))),
    }
}

/// Returns an error if one of `axes` is empty, because the `extreme` (maximum or minimum) of zero elements is undefined.
#[track_caller]
#[inline]
fn has_extreme(name: &str, extreme: &str, axes: Axes, shape: &Dims) -> Result<()> {
    match axes.iter().find(|&d| shape.get(d) == Some(&0)) {
        None => Ok(()),
        Some(d) => Err(Error::shape(format!(
            "{name}: dimension {d} is empty; the {extreme} of zero elements is undefined"
        ))),
    }
}

#[track_caller]
pub(super) fn undefined(name: &str, dtype: DType, takes: &str) -> Error {
    Error::dtype(format!(
        "{name}: not defined for {dtype}; it takes {takes}: convert with to(dtype)"
    ))
}

fn reduced(shape: &Dims, gone: impl Fn(usize) -> bool, keepdim: bool) -> Dims {
    let sizes = shape.iter().enumerate();
    sizes
        .filter_map(|(d, &n)| {
            if !gone(d) {
                Some(n)
            } else {
                keepdim.then_some(1)
            }
        })
        .collect()
}

#[track_caller]
fn same_dtype(name: &str, inputs: &[TensorType]) -> Result<()> {
    match inputs.iter().find(|t| t.dtype != inputs[0].dtype) {
        Some(t) => Err(Error::dtype(format!(
            "{name}: dtypes differ: {} and {}",
            inputs[0].dtype, t.dtype
        ))),
        None => Ok(()),
    }
}

#[track_caller]
fn cat(inputs: &[TensorType], dim: usize) -> Result<TensorType> {
    let mut shape = inputs[0].shape;
    dimension("cat", dim, &shape)?;
    for t in &inputs[1..] {
        let fits = t.shape.len() == shape.len()
            && (0..shape.len()).all(|d| d == dim || t.shape[d] == shape[d]);
        if !fits {
            return Err(Error::shape(format!(
                "cat: {:?} and {:?} differ outside dimension {dim}",
                inputs[0].shape, t.shape
            )));
        }
        // Sizes that exceed the memory are refused when it is allocated.
        shape[dim] = shape[dim].saturating_add(t.shape[dim]);
    }
    Ok(TensorType {
        shape,
        dtype: promote(inputs, None),
    })
}

#[track_caller]
fn matmul(a: TensorType, b: TensorType) -> Result<TensorType> {
    let (m, n) = (a.shape.len(), b.shape.len());
    if m < 2 || n < 2 {
        return Err(Error::shape(format!(
            "matmul: expected matrices, of at least 2 dimensions, got {:?} x {:?}",
            a.shape, b.shape
        )));
    }
    if a.shape[m - 1] != b.shape[n - 2] {
        return Err(Error::shape(format!(
            "matmul: the inner sizes differ: {:?} x {:?}, {} against {}",
            a.shape,
            b.shape,
            a.shape[m - 1],
            b.shape[n - 2]
        )));
    }
    same_dtype("matmul", &[a, b])?;
    if a.dtype == DType::Bool {
        return Err(Error::dtype(
            "matmul: not defined for bool; convert to a number dtype first",
        ));
    }
    let mut shape = broadcast("matmul", &a.shape[..m - 2], &b.shape[..n - 2])?;
    shape.push(a.shape[m - 2]);
    shape.push(b.shape[n - 1]);
    Ok(TensorType {
        shape,
        dtype: a.dtype,
    })
}

impl Conv {
    /// Shape and dtype of the result.
    #[track_caller]
    pub(crate) fn infer_types(&self, a: TensorType, b: TensorType) -> Result<TensorType> {
        same_dtype(self.name(), &[a, b])?;
        if a.dtype == DType::Bool {
            return Err(Error::dtype(format!(
                "{}: not defined for bool; convert to a number dtype first",
                self.name()
            )));
        }
        Ok(TensorType {
            shape: self.infer(&a.shape, &b.shape)?,
            dtype: a.dtype,
        })
    }
}
