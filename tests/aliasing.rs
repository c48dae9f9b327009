//! Backends' results in the memory of their inputs: in other bytes of it, or in the same ones. Either way the inputs count as they were.
//!
//! No method of a tensor asks for it, but a program that calls a backend may, and no buffer of a GPU can be read and written in one launch.

use rushlight::backend::{
    Arg, Axes, Backend, Binary, Conv, ConvKind, DType, Dims, Done, Error, ErrorKind, Fused,
    IndexOp, Layout, Map, Output, Pool, PoolKind, Reduce, Result, Scan, ScatterMode, Storage, View,
    Windows, plan,
};
use rushlight_tests::devices;

/// A tensor of a call: its shape and dtype.
type Spec = (&'static [usize], DType);
type Run = Box<dyn Fn(&dyn Backend, &[View<'_>], &[View<'_>]) -> Result<()>>;

struct Call {
    name: &'static str,
    inputs: Vec<Spec>,
    outputs: Vec<Spec>,
    run: Run,
}

fn call(
    name: &'static str,
    inputs: &[Spec],
    outputs: &[Spec],
    run: impl Fn(&dyn Backend, &[View<'_>], &[View<'_>]) -> Result<()> + 'static,
) -> Call {
    Call {
        name,
        inputs: inputs.to_vec(),
        outputs: outputs.to_vec(),
        run: Box::new(run),
    }
}

/// A fused operation. Where the backend leaves it to be composed, it has written nothing.
fn fused(name: &'static str, f: Fused, inputs: &[Spec], outputs: &[Spec]) -> Call {
    call(
        name,
        inputs,
        outputs,
        move |backend, ins, outs| match backend.fused(plan::fused(
            &f,
            ins,
            Output::shared(outs),
        )?)? {
            Done::Yes => Ok(()),
            Done::Compose => Err(Error::unsupported("composed")),
        },
    )
}

const X: Spec = (&[4, 6], DType::F32);

fn calls() -> Vec<Call> {
    let index: Spec = (&[4, 6], DType::I64);
    let list: Spec = (&[4], DType::I64);
    let square: Spec = (&[4, 4], DType::F32);
    let image: Spec = (&[1, 1, 4, 4], DType::F32);
    let pooled: Spec = (&[1, 1, 2, 2], DType::F32);
    let places: Spec = (&[1, 1, 2, 2], DType::I64);
    let heads: Spec = (&[1, 4, 8], DType::F32);
    let rows: Spec = (&[4], DType::F32);
    let norm = Fused::LayerNorm {
        axes: 1,
        eps: 1e-5,
        weight: false,
    };
    let sliding = |kind| Pool {
        kind,
        windows: Windows::Sliding {
            kernel: Dims::from([2, 2]),
            stride: Dims::from([2, 2]),
            padding: Dims::from([0, 0]),
            dilation: Dims::from([1, 1]),
            count_padding: true,
            divisor: None,
        },
        space: Dims::from([4, 4]),
        pooled: Dims::from([2, 2]),
    };
    let (max, average) = (sliding(PoolKind::Max), sliding(PoolKind::Avg));
    let conv = Conv {
        kind: ConvKind::Forward,
        stride: Dims::from([1, 1]),
        padding: Dims::from([1, 1]),
        dilation: Dims::from([1, 1]),
        groups: 1,
        result: Dims::from([4, 4]),
    };
    vec![
        call("add", &[X, X], &[X], |b, ins, outs| {
            b.map(plan::map(
                Map::Binary(Binary::Add),
                DType::F32,
                ins,
                outs[0].into(),
            )?)
        }),
        call("sum", &[X], &[(&[4, 1], DType::F32)], |b, ins, outs| {
            b.reduce(plan::reduce(
                Reduce::Sum,
                Axes::one(1),
                &ins[0],
                outs[0].into(),
            )?)
        }),
        call("argmax", &[X], &[(&[4, 1], DType::I64)], |b, ins, outs| {
            b.arg_reduce(plan::arg_reduce(Arg::Max, 1, &ins[0], outs[0].into())?)
        }),
        call("cumsum", &[X], &[X], |b, ins, outs| {
            b.scan(plan::scan(Scan::Sum, 1, &ins[0], outs[0].into())?)
        }),
        call("argsort", &[X], &[index], |b, ins, outs| {
            b.argsort(plan::argsort(1, false, &ins[0], outs[0].into())?)
        }),
        call("matmul", &[square, square], &[square], |b, ins, outs| {
            b.matmul(plan::matmul(&[ins[0], ins[1]], outs[0].into())?)
        }),
        call(
            "conv",
            &[image, (&[1, 1, 3, 3], DType::F32)],
            &[image],
            move |b, ins, outs| b.conv(plan::conv(&conv, &[ins[0], ins[1]], outs[0].into())?),
        ),
        call(
            "max_pool",
            &[image],
            &[pooled, places],
            move |b, ins, outs| b.pool(plan::pool(&max, &ins[0], Output::shared(outs))?),
        ),
        call("avg_pool", &[image], &[pooled], move |b, ins, outs| {
            b.pool(plan::pool(&average, &ins[0], Output::shared(outs))?)
        }),
        call("gather", &[X, list], &[X], |b, ins, outs| {
            b.gather(plan::gather(
                IndexOp::Select { dim: 0 },
                &[ins[0], ins[1]],
                outs[0].into(),
            )?)
        }),
        call("scatter", &[list, X], &[X], |b, ins, outs| {
            b.scatter(plan::scatter(
                IndexOp::Select { dim: 0 },
                ScatterMode::Set,
                &[ins[0], ins[1]],
                outs[0].into(),
            )?)
        }),
        fused("softmax", Fused::Softmax { dim: 1, log: false }, &[X], &[X]),
        fused(
            "softmax of columns",
            Fused::Softmax { dim: 0, log: false },
            &[X],
            &[X],
        ),
        fused(
            "softmax_grad",
            Fused::SoftmaxGrad { dim: 1, log: false },
            &[X, X],
            &[X],
        ),
        fused(
            "linear",
            Fused::Linear,
            &[X, (&[6, 6], DType::F32), (&[6], DType::F32)],
            &[X],
        ),
        fused(
            "norm",
            Fused::Norm {
                p: 2.0,
                axes: Axes::one(1),
                mean: false,
            },
            &[X],
            &[(&[4, 1], DType::F32)],
        ),
        fused(
            "layer_norm",
            norm,
            &[(&[4, 8], DType::F32)],
            &[(&[4, 8], DType::F32), (&[4, 2], DType::F32), rows],
        ),
        fused(
            "attention",
            Fused::Attention {
                scale: 0.5,
                causal: false,
            },
            &[heads, heads, heads],
            &[heads, (&[1, 4], DType::F32)],
        ),
        fused(
            "cross_entropy",
            Fused::CrossEntropy { ignore: -100 },
            &[X, list],
            &[rows, rows],
        ),
    ]
}

fn bytes(spec: &Spec) -> usize {
    spec.0.iter().product::<usize>() * spec.1.size()
}

/// Small numbers, which are class numbers and indices too.
fn values(spec: &Spec, seed: usize) -> Vec<u8> {
    let n: usize = spec.0.iter().product();
    let number = |i: usize| (i * 7 + seed * 3) % 4;
    (0..n)
        .flat_map(|i| match spec.1 {
            DType::F32 => (number(i) as f32).to_ne_bytes().to_vec(),
            _ => (number(i) as i64).to_ne_bytes().to_vec(),
        })
        .collect()
}

/// Where the outputs lie in the storage of the input that they share.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Sharing {
    Nothing,
    Storage,
    Bytes,
}

