//! Shape and dtype of every operation's result, and what it refuses.

use super::{Axes, Binary, Fused, IndexOp, Op, Pool, Reduce, ViewOp};
use crate::{Category, DType, Dims, Error, Result, Scalar, broadcast};

/// Shape and dtype of a tensor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TensorType {
    /// Size along each dimension.
    pub shape: Dims,
    /// Type of the elements.
    pub dtype: DType,
}

/// The dtype in which operands meet. PyTorch: "Type Promotion".
///
/// Tensors of at least one dimension decide; a 0-dimensional tensor counts only where its class is higher than theirs, a number only
/// where its class is higher than both.
///
/// ```
/// use rushlight_backend::{DType, Dims, Scalar, TensorType, promote};
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
    #[track_caller]
    pub fn infer(&self, inputs: &[TensorType]) -> Result<TensorType> {
        let shape = |shape: Dims, dtype: DType| Ok(TensorType { shape, dtype });
        let a = inputs[0];
        match self {
            Op::Copy | Op::Transfer | Op::Fill(_) => Ok(a),
            Op::Cast(dtype) => shape(a.shape, *dtype),
            Op::Unary(f) => match f.result(a.dtype) {
                Some(dtype) => shape(a.shape, dtype),
                None => Err(undefined(f.name(), a.dtype, f.takes())),
            },
            Op::Binary(f) => {
                let dtype = binary_dtype(*f, promote(inputs, None))?;
                shape(broadcast(f.name(), &a.shape, &inputs[1].shape)?, dtype)
            }
            Op::BinaryScalar(f, s) | Op::ScalarBinary(s, f) => {
                let dtype = binary_dtype(*f, promote(inputs, Some(*s)))?;
                bound_fits(*f, *s, dtype)?;
                shape(a.shape, dtype)
            }
            Op::Compare(f) => shape(
                broadcast(f.name(), &a.shape, &inputs[1].shape)?,
                DType::Bool,
            ),
            Op::CompareScalar(..) => shape(a.shape, DType::Bool),
            Op::Where => {
                if a.dtype != DType::Bool {
                    return Err(Error::dtype(format!(
                        "where: the condition must be bool, not {}",
                        a.dtype
                    )));
                }
                let values = broadcast("where", &inputs[1].shape, &inputs[2].shape)?;
                shape(
                    broadcast("where", &a.shape, &values)?,
                    promote(&inputs[1..], None),
                )
            }
            Op::Reduce { f, axes, keepdim } => match f.result(a.dtype) {
                Some(dtype) => {
                    has_extreme(*f, *axes, &a.shape)?;
                    shape(reduced(&a.shape, |d| axes.contains(d), *keepdim), dtype)
                }
                None => Err(Error::dtype(format!(
                    "{}: not defined for {}; convert to a floating-point dtype first",
                    f.name(),
                    a.dtype
                ))),
            },
            Op::Arg { dim, keepdim, .. } => shape(
                reduced(&a.shape, |d| d == *dim as usize, *keepdim),
                DType::I64,
            ),
            Op::Scan { f, .. } => match f.result(a.dtype) {
                Some(dtype) => shape(a.shape, dtype),
                None => Err(Error::dtype(format!(
                    "{}: not defined for {}",
                    f.name(),
                    a.dtype
                ))),
            },
            Op::Argsort { .. } => shape(a.shape, DType::I64),
            Op::Cat { dim } => cat(inputs, *dim as usize),
            Op::MatMul => matmul(a, inputs[1]),
            Op::Linalg(f) => f.infer(inputs),
            Op::Conv(c) => {
                same_dtype(self.name(), &inputs[..2])?;
                if a.dtype == DType::Bool {
                    return Err(Error::dtype(format!(
                        "{}: not defined for bool; convert to a number dtype first",
                        self.name()
                    )));
                }
                shape(c.infer(&a.shape, &inputs[1].shape)?, a.dtype)
            }
            Op::Pool(p) => shape(p.infer(&a.shape), a.dtype),
            Op::Gather(f) => gather(self.name(), *f, a, inputs[1]),
            Op::Scatter(f, _) => scatter(self.name(), *f, a, inputs[1], inputs[2]),
            Op::View(ViewOp::AsStrided(layout)) => shape(*layout.shape(), a.dtype),
            // The layout of other views is made before their operation is; only it knows the shape.
            Op::View(_) => Ok(a),
            Op::SetWindow(_) => Ok(a),
            Op::Fused(f) => fused(f, inputs),
        }
    }
}

