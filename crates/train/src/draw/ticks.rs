//! The ticks of the x axis: whole numbers for epochs, else those of plotters.

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use std::ops::Range;

/// The most ticks of an axis.
const MOST: usize = 11;

/// Up to here every whole number is an `f64`.
const LARGEST: f64 = 9_007_199_254_740_992.0;

/// An axis of plotters with ticks at whole numbers if all points are there.
pub(super) struct Axis {
    inner: RangedCoordf64,
    whole: bool,
}

impl Axis {
    /// The axis over `range` for points at `xs`.
    pub(super) fn new(range: Range<f64>, mut xs: impl Iterator<Item = f64>) -> Axis {
        Axis {
            inner: range.into(),
            whole: xs.all(|x| x.fract() == 0.0 && x.abs() < LARGEST),
        }
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        self.inner.map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        match self.whole {
            true => whole(self.inner.range()),
            false => self.inner.key_points(hint),
        }
    }

    fn range(&self) -> Range<f64> {
        self.inner.range()
    }
}

impl ValueFormatter<f64> for Axis {
    fn format(value: &f64) -> String {
        // Plotters would write 3.0 for the third epoch.
        match value.fract() == 0.0 && value.abs() < 1e9 {
            true => (*value as i64).to_string(),
            false => RangedCoordf64::format(value),
        }
    }
}

/// Whole numbers in steps of 1, 2 or 5 times a power of ten.
fn whole(range: Range<f64>) -> Vec<f64> {
    let mut step = 1.0;
    let count = |step: f64| (range.end / step).floor() - (range.start / step).ceil() + 1.0;
    for factor in [2.0, 2.5, 2.0].into_iter().cycle() {
        if count(step) <= MOST as f64 {
            break;
        }
        step *= factor;
    }
    let first = (range.start / step).ceil();
    (0..count(step).max(0.0) as usize)
        .map(|i| (first + i as f64) * step)
        .collect()
}
