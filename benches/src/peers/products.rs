//! Matrix products.

use super::{Reference, Row, Workload, host, randn};
use rushlight::Result;
use rushlight::prelude::*;

/// `[m, k] x [k, n]`.
const SHAPES: [[usize; 3]; 13] = [
    [64, 64, 64],
    [128, 128, 128],
    [256, 256, 256],
    [512, 512, 512],
    [1024, 1024, 1024],
    [2048, 2048, 2048],
    [64, 108, 32],
    [64, 784, 512],
    [4096, 768, 768],
    // A step of the LSTM.
    [32, 256, 1024],
    // The GPT's layers.
    [1024, 256, 768],
    [1024, 256, 1024],
    [1024, 1024, 256],
];

/// Which operand is a transposed view.
#[derive(Clone, Copy, PartialEq)]
enum Transposed {
    None,
    Left,
    Right,
}

pub(super) fn rows() -> Vec<Row> {
    let plain = SHAPES.map(|[m, k, n]| {
        Row::new(format!("matmul_{m}x{k}x{n}"), move || {
            product([m, k, n], DType::F32, Transposed::None)
        })
    });
    let mut rows = Vec::from(plain);
    rows.push(Row::new("matmul_48x128x64x128", batched));
    for (name, transposed) in [("tn", Transposed::Left), ("nt", Transposed::Right)] {
        rows.push(Row::new(
            format!("matmul_{name}_1024x1024x1024"),
            move || product([1024; 3], DType::F32, transposed),
        ));
    }
    for (name, dtype, n) in [
        ("f64", DType::F64, 512),
        ("f64", DType::F64, 1024),
        ("bf16", DType::BF16, 512),
    ] {
        rows.push(Row::new(format!("matmul_{name}_{n}x{n}x{n}"), move || {
            product([n; 3], dtype, Transposed::None)
        }));
    }
    rows
}

fn product([m, k, n]: [usize; 3], dtype: DType, transposed: Transposed) -> Result<Workload> {
    let (left, right) = match transposed {
        Transposed::None => ([m, k], [k, n]),
        Transposed::Left => ([k, m], [k, n]),
        Transposed::Right => ([m, k], [n, k]),
    };
    let (a, b) = (randn(&left)?.to(dtype)?, randn(&right)?.to(dtype)?);
    let tolerance = match dtype {
        DType::F64 => 1e-11,
        // The sum is rounded once, to 8 bits.
        DType::BF16 => 4e-3,
        _ => 1e-4,
    };
    let (x, y) = (a.clone(), b.clone());
    let run = move || match transposed {
        Transposed::None => x.matmul(&y),
        Transposed::Left => x.t()?.matmul(&y),
        Transposed::Right => x.matmul(&y.t()?),
    };
    Ok(Workload::forward(run, move || {
        let (a, b) = (host(&a)?, host(&b)?);
        let left = move |row: usize, i: usize| match transposed {
            Transposed::Left => a[i * m + row],
            _ => a[row * k + i],
        };
        let right = move |i: usize, col: usize| match transposed {
            Transposed::Right => b[col * k + i],
            _ => b[i * n + col],
        };
        let at = move |at: usize| (0..k).map(|i| left(at / n, i) * right(i, at % n)).sum();
        Ok(Reference::new(m * n, k, at).within(tolerance))
    }))
}

/// 48 products of `[128, 64] x [64, 128]`, the scores of an attention.
fn batched() -> Result<Workload> {
    const M: usize = 128;
    const K: usize = 64;
    let (a, b) = (randn(&[48, M, K])?, randn(&[48, K, M])?);
    let (x, y) = (a.clone(), b.clone());
    Ok(Workload::forward(
        move || x.matmul(&y),
        move || {
            let (a, b) = (host(&a)?, host(&b)?);
            Ok(Reference::new(48 * M * M, K, move |at| {
                let (batch, row, col) = (at / (M * M), at / M % M, at % M);
                let left = &a[(batch * M + row) * K..][..K];
                (0..K).map(|i| left[i] * b[(batch * K + i) * M + col]).sum()
            }))
        },
    ))
}
