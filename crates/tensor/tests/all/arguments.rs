//! What elementwise operations and new tensors refuse, by the words of the error; and what they take.

use rushlight_tensor::signal::windows;
use rushlight_tensor::{DType, Result, Tensor, tensor};

#[track_caller]
fn refused(call: Result<Tensor>, text: &str) {
    let e = call.unwrap_err();
    assert!(e.message().starts_with(text), "{e}");
    let file = e.location().file();
    assert!(file.ends_with("arguments.rs"), "blames {file}");
}

#[test]
fn factors_fit_the_dtype_of_the_result() -> Result<()> {
    let (ints, floats, bools) = (tensor!([1, 2]), tensor!([1.0, 2.0]), tensor!([true, false]));
    refused(
        ints.add_alpha(&ints, 0.5),
        "add: alpha is 0.5, but the result is int64",
    );
    refused(
        floats.sub_alpha(&ints, true),
        "sub: alpha is true, but the result is float32",
    );
    refused(
        ints.rsub_alpha(3, 0.5),
        "rsub: alpha is 0.5, but the result is int64",
    );
    assert_eq!(ints.rsub_alpha(3, 2)?.to_vec::<i64>()?, [1, -1]);
    assert_eq!(ints.addcmul(&ints, &ints, 1.9)?.to_vec::<i64>()?, [2, 6]);
    refused(
        bools.addcmul(&bools, &bools, 1),
        "addcmul: not defined for bool",
    );
    refused(
        floats.addcdiv(&ints, &ints, 1),
        "addcdiv: not defined for the quotient of int64 and int64",
    );
    refused(ints.lerp(&ints, 0.5), "lerp: not defined for int64");
    refused(
        floats.lerp(&ints, 0.5),
        "lerp: end is int64, expected float32",
    );
    Ok(())
}

#[test]
fn operands_have_the_dtype_and_shape_that_they_need() -> Result<()> {
    let (ints, floats) = (tensor!([1, 2]), tensor!([1.0, 2.0]));
    refused(
        ints.heaviside(&floats),
        "heaviside: the input is int64, the values are float32",
    );
    refused(
        ints.isclose(&floats, 0.0, 0.0, false),
        "isclose: dtypes differ",
    );
    refused(
        floats.isclose(&floats, -1.0, 0.0, false),
        "isclose: rtol must not be negative, got -1",
    );
    refused(
        floats.fill(&ints),
        "fill_: the value must be a number or a tensor without dimensions",
    );
    assert_eq!(ints.fill(&tensor!(2.5))?.to_vec::<i64>()?, [2, 2]);
    refused(tensor!([true]).positive(), "positive: not defined for bool");
    Ok(())
}

#[test]
fn ranges_and_draws_say_what_is_wrong() -> Result<()> {
    refused(
        Tensor::linspace(&tensor!([0.0]), 1, 3, ()),
        "linspace: start must be a number or a 0-dimensional tensor",
    );
    refused(
        Tensor::logspace(0, 1, 3, 10.0, DType::Bool),
        "logspace: not defined for bool",
    );
    assert_eq!(
        Tensor::linspace(-2.3, 4.3, 5, DType::I64)?.to_vec::<i64>()?,
        [-2, 0, 1, 2, 4]
    );
    assert_eq!(
        Tensor::arange(-0.9, 2.1, 2.0, DType::I64)?.to_vec::<i64>()?,
        [0, 2]
    );
    refused(
        Tensor::normal_from(0.0, &tensor!([1.0, -2.0])),
        "normal: no standard deviation may be negative, got -2",
    );
    refused(
        Tensor::tril_indices(2, 2, 0, DType::F32),
        "tril_indices: indices are int64 or int32, not float32",
    );
    Ok(())
}

#[test]
fn windows_refuse_what_makes_none() {
    refused(
        windows::hann(3, true, DType::F16),
        "hann: a window is float32 or float64, not float16",
    );
    refused(
        windows::gaussian(3, 0.0, true, ()),
        "gaussian: std must be positive, got 0",
    );
    refused(
        windows::exponential(3, Some(1.0), 1.0, true, ()),
        "exponential: the center of a symmetric window",
    );
    refused(
        windows::kaiser(3, -1.0, true, ()),
        "kaiser: beta must not be negative, got -1",
    );
    refused(
        windows::general_cosine(3, &[], true, ()),
        "general_cosine: at least one coefficient",
    );
}

#[test]
fn assignment_operators_write_in_place() -> Result<()> {
    let base = tensor!([1.0, 2.0, 3.0, 4.0]);
    let mut x = base.narrow(0, 1, 2)?;
    x += 1;
    x *= tensor!([2.0, 3.0]);
    x -= &tensor!([1.0, 1.0]);
    x /= 2.0;
    assert_eq!(base.to_vec::<f32>()?, [1.0, 2.5, 5.5, 4.0]);
    Ok(())
}

#[test]
fn sizes_and_positions_are_integers_of_any_type() -> Result<()> {
    let x = Tensor::arange(0, 12u64, 1u32, ())?.reshape([3u32, 4])?;
    assert_eq!(x.view([2u64, 6])?.shape(), [2, 6]);
    assert_eq!(x.narrow(1, 1u64, 2u32)?.shape(), [3, 2]);
    assert_eq!(x.narrow(1, 1, 2)?.shape(), [3, 2]);
    assert_eq!(x.narrow(1, 1, x.shape()[1] - 1)?.shape(), [3, 3]);
    assert_eq!(x.select(0, 2usize)?.to_vec::<i64>()?, [8, 9, 10, 11]);
    assert_eq!(x.select(0, -1)?.to_vec::<i64>()?, [8, 9, 10, 11]);
    assert_eq!(x.i((1u32, 2u64))?.item::<i64>()?, 6);
    assert_eq!(x.unfold(1, 2i64, 1u32)?.shape(), [3, 3, 2]);
    assert_eq!(x.topk(2u32, 1, true)?.0.shape(), [3, 2]);
    assert_eq!(x.kthvalue(1i64, 1, false)?.0.to_vec::<i64>()?, [0, 4, 8]);
    assert_eq!(x.split(2i64, 0)?.len(), 2);
    assert_eq!(x.chunk(3u64, 0)?.len(), 3);
    assert_eq!(x.tensor_split(2i32, 1)?.len(), 2);
    assert_eq!(Tensor::eye(2i64, ())?.shape(), [2, 2]);
    assert_eq!(Tensor::eye_rect(2u32, 3u64, ())?.shape(), [2, 3]);
    assert_eq!(Tensor::linspace(0, 1, 3u32, ())?.shape(), [3]);
    assert_eq!(Tensor::randperm(3i64, ())?.shape(), [3]);
    refused(
        x.narrow(0, 0, -1),
        "narrow: the length must not be negative, got -1",
    );
    refused(
        Tensor::eye(-1, ()),
        "eye: the number of rows must not be negative, got -1",
    );
    refused(x.select(0, u64::MAX), "select: index 9223372036854775807");
    Ok(())
}
