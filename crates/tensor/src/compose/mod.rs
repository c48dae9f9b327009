//! Compositions of fused operations from others: for backends without a kernel, and for derivatives of derivatives, because the kernel of a
//! backward pass has no derivative.
//!
//! One formula for each operation serves both. For a backend without a kernel it runs unrecorded: the fused operation itself is recorded, and its
//! derivative is another fused operation, for which the backend may have a kernel. If the backward pass is recorded, the formula of the gradient
//! is recorded instead. The formulas do not handle halves, which are converted before and after them.

mod attention;
mod layer_norm;
mod paths;
mod pool;
mod recurrent;
mod search;
mod softmax;
mod sparse;

use crate::dispatch::Results;
use crate::{Half, Tensor, scaled_norm};
use rushlight_backend::{DType, Error, Fused, Op, Result, TensorType};
use smallvec::SmallVec;
use std::sync::Arc;

/// A fused operation computed by others, which are recorded like all operations. Returns its result and its further results (such as the
/// statistics of a layer norm), which carry gradients here, unlike those of the fused operation.
///
/// ```
/// use rushlight::backend::Fused;
/// use rushlight::tensor;
/// use rushlight_tensor::composed;
/// let softmax = Fused::Softmax { dim: 0, log: false };
/// let (y, _) = composed(softmax, &[&tensor!([1000.0, 1000.0])])?;
/// assert_eq!(y.to_vec::<f32>()?, [0.5, 0.5]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn composed(f: Fused, inputs: &[&Tensor]) -> Result<(Tensor, SmallVec<[Tensor; 2]>)> {
    let types: SmallVec<[TensorType; 4]> = inputs.iter().map(|t| t.tensor_type()).collect();
    let f = Arc::new(f);
    let result = Op::Fused(f.clone()).infer(&types)?;
    let Results { out, aux } = fused(&f, inputs, &types, result.dtype)?;
    Ok((out, aux))
}

/// The results of `f`, of which the first has the dtype `result`. Halves are computed in `float32`.
#[track_caller]
pub(crate) fn fused(
    f: &Fused,
    inputs: &[&Tensor],
    types: &[TensorType],
    result: DType,
) -> Result<Results> {
    let Some(half) = Half::among(inputs.iter().copied()) else {
        return formula(f, inputs);
    };
    let wide = half.widen_all(inputs)?;
    let Results { out, aux } = formula(f, &wide.iter().collect::<Vec<_>>())?;
    let dtypes = f.auxiliary(types).into_iter().map(|t| t.dtype);
    Ok(Results {
        out: out.to(result)?,
        aux: aux
            .iter()
            .zip(dtypes)
            .map(|(t, dtype)| t.to(dtype))
            .collect::<Result<_>>()?,
    })
}

#[track_caller]
fn formula(f: &Fused, inputs: &[&Tensor]) -> Result<Results> {
    match (f, inputs) {
        (Fused::Linear, [x, w, bias @ ..]) => {
            let y = x.matmul(&w.t()?)?;
            match bias.first() {
                Some(bias) => one(y.add(*bias)),
                None => one(Ok(y)),
            }
        }
        (Fused::Softmax { dim, log }, [x]) => one(softmax::forward(x, *dim, *log)),
        (Fused::SoftmaxGrad { dim, log }, [g, y]) => one(softmax::backward(g, y, *dim, *log)),
        (Fused::CrossEntropy { ignore }, [x, target]) => softmax::cross_entropy(x, target, *ignore),
        (Fused::CrossEntropyGrad { ignore }, [g, x, target, log_sum]) => one(
            softmax::cross_entropy_backward(g, x, target, log_sum, *ignore),
        ),
        (Fused::Norm { p, axes, mean }, [x]) => one(scaled_norm(x, *p, *axes, *mean)),
        (Fused::LayerNorm { axes, eps, weight }, _) => {
            layer_norm::forward(inputs, *axes, *eps, *weight)
        }
        (Fused::LayerNormGrad { axes, weight }, _) => layer_norm::backward(inputs, *axes, *weight),
        (Fused::Attention { scale, causal }, [q, k, v]) => {
            attention::forward(q, k, v, *scale, *causal)
        }
        (Fused::AttentionGrad { scale, causal }, [g, q, k, v, ..]) => {
            attention::backward(g, q, k, v, *scale, *causal)
        }
        (
            Fused::Ranks {
                dim,
                descending,
                first,
                count,
            },
            [x],
        ) => {
            let dim = *dim as isize;
            let order = x.detach().argsort(dim, *descending)?;
            one(order.narrow(dim, *first, *count)?.contiguous())
        }
        (Fused::Search { right }, [sequence, values]) => {
            one(search::search(sequence, values, *right))
        }
        (Fused::Sparse { dim, matrix }, [x]) => one(sparse::product(matrix, x, *dim)),
        (Fused::Recurrent(f), _) => recurrent::forward(f, inputs),
        (Fused::RecurrentGrad(f), _) => recurrent::backward(f, inputs),
        (Fused::PathSums, [x, leap, start, at]) => one(paths::sums(x, leap, start, at)),
        (Fused::Fourier { inverse }, [re, im @ ..]) => {
            one(crate::fft::composed(re, im.first().copied(), *inverse))
        }
        (Fused::MaxPoolGrad(pool), [g, positions]) => one(pool::max_backward(pool, g, positions)),
        // `Op::infer` has counted the inputs.
        _ => Err(Error::value(format!(
            "{}: {} inputs do not fit",
            f.name(),
            inputs.len()
        ))),
    }
}

fn one(out: Result<Tensor>) -> Result<Results> {
    out.map(Results::from)
}
