//! Inference of the results of fused operations.

use super::{
    TensorType, expect_inputs, float, recurrent, reduced, row_dimension, same_dtype, same_type,
};
use crate::op::{Fused, Pool};
use crate::{Category, DType, Dims, Error, MAX_RANK, Result};

#[track_caller]
fn max_pool_grad(pool: &Pool, g: TensorType, positions: TensorType) -> Result<TensorType> {
    pool.check("max_pool_backward")?;
    let planes = g.shape.len().checked_sub(pool.space.len());
    if positions.dtype != DType::I64 {
        return Err(Error::dtype(format!(
            "max_pool_backward: positions must be int64, not {}",
            positions.dtype
        )));
    }
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

impl Fused {
    /// Shape and dtype of the first result.
    #[track_caller]
    pub(crate) fn infer(&self, inputs: &[TensorType]) -> Result<TensorType> {
        expect_inputs(self.name(), self.arity(), inputs.len())?;
        fused(self, inputs)
    }
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
        Fused::Softmax { dim, .. } => {
            float(f.name(), &a)?;
            row_dimension(f.name(), *dim, &a.shape)?;
            Ok(a)
        }
        Fused::SoftmaxGrad { dim, .. } => {
            float(f.name(), &a)?;
            row_dimension(f.name(), *dim, &a.shape)?;
            same_type(f.name(), &a, &inputs[1])?;
            Ok(a)
        }
        Fused::Norm { axes, .. } if axes.iter().any(|d| d >= a.shape.len().max(1)) => {
            Err(Error::index(format!(
                "{}: {axes:?} are not all dimensions of shape {:?}",
                f.name(),
                a.shape
            )))
        }
        Fused::Norm { axes, .. } => Ok(TensorType {
            shape: reduced(&a.shape, |d| axes.contains(d), true),
            dtype: a.dtype,
        }),
        Fused::LayerNorm { axes, weight, .. } => {
            float(f.name(), &a)?;
            let (_, inner) = rows_of(f.name(), &a, *axes)?;
            let inner = Some(inner);
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
        Fused::LayerNormGrad { axes, .. } => {
            let x = inputs[1];
            float(f.name(), &x)?;
            same_type(f.name(), &x, &a)?;
            let (outer, inner) = rows_of(f.name(), &x, *axes)?;
            let rows = outer.iter().product::<usize>();
            for (statistic, each) in inputs[2..4].iter().zip([2, 1]) {
                let fits = statistic.shape.numel() == rows.saturating_mul(each)
                    && statistic.dtype == x.dtype.compute();
                if !fits {
                    return Err(Error::shape(format!(
                        "{}: {each} statistics of {} for each of the rows {outer:?} are needed, got {} {:?}",
                        f.name(),
                        x.dtype.compute(),
                        statistic.dtype,
                        statistic.shape
                    )));
                }
            }
            if let Some(w) = inputs.get(4) {
                let shape = Dims::from_slice(inner).unwrap_or(x.shape);
                let dtype = x.dtype;
                same_type(f.name(), &TensorType { shape, dtype }, w)?;
            }
            Ok(x)
        }
        Fused::CrossEntropyGrad { .. } => {
            let [g, x, target, lse] = [a, inputs[1], inputs[2], inputs[3]];
            let rows = cross_entropy(x, target)?;
            same_type(f.name(), &rows, &g)?;
            let dtype = x.dtype.compute();
            same_type(f.name(), &TensorType { dtype, ..rows }, &lse)?;
            Ok(x)
        }
        Fused::Attention { .. } => attention(a, inputs[1], inputs[2]),
        Fused::AttentionGrad { .. } => {
            let q = inputs[1];
            let out = attention(q, inputs[2], inputs[3])?;
            same_type(f.name(), &out, &a)?;
            same_type(f.name(), &out, &inputs[4])?;
            let lse = TensorType {
                shape: Dims::from([q.shape[0], q.shape[1]]),
                dtype: q.dtype.compute(),
            };
            same_type(f.name(), &lse, &inputs[5])?;
            Ok(q)
        }
        Fused::Ranks {
            dim, first, count, ..
        } => {
            row_dimension(f.name(), *dim, &a.shape)?;
            let size = a.shape.get(*dim).copied().unwrap_or(1);
            if first.checked_add(*count).is_none_or(|end| end > size) {
                return Err(Error::value(format!(
                    "{}: {count} places from {first} on exceed the size {size} of dimension {dim}",
                    f.name()
                )));
            }
            let sized = |(d, n): (usize, &usize)| if d == *dim { *count } else { *n };
            Ok(TensorType {
                shape: a.shape.iter().enumerate().map(sized).collect(),
                dtype: DType::I64,
            })
        }
        Fused::Search { .. } => {
            let values = inputs[1];
            same_dtype(f.name(), inputs)?;
            match (&*a.shape, &*values.shape) {
                ([rows, _], [others, _]) if rows == others => Ok(TensorType {
                    shape: values.shape,
                    dtype: DType::I64,
                }),
                _ => Err(Error::shape(format!(
                    "{}: expected [rows, n] and [rows, m], got {:?} and {:?}",
                    f.name(),
                    a.shape,
                    values.shape
                ))),
            }
        }
        Fused::Sparse { dim, matrix } => {
            if a.shape.get(*dim) != Some(&matrix.columns()) {
                return Err(Error::shape(format!(
                    "{}: dimension {dim} of shape {:?} does not have size {}",
                    f.name(),
                    a.shape,
                    matrix.columns()
                )));
            }
            let mut shape = a.shape;
            shape[*dim] = matrix.rows();
            Ok(TensorType { shape, ..a })
        }
        Fused::PathSums => path_sums(f.name(), inputs),
        Fused::Recurrent(layer) => recurrent::states(layer, inputs),
        Fused::RecurrentGrad(layer) => recurrent::gradient(layer, inputs),
        Fused::Fourier { .. } => fourier(f.name(), inputs),
        Fused::MaxPoolGrad(pool) => max_pool_grad(pool, a, inputs[1]),
        Fused::CrossEntropy { .. } => cross_entropy(a, inputs[1]),
    }
}

/// The leading sizes, that number the rows of a normalization, and the trailing ones of a row.
#[track_caller]
fn rows_of<'a>(name: &str, x: &'a TensorType, axes: usize) -> Result<(&'a [usize], &'a [usize])> {
    match x.shape.len().checked_sub(axes) {
        Some(outer) if axes > 0 => Ok(x.shape.split_at(outer)),
        _ => Err(Error::shape(format!(
            "{name}: shape {:?} does not have {axes} trailing dimensions to normalize over",
            x.shape
        ))),
    }
}

