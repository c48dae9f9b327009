//! Fused operations and optimizer steps, where both backends have kernels for them.

use super::agree::{Close, Input, agree, agree_with};
use super::image::{Image, Rng, Values};
use super::{for_shapes, guarded, tell_refusals};
use DType::*;
use rushlight_backend::update::{Adam, RmsProp, Sgd};
use rushlight_backend::{
    DType, Dims, Done, Error, Fused, OptimizerStep, Output, Result, StepViews, TensorType, plan,
};
use rushlight_wgpu::Gpu;

fn near(dtype: DType) -> Close {
    match dtype {
        F64 => Close::Within(1e-11, 1e-12),
        _ => Close::Within(2e-5, 2e-5),
    }
}

/// Left to be composed counts as not done.
fn done(result: Result<Done>) -> Result<()> {
    match result? {
        Done::Yes => Ok(()),
        Done::Compose => Err(Error::unsupported("left to be composed")),
    }
}

/// `inputs` into a result of `shape`, and the others that the operation has.
fn check(
    gpu: &Gpu,
    rng: &mut Rng,
    f: &Fused,
    inputs: Vec<Image>,
    shape: &[usize],
) -> std::result::Result<(), String> {
    let types: Vec<TensorType> = inputs
        .iter()
        .map(|x| TensorType {
            shape: *x.shape(),
            dtype: x.dtype,
        })
        .collect();
    let dtype = inputs[0].dtype;
    let mut outs = vec![Image::fresh(rng, dtype, shape)];
    for t in f.auxiliary(&types) {
        outs.push(Image::fresh(rng, t.dtype, &t.shape));
    }
    let inputs: Vec<Input> = inputs.into_iter().map(Input::Own).collect();
    agree(
        gpu,
        &format!("{f:?}"),
        &inputs,
        &outs,
        near(dtype),
        &|b, x, y| done(b.fused(plan::fused(f, x, Output::shared(y))?)),
    )
}

#[test]
fn softmaxes() {
    let Some(gpu) = guarded() else { return };
    for (dtype, cases) in [(F32, 12), (F16, 4), (F64, 4)] {
        for k in 0..4 {
            for_shapes(&gpu, cases, |shape, rng| {
                let dim = rng.below(shape.len());
                if shape.is_empty() || shape[dim] == 0 {
                    return Ok(());
                }
                let x = Image::input(rng, dtype, shape, Values::Near(3.0));
                let y = Image::input(rng, dtype, shape, Values::Between(-2.0, -0.1));
                let (f, inputs) = match k {
                    0 => (Fused::Softmax { dim, log: false }, vec![x]),
                    1 => (Fused::Softmax { dim, log: true }, vec![x]),
                    2 => (Fused::SoftmaxGrad { dim, log: false }, vec![x, y]),
                    _ => (Fused::SoftmaxGrad { dim, log: true }, vec![x, y]),
                };
                // Sums of many gradients are as inexact as they are large.
                if k >= 2 && shape[dim] > 200 {
                    return Ok(());
                }
                check(&gpu, rng, &f, inputs, shape)
            });
        }
    }
    tell_refusals();
}

/// The shape, in most cases with a last dimension that is a multiple of four.
fn vectors(rng: &mut Rng, shape: &[usize]) -> Vec<usize> {
    let mut shape = shape.to_vec();
    if let Some(last) = shape.last_mut()
        && rng.below(4) > 0
    {
        *last = last.next_multiple_of(4);
    }
    shape
}

