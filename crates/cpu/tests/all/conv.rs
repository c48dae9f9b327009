//! Convolutions and their gradients against the definition, with every parameter.

use crate::support::{
    LAYS, Lay, Tensor, fingerprint, indices, is_child, noise, rounded,
    same_bits_for_all_thread_counts, whole,
};
use proptest::prelude::*;
use rushlight_backend::{Backend, Conv, ConvKind, DType, Dims, ErrorKind, Result, plan};
use rushlight_cpu::Cpu;

#[derive(Clone, Debug)]
struct Case {
    images: usize,
    groups: usize,
    inputs: usize,
    outputs: usize,
    x: Vec<usize>,
    kernel: Vec<usize>,
    stride: Vec<usize>,
    padding: Vec<usize>,
    dilation: Vec<usize>,
}

impl Case {
    fn y(&self) -> Option<Vec<usize>> {
        let conv = self.conv(ConvKind::Forward, &self.x);
        (0..self.x.len())
            .map(|d| conv.output_size(d, self.x[d], self.kernel[d]))
            .collect()
    }

    fn conv(&self, kind: ConvKind, result: &[usize]) -> Conv {
        let dims = |list: &[usize]| Dims::from_slice(list).unwrap();
        Conv {
            kind,
            stride: dims(&self.stride),
            padding: dims(&self.padding),
            dilation: dims(&self.dilation),
            groups: self.groups,
            result: dims(result),
        }
    }

    /// Shapes of input, weight and output.
    fn shapes(&self) -> [Vec<usize>; 3] {
        let shape = |a, b, rest: &[usize]| [a, b].into_iter().chain(rest.iter().copied()).collect();
        [
            shape(self.images, self.inputs * self.groups, &self.x),
            shape(self.outputs * self.groups, self.inputs, &self.kernel),
            shape(self.images, self.outputs * self.groups, &self.y().unwrap()),
        ]
    }

    /// The result of `kind` by the definition, from the two others of input, weight and output.
    fn reference(&self, kind: ConvKind, mut tensors: [Vec<f64>; 3]) -> Vec<f64> {
        let shapes = self.shapes();
        let at = |shape: &[usize], index: &[usize]| {
            index.iter().zip(shape).fold(0, |sum, (i, n)| sum * n + i)
        };
        let result = match kind {
            ConvKind::InputGrad => 0,
            ConvKind::WeightGrad => 1,
            ConvKind::Forward => 2,
        };
        tensors[result] = vec![0.0; shapes[result].iter().product()];
        for y in indices(&shapes[2]) {
            for t in indices(&shapes[1][1..]) {
                let group = y[1] / self.outputs;
                let mut x = vec![y[0], group * self.inputs + t[0]];
                for d in 0..self.x.len() {
                    let i = y[2 + d] * self.stride[d] + t[1 + d] * self.dilation[d];
                    x.push(i.wrapping_sub(self.padding[d]));
                }
                if x[2..].iter().zip(&self.x).any(|(i, n)| i >= n) {
                    continue;
                }
                let w: Vec<usize> = [y[1]].into_iter().chain(t).collect();
                let at = [at(&shapes[0], &x), at(&shapes[1], &w), at(&shapes[2], &y)];
                let [a, b] = [(result + 1) % 3, (result + 2) % 3];
                let product = tensors[a][at[a]] * tensors[b][at[b]];
                tensors[result][at[result]] += product;
            }
        }
        std::mem::take(&mut tensors[result])
    }

    fn run(
        &self,
        kind: ConvKind,
        dtype: DType,
        lays: [Lay; 3],
        values: &[Vec<f64>; 3],
    ) -> Result<Vec<f64>> {
        let shapes = self.shapes();
        let tensor = |i: usize| Tensor::laid(&shapes[i], dtype, lays[i], &values[i]);
        let (a, b, result) = match kind {
            ConvKind::Forward => (0, 1, 2),
            ConvKind::InputGrad => (2, 1, 0),
            ConvKind::WeightGrad => (0, 2, 1),
        };
        let out = Tensor::room(&shapes[result], dtype, lays[result]);
        let conv = self.conv(kind, &shapes[result][2..]);
        Cpu.conv(plan::conv(
            &conv,
            &[tensor(a).view(), tensor(b).view()],
            out.view().into(),
        )?)?;
        Ok(out.f64s())
    }

