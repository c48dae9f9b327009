//! Products, elementwise functions, rows and columns, overhead.

use crate::harness::Bench;
use crate::{randn, row};
use candle_core::{DType, Result, Tensor, Var};
use candle_nn::ops;
use std::time::Instant;

pub fn rows(bench: &mut Bench) -> Result<()> {
    products(bench)?;
    elementwise(bench)?;
    matrix(bench)?;
    overhead(bench)
}

fn products(bench: &mut Bench) -> Result<()> {
    for (m, k, n) in [
        (64, 64, 64),
        (128, 128, 128),
        (256, 256, 256),
        (512, 512, 512),
        (1024, 1024, 1024),
        (2048, 2048, 2048),
        (64, 108, 32),
        (64, 784, 512),
        (4096, 768, 768),
        (32, 256, 1024),
        (1024, 256, 768),
        (1024, 256, 1024),
        (1024, 1024, 256),
    ] {
        row(bench, &format!("matmul_{m}x{k}x{n}"), || {
            let (a, b) = (randn((m, k))?, randn((k, n))?);
            Ok(move || a.matmul(&b))
        })?;
    }
    row(bench, "matmul_48x128x64x128", || {
        let (a, b) = (randn((48, 128, 64))?, randn((48, 64, 128))?);
        Ok(move || a.matmul(&b))
    })?;
    row(bench, "matmul_tn_1024x1024x1024", || {
        let (a, b) = (randn((1024, 1024))?, randn((1024, 1024))?);
        Ok(move || a.t()?.matmul(&b))
    })?;
    row(bench, "matmul_nt_1024x1024x1024", || {
        let (a, b) = (randn((1024, 1024))?, randn((1024, 1024))?);
        Ok(move || a.matmul(&b.t()?))
    })?;
    for (name, dtype, n) in [
        ("f64", DType::F64, 512),
        ("f64", DType::F64, 1024),
        ("bf16", DType::BF16, 512),
    ] {
        row(bench, &format!("matmul_{name}_{n}x{n}x{n}"), || {
            let (a, b) = (
                randn((n, n))?.to_dtype(dtype)?,
                randn((n, n))?.to_dtype(dtype)?,
            );
            Ok(move || a.matmul(&b))
        })?;
    }
    Ok(())
}

fn elementwise(bench: &mut Bench) -> Result<()> {
    type Function = fn(&Tensor) -> Result<Tensor>;
    let functions: [(&str, Function); 5] = [
        ("relu", Tensor::relu),
        ("exp", Tensor::exp),
        ("gelu", Tensor::gelu_erf),
        ("tanh", Tensor::tanh),
        ("gelu_tanh", Tensor::gelu),
    ];
    for (size, n) in [("1M", 1usize << 20), ("16M", 1 << 24)] {
        row(bench, &format!("add_{size}"), || {
            let (a, b) = (randn(n)?, randn(n)?);
            Ok(move || &a + &b)
        })?;
        for (name, function) in functions {
            if (name, size) != ("gelu_tanh", "16M") {
                row(bench, &format!("{name}_{size}"), || {
                    let x = randn(n)?;
                    Ok(move || function(&x))
                })?;
            }
        }
    }
    row(bench, "exp_f64_1M", || {
        let x = randn(1usize << 20)?.to_dtype(DType::F64)?;
        Ok(move || x.exp())
    })
}

fn matrix(bench: &mut Bench) -> Result<()> {
    let x = || randn((4096, 1024));
    row(bench, "bcast_add_4096x1024", || {
        let (x, v) = (x()?, randn(1024)?);
        Ok(move || x.broadcast_add(&v))
    })?;
    row(bench, "sum_all_4096x1024", || {
        let x = x()?;
        Ok(move || x.sum_all())
    })?;
    row(bench, "sum_dim0_4096x1024", || {
        let x = x()?;
        Ok(move || x.sum(0))
    })?;
    row(bench, "sum_dim1_4096x1024", || {
        let x = x()?;
        Ok(move || x.sum(1))
    })?;
    row(bench, "softmax_4096x1024", || {
        let x = x()?;
        Ok(move || ops::softmax_last_dim(&x))
    })?;
    row(bench, "layernorm_4096x1024", || {
        let (x, w, b) = (x()?, randn(1024)?, randn(1024)?);
        Ok(move || ops::layer_norm(&x, &w, &b, 1e-5))
    })?;
    row(bench, "transpose_1024x1024", || {
        let x = randn((1024, 1024))?;
        Ok(move || x.t()?.contiguous())
    })?;
    row(bench, "permute0213_32x128x12x64", || {
        let x = randn((32, 128, 12, 64))?;
        Ok(move || x.permute((0, 2, 1, 3))?.contiguous())
    })
}

/// `x ← (x + b) a`, fifty times, and the sum.
fn chain(x: &Tensor, a: &Tensor, b: &Tensor) -> Result<Tensor> {
    let mut x = x.clone();
    for _ in 0..50 {
        x = (&x + b)?;
        x = (&x * a)?;
    }
    x.sum_all()
}

fn overhead(bench: &mut Bench) -> Result<()> {
    let (a, b) = (randn(4)?, randn(4)?);
    let x = Var::from_tensor(&a)?;
    for (key, left) in [("overhead_add4", &a), ("overhead_add4_grad", x.as_tensor())] {
        if bench.wants(key) {
            bench.row(key, 1000, || {
                (0..1000).try_for_each(|_| (left + &b).map(drop))
            })?;
        }
    }
    row(bench, "chain100_fwd", || Ok(|| chain(&x, &a, &b)))?;
    if bench.wants("chain100_bwd") {
        bench.part("chain100_bwd", || {
            let loss = chain(&x, &a, &b)?;
            let start = Instant::now();
            let gradients = loss.backward()?;
            let elapsed = start.elapsed();
            drop(gradients);
            Ok::<_, candle_core::Error>(elapsed)
        })?;
    }
    row(bench, "chain100_fwdbwd", || {
        Ok(|| chain(&x, &a, &b)?.backward())
    })
}
