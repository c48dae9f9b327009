//! Matrix products with few rows, or with few columns, which are computed transposed: `matmul_dots.wgsl` if the large operand is contiguous
//! along the sums, `matmul_columns.wgsl` if it is contiguous across them.

use super::matrices::Product;
use crate::engine::Grid;
use crate::gpu::Gpu;
use crate::kernels::tiles::{ENOUGH, Parts, Workgroups};
use rushlight_backend::Result;
use rushlight_backend::plan::ProductPlan;
use rushlight_shaders::kernels;

/// Rows of a workgroup.
const ROWS: usize = 4;
/// What a part of a sum has at least.
const SHORTEST: usize = 512;

pub(super) fn run(gpu: &Gpu, product: &Product<'_>) -> Result<()> {
    let ProductPlan { m, n, k, .. } = product.plan;
    if n < m {
        return run(gpu, &product.transposed());
    }
    let entries = product.entries();
    // Columns of a workgroup, and what the length of a part is a multiple of.
    let (kernel, cols, step) = match product.along_rows()[1] {
        true => (&kernels::MATMUL_COLUMNS, 128, 8),
        false => (&kernels::MATMUL_DOTS, 8, 128),
    };
    let [groups_m, groups_n] = [m.div_ceil(ROWS), n.div_ceil(cols)];
    let groups = entries * groups_m * groups_n;
    let parts = (ENOUGH / groups).clamp(1, (k / SHORTEST).max(1));
    let part = k.div_ceil(parts).next_multiple_of(step);
    let parts = k.div_ceil(part);
    let launch = |product: &Product<'_>| {
        let workgroups = Workgroups {
            groups: parts * groups,
            groups_m,
            groups_n,
            parts,
            part,
        };
        product
            .dispatch(gpu, kernel)
            .constant("B_VECTOR", u32::from(product.vectors()[1]))
            .run(
                product.params(workgroups),
                Grid::groups((parts * groups) as u64),
            )
    };
    if parts == 1 {
        return launch(product);
    }
    let room = Parts::new(gpu, product.compute, parts, entries * m * n)?;
    launch(&product.in_parts(gpu, &room)?)?;
    room.sum(gpu, product.name, product.result())
}
