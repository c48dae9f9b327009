//! Floats to integers where the integer does not hold the number: towards zero, held within 64 bits, NaN as 0, and of that the low bits.

use super::{read, tensor};
use rushlight::{DType, Device, Result, Scalar, Tensor};
use rushlight_tests::devices;

const INTEGERS: [DType; 5] = [DType::U8, DType::I8, DType::I16, DType::I32, DType::I64];
const FLOATS: [DType; 4] = [DType::F32, DType::F64, DType::F16, DType::BF16];

/// The rule.
fn converted(x: f64, dtype: DType) -> i64 {
    let whole = x as i64;
    match dtype {
        DType::U8 => i64::from(whole as u8),
        DType::I8 => i64::from(whole as i8),
        DType::I16 => i64::from(whole as i16),
        DType::I32 => i64::from(whole as i32),
        _ => whole,
    }
}

fn values() -> Vec<f64> {
    let mut values = vec![
        f64::NAN,
        f64::INFINITY,
        f64::MAX,
        0.0,
        0.5,
        0.999,
        1.5,
        2.5,
        127.0,
        128.0,
        255.0,
        256.0,
        300.0,
        32767.0,
        32768.0,
        65535.0,
        65536.0,
        1e5,
        2147483647.0,
        2147483648.0,
        3e9,
        4294967296.0,
        5e9,
        1e12,
        9007199254740993.0,
        1e17,
        9.2e18,
        9.223372036854775e18,
        9.3e18,
        1.8446744073709552e19,
        1e30,
        1e300,
        1e-40,
    ];
    let negative: Vec<f64> = values.iter().map(|x| -x).collect();
    values.extend(negative);
    values
}

#[test]
fn every_device_converts_every_float_to_every_integer_alike() -> Result<()> {
    for device in devices() {
        for from in FLOATS {
            let Some(x) = tensor(&values(), from, &device)? else {
                continue;
            };
            // What the dtype holds of the numbers.
            let held: Vec<f64> = read(&x.to(&Device::CPU)?.to(DType::F64)?)?;
            let strided = Tensor::stack(&[&x, &x], 1)?.select(1, 0)?;
            for to in INTEGERS {
                let right: Vec<i64> = held.iter().map(|&x| converted(x, to)).collect();
                for x in [&x, &strided] {
                    let y = x.to(to)?.to(&Device::CPU)?.to(DType::I64)?;
                    for ((x, y), right) in held.iter().zip(read::<i64>(&y)?).zip(&right) {
                        assert_eq!(y, *right, "{x:?} in {from} to {to} on {device}");
                    }
                }
            }
            let truths: Vec<bool> = held.iter().map(|x| *x != 0.0).collect();
            assert_eq!(
                read::<bool>(&x.to(DType::Bool)?)?,
                truths,
                "{from} to bool on {device}"
            );
        }
    }
    Ok(())
}

#[test]
fn numbers_are_converted_as_tensors_are() -> Result<()> {
    for x in values() {
        let scalar = Scalar::Float(x).cast(DType::I64);
        assert_eq!(scalar, Scalar::Int(converted(x, DType::I64)), "{x}");
        assert_eq!(
            Scalar::Float(x).cast(DType::Bool),
            Scalar::Bool(x != 0.0),
            "{x}"
        );
        let one = Tensor::from_slice(&[x], 1)?;
        for dtype in INTEGERS {
            let right = converted(x, dtype);
            let read = one.to(dtype)?.to(DType::I64)?.item::<i64>()?;
            assert_eq!(read, right, "{x} to {dtype}");
        }
    }
    Ok(())
}
