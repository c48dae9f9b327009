//! Maximum pooling of 32 images of 64 channels, 2 by 2.

use super::{Reference, Row, Workload, gradient, host, leaf, randn};
use rushlight::autograd::Backward;
use rushlight::nn::functional::max_pool2d;
use rushlight::prelude::*;
use rushlight::{Result, Tensor};

const PLANES: usize = 32 * 64;
const SIZE: usize = 28;
const POOLED: usize = SIZE / 2;

pub(super) fn rows() -> Vec<Row> {
    vec![
        Row::new("maxpool2_n32_c64_28_fwd", forward),
        Row::new("maxpool2_n32_c64_28_fwdbwd", forward_and_backward),
    ]
}

/// Positions of a window, row by row.
fn window(plane: usize, row: usize, col: usize) -> [usize; 4] {
    let first = (plane * SIZE + 2 * row) * SIZE + 2 * col;
    [first, first + 1, first + SIZE, first + SIZE + 1]
}

fn forward() -> Result<Workload> {
    let x = randn(&[32, 64, SIZE, SIZE])?;
    let input = x.clone();
    Ok(Workload::forward(
        move || max_pool2d(&input, 2, ()),
        move || {
            let x = host(&x)?;
            Ok(Reference::new(PLANES * POOLED * POOLED, 4, move |i| {
                let (col, row) = (i % POOLED, i / POOLED % POOLED);
                window(i / (POOLED * POOLED), row, col)
                    .iter()
                    .map(|&at| x[at])
                    .fold(f64::NEG_INFINITY, f64::max)
            })
            .within(0.0))
        },
    ))
}

/// The gradient goes to the first largest element of each window.
fn forward_and_backward() -> Result<Workload> {
    let x = leaf(&[32, 64, SIZE, SIZE])?;
    let ones = Tensor::ones([32, 64, POOLED, POOLED], ())?;
    let input = x.clone();
    Ok(Workload::recorded(
        move || {
            input.zero_grad();
            max_pool2d(&input, 2, ())?.backward_with(Backward {
                gradient: Some(&ones),
                ..Backward::default()
            })
        },
        move || {
            let values = host(&x)?;
            let mut want = vec![0.0; values.len()];
            for plane in 0..PLANES {
                for row in 0..POOLED {
                    for col in 0..POOLED {
                        let [first, rest @ ..] = window(plane, row, col);
                        let largest = rest.into_iter().fold(first, |best, at| {
                            if values[at] > values[best] { at } else { best }
                        });
                        want[largest] = 1.0;
                    }
                }
            }
            Reference::values(want)
                .within(0.0)
                .agrees("gradient of the input", &gradient(&x)?)
        },
    ))
}
