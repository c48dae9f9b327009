//! The backward pass: order, memory, hooks, errors, threads, graphs too deep for any stack.

use crate::{assert_near, refused, values};
use rushlight_autograd::functional::{hessian, jacobian, jvp, vjp};
use rushlight_autograd::{
    Autograd, Backward, Context, Function, GradOptions, detect_anomaly, enable_grad, function,
    grad, no_grad, set_grad_enabled,
};
use rushlight_tensor::{DType, Result, Tensor, tensor};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn leaf(t: Tensor) -> Result<Tensor> {
    t.requires_grad_(true)
}

fn on_small_stack(f: impl FnOnce() -> Result<()> + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(256 << 10).spawn(f);
    thread.unwrap().join().unwrap().unwrap();
}

#[test]
fn a_chain_of_a_million_operations() {
    on_small_stack(|| {
        let x = leaf(tensor!([1.0]))?;
        let mut y = x.clone();
        for _ in 0..500_000 {
            y = y.add(&x)?.mul(1.0)?;
        }
        y.backward()?;
        assert_near(&x.grad().unwrap(), &[500_001.0]);
        drop(y);
        Ok(())
    });
}

#[test]
fn a_chain_dropped_without_a_pass() {
    on_small_stack(|| {
        let mut y = leaf(tensor!([1.0]))?;
        for _ in 0..300_000 {
            y = y.neg()?;
        }
        drop(y);
        Ok(())
    });
}

#[test]
fn a_chain_of_writes_in_place() {
    on_small_stack(|| {
        let x = leaf(tensor!([1.0, 2.0]))?;
        let y = x.mul(1)?;
        for _ in 0..50_000 {
            y.narrow(0, 0, 1)?.neg_()?;
        }
        y.sum()?.backward()?;
        assert_near(&x.grad().unwrap(), &[1.0, 1.0]);
        Ok(())
    });
}

