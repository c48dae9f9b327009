//! Recurrent layers: the kernel of a whole direction against its composition, and both derivatives against finite differences.

use crate::rules::check;
use rushlight_autograd::Autograd;
use rushlight_tensor::backend::{Fused, Op, Recurrent, RecurrentCell};
use rushlight_tensor::cpu::set_num_threads;
use rushlight_tensor::{DType, Result, Tensor, apply, composed, manual_seed};
use std::sync::Arc;

/// Every cell in both directions, with a bias and without.
fn layers() -> Vec<Recurrent> {
    let mut layers = Vec::new();
    for cell in [
        RecurrentCell::Tanh,
        RecurrentCell::Relu,
        RecurrentCell::Gru,
        RecurrentCell::Lstm,
    ] {
        for reverse in [false, true] {
            for bias in [false, true] {
                layers.push(Recurrent {
                    cell,
                    reverse,
                    bias,
                });
            }
        }
    }
    layers
}

/// The shapes of the inputs.
fn shapes(f: &Recurrent, [steps, n, hidden]: [usize; 3]) -> Vec<Vec<usize>> {
    let rows = f.cell.gates() * hidden;
    let mut shapes = vec![vec![steps, n, rows], vec![rows, hidden]];
    shapes.extend(vec![vec![n, hidden]; f.cell.states()]);
    shapes.extend(f.bias.then(|| vec![rows]));
    shapes
}

fn kernel(f: Recurrent, inputs: &[&Tensor]) -> Result<Tensor> {
    apply(Op::Fused(Arc::new(Fused::Recurrent(f))), inputs)
}

#[test]
fn derivatives_are_those_of_finite_differences() {
    for f in layers() {
        let shapes = shapes(&f, [3, 2, 2]);
        let shapes: Vec<&[usize]> = shapes.iter().map(Vec::as_slice).collect();
        // Apart from 0, where relu has no derivative, in all but a few of the sums.
        check(&format!("{f:?}"), &shapes, (0.1, 0.9), |x| {
            kernel(f, &x.iter().collect::<Vec<_>>())
        });
    }
}

#[test]
fn kernel_and_composition_agree_for_any_number_of_threads() -> Result<()> {
    manual_seed(3);
    for (dtype, tolerance) in [(DType::F64, 1e-12), (DType::F32, 1e-4)] {
        for f in layers() {
            for sizes in [[1, 1, 1], [4, 3, 17], [3, 13, 40], [2, 5, 300], [2, 0, 3]] {
                let inputs: Vec<Tensor> = shapes(&f, sizes)
                    .iter()
                    .map(|shape| Tensor::randn(shape.as_slice(), dtype)?.mul(0.3))
                    .collect::<Result<_>>()?;
                let run = |call: &dyn Fn(&[&Tensor]) -> Result<Tensor>| -> Result<Vec<Tensor>> {
                    let leaves: Vec<Tensor> = inputs
                        .iter()
                        .map(|x| x.copy()?.requires_grad_(true))
                        .collect::<Result<_>>()?;
                    let y = call(&leaves.iter().collect::<Vec<_>>())?;
                    y.square()?.sum()?.backward()?;
                    let grads = leaves.iter().map(|leaf| leaf.grad().unwrap());
                    Ok(std::iter::once(y.detach()).chain(grads).collect())
                };
                set_num_threads(1)?;
                let one = run(&|x| kernel(f, x))?;
                set_num_threads(3)?;
                let three = run(&|x| kernel(f, x))?;
                let steps = run(&|x| Ok(composed(Fused::Recurrent(f), x)?.0))?;
                for (i, one) in one.iter().enumerate() {
                    assert!(one.equal(&three[i])?, "{f:?} {sizes:?}: result {i}");
                    let largest = match one.numel() {
                        0 => 0.0,
                        _ => one.abs()?.max()?.item::<f64>()?,
                    };
                    assert!(
                        one.allclose(&steps[i], tolerance, tolerance * largest)?,
                        "{f:?} {sizes:?}: result {i}: {one} {}",
                        steps[i]
                    );
                }
            }
        }
    }
    Ok(())
}

#[test]
fn inputs_that_do_not_fit_are_refused() -> Result<()> {
    let f = Recurrent {
        cell: RecurrentCell::Lstm,
        reverse: false,
        bias: false,
    };
    let of = |shape: &[usize]| Tensor::zeros(shape, ());
    let (x, w, h) = (of(&[3, 2, 8])?, of(&[8, 2])?, of(&[2, 2])?);
    assert!(kernel(f, &[&x, &w, &h, &h]).is_ok());
    let refused = crate::refused(kernel(f, &[&x, &of(&[8, 3])?, &h, &h]));
    assert!(
        refused.starts_with("lstm: expected a tensor of float32 [8, 2], got float32 [8, 3]"),
        "{refused}"
    );
    let refused = crate::refused(kernel(f, &[&x, &w, &h, &of(&[3, 2])?]));
    assert!(
        refused.starts_with("lstm: expected a tensor of float32 [2, 2], got float32 [3, 2]"),
        "{refused}"
    );
    let refused = crate::refused(kernel(f, &[&of(&[3, 8])?, &w, &h, &h]));
    assert!(
        refused.starts_with("lstm: expected [steps, n, gates hidden], got [3, 8]"),
        "{refused}"
    );
    Ok(())
}
