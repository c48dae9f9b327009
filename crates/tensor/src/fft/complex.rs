//! Complex numbers as pairs of tensors, and their Fourier transform along the last dimension.

use super::Direction;
use crate::{PadMode, Tensor, apply};
use rushlight_backend::{DType, Fused, Op, Result};
use smallvec::SmallVec;
use std::f64::consts::TAU;
use std::sync::Arc;

/// Transforms up to this length are one matrix product; longer ones are split into factors.
const DIRECT: usize = 64;

/// Real and imaginary part; the latter is `None` if it is zero.
pub(super) struct Complex {
    re: Tensor,
    im: Option<Tensor>,
}

impl Complex {
    pub fn from_real(re: Tensor) -> Complex {
        Complex { re, im: None }
    }

    /// Both parts.
    #[track_caller]
    pub fn parts(self) -> Result<(Tensor, Tensor)> {
        let im = match self.im {
            Some(im) => im,
            None => self.re.zeros_like()?,
        };
        Ok((self.re, im))
    }

    /// The real part.
    pub fn real(self) -> Result<Tensor> {
        Ok(self.re)
    }

    #[track_caller]
    fn each(&self, f: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Complex> {
        Ok(Complex {
            re: f(&self.re)?,
            im: self.im.as_ref().map(&f).transpose()?,
        })
    }

    pub fn scaled(&self, factor: f64) -> Result<Complex> {
        self.each(|t| t.mul(factor))
    }

    /// Applies a function with dimension `dim` as the last one.
    #[track_caller]
    pub fn along(&self, dim: usize, f: impl Fn(Complex) -> Result<Complex>) -> Result<Complex> {
        let dim = dim as isize;
        let done = f(self.each(|t| t.movedim(dim, -1))?)?;
        done.each(|t| t.movedim(-1, dim))
    }

    /// The first `n` along the last dimension.
    #[track_caller]
    pub fn narrow(&self, n: usize) -> Result<Complex> {
        self.each(|t| t.narrow(-1, 0, n))
    }

    /// A spectrum of `n` points from its first `n/2 + 1`: the others are their conjugates, in reverse order.
    #[track_caller]
    pub fn unfolded(&self, n: usize) -> Result<Complex> {
        let mirrored = |t: &Tensor| t.narrow(-1, 1, (n - 1) / 2)?.flip(-1);
        let im = match &self.im {
            None => None,
            Some(im) => Some(Tensor::cat(&[im, &mirrored(im)?.neg()?], -1)?),
        };
        Ok(Complex {
            re: Tensor::cat(&[&self.re, &mirrored(&self.re)?], -1)?,
            im,
        })
    }

    /// `Σ zⱼ e^(±2πi jk/n)` along the last dimension.
    #[track_caller]
    pub fn dft(&self, direction: Direction) -> Result<Complex> {
        let f = Fused::Fourier {
            inverse: direction == Direction::Inverse,
        };
        let shape = self.re.shape();
        let n = self.re.size(-1)?;
        let rows = self.each(|t| t.reshape([t.numel() / n, n]))?;
        let inputs: SmallVec<[&Tensor; 2]> = std::iter::once(&rows.re).chain(&rows.im).collect();
        let parts = apply(Op::Fused(Arc::new(f)), &inputs)?;
        Ok(Complex {
            re: parts.select(0, 0)?.reshape(shape)?,
            im: Some(parts.select(0, 1)?.reshape(shape)?),
        })
    }

    /// [`Complex::dft`] as products with matrices of cosines and sines, one for each factor of the length; a length with a large prime factor is
    /// replaced by a power of two.
    #[track_caller]
    fn composed(&self, direction: Direction) -> Result<Complex> {
        let n = self.re.size(-1)?;
        if n <= DIRECT {
            let (cos, sin) = circle(n, n, n, direction, &self.re)?;
            return self.times(&cos, &sin, |a, b| a.matmul(b));
        }
        let Some(rows) = (2..=DIRECT).rev().find(|f| n % f == 0) else {
            return self.convolved(direction);
        };
        // Cooley and Tukey: j = j₁ cols + j₂ and k = k₁ + rows k₂.
        let cols = n / rows;
        let split = |t: &Tensor| t.unflatten(-1, [rows, cols])?.mt();
        let inner = self.each(split)?.composed(direction)?.each(|t| t.mt())?;
        let (cos, sin) = circle(rows, cols, n, direction, &self.re)?;
        let rotated = inner.times(&cos, &sin, |a, b| a.mul(b))?;
        rotated
            .composed(direction)?
            .each(|t| t.mt()?.flatten(-2, -1))
    }

    /// Bluestein's algorithm: `2jk = j² + k² - (k - j)²` makes the transform a convolution with the chirp `e^(±πi j²/n)`.
    #[track_caller]
    fn convolved(&self, direction: Direction) -> Result<Complex> {
        let n = self.re.size(-1)?;
        let size = (2 * n - 1).next_power_of_two();
        let (cos, sin) = chirp(n, direction, &self.re)?;
        let padded = |t: &Tensor| t.pad([0, (size - n) as isize], PadMode::Constant(0.into()));
        let spread = self
            .times(&cos, &sin, |a, b| a.mul(b))?
            .each(padded)?
            .composed(Direction::Forward)?;
        // The conjugate chirp, the same on both sides of 0.
        let both = |t: &Tensor| {
            let mirrored = t.narrow(-1, 1, n - 1)?.flip(-1)?;
            let between = t.new_zeros(size + 1 - 2 * n)?;
            Tensor::cat(&[t, &between, &mirrored], -1)
        };
        let kernel = Complex {
            re: both(&cos)?,
            im: Some(both(&sin.neg()?)?),
        };
        let (re, im) = kernel.composed(Direction::Forward)?.parts()?;
        let scale = 1.0 / size as f64;
        spread
            .times(&re.mul(scale)?, &im.mul(scale)?, |a, b| a.mul(b))?
            .composed(Direction::Inverse)?
            .narrow(n)?
            .times(&cos, &sin, |a, b| a.mul(b))
    }

    /// The product with `cos + i sin`.
    #[track_caller]
    fn times(
        &self,
        cos: &Tensor,
        sin: &Tensor,
        product: impl Fn(&Tensor, &Tensor) -> Result<Tensor>,
    ) -> Result<Complex> {
        let (mut re, mut im) = (product(&self.re, cos)?, product(&self.re, sin)?);
        if let Some(own) = &self.im {
            re = re.sub(&product(own, sin)?)?;
            im = im.add(&product(own, cos)?)?;
        }
        Ok(Complex { re, im: Some(im) })
    }
}

/// [`rushlight_backend::Fused::Fourier`] for backends without a kernel.
#[track_caller]
pub(crate) fn composed(re: &Tensor, im: Option<&Tensor>, inverse: bool) -> Result<Tensor> {
    let z = Complex {
        re: re.clone(),
        im: im.cloned(),
    };
    let direction = match inverse {
        true => Direction::Inverse,
        false => Direction::Forward,
    };
    let (re, im) = z.composed(direction)?.parts()?;
    Tensor::stack(&[&re, &im], 0)
}

/// `cos` and `± sin` of `π j²/n` for `j < n`.
#[track_caller]
fn chirp(n: usize, direction: Direction, like: &Tensor) -> Result<(Tensor, Tensor)> {
    let j = Tensor::arange(0, n, 1, (DType::I64, like.device()))?;
    // Exact, because j² is an integer and the function has the period 2 n.
    parts_of(&j.mul(&j)?.remainder(2 * n)?, 2 * n, direction, like)
}

/// `cos` and `± sin` of `2π jk/n` for `j < rows` and `k < cols`, exact in the angle.
#[track_caller]
fn circle(
    rows: usize,
    cols: usize,
    n: usize,
    direction: Direction,
    like: &Tensor,
) -> Result<(Tensor, Tensor)> {
    let steps = |count: usize| Tensor::arange(0, count, 1, (DType::I64, like.device()));
    let turns = steps(rows)?
        .unsqueeze(1)?
        .mul(&steps(cols)?)?
        .remainder(n)?;
    parts_of(&turns, n, direction, like)
}

/// `cos` and `± sin` of these `n`-ths of a turn.
#[track_caller]
fn parts_of(
    turns: &Tensor,
    n: usize,
    direction: Direction,
    like: &Tensor,
) -> Result<(Tensor, Tensor)> {
    let angle = turns.to(DType::F64)?.mul(TAU / n as f64)?;
    let sin = angle.sin()?.to(like.dtype())?;
    Ok((
        angle.cos()?.to(like.dtype())?,
        if direction == Direction::Forward {
            sin.neg()?
        } else {
            sin
        },
    ))
}