/// Owns a tensor with history, beside the graph.
struct Owner(#[allow(dead_code)] Tensor);

impl Function for Owner {
    fn forward(&self, _: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
        Ok(vec![inputs[0].copy()?])
    }

    fn backward(&self, _: &Context, grads: &[Tensor]) -> Result<Vec<Option<Tensor>>> {
        Ok(vec![Some(grads[0].clone())])
    }
}

#[test]
fn a_chain_of_functions_that_own_tensors_with_history() {
    on_small_stack(|| {
        let x = leaf(tensor!([1.0]))?;
        let mut y = x.clone();
        for _ in 0..50_000 {
            y = function(Owner(y.clone()), &[&x])?.remove(0);
        }
        drop(y);
        Ok(())
    });
}

#[test]
fn fans_in_and_out() -> Result<()> {
    let x = leaf(tensor!([1.0, 2.0]))?;
    let a = x.mul(3.0)?;
    let b = a.exp()?;
    let c = a.mul(&b)?.add(&a)?.add(&b)?;
    c.sum()?.backward()?;
    let expected: Vec<f64> = [1.0f64, 2.0]
        .iter()
        .map(|x| 3.0 * ((3.0 * x).exp() * (3.0 * x + 2.0) + 1.0))
        .collect();
    let got = values(&x.grad().unwrap());
    assert!(
        got.iter()
            .zip(&expected)
            .all(|(a, b)| (a - b).abs() <= 1e-5 * b),
        "{got:?} {expected:?}"
    );
    Ok(())
}

#[test]
fn derivatives_of_every_order() -> Result<()> {
    let start = leaf(Tensor::scalar(0.7, DType::F64)?)?;
    let mut y = start.pow(3)?.exp()?;
    let mut orders = vec![];
    for _ in 0..3 {
        let record = GradOptions {
            create_graph: true,
            ..GradOptions::default()
        };
        y = grad(&[&y], &[&start], record)?.remove(0).unwrap();
        orders.push(y.item::<f64>()?);
    }
    let expected = [2.0714780800318824, 8.96358157773796, 39.03189336310132];
    assert!(
        orders
            .iter()
            .zip(&expected)
            .all(|(a, b)| (a - b).abs() < 1e-12 * b),
        "{orders:?}"
    );
    Ok(())
}

#[test]
fn a_recorded_backward_is_no_cycle() -> Result<()> {
    let gone = Arc::new(AtomicUsize::new(0));
    struct Guard(Arc<AtomicUsize>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    {
        let x = leaf(tensor!(2.0))?;
        let y = x.mul(1.0)?;
        let guard = Guard(gone.clone());
        y.register_hook(move |_| {
            let _ = &guard;
            Ok(None)
        })?;
        let z = y.pow(3)?;
        z.backward_with(Backward {
            create_graph: true,
            ..Backward::default()
        })?;
        assert!(x.grad().unwrap().requires_grad());
    }
    assert_eq!(gone.load(Ordering::SeqCst), 1, "x.grad leads back to x");
    Ok(())
}

#[test]
fn a_second_pass_needs_retained_values() -> Result<()> {
    let x = leaf(tensor!(2.0))?;
    let y = x.square()?;
    let line = line!() - 1;
    y.backward()?;
    let message = refused(y.backward());
    assert!(
        message.contains(&format!("square at {}:{line}", file!()))
            && message.contains("retain_graph"),
        "{message}"
    );
    let y = x.square()?;
    y.backward_with(Backward {
        retain_graph: true,
        ..Backward::default()
    })?;
    y.backward()?;
    assert_near(&x.grad().unwrap(), &[12.0]);
    // What saves nothing can be passed again, as in PyTorch.
    let y = x.add(1.0)?;
    y.backward()?;
    y.backward()?;
    Ok(())
}

#[test]
fn only_scalars_start_by_themselves() -> Result<()> {
    let x = leaf(tensor!([1.0, 2.0]))?;
    let message = refused(x.mul(2.0)?.backward());
    assert!(
        message.contains("shape [2]")
            && message.contains("backward_with(Backward { gradient: Some(&g), .. })"),
        "{message}"
    );
    assert!(message.contains(file!()), "{message}");
    let wrong = tensor!([1.0]);
    let message = refused(x.mul(2.0)?.backward_with(Backward {
        gradient: Some(&wrong),
        ..Backward::default()
    }));
    assert!(
        message.contains("the gradient has shape [1], the tensor [2]"),
        "{message}"
    );
    let message = refused(tensor!([1, 2]).requires_grad_(true));
    assert!(message.contains("int64"), "{message}");
    let message = refused(tensor!(1.0).backward());
    assert!(message.contains("requires_grad_(true)"), "{message}");
    let message = refused(x.mul(2.0)?.requires_grad_(false));
    assert!(message.contains("detach()"), "{message}");
    Ok(())
}

#[test]
fn grad_leaves_grad_alone() -> Result<()> {
    let (x, unused) = (leaf(tensor!([1.0, 2.0]))?, leaf(tensor!(1.0))?);
    let y = x.square()?;
    let z = y.sum()?;
    let g = grad(
        &[&z],
        &[&x, &y],
        GradOptions {
            retain_graph: true,
            ..GradOptions::default()
        },
    )?;
    assert_near(g[0].as_ref().unwrap(), &[2.0, 4.0]);
    assert_near(g[1].as_ref().unwrap(), &[1.0, 1.0]);
    assert!(x.grad().is_none());
    let message = refused(grad(
        &[&z],
        &[&unused],
        GradOptions {
            retain_graph: true,
            ..GradOptions::default()
        },
    ));
    assert!(
        message.contains("input 0") && message.contains("allow_unused"),
        "{message}"
    );
    let g = grad(
        &[&z],
        &[&unused, &x],
        GradOptions {
            allow_unused: true,
            ..GradOptions::default()
        },
    )?;
    assert!(g[0].is_none() && g[1].is_some());
    Ok(())
}

#[test]
fn gradients_into_some_leaves_only() -> Result<()> {
    let (x, w) = (leaf(tensor!(2.0))?, leaf(tensor!(3.0))?);
    x.mul(&w)?.backward_with(Backward {
        inputs: Some(&[&w]),
        ..Backward::default()
    })?;
    assert!(x.grad().is_none());
    assert_near(&w.grad().unwrap(), &[2.0]);
    Ok(())
}

#[test]
fn gradients_never_share_memory() -> Result<()> {
    let (x, y) = (leaf(tensor!([1.0, 2.0]))?, leaf(tensor!([1.0, 2.0]))?);
    let g = tensor!([1.0, 1.0]);
    x.add(&y)?.backward_with(Backward {
        gradient: Some(&g),
        ..Backward::default()
    })?;
    let (gx, gy) = (x.grad().unwrap(), y.grad().unwrap());
    assert!(!gx.shares_memory(&gy) && !gx.shares_memory(&g) && !gy.shares_memory(&g));
    gx.zero_()?;
    assert_near(&gy, &[1.0, 1.0]);
    // Seen before and after: accumulation is in place, as in PyTorch.
    x.sum()?.backward()?;
    assert_near(&gx, &[1.0, 1.0]);
    assert!(x.grad().unwrap().is_contiguous());
    Ok(())
}

#[test]
fn a_gradient_lies_as_its_leaf_does() -> Result<()> {
    let x = leaf(tensor!([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).t()?.detach())?;
    x.square()?.sum()?.backward()?;
    let g = x.grad().unwrap();
    assert_eq!(g.strides(), x.strides());
    assert_near(&g, &[2.0, 8.0, 4.0, 10.0, 6.0, 12.0]);
    Ok(())
}

#[test]
fn setting_and_freezing() -> Result<()> {
    let x = leaf(tensor!([1.0, 2.0]))?;
    x.set_grad(Some(tensor!([5.0, 5.0])))?;
    x.sum()?.backward()?;
    assert_near(&x.grad().unwrap(), &[6.0, 6.0]);
    assert!(refused(x.set_grad(Some(tensor!([1.0])))).contains("shape [1]"));
    assert!(
        refused(tensor!([1.0]).set_grad(Some(tensor!([1.0])))).contains("requires_grad_(true)")
    );
    x.requires_grad_(false)?;
    assert!(!x.mul(2.0)?.requires_grad());
    x.zero_()?;
    assert!(x.grad().is_some());
    let y = leaf(tensor!(1.0))?.mul(2.0)?;
    y.detach_()?;
    assert!(!y.requires_grad() && y.is_leaf());
    Ok(())
}

#[test]
fn modes_nest() -> Result<()> {
    let x = leaf(tensor!(1.0))?;
    no_grad(|| {
        assert!(!x.mul(2.0)?.requires_grad());
        enable_grad(|| assert!(x.mul(2.0).unwrap().requires_grad()));
        let _on = set_grad_enabled(true);
        assert!(x.mul(2.0)?.requires_grad());
        Ok::<_, rushlight_tensor::Error>(())
    })?;
    assert!(x.mul(2.0)?.requires_grad());
    Ok(())
}

#[test]
fn hooks_see_and_replace() -> Result<()> {
    let x = leaf(tensor!([1.0, 2.0]))?;
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let first = x.register_hook(move |g| {
        count.fetch_add(1, Ordering::SeqCst);
        g.mul(2.0).map(Some)
    })?;
    let second = x.register_hook(|g| g.add(1.0).map(Some))?;
    // Once, with the sum of both uses.
    let loss = || x.mul(3.0)?.add(&x)?.sum();
    loss()?.backward()?;
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert_near(&x.grad().unwrap(), &[9.0, 9.0]);
    first.remove();
    x.zero_grad();
    loss()?.backward()?;
    assert_near(&x.grad().unwrap(), &[5.0, 5.0]);
    second.remove();
    let y = x.mul(3.0)?;
    y.register_hook(|g| g.mul(10.0).map(Some))?;
    y.retain_grad()?;
    x.zero_grad();
    y.sum()?.backward()?;
    assert_near(&y.grad().unwrap(), &[10.0, 10.0]);
    assert_near(&x.grad().unwrap(), &[30.0, 30.0]);
    let y = x.mul(3.0)?;
    y.register_hook(|_| Ok(Some(tensor!([1.0]))))?;
    assert!(refused(y.sum()?.backward()).contains("register_hook"));
    assert!(refused(tensor!(1.0).register_hook(|_| Ok(None))).contains("does not require grad"));
    Ok(())
}

#[test]
fn a_hook_after_accumulation() -> Result<()> {
    let x = leaf(tensor!([1.0]))?;
    let hook = x.register_post_accumulate_grad_hook(|g| g.mul_(2.0))?;
    x.mul(3.0)?.backward()?;
    assert_near(&x.grad().unwrap(), &[6.0]);
    hook.remove();
    x.mul(3.0)?.backward()?;
    assert_near(&x.grad().unwrap(), &[9.0]);
    Ok(())
}

#[test]
fn anomalies_name_the_forward_call() -> Result<()> {
    let x = leaf(tensor!([0.0, 1.0]))?;
    let y = x.mul(0.0)?.sqrt()?;
    let line = line!() - 1;
    let z = y.mul(0.0)?.sum()?;
    z.backward_with(Backward {
        retain_graph: true,
        ..Backward::default()
    })?;
    let _watch = detect_anomaly();
    let message = refused(z.backward());
    assert!(
        message.contains(&format!(
            "the gradient of sqrt at {}:{line} with respect to input 0 is NaN",
            file!()
        )),
        "{message}"
    );
    Ok(())
}

#[test]
fn threads_share_leaves() -> Result<()> {
    let w = leaf(tensor!([1.0, 2.0]))?;
    std::thread::scope(|scope| {
        for i in 1..=4 {
            let w = &w;
            scope.spawn(move || {
                for _ in 0..100 {
                    w.mul(i as f64)
                        .and_then(|y| y.sum())
                        .and_then(|y| y.backward())
                        .unwrap();
                }
            });
        }
    });
    assert_near(&w.grad().unwrap(), &[1000.0, 1000.0]);
    // A graph made on one thread, passed on another.
    let y = w.square()?.sum()?;
    w.zero_grad();
    std::thread::scope(|scope| scope.spawn(|| y.backward()).join().unwrap())?;
    assert_near(&w.grad().unwrap(), &[2.0, 4.0]);
    Ok(())
}

#[test]
fn the_same_bits_every_time() -> Result<()> {
    let run = || -> Result<Vec<f32>> {
        let x = leaf(Tensor::linspace(0.1, 1.7, 33, ())?)?;
        let mut sum = x.sin()?;
        for k in 1..20 {
            sum = sum.add(&x.mul(k as f64 / 7.0)?.tanh()?.mul(&x.sigmoid()?)?)?;
        }
        sum.sum()?.backward()?;
        x.grad().unwrap().to_vec()
    };
    let first = run()?;
    let others: Vec<Vec<f32>> = (0..3)
        .map(|_| std::thread::spawn(move || run().unwrap()).join().unwrap())
        .collect();
    assert!(others.iter().all(|other| *other == first));
    Ok(())
}

#[test]
fn derivatives_of_functions() -> Result<()> {
    let x = tensor!([1.0, 2.0]);
    let f = |x: &Tensor| x.square()?.mul(&x.sum()?);
    assert_near(&jacobian(f, &x)?, &[7.0, 1.0, 4.0, 16.0]);
    let (y, v) = (tensor!([3.0, 12.0]), tensor!([1.0, 10.0]));
    let (value, back) = vjp(f, &x, &v)?;
    assert_near(&value, &values(&y));
    assert_near(&back, &[47.0, 161.0]);
    assert_near(&jvp(f, &x, &v)?.1, &[17.0, 164.0]);
    assert_near(&hessian(|x| f(x)?.sum(), &x)?, &[10.0, 6.0, 6.0, 14.0]);
    assert!(refused(hessian(f, &x)).contains("scalar"));
    Ok(())
}
