//! The ticks of the axes, on the x axis integers where all points have integer coordinates, as epochs have, otherwise the ticks of plotters.

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
use std::ops::Range;

/// The largest number of ticks of an axis.
const MAX_TICKS: usize = 11;

/// 2⁵³: all smaller integers are exact in `f64`.
const MAX_INTEGER: f64 = 9_007_199_254_740_992.0;

/// An axis of plotters whose ticks are integers if the coordinates of all points are.
pub(super) struct Axis {
    inner: RangedCoordf64,
    integers: bool,
}

impl Axis {
    /// The axis over `range` for points at `xs`.
    pub(super) fn new(range: Range<f64>, mut xs: impl Iterator<Item = f64>) -> Axis {
        Axis {
            inner: range.into(),
            integers: xs.all(|x| x.fract() == 0.0 && x.abs() < MAX_INTEGER),
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
        match self.integers {
            true => integer_ticks(self.inner.range()),
            false => self.inner.key_points(hint),
        }
    }

    fn range(&self) -> Range<f64> {
        self.inner.range()
    }
}

impl ValueFormatter<f64> for Axis {
    fn format(value: &f64) -> String {
        tick_label(value)
    }
}

/// The text at a tick, which has no decimal places for an integer: plotters prints 3.0 for the third epoch, and -0.0. It rounds, so that its
/// text says what is an integer: a tick at 1 may be 0.9999999999999999.
pub(super) fn tick_label(value: &f64) -> String {
    let text = RangedCoordf64::format(value);
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_owned(),
        Some(integer) => integer.to_owned(),
        None => text,
    }
}

/// Integers in steps of 1, 2 or 5 times a power of ten.
fn integer_ticks(range: Range<f64>) -> Vec<f64> {
    let mut step = 1.0;
    let count = |step: f64| (range.end / step).floor() - (range.start / step).ceil() + 1.0;
    for factor in [2.0, 2.5, 2.0].into_iter().cycle() {
        if count(step) <= MAX_TICKS as f64 {
            break;
        }
        step *= factor;
    }
    let first = (range.start / step).ceil();
    (0..count(step).max(0.0) as usize)
        .map(|i| (first + i as f64) * step)
        .collect()
}
