//! What no correct caller hands to a backend: views, operations and parameters drawn at random, most of them nonsense, from a program
//! without `unsafe`. Each is an error or an answer; none reads or writes outside of its tensors, panics or never ends.
#![forbid(unsafe_code)]

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rushlight::backend::{
    Arg, Axes, Backend, Binary, Compare, Conv, ConvKind, DType, Dims, Fused, IndexOp, Layout,
    Linalg, Map, Op, OptimizerStep, Output, Pool, PoolKind, Reduce, Scalar, Scan, ScatterMode,
    StepViews, Storage, Unary, View, ViewOp, Windows, plan, update,
};
use rushlight::{Device, Tensor};
use rushlight_tensor::{apply, apply_in_place, apply_with_aux};
use std::sync::Arc;

/// How often each test draws on a device.
fn draws(device: &Device) -> u32 {
    if *device == Device::CPU { 600 } else { 60 }
}

/// Bytes of each storage: the values of neighbours show whether a kernel left its own.
const BYTES: usize = 256;

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![
        12 => 0usize..5,
        1 => Just(64usize),
        1 => prop_oneof![
            Just(usize::MAX),
            Just(usize::MAX / 2),
            Just(1 << 32),
            Just(1 << 62)
        ],
    ]
}

fn sizes(len: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = Dims> {
    proptest::collection::vec(size(), len).prop_map(|list| list.into_iter().collect())
}

fn layout() -> impl Strategy<Value = Layout> {
    prop_oneof![
        2 => sizes(0..5).prop_map(Layout::contiguous),
        1 => (sizes(0..5), sizes(0..5), size())
            .prop_map(|(shape, strides, offset)| Layout::strided(shape, strides, offset)),
    ]
}

fn dtype() -> impl Strategy<Value = DType> {
    prop_oneof![
        4 => Just(DType::F32),
        2 => Just(DType::I64),
        1 => proptest::sample::select(DType::ALL.to_vec()),
    ]
}

fn dim() -> impl Strategy<Value = u8> {
    prop_oneof![8 => 0u8..5, 1 => Just(u8::MAX)]
}

fn axes() -> impl Strategy<Value = Axes> {
    any::<u8>().prop_map(|bits| {
        (0..8)
            .filter(|d| bits >> d & 1 == 1)
            .fold(Axes::NONE, Axes::with)
    })
}

fn index_op() -> impl Strategy<Value = IndexOp> {
    prop_oneof![
        dim().prop_map(|dim| IndexOp::Select { dim }),
        dim().prop_map(|dim| IndexOp::Gather { dim }),
    ]
}

fn mode() -> impl Strategy<Value = ScatterMode> {
    use ScatterMode::*;
    proptest::sample::select(vec![Set, Add, Mul, Max, Min])
}

fn conv() -> impl Strategy<Value = Conv> {
    use ConvKind::*;
    let kind = proptest::sample::select(vec![Forward, InputGrad, WeightGrad]);
    (kind, 0usize..4).prop_flat_map(|(kind, n)| {
        let lists = (sizes(n), sizes(n), sizes(n), sizes(n), size());
        lists.prop_map(move |(stride, padding, dilation, result, groups)| Conv {
            kind,
            stride,
            padding,
            dilation,
            groups,
            result,
        })
    })
}

fn pool() -> impl Strategy<Value = Pool> {
    use PoolKind::*;
    let kind = proptest::sample::select(vec![Max, Avg, AvgGrad]);
    (kind, 0usize..4, any::<bool>()).prop_flat_map(|(kind, n, adaptive)| {
        let lists = (
            sizes(n),
            sizes(n),
            sizes(n),
            sizes(n),
            sizes(n),
            sizes(n),
            proptest::option::of(-1i64..3),
        );
        lists.prop_map(
            move |(space, pooled, kernel, stride, padding, dilation, divisor)| Pool {
                kind,
                windows: match adaptive {
                    true => Windows::Adaptive,
                    false => Windows::Sliding {
                        kernel,
                        stride,
                        padding,
                        dilation,
                        count_padding: kernel.len() == 2,
                        divisor,
                    },
                },
                space,
                pooled,
            },
        )
    })
}

fn linalg() -> impl Strategy<Value = Linalg> {
    proptest::sample::select(vec![
        Linalg::Solve,
        Linalg::Inverse,
        Linalg::SolveTriangular {
            upper: true,
            unit: false,
        },
        Linalg::Cholesky { check: false },
        Linalg::CholeskySolve { upper: false },
        Linalg::LuFactor,
        Linalg::Det,
        Linalg::LogDet,
        Linalg::Qr { complete: true },
        Linalg::Eigh,
        Linalg::Svd,
        Linalg::Pinv { hermitian: false },
        Linalg::MatrixExp,
        Linalg::Permutation { rows: 3 },
        Linalg::Permutation { rows: u32::MAX },
    ])
}

fn fused() -> impl Strategy<Value = Fused> {
    let n = || prop_oneof![6 => 0usize..4, 1 => Just(usize::MAX)];
    prop_oneof![
        Just(Fused::Linear),
        n().prop_map(|dim| Fused::Softmax { dim, log: false }),
        n().prop_map(|dim| Fused::SoftmaxGrad { dim, log: false }),
        n().prop_map(|dim| Fused::Softmax { dim, log: true }),
        n().prop_map(|dim| Fused::SoftmaxGrad { dim, log: true }),
        (n(), any::<bool>()).prop_map(|(axes, weight)| Fused::LayerNorm {
            axes,
            eps: 1e-5,
            weight
        }),
        (n(), any::<bool>()).prop_map(|(axes, weight)| Fused::LayerNormGrad { axes, weight }),
        any::<bool>().prop_map(|causal| Fused::Attention { scale: 1.0, causal }),
        any::<bool>().prop_map(|causal| Fused::AttentionGrad { scale: 1.0, causal }),
        Just(Fused::CrossEntropy { ignore: 1 }),
        Just(Fused::CrossEntropyGrad { ignore: 1 }),
        pool().prop_map(|pool| Fused::MaxPoolGrad(Arc::new(pool))),
    ]
}

fn map() -> impl Strategy<Value = Map> {
    prop_oneof![
        Just(Map::Copy),
        Just(Map::Unary(Unary::Sqrt)),
        Just(Map::Unary(Unary::BitNot)),
        Just(Map::Binary(Binary::Add)),
        Just(Map::BinaryScalar(Binary::Mul, Scalar::Int(3))),
        Just(Map::ScalarBinary(Scalar::Float(0.5), Binary::Sub)),
        Just(Map::Compare(Compare::Lt)),
        Just(Map::CompareScalar(Compare::Eq, Scalar::Int(1))),
        Just(Map::Where),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let reduce = proptest::sample::select(Reduce::ALL.to_vec());
    let scan = proptest::sample::select(vec![Scan::Sum, Scan::LogSumExp, Scan::ArgMax]);
    let view = prop_oneof![
        Just(ViewOp::Reshape),
        Just(ViewOp::Expand),
        (dim(), size(), size()).prop_map(|(dim, step, start)| ViewOp::Slice { dim, step, start }),
        any::<[u8; 8]>().prop_map(ViewOp::Permute),
        layout().prop_map(|l| ViewOp::AsStrided(Arc::new(l))),
    ];
    prop_oneof![
        proptest::sample::select(vec![
            Map::Copy.into(),
            Op::Transfer,
            Op::Fill(Scalar::Int(1)),
            Map::Where.into(),
            Op::MatMul,
            Op::Cast(DType::F16),
            Unary::Exp.into(),
            Binary::Add.into(),
            Map::BinaryScalar(Binary::Mul, Scalar::Float(2.0)).into(),
            Map::ScalarBinary(Scalar::Int(2), Binary::Sub).into(),
            Compare::Lt.into(),
            Map::CompareScalar(Compare::Lt, Scalar::Int(2)).into(),
        ]),
        (reduce, axes(), any::<bool>()).prop_map(|(f, axes, keepdim)| Op::Reduce {
            f,
            axes,
            keepdim
        }),
        (dim(), any::<bool>()).prop_map(|(dim, keepdim)| Op::Arg {
            f: Arg::Max,
            dim,
            keepdim
        }),
        (scan, dim()).prop_map(|(f, dim)| Op::Scan { f, dim }),
        dim().prop_map(|dim| Op::Argsort {
            dim,
            descending: false
        }),
        dim().prop_map(|dim| Op::Cat { dim }),
        linalg().prop_map(Op::Linalg),
        conv().prop_map(|c| Op::Conv(Arc::new(c))),
        pool().prop_map(|p| Op::Pool(Arc::new(p))),
        index_op().prop_map(Op::Gather),
        (index_op(), mode()).prop_map(|(f, mode)| Op::Scatter(f, mode)),
        view.prop_map(Op::View),
        layout().prop_map(|l| Op::SetWindow(Arc::new(l))),
        fused().prop_map(|f| Op::Fused(Arc::new(f))),
    ]
}

fn check<S: Strategy>(
    device: &Device,
    strategy: &S,
    run: impl Fn(S::Value) -> std::result::Result<(), TestCaseError>,
) where
    S::Value: std::fmt::Debug,
{
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(draws(device))
    };
    if let Err(e) = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    )
    .run(strategy, run)
    {
        panic!("{device}: {e}");
    }
}

