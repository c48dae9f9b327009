//! Type promotion, against PyTorch's `result_type`.

use rushlight_tensor::DType::{self, *};
use rushlight_tensor::{Result, Scalar, Tensor, tensor};

/// Row: the left dtype; column: the right one; both of one dimension.
const VECTOR_VECTOR: [[DType; 10]; 10] = [
    [Bool, U8, I8, I16, I32, I64, F16, BF16, F32, F64],
    [U8, U8, I16, I16, I32, I64, F16, BF16, F32, F64],
    [I8, I16, I8, I16, I32, I64, F16, BF16, F32, F64],
    [I16, I16, I16, I16, I32, I64, F16, BF16, F32, F64],
    [I32, I32, I32, I32, I32, I64, F16, BF16, F32, F64],
    [I64, I64, I64, I64, I64, I64, F16, BF16, F32, F64],
    [F16, F16, F16, F16, F16, F16, F16, F32, F32, F64],
    [BF16, BF16, BF16, BF16, BF16, BF16, F32, BF16, F32, F64],
    [F32, F32, F32, F32, F32, F32, F32, F32, F32, F64],
    [F64, F64, F64, F64, F64, F64, F64, F64, F64, F64],
];

/// The right operand has no dimension.
const VECTOR_SCALAR: [[DType; 10]; 10] = [
    [Bool, U8, I8, I16, I32, I64, F16, BF16, F32, F64],
    [U8, U8, U8, U8, U8, U8, F16, BF16, F32, F64],
    [I8, I8, I8, I8, I8, I8, F16, BF16, F32, F64],
    [I16, I16, I16, I16, I16, I16, F16, BF16, F32, F64],
    [I32, I32, I32, I32, I32, I32, F16, BF16, F32, F64],
    [I64, I64, I64, I64, I64, I64, F16, BF16, F32, F64],
    [F16, F16, F16, F16, F16, F16, F16, F16, F16, F16],
    [BF16, BF16, BF16, BF16, BF16, BF16, BF16, BF16, BF16, BF16],
    [F32, F32, F32, F32, F32, F32, F32, F32, F32, F32],
    [F64, F64, F64, F64, F64, F64, F64, F64, F64, F64],
];

/// The right operand is a number: a bool, an integer, a float.
const VECTOR_NUMBER: [[DType; 3]; 10] = [
    [Bool, I64, F32],
    [U8, U8, F32],
    [I8, I8, F32],
    [I16, I16, F32],
    [I32, I32, F32],
    [I64, I64, F32],
    [F16, F16, F16],
    [BF16, BF16, BF16],
    [F32, F32, F32],
    [F64, F64, F64],
];

#[test]
fn two_tensors() -> Result<()> {
    for (i, a) in DType::ALL.into_iter().enumerate() {
        for (j, b) in DType::ALL.into_iter().enumerate() {
            let x = Tensor::ones(2, a)?;
            assert_eq!(
                x.add(&Tensor::ones(2, b)?)?.dtype(),
                VECTOR_VECTOR[i][j],
                "{a} + {b}"
            );
            assert_eq!(
                x.add(&Tensor::ones((), b)?)?.dtype(),
                VECTOR_SCALAR[i][j],
                "{a} + 0-dimensional {b}"
            );
        }
    }
    Ok(())
}

#[test]
fn a_tensor_and_a_number() -> Result<()> {
    let numbers = [Scalar::Bool(true), Scalar::Int(1), Scalar::Float(1.5)];
    for (i, a) in DType::ALL.into_iter().enumerate() {
        for (j, s) in numbers.into_iter().enumerate() {
            assert_eq!(
                Tensor::ones(2, a)?.add(s)?.dtype(),
                VECTOR_NUMBER[i][j],
                "{a} + {s}"
            );
        }
    }
    Ok(())
}

#[test]
fn division_and_functions_of_integers_give_float32() -> Result<()> {
    for dtype in DType::ALL.into_iter().filter(|d| !d.is_float()) {
        let x = Tensor::ones(2, dtype)?;
        assert_eq!(x.div(&x)?.dtype(), F32);
        assert_eq!(x.exp()?.dtype(), F32);
        assert_eq!(x.sum()?.dtype(), I64);
    }
    Ok(())
}

#[test]
fn operations_name_the_dtypes_that_they_take() {
    let (bools, ints, floats) = (tensor!([true]), tensor!([1]), tensor!([1.0]));
    for (refused, text) in [
        (
            bools.abs(),
            "abs: not defined for bool; it takes integers and floats",
        ),
        (
            bools.remainder(&bools),
            "remainder: not defined for bool; it takes integers and floats",
        ),
        (
            bools.pow(&bools),
            "pow: not defined for bool; it takes integers and floats",
        ),
        (ints.frac(), "frac: not defined for int64; it takes floats"),
        (
            bools.bitwise_left_shift(&bools),
            "bitwise_left_shift: not defined for bool; it takes integers:",
        ),
        (
            floats.bitwise_and(&floats),
            "bitwise_and: not defined for float32; it takes integers and booleans",
        ),
    ] {
        let e = refused.unwrap_err();
        assert!(e.message().starts_with(text), "{e}");
    }
}
