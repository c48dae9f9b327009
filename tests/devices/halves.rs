//! All 65,536 patterns of both half dtypes: read, converted and written back by every device.

use rushlight::{DType, Device, Result, Tensor};
use rushlight_tests::devices;

/// A tensor of all patterns, uploaded as it is.
fn patterns(dtype: DType, device: &Device) -> Result<Tensor> {
    let bytes: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
    Tensor::from_bytes(&bytes, [1 << 16], dtype, device)
}

fn bits16(x: &Tensor) -> Result<Vec<u16>> {
    let bytes = x.bytes()?;
    Ok(bytes
        .chunks_exact(2)
        .map(|b| u16::from_le_bytes([b[0], b[1]]))
        .collect())
}

fn bits32(x: &Tensor) -> Result<Vec<u32>> {
    let bytes = x.bytes()?;
    Ok(bytes
        .chunks_exact(4)
        .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect())
}

/// The value of a float16, by its definition; none for NaN.
fn float16(bits: u16) -> Option<f32> {
    let (exponent, rest) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    let size = match exponent {
        0 => rest * 2f32.powi(-24),
        31 if rest > 0.0 => return None,
        31 => f32::INFINITY,
        _ => (1024.0 + rest) * 2f32.powi(exponent - 25),
    };
    Some(if bits >> 15 == 1 { -size } else { size })
}

/// The value of a bfloat16: the upper half of a float32.
fn bfloat16(bits: u16) -> Option<f32> {
    let value = f32::from_bits(u32::from(bits) << 16);
    (!value.is_nan()).then_some(value)
}

#[test]
fn every_half_is_the_float32_that_it_stands_for_and_comes_back() -> Result<()> {
    for device in devices() {
        for (dtype, value) in [
            (DType::F16, float16 as fn(u16) -> Option<f32>),
            (DType::BF16, bfloat16),
        ] {
            let x = patterns(dtype, &device)?;
            // Dense vectors, and single elements of another layout.
            let strided = Tensor::stack(&[&x, &x], 1)?.select(1, 1)?;
            for x in [&x, &strided] {
                let wide = x.to(DType::F32)?;
                for (bits, got) in (0..=u16::MAX).zip(bits32(&wide.contiguous()?)?) {
                    let right = match value(bits) {
                        Some(value) => got == value.to_bits(),
                        None => f32::from_bits(got).is_nan(),
                    };
                    assert!(right, "{dtype} {bits:#06x} on {device}: {got:#010x}");
                }
                let back = bits16(&wide.to(dtype)?.contiguous()?)?;
                for (bits, got) in (0..=u16::MAX).zip(back) {
                    // A NaN becomes quiet.
                    let right = got == bits || value(bits).is_none() && value(got).is_none();
                    assert!(
                        right,
                        "{dtype} {bits:#06x} on {device} and back: {got:#06x}"
                    );
                }
            }
        }
    }
    Ok(())
}

#[test]
fn copies_of_halves_keep_every_bit() -> Result<()> {
    for device in devices() {
        for dtype in [DType::F16, DType::BF16] {
            let x = patterns(dtype, &device)?;
            let expected: Vec<u16> = (0..=u16::MAX).collect();
            assert_eq!(bits16(&x.copy()?)?, expected, "{dtype} on {device}");
            let transposed = x.reshape([256, 256])?.t()?.contiguous()?;
            let back = transposed.t()?.contiguous()?;
            assert_eq!(bits16(&back)?, expected, "{dtype} on {device}, transposed");
            let index = Tensor::arange(0, 1 << 16, 1, &device)?;
            let picked = x.index_select(0, &index)?;
            assert_eq!(bits16(&picked)?, expected, "{dtype} on {device}, selected");
            let joined = Tensor::cat(&[&x.narrow(0, 0, 1001)?, &x.narrow(0, 1001, 64535)?], 0)?;
            assert_eq!(bits16(&joined)?, expected, "{dtype} on {device}, joined");
        }
    }
    Ok(())
}

/// Arithmetic on small float16 numbers: their results are those of exact arithmetic, rounded once.
#[test]
fn subnormal_float16_numbers_take_part_in_arithmetic() -> Result<()> {
    for device in devices() {
        // 1 to 1023 times 2^-24.
        let bytes: Vec<u8> = (1..1024u16).flat_map(u16::to_le_bytes).collect();
        let x = Tensor::from_bytes(&bytes, [1023], DType::F16, &device)?;
        let doubled: Vec<u16> = (1..1024u16).map(|i| 2 * i).collect();
        assert_eq!(bits16(&x.add(&x)?)?, doubled, "on {device}");
        let sum = x.to(DType::F32)?.sum()?.item::<f32>()?;
        assert_eq!(sum, 1023.0 * 512.0 * 2f32.powi(-24), "on {device}");
        assert_eq!(x.gt(0)?.sum()?.item::<i64>()?, 1023, "on {device}");
    }
    Ok(())
}
