//! The gradient of max pooling.

use crate::Tensor;
use rushlight_backend::{Dims, Pool, Result};

/// `g` summed at the positions, which index the flattened space.
#[track_caller]
pub(super) fn max_backward(pool: &Pool, g: &Tensor, positions: &Tensor) -> Result<Tensor> {
    let planes = &g.shape()[..g.ndim() - pool.space.len()];
    let flat = |space: &[usize]| -> Dims {
        let space = space.iter().product();
        planes.iter().copied().chain([space]).collect()
    };
    let dim = planes.len() as isize;
    let from = flat(&pool.pooled);
    let zeros = g.new_zeros(&flat(&pool.space))?;
    zeros.scatter_add_(dim, &positions.reshape(&from)?, &g.reshape(&from)?)?;
    let shape: Dims = planes.iter().chain(pool.space.iter()).copied().collect();
    zeros.reshape(&shape)
}
