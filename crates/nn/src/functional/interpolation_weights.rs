//! Interpolation along one dimension: the input elements that each output element reads, and their weights.

use rushlight_tensor::backend::{Fused, Op, SparseRows};
use rushlight_tensor::{DType, Error, Result, Tensor, apply};
use std::sync::Arc;

/// How the weight depends on the distance.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Filter {
    Nearest,
    NearestExact,
    Linear,
    Cubic,
    Lanczos,
}

/// Interpolates `input` elements to `output` elements.
pub(super) struct InterpolationWeights {
    pub input: usize,
    pub output: usize,
    /// The given factor, if it determines the scale instead of the ratio of the sizes.
    pub factor: Option<f64>,
    pub align_corners: bool,
    pub antialias: bool,
    /// Whether positions are computed in `f64` instead of `f32`; the rounding determines which element is the nearest.
    pub double: bool,
}

/// The interpolation weights of one output element, with the positions that they apply to.
type Row = Vec<(f64, usize)>;

impl InterpolationWeights {
    /// Interpolates `x` along dimension `d`.
    #[track_caller]
    pub fn apply(&self, filter: Filter, x: &Tensor, d: usize) -> Result<Tensor> {
        let rows = self.rows(filter)?;
        match filter {
            Filter::Nearest | Filter::NearestExact => {
                x.index_select(d as isize, &positions(&rows, x)?)
            }
            _ => weighted(&rows, x, d),
        }
    }

    /// [`InterpolationWeights::apply`] for `uint8` as PyTorch computes it, in integers: with 16-bit weights, scaled by the highest power of
    /// two that the largest weight allows. The result is rounded to `uint8`.
    #[track_caller]
    pub fn apply_in_integers(&self, filter: Filter, x: &Tensor, d: usize) -> Result<Tensor> {
        if self.input == self.output {
            return Ok(x.clone());
        }
        let mut rows: Vec<Row> = self.rows(filter)?.into_iter().map(merged).collect();
        let largest = rows.iter().flatten().fold(0.0, |w: f64, tap| w.max(tap.0));
        let scaled = |bits: u32| largest * f64::from(1 << bits);
        let bits = (1..22)
            .find(|&bits| scaled(bits + 1).round() >= 32768.0)
            .unwrap_or(22);
        for tap in rows.iter_mut().flatten() {
            tap.0 = (tap.0 * f64::from(1 << bits)).round();
        }
        weighted(&rows, &x.to(DType::I32)?, d)?
            .add(1 << (bits - 1))?
            .bitwise_right_shift(bits as i64)?
            .clamp(0, 255)?
            .to(DType::U8)
    }

    #[track_caller]
    fn rows(&self, filter: Filter) -> Result<Vec<Row>> {
        let mut rows: Vec<Row> = Vec::new();
        if rows.try_reserve_exact(self.output).is_err() {
            return Err(Error::out_of_memory(format!(
                "interpolate: a dimension of size {} does not fit in memory",
                self.output
            )));
        }
        rows.extend((0..self.output).map(|i| self.row(filter, i)));
        Ok(rows)
    }

    fn row(&self, filter: Filter, i: usize) -> Row {
        let last = self.input - 1;
        let nearest = |at: f64| vec![(1.0, (at as usize).min(last))];
        match filter {
            Filter::Nearest => nearest(self.round(i as f64 * self.step())),
            Filter::NearestExact => nearest(self.round(self.centre(i).max(0.0) + 0.5)),
            // If the sizes are equal, the result is the input, whatever factor is given.
            _ if self.input == self.output && self.antialias => vec![(1.0, i)],
            // At a position of an element, there are still two taps, with weights 1 and 0: an infinite value gives NaN, as for every other
            // size.
            Filter::Linear if self.input == self.output => vec![(1.0, i), (0.0, i)],
            _ if self.antialias => self.smoothed(filter, i),
            Filter::Linear => {
                let at = self.centre(i).max(0.0);
                let first = (at as usize).min(last);
                let part = (at - first as f64).clamp(0.0, 1.0);
                vec![(1.0 - part, first), (part, (first + 1).min(last))]
            }
            Filter::Cubic | Filter::Lanczos => {
                let at = self.centre(i);
                let part = at - at.floor();
                let tap = |k: i64| {
                    let place = (at.floor() as i64).saturating_add(k).clamp(0, last as i64);
                    (cubic(k as f64 - part, -0.75), place as usize)
                };
                (-1..=2).map(tap).collect()
            }
        }
    }