#[test]
fn layer_norms() {
    let Some(gpu) = guarded() else { return };
    for (dtype, cases) in [(F32, 15), (F16, 4), (F64, 4)] {
        for_shapes(&gpu, cases, |shape, rng| {
            if shape.is_empty() || shape.contains(&0) {
                return Ok(());
            }
            // Rows of whole vectors are what the kernel takes.
            let shape = &vectors(rng, shape)[..];
            let axes = 1 + rng.below(shape.len());
            let inner = &shape[shape.len() - axes..];
            if inner.iter().product::<usize>() < 3 {
                return Ok(());
            }
            let x = Image::dense(rng, dtype, shape, Values::Near(3.0));
            let w = Image::dense(rng, dtype, inner, Values::Near(2.0));
            let bias = Image::dense(rng, dtype, inner, Values::Near(2.0));
            let (weight, inputs) = match rng.below(3) {
                0 => (false, vec![x]),
                1 => (true, vec![x, w]),
                _ => (true, vec![x, w, bias]),
            };
            check(
                &gpu,
                rng,
                &Fused::LayerNorm {
                    axes,
                    eps: 1e-3,
                    weight,
                },
                inputs,
                shape,
            )
        });
        for_shapes(&gpu, cases, |shape, rng| {
            let numel: usize = shape.iter().product();
            if shape.is_empty() || numel == 0 || numel > 2000 {
                return Ok(());
            }
            let shape = &vectors(rng, shape)[..];
            let axes = 1 + rng.below(shape.len());
            let (outer, inner) = shape.split_at(shape.len() - axes);
            let g = Image::dense(rng, dtype, shape, Values::Near(1.0));
            let x = Image::dense(rng, dtype, shape, Values::Near(1.0));
            let pair: Vec<usize> = outer.iter().copied().chain([2]).collect();
            let mean = Image::dense(rng, dtype.compute(), &pair, Values::Near(0.2));
            let scale = Image::dense(rng, dtype.compute(), outer, Values::Between(0.7, 1.3));
            let mut inputs = vec![g, x, mean, scale];
            let weight = rng.below(2) == 0;
            if weight {
                inputs.push(Image::dense(rng, dtype, inner, Values::Near(2.0)));
            }
            check(
                &gpu,
                rng,
                &Fused::LayerNormGrad { axes, weight },
                inputs,
                shape,
            )
        });
    }
    tell_refusals();
}

#[test]
fn linear_layers() {
    let Some(gpu) = guarded() else { return };
    for (dtype, cases) in [(F32, 25), (F64, 5)] {
        for_shapes(&gpu, cases, |shape, rng| {
            let [inner, outer] = [1 + rng.below(40), 1 + rng.below(40)];
            let leading = &shape[..shape.len().min(2)];
            let of =
                |last: usize| -> Vec<usize> { leading.iter().copied().chain([last]).collect() };
            let mut inputs = vec![
                Image::input(rng, dtype, &of(inner), Values::Near(1.0)),
                Image::input(rng, dtype, &[outer, inner], Values::Near(1.0)),
            ];
            if rng.below(2) == 0 {
                inputs.push(Image::input(rng, dtype, &[outer], Values::Near(1.0)));
            }
            check(&gpu, rng, &Fused::Linear, inputs, &of(outer))
        });
    }
    tell_refusals();
}

fn steps() -> Vec<OptimizerStep> {
    let sgd = Sgd {
        lr: 0.1,
        momentum: 0.9,
        dampening: 0.1,
        nesterov: false,
        weight_decay: 0.01,
        maximize: false,
    };
    let adam = Adam {
        lr: 0.01,
        betas: (0.9, 0.99),
        eps: 1e-6,
        weight_decay: 0.1,
        decoupled: true,
        amsgrad: false,
        maximize: false,
    };
    let rms = RmsProp {
        lr: 0.01,
        alpha: 0.9,
        eps: 1e-4,
        weight_decay: 0.0,
        momentum: 0.5,
        centered: false,
        maximize: false,
    };
    vec![
        OptimizerStep::Sgd(Sgd {
            momentum: 0.0,
            ..sgd
        }),
        OptimizerStep::Sgd(sgd),
        OptimizerStep::Adam(adam),
        OptimizerStep::Adam(Adam {
            amsgrad: true,
            decoupled: false,
            maximize: true,
            ..adam
        }),
        OptimizerStep::RmsProp(rms),
    ]
}

