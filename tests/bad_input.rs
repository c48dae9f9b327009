//! What does not fit is an error that names what and where; nothing panics, nothing is half done.
//! Files and flags are tested through the example's binary, in `adult.rs`.

use rushlight::gpu::Gpu;
use rushlight::prelude::*;
use rushlight::{ErrorKind, Result};
use rushlight_tests::devices;
use std::sync::Arc;

/// The error must be of this kind, and its text must start so and name this file.
#[track_caller]
fn refused<T>(result: Result<T>, kind: ErrorKind, start: &str) {
    let Err(error) = result else {
        panic!("an error was expected: {start}")
    };
    let text = error.to_string();
    assert_eq!(error.kind(), kind, "{text}");
    assert!(text.starts_with(start), "{text}\nexpected: {start}");
    assert!(
        text.contains("bad_input.rs:"),
        "the caller's place is missing: {text}"
    );
}

#[test]
fn shapes_that_do_not_fit() -> Result<()> {
    for device in devices() {
        let (a, b) = (
            Tensor::zeros([32, 10], &device)?,
            Tensor::zeros([12, 5], &device)?,
        );
        refused(
            a.matmul(&b),
            ErrorKind::Shape,
            "matmul: the inner sizes differ: [32, 10] x [12, 5], 10 against 12 (",
        );
        refused(
            a.add(&b),
            ErrorKind::Shape,
            "add: shapes [32, 10] and [12, 5] do not broadcast: 10 against 5 at dimension 1",
        );
        refused(
            a.reshape([3, -1]),
            ErrorKind::Shape,
            "reshape: shape [3, -1] does not fit the 320 elements",
        );
        refused(
            Tensor::cat(&[&a, &b], 0),
            ErrorKind::Shape,
            "cat: shapes [32, 10] and [12, 5] differ outside dimension 0",
        );
        refused(
            a.item::<f32>(),
            ErrorKind::Shape,
            "item: a tensor of one element is needed, not of shape [32, 10]",
        );
    }
    Ok(())
}

#[test]
fn dtypes_that_do_not_fit() -> Result<()> {
    for device in devices() {
        let (x, n) = (
            Tensor::ones([2, 2], &device)?,
            Tensor::ones([2, 2], (DType::I64, &device))?,
        );
        refused(
            x.matmul(&n),
            ErrorKind::DType,
            "matmul: dtypes differ: float32 and int64",
        );
        refused(
            n.add_(&x),
            ErrorKind::DType,
            "add_: the result is float32, which cannot be stored in a tensor of int64",
        );
        refused(
            x.bitwise_and(&x),
            ErrorKind::DType,
            "bitwise_and: not defined for float32",
        );
        refused(
            n.mean(),
            ErrorKind::DType,
            "mean: not defined for int64; convert to a floating-point dtype first",
        );
        refused(
            x.to_vec::<i64>(),
            ErrorKind::DType,
            "to_vec: the tensor is float32, which does not fit int64; convert it with to(DType::I64) first",
        );
        refused(
            x.to_vec::<usize>(),
            ErrorKind::DType,
            "to_vec: the tensor is float32, which does not fit usize; convert it with to(DType::I64) first",
        );
        refused(
            n.neg()?.to_vec::<usize>(),
            ErrorKind::Value,
            "to_vec: -1 is out of the range of usize",
        );
        refused(
            n.requires_grad_(true),
            ErrorKind::Autograd,
            "requires_grad_: only floating-point tensors",
        );
    }
    Ok(())
}

/// What the call says, or on a GPU, which hears of such things later, the next wait.
#[track_caller]
fn waited<T>(device: &Device, result: Result<T>) -> Result<T> {
    let result = result?;
    device.synchronize()?;
    Ok(result)
}

