//! Products through tiles in shared memory: `matmul_tiled.wgsl`.

use super::matrices::Product;
use crate::engine::Grid;
use crate::gpu::Gpu;
use crate::kernels::tiles::{Parts, Tiling};
use rushlight_backend::Result;
use rushlight_backend::plan::ProductPlan;
use rushlight_shaders::kernels;

pub(super) fn run(gpu: &Gpu, product: &Product<'_>) -> Result<()> {
    let ProductPlan { m, n, k, .. } = product.plan;
    let entries = product.entries();
    let tiling = Tiling::new(&gpu.capabilities, product.compute, entries, [m, n, k]);
    if tiling.parts == 1 {
        return launch(gpu, product, &tiling);
    }
    let parts = Parts::new(gpu, product.compute, tiling.parts, entries * m * n)?;
    launch(gpu, &product.in_parts(gpu, &parts)?, &tiling)?;
    parts.sum(gpu, product.name, product.result())
}

fn launch(gpu: &Gpu, product: &Product<'_>, tiling: &Tiling) -> Result<()> {
    let [a_along_rows, b_along_rows, y_along_rows] = product.along_rows();
    let workgroups = tiling.workgroups(product.entries());
    let vectors = product.vectors();
    let constants = [
        ("A_ALONG_K", a_along_rows),
        ("B_ALONG_K", !b_along_rows),
        ("A_VECTOR", vectors[0]),
        ("B_VECTOR", vectors[1]),
        ("Y_VECTOR", vectors[2] && y_along_rows),
        ("EDGE", !product.plan.k.is_multiple_of(tiling.depth)),
    ];
    let dispatch = product
        .dispatch(gpu, &kernels::MATMUL_TILED)
        .with(|v| tiling.variant(v));
    constants
        .into_iter()
        .fold(dispatch, |d, (name, value)| {
            d.constant(name, u32::from(value))
        })
        .run(
            product.params(workgroups),
            Grid::groups(workgroups.groups as u64),
        )
}
