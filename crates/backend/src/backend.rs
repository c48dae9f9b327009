//! The trait that a backend implements: about twenty methods, one per kernel family.

use crate::plan::{
    ConvPlan, FillPlan, FusedPlan, GatherPlan, LinalgPlan, MapPlan, Order, Planned, PoolPlan,
    ProductPlan, ReducePlan, RowsPlan, ScatterPlan, StepPlan,
};
use crate::{Arg, Check, Result, Scan, Storage, View};

/// The parameter, gradient and states of one tensor in an optimizer's step.
pub struct StepViews<'a> {
    /// The parameter; written.
    pub param: View<'a>,
    /// Its gradient.
    pub grad: View<'a>,
    /// Its states in the order that [`OptimizerStep`](crate::OptimizerStep) gives, of [their dtype](crate::OptimizerStep::state_dtype); written.
    pub states: &'a [View<'a>],
    /// The number of this step, from 1.
    pub step: u64,
    /// Numbers that depend on the parameter's past, if [`OptimizerStep`](crate::OptimizerStep) requires some.
    pub factors: [f64; 2],
}

/// Whether a backend computed a fused operation or leaves it to be composed of others.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Done {
    /// The results are written.
    Yes,
    /// Nothing was computed.
    Compose,
}

/// Passes the bytes of an upload to the given function, chunk by chunk.
pub type Chunks<'a> = dyn FnMut(&mut dyn FnMut(&[u8])) -> Result<()> + 'a;

/// A device that stores tensors and computes operations on them.
///
/// The argument of a computing method is a [`Planned`]: a plan with its tensors, checked by the function of the same name in
/// [`plan`](crate::plan), whose page documents the operation. Indices computed from the plan are in bounds. Outputs do not overlap each other; if
/// an input overlaps an output, the operation reads its old elements.
/// An error leaves the contents of the outputs unspecified but the process sound.
pub trait Backend: Send + Sync + 'static {
    /// The device's name in messages: `cpu`, `gpu:0`.
    fn name(&self) -> &str;

    /// Whether elements can be read without waiting, because operations are complete when their call returns. Decisions that depend on
    /// elements are then made on the host; on other devices both alternatives are computed, or the device decides.
    fn reads_at_once(&self) -> bool {
        false
    }

    /// Allocates at least `bytes` bytes, initialized to unspecified values.
    fn alloc(&self, bytes: usize) -> Result<Storage>;

    /// Allocates a block with the content `bytes`.
    fn upload(&self, bytes: &[u8]) -> Result<Storage>;

    /// Allocates a block with the `bytes` bytes that `write` produces. A device with staging buffers lets `write` fill them directly.
    fn upload_chunks(&self, bytes: usize, write: &mut Chunks<'_>) -> Result<Storage> {
        let mut all = Vec::with_capacity(bytes);
        write(&mut |chunk| all.extend_from_slice(chunk))?;
        self.upload(&all)
    }

    /// Overwrites part of a block, from byte `offset`.
    fn write(&self, storage: &Storage, offset: usize, bytes: &[u8]) -> Result<()>;

    /// Reads `out.len()` bytes from byte `offset` on, after all earlier work on the block.
    fn download(&self, storage: &Storage, offset: usize, out: &mut [u8]) -> Result<()>;

    /// Waits until all work is complete.
    fn synchronize(&self) -> Result<()>;

    /// Sets every element to one value: [`crate::plan::fill`].
    fn fill(&self, call: Planned<'_, FillPlan>) -> Result<()>;

    /// An elementwise operation: [`crate::plan::map`].
    fn map(&self, call: Planned<'_, MapPlan>) -> Result<()>;

    /// A reduction along some dimensions: [`crate::plan::reduce`].
    fn reduce(&self, call: Planned<'_, ReducePlan>) -> Result<()>;

    /// Positions of the maximum or minimum along a dimension: [`crate::plan::arg_reduce`].
    fn arg_reduce(&self, call: Planned<'_, RowsPlan<Arg>>) -> Result<()>;

    /// A cumulative operation along a dimension: [`crate::plan::scan`].
    fn scan(&self, call: Planned<'_, RowsPlan<Scan>>) -> Result<()>;

    /// A stable sorting order along a dimension: [`crate::plan::argsort`].
    fn argsort(&self, call: Planned<'_, RowsPlan<Order>>) -> Result<()>;

    /// A matrix product, or a batch of them: [`crate::plan::matmul`].
    fn matmul(&self, call: Planned<'_, ProductPlan>) -> Result<()>;

    /// A solution, decomposition or function of matrices: [`crate::plan::linalg`]. A matrix without a result (singular, not positive definite,
    /// not finite) is an error.
    fn linalg(&self, call: Planned<'_, LinalgPlan>) -> Result<()>;

    /// A convolution or one of its gradients: [`crate::plan::conv`].
    fn conv(&self, call: Planned<'_, ConvPlan>) -> Result<()>;

    /// A pooling: [`crate::plan::pool`].
    fn pool(&self, call: Planned<'_, PoolPlan>) -> Result<()>;

    /// Reads by index: [`crate::plan::gather`]. An index below 0 or not below the size is an error.
    fn gather(&self, call: Planned<'_, GatherPlan>) -> Result<()>;

    /// Writes by index, combining with what is there: [`crate::plan::scatter`]. Repeated indices combine in their order. An index below 0 or not
    /// below the size is an error that leaves the output untouched, or, where errors are reported later, the elements of that index.
    fn scatter(&self, call: Planned<'_, ScatterPlan>) -> Result<()>;

    /// A fused operation, if this backend has a kernel for it: [`crate::plan::fused`].
    fn fused(&self, _call: Planned<'_, FusedPlan<'_>>) -> Result<Done> {
        Ok(Done::Compose)
    }

    /// Checks that every element of `x` meets a requirement, for devices where reading the elements would wait. A violation is an error when a
    /// result that depends on `x` is read. [`Done::Compose`] leaves the check to the caller.
    fn check(&self, _check: Check, _x: &View<'_>) -> Result<Done> {
        Ok(Done::Compose)
    }

    /// One optimizer step for a whole parameter group, if this backend has a kernel for it: [`crate::plan::optimizer_step`].
    fn optimizer_step(&self, _call: Planned<'_, StepPlan<'_>>) -> Result<Done> {
        Ok(Done::Compose)
    }
}
