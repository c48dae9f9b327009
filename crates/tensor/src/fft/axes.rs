//! The dimensions of a Fourier transform, each with its number of points.

use super::Kind;
use crate::parameters::dim_of;
use crate::{Ints, Tensor};
use rushlight_backend::{DType, Error, Result};

/// Dimensions, each with the number of points of the transform.
pub(super) struct Plan(Vec<(usize, usize)>);

impl Plan {
    #[track_caller]
    pub fn new(
        name: &str,
        x: &Tensor,
        kind: Kind,
        s: Option<Ints>,
        dims: Option<Ints>,
    ) -> Result<Plan> {
        if matches!(x.dtype(), DType::F16 | DType::BF16) {
            return Err(Error::dtype(format!(
                "{name}: not defined for {}; convert to float32 or float64",
                x.dtype()
            )));
        }
        let rank = x.ndim();
        let counts = s.as_ref().map(Ints::as_slice);
        let dims: Vec<isize> = match (&dims, counts) {
            (Some(dims), _) => dims.as_slice().to_vec(),
            (None, Some(counts)) => (-(counts.len() as isize)..0).collect(),
            (None, None) => (0..rank as isize).collect(),
        };
        if dims.is_empty() && kind != Kind::Full {
            return Err(Error::shape(format!(
                "{name}: at least one dimension is needed, shape {:?} and {dims:?} leave none",
                x.shape()
            )));
        }
        if counts.is_some_and(|counts| counts.len() != dims.len()) {
            return Err(Error::value(format!(
                "{name}: numbers of points {counts:?} and dimensions {dims:?} must be as many"
            )));
        }
        let mut plan = Vec::new();
        for (i, &dim) in dims.iter().enumerate() {
            if rank == 0 {
                return Err(Error::index(format!(
                    "{name}: dimension {dim} of a tensor without dimensions"
                )));
            }
            let d = dim_of(name, dim, rank)?;
            if plan.iter().any(|(other, _)| *other == d) {
                return Err(Error::value(format!(
                    "{name}: dimension {d} appears more than once in {dims:?}"
                )));
            }
            let own = match (kind, x.shape()[d]) {
                (Kind::FromHalf, n) if i + 1 == dims.len() => (n as isize - 1).saturating_mul(2),
                (_, n) => n as isize,
            };
            // -1 leaves the size as it is.
            let n = counts.map_or(own, |counts| if counts[i] == -1 { own } else { counts[i] });
            if n < 1 {
                return Err(Error::value(format!(
                    "{name}: {n} points along dimension {d} of shape {:?}; at least 1 is needed",
                    x.shape()
                )));
            }
            plan.push((d, n as usize));
        }
        Ok(Plan(plan))
    }

    /// Each dimension, its number of points, and whether it is the last, in the order of the work.
    pub fn steps(&self, kind: Kind) -> Vec<(usize, usize, bool)> {
        let all = self.0.iter().enumerate();
        let mut steps: Vec<_> = all
            .map(|(i, &(dim, n))| (dim, n, i + 1 == self.0.len()))
            .collect();
        if kind == Kind::ToHalf {
            steps.reverse();
        }
        steps
    }

    /// The number of points of a transform over all dimensions.
    pub fn points(&self) -> usize {
        self.0.iter().map(|(_, n)| n).product()
    }

    /// The input in a floating-point dtype, truncated or padded with zeros.
    #[track_caller]
    pub fn cut(&self, x: &Tensor, kind: Kind) -> Result<Tensor> {
        let mut x = if x.dtype().is_float() {
            x.clone()
        } else {
            x.to(DType::F32)?
        };
        for (i, &(dim, n)) in self.0.iter().enumerate() {
            let half = kind == Kind::FromHalf && i + 1 == self.0.len();
            let wanted = if half { n / 2 + 1 } else { n };
            let (d, have) = (dim as isize, x.shape()[dim]);
            if have > wanted {
                x = x.narrow(d, 0, wanted)?;
            } else if have < wanted {
                let mut shape = x.shape().to_vec();
                shape[dim] = wanted - have;
                x = Tensor::cat(&[&x, &x.new_zeros(shape)?], d)?;
            }
        }
        Ok(x)
    }
}