/// Storages full of numbers that every dtype can read, each with one that nothing is handed.
fn storages(backend: &dyn Backend) -> Vec<Storage> {
    (0..4)
        .map(|_| backend.upload(&[1; BYTES]).unwrap())
        .collect()
}

/// What a call is handed: which storage, which layout, which dtype.
type Drawn = (usize, Layout, DType);

fn drawn() -> impl Strategy<Value = Drawn> {
    (0usize..4, layout(), dtype())
}

/// The views among these that can be made.
fn views<'a>(storages: &'a [Storage], drawn: &'a [Drawn]) -> Vec<View<'a>> {
    drawn
        .iter()
        .filter_map(|(i, layout, dtype)| View::new(&storages[*i], layout, *dtype).ok())
        .collect()
}

#[test]
fn a_view_beyond_its_storage_cannot_be_made() {
    for device in rushlight_tests::devices() {
        let backend = device.backend();
        let storage = backend.alloc(BYTES).unwrap();
        check(&device, &(layout(), dtype()), |(layout, dtype)| {
            let Ok(view) = View::new(&storage, &layout, dtype) else {
                return Ok(());
            };
            let reach = layout
                .shape()
                .iter()
                .zip(layout.strides().iter())
                .map(|(&n, &s)| (n.max(1) as u128 - 1) * s as u128)
                .sum::<u128>();
            let end = (layout.offset() as u128 + reach + 1) * dtype.size() as u128;
            prop_assert!(layout.numel() == 0 || end <= BYTES as u128, "{view:?}");
            Ok(())
        });
    }
}

