//! Operations along dimensions: reductions and cumulative operations.

use super::Saved;
use crate::{DType, MAX_RANK};

/// A reduction of all elements along some dimensions to one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reduce {
    /// `Σ x`; integers and booleans in `int64`.
    Sum,
    /// `Σ x / n`; floats only.
    Mean,
    /// `Π x`; integers and booleans in `int64`.
    Prod,
    /// The largest; NaN if any is.
    Max,
    /// The smallest; NaN if any is.
    Min,
    /// Whether any is not 0; gives `bool`.
    Any,
    /// Whether none is 0; gives `bool`.
    All,
}

impl Reduce {
    /// Every reduction.
    pub const ALL: &[Reduce] = &[
        Reduce::Sum,
        Reduce::Mean,
        Reduce::Prod,
        Reduce::Max,
        Reduce::Min,
        Reduce::Any,
        Reduce::All,
    ];

    /// PyTorch's name.
    pub const fn name(self) -> &'static str {
        match self {
            Reduce::Sum => "sum",
            Reduce::Mean => "mean",
            Reduce::Prod => "prod",
            Reduce::Max => "amax",
            Reduce::Min => "amin",
            Reduce::Any => "any",
            Reduce::All => "all",
        }
    }

    /// What the derivative needs.
    pub const fn saves(self) -> &'static [Saved] {
        match self {
            Reduce::Sum | Reduce::Mean | Reduce::Any | Reduce::All => &[],
            Reduce::Prod | Reduce::Max | Reduce::Min => &[Saved::In(0), Saved::Out],
        }
    }

    /// `maximum` or `minimum`, which zero elements do not have, if the result is one of the elements.
    pub(crate) const fn extreme(self) -> Option<&'static str> {
        match self {
            Reduce::Max => Some("maximum"),
            Reduce::Min => Some("minimum"),
            _ => None,
        }
    }

    /// The dtype of the result, or `None` if the reduction refuses `dtype`.
    pub const fn result(self, dtype: DType) -> Option<DType> {
        match self {
            Reduce::Sum | Reduce::Prod => Some(dtype.accumulate()),
            Reduce::Mean if dtype.is_float() => Some(dtype),
            Reduce::Mean => None,
            Reduce::Max | Reduce::Min => Some(dtype),
            Reduce::Any | Reduce::All => Some(DType::Bool),
        }
    }
}

/// A reduction that gives the position of an element, as `int64`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Arg {
    /// Of the largest; of the first NaN if there is one; of the first of equals.
    Max,
    /// Of the smallest; of the first NaN if there is one; of the first of equals.
    Min,
}

impl Arg {
    /// PyTorch's name.
    pub const fn name(self) -> &'static str {
        match self {
            Arg::Max => "argmax",
            Arg::Min => "argmin",
        }
    }

    /// Which element's position it is.
    pub(crate) const fn extreme(self) -> &'static str {
        match self {
            Arg::Max => "maximum",
            Arg::Min => "minimum",
        }
    }
}

/// A running operation along one dimension.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scan {
    /// `yᵢ = x₀ + … + xᵢ`; integers and booleans in `int64`.
    Sum,
    /// `yᵢ = x₀ … xᵢ`; integers and booleans in `int64`.
    Prod,
    /// `yᵢ = ln(e^x₀ + … + e^xᵢ)`; floats only.
    LogSumExp,
    /// The position, as `int64`, of the largest so far: of the last of equals, of the last NaN once there is one.
    ArgMax,
    /// The position, as `int64`, of the smallest so far: of the last of equals, of the last NaN once there is one.
    ArgMin,
}

impl Scan {
    /// PyTorch's name.
    pub const fn name(self) -> &'static str {
        match self {
            Scan::Sum => "cumsum",
            Scan::Prod => "cumprod",
            Scan::LogSumExp => "logcumsumexp",
            Scan::ArgMax => "cummax",
            Scan::ArgMin => "cummin",
        }
    }

    /// What the derivative needs.
    pub const fn saves(self) -> &'static [Saved] {
        match self {
            Scan::Sum | Scan::ArgMax | Scan::ArgMin => &[],
            Scan::Prod | Scan::LogSumExp => &[Saved::In(0), Saved::Out],
        }
    }

    /// The dtype of the result, or `None` if the scan refuses `dtype`.
    pub const fn result(self, dtype: DType) -> Option<DType> {
        match self {
            Scan::Sum | Scan::Prod => Some(dtype.accumulate()),
            Scan::LogSumExp if dtype.is_float() => Some(dtype),
            Scan::LogSumExp => None,
            Scan::ArgMax | Scan::ArgMin => Some(DType::I64),
        }
    }
}

/// A set of dimensions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Axes(u8);

const _: () = assert!(MAX_RANK <= 8);

impl Axes {
    /// No dimension.
    pub const NONE: Axes = Axes(0);

    /// The first `rank` dimensions.
    #[inline]
    pub const fn all(rank: usize) -> Axes {
        Axes(if rank >= 8 { u8::MAX } else { (1 << rank) - 1 })
    }

    /// One dimension.
    #[inline]
    pub const fn one(dim: usize) -> Axes {
        Axes(1 << dim)
    }

    /// This set and `dim`.
    #[inline]
    #[must_use]
    pub const fn with(self, dim: usize) -> Axes {
        Axes(self.0 | 1 << dim)
    }

    /// Whether `dim` is in the set.
    #[inline]
    pub const fn contains(self, dim: usize) -> bool {
        self.0 >> dim & 1 == 1
    }

    /// How many dimensions the set holds.
    #[inline]
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether the set is empty.
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The dimensions in order.
    #[inline]
    pub fn iter(self) -> impl DoubleEndedIterator<Item = usize> {
        (0..MAX_RANK).filter(move |&d| self.contains(d))
    }
}
