//! Softmax and layer normalization against PyTorch 2.15's numbers, and against their definition over layouts and dtypes.

use crate::support::*;
use proptest::prelude::*;
use rushlight_backend::{Backend, DType, Done, Fused, Layout, Output, plan};
use rushlight_cpu::Cpu;

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

fn fused(f: Fused, inputs: &[&Tensor], shapes: &[(&[usize], DType)]) -> Vec<Vec<f64>> {
    let outs: Vec<Tensor> = shapes.iter().map(|(s, d)| Tensor::sevens(s, *d)).collect();
    let ins: Vec<_> = inputs.iter().map(|t| t.view()).collect();
    let views: Vec<_> = outs.iter().map(Tensor::view).collect();
    let views = Output::shared(&views);
    assert_eq!(
        Cpu.fused(plan::fused(&f, &ins, views).unwrap()).unwrap(),
        Done::Yes
    );
    outs.iter().map(Tensor::f64s).collect()
}

fn one(f: Fused, inputs: &[&Tensor]) -> Vec<f64> {
    let shape = inputs[0].shape().to_vec();
    fused(f, inputs, &[(&shape, inputs[0].dtype)]).remove(0)
}

fn x() -> Vec<f32> {
    (0..24).map(|i| ((i * 7) % 23 - 11) as f32 / 4.0).collect()
}

fn g() -> Vec<f32> {
    (0..24).map(|i| ((i * 5) % 13 - 6) as f32 / 2.0).collect()
}

#[rustfmt::skip]
mod pytorch {
    pub const SOFTMAX: [f64; 24] = [0.003936819, 0.02265483, 0.1303695, 0.7502248, 0.01374085, 0.07907312, 0.5539299, 0.01014558, 0.05838378, 0.3359755, 0.006153605, 0.03541156, 0.09073748, 0.5221581, 0.00956366, 0.05503506, 0.3167049, 0.005800653, 0.09073748, 0.5221581, 0.00956366, 0.05503506, 0.3167049, 0.005800653];
    pub const SOFTMAX_GRAD: [f64; 24] = [-0.007799788, 0.01175239, 0.3935542, -0.7361515, 0.02086903, 0.3177758, -0.1537686, 0.02254758, -0.1037828, 0.2427101, 0.0198294, -0.02753587, 0.2722994, -0.5216578, 0.01435465, 0.220193, 0.000303468, 0.01450719, 0.3047587, -0.3348672, 0.01777584, -0.1178473, 0.1135977, 0.01658225];
    pub const LOG_SOFTMAX: [f64; 24] = [-5.537382, -3.787382, -2.037382, -0.2873824, -4.287382, -2.537382, -0.5907171, -4.590717, -2.840717, -1.090717, -5.090717, -3.340717, -2.399785, -0.6497847, -4.649785, -2.899785, -1.149785, -5.149785, -2.399785, -0.6497847, -4.649785, -2.899785, -1.149785, -5.149785];
    pub const LOG_SOFTMAX_GRAD: [f64; 24] = [-3.0, -0.5, 2.0, -2.0, 0.5, 3.0, -0.4460701, 1.510146, -2.441616, 0.3359755, 2.506154, -1.464588, 1.181475, -1.955684, -0.4808727, 2.11007, -1.36659, 0.5116013, 2.682419, -2.827554, 1.466527, -2.692623, -1.108467, 2.479698];
    pub const Y: [f64; 24] = [-0.7264587, 1.418637, 0.231286, 2.974885, -0.4641458, 1.919966, 0.7044151, 2.006307, -0.8993692, 2.160407, -1.0582, 2.062894, 0.1257885, -0.3081996, -3.213876, 0.424527, 1.256307, 2.352208, 0.1257884, -0.3081994, -3.213876, 0.4245269, 1.256307, 2.352208];
    pub const MEAN: [f64; 4] = [-0.2916667, -0.3333333, 0.5833333, -0.4166666];
    pub const SCALE: [f64; 4] = [0.5910172, 0.6037844, 0.6037844, 0.6037844];
    pub const DX: [f64; 24] = [-1.021377, 0.2741834, 2.45627, -1.567325, 0.2417475, -0.3834983, 0.5117822, -0.7752696, -2.589585, 0.728266, 1.55446, 0.5703472, -0.1179861, 1.054427, -0.5903152, 1.487774, -1.868196, 0.03429568, 0.8067973, 0.5650922, 1.63509, -2.380267, -0.05588849, -0.5708244];
    pub const DW: [f64; 6] = [3.956229, -6.532941, -0.001440406, -3.274689, -5.640187, -2.888723];
    pub const DB: [f64; 6] = [0.0, -3.0, 0.5, -2.5, 1.0, 4.5];
}

