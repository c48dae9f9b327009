//! What a backend must be able to do: about twenty methods, one per kernel family.

use crate::{
    Arg, Axes, Check, Conv, DType, Fused, IndexOp, Linalg, Map, OptimizerStep, Output, Pool,
    Reduce, Result, Scalar, Scan, ScatterMode, Storage, View,
};

/// The parameter, gradient and states of one tensor in an optimizer's step.
pub struct StepViews<'a> {
    /// The parameter; written.
    pub param: View<'a>,
    /// Its gradient.
    pub grad: View<'a>,
    /// Its states in the order that [`OptimizerStep`] gives, of [their dtype](OptimizerStep::state_dtype); written.
    pub states: &'a [View<'a>],
    /// The number of this step, from 1.
    pub step: u64,
    /// Numbers that depend on the parameter's past, where [`OptimizerStep`] wants some.
    pub factors: [f64; 2],
}

/// Whether a backend did a fused operation or leaves it to be composed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Done {
    /// The results are written.
    Yes,
    /// Nothing was done.
    Compose,
}

/// Hands the bytes of an upload to the function it is given, one chunk after the other.
pub type Chunks<'a> = dyn FnMut(&mut dyn FnMut(&[u8])) -> Result<()> + 'a;

/// A place where tensors live and are computed.
///
/// The caller has checked shapes and dtypes ([`crate::Op::infer`]), has allocated the outputs, and hands in outputs that do not overlap
/// an input except with the same layout. Inputs of elementwise work are already expanded to the output's shape by strides of 0.
/// An error leaves the contents of the outputs unspecified but the process sound.
///
/// Whether the caller did so, a backend whose kernels are unsafe finds out itself, since these methods are safe to call: module
/// [`crate::fit`] has one function for each of them, and what it lets through stays inside the tensors.
pub trait Backend: Send + Sync + 'static {
    /// The device's name in messages: `cpu`, `gpu:0`.
    fn name(&self) -> &str;

    /// Whether looking at elements waits for nothing and costs no more than the look, because work is done when its call returns. What an element
    /// decides is then decided by a look at it; elsewhere it is computed both ways, or found out by the device.
    fn reads_at_once(&self) -> bool {
        false
    }

    /// A block of at least `bytes` bytes, initialised to something.
    fn alloc(&self, bytes: usize) -> Result<Storage>;

    /// A block that holds `bytes`.
    fn upload(&self, bytes: &[u8]) -> Result<Storage>;

    /// A block of the `bytes` bytes that `write` hands over. A device with upload memory of its own has them put there at once.
    fn upload_chunks(&self, bytes: usize, write: &mut Chunks<'_>) -> Result<Storage> {
        let mut all = Vec::with_capacity(bytes);
        write(&mut |chunk| all.extend_from_slice(chunk))?;
        self.upload(&all)
    }

    /// Overwrites part of a block, from byte `offset`.
    fn write(&self, storage: &Storage, offset: usize, bytes: &[u8]) -> Result<()>;

    /// Reads `out.len()` bytes from byte `offset` on, after all earlier work on the block.
    fn download(&self, storage: &Storage, offset: usize, out: &mut [u8]) -> Result<()>;

    /// Waits until all work is done.
    fn synchronize(&self) -> Result<()>;

    /// Sets every element to `value`.
    fn fill(&self, value: Scalar, out: &mut Output<'_>) -> Result<()>;

    /// Elementwise work: inputs are converted to `compute` (but a `Where`'s condition), the result to the output's dtype.
    fn map(&self, f: Map, compute: DType, inputs: &[View<'_>], out: &mut Output<'_>) -> Result<()>;

    /// Reduces `axes` of `x`; `out` has them as dimensions of size 1. Accumulates in `out`'s dtype or better.
    fn reduce(&self, f: Reduce, axes: Axes, x: &View<'_>, out: &mut Output<'_>) -> Result<()>;

    /// The position along `dim` of the extreme element; `out` has size 1 there and dtype `int64`.
    fn arg_reduce(&self, f: Arg, dim: usize, x: &View<'_>, out: &mut Output<'_>) -> Result<()>;

    /// A running operation along `dim`.
    fn scan(&self, f: Scan, dim: usize, x: &View<'_>, out: &mut Output<'_>) -> Result<()>;

    /// The stable order that sorts `x` along `dim`, as `int64`; NaN counts as the largest.
    fn argsort(
        &self,
        dim: usize,
        descending: bool,
        x: &View<'_>,
        out: &mut Output<'_>,
    ) -> Result<()>;

    /// `[.., m, k] x [.., k, n] → [.., m, n]` with equal leading dimensions (strides of 0 where broadcast) and one dtype.
    fn matmul(&self, a: &View<'_>, b: &View<'_>, out: &mut Output<'_>) -> Result<()>;

    /// A solution, decomposition or function of matrices; `outs` has a second view where [`Linalg::auxiliary`] says so.
    /// A matrix that it cannot be done for (singular, not positive definite, not finite) is an error.
    fn linalg(&self, f: Linalg, inputs: &[View<'_>], outs: &mut [Output<'_>]) -> Result<()>;

    /// A convolution or one of its gradients.
    fn conv(&self, conv: &Conv, a: &View<'_>, b: &View<'_>, out: &mut Output<'_>) -> Result<()>;

    /// A pooling; `outs` has a second view, of positions, for a maximum.
    fn pool(&self, pool: &Pool, x: &View<'_>, outs: &mut [Output<'_>]) -> Result<()>;

    /// Reads by index: [`IndexOp::Select`] and [`IndexOp::Gather`]. An index below 0 or not below the size is an error.
    fn gather(
        &self,
        f: IndexOp,
        x: &View<'_>,
        index: &View<'_>,
        out: &mut Output<'_>,
    ) -> Result<()>;

    /// Writes by index into `out`, whole slices ([`IndexOp::Select`]) or elements ([`IndexOp::Gather`]), combining with what is there as `mode` says.
    /// Repeated indices combine in their order. An index below 0 or not below the size is an error that leaves `out` untouched, or, where
    /// errors come to light later, what that index would write.
    fn scatter(
        &self,
        f: IndexOp,
        mode: ScatterMode,
        index: &View<'_>,
        src: &View<'_>,
        out: &mut Output<'_>,
    ) -> Result<()>;

    /// A fused operation, if this backend has a kernel for it.
    fn fused(&self, _f: &Fused, _inputs: &[View<'_>], _outs: &mut [Output<'_>]) -> Result<Done> {
        Ok(Done::Compose)
    }

    /// Whether every element of `x` meets a requirement, where looking at the elements on the host would wait for the device. What the device
    /// finds is an error when what follows from `x` is read. [`Done::Compose`] leaves the look to the caller.
    fn check(&self, _check: Check, _x: &View<'_>) -> Result<Done> {
        Ok(Done::Compose)
    }

    /// One optimizer step for a whole parameter group, if this backend has a kernel for it.
    fn optimizer_step(&self, _f: &OptimizerStep, _group: &[StepViews<'_>]) -> Result<Done> {
        Ok(Done::Compose)
    }
}