#[test]
fn a_layout_beyond_its_storage_is_refused() {
    for device in rushlight_tests::devices() {
        let backend = device.backend();
        let storage = backend.alloc(16).unwrap();
        for (shape, strides, offset) in [
            (Dims::from([5]), Dims::from([1]), 0),
            (Dims::from([1]), Dims::from([1]), 4),
            (Dims::from([2]), Dims::from([4]), 0),
            (Dims::from([2]), Dims::from([usize::MAX]), 0),
            (Dims::from([3]), Dims::from([usize::MAX / 2 + 1]), 0),
            (Dims::from([1]), Dims::from([1]), usize::MAX),
            (Dims::from([2, 2]), Dims::from([1]), 0),
            (Dims::from([usize::MAX, 2]), Dims::from([0, 0]), 0),
        ] {
            let layout = Layout::strided(shape, strides, offset);
            assert!(
                View::new(&storage, &layout, DType::F32).is_err(),
                "{layout:?}"
            );
        }
        let dense = Layout::contiguous(Dims::from([1 << 40, 1 << 40]));
        assert!(View::new(&storage, &dense, DType::F32).is_err());
        let mut out = [0; 8];
        assert!(backend.download(&storage, 9, &mut out).is_err());
        assert!(backend.download(&storage, usize::MAX, &mut out).is_err());
        assert!(backend.write(&storage, usize::MAX - 3, &[0; 8]).is_err());
        assert!(backend.write(&storage, 16, &[0]).is_err());
    }
}

