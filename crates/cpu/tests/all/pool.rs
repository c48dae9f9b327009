//! Pooling against PyTorch 2.15's numbers.

use crate::support::*;
use rushlight_backend::{Backend, DType, Output, Pool, PoolKind, Windows, plan};
use rushlight_cpu::Cpu;

#[rustfmt::skip]
mod pytorch {
    pub const MAX: [f64; 24] = [-0.25, 2.5, 2.5, 2.75, 1.25, 2.25, 2.5, 2.75, 2.0, 2.0, 2.5, 2.5, 2.75, 2.75, 2.25, 0.75, 2.5, 2.75, 2.75, 2.25, 0.0, 2.75, 2.75, 2.25];
    pub const MAX_AT: [i64; 24] = [8, 3, 3, 13, 22, 16, 26, 13, 29, 29, 26, 26, 1, 1, 4, 13, 14, 24, 24, 27, 29, 24, 24, 27];
    pub const DILATED: [f64; 60] = [1.5, -2.0, -0.25, 1.5, 2.75, -0.75, 2.25, 2.5, 0.5, 2.25, 2.5, 0.0, 1.5, -0.5, 1.25, 2.5, 2.75, 0.75, 2.25, 0.25, 2.0, 2.25, -0.25, 1.5, -2.75, -0.5, 1.25, 2.5, -1.0, 0.75, -0.5, 1.75, -2.25, -0.5, 1.25, -2.75, 0.25, 2.5, 2.75, 0.25, 2.0, 2.25, 1.0, 2.75, -0.75, 1.0, 2.75, -1.25, 1.75, 2.5, 0.0, 1.75, 2.0, -0.5, 1.0, 2.75, -0.75, 1.0, 2.75, -1.25];
    pub const DILATED_AT: [i64; 60] = [9, 7, 8, 9, 13, 11, 16, 3, 15, 16, 3, 18, 9, 21, 22, 26, 13, 25, 16, 28, 29, 16, 31, 32, 23, 21, 22, 26, 24, 25, 9, 7, 8, 9, 10, 11, 16, 14, 1, 16, 17, 4, 23, 24, 22, 23, 24, 25, 30, 14, 29, 30, 17, 32, 23, 24, 22, 23, 24, 25];
    pub const AVG_PADDED: [f64; 18] = [-0.625, 0.2916667, 0.375, -0.5, -0.2083333, 0.5416667, 0.5, -0.625, -0.375, 0.625, 0.25, -0.2916667, 0.08333334, -0.2916667, 0.1666667, -0.8333333, 0.25, 0.2083333];
    pub const AVG: [f64; 18] = [-1.875, 0.5833333, 1.125, -0.75, -0.2083333, 0.8125, 0.75, -0.625, -0.5625, 1.875, 0.5, -0.875, 0.125, -0.2916667, 0.25, -1.25, 0.25, 0.3125];
    pub const AVG_BY_5: [f64; 18] = [-0.75, 0.35, 0.45, -0.6, -0.25, 0.65, 0.6, -0.75, -0.45, 0.75, 0.3, -0.35, 0.1, -0.35, 0.2, -1.0, 0.3, 0.25];
    pub const AVG_GRAD: [f64; 70] = [-0.5, -0.08333334, -0.08333334, 0.3333333, 0.3333333, -0.3333333, -0.3333333, -0.4166667, 0.4166667, 0.4166667, 0.1666667, 0.1666667, -0.08333334, -0.08333334, 0.08333334, 0.5, 0.5, -0.1666667, -0.1666667, 0.25, 0.25, -0.3333333, 0.5, 0.5, 0.25, 0.25, 0.0, 0.0, -0.4166667, 0.0, 0.0, 0.4166667, 0.4166667, -0.25, -0.25, 0.1666667, -0.5, -0.5, -0.08333334, -0.08333334, 0.3333333, 0.3333333, -0.1666667, -0.4166667, -0.4166667, 0.4166667, 0.4166667, 0.1666667, 0.1666667, -0.3333333, 0.08333334, 0.08333334, 0.5, 0.5, -0.1666667, -0.1666667, -0.08333334, -0.3333333, -0.3333333, 0.5, 0.5, 0.25, 0.25, 0.25, -0.4166667, -0.4166667, 0.0, 0.0, 0.4166667, 0.4166667];
    pub const ADAPTIVE: [f64; 24] = [-1.5, 0.1666667, -0.1666667, 1.5, -0.375, -0.3055556, 0.0, 0.7083333, 0.75, -0.4583333, 0.1666667, -0.5625, 0.8125, 0.08333334, -0.25, -0.5, -0.4583333, 0.25, -0.08333334, 0.625, -1.25, 0.4166667, 0.08333334, 0.3125];
    pub const ADAPTIVE_MAX: [f64; 24] = [-0.25, 2.5, 2.5, 2.75, 1.25, 2.25, 2.5, 2.75, 2.0, 2.0, 2.5, 2.5, 2.75, 2.75, 2.25, 0.75, 2.5, 2.75, 2.75, 2.25, 0.0, 2.75, 2.75, 2.25];
    pub const ADAPTIVE_MAX_AT: [i64; 24] = [8, 3, 3, 13, 22, 16, 26, 13, 29, 29, 26, 26, 1, 1, 4, 13, 14, 24, 24, 27, 29, 24, 24, 27];
    pub const ADAPTIVE_GRAD: [f64; 70] = [-0.75, -0.8333333, -0.08333334, 0.25, 0.3333333, -0.1666667, -0.5, -0.6666667, -0.4166667, 0.25, 0.4722223, 0.2222222, -0.02777776, -0.25, 0.08333334, 0.4166667, 0.3333333, 0.2222222, -0.1111111, 0.1388889, 0.25, -0.5416667, -0.2083333, 0.3333333, 0.6388889, 0.3055556, 0.1805556, -0.125, -0.625, -0.625, 0.0, 0.4166667, 0.4166667, 0.04166666, -0.375, 0.25, -0.25, -0.5, -0.5833333, -0.08333334, 0.4166667, 0.5, -0.08333334, -0.5277778, -0.4444444, -0.1944444, 0.25, 0.5833333, 0.3333333, -0.3333333, -0.2777778, 0.05555556, 0.3888889, 0.3333333, 0.1666667, -0.1666667, 0.04166666, -0.3194444, -0.3611111, -0.02777776, 0.3333333, 0.7916667, 0.4583333, 0.375, -0.04166666, -0.4166667, -0.4166667, 0.0, 0.625, 0.625];
    pub const VOLUME: [f64; 8] = [2.75, 2.75, 2.0, 1.75, 2.75, 2.75, 1.75, 1.75];
    pub const VOLUME_AT: [i64; 8] = [13, 13, 6, 19, 13, 13, 19, 19];
}

