//! Products without shared memory: `matmul_direct.wgsl`.

use super::matrices::Product;
use crate::engine::Grid;
use crate::gpu::Gpu;
use crate::kernels::tiles::Workgroups;
use rushlight_backend::Result;
use rushlight_backend::plan::ProductPlan;
use rushlight_shaders::kernels;

pub(super) fn run(gpu: &Gpu, product: &Product<'_>) -> Result<()> {
    // Threads along a row, rows of threads, and rows that each thread computes. On a software adapter the threads of a workgroup read the same of a.
    let (across, down) = if gpu.capabilities.is_software_adapter {
        (16, 1)
    } else {
        (8, 8)
    };
    let ProductPlan { m, n, k, .. } = product.plan;
    let most = if gpu.capabilities.is_software_adapter {
        8
    } else {
        4
    };
    let rows = m.next_power_of_two().min(most);
    let groups_n = n.div_ceil(4 * across);
    let groups_m = m.div_ceil(rows * down);
    let groups = groups_n * groups_m * product.entries();
    let vector = product.along_rows()[1] && product.vectors()[1];
    let workgroups = Workgroups {
        groups,
        groups_m,
        groups_n,
        parts: 1,
        part: k,
    };
    product
        .dispatch(gpu, &kernels::MATMUL_DIRECT)
        .constant("WIDTH", (across * down) as u32)
        .constant("ACROSS", across as u32)
        .constant("ROWS", rows as u32)
        .constant("B_VECTOR", u32::from(vector))
        .run(product.params(workgroups), Grid::groups(groups as u64))
}
