//! `data()`: memory that several threads train without waiting for each other, and what it gives up. And the guards of recording.

use crate::assert_near;
use rushlight_autograd::{
    Autograd, GradOptions, enable_grad_guard, grad, inference_mode_guard, is_grad_enabled,
    no_grad_guard,
};
use rushlight_tensor::{DType, Generator, Result, Tensor, tensor};

#[test]
fn writes_through_data_are_not_checked() -> Result<()> {
    let x = tensor!([2.0]).requires_grad_(true)?;
    let y = x.square()?;
    x.data().mul_(5.0)?;
    // PyTorch's gradient too: of the elements that the memory holds at the backward pass.
    y.backward()?;
    assert_near(&x.grad().unwrap(), &[20.0]);
    assert!(!x.data().requires_grad() && x.requires_grad());
    // Through a detached tensor the same write is noticed.
    let y = x.square()?;
    x.detach().mul_(5.0)?;
    assert!(y.backward().is_err());
    // And a view of data counts apart, too.
    let y = x.square()?;
    x.data().view(1)?.detach().add_(1.0)?;
    y.backward()
}

/// Hogwild: every thread reads the shared weights, differentiates its own loss, and writes its step, all without waiting.
#[test]
fn threads_train_one_parameter_through_data() -> Result<()> {
    let truth = tensor!([[1.0], [-2.0], [3.0]]).to(DType::F64)?;
    let w = Tensor::zeros([3, 1], DType::F64)?.requires_grad_(true)?;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|i| {
                let (w, truth) = (&w, &truth);
                scope.spawn(move || -> Result<()> {
                    let draws = Generator::new(i);
                    for _ in 0..300 {
                        let x = draws.scope(|| Tensor::randn([8, 3], DType::F64))?;
                        let loss = x.matmul(w)?.sub(&x.matmul(truth)?)?.square()?.mean()?;
                        let g = grad(&[&loss], &[w], GradOptions::default())?
                            .remove(0)
                            .unwrap();
                        w.data().sub_(&g.mul(0.02)?)?;
                    }
                    Ok(())
                })
            })
            .collect();
        threads.into_iter().try_for_each(|t| t.join().unwrap())
    })?;
    let error = w.detach().sub(&truth)?.abs()?.max()?.item::<f64>()?;
    assert!(error < 1e-3, "{w}");
    assert_eq!(w.version(), 0);
    Ok(())
}

#[test]
fn in_place_forms_have_gradients() -> Result<()> {
    // PyTorch's numbers.
    let x = Tensor::ones([3, 3], ())?.requires_grad_(true)?;
    let y = x.mul(2)?;
    y.tril_(0)?;
    y.cumsum_(0)?;
    y.fill_diagonal_(7, false)?;
    y.sum()?.backward()?;
    assert_near(&x.grad().unwrap(), &[4., 0., 0., 4., 2., 0., 2., 2., 0.]);
    // A comparison has no gradient, so its result is a constant, which ends the flow as any that is written over a tensor.
    let x = Tensor::ones(3, ())?.requires_grad_(true)?;
    let y = x.mul(2)?;
    y.lt_(3)?;
    assert_near(&y, &[1.0; 3]);
    y.add(&x)?.sum()?.backward()?;
    assert_near(&x.grad().unwrap(), &[1.0; 3]);
    let (a, b) = (
        tensor!([[1., 2.]]).requires_grad_(true)?,
        tensor!([[3.], [4.]]),
    );
    let y = tensor!([[10.0]]).requires_grad_(true)?;
    let z = y.mul(1)?;
    z.addmm_(&a, &b, 0.5, 2)?;
    z.backward()?;
    assert_near(&a.grad().unwrap(), &[6.0, 8.0]);
    assert_near(&y.grad().unwrap(), &[0.5]);
    Ok(())
}

#[test]
fn a_leaf_that_requires_grad_keeps_its_shape() -> Result<()> {
    let mut x = Tensor::ones([1, 3], ())?.requires_grad_(true)?;
    let e = x.squeeze_().unwrap_err();
    assert!(e.message().contains("a leaf that requires grad"), "{e}");
    assert!(x.resize_(3).is_err() && x.shape() == [1, 3]);
    let mut y = x.mul(2)?;
    y.t_()?;
    y.sum()?.backward()?;
    assert_near(&x.grad().unwrap(), &[2.0; 3]);
    let _guard = no_grad_guard();
    x.squeeze_()?;
    assert_eq!(x.shape(), [3]);
    Ok(())
}

#[test]
fn guards_nest_and_end_with_their_block() -> Result<()> {
    {
        let _off = no_grad_guard();
        assert!(!is_grad_enabled());
        {
            let _on = enable_grad_guard();
            assert!(is_grad_enabled());
            let _off = inference_mode_guard();
            assert!(!is_grad_enabled());
        }
        assert!(!is_grad_enabled());
    }
    assert!(is_grad_enabled());
    let early = || -> Result<()> {
        let _off = no_grad_guard();
        tensor!([1.0]).view([2])?;
        Ok(())
    };
    assert!(early().is_err() && is_grad_enabled());
    let unwound = std::panic::catch_unwind(|| {
        let _off = no_grad_guard();
        panic!("inside the guard");
    });
    assert!(unwound.is_err() && is_grad_enabled());
    Ok(())
}