#[derive(Clone, Copy)]
struct Sliding<'a> {
    kernel: &'a [usize],
    stride: &'a [usize],
    padding: &'a [usize],
    dilation: &'a [usize],
    count_padding: bool,
    divisor: Option<i64>,
}

impl Sliding<'_> {
    fn windows(&self) -> Windows {
        Windows::Sliding {
            kernel: dims(self.kernel),
            stride: dims(self.stride),
            padding: dims(self.padding),
            dilation: dims(self.dilation),
            count_padding: self.count_padding,
            divisor: self.divisor,
        }
    }
}

fn pool(
    kind: PoolKind,
    windows: Windows,
    space: &[usize],
    pooled: &[usize],
    x: &Tensor,
) -> (Vec<f64>, Vec<i64>) {
    let pool = Pool {
        kind,
        windows,
        space: dims(space),
        pooled: dims(pooled),
    };
    let mut shape = x.shape()[..x.shape().len() - space.len()].to_vec();
    shape.extend(if kind == PoolKind::AvgGrad {
        space
    } else {
        pooled
    });
    let (out, at) = (
        Tensor::sevens(&shape, x.dtype),
        Tensor::sevens(&shape, DType::I64),
    );
    let written = [out.view(), at.view()];
    let outs = Output::shared(match kind {
        PoolKind::Max => &written,
        _ => &written[..1],
    });
    Cpu.pool(plan::pool(&pool, &x.view(), outs).unwrap())
        .unwrap();
    (out.f64s(), at.i64s())
}

