//! Complex numbers as pairs of tensors, and their Fourier transform along the last dimension.

use super::Direction;
use crate::Tensor;
use rushlight_backend::{DType, Result};
use std::f64::consts::TAU;

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
        let n = self.re.size(-1)?;
        let rows = (2..=DIRECT).rev().find(|f| n > DIRECT && n % f == 0);
        let Some(rows) = rows else {
            let (cos, sin) = circle(n, n, n, direction, &self.re)?;
            return self.times(&cos, &sin, |a, b| a.matmul(b));
        };
        // Cooley and Tukey: j = j₁ cols + j₂ and k = k₁ + rows k₂.
        let cols = n / rows;
        let split = |t: &Tensor| t.unflatten(-1, [rows, cols])?.mt();
        let inner = self.each(split)?.dft(direction)?.each(|t| t.mt())?;
        let (cos, sin) = circle(rows, cols, n, direction, &self.re)?;
        let rotated = inner.times(&cos, &sin, |a, b| a.mul(b))?;
        rotated.dft(direction)?.each(|t| t.mt()?.flatten(-2, -1))
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
