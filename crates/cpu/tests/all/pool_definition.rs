//! Poolings against their definition: windows of many sizes, distances and paddings, every dtype, several layouts.

use crate::support::*;
use proptest::prelude::*;
use rushlight_backend::{Backend, DType, Done, Fused, Output, Pool, PoolKind, Windows, plan};
use rushlight_cpu::Cpu;
use std::sync::Arc;

/// A pooling of planes, and the elements of each window.
#[derive(Clone, Debug)]
struct Case {
    planes: usize,
    space: [usize; 2],
    pooled: [usize; 2],
    windows: Windows,
    /// Kernel, stride, padding and dilation of a sliding window; none if the windows are adaptive.
    sliding: Option<[[usize; 2]; 4]>,
}

impl Case {
    fn sliding(
        planes: usize,
        space: [usize; 2],
        sliding: [[usize; 2]; 4],
        count_padding: bool,
    ) -> Option<Case> {
        let [kernel, stride, padding, dilation] = sliding;
        let pooled = [0, 1].map(|d| {
            let reach = dilation[d] * (kernel[d] - 1) + 1;
            (space[d] + 2 * padding[d])
                .checked_sub(reach)
                .map(|room| room / stride[d] + 1)
        });
        Some(Case {
            planes,
            space,
            pooled: [pooled[0]?, pooled[1]?],
            windows: Windows::Sliding {
                kernel: dims(&kernel),
                stride: dims(&stride),
                padding: dims(&padding),
                dilation: dims(&dilation),
                count_padding,
                divisor: None,
            },
            sliding: Some(sliding),
        })
    }

    fn pool(&self, kind: PoolKind) -> Pool {
        Pool {
            kind,
            windows: self.windows.clone(),
            space: dims(&self.space),
            pooled: dims(&self.pooled),
        }
    }

    fn shape(&self, [h, w]: [usize; 2]) -> [usize; 3] {
        [self.planes, h, w]
    }

    /// The coordinates of window `o` along dimension `d`.
    fn span(&self, d: usize, o: usize) -> Vec<usize> {
        let size = self.space[d];
        match self.sliding {
            None => {
                let pooled = self.pooled[d];
                (o * size / pooled..((o + 1) * size).div_ceil(pooled)).collect()
            }
            Some([kernel, stride, padding, dilation]) => (0..kernel[d])
                .filter_map(|k| (o * stride[d] + k * dilation[d]).checked_sub(padding[d]))
                .filter(|&at| at < size)
                .collect(),
        }
    }

    /// The positions of each window's elements, and the first elements of the planes.
    fn each(&self) -> Vec<(usize, Vec<usize>)> {
        let plane = self.space[0] * self.space[1];
        indices(&self.shape(self.pooled))
            .map(|at| {
                let rows = self.span(0, at[1]);
                let columns = self.span(1, at[2]);
                let row = |r: &usize| {
                    columns
                        .iter()
                        .map(|c| r * self.space[1] + c)
                        .collect::<Vec<_>>()
                };
                (at[0] * plane, rows.iter().flat_map(row).collect())
            })
            .collect()
    }

    fn run(&self, kind: PoolKind, x: &Tensor, lay: Lay) -> (Tensor, Tensor) {
        let shape = self.shape(self.pooled);
        let outs = [x.dtype, DType::I64].map(|dtype| Tensor::room(&shape, dtype, lay));
        let views = outs.each_ref().map(Tensor::view);
        let written = Output::shared(&views[..if kind == PoolKind::Max { 2 } else { 1 }]);
        let call = plan::pool(&self.pool(kind), &x.view(), written).map(|call| Cpu.pool(call));
        call.unwrap().unwrap();
        outs.into()
    }
}

/// The largest elements and their positions: the first of equal elements, or the last NaN.
fn largest(case: &Case, x: &[f64]) -> (Vec<f64>, Vec<i64>) {
    let one = |(from, positions): (usize, Vec<usize>)| {
        let (mut best, mut found) = (f64::NEG_INFINITY, positions[0]);
        for at in positions {
            let v = x[from + at];
            if v > best || v.is_nan() {
                (best, found) = (v, at);
            }
        }
        (best, found as i64)
    };
    case.each().into_iter().map(one).unzip()
}

fn any_case() -> impl Strategy<Value = Case> {
    let pair = |r: std::ops::Range<usize>| [r.clone(), r];
    let sliding = (pair(1..4), pair(1..4), pair(0..3), pair(1..3));
    let all = (
        1usize..4,
        1usize..9,
        1usize..45,
        sliding,
        any::<bool>(),
        prop::bool::weighted(0.2),
    );
    all.prop_filter_map(
        "no window fits",
        |(planes, h, w, sliding, count, adaptive)| {
            let (kernel, stride, padding, dilation) = sliding;
            let space = [h, w];
            if adaptive {
                return Some(Case {
                    planes,
                    space,
                    pooled: [h.div_ceil(stride[0]), w.div_ceil(stride[1])],
                    windows: Windows::Adaptive,
                    sliding: None,
                });
            }
            let padding = [0, 1].map(|d| padding[d].min(kernel[d] / 2));
            let case = Case::sliding(planes, space, [kernel, stride, padding, dilation], count)?;
            // A window without elements has no largest one.
            (0..2)
                .all(|d| (0..case.pooled[d]).all(|o| !case.span(d, o).is_empty()))
                .then_some(case)
        },
    )
}

/// Small integers, some of them NaN.
fn numbers() -> impl Strategy<Value = Vec<f64>> {
    let number = prop_oneof![12 => (0i32..9).prop_map(f64::from), 1 => Just(f64::NAN)];
    prop::collection::vec(number, 61)
}