#[test]
fn softmax_is_pytorchs() {
    let (x, g) = (Tensor::f32(&[4, 6], &x()), Tensor::f32(&[4, 6], &g()));
    let y = one(Fused::Softmax { dim: 1, log: false }, &[&x]);
    assert_near(&y, &pytorch::SOFTMAX, 1e-6, 1e-7);
    let y = Tensor::new(&[4, 6], DType::F32, &y);
    assert_near(
        &one(Fused::SoftmaxGrad { dim: 1, log: false }, &[&g, &y]),
        &pytorch::SOFTMAX_GRAD,
        1e-5,
        1e-6,
    );
    let y = one(Fused::Softmax { dim: 1, log: true }, &[&x]);
    assert_near(&y, &pytorch::LOG_SOFTMAX, 1e-6, 1e-6);
    let y = Tensor::new(&[4, 6], DType::F32, &y);
    assert_near(
        &one(Fused::SoftmaxGrad { dim: 1, log: true }, &[&g, &y]),
        &pytorch::LOG_SOFTMAX_GRAD,
        1e-5,
        1e-6,
    );
}

#[test]
fn softmax_extremes_are_pytorchs() {
    let (nan, inf) = (f32::NAN, f32::INFINITY);
    let x = Tensor::f32(
        &[5, 3],
        &[
            -inf, -inf, -inf, 1e4, -1e4, 1e4, inf, 0., 1., nan, 1., 2., -100., 0., -inf,
        ],
    );
    let y = one(Fused::Softmax { dim: 1, log: false }, &[&x]);
    assert_near(
        &y[..12],
        &[NAN, NAN, NAN, 0.5, 0., 0.5, NAN, NAN, NAN, NAN, NAN, NAN],
        0.0,
        0.0,
    );
    assert_near(&y[12..], &[3.7835e-44, 1., 0.], 0.0, 2e-45);
    let y = one(Fused::Softmax { dim: 1, log: true }, &[&x]);
    let half = -(2f64.ln());
    assert_near(
        &y,
        &[
            NAN,
            NAN,
            NAN,
            half,
            half - 2e4,
            half,
            NAN,
            NAN,
            NAN,
            NAN,
            NAN,
            NAN,
            -100.,
            0.,
            -INF,
        ],
        1e-6,
        0.0,
    );
    assert!(
        one(
            Fused::Softmax { dim: 0, log: false },
            &[&Tensor::f32(&[0, 3], &[])]
        )
        .is_empty()
    );
    assert_eq!(
        one(
            Fused::Softmax { dim: 0, log: false },
            &[&Tensor::f32(&[], &[3.0])]
        ),
        [1.0]
    );
}

