//! Products without shared memory: `matmul_direct.wgsl`.

use super::product::Product;
use crate::engine::{Grid, Launch};
use crate::gpu::Gpu;
use crate::kernels::params::Params;
use rushlight_backend::Result;
use rushlight_shaders::{Variant, kernels};

/// Threads of a workgroup, how many of them side by side, and rows that each computes.
struct Shape {
    width: usize,
    across: usize,
    rows: usize,
}

const PROCESSOR: Shape = Shape {
    width: 16,
    across: 16,
    rows: 8,
};
const SMALL: Shape = Shape {
    width: 64,
    across: 8,
    rows: 4,
};

pub(super) fn run(gpu: &Gpu, product: &Product<'_>) -> Result<()> {
    let shape = if gpu.capabilities.is_cpu {
        PROCESSOR
    } else {
        SMALL
    };
    let Product {
        m, n, k, a, b, y, ..
    } = *product;
    let groups_n = n.div_ceil(4 * shape.across);
    let groups_m = m.div_ceil(shape.rows * (shape.width / shape.across));
    let groups = groups_n * groups_m * product.entries();
    let vector = b.along_rows() && product.vectors()[1];
    let params = [m, n, k, groups, groups_n, groups_m, product.batch.rank()]
        .into_iter()
        .fold(Params::new(), Params::word);
    let params = [a.row, a.col, b.row, b.col, product.bias_col(), y.row, y.col]
        .into_iter()
        .fold(product.offsets(params), Params::word);
    let variant = Variant::new(&kernels::MATMUL_DIRECT, product.compute)
        .constant("WIDTH", shape.width as u32)
        .constant("ACROSS", shape.across as u32)
        .constant("ROWS", shape.rows as u32)
        .constant("B_VECTOR", u32::from(vector));
    gpu.launch(&Launch {
        name: product.name,
        variant: product.variant(variant),
        tensors: &product.tensors(),
        params: product.batch(params).bytes(),
        grid: Grid::groups(groups as u64),
    })
}
