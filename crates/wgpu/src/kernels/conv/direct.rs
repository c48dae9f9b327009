//! Convolutions without shared memory: `conv_direct.wgsl`.

use super::geometry::Product;
use crate::engine::{Grid, Launch};
use crate::gpu::Gpu;
use crate::kernels::params::Params;
use rushlight_backend::{Result, View};
use rushlight_shaders::{Variant, kernels};

/// Threads of a workgroup; each computes four columns.
const WIDTH: usize = 16;

pub(super) fn run(
    gpu: &Gpu,
    product: &Product,
    a: &View<'_>,
    b: &View<'_>,
    out: &View<'_>,
) -> Result<()> {
    let name = "conv";
    let compute = gpu
        .capabilities
        .arithmetic(name, out.dtype.compute(), [out.dtype])?;
    let stored = gpu.capabilities.stored(name, out.dtype)?;
    let tensors = [gpu.bind(a)?, gpu.bind(b)?, gpu.bind(out)?];
    let rows = product.m.next_power_of_two().min(8);
    let groups_n = product.n.div_ceil(4 * WIDTH);
    let groups_m = product.m.div_ceil(rows);
    let groups = groups_n * groups_m * product.groups;
    let params = [
        product.m,
        product.n,
        product.inner,
        groups,
        groups_m,
        groups_n,
    ]
    .into_iter()
    .chain(tensors.iter().map(|t| t.offset as usize))
    .fold(Params::new(), Params::word);
    let params = product.spaces(product.distances(params));
    gpu.launch(&Launch {
        name,
        variant: Variant::new(&kernels::CONV_DIRECT, compute)
            .stored("a", stored)
            .stored("b", stored)
            .stored("y", stored)
            .swap("source_of_output", product.source_function())
            .constant("WIDTH", WIDTH as u32)
            .constant("ROWS", rows as u32),
        tensors: &tensors,
        params: params.bytes(),
        grid: Grid::groups(groups as u64),
    })
}
