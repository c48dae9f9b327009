//! Convolutions through tiles in shared memory: `conv_tiled.wgsl`.

use super::product::Product;
use crate::engine::{Bound, Grid, Launch};
use crate::gpu::Gpu;
use crate::kernels::params::Params;
use crate::kernels::tiles::{Parts, Tiling};
use rushlight_backend::plan::volume;
use rushlight_backend::{Result, View};
use rushlight_shaders::{Compute, Stored, Variant, kernels};

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
    let size = [product.m, product.n, work.length()];
    let tiling = Tiling::new(&gpu.capabilities, work.compute, product.groups, size);
    let (a, b, y) = (gpu.bind(a)?, gpu.bind(b)?, gpu.bind(out)?);
    if tiling.parts == 1 {
        return work.launch(&tiling, [a, b, y], work.operand);
    }
    let parts = Parts::new(gpu, work.compute, tiling.parts, work.count)?;
    work.launch(&tiling, [a, b, parts.bound(gpu)?], parts.stored())?;
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
    /// The length of the sums.
    fn length(&self) -> usize {
        self.product.inner * volume(self.product.sums)
    }

    fn launch(&self, tiling: &Tiling, tensors: [Bound<'_>; 3], result: Stored) -> Result<()> {
        let product = self.product;
        let groups = tiling.groups(product.groups);
        let offset = tensors[2].offset as usize;
        let vector = volume(product.positions).is_multiple_of(4) && offset.is_multiple_of(4);
        let params = [product.m, product.n, self.length(), groups]
            .into_iter()
            .chain([tiling.tiles_m, tiling.tiles_n, tiling.parts, tiling.part])
            .chain(tensors.iter().map(|t| t.offset as usize))
            .fold(Params::new(), Params::word);
        let params = product.spaces(product.distances(params).word(self.count));
        let variant = tiling
            .variant(Variant::new(&kernels::CONV_TILED, self.compute))
            .stored("a", self.operand)
            .stored("b", self.operand)
            .stored("y", result)
            .swap("source_of_output", product.source_function())
            .constant("Y_VECTOR", u32::from(vector));
        self.gpu.launch(&Launch {
            name: "conv",
            variant,
            tensors: &tensors,
            params: params.bytes(),
            fault: None,
            grid: Grid::groups(groups as u64),
        })
    }
}