/// The outputs' bytes, output 0 in the memory of input `of`.
fn outcome(
    backend: &dyn Backend,
    call: &Call,
    of: usize,
    sharing: Sharing,
) -> Result<Vec<Vec<u8>>> {
    let room = call
        .outputs
        .iter()
        .map(bytes)
        .max()
        .unwrap_or(0)
        .next_multiple_of(256);
    let mut storages: Vec<Storage> = Vec::new();
    let mut layouts: Vec<Layout> = Vec::new();
    for (i, spec) in call.inputs.iter().enumerate() {
        // Room for an output in front.
        let mut all = vec![0; room];
        all.extend(values(spec, i));
        all.resize(all.len() + room, 0);
        storages.push(backend.upload(&all)?);
        let dense = Layout::contiguous(spec.0.iter().copied().collect());
        layouts.push(Layout::strided(
            *dense.shape(),
            *dense.strides(),
            room / spec.1.size(),
        ));
    }
    for spec in &call.outputs {
        storages.push(backend.alloc(bytes(spec))?);
        layouts.push(Layout::contiguous(spec.0.iter().copied().collect()));
    }
    let inputs = call.inputs.len();
    let mut place = Vec::new();
    for (i, spec) in call.outputs.iter().enumerate() {
        let (storage, start) = match sharing {
            Sharing::Storage if i == 0 => (of, 0),
            Sharing::Bytes if i == 0 => (of, room),
            _ => (inputs + i, 0),
        };
        let dense = Layout::contiguous(spec.0.iter().copied().collect());
        layouts[inputs + i] =
            Layout::strided(*dense.shape(), *dense.strides(), start / spec.1.size());
        place.push((storage, start));
    }
    let views = call.inputs.iter().enumerate();
    let views: Vec<View<'_>> = views
        .map(|(i, spec)| View::new(&storages[i], &layouts[i], spec.1))
        .collect::<Result<_>>()?;
    let outs = call.outputs.iter().enumerate();
    let outs: Vec<View<'_>> = outs
        .map(|(i, spec)| View::new(&storages[place[i].0], &layouts[inputs + i], spec.1))
        .collect::<Result<_>>()?;
    (call.run)(backend, &views, &outs)?;
    let results = call.outputs.iter().zip(&place);
    results
        .map(|(spec, (storage, start))| {
            let mut result = vec![0; bytes(spec)];
            backend.download(&storages[*storage], *start, &mut result)?;
            Ok(result)
        })
        .collect()
}

#[test]
fn results_in_the_memory_of_inputs() {
    for device in devices() {
        let backend = device.backend();
        for call in calls() {
            let want = match outcome(backend, &call, 0, Sharing::Nothing) {
                Ok(want) => want,
                Err(e) if e.kind() == ErrorKind::Unsupported => continue,
                Err(e) => panic!("{} on {device}: {e}", call.name),
            };
            for of in 0..call.inputs.len() {
                for sharing in [Sharing::Storage, Sharing::Bytes] {
                    // Scatter writes into what is there.
                    if call.name == "scatter" && sharing == Sharing::Bytes {
                        continue;
                    }
                    let what =
                        format!("{} in the {sharing:?} of input {of} on {device}", call.name);
                    match outcome(backend, &call, of, sharing) {
                        Ok(got) => assert_eq!(got, want, "{what}"),
                        Err(e) => assert_eq!(e.kind(), ErrorKind::Unsupported, "{what}: {e}"),
                    }
                }
            }
        }
    }
}