/// The four functions in `f64` along `dim`.
fn definition(f: &Fused, dim: usize, shape: &[usize], a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut out = vec![0.0; a.len()];
    for i in 0..a.len() {
        let at = unravel(shape, i);
        let line: Vec<usize> = (0..shape[dim])
            .map(|k| {
                let mut other = at.clone();
                other[dim] = k;
                ravel(shape, &other)
            })
            .collect();
        let sum = |f: &dyn Fn(usize) -> f64| line.iter().map(|&k| f(k)).sum::<f64>();
        let largest = line.iter().map(|&k| a[k]).fold(f64::NEG_INFINITY, f64::max);
        out[i] = match f {
            Fused::Softmax { log: false, .. } => {
                (a[i] - largest).exp() / sum(&|k| (a[k] - largest).exp())
            }
            Fused::Softmax { log: true, .. } => {
                a[i] - largest - sum(&|k| (a[k] - largest).exp()).ln()
            }
            Fused::SoftmaxGrad { log: false, .. } => b[i] * (a[i] - sum(&|k| a[k] * b[k])),
            _ => a[i] - b[i].exp() * sum(&|k| a[k]),
        };
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn softmax_agrees_with_its_definition(
        (a, b, out, dim) in prop_oneof![
            prop::collection::vec(1usize..6, 1..4),
            (1usize..4, prop::sample::select(vec![17usize, 130, 1100])).prop_map(|(m, n)| vec![m, n]),
        ].prop_flat_map(|s| {
            let dims = 0..s.len();
            (any_layout(s.clone()), any_layout(s.clone()), writable(s), dims)
        }),
        dtype in float_dtype(),
        which in 0..4,
    ) {
        let f = match which {
            0 => Fused::Softmax { dim, log: false },
            1 => Fused::Softmax { dim, log: true },
            2 => Fused::SoftmaxGrad { dim, log: false },
            _ => Fused::SoftmaxGrad { dim, log: true },
        };
        let a = filled(a, dtype, &[0.5, -1.0, 2.0, 1.25, -0.75, 3.0, -2.5]);
        let b = filled(b, dtype, &[0.25, 0.125, 0.5, 0.0625, 0.375]);
        let out = filled(out, dtype, &[7.0]);
        let inputs = [a.view(), b.view()];
        let inputs = if which < 2 { &inputs[..1] } else { &inputs[..] };
        prop_assert_eq!(Cpu.fused(plan::fused(&f, inputs, Output::shared(&[out.view()])).unwrap()).unwrap(), Done::Yes);
        let want = definition(&f, dim, a.shape(), &a.f64s(), &b.f64s());
        let p = precision(dtype) * 4.0;
        assert_near(&out.f64s(), &want, p, p * a.shape()[dim] as f64);
    }
}

#[test]
fn layer_norm_is_pytorchs() {
    let (x, g) = (Tensor::f32(&[4, 6], &x()), Tensor::f32(&[4, 6], &g()));
    let w = Tensor::f32(&[6], &[0.5, -1., 2., 1.5, 1., -0.25]);
    let b = Tensor::f32(&[6], &[0., 1., -1., 0.5, 0.25, 2.]);
    let (pair, stat) = ((&[4, 2][..], DType::F32), (&[4][..], DType::F32));
    let f = Fused::LayerNorm {
        axes: 1,
        eps: 1e-5,
        weight: true,
    };
    let outs = fused(f, &[&x, &w, &b], &[(&[4, 6], DType::F32), pair, stat]);
    assert_near(&outs[0], &pytorch::Y, 1e-5, 1e-6);
    let means: Vec<f64> = outs[1].chunks(2).map(|m| m[0] + m[1]).collect();
    assert_near(&means, &pytorch::MEAN, 1e-6, 1e-7);
    assert_near(&outs[2], &pytorch::SCALE, 1e-6, 0.0);
    let (mean, scale) = (
        Tensor::new(&[4, 2], DType::F32, &outs[1]),
        Tensor::new(&[4], DType::F32, &outs[2]),
    );
    let f = Fused::LayerNormGrad {
        axes: 1,
        weight: true,
    };
    let grads = fused(
        f,
        &[&g, &x, &mean, &scale, &w],
        &[
            (&[4, 6], DType::F32),
            (&[6], DType::F32),
            (&[6], DType::F32),
        ],
    );
    assert_near(&grads[0], &pytorch::DX, 1e-5, 1e-5);
    assert_near(&grads[1], &pytorch::DW, 1e-5, 1e-5);
    assert_near(&grads[2], &pytorch::DB, 1e-5, 1e-5);
    // The same from transposed memory, in two axes, and without a weight.
    let turned = Tensor::new(
        &[6, 4],
        DType::F32,
        &(0..24)
            .map(|i| x.f64s()[i % 4 * 6 + i / 4])
            .collect::<Vec<_>>(),
    );
    let turned = turned.with(turned.layout.transpose(0, 1));
    let f = Fused::LayerNorm {
        axes: 1,
        eps: 1e-5,
        weight: true,
    };
    assert_near(
        &fused(f, &[&turned, &w, &b], &[(&[4, 6], DType::F32), pair, stat])[0],
        &outs[0],
        0.0,
        0.0,
    );
    let split = x.with(Layout::contiguous(dims(&[4, 2, 3])));
    let f = Fused::LayerNorm {
        axes: 2,
        eps: 1e-5,
        weight: false,
    };
    let plain = fused(f, &[&split], &[(&[4, 2, 3], DType::F32), pair, stat]);
    for (i, y) in plain[0].iter().enumerate() {
        assert!((y * w.f64s()[i % 6] + b.f64s()[i % 6] - outs[0][i]).abs() < 1e-6);
    }
}

#[test]
fn layer_norm_of_many_rows_and_of_halves() {
    let (rows, n) = (700, 130);
    let values: Vec<f64> = (0..rows * n)
        .map(|i| ((i * 31) % 97) as f64 / 16.0 - 3.0)
        .collect();
    for dtype in [DType::F16, DType::F32, DType::F64] {
        let x = Tensor::new(&[rows, n], dtype, &values);
        let w = Tensor::new(&[n], dtype, &values[3..3 + n]);
        let compute = dtype.compute();
        let (pair, stat) = ((&[rows, 2][..], compute), (&[rows][..], compute));
        let f = Fused::LayerNorm {
            axes: 1,
            eps: 1e-3,
            weight: true,
        };
        let outs = fused(f, &[&x, &w], &[(&[rows, n], dtype), pair, stat]);
        let f = Fused::LayerNormGrad {
            axes: 1,
            weight: true,
        };
        let (mean, scale) = (
            Tensor::new(&[rows, 2], compute, &outs[1]),
            Tensor::new(&[rows], compute, &outs[2]),
        );
        let g = Tensor::new(
            &[rows, n],
            dtype,
            &values[1..]
                .iter()
                .chain(&[0.5])
                .copied()
                .collect::<Vec<_>>(),
        );
        let grads = fused(
            f,
            &[&g, &x, &mean, &scale, &w],
            &[(&[rows, n], dtype), (&[n], dtype), (&[n], dtype)],
        );
        let (x, w, g) = (x.f64s(), w.f64s(), g.f64s());
        let (mut dw, mut db) = (vec![0.0; n], vec![0.0; n]);
        let p = precision(dtype);
        for r in 0..rows {
            let row = &x[r * n..][..n];
            let mean = row.iter().sum::<f64>() / n as f64;
            let var = row.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n as f64;
            let scale = 1.0 / (var + 1e-3).sqrt();
            let hat: Vec<f64> = row.iter().map(|v| (v - mean) * scale).collect();
            let y: Vec<f64> = (0..n).map(|i| hat[i] * w[i]).collect();
            assert_near(&outs[0][r * n..][..n], &y, 4.0 * p, 10.0 * p);
            let gw: Vec<f64> = (0..n).map(|i| g[r * n + i] * w[i]).collect();
            let level = gw.iter().sum::<f64>() / n as f64;
            let slope = (0..n).map(|i| gw[i] * hat[i]).sum::<f64>() / n as f64;
            let dx: Vec<f64> = (0..n)
                .map(|i| (gw[i] - level - hat[i] * slope) * scale)
                .collect();
            assert_near(&grads[0][r * n..][..n], &dx, 4.0 * p, 20.0 * p);
            for i in 0..n {
                dw[i] += g[r * n + i] * hat[i];
                db[i] += g[r * n + i];
            }
        }
        assert_near(&grads[1], &dw, 8.0 * p, 1000.0 * p);
        assert_near(&grads[2], &db, 8.0 * p, 1000.0 * p);
    }
}
