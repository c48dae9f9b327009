//! The integers that a dtype can represent, and from how many bits PyTorch draws them.

use super::distribution::{Distribution, fits};
use super::draw;
use rushlight_backend::{DType, Error, Result};
use std::ops::Bound;

/// Integers in `low..high`.
#[track_caller]
pub(super) fn bounded(name: &str, low: i64, high: i64, dtype: DType) -> Result<Distribution> {
    inclusive(name, low, i128::from(high) - 1, dtype)
}

/// The integers of a range; without an upper bound up to the largest that `dtype` counts to, without any bound from 0 on.
#[track_caller]
pub(super) fn ranged(
    name: &str,
    range: (Bound<&i64>, Bound<&i64>),
    dtype: DType,
) -> Result<Distribution> {
    let low = match range.0 {
        Bound::Included(&low) => Some(low),
        Bound::Excluded(&low) => Some(low.saturating_add(1)),
        Bound::Unbounded => None,
    };
    let last = match range.1 {
        Bound::Included(&last) => Some(i128::from(last)),
        Bound::Excluded(&end) => Some(i128::from(end) - 1),
        Bound::Unbounded => None,
    };
    match (low, last) {
        (None, None) => {
            let range = largest(dtype) as u64 + 1;
            let wide = matches!(dtype, DType::I64 | DType::F64);
            Ok(Distribution::Integers {
                low: 0,
                range,
                wide,
            })
        }
        (low, last) => inclusive(
            name,
            low.unwrap_or(0),
            last.unwrap_or(largest(dtype)),
            dtype,
        ),
    }
}

#[track_caller]
fn inclusive(name: &str, low: i64, last: i128, dtype: DType) -> Result<Distribution> {
    if last < i128::from(low) {
        return Err(Error::value(format!(
            "{name}: the range is empty: low {low} must be below high {}",
            last + 1
        )));
    }
    for bound in [i128::from(low), last] {
        if !fits(bound as f64, dtype) {
            return Err(Error::value(format!(
                "{name}: {bound} is out of bounds for {dtype}"
            )));
        }
    }
    let range = (last - i128::from(low) + 1) as u64;
    Ok(Distribution::Integers {
        low,
        range,
        wide: draw::is_wide(range),
    })
}

/// The largest number that `random_` draws without bounds: for floats, up to where they hold every integer.
fn largest(dtype: DType) -> i128 {
    match dtype {
        DType::Bool => 1,
        DType::U8 => u8::MAX.into(),
        DType::I8 => i8::MAX.into(),
        DType::I16 => i16::MAX.into(),
        DType::I32 => i32::MAX.into(),
        DType::I64 => i64::MAX.into(),
        DType::F16 => 1 << 11,
        DType::BF16 => 1 << 8,
        DType::F32 => 1 << 24,
        DType::F64 => 1 << 53,
    }
}
