//! Fused operations on a GPU, compared with their composition on the CPU: results and gradients.

use crate::on_own_generator;
use rushlight::Result;
use rushlight::gpu::Gpu;
use rushlight::prelude::*;
use rushlight_tests::devices;
use std::sync::Arc;

/// The result of `f` and the gradients of its inputs, all on the CPU.
fn on(
    device: &Device,
    inputs: &[Tensor],
    f: &dyn Fn(&[Tensor]) -> Result<Tensor>,
) -> Result<Vec<Vec<f64>>> {
    let inputs: Vec<Tensor> = inputs
        .iter()
        .map(|x| x.to(device)?.requires_grad_(true))
        .collect::<Result<_>>()?;
    let y = f(&inputs)?;
    // Not a sum: every element has a slope of its own.
    let slopes = Tensor::arange(1, y.numel() + 1, 1, device)?
        .to(y.dtype())?
        .sin()?;
    y.mul(&slopes.reshape(y.shape())?)?.sum()?.backward()?;
    let mut all = vec![y.detach()];
    all.extend(inputs.iter().filter_map(Autograd::grad));
    all.iter()
        .map(|t| t.double()?.to(&Device::CPU)?.to_vec())
        .collect()
}

fn agree(name: &str, inputs: &[Tensor], f: &dyn Fn(&[Tensor]) -> Result<Tensor>) {
    let reference: Vec<Tensor> = inputs.iter().map(|x| x.double().unwrap()).collect();
    let expected = on(&Device::CPU, &reference, f).unwrap();
    for device in devices() {
        let got = on(&device, inputs, f).unwrap();
        for (got, expected) in got.iter().zip(&expected) {
            for (a, b) in got.iter().zip(expected) {
                assert!(
                    (a - b).abs() <= 2e-5 * (1.0 + b.abs()),
                    "{name} on {device}: {a} for {b}"
                );
            }
        }
    }
}

#[test]
fn attention_agrees_with_its_composition() {
    on_own_generator(|| {
        manual_seed(7);
        let randn = |shape: [usize; 3]| Tensor::randn(shape, DType::F32).unwrap();
        for (b, n, m, d, e) in [
            (1, 1, 1, 1, 1),
            (2, 5, 7, 3, 4),
            (3, 33, 17, 20, 16),
            (1, 40, 40, 64, 128),
        ] {
            let inputs = [randn([b, n, d]), randn([b, m, d]), randn([b, m, e])];
            for causal in [false, true] {
                let scale = 1.0 / (d as f64).sqrt();
                agree(
                    &format!("attention {b} {n} {m} {d} {e} {causal}"),
                    &inputs,
                    &|x| x[0].attention(&x[1], &x[2], scale, causal),
                );
            }
        }
    })
}

#[test]
fn attention_takes_tensors_of_any_layout() {
    on_own_generator(|| {
        manual_seed(8);
        let heads = || Tensor::randn([4, 6, 2], DType::F32).unwrap();
        agree("transposed", &[heads(), heads(), heads()], &|x| {
            let split = |t: &Tensor| t.transpose(0, 1);
            split(&x[0])?.attention(&split(&x[1])?, &split(&x[2])?, 0.5, false)
        });
    })
}

#[test]
fn cross_entropy_agrees_with_its_composition() {
    on_own_generator(|| {
        manual_seed(9);
        for (rows, classes) in [(1, 1), (3, 2), (5, 10), (70, 33), (4, 1000)] {
            let x = Tensor::randn([rows, classes], DType::F32).unwrap();
            let target = Tensor::randint(0, classes as i64, [rows], DType::I64).unwrap();
            target.i(0).unwrap().fill_(-100).unwrap();
            agree(&format!("cross_entropy {rows} {classes}"), &[x], &|x| {
                x[0].cross_entropy_rows(&target.to(x[0].device())?, -100)
            });
        }
    })
}

/// On a device of its own, so that no other test synchronizes it.
#[test]
fn a_class_out_of_range_is_told_where_the_loss_is_read() {
    if rushlight_tests::gpu().is_none() {
        return;
    }
    let device = Device::custom(Arc::new(Gpu::open(0).unwrap()));
    let x = Tensor::zeros([2, 3], &device).unwrap();
    let target = tensor!([1, 3]).to(&device).unwrap();
    let asked = x
        .cross_entropy_rows(&target, -100)
        .and_then(|loss| loss.to_vec::<f32>());
    assert_eq!(
        asked.unwrap_err().message(),
        "cross_entropy: target 3 is out of range for 3 classes"
    );
    // The logits are right, and the device goes on.
    assert_eq!(x.to_vec::<f32>().unwrap(), [0.0; 6]);
}
