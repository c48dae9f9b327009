//! Operations as data: a name, the inference of the result's shape and dtype, and the values that the derivative needs.

mod binary;
mod fused;
mod infer;
mod linalg;
mod map;
mod recurrent;
mod reduce;
mod saved;
mod sparse;
mod unary;
pub mod update;
mod view;
mod window;

pub use binary::{Binary, BinaryKind, Compare};
pub use fused::Fused;
pub use infer::{TensorType, promote};
pub use linalg::Linalg;
pub use map::Map;
pub use recurrent::{Recurrent, RecurrentCell};
pub use reduce::{Arg, Axes, Reduce, Scan};
pub use saved::Saved;
pub use sparse::SparseRows;
pub use unary::{Unary, UnaryKind};
pub use update::OptimizerStep;
pub use view::ViewOp;
pub use window::{Conv, ConvKind, Pool, PoolKind, Windows};

use crate::{DType, Layout, Scalar};
use std::sync::Arc;

/// How an index selects elements.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum IndexOp {
    /// Whole slices: `index` is a vector of positions along `dim`. PyTorch: `index_select`.
    Select {
        /// The indexed dimension.
        dim: u8,
    },
    /// Single elements: `index` has a position along `dim` for each element of the result. PyTorch: `gather`.
    Gather {
        /// The indexed dimension.
        dim: u8,
    },
}

/// How a write by index combines with the old element.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ScatterMode {
    /// The value written last.
    Set,
    /// Sum.
    Add,
    /// Product.
    Mul,
    /// The larger.
    Max,
    /// The smaller.
    Min,
}

impl ScatterMode {
    /// The name of [`Op::Scatter`] with this mode.
    pub const fn name(self) -> &'static str {
        match self {
            ScatterMode::Set => "scatter",
            ScatterMode::Add => "scatter_add",
            ScatterMode::Mul => "scatter_mul",
            ScatterMode::Max => "scatter_amax",
            ScatterMode::Min => "scatter_amin",
        }
    }

    /// The values that the derivative needs of x, index, source and the result.
    const fn saves(self) -> &'static [Saved] {
        use Saved::*;
        match self {
            ScatterMode::Set | ScatterMode::Add => &[In(1)],
            ScatterMode::Mul | ScatterMode::Max | ScatterMode::Min => &[In(0), In(1), In(2), Out],
        }
    }
}

/// An operation. Its inputs are given separately, in the order named here.
///
/// Each operation has one result that can carry a gradient. A second one, of positions or statistics, cannot.
#[derive(Clone, PartialEq, Debug)]
pub enum Op {
    /// A function of each element, in fresh contiguous memory: from copies to choices by a condition.
    Map(Map),
    /// The elements converted to a dtype.
    Cast(DType),
    /// The elements moved to another device.
    Transfer,
    /// Every element set to a number; in place only.
    Fill(Scalar),
    /// A reduction along some dimensions.
    Reduce {
        /// What is computed.
        f: Reduce,
        /// The dimensions.
        axes: Axes,
        /// Whether those dimensions stay, with size 1.
        keepdim: bool,
    },
    /// The position of the largest or smallest element along a dimension.
    Arg {
        /// Whether the largest or the smallest.
        f: Arg,
        /// The dimension.
        dim: u8,
        /// Whether the dimension stays, with size 1.
        keepdim: bool,
    },
    /// A cumulative operation along a dimension.
    Scan {
        /// What is computed.
        f: Scan,
        /// The dimension.
        dim: u8,
    },
    /// The indices that sort a dimension.
    Argsort {
        /// The dimension.
        dim: u8,
        /// Whether the largest comes first.
        descending: bool,
    },
    /// A solution, decomposition or function of matrices.
    Linalg(Linalg),
    /// The concatenation of the inputs along a dimension.
    Cat {
        /// The dimension of concatenation.
        dim: u8,
    },
    /// Matrix product of two inputs of at least two dimensions, leading ones broadcast.
    MatMul,
    /// A convolution or one of its gradients.
    Conv(Arc<Conv>),
    /// A pooling or its gradient.
    Pool(Arc<Pool>),
    /// Reads by index: x, index.
    Gather(IndexOp),
    /// Writes by index: x, index, source.
    Scatter(IndexOp, ScatterMode),
    /// The same memory under another layout.
    View(ViewOp),
    /// Inputs base and value: the base with the elements of the layout replaced. In-place writes to views are recorded as this operation.
    SetWindow(Arc<Layout>),
    /// An operation that a backend may have one kernel for.
    Fused(Arc<Fused>),
}

const _: () = assert!(size_of::<Op>() <= 32);

