//! Matrix products with few rows, or with few columns, which are computed transposed: `matmul_dots.wgsl` if the large operand is contiguous
//! along the sums, `matmul_columns.wgsl` if it is contiguous across them.

use super::matrices::Product;
use crate::engine::{Grid, Launch};
use crate::gpu::Gpu;
use crate::kernels::params::Params;
use crate::kernels::tiles::{ENOUGH, Parts};
use rushlight_backend::Result;
use rushlight_shaders::{Variant, kernels};

/// Rows of a workgroup.
const ROWS: usize = 4;
/// What a part of a sum has at least.
const SHORTEST: usize = 512;

pub(super) fn run(gpu: &Gpu, product: &Product<'_>) -> Result<()> {
    if product.n < product.m {
        return run(gpu, &product.transposed());
    }
    let Product { m, n, k, .. } = *product;
    let entries = product.entries();
    // Columns of a workgroup, and what the length of a part is a multiple of.
    let (kernel, cols, step) = match product.b.along_rows() {
        true => (&kernels::MATMUL_COLUMNS, 128, 8),
        false => (&kernels::MATMUL_DOTS, 8, 128),
    };
    let [groups_m, groups_n] = [m.div_ceil(ROWS), n.div_ceil(cols)];
    let groups = entries * groups_m * groups_n;
    let parts = (ENOUGH / groups).clamp(1, (k / SHORTEST).max(1));
    let part = k.div_ceil(parts).next_multiple_of(step);
    let parts = k.div_ceil(part);
    let launch = |product: &Product<'_>| {
        let params = [m, n, k, parts * groups, groups_m, groups_n, parts, part]
            .into_iter()
            .fold(Params::new(), Params::word);
        let params = product
            .distances(product.offsets(params))
            .word(entries * m * n)
            .word(product.batch.rank());
        let variant = Variant::new(kernel, product.compute)
            .constant("B_VECTOR", u32::from(product.vectors()[1]));
        gpu.launch(&Launch {
            name: product.name,
            variant: product.variant(variant),
            tensors: &product.tensors(),
            params: product.batch(params).bytes(),
            fault: None,
            grid: Grid::groups((parts * groups) as u64),
        })
    };
    if parts == 1 {
        return launch(product);
    }
    let room = Parts::new(gpu, product.compute, parts, entries * m * n)?;
    launch(&product.in_parts(gpu, &room)?)?;
    room.sum(gpu, product.name, product.result())
}