/// `((7i mod 23) - 11) / 4`.
fn ramp(shape: &[usize], dtype: DType) -> Tensor {
    let values: Vec<f64> = (0..dims(shape).numel())
        .map(|i| ((i * 7) % 23) as f64 / 4.0 - 2.75)
        .collect();
    Tensor::new(shape, dtype, &values)
}

/// `((5i mod 13) - 6) / 2`.
fn gradient(shape: &[usize]) -> Tensor {
    let values: Vec<f64> = (0..dims(shape).numel())
        .map(|i| ((i * 5) % 13) as f64 / 2.0 - 3.0)
        .collect();
    Tensor::new(shape, DType::F32, &values)
}

#[test]
fn maxima_and_their_positions() {
    let padded = Sliding {
        kernel: &[3, 3],
        stride: &[2, 2],
        padding: &[1, 1],
        dilation: &[1, 1],
        count_padding: true,
        divisor: None,
    };
    let dilated = Sliding {
        kernel: &[2, 2],
        stride: &[1, 1],
        padding: &[1, 1],
        dilation: &[2, 3],
        ..padded
    };
    for dtype in [DType::F32, DType::F64, DType::F16, DType::BF16] {
        let x = ramp(&[2, 5, 7], dtype);
        let (values, at) = pool(PoolKind::Max, padded.windows(), &[5, 7], &[3, 4], &x);
        assert_eq!(
            (values, at),
            (pytorch::MAX.to_vec(), pytorch::MAX_AT.to_vec())
        );
        let (values, at) = pool(PoolKind::Max, dilated.windows(), &[5, 7], &[5, 6], &x);
        assert_eq!(
            (values, at),
            (pytorch::DILATED.to_vec(), pytorch::DILATED_AT.to_vec())
        );
        let (values, at) = pool(PoolKind::Max, Windows::Adaptive, &[5, 7], &[3, 4], &x);
        assert_eq!(
            (values, at),
            (
                pytorch::ADAPTIVE_MAX.to_vec(),
                pytorch::ADAPTIVE_MAX_AT.to_vec()
            )
        );
    }
    // Three dimensions, and memory in another order.
    let volume = Sliding {
        kernel: &[2; 3],
        stride: &[1, 2, 1],
        padding: &[0; 3],
        dilation: &[1; 3],
        count_padding: true,
        divisor: None,
    };
    let (values, at) = pool(
        PoolKind::Max,
        volume.windows(),
        &[3, 4, 3],
        &[2, 2, 2],
        &ramp(&[1, 3, 4, 3], DType::F32),
    );
    assert_eq!(
        (values, at),
        (pytorch::VOLUME.to_vec(), pytorch::VOLUME_AT.to_vec())
    );
    let x = ramp(&[2, 5, 7], DType::F32).f64s();
    let turned: Vec<f64> = (0..70)
        .map(|i| x[(i % 2) * 35 + i / 2 % 5 * 7 + i / 10])
        .collect();
    let turned = Tensor::new(&[7, 5, 2], DType::F32, &turned);
    let turned = turned.with(turned.layout.permute(&[2, 1, 0]));
    let (values, at) = pool(PoolKind::Max, padded.windows(), &[5, 7], &[3, 4], &turned);
    assert_eq!(
        (values, at),
        (pytorch::MAX.to_vec(), pytorch::MAX_AT.to_vec())
    );
}

#[test]
fn nan_wins_and_the_last_one_is_told() {
    let (nan, inf) = (f32::NAN, f32::INFINITY);
    let line = |k| {
        Sliding {
            kernel: &[k],
            stride: &[k],
            padding: &[0],
            dilation: &[1],
            count_padding: true,
            divisor: None,
        }
        .windows()
    };
    let x = Tensor::f32(&[1, 8], &[1., nan, 2., nan, nan, 3., -inf, -inf]);
    let (values, at) = pool(PoolKind::Max, line(2), &[8], &[4], &x);
    assert_near(
        &values,
        &[f64::NAN, f64::NAN, f64::NAN, f64::NEG_INFINITY],
        0.0,
        0.0,
    );
    assert_eq!(at, [1, 3, 4, 6]);
    let (_, at) = pool(
        PoolKind::Max,
        line(3),
        &[6],
        &[2],
        &Tensor::f32(&[1, 6], &[1., nan, nan, 2., 5., 5.]),
    );
    assert_eq!(at, [2, 4]);
    let square = Sliding {
        kernel: &[2, 2],
        stride: &[2, 2],
        padding: &[0, 0],
        dilation: &[1, 1],
        count_padding: true,
        divisor: None,
    };
    let x = Tensor::f32(&[2, 4], &[nan, 1., -inf, -inf, 2., nan, -inf, -inf]);
    let (values, at) = pool(PoolKind::Max, square.windows(), &[2, 4], &[1, 2], &x);
    assert!(values[0].is_nan() && values[1] == f64::NEG_INFINITY);
    assert_eq!(at, [5, 2]);
}