    fn round(&self, x: f64) -> f64 {
        if self.double { x } else { x as f32 as f64 }
    }

    /// The distance between the positions of neighbouring output elements.
    fn step(&self) -> f64 {
        let step = match self.factor {
            _ if self.align_corners && self.output < 2 => 0.0,
            _ if self.align_corners => (self.input - 1) as f64 / (self.output - 1) as f64,
            Some(factor) if factor > 0.0 => 1.0 / factor,
            _ => self.input as f64 / self.output as f64,
        };
        self.round(step)
    }

    /// The position of output element `i`, relative to the centre of the first input element.
    fn centre(&self, i: usize) -> f64 {
        if self.align_corners {
            return self.round(i as f64 * self.step());
        }
        self.round(self.round(self.step() * (i as f64 + 0.5)) - 0.5)
    }

    /// The taps of a filter that is widened by the downsampling factor, normalized to a sum of 1.
    fn smoothed(&self, filter: Filter, i: usize) -> Row {
        let step = self.step();
        let stretch = step.max(1.0);
        let reach = stretch
            * match filter {
                Filter::Cubic => 2.0,
                Filter::Lanczos => 3.0,
                _ => 1.0,
            };
        let centre = self.round(step * (i as f64 + 0.5));
        let first = (centre - reach + 0.5).max(0.0) as usize;
        let end = ((centre + reach + 0.5) as usize).min(self.input);
        let first = first.min(end.saturating_sub(1));
        let weight = |j: usize| {
            let distance = (j as f64 - centre + 0.5) / stretch;
            match filter {
                Filter::Cubic => cubic(distance, -0.5),
                Filter::Lanczos => lanczos(distance),
                _ => (1.0 - distance.abs()).max(0.0),
            }
        };
        let total: f64 = (first..end).map(weight).sum();
        (first..end).map(|j| (weight(j) / total, j)).collect()
    }
}

/// The position that each row reads, on the device of `x`.
#[track_caller]
fn positions(rows: &[Row], x: &Tensor) -> Result<Tensor> {
    let index: Vec<i64> = rows.iter().map(|row| row[0].1 as i64).collect();
    Tensor::from_slice_on(&index, index.len(), x.device())
}

/// Sums the weighted taps along dimension `d`.
#[track_caller]
fn weighted(rows: &[Row], x: &Tensor, d: usize) -> Result<Tensor> {
    let entries = rows
        .iter()
        .map(|row| row.iter().map(|&(weight, at)| (at, weight)));
    let matrix = Arc::new(SparseRows::new(x.shape()[d], entries));
    let f = Fused::Sparse { dim: d, matrix };
    apply(Op::Fused(Arc::new(f)), &[x])
}

/// Merges neighbouring taps that read the same element, which clamping at an edge produces.
fn merged(row: Row) -> Row {
    let mut taps: Row = Vec::with_capacity(row.len());
    for (weight, at) in row {
        match taps.last_mut() {
            Some(last) if last.1 == at => last.0 += weight,
            _ => taps.push((weight, at)),
        }
    }
    taps
}

/// The cubic convolution kernel with coefficient `a`, its slope at distance 1.
fn cubic(x: f64, a: f64) -> f64 {
    let x = x.abs();
    if x <= 1.0 {
        ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a
    } else {
        0.0
    }
}

/// Computes `sinc(x) sinc(x / 3)` within three lobes.
fn lanczos(x: f64) -> f64 {
    let sinc = |x: f64| {
        let x = x * std::f64::consts::PI;
        if x == 0.0 { 1.0 } else { x.sin() / x }
    };
    if x.abs() < 3.0 {
        sinc(x) * sinc(x / 3.0)
    } else {
        0.0
    }
}