#[track_caller]
fn path_sums(name: &str, inputs: &[TensorType]) -> Result<TensorType> {
    let [x, leap, start, at] = [inputs[0], inputs[1], inputs[2], inputs[3]];
    float(name, &x)?;
    let &[_, batch, states] = &*x.shape else {
        return Err(Error::shape(format!(
            "{name}: expected [time, batch, states], got {:?}",
            x.shape
        )));
    };
    let chain = TensorType {
        shape: Dims::from([batch, states]),
        dtype: x.dtype,
    };
    same_type(name, &chain, &leap)?;
    same_type(name, &chain, &start)?;
    let times = TensorType {
        shape: Dims::from([batch]),
        dtype: DType::I64,
    };
    same_type(name, &times, &at)?;
    Ok(x)
}

#[track_caller]
fn fourier(name: &str, inputs: &[TensorType]) -> Result<TensorType> {
    let x = inputs[0];
    if !matches!(x.dtype, DType::F32 | DType::F64) {
        return Err(Error::dtype(format!(
            "{name}: defined for float32 and float64, not for {}",
            x.dtype
        )));
    }
    for other in &inputs[1..] {
        same_type(name, &x, other)?;
    }
    if x.shape.is_empty() || x.shape.len() == MAX_RANK {
        return Err(Error::shape(format!(
            "{name}: expected 1 to {} dimensions, got shape {:?}",
            MAX_RANK - 1,
            x.shape
        )));
    }
    Ok(TensorType {
        shape: std::iter::once(2).chain(x.shape.iter().copied()).collect(),
        dtype: x.dtype,
    })
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