#[track_caller]
#[inline]
fn binary_dtype(f: Binary, promoted: DType) -> Result<DType> {
    match f.result(promoted) {
        Some(dtype) => Ok(dtype),
        None => Err(undefined(f.name(), promoted, f.takes())),
    }
}

/// Whether a bound that is a number can be a result, if it can be one at all: no int8 is at least 300, all are at most 300.
#[track_caller]
fn bound_fits(f: Binary, bound: Scalar, dtype: DType) -> Result<()> {
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

/// Of no element none is the extreme.
#[track_caller]
#[inline]
fn has_extreme(f: Reduce, axes: Axes, shape: &Dims) -> Result<()> {
    if !matches!(f, Reduce::Max | Reduce::Min) {
        return Ok(());
    }
    match axes.iter().find(|&d| shape.get(d) == Some(&0)) {
        None => Ok(()),
        Some(d) => Err(Error::shape(format!(
            "{}: dimension {d} of shape {shape:?} is empty, and of no element none is the extreme",
            f.name()
        ))),
    }
}

#[track_caller]
fn undefined(name: &str, dtype: DType, takes: &str) -> Error {
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
    for t in &inputs[1..] {
        let fits = t.shape.len() == shape.len()
            && (0..shape.len()).all(|d| d == dim || t.shape[d] == shape[d]);
        if !fits {
            return Err(Error::shape(format!(
                "cat: {:?} and {:?} differ outside dimension {dim}",
                inputs[0].shape, t.shape
            )));
        }
        // What no memory holds is refused when it is asked for.
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

#[track_caller]
fn integer_index(name: &str, index: TensorType) -> Result<()> {
    match index.dtype {
        DType::I64 | DType::I32 => Ok(()),
        other => Err(Error::dtype(format!(
            "{name}: the index must be int64 or int32, not {other}"
        ))),
    }
}

#[track_caller]
fn gather(name: &str, f: IndexOp, x: TensorType, index: TensorType) -> Result<TensorType> {
    integer_index(name, index)?;
    let shape = match f {
        IndexOp::Select { dim } => {
            if index.shape.len() != 1 {
                return Err(Error::shape(format!(
                    "{name}: the index must have one dimension, not {:?}",
                    index.shape
                )));
            }
            let mut shape = x.shape;
            shape[dim as usize] = index.shape[0];
            shape
        }
        IndexOp::Gather { dim } => {
            fits_gather(name, dim as usize, "input", &x.shape, &index.shape)?;
            index.shape
        }
    };
    Ok(TensorType {
        shape,
        dtype: x.dtype,
    })
}

#[track_caller]
fn fits_gather(name: &str, dim: usize, what: &str, x: &Dims, index: &Dims) -> Result<()> {
    if x.len() != index.len() {
        return Err(Error::shape(format!(
            "{name}: index {index:?} and {what} {x:?} must have as many dimensions"
        )));
    }
    match (0..x.len()).find(|&d| d != dim && index[d] > x[d]) {
        Some(d) => Err(Error::shape(format!(
            "{name}: index {index:?} is larger than {what} {x:?} at dimension {d}"
        ))),
        None => Ok(()),
    }
}

#[track_caller]
fn scatter(
    name: &str,
    f: IndexOp,
    x: TensorType,
    index: TensorType,
    src: TensorType,
) -> Result<TensorType> {
    integer_index(name, index)?;
    if src.dtype != x.dtype {
        return Err(Error::dtype(format!(
            "{name}: the source is {}, the destination {}",
            src.dtype, x.dtype
        )));
    }
    match f {
        IndexOp::Select { dim } => {
            let mut expected = x.shape;
            expected[dim as usize] = index.shape.numel();
            if index.shape.len() != 1 || src.shape != expected {
                return Err(Error::shape(format!(
                    "{name}: expected an index of one dimension and a source of shape {expected:?}, got index {:?} and source {:?}",
                    index.shape, src.shape
                )));
            }
        }
        IndexOp::Gather { dim } => {
            if index.shape.numel() > 0 {
                fits_gather(name, dim as usize, "destination", &x.shape, &index.shape)?;
                // MAX_RANK is beyond every dimension: the source must be large enough along all of them.
                fits_gather(name, crate::MAX_RANK, "source", &src.shape, &index.shape)?;
            }
        }
    }
    Ok(x)
}

#[track_caller]
fn max_pool_grad(pool: &Pool, g: TensorType, positions: TensorType) -> Result<TensorType> {
    let planes = g.shape.len().checked_sub(pool.space.len());
    if positions.shape != g.shape || planes.is_none_or(|n| g.shape[n..] != pool.pooled[..]) {
        return Err(Error::shape(format!(
            "max_pool_backward: gradient {:?} and positions {:?} do not fit windows {:?}",
            g.shape, positions.shape, pool.pooled
        )));
    }
    let mut shape = g.shape;
    shape.truncate(g.shape.len() - pool.space.len());
    pool.space.iter().for_each(|&n| shape.push(n));
    Ok(TensorType {
        shape,
        dtype: g.dtype,
    })
}

#[track_caller]
fn fused(f: &Fused, inputs: &[TensorType]) -> Result<TensorType> {
    let a = inputs[0];
    match f {
        Fused::Linear => {
            let (x, w) = (a.shape, inputs[1].shape);
            if w.len() != 2 || x.is_empty() || x[x.len() - 1] != w[1] {
                return Err(Error::shape(format!(
                    "linear: the inner sizes differ: input {x:?} and weight {w:?} ([out, in])"
                )));
            }
            if let Some(b) = inputs.get(2)
                && *b.shape != [w[0]]
            {
                return Err(Error::shape(format!(
                    "linear: bias {:?} does not fit weight {w:?} ([out, in])",
                    b.shape
                )));
            }
            same_dtype("linear", inputs)?;
            let mut shape = x;
            shape[x.len() - 1] = w[0];
            Ok(TensorType {
                shape,
                dtype: a.dtype,
            })
        }
        Fused::Softmax { .. } | Fused::LogSoftmax { .. }
            if a.dtype.category() != Category::Float =>
        {
            Err(Error::dtype(format!(
                "{}: not defined for {}",
                f.name(),
                a.dtype
            )))
        }
        Fused::Norm { axes, .. } => Ok(TensorType {
            shape: reduced(&a.shape, |d| axes.contains(d), true),
            dtype: a.dtype,
        }),
        Fused::LayerNorm { axes, weight, .. } => {
            let inner = a
                .shape
                .len()
                .checked_sub(*axes)
                .map(|outer| &a.shape[outer..]);
            for (t, what) in inputs[1..].iter().zip(if *weight {
                ["weight", "bias"]
            } else {
                ["bias", ""]
            }) {
                if inner != Some(&*t.shape) {
                    return Err(Error::shape(format!(
                        "layer_norm: {what} {:?} does not fit input {:?}",
                        t.shape, a.shape
                    )));
                }
            }
            same_dtype("layer_norm", inputs)?;
            Ok(a)
        }
        Fused::LayerNormGrad { .. } | Fused::CrossEntropyGrad { .. } => Ok(inputs[1]),
        Fused::Attention { .. } => attention(a, inputs[1], inputs[2]),
        Fused::AttentionGrad { .. } => Ok(inputs[1]),
        Fused::MaxPoolGrad(pool) => max_pool_grad(pool, a, inputs[1]),
        Fused::CrossEntropy { .. } => cross_entropy(a, inputs[1]),
        Fused::Softmax { .. }
        | Fused::LogSoftmax { .. }
        | Fused::SoftmaxGrad { .. }
        | Fused::LogSoftmaxGrad { .. } => Ok(a),
    }
}

#[track_caller]
fn cross_entropy(x: TensorType, target: TensorType) -> Result<TensorType> {
    if x.dtype.category() != Category::Float || target.dtype != DType::I64 {
        return Err(Error::dtype(format!(
            "cross_entropy: expected logits of a floating-point dtype and targets of int64, got {} and {}",
            x.dtype, target.dtype
        )));
    }
    match (&*x.shape, &*target.shape) {
        ([rows, _], [targets]) if rows == targets => Ok(TensorType {
            shape: target.shape,
            dtype: x.dtype,
        }),
        _ => Err(Error::shape(format!(
            "cross_entropy: expected logits [rows, classes] and targets [rows], got {:?} and {:?}",
            x.shape, target.shape
        ))),
    }
}

#[track_caller]
fn attention(q: TensorType, k: TensorType, v: TensorType) -> Result<TensorType> {
    let name = "scaled_dot_product_attention";
    same_dtype(name, &[q, k, v])?;
    if q.dtype.category() != Category::Float {
        return Err(Error::dtype(format!("{name}: not defined for {}", q.dtype)));
    }
    match (&*q.shape, &*k.shape, &*v.shape) {
        (&[b, n, d], &[bk, m, dk], &[bv, mv, e]) if b == bk && b == bv && d == dk && m == mv => {
            Ok(TensorType {
                shape: Dims::from([b, n, e]),
                dtype: q.dtype,
            })
        }
        _ => Err(Error::shape(format!(
            "{name}: expected [batch, queries, width], [batch, keys, width] and [batch, keys, value width], got {:?}, {:?} and {:?}",
            q.shape, k.shape, v.shape
        ))),
    }
}
