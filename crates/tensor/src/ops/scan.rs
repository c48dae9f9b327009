//! Scans: cumulative sums, products, maxima and minima.

use crate::parameters::dim_of;
use crate::{Tensor, apply};
use rushlight_backend::{DType, Op, Result, Scan};

macro_rules! scans {
    ($($(#[$doc:meta])* $name:ident $variant:ident;)*) => {
        impl Tensor { $(
            $(#[$doc])*
            #[track_caller]
            pub fn $name(&self, dim: isize) -> Result<Tensor> { self.scan(Scan::$variant, dim) }
        )* }
    };
}

scans! {
    /// `yᵢ = x₀ + … + xᵢ` along a dimension; integers and booleans in `int64`. PyTorch: `torch.cumsum`.
    cumsum Sum;
    /// `yᵢ = x₀ … xᵢ` along a dimension; integers and booleans in `int64`. PyTorch: `torch.cumprod`.
    cumprod Prod;
    /// `yᵢ = ln(e^x₀ + … + e^xᵢ)` along a dimension. PyTorch: `torch.logcumsumexp`.
    logcumsumexp LogSumExp;
}

impl Tensor {
    #[track_caller]
    fn scan(&self, f: Scan, dim: isize) -> Result<Tensor> {
        let dim = dim_of(f.name(), dim, self.ndim())? as u8;
        if self.ndim() == 0 {
            return apply(Op::Scan { f, dim }, &[&self.reshape(1)?])?.reshape(());
        }
        apply(Op::Scan { f, dim }, &[self])
    }

    /// The largest so far along a dimension, and its position, the last of equals. PyTorch: `torch.cummax`.
    #[track_caller]
    pub fn cummax(&self, dim: isize) -> Result<(Tensor, Tensor)> {
        self.running(Scan::ArgMax, dim)
    }

    /// The smallest so far along a dimension, and its position, the last of equals. PyTorch: `torch.cummin`.
    #[track_caller]
    pub fn cummin(&self, dim: isize) -> Result<(Tensor, Tensor)> {
        self.running(Scan::ArgMin, dim)
    }

    #[track_caller]
    fn running(&self, f: Scan, dim: isize) -> Result<(Tensor, Tensor)> {
        let keys = if self.dtype() == DType::Bool {
            self.to(DType::U8)?
        } else {
            self.clone()
        };
        let index = keys.detach().scan(f, dim)?;
        Ok((self.gather(dim, &index)?, index))
    }
}
