//! Convolutions through tiles in shared memory: `conv_tiled.wgsl`.

use super::product::Product;
use crate::engine::{Bound, Grid};
use crate::gpu::Gpu;
use crate::kernels::dispatch::Dispatch;
use crate::kernels::tiles::{Parts, Tiling};
use rushlight_backend::plan::volume;
use rushlight_backend::{Result, View};
use rushlight_shaders::{Compute, Stored, kernels};

pub(super) fn run(
    gpu: &Gpu,
    product: &Product,
    a: &View<'_>,
    b: &View<'_>,
    out: &View<'_>,
) -> Result<()> {
    let dtype = out.dtype();
    let work = Work {
        gpu,
        product,
        compute: gpu
            .capabilities
            .arithmetic("conv", dtype.compute(), [dtype])?,
        operand: gpu.capabilities.stored("conv", dtype)?,
        count: out.layout().numel(),
    };
    let size = [product.m, product.n, product.length()];
    let tiling = Tiling::new(&gpu.capabilities, work.compute, product.groups, size);
    let (a, b, y) = (gpu.bind(a)?, gpu.bind(b)?, gpu.bind(out)?);
    if tiling.parts == 1 {
        return work.launch(&tiling, [&a, &b, &y], work.operand);
    }
    let parts = Parts::new(gpu, work.compute, tiling.parts, work.count)?;
    work.launch(&tiling, [&a, &b, &parts.bound(gpu)?], parts.stored())?;
    parts.sum(gpu, "conv", y)
}

struct Work<'a> {
    gpu: &'a Gpu,
    product: &'a Product,
    compute: Compute,
    operand: Stored,
    /// Elements of the result.
    count: usize,
}

impl Work<'_> {
    fn launch(&self, tiling: &Tiling, [a, b, y]: [&Bound<'_>; 3], result: Stored) -> Result<()> {
        let product = self.product;
        let workgroups = tiling.workgroups(product.groups);
        let vector = volume(product.positions).is_multiple_of(4) && y.offset.is_multiple_of(4);
        Dispatch::new(self.gpu, "conv", &kernels::CONV_TILED, self.compute)
            .with(|v| tiling.variant(v))
            .stored("a", self.operand, a)
            .stored("b", self.operand, b)
            .stored("y", result, y)
            .swap("source_of_output", product.source_function())
            .constant("Y_VECTOR", u32::from(vector))
            .run(
                product.params(workgroups, self.count, [a, b, y]),
                Grid::groups(workgroups.groups as u64),
            )
    }
}