    fn values(&self, make: impl Fn(usize, u64) -> Vec<f64>) -> [Vec<f64>; 3] {
        let shapes = self.shapes();
        std::array::from_fn(|i| make(shapes[i].iter().product(), i as u64 + 1))
    }
}

const KINDS: [ConvKind; 3] = [ConvKind::Forward, ConvKind::InputGrad, ConvKind::WeightGrad];

fn plain(
    images: usize,
    inputs: usize,
    outputs: usize,
    x: &[usize],
    k: usize,
    stride: usize,
    padding: usize,
) -> Case {
    let d = x.len();
    Case {
        images,
        groups: 1,
        inputs,
        outputs,
        x: x.to_vec(),
        kernel: vec![k; d],
        stride: vec![stride; d],
        padding: vec![padding; d],
        dilation: vec![1; d],
    }
}

fn grouped(mut case: Case, groups: usize) -> Case {
    case.groups = groups;
    case
}

/// Sizes that real networks have, large enough for every block edge.
fn real() -> Vec<Case> {
    vec![
        plain(2, 3, 32, &[28, 28], 3, 1, 1),
        plain(1, 40, 33, &[13, 17], 3, 2, 1),
        plain(3, 64, 20, &[7, 7], 1, 1, 0),
        plain(2, 1, 8, &[40, 40], 5, 1, 0),
        plain(2, 9, 11, &[50], 7, 3, 2),
        plain(1, 30, 5, &[6, 7, 8], 3, 1, 1),
        grouped(plain(2, 1, 1, &[20, 20], 3, 1, 1), 24),
        grouped(plain(2, 1, 2, &[21, 21], 3, 2, 1), 8),
        plain(1, 4, 4, &[3, 1500], 3, 1, 1),
        plain(20, 8, 70, &[5, 5], 3, 1, 1),
    ]
}

#[test]
fn real_networks() {
    for case in real() {
        let values = case.values(|n, seed| whole(n, seed, DType::F32));
        for kind in KINDS {
            let got = case
                .run(kind, DType::F32, [Lay::Dense; 3], &values)
                .unwrap();
            assert_eq!(
                got,
                case.reference(kind, values.clone()),
                "{kind:?} {case:?}"
            );
        }
    }
}

#[test]
fn fractions_stay_within_rounding() {
    for case in real() {
        let values = case.values(|n, seed| {
            noise(n, seed)
                .into_iter()
                .map(|x| rounded(x, DType::F32))
                .collect()
        });
        for kind in KINDS {
            let got = case
                .run(kind, DType::F32, [Lay::Dense; 3], &values)
                .unwrap();
            for (x, y) in got.iter().zip(case.reference(kind, values.clone())) {
                assert!((x - y).abs() < 1e-4, "{kind:?} {case:?}: {x} {y}");
            }
        }
    }
}

#[test]
fn bits() {
    let mut hash = 0u64;
    for case in real().into_iter().chain([
        plain(32, 16, 40, &[14, 14], 3, 1, 1),
        plain(5, 64, 64, &[20, 20], 3, 2, 1),
    ]) {
        let values = case.values(noise);
        for kind in KINDS {
            let got = case
                .run(kind, DType::F32, [Lay::Dense; 3], &values)
                .unwrap();
            hash = hash.rotate_left(7) ^ fingerprint(&got);
        }
    }
    println!("bits: {hash:x}");
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    if !is_child() {
        same_bits_for_all_thread_counts("conv::bits");
    }
}

