//! Numbers that a dtype cannot hold, and decimal places that no number has.

use super::refused;
use rushlight::nn::{self, functional::PadMode};
use rushlight::prelude::*;
use rushlight::{Result, Scalar};
use rushlight_tests::devices;

/// A number that a dtype cannot hold is refused wherever it would be stored, as PyTorch refuses it.
#[test]
fn numbers_outside_of_the_dtype() -> Result<()> {
    for device in devices() {
        let x = Tensor::zeros([2, 2], (DType::I8, &device))?;
        let (index, mask) = (
            Tensor::zeros([1, 2], (DType::I64, &device))?,
            Tensor::ones([2, 2], (DType::Bool, &device))?,
        );
        let first = index.i(0)?;
        for far in [
            Scalar::Int(300),
            Scalar::Int(-129),
            Scalar::Float(1e300),
            f64::NAN.into(),
        ] {
            refused(Tensor::full(1, far, (DType::I8, &device)), "full");
            refused(x.full_like(far), "full_like");
            refused(x.new_full(0, far), "new_full");
            refused(x.fill(far), "fill");
            refused(x.fill_(far), "fill_");
            refused(x.masked_fill(&mask, far), "masked_fill");
            refused(x.masked_fill_(&mask, far), "masked_fill_");
            refused(x.index_fill(0, &first, far), "index_fill");
            refused(x.index_fill_(0, &first, far), "index_fill_");
            refused(x.scatter(0, &index, far), "scatter");
            refused(x.scatter_(0, &index, far), "scatter_");
            refused(x.scatter_add(0, &index, far), "scatter_add");
            refused(x.constant_pad_nd([1, 0], far), "constant_pad_nd");
            refused(x.set(0, far), "set");
            refused(x.set(&first, far), "set by positions");
            refused(x.index_put_(&first, far, false), "index_put_");
        }
        assert_eq!(x.to_vec::<i8>()?, [0; 4]);
        for far in [300, -129] {
            refused(mask.where_cond(&x, far), "where_cond");
            refused(Tensor::new([far], (DType::I8, &device)), "tensor");
            refused(
                Tensor::arange(far, far + 2, 1, (DType::I8, &device)),
                "arange",
            );
            refused(
                Tensor::linspace(0, far, 3, (DType::I8, &device)),
                "linspace",
            );
        }
        refused(
            Tensor::logspace(0, 3, 4, 10.0, (DType::I8, &device)),
            "logspace",
        );
        refused(x.clamp_min(300), "clamp_min");
        refused(x.clamp_max(-129), "clamp_max");
        refused(x.clamp_min_(128), "clamp_min_");
        assert_eq!(x.clamp(-300, 300)?.to_vec::<i8>()?, [0; 4]);
        assert_eq!(x.constant_pad_nd([0, -1], 300)?.shape(), [2, 1]);

        // Arithmetic counts modulo 256, and comparisons see numbers as they are.
        assert_eq!(x.add(300)?.to_vec::<i8>()?, [44; 4]);
        assert_eq!(x.lt(300)?.to_vec::<bool>()?, [true; 4]);
        assert_eq!(x.to(DType::U8)?.eq(256)?.to_vec::<bool>()?, [false; 4]);
        // uint8 takes negative numbers modulo 256, bool every number.
        let bytes = Tensor::full(1, -1, (DType::U8, &device))?;
        assert_eq!(bytes.to_vec::<u8>()?, [255]);
        refused(Tensor::full(1, -256, (DType::U8, &device)), "full");
        assert_eq!(
            Tensor::full(1, f64::NAN, DType::Bool)?.to_vec::<bool>()?,
            [true]
        );

        // A float that is infinite is one; a finite one must not become infinite.
        let f = Tensor::zeros(2, (DType::F32, &device))?;
        refused(f.fill_(1e300), "fill_ of float32");
        refused(
            Tensor::full(1, 1e300, (DType::F32, &device)),
            "full of float32",
        );
        f.fill_(f64::INFINITY)?;
        assert_eq!(f.to_vec::<f32>()?, [f32::INFINITY; 2]);
        for (half, far) in [
            (DType::F16, 65505.0),
            (DType::F16, 1e6),
            (DType::BF16, 3.4e38),
        ] {
            let on = (half, &device);
            let h = Tensor::full(2, half.largest_finite(), on)?;
            refused(Tensor::full(2, far, on), "full of halves");
            refused(h.full_like(far), "full_like of halves");
            refused(h.new_full(0, -far), "new_full of halves");
            refused(h.fill_(far), "fill_ of halves");
            refused(h.constant_pad_nd([1, 0], far), "constant_pad_nd of halves");
            refused(
                nn::functional::pad(&h, [1, 0], PadMode::Constant(far.into())),
                "pad of halves",
            );
            refused(Tensor::linspace(0, far, 3, on), "linspace of halves");
            let infinite = h.full_like(f64::INFINITY)?.to(DType::F32)?;
            assert_eq!(infinite.to_vec::<f32>()?, [f32::INFINITY; 2]);
            // A literal is rounded.
            let literal = Tensor::scalar(far, on)?.to(DType::F32)?.item::<f32>()?;
            let rounded = match far {
                65505.0 => 65504.0,
                _ => f32::INFINITY,
            };
            assert_eq!(literal, rounded, "{far} as {half} on {device}");
        }
        if let Ok(wide) = Tensor::zeros(1, (DType::I64, &device)) {
            refused(wide.fill_(2f64.powi(63)), "fill_ of int64");
            refused(wide.fill_(usize::MAX), "fill_ of int64");
        }
    }
    Ok(())
}

#[test]
fn decimal_places_that_no_number_has() -> Result<()> {
    for device in devices() {
        let x = Tensor::from_slice_on(&[1.25f32, -3e38, f32::INFINITY], 3, &device)?;
        for (decimals, right) in [
            (i32::MIN, [0.0, 0.0, f32::INFINITY]),
            (-i32::MAX, [0.0, 0.0, f32::INFINITY]),
            (i32::MAX, [1.25, -3e38, f32::INFINITY]),
            (1, [1.2, -3e38, f32::INFINITY]),
        ] {
            let rounded = x.round_decimals(decimals)?;
            assert_eq!(rounded.to_vec::<f32>()?, right, "{decimals} on {device}");
        }
    }
    Ok(())
}
