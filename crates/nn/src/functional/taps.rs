//! Which elements of a line an interpolated one is made of, and how much of each.

use rushlight_tensor::{Error, Result, Tensor};

/// How the weight falls with the distance.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Kernel {
    Nearest,
    NearestExact,
    Linear,
    Cubic,
    Lanczos,
}

/// A line of `output` elements made from one of `input`.
pub(super) struct Taps {
    pub input: usize,
    pub output: usize,
    /// The factor asked for, where it decides about distances instead of the ratio of the sizes.
    pub factor: Option<f64>,
    pub align_corners: bool,
    pub antialias: bool,
    /// Whether positions are computed in `f64`, else in `f32`: they decide which element is the nearest.
    pub double: bool,
}

/// What one output is made of: weight and position of every tap.
type Row = Vec<(f64, usize)>;

impl Taps {
    /// `x` with dimension `d` interpolated.
    #[track_caller]
    pub fn apply(&self, kernel: Kernel, x: &Tensor, d: usize) -> Result<Tensor> {
        let mut rows: Vec<Row> = Vec::new();
        if rows.try_reserve_exact(self.output).is_err() {
            return Err(Error::out_of_memory(format!(
                "interpolate: a dimension of size {} exceeds the memory",
                self.output
            )));
        }
        rows.extend((0..self.output).map(|i| self.row(kernel, i)));
        let taps = rows.iter().map(Vec::len).max().unwrap_or(0);
        let column = |k: usize| {
            let index: Vec<i64> = rows
                .iter()
                .map(|row| row[k.min(row.len() - 1)].1 as i64)
                .collect();
            Tensor::from_slice_on(&index, index.len(), x.device())
        };
        if matches!(kernel, Kernel::Nearest | Kernel::NearestExact) {
            return x.index_select(d as isize, &column(0)?);
        }
        let mut along = vec![1; x.ndim()];
        along[d] = self.output;
        let mut sum: Option<Tensor> = None;
        for k in 0..taps {
            let weight: Vec<f64> = rows
                .iter()
                .map(|row| row.get(k).map_or(0.0, |tap| tap.0))
                .collect();
            let weight = Tensor::from_slice_on(&weight, along.as_slice(), x.device())?;
            let part = x
                .index_select(d as isize, &column(k)?)?
                .mul(&weight.to(x.dtype())?)?;
            sum = Some(match sum {
                None => part,
                Some(sum) => sum.add(&part)?,
            });
        }
        sum.map_or_else(|| x.copy(), Ok)
    }

    fn row(&self, kernel: Kernel, i: usize) -> Row {
        let last = self.input - 1;
        let nearest = |at: f64| vec![(1.0, (at as usize).min(last))];
        match kernel {
            Kernel::Nearest => nearest(self.round(i as f64 * self.step())),
            Kernel::NearestExact => nearest(self.round(self.centre(i).max(0.0) + 0.5)),
            // The same size is the same line, whatever factor was asked for.
            _ if self.input == self.output && (self.antialias || kernel == Kernel::Linear) => {
                vec![(1.0, i)]
            }
            _ if self.antialias => self.smoothed(kernel, i),
            Kernel::Linear => {
                let at = self.centre(i).max(0.0);
                let first = (at as usize).min(last);
                let part = (at - first as f64).clamp(0.0, 1.0);
                vec![(1.0 - part, first), (part, (first + 1).min(last))]
            }
            Kernel::Cubic | Kernel::Lanczos => {
                let at = self.centre(i);
                let part = at - at.floor();
                let tap = |k: i64| {
                    let place = (at.floor() as i64 + k).clamp(0, last as i64);
                    (cubic(k as f64 - part, -0.75), place as usize)
                };
                (-1..=2).map(tap).collect()
            }
        }
    }

    fn round(&self, x: f64) -> f64 {
        if self.double { x } else { x as f32 as f64 }
    }

    /// Distance between the places of neighbouring results.
    fn step(&self) -> f64 {
        let step = match self.factor {
            _ if self.align_corners && self.output < 2 => 0.0,
            _ if self.align_corners => (self.input - 1) as f64 / (self.output - 1) as f64,
            Some(factor) if factor > 0.0 => 1.0 / factor,
            _ => self.input as f64 / self.output as f64,
        };
        self.round(step)
    }

    /// The place of result `i`, counted from the centre of the first element.
    fn centre(&self, i: usize) -> f64 {
        if self.align_corners {
            return self.round(i as f64 * self.step());
        }
        self.round(self.round(self.step() * (i as f64 + 0.5)) - 0.5)
    }

    /// The taps of a kernel that is stretched over what is made smaller, their weights adding up to 1.
    fn smoothed(&self, kernel: Kernel, i: usize) -> Row {
        let step = self.step();
        let stretch = step.max(1.0);
        let reach = stretch
            * match kernel {
                Kernel::Cubic => 2.0,
                Kernel::Lanczos => 3.0,
                _ => 1.0,
            };
        let centre = self.round(step * (i as f64 + 0.5));
        let first = (centre - reach + 0.5).max(0.0) as usize;
        let end = ((centre + reach + 0.5) as usize).min(self.input);
        let first = first.min(end.saturating_sub(1));
        let weight = |j: usize| {
            let distance = (j as f64 - centre + 0.5) / stretch;
            match kernel {
                Kernel::Cubic => cubic(distance, -0.5),
                Kernel::Lanczos => lanczos(distance),
                _ => (1.0 - distance.abs()).max(0.0),
            }
        };
        let total: f64 = (first..end).map(weight).sum();
        (first..end).map(|j| (weight(j) / total, j)).collect()
    }
}

/// The kernel of cubic convolution with slope `a` at distance 1.
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

/// `sinc(x) sinc(x / 3)` within three lobes.
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