#[test]
fn no_images_and_no_channels() {
    for case in [
        plain(0, 2, 3, &[4, 4], 3, 1, 1),
        plain(2, 0, 3, &[4, 4], 3, 1, 1),
        plain(2, 3, 0, &[4, 4], 3, 1, 1),
    ] {
        let values = case.values(noise);
        for kind in KINDS {
            let got = case
                .run(kind, DType::F32, [Lay::Dense; 3], &values)
                .unwrap();
            assert!(got.iter().all(|&x| x == 0.0), "{kind:?} {case:?}");
        }
    }
}

#[test]
fn a_larger_result_than_the_windows_reach_is_filled_up_with_zeros() {
    // conv_transpose1d(ones(1, 1, 2), ones(1, 1, 1), stride=3, output_padding=2)
    let case = plain(1, 1, 1, &[6], 1, 3, 0);
    let values = case.values(|n, _| vec![1.0; n]);
    let got = case
        .run(ConvKind::InputGrad, DType::F32, [Lay::Dense; 3], &values)
        .unwrap();
    assert_eq!(got, [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
}

#[test]
fn nan_reaches_every_window_that_holds_it() {
    let case = plain(1, 2, 2, &[5], 3, 1, 1);
    let mut values = case.values(|n, _| vec![0.0; n]);
    values[0][0] = f64::NAN;
    let got = case
        .run(ConvKind::Forward, DType::F32, [Lay::Dense; 3], &values)
        .unwrap();
    let nan: Vec<bool> = got.iter().map(|x| x.is_nan()).collect();
    assert_eq!(
        nan,
        [
            true, true, false, false, false, true, true, false, false, false
        ]
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    let case = plain(1, 2, 3, &[5, 5], 3, 1, 1);
    let t = |shape: &[usize], dtype| Tensor::room(shape, dtype, Lay::Dense);
    let conv = case.conv(ConvKind::Forward, &[5, 5]);
    let (x, w) = (t(&[1, 3, 5, 5], DType::F32), t(&[3, 2, 3, 3], DType::F32));
    let out = t(&[1, 3, 5, 5], DType::F32);
    let e = plan::conv(&conv, &[x.view(), w.view()], out.view().into())
        .and_then(|call| Cpu.conv(call))
        .unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Shape);
    assert!(e.message().contains("[1, 3, 5, 5] and [3, 2, 3, 3]"), "{e}");
    let x = t(&[1, 2, 5, 5], DType::Bool);
    let w = t(&[3, 2, 3, 3], DType::Bool);
    let out = t(&[1, 3, 5, 5], DType::Bool);
    let e = plan::conv(&conv, &[x.view(), w.view()], out.view().into())
        .and_then(|call| Cpu.conv(call))
        .unwrap_err();
    assert_eq!(e.kind(), ErrorKind::DType);
    assert!(e.message().contains("bool"), "{e}");
}

fn case() -> impl Strategy<Value = Case> {
    let space = prop::collection::vec(
        (1usize..9, 1usize..4, 1usize..4, 0usize..3, 1usize..3),
        1..4,
    );
    (1usize..4, 1usize..4, 1usize..4, 1usize..11, space)
        .prop_map(|(images, groups, inputs, outputs, space)| Case {
            images,
            groups,
            inputs,
            outputs,
            x: space.iter().map(|s| s.0).collect(),
            kernel: space.iter().map(|s| s.1).collect(),
            stride: space.iter().map(|s| s.2).collect(),
            padding: space.iter().map(|s| s.3).collect(),
            dilation: space.iter().map(|s| s.4).collect(),
        })
        .prop_filter("the kernel fits the input", |case| case.y().is_some())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_parameter(
        case in case(),
        lays in prop::array::uniform3(prop::sample::select(LAYS.to_vec())),
        dtype in prop::sample::select(DType::ALL[1..].to_vec()),
    ) {
        let values = case.values(|n, seed| whole(n, seed, dtype));
        for kind in KINDS {
            let got = case.run(kind, dtype, lays, &values).unwrap();
            for (g, e) in got.iter().zip(case.reference(kind, values.clone())) {
                prop_assert_eq!(*g, rounded(e, dtype), "{:?}", kind);
            }
        }
    }
}