#[test]
fn means() {
    let x = ramp(&[1, 2, 5, 7], DType::F32);
    let base = Sliding {
        kernel: &[2, 3],
        stride: &[2, 3],
        padding: &[1, 1],
        dilation: &[1, 1],
        count_padding: true,
        divisor: None,
    };
    let mean = |s: Sliding<'_>| pool(PoolKind::Avg, s.windows(), &[5, 7], &[3, 3], &x).0;
    let near = |got: &[f64], want: &[f64]| assert_near(got, want, 1e-6, 1e-7);
    near(
        &mean(Sliding {
            count_padding: false,
            ..base
        }),
        &pytorch::AVG,
    );
    near(
        &mean(Sliding {
            divisor: Some(5),
            ..base
        }),
        &pytorch::AVG_BY_5,
    );
    near(&mean(base), &pytorch::AVG_PADDED);
    near(
        &pool(PoolKind::Avg, Windows::Adaptive, &[5, 7], &[3, 4], &x).0,
        &pytorch::ADAPTIVE,
    );
    // A window that hangs over the padding divides by what is left of it.
    let line = Sliding {
        kernel: &[3],
        stride: &[2],
        padding: &[1],
        dilation: &[1],
        ..base
    };
    let x = ramp(&[1, 1, 7], DType::F32);
    near(
        &pool(PoolKind::Avg, line.windows(), &[7], &[4], &x).0,
        &[-1.25, 0.75, 0.416_666_7, 0.75],
    );
    let pairs = Sliding {
        kernel: &[2],
        stride: &[1],
        padding: &[0],
        dilation: &[1],
        ..base
    };
    let x = Tensor::i64(&[1, 5], &[1, 2, 4, -3, -2]);
    assert_eq!(
        pool(PoolKind::Avg, pairs.windows(), &[5], &[4], &x).0,
        [1.0, 3.0, 0.0, -2.0]
    );
}

#[test]
fn gradients_of_means() {
    let sliding = Sliding {
        kernel: &[3, 2],
        stride: &[2, 2],
        padding: &[1, 1],
        dilation: &[1, 1],
        count_padding: true,
        divisor: None,
    };
    let g = gradient(&[1, 2, 3, 4]);
    let (got, _) = pool(PoolKind::AvgGrad, sliding.windows(), &[5, 7], &[3, 4], &g);
    assert_near(&got, &pytorch::AVG_GRAD, 1e-6, 1e-6);
    let (got, _) = pool(PoolKind::AvgGrad, Windows::Adaptive, &[5, 7], &[3, 4], &g);
    assert_near(&got, &pytorch::ADAPTIVE_GRAD, 1e-6, 1e-6);
}

#[test]
fn windows_beyond_a_space_of_depth_1_keep_their_places() {
    let windows = Sliding {
        kernel: &[1, 2, 2],
        stride: &[1, 2, 2],
        padding: &[0, 0, 0],
        dilation: &[1, 1, 1],
        count_padding: true,
        divisor: None,
    };
    let x: Vec<f32> = (0..32).map(|i| i as f32).collect();
    let x = Tensor::f32(&[2, 1, 4, 4], &x);
    let (values, _) = pool(PoolKind::Max, windows.windows(), &[1, 4, 4], &[3, 2, 2], &x);
    assert_eq!(values[..4], [5.0, 7.0, 13.0, 15.0]);
    assert_eq!(values[12..16], [21.0, 23.0, 29.0, 31.0]);
    assert!(values[4..12].iter().all(|&v| v == f64::NEG_INFINITY));
}
