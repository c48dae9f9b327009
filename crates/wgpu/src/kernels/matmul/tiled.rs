//! Products through tiles in shared memory: `matmul_tiled.wgsl`.

use super::matrices::Product;
use crate::engine::{Grid, Launch};
use crate::gpu::Gpu;
use crate::kernels::params::Params;
use crate::kernels::tiles::{Parts, Tiling};
use rushlight_backend::Result;
use rushlight_shaders::{Variant, kernels};

pub(super) fn run(gpu: &Gpu, product: &Product<'_>) -> Result<()> {
    let Product { m, n, k, .. } = *product;
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
    let Product {
        m, n, k, a, b, y, ..
    } = *product;
    let entries = product.entries();
    let groups = tiling.groups(entries);
    let vectors = product.vectors();
    let constants = [
        ("A_ALONG_K", a.along_rows()),
        ("B_ALONG_K", !b.along_rows()),
        ("A_VECTOR", vectors[0]),
        ("B_VECTOR", vectors[1]),
        ("Y_VECTOR", vectors[2] && y.along_rows()),
        ("EDGE", !k.is_multiple_of(tiling.depth)),
    ];
    let variant = constants.into_iter().fold(
        tiling.variant(Variant::new(&kernels::MATMUL_TILED, product.compute)),
        |variant, (name, value)| variant.constant(name, u32::from(value)),
    );
    let params = [
        m,
        n,
        k,
        groups,
        tiling.tiles_m,
        tiling.tiles_n,
        tiling.parts,
        tiling.part,
    ]
    .into_iter()
    .fold(Params::new(), Params::word);
    let params = product
        .distances(product.offsets(params))
        .word(entries * m * n)
        .word(product.batch.rank());
    gpu.launch(&Launch {
        name: product.name,
        variant: product.variant(variant),
        tensors: &product.tensors(),
        params: product.batch(params).bytes(),
        fault: None,
        grid: Grid::groups(groups as u64),
    })
}