fn lay() -> impl Strategy<Value = Lay> {
    prop::sample::select(&LAYS[..])
}

fn repeated(values: &[f64], dtype: DType, n: usize) -> Vec<f64> {
    let value = |i: usize| values[i % values.len()];
    (0..n)
        .map(|i| {
            if value(i).is_nan() && !dtype.is_float() {
                5.0
            } else {
                value(i)
            }
        })
        .collect()
}

proptest! {
    #[test]
    fn maxima(
        case in any_case(), values in numbers(), dtype in prop::sample::select(&DType::ALL[1..]), lays in [lay(), lay()],
    ) {
        let shape = case.shape(case.space);
        let values = repeated(&values, dtype, shape.iter().product());
        let x = Tensor::laid(&shape, dtype, lays[0], &values);
        let (got, at) = case.run(PoolKind::Max, &x, lays[1]);
        let (want, positions) = largest(&case, &values);
        assert_near(&got.f64s(), &want, 0.0, 0.0);
        prop_assert_eq!(at.i64s(), positions);
    }

    #[test]
    fn means(
        case in any_case(), values in numbers(), lays in [lay(), lay()],
        dtype in prop::sample::select(&[DType::I64, DType::F16, DType::BF16, DType::F32, DType::F64][..]),
    ) {
        let shape = case.shape(case.space);
        let values = repeated(&values, dtype, shape.iter().product());
        let x = Tensor::laid(&shape, dtype, lays[0], &values);
        let (got, _) = case.run(PoolKind::Avg, &x, lays[1]);
        let padded = matches!(case.windows, Windows::Sliding { count_padding: true, .. });
        // A window that ends with the padding is not cut off: there is no ceiling mode here.
        let whole = case.sliding.map_or(0, |s| s[0][0] * s[0][1]);
        let mean = |(from, positions): (usize, Vec<usize>)| {
            let sum: f64 = positions.iter().map(|at| values[from + at]).sum();
            let mean = sum / if padded { whole } else { positions.len() } as f64;
            if dtype.is_float() { mean } else { mean.trunc() }
        };
        let want: Vec<f64> = case.each().into_iter().map(mean).collect();
        let precision = if dtype.is_float() { precision(dtype) } else { 0.0 };
        assert_near(&got.f64s(), &want, precision, 0.0);
    }

    #[test]
    fn gradients_of_maxima(
        case in any_case(), values in numbers(), lay in lay(), dtype in float_dtype(), gradient in prop::collection::vec(-4i32..5, 7),
    ) {
        let shape = case.shape(case.space);
        let values = repeated(&values, dtype, shape.iter().product());
        let x = Tensor::laid(&shape, dtype, Lay::Dense, &values);
        let (_, at) = case.run(PoolKind::Max, &x, Lay::Dense);
        let pooled = case.shape(case.pooled);
        let g: Vec<f64> = (0..pooled.iter().product()).map(|i| f64::from(gradient[i % 7])).collect();
        let (got, done) = case.gradient(&Tensor::laid(&pooled, dtype, lay, &g), &at);
        prop_assert!(done == Done::Yes);
        let mut want = vec![0.0; values.len()];
        for (((from, _), at), g) in case.each().iter().zip(at.i64s()).zip(&g) {
            want[from + at as usize] += g;
        }
        assert_near(&got.f64s(), &want, 0.0, 0.0);
    }
}

impl Case {
    fn gradient(&self, g: &Tensor, positions: &Tensor) -> (Tensor, Done) {
        let out = Tensor::room(&self.shape(self.space), g.dtype, Lay::Dense);
        let f = Fused::MaxPoolGrad(Arc::new(self.pool(PoolKind::Max)));
        let inputs = [g.view(), positions.view()];
        let call = plan::fused(&f, &inputs, Output::from(out.view()).into()).unwrap();
        let done = Cpu.fused(call).unwrap();
        (out, done)
    }
}

/// The composition reports such a position, so the kernel leaves the work to it.
#[test]
fn positions_outside_of_their_planes_are_not_written_to() {
    let case = Case::sliding(2, [4, 4], [[2; 2], [2; 2], [0; 2], [1; 2]], true).unwrap();
    let g = Tensor::sevens(&[2, 2, 2], DType::F32);
    for bad in [16, -1, i64::MAX, i64::MIN] {
        let mut positions = [0, 2, 8, 10, 0, 2, 8, 10];
        let good = Tensor::i64(&[2, 2, 2], &positions);
        assert!(case.gradient(&g, &good).1 == Done::Yes);
        positions[5] = bad;
        assert!(case.gradient(&g, &Tensor::i64(&[2, 2, 2], &positions)).1 == Done::Compose);
    }
}

/// The sums of overlapping windows have the same bits for all thread counts, and so has everything else.
#[test]
fn threads_do_not_change_a_bit() {
    if !is_child() {
        return same_bits_for_all_thread_counts("pool_definition::threads_do_not_change_a_bit");
    }
    let mut bits = Vec::new();
    for stride in [1, 2] {
        let case =
            Case::sliding(40, [57, 61], [[3; 2], [stride; 2], [1; 2], [1; 2]], true).unwrap();
        let values: Vec<f64> = (0..40 * 57 * 61)
            .map(|i| (f64::from(i) * 0.7).sin())
            .collect();
        let x = Tensor::new(&[40, 57, 61], DType::F32, &values);
        let (y, at) = case.run(PoolKind::Max, &x, Lay::Dense);
        let (mean, _) = case.run(PoolKind::Avg, &x, Lay::Dense);
        let (gradient, _) = case.gradient(&mean, &at);
        for t in [y, at, mean, gradient] {
            bits.extend(t.f64s());
        }
    }
    println!("bits: {:x}", fingerprint(&bits));
}