#[test]
fn optimizer_steps() {
    let Some(gpu) = guarded() else { return };
    for f in steps() {
        for_shapes(&gpu, 6, |shape, rng| {
            // Several parameters of different sizes in one group.
            let shapes = [shape.to_vec(), vec![3, 5], vec![]];
            let mut outs = Vec::new();
            let mut inputs = Vec::new();
            for shape in &shapes {
                outs.push(Image::dense(rng, F32, shape, Values::Near(1.0)));
                let dims: Dims = shape.iter().copied().collect();
                for state in f.states(dims) {
                    outs.push(Image::dense(rng, F32, &state, Values::Between(0.1, 1.0)));
                }
                inputs.push(Input::Own(Image::input(rng, F32, shape, Values::Near(1.0))));
            }
            let each = outs.len() / shapes.len();
            agree(
                &gpu,
                f.name(),
                &inputs,
                &outs,
                near(F32),
                &|b, grads, written| {
                    let group: Vec<StepViews<'_>> = grads
                        .iter()
                        .zip(written.chunks(each))
                        .map(|(grad, written)| StepViews {
                            param: written[0],
                            grad: *grad,
                            states: &written[1..],
                            step: 3,
                            factors: [0.0; 2],
                        })
                        .collect();
                    done(b.optimizer_step(plan::optimizer_step(&f, &group)?))
                },
            )
        });
    }
    tell_refusals();
}

/// Attention, cross-entropy and the maximum's gradient, which the CPU composes: between guard bands as without, bit by bit.
#[test]
fn what_the_cpu_composes_touches_no_guard() {
    let Some(gpu) = guarded() else { return };
    let Some(plain) = crate::support::gpu() else {
        return;
    };
    for dtype in [F32, F16] {
        for_shapes(&gpu, 8, |_, rng| {
            let [b, n, m, d, e] = [3, 20, 20, 12, 12].map(|most| 1 + rng.below(most));
            let (scale, causal) = (0.5, rng.below(2) == 0);
            let sizes = [[b, n, d], [b, m, d], [b, m, e], [b, n, e]];
            let mut images = sizes
                .map(|s| Image::dense(rng, dtype, &s, Values::Near(1.0)))
                .to_vec();
            let out = images.pop().ok_or("no result")?;
            let lse = Image::dense(rng, dtype.compute(), &[b, n], Values::Between(2.0, 4.0));
            let f = Fused::Attention { scale, causal };
            unguarded(&gpu, &plain, &f, &images, &[out.clone(), lse.clone()])?;
            let outs = images.clone();
            let g = Image::dense(rng, dtype, &[b, n, e], Values::Near(1.0));
            let inputs: Vec<Image> = [g].into_iter().chain(images).chain([out, lse]).collect();
            unguarded(
                &gpu,
                &plain,
                &Fused::AttentionGrad { scale, causal },
                &inputs,
                &outs,
            )
        });
        for_shapes(&gpu, 8, |_, rng| {
            let [rows, classes] = [40, 300].map(|most| 1 + rng.below(most));
            let x = Image::input(rng, dtype, &[rows, classes], Values::Near(3.0));
            let target = Image::input(rng, I64, &[rows], Values::Index(classes));
            let loss = Image::fresh(rng, dtype, &[rows]);
            let lse = Image::fresh(rng, dtype.compute(), &[rows]);
            let f = Fused::CrossEntropy { ignore: 1 };
            let inputs = [x.clone(), target.clone()];
            unguarded(&gpu, &plain, &f, &inputs, &[loss.clone(), lse.clone()])?;
            let dx = Image::fresh(rng, dtype, &[rows, classes]);
            let f = Fused::CrossEntropyGrad { ignore: 1 };
            unguarded(&gpu, &plain, &f, &[loss, x, target, lse], &[dx])
        });
    }
    tell_refusals();
}

fn unguarded(
    gpu: &Gpu,
    plain: &Gpu,
    f: &Fused,
    inputs: &[Image],
    outs: &[Image],
) -> std::result::Result<(), String> {
    let inputs: Vec<Input> = inputs.iter().cloned().map(Input::Own).collect();
    agree_with(
        plain,
        gpu,
        &format!("{f:?}"),
        &inputs,
        outs,
        Close::Exact,
        &|b, x, y| done(b.fused(plan::fused(f, x, Output::shared(y))?)),
    )
}
