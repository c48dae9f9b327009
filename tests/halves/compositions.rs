//! Functions of several tensors: values and gradients are those of float64, rounded once.

use super::{HALVES, halves, numbers, optimizers::unit};
use rushlight::nn::functional as f;
use rushlight::{Device, Result, Spacing, prelude::*};
use rushlight_tests::devices;

type Call = fn(&[Tensor]) -> Result<Tensor>;

const CALLS: &[(&str, &[&[usize]], Call)] = &[
    (
        "a vector and a batch of matrices",
        &[&[6], &[5, 6, 4]],
        |x| x[0].matmul(&x[1]),
    ),
    (
        "a matrix and a batch of matrices",
        &[&[3, 6], &[5, 6, 4]],
        |x| x[0].matmul(&x[1]),
    ),
    (
        "a batch of matrices and a matrix",
        &[&[5, 3, 6], &[6, 4]],
        |x| x[0].matmul(&x[1]),
    ),
    ("tile", &[&[2, 3]], |x| x[0].tile([5, 7])),
    ("repeat", &[&[3]], |x| x[0].repeat([5, 7])),
    ("gradient", &[&[4, 5]], |x| {
        let spread = |n: usize| -> Result<Tensor> {
            let even = Tensor::arange(0, n, 1, x[0].device())?;
            even.to(x[0].dtype())?.mul(0.5)?.square()
        };
        let (rows, columns) = (spread(4)?, spread(5)?);
        let slopes = x[0].gradient(Spacing::Coordinates(&[&rows, &columns]), [0, 1], 1)?;
        Tensor::stack(&[&slopes[0], &slopes[1]], 0)
    }),
    ("glu", &[&[4, 6]], |x| f::glu(&x[0], 1)),
    // Everything that the calls compute themselves is exact in both halves.
    (
        "binary_cross_entropy_with_logits",
        &[&[4, 3], &[4, 3], &[3]],
        |x| {
            let target = x[1].gt(0)?.to(x[1].dtype())?;
            let weight = x[2].ones_like()?.mul(1.5)?;
            let options = f::BCEWithLogitsLossOptions::new().pos_weight(weight);
            f::binary_cross_entropy_with_logits(&x[0], &target, options)
        },
    ),
];

#[test]
fn functions_of_several_tensors_round_once() -> Result<()> {
    let mut wrong = Vec::new();
    for half in HALVES {
        for (name, shapes, call) in CALLS {
            let inputs = |device: &Device, dtype: DType| -> Result<Vec<Tensor>> {
                let one = |(k, shape): (usize, &&[usize])| {
                    let n = shape.iter().product();
                    let wave = |i: usize| ((i * 37 + 11 * k) % 29) as f32 / 9.0 - 1.5;
                    let values: Vec<f32> = (0..n).map(wave).collect();
                    halves(&values, half, &Device::CPU)?
                        .reshape(*shape)?
                        .to((dtype, device))?
                        .requires_grad_(true)
                };
                shapes.iter().enumerate().map(one).collect()
            };
            let run = |inputs: &[Tensor]| -> Result<Vec<Vec<f64>>> {
                let y = call(inputs)?;
                let slopes = Tensor::arange(1, y.numel() + 1, 1, y.device())?;
                let slopes = slopes.remainder(7)?.sub(2)?.reshape(y.shape())?;
                y.mul(&slopes.to(y.dtype())?)?.sum()?.backward()?;
                let grads = inputs.iter().filter_map(Autograd::grad);
                let all = std::iter::once(y.detach()).chain(grads);
                all.map(|t| numbers(&t.reshape(-1)?)).collect()
            };
            let want = run(&inputs(&Device::CPU, DType::F64)?)?;
            for device in devices() {
                let got = run(&inputs(&device, half)?)?;
                for (k, (got, want)) in got.iter().zip(&want).enumerate() {
                    for (got, want) in got.iter().zip(want) {
                        let off = (got - want).abs() / unit(*want, half);
                        if off.is_nan() || off > 1.0 {
                            wrong.push(format!(
                                "{name}, {half} on {device}, {k}: {got}, expected {want}"
                            ));
                        }
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
