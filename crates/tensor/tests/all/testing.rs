//! `assert_close`: PyTorch's tolerances and the figures of its reports.

use rushlight_tensor::testing::{CloseOptions, assert_close, assert_close_with};
use rushlight_tensor::{DType, Result, Tensor, tensor};

#[track_caller]
fn report(call: Result<()>) -> String {
    let e = call.unwrap_err();
    assert!(e.location().file().ends_with("testing.rs"), "{e}");
    e.message()
        .strip_prefix("assert_close: ")
        .unwrap()
        .to_owned()
}

#[test]
fn tolerances_are_those_of_the_dtype() -> Result<()> {
    for (dtype, rtol) in [
        (DType::F16, 1e-3),
        (DType::BF16, 1.6e-2),
        (DType::F32, 1.3e-6),
        (DType::F64, 1e-7),
    ] {
        let x = Tensor::full(1, 1024.0, DType::F64)?;
        let near = x.mul(1.0 + 0.4 * rtol)?.to(dtype)?;
        let far = x.mul(1.0 + 2.0 * rtol)?.to(dtype)?;
        let x = x.to(dtype)?;
        assert_close(&near, &x)?;
        assert!(assert_close(&far, &x).is_err(), "{dtype}");
    }
    assert_close(&tensor!([1, 2]), &tensor!([1, 2]))?;
    assert_close(&Tensor::zeros([0, 3], ())?, &Tensor::ones([0, 3], ())?)
}

#[test]
fn reports_have_pytorchs_figures() {
    assert_eq!(
        report(assert_close(
            &tensor!([[1, 2], [3, 4]]),
            &tensor!([[1, 2], [0, 4]])
        )),
        "the tensors are not equal\n\nMismatched elements: 1 / 4 (25.0%)\n\
         Greatest absolute difference: 3 at index [1, 0]\nGreatest relative difference: inf at index [1, 0]"
    );
    assert_eq!(
        report(assert_close(
            &tensor!([true, false]),
            &tensor!([true, true])
        )),
        "the tensors are not equal\n\nMismatched elements: 1 / 2 (50.0%)\n\
         Greatest absolute difference: 1 at index [1]\nGreatest relative difference: 1.0 at index [1]"
    );
    let nan = f32::NAN;
    assert_eq!(
        report(assert_close(
            &tensor!([1.0, nan, 0.0]),
            &tensor!([1.0, nan, 3.0])
        )),
        "the tensors are not close\n\nMismatched elements: 2 / 3 (66.7%)\n\
         Greatest absolute difference: NaN at index [1] (up to 1e-5 allowed)\n\
         Greatest relative difference: NaN at index [1] (up to 1.3e-6 allowed)"
    );
    let infinite = report(assert_close(
        &tensor!([1.0, 0.0]),
        &tensor!([1.0, f32::INFINITY]),
    ));
    assert!(
        infinite.contains("Greatest absolute difference: inf at index [1]"),
        "{infinite}"
    );
    let options = CloseOptions {
        tolerance: Some((0.0, 0.01)),
        ..CloseOptions::default()
    };
    let x = tensor!([1.1]);
    let text = report(assert_close_with(&x, &tensor!([1.0]), options));
    assert!(
        text.contains("0.10000002384185791 at index [0] (up to 0.01 allowed)"),
        "{text}"
    );
}

#[test]
fn what_is_not_comparable_is_named() -> Result<()> {
    let x = tensor!([1.0, 2.0]);
    assert_eq!(
        report(assert_close(&x, &tensor!([1.0]))),
        "the shapes differ: [2] and [1]"
    );
    let wide = x.to(DType::F64)?;
    assert_eq!(
        report(assert_close(&x, &wide)),
        "the dtypes differ: float32 and float64"
    );
    let options = CloseOptions {
        check_dtype: false,
        equal_nan: true,
        ..CloseOptions::default()
    };
    assert_close_with(&x, &wide, options)?;
    assert_close_with(&tensor!([f32::NAN]), &tensor!([f32::NAN]), options)?;
    let negative = CloseOptions {
        tolerance: Some((0.0, -1.0)),
        ..options
    };
    assert!(report(assert_close_with(&x, &x, negative)).starts_with("atol must not be negative"));
    Ok(())
}
