//! `int64` through whole functions: every device gives the CPU's numbers, whether its shaders have `int64` or compute it in pairs of words, and
//! refuses what the CPU refuses in the same words.

use rushlight::nn::functional as f;
use rushlight::{DType, Result, ScatterReduce, Tensor, prelude::*};
use rushlight_tests::devices;

type Call = fn(&Tensor) -> Result<Tensor>;

/// `n` numbers on both sides of 2³² and of 0, as a tensor of `shape`.
fn numbers(x: &Tensor, shape: &[usize]) -> Result<Tensor> {
    let n = shape.iter().product::<usize>();
    x.reshape(-1)?.narrow(0, 0, n)?.reshape(shape)
}

/// A kernel of small numbers.
fn kernel(x: &Tensor, shape: &[usize]) -> Result<Tensor> {
    let n = shape.iter().product::<usize>();
    let small = Tensor::arange(0, n, 1, x.device())?.mul(7)?.remainder(11)?;
    small.sub(5)?.reshape(shape)
}

const CALLS: [(&str, Call); 38] = [
    ("matmul", |x| {
        numbers(x, &[4, 5])?.matmul(&numbers(x, &[5, 3])?)
    }),
    ("matmul, vector", |x| {
        numbers(x, &[4, 5])?.matmul(&numbers(x, &[5])?)
    }),
    ("matmul, batches", |x| {
        numbers(x, &[2, 3, 4])?.matmul(&numbers(x, &[2, 4, 3])?)
    }),
    ("dot", |x| numbers(x, &[9])?.dot(&numbers(x, &[9])?)),
    ("linear", |x| {
        numbers(x, &[4, 5])?.linear(&kernel(x, &[3, 5])?, Some(&kernel(x, &[3])?))
    }),
    ("conv, one dimension", |x| {
        let (x, w) = (numbers(x, &[2, 3, 7])?, kernel(x, &[4, 3, 3])?);
        x.conv(&w, None, ())
    }),
    ("conv, two dimensions", |x| {
        let (x, w) = (numbers(x, &[1, 2, 5, 6])?, kernel(x, &[3, 2, 3, 2])?);
        x.conv(&w, Some(&kernel(&x, &[3])?), ())
    }),
    ("max_pool", |x| {
        Ok(numbers(x, &[1, 2, 6, 6])?.max_pool([2, 2], ())?.0)
    }),
    ("max_pool, positions", |x| {
        Ok(numbers(x, &[1, 2, 6, 6])?.max_pool([3, 3], ())?.1)
    }),
    ("avg_pool", |x| {
        numbers(x, &[1, 2, 6, 6])?.avg_pool([2, 2], ())
    }),
    ("unfold", |x| f::unfold(&numbers(x, &[1, 2, 4, 5])?, 2, ())),
    ("fold", |x| f::fold(&numbers(x, &[1, 4, 9])?, 4, 2, ())),
    ("sum", |x| x.sum_dim(0, false)),
    ("prod", |x| x.prod_dim(1, false)),
    ("cumsum", |x| x.cumsum(1)),
    ("cumprod", |x| x.cumprod(0)),
    ("amax", |x| x.amax(1, false)),
    ("argmin", |x| x.argmin_dim(0, false)),
    ("sort", |x| Ok(x.sort(1, false)?.0)),
    ("argsort", |x| x.argsort(1, true)),
    ("topk", |x| Ok(x.topk(3, 1, true)?.0)),
    ("kthvalue", |x| Ok(x.kthvalue(3, 1, false)?.0)),
    ("median", |x| x.median()),
    ("remainder", |x| x.remainder(1_000_003)),
    ("floor_divide", |x| x.floor_divide(-7)),
    ("fmod", |x| x.fmod(97)),
    ("pow", |x| x.pow(3)),
    ("gcd", |x| x.gcd(&x.t()?.reshape(x.shape())?)),
    ("bitwise_xor", |x| x.bitwise_xor(&x.mul(3)?)),
    ("clamp", |x| x.clamp(-5_000_000_000i64, 5_000_000_000i64)),
    ("where", |x| x.gt(0)?.where_cond(x, &x.neg()?)),
    ("diff", |x| x.diff(1, 1, None, None)),
    ("flip and roll", |x| x.flip(0)?.roll(2, 1)),
    ("repeat_interleave", |x| x.repeat_interleave(2, 1)),
    ("scatter_add", |x| {
        let at = kernel(x, &[4, 6])?.abs()?;
        x.new_zeros([12, 6])?.scatter_add(0, &at, x)
    }),
    ("scatter_reduce, mean", |x| {
        let at = kernel(x, &[4, 6])?.abs()?;
        x.new_zeros([12, 6])?
            .scatter_reduce(0, &at, x, ScatterReduce::Mean, true)
    }),
    ("embedding", |x| {
        let at = kernel(x, &[5])?.abs()?.remainder(4)?;
        f::embedding(&at, x, ())
    }),
    ("to float32", |x| x.to(DType::F32)),
];

#[test]
fn whole_functions_of_int64_are_the_cpus() -> Result<()> {
    let values: Vec<i64> = (0..80i64)
        .map(|i| (i * 2_654_435_761 - 90_000_000_000) * if i % 3 == 0 { -1 } else { 1 })
        .collect();
    let x = Tensor::from_slice(&values, values.len())?;
    let read = |y: Result<Tensor>| match y.and_then(|y| y.to(&Device::CPU)) {
        Ok(y) => Ok((y.dtype(), y.shape().to_vec(), y.bytes().unwrap())),
        Err(e) => Err((e.kind(), e.message().to_owned())),
    };
    let shaped = |x: &Tensor, name: &str| match name {
        "matmul" | "matmul, vector" | "matmul, batches" | "dot" | "linear" | "fold" | "unfold" => {
            Ok(x.clone())
        }
        _ if name.starts_with("conv") || name.contains("pool") => Ok(x.clone()),
        _ => x.narrow(0, 0, 24)?.reshape([4, 6]),
    };
    let mut wrong = Vec::new();
    for device in devices() {
        for (name, call) in CALLS {
            let want = read(call(&shaped(&x, name)?));
            let got = read(call(&shaped(&x.to(&device)?, name)?));
            if got != want {
                let text = |r: &std::result::Result<_, (_, String)>| match r {
                    Ok(_) => "another answer".to_owned(),
                    Err((_, text)) => text.clone(),
                };
                wrong.push(format!("{name}: {} for {}", text(&got), text(&want)));
            }
        }
        assert!(wrong.is_empty(), "on {device}:\n{}", wrong.join("\n"));
    }
    Ok(())
}
