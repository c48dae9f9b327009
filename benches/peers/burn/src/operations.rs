//! Products, elementwise functions, rows and columns, overhead.

use crate::harness::Bench;
use crate::{leaf, plain, randn, recording, row};
use burn::nn::LayerNormConfig;
use burn::prelude::*;
use burn::tensor::activation;
use std::convert::Infallible;
use std::time::Instant;

pub fn rows(bench: &mut Bench) {
    products(bench);
    elementwise(bench);
    matrix(bench);
    overhead(bench);
}

fn products(bench: &mut Bench) {
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
            let (a, b) = (randn([m, k], &plain()), randn([k, n], &plain()));
            move || a.clone().matmul(b.clone())
        });
    }
    row(bench, "matmul_48x128x64x128", || {
        let (a, b) = (
            randn([48, 128, 64], &plain()),
            randn([48, 64, 128], &plain()),
        );
        move || a.clone().matmul(b.clone())
    });
    row(bench, "matmul_tn_1024x1024x1024", || {
        let (a, b) = (randn([1024, 1024], &plain()), randn([1024, 1024], &plain()));
        move || a.clone().transpose().matmul(b.clone())
    });
    row(bench, "matmul_nt_1024x1024x1024", || {
        let (a, b) = (randn([1024, 1024], &plain()), randn([1024, 1024], &plain()));
        move || a.clone().matmul(b.clone().transpose())
    });
}

fn elementwise(bench: &mut Bench) {
    type Function = fn(Tensor<1>) -> Tensor<1>;
    let functions: [(&str, Function); 5] = [
        ("relu", activation::relu),
        ("exp", Tensor::exp),
        ("gelu", activation::gelu),
        ("tanh", Tensor::tanh),
        ("gelu_tanh", activation::gelu_approximate),
    ];
    for (size, n) in [("1M", 1 << 20), ("16M", 1 << 24)] {
        row(bench, &format!("add_{size}"), || {
            let (a, b) = (randn([n], &plain()), randn([n], &plain()));
            move || a.clone() + b.clone()
        });
        for (name, function) in functions {
            if (name, size) != ("gelu_tanh", "16M") {
                row(bench, &format!("{name}_{size}"), || {
                    let x = randn([n], &plain());
                    move || function(x.clone())
                });
            }
        }
    }
}

fn matrix(bench: &mut Bench) {
    let x = || randn([4096, 1024], &plain());
    row(bench, "bcast_add_4096x1024", || {
        let (x, v) = (x(), randn([1, 1024], &plain()));
        move || x.clone() + v.clone()
    });
    row(bench, "sum_all_4096x1024", || {
        let x = x();
        move || x.clone().sum()
    });
    row(bench, "sum_dim0_4096x1024", || {
        let x = x();
        move || x.clone().sum_dim(0)
    });
    row(bench, "sum_dim1_4096x1024", || {
        let x = x();
        move || x.clone().sum_dim(1)
    });
    row(bench, "softmax_4096x1024", || {
        let x = x();
        move || activation::softmax(x.clone(), 1)
    });
    row(bench, "layernorm_4096x1024", || {
        let (x, layer) = (x(), LayerNormConfig::new(1024).init(&plain()));
        move || layer.forward(x.clone())
    });
    row(bench, "transpose_1024x1024", || {
        let x = randn([1024, 1024], &plain());
        move || x.clone().transpose().reshape([1024 * 1024])
    });
    row(bench, "permute0213_32x128x12x64", || {
        let x = randn([32, 128, 12, 64], &plain());
        move || x.clone().swap_dims(1, 2).reshape([32 * 128 * 12 * 64])
    });
}

/// `x ← (x + b) a`, fifty times, and the sum.
fn chain(x: &Tensor<1>, a: &Tensor<1>, b: &Tensor<1>) -> Tensor<1> {
    let mut x = x.clone();
    for _ in 0..50 {
        x = x + b.clone();
        x = x * a.clone();
    }
    x.sum()
}

fn overhead(bench: &mut Bench) {
    for (key, left, right) in [
        ("overhead_add4", randn([4], &plain()), randn([4], &plain())),
        ("overhead_add4_grad", leaf([4]), randn([4], &recording())),
    ] {
        if bench.wants(key) {
            let Ok(()) = bench.row(key, 1000, || {
                (0..1000).for_each(|_| drop(left.clone() + right.clone()));
                Ok::<(), Infallible>(())
            });
        }
    }
    let (x, a, b) = (
        leaf([4]),
        randn([4], &recording()),
        randn([4], &recording()),
    );
    row(bench, "chain100_fwd", || || chain(&x, &a, &b));
    if bench.wants("chain100_bwd") {
        let Ok(()) = bench.part("chain100_bwd", || {
            let loss = chain(&x, &a, &b);
            let start = Instant::now();
            let gradients = loss.backward();
            let elapsed = start.elapsed();
            drop(gradients);
            Ok::<_, Infallible>(elapsed)
        });
    }
    row(bench, "chain100_fwdbwd", || || chain(&x, &a, &b).backward());
}