/// Calls every method with views that fit their storages and nothing else.
#[test]
fn every_method_refuses_what_does_not_fit() {
    let what = (
        proptest::collection::vec(drawn(), 0..8),
        (map(), dtype(), axes(), 0usize..12, size(), mode()),
        (index_op(), linalg(), conv(), pool(), fused()),
    );
    for device in rushlight_tests::devices() {
        let backend = device.backend();
        let storages = storages(backend);
        check(&device, &what, |(drawn, a, b)| {
            let (f, compute, axes, method, dim, mode) = a;
            let (index, linalg, conv, pool, fused) = b;
            let views = views(&storages, &drawn);
            let [x, y, z, ..] = views[..] else {
                return Ok(());
            };
            let cut = views.len() / 2;
            let (ins, outs) = views.split_at(cut);
            let (outs, out) = (Output::shared(outs), Output::from(z));
            let two = &[x, y];
            // Any answer will do.
            let _ = match method {
                0 => plan::fill(Scalar::Float(1.0), out).and_then(|call| backend.fill(call)),
                1 => plan::map(f, compute, ins, out).and_then(|call| backend.map(call)),
                2 => plan::reduce(Reduce::Sum, axes, &x, out).and_then(|call| backend.reduce(call)),
                3 => plan::arg_reduce(Arg::Max, dim, &x, out)
                    .and_then(|call| backend.arg_reduce(call)),
                4 => plan::scan(Scan::Sum, dim, &x, out).and_then(|call| backend.scan(call)),
                5 => plan::argsort(dim, true, &x, out).and_then(|call| backend.argsort(call)),
                6 => plan::matmul(two, out).and_then(|call| backend.matmul(call)),
                7 => plan::linalg(linalg, ins, outs).and_then(|call| backend.linalg(call)),
                8 => plan::conv(&conv, two, out).and_then(|call| backend.conv(call)),
                9 => plan::pool(&pool, &x, outs).and_then(|call| backend.pool(call)),
                10 => plan::gather(index, two, out).and_then(|call| backend.gather(call)),
                11 => plan::scatter(index, mode, two, out).and_then(|call| backend.scatter(call)),
                _ => {
                    plan::fused(&fused, ins, outs).and_then(|call| backend.fused(call).map(|_| ()))
                }
            };
            let sgd = OptimizerStep::Sgd(update::Sgd {
                lr: 0.1,
                momentum: 0.9,
                dampening: 0.0,
                nesterov: false,
                weight_decay: 0.0,
                maximize: false,
            });
            let group = [StepViews {
                param: x,
                grad: y,
                states: &views[2..],
                step: dim as u64,
                factors: [0.0; 2],
            }];
            let _ =
                plan::optimizer_step(&sgd, &group).and_then(|call| backend.optimizer_step(call));
            Ok(())
        });
        // What faults the kernels noted is reported here at the latest.
        let _ = backend.synchronize();
    }
}

/// Hand-made operations on tensors: nonsense is an error, with the number of inputs that it takes among what is checked.
#[test]
fn hand_made_operations_are_answered_or_refused() {
    let tensor = (sizes(0..4), dtype());
    let what = (op(), proptest::collection::vec(tensor, 0..5));
    for device in rushlight_tests::devices() {
        check(&device, &what, |(op, tensors)| {
            let tensors: Vec<Tensor> = tensors
                .iter()
                .filter(|(shape, _)| shape.numel() <= 64 * 64)
                .filter_map(|(shape, dtype)| Tensor::ones(&shape[..], (*dtype, &device)).ok())
                .collect();
            let inputs: Vec<&Tensor> = tensors.iter().collect();
            let _ = op.infer(
                &inputs
                    .iter()
                    .map(|t| rushlight::backend::TensorType {
                        shape: *t.layout().shape(),
                        dtype: t.dtype(),
                    })
                    .collect::<Vec<_>>(),
            );
            let _ = apply(op.clone(), &inputs);
            let _ = apply_with_aux(op.clone(), &inputs);
            if let Some(dst) = inputs.last() {
                let _ = apply_in_place(op, dst, &inputs);
            }
            Ok(())
        });
        let _ = device.synchronize();
    }
}

/// Inputs that are also outputs give what copies give.
#[test]
fn an_index_or_source_that_is_the_destination_counts_as_it_was() -> rushlight::Result<()> {
    for device in rushlight_tests::devices() {
        let x = Tensor::from_slice_on(&[3i64, 2, 1, 0], [4], &device)?;
        let same = x.copy()?;
        x.scatter_(0, &x, &x)?;
        let want = same.copy()?;
        want.scatter_(0, &same, &same)?;
        assert_eq!(x.to_vec::<i64>()?, want.to_vec::<i64>()?, "{device}");
    }
    Ok(())
}