#[test]
fn indices_out_of_range() -> Result<()> {
    // A GPU tells whoever waits next, which must not be another test: it gets a device of its own.
    let own = rushlight_tests::gpu().map(|_| Gpu::open(0)).transpose()?;
    let own = own.map(|gpu| Device::custom(Arc::new(gpu)));
    for device in [Some(Device::CPU), own].into_iter().flatten() {
        let x = Tensor::zeros([3, 4], &device)?;
        refused(
            x.i((0, 4)),
            ErrorKind::Index,
            "index: index 4 is out of range for dimension 1 of size 4 (shape [3, 4])",
        );
        refused(
            x.narrow(1, 2, 3),
            ErrorKind::Index,
            "narrow: 3 entries from 2 on do not fit dimension 1 of shape [3, 4]",
        );
        let index = tensor!([0, 3]).to(&device)?;
        let before = x.to_vec::<f32>()?;
        let ones = Tensor::ones([2, 4], &device)?;
        let start = "index_select: index 3 is out of range for dimension 0 of size 3";
        refused(
            waited(&device, x.index_select(0, &index)),
            ErrorKind::Index,
            start,
        );
        let start = "index_copy: index 3 is out of range for dimension 0 of size 3";
        refused(
            waited(&device, x.index_copy_(0, &index, &ones)),
            ErrorKind::Index,
            start,
        );
        let index = tensor!([0, -1]).to(&device)?;
        let rows = index.unsqueeze(1)?;
        for (name, refusal) in [
            (
                "index_select",
                waited(&device, x.index_select(0, &index).map(drop)),
            ),
            ("gather", waited(&device, x.gather(0, &rows).map(drop))),
            (
                "index_copy",
                waited(&device, x.index_copy_(0, &index, &ones)),
            ),
            ("scatter", waited(&device, x.scatter_(0, &rows, 1))),
        ] {
            let start = format!("{name}: index -1 is out of range for dimension 0 of size 3");
            refused(refusal, ErrorKind::Index, &start);
        }
        // A GPU has written what was in range by the time that it tells.
        if device == Device::CPU {
            assert_eq!(x.to_vec::<f32>()?, before, "nothing is written");
        }
    }
    Ok(())
}

#[test]
fn a_view_of_what_is_not_contiguous() -> Result<()> {
    for device in devices() {
        let x = Tensor::zeros([3, 4], &device)?.t()?;
        refused(
            x.view([12]),
            ErrorKind::Shape,
            "view: shape [12] is not a view of shape [4, 3] with strides [1, 4], which is not contiguous; use reshape",
        );
    }
    Ok(())
}

#[test]
fn an_axis_out_of_range() -> Result<()> {
    for device in devices() {
        let x = Tensor::zeros([3, 4], &device)?;
        let text = "is out of range for a tensor of 2 dimensions [-2, 1]";
        refused(
            x.sum_dim(2, false),
            ErrorKind::Index,
            &format!("torch.sum: dimension 2 {text}"),
        );
        refused(
            x.softmax(-3),
            ErrorKind::Index,
            &format!("softmax: dimension -3 {text}"),
        );
        refused(
            x.transpose(0, 5),
            ErrorKind::Index,
            &format!("transpose: dimension 5 {text}"),
        );
        refused(
            x.unsqueeze(4),
            ErrorKind::Index,
            "unsqueeze: dimension 4 is out of range",
        );
    }
    Ok(())
}

#[test]
fn backward_through_a_graph_whose_saved_values_are_gone() -> Result<()> {
    for device in devices() {
        let x = tensor!([1.0, 2.0]).to(&device)?.requires_grad_(true)?;
        let y = x.exp()?.sum()?;
        y.backward()?;
        let text = y.backward().unwrap_err().to_string();
        assert!(
            text.contains("exp") && text.contains("bad_input.rs:") && text.contains("retain_graph"),
            "{text}"
        );
    }
    Ok(())
}

#[test]
fn a_value_that_backward_needs_was_overwritten() -> Result<()> {
    for device in devices() {
        let x = tensor!([1.0, 2.0]).to(&device)?.requires_grad_(true)?;
        let e = x.exp()?;
        let y = e.mul(1.0)?;
        e.mul_(2.0)?;
        drop(y);
        let z = x.exp()?;
        let loss = z.mul(&z)?.sum()?;
        z.detach().zero_()?;
        let text = loss.backward().unwrap_err().to_string();
        assert!(
            text.contains("changed in place") && text.contains("bad_input.rs:"),
            "{text}"
        );
    }
    Ok(())
}

#[test]
fn memory_that_cannot_be_had() {
    refused(
        Tensor::zeros([1usize << 40, 1 << 40], ()),
        ErrorKind::OutOfMemory,
        "a tensor of shape [1099511627776, 1099511627776] exceeds the address space",
    );
    let text = Tensor::zeros([1usize << 50], ()).unwrap_err().to_string();
    assert!(text.starts_with("cpu: out of memory"), "{text}");
}

#[test]
fn numbers_that_a_dtype_does_not_hold_name_the_operation() -> Result<()> {
    for device in devices() {
        let x = tensor!([1.0, f64::NAN]).to(DType::F32)?.to(&device)?;
        let kind = ErrorKind::Value;
        refused(x.nan_to_num(1e300, None, None), kind, "nan_to_num: ");
        refused(x.nan_to_num(0.0, Some(1e300), None), kind, "nan_to_num: ");
        refused(x.nan_to_num(0.0, None, Some(-1e300)), kind, "nan_to_num: ");
        refused(x.isnan()?.where_cond(1e300, &x), kind, "where: ");
        let filled = x.nan_to_num(0.0, Some(f64::INFINITY), None)?;
        assert_eq!(filled.to_vec::<f32>()?, [1.0, 0.0]);
    }
    Ok(())
}