impl Op {
    /// PyTorch's name.
    pub fn name(&self) -> &'static str {
        match self {
            Op::Map(f) => f.name(),
            Op::Cast(_) | Op::Transfer => "to",
            Op::Fill(_) => "fill_",
            Op::Reduce { f, .. } => f.name(),
            Op::Arg { f, .. } => f.name(),
            Op::Scan { f, .. } => f.name(),
            Op::Argsort { .. } => "argsort",
            Op::Cat { .. } => "cat",
            Op::MatMul => "matmul",
            Op::Linalg(f) => f.name(),
            Op::Conv(c) => c.name(),
            Op::Pool(p) => p.kind.name(),
            Op::Gather(IndexOp::Select { .. }) => "index_select",
            Op::Gather(IndexOp::Gather { .. }) => "gather",
            Op::Scatter(IndexOp::Select { .. }, ScatterMode::Add) => "index_add",
            Op::Scatter(IndexOp::Select { .. }, ScatterMode::Set) => "index_copy",
            Op::Scatter(IndexOp::Select { .. }, _) => "index_reduce",
            Op::Scatter(IndexOp::Gather { .. }, mode) => mode.name(),
            Op::View(v) => v.name(),
            Op::SetWindow(_) => "as_strided_scatter",
            Op::Fused(f) => f.name(),
        }
    }

    /// The values that the derivative needs, beyond shapes and dtypes.
    pub fn saves(&self) -> &'static [Saved] {
        use Saved::*;
        match self {
            Op::Map(f) => f.saves(),
            Op::Cast(_)
            | Op::Transfer
            | Op::Fill(_)
            | Op::View(_)
            | Op::SetWindow(_)
            | Op::Cat { .. } => &[],
            Op::Arg { .. } | Op::Argsort { .. } => &[],
            Op::Reduce { f, .. } => f.saves(),
            Op::Scan { f, .. } => f.saves(),
            Op::MatMul | Op::Conv(_) => &[In(0), In(1)],
            Op::Linalg(f) => f.saves(),
            Op::Pool(p) => p.kind.saves(),
            Op::Gather(_) => &[In(1)],
            Op::Scatter(_, mode) => mode.saves(),
            Op::Fused(f) => f.saves(),
        }
    }

    /// [`Op::saves`] of an operation whose result is of `dtype`.
    ///
    /// A half is too coarse as a result that was rounded: at `tanh x = 0.9995` it loses all digits of the derivative `1 - y²`. So the inputs are
    /// saved instead, which are exact, and the result is recomputed in `float32`.
    #[inline]
    pub fn saves_of(&self, dtype: DType) -> &'static [Saved] {
        match dtype.is_half() {
            true => self.saves_of_half(),
            false => self.saves(),
        }
    }

    #[cold]
    fn saves_of_half(&self) -> &'static [Saved] {
        use Saved::*;
        let saves = self.saves();
        let one_of_the_inputs = matches!(
            self,
            Op::Map(
                Map::Unary(Unary::Relu)
                    | Map::Binary(Binary::Copysign)
                    | Map::BinaryScalar(Binary::Copysign, _)
            ) | Op::Reduce {
                f: Reduce::Max | Reduce::Min,
                ..
            } | Op::Scatter(_, ScatterMode::Max | ScatterMode::Min)
        );
        // Linear algebra does not support halves.
        let kept = one_of_the_inputs || matches!(self, Op::Linalg(_));
        if kept || !saves.contains(&Out) {
            return saves;
        }
        match self {
            Op::Scatter(..) => &[In(0), In(1), In(2)],
            Op::Map(Map::Binary(_)) => &[In(0), In(1)],
            Op::Fused(f) if matches!(**f, Fused::Attention { .. }) => &[In(0), In(1), In(2)],
            _ => &[In(0)],
        }
    }

    /// Whether input `needed` is read by the derivative with respect to input `of`.
    ///
    /// A product needs its left factor only for the gradient of its right one.
    #[inline]
    pub fn gradient_reads(&self, of: usize, needed: usize) -> bool {
        match self {
            Op::Map(Map::Binary(f)) => {
                let reads = f.reads(of);
                // A half result is recomputed from both operands.
                reads.out || if needed == 0 { reads.x } else { reads.y }
            }
            Op::MatMul | Op::Conv(_) => of != needed,
            Op::Fused(f) if matches!(**f, Fused::Linear) => of != needed && of != 2,
            _ => true,
        }
    }
}

impl<F: Into<Map>> From<F> for Op {
    #[inline]
    fn from(f: F) -> Op {
        Op::Map(f.into())
    }
}
