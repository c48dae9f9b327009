//! Products of `float16` through cooperative matrices: `matmul_cooperative.wgsl`.

use super::matrices::Product;
use crate::capabilities::COOPERATIVE_MEMORY;
use crate::engine::Grid;
use crate::gpu::Gpu;
use crate::kernels::dispatch::Dispatch;
use crate::kernels::tiles::Workgroups;
use rushlight_backend::plan::ProductPlan;
use rushlight_backend::{DType, Result};
use rushlight_shaders::{Stored, kernels};

/// Rows and columns of a tile.
const TILE: usize = 128;
/// Bytes of shared memory that a second pair of tiles takes.
const SECOND_PAIR: u32 = 20 << 10;

/// Whether the GPU has the matrices, and the product suits them.
pub(super) fn suits(gpu: &Gpu, product: &Product<'_>) -> bool {
    let [a, b, _] = product.vectors();
    gpu.capabilities.cooperative
        && product.stored == [Stored::Is(DType::F16); 2]
        && a
        && b
        && product.plan.m.min(product.plan.n) >= TILE / 2
        && product.plan.k >= 32
}

pub(super) fn run(gpu: &Gpu, product: &Product<'_>) -> Result<()> {
    let ProductPlan { m, n, k, .. } = product.plan;
    let [a_along_rows, b_along_rows, y_along_rows] = product.along_rows();
    let [groups_m, groups_n] = [m, n].map(|size| size.div_ceil(TILE));
    let groups = groups_m * groups_n * product.entries();
    let twice = gpu.capabilities.shared_memory >= COOPERATIVE_MEMORY + SECOND_PAIR;
    let workgroups = Workgroups {
        groups,
        groups_m,
        groups_n,
        parts: 1,
        part: k,
    };
    Dispatch::new(
        gpu,
        product.name,
        &kernels::MATMUL_COOPERATIVE,
        product.compute,
    )
    .binding(&product.a)
    .binding(&product.b)
    .stored("bias", Stored::Is(DType::F16), &product.bias)
    // Halves in words would be written with atomic operations, which take another capability where there are cooperative matrices.
    .stored("y", Stored::Half, &product.y)
    .constant("A_ALONG_K", u32::from(a_along_rows))
    .constant("B_ALONG_K", u32::from(!b_along_rows))
    .constant("Y_VECTOR", u32::from(product.vectors()[2] && y_along_rows))
    .constant("BIAS", u32::from(product.bias_steps.is_some()))
    .constant("BUFFERS", 1 + u32::from(twice))
    .run(product.params(workgroups), Grid::groups(groups as u64))
}
