//! A tensor without elements may have any number of rows: what is computed of it has no elements either, and takes no time.

use rushlight::Result;
use rushlight::nn::functional as f;
use rushlight::prelude::*;
use rushlight_tests::devices;
use std::sync::mpsc;
use std::time::Duration;

const MANY: usize = 1 << 45;

type Call = (&'static str, fn(&Tensor) -> Result<Tensor>);

/// Calls on a tensor of shape `[MANY, 3, 0]`, its gradient required.
fn calls() -> Vec<Call> {
    vec![
        ("add", |x| x.add(x)),
        ("exp", |x| x.exp()),
        ("lt", |x| x.lt(1)),
        ("to", |x| x.to(DType::F64)),
        ("copy", |x| x.transpose(0, 1)?.copy()),
        ("cumsum", |x| x.cumsum(0)),
        ("cumsum along nothing", |x| x.cumsum(-1)),
        ("cumprod", |x| x.cumprod(1)),
        ("logcumsumexp", |x| x.logcumsumexp(0)),
        ("cummax", |x| Ok(x.cummax(1)?.0)),
        ("sum", |x| x.sum()),
        ("sum of rows", |x| x.sum_dim([0, 1], false)),
        ("prod", |x| x.prod_dim(0, true)),
        ("amax", |x| x.amax([0], false)),
        ("std", |x| x.std_dim([0], 1.0, false)),
        ("argmax", |x| x.argmax_dim(0, false)),
        ("norm", |x| x.norm_dim(2.0, [0], false)),
        ("sort", |x| Ok(x.sort(-1, false)?.0)),
        ("sort of rows", |x| Ok(x.sort(0, true)?.0)),
        ("softmax", |x| x.softmax(-1)),
        ("softmax of rows", |x| x.softmax(0)),
        ("log_softmax", |x| x.log_softmax(1)),
        ("matmul", |x| x.matmul(&Tensor::zeros([0, 0], x.device())?)),
        ("index_select", |x| {
            let index = Tensor::from_slice(&[0i64, 2], 2)?.to(x.device())?;
            x.index_select(1, &index)
        }),
        ("gather", |x| x.gather(0, &x.detach().to(DType::I64)?)),
        ("scatter_add", |x| {
            x.scatter_add(0, &x.detach().to(DType::I64)?, x)
        }),
        ("flip", |x| x.flip([0, 1])),
        ("roll", |x| x.roll([1], [1])),
        ("cat", |x| Tensor::cat(&[x, x], 1)),
        ("tril", |x| x.tril(0)),
        ("relu", |x| f::relu(x)),
        ("gelu", |x| f::gelu(x, ())),
        ("layer_norm", |x| f::layer_norm(x, [3, 0], None, None, 1e-5)),
    ]
}

/// Runs every call on a thread of its own and fails with the name of the one that does not come back.
fn each(what: &'static str, run: impl Fn(&Call) -> Result<()> + Send + 'static) {
    let (began, named) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        for call in calls() {
            began.send(call.0).ok();
            if let Err(e) = run(&call) {
                panic!("{what} {}: {e}", call.0);
            }
        }
    });
    let mut last = "nothing";
    loop {
        match named.recv_timeout(Duration::from_secs(30)) {
            Ok(name) => last = name,
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("{what} {last} does not end"),
        }
    }
    thread.join().expect("every call answers");
}

#[test]
fn many_empty_rows() {
    for device in devices() {
        each("forward and backward of", move |(name, call)| {
            let x = Tensor::zeros([MANY, 3, 0], &device)?.requires_grad_(true)?;
            let y = call(&x)?;
            if name.starts_with("sum") && y.ndim() == 0 {
                assert_eq!(y.to_vec::<f32>()?, [0.0]);
            } else {
                assert_eq!(y.numel(), 0, "{name}");
            }
            if y.requires_grad() {
                y.sum()?.backward()?;
                let g = x.grad().expect("a gradient");
                assert_eq!(g.shape(), x.shape(), "{name}");
            }
            Ok(())
        });
    }
}

#[test]
fn an_index_into_nothing_is_out_of_range() -> Result<()> {
    for device in devices() {
        let rows = Tensor::zeros([0, 2], &device)?;
        let slices = Tensor::zeros([3, 0], &device)?;
        let index = Tensor::from_slice(&[1i64, 7], 2)?.to(&device)?;
        let pairs = Tensor::from_slice(&[1i64, 7], [1, 2])?.to(&device)?;
        let source = Tensor::zeros([2, 2], &device)?;
        let nothing = Tensor::zeros([2, 0], &device)?;
        let results = [
            (
                rows.index_select(0, &index),
                "index 1 is out of range for dimension 0 of size 0",
            ),
            (
                rows.gather(0, &pairs),
                "index 1 is out of range for dimension 0 of size 0",
            ),
            (
                rows.index_copy(0, &index, &source),
                "index 1 is out of range for dimension 0 of size 0",
            ),
            (
                rows.index_add(0, &index, &source),
                "index 1 is out of range for dimension 0 of size 0",
            ),
            (
                rows.scatter(0, &pairs, &source),
                "index 1 is out of range for dimension 0 of size 0",
            ),
            (
                slices.index_select(0, &index),
                "index 7 is out of range for dimension 0 of size 3",
            ),
            (
                slices.index_add(0, &index, &nothing),
                "index 7 is out of range for dimension 0 of size 3",
            ),
        ];
        for (number, (result, text)) in results.into_iter().enumerate() {
            // What has elements is computed on a GPU before anybody looks at the index.
            let error = result
                .and_then(|t| t.to_vec::<f32>())
                .expect_err(text)
                .to_string();
            assert!(error.contains(text), "{number} on {device}: {error}");
        }
    }
    Ok(())
}
