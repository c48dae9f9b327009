//! What goes over the rows and columns of a matrix: broadcasting, sums, softmax, layer norm, transposed copies.

use super::{Reference, Row, Workload, host, randn};
use rushlight::nn::functional::layer_norm;
use rushlight::{Result, Tensor};

const ROWS: usize = 4096;
const COLS: usize = 1024;

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new("bcast_add_4096x1024", broadcast_add),
        Row::new("sum_all_4096x1024", || {
            of_matrix(
                |x| x.sum(),
                |x| Reference::new(1, 1, move |_| x.iter().sum()).within(1e-5),
            )
        }),
        Row::new("sum_dim0_4096x1024", || {
            of_matrix(
                |x| x.sum_dim(0, false),
                |x| {
                    Reference::new(COLS, ROWS, move |col| {
                        (0..ROWS).map(|row| x[row * COLS + col]).sum()
                    })
                },
            )
        }),
        Row::new("sum_dim1_4096x1024", || {
            of_matrix(
                |x| x.sum_dim(1, false),
                |x| Reference::new(ROWS, COLS, move |row| row_of(&x, row).iter().sum()),
            )
        }),
        Row::new("softmax_4096x1024", || {
            of_matrix(
                |x| x.softmax(-1),
                |x| {
                    let sums: Vec<f64> = (0..ROWS)
                        .map(|row| row_of(&x, row).iter().map(|x| x.exp()).sum())
                        .collect();
                    Reference::new(ROWS * COLS, 8, move |i| x[i].exp() / sums[i / COLS])
                        .within(1e-7)
                },
            )
        }),
        Row::new("layernorm_4096x1024", layernorm),
        Row::new("transpose_1024x1024", transpose),
        Row::new("permute0213_32x128x12x64", permute),
    ]
}

fn row_of(x: &[f64], row: usize) -> &[f64] {
    &x[row * COLS..][..COLS]
}

fn of_matrix(
    run: fn(&Tensor) -> Result<Tensor>,
    reference: fn(Vec<f64>) -> Reference,
) -> Result<Workload> {
    let x = randn(&[ROWS, COLS])?;
    let argument = x.clone();
    Ok(Workload::forward(
        move || run(&argument),
        move || Ok(reference(host(&x)?)),
    ))
}

fn broadcast_add() -> Result<Workload> {
    let (x, v) = (randn(&[ROWS, COLS])?, randn(&[COLS])?);
    let (matrix, vector) = (x.clone(), v.clone());
    Ok(Workload::forward(
        move || matrix.add(&vector),
        move || {
            let (x, v) = (host(&x)?, host(&v)?);
            Ok(Reference::new(ROWS * COLS, 1, move |i| x[i] + v[i % COLS]).within(1e-6))
        },
    ))
}

fn layernorm() -> Result<Workload> {
    let (x, w, b) = (randn(&[ROWS, COLS])?, randn(&[COLS])?, randn(&[COLS])?);
    let (input, weight, bias) = (x.clone(), w.clone(), b.clone());
    Ok(Workload::forward(
        move || layer_norm(&input, COLS, Some(&weight), Some(&bias), 1e-5),
        move || {
            let (x, w, b) = (host(&x)?, host(&w)?, host(&b)?);
            let moments: Vec<(f64, f64)> = (0..ROWS).map(|row| moments(row_of(&x, row))).collect();
            Ok(Reference::new(ROWS * COLS, 1, move |i| {
                let (mean, variance) = moments[i / COLS];
                (x[i] - mean) / (variance + 1e-5).sqrt() * w[i % COLS] + b[i % COLS]
            })
            .within(1e-5))
        },
    ))
}

fn moments(x: &[f64]) -> (f64, f64) {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    (mean, x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n)
}

fn transpose() -> Result<Workload> {
    const N: usize = 1024;
    let x = randn(&[N, N])?;
    let matrix = x.clone();
    Ok(Workload::forward(
        move || matrix.t()?.contiguous(),
        move || {
            let x = host(&x)?;
            Ok(Reference::new(N * N, 1, move |i| x[i % N * N + i / N]).within(0.0))
        },
    ))
}

/// `[32, 128, 12, 64]` with the inner dimensions exchanged, as attention does with its heads.
fn permute() -> Result<Workload> {
    const N: [usize; 4] = [32, 128, 12, 64];
    let x = randn(&N)?;
    let argument = x.clone();
    Ok(Workload::forward(
        move || argument.permute([0, 2, 1, 3])?.contiguous(),
        move || {
            let x = host(&x)?;
            let [n, length, heads, width] = N;
            Ok(Reference::new(x.len(), 1, move |i| {
                let (inner, position, head) =
                    (i % width, i / width % length, i / (width * length) % heads);
                let batch = i / (width * length * heads) % n;
                x[((batch * length + position) * heads + head) * width + inner]
            })
            .within(0.0))
        },
    ))
}
