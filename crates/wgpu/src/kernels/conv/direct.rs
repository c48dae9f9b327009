//! Convolutions without shared memory: `conv_direct.wgsl`.

use super::product::Product;
use crate::engine::{Bound, Grid};
use crate::gpu::Gpu;
use crate::kernels::dispatch::Dispatch;
use crate::kernels::tiles::{ENOUGH, LONGEST, Parts, Workgroups};
use rushlight_backend::plan::volume;
use rushlight_backend::{ConvKind, Result, View};
use rushlight_shaders::{Compute, Stored, kernels};

/// Threads of a workgroup; each computes four columns.
const WIDTH: usize = 16;

/// Rows that a thread computes.
fn rows(product: &Product) -> usize {
    product.m.next_power_of_two().min(8)
}

/// The number of points in a part of the sum. On a software adapter it is limited by the number of loop iterations, on a GPU so that there are
/// enough workgroups.
fn part(gpu: &Gpu, product: &Product) -> usize {
    let round = product.inner + 1;
    let rounds = if gpu.capabilities.is_software_adapter {
        LONGEST
    } else {
        let groups =
            product.m.div_ceil(rows(product)) * product.n.div_ceil(4 * WIDTH) * product.groups;
        (volume(product.sums) * round * groups / (16 * ENOUGH)).max(256)
    };
    (rounds / round).max(1)
}

/// Whether sums are short enough, and their parts fit in one binding.
pub(super) fn suits(gpu: &Gpu, product: &Product, out: &View<'_>) -> bool {
    let parts = volume(product.sums).div_ceil(part(gpu, product));
    let bytes = parts * out.layout().numel() * out.dtype().compute().size();
    (product.inner < 2 * LONGEST - 2 || !gpu.capabilities.is_software_adapter)
        && (parts == 1 || gpu.binds_bytes(bytes))
}

/// The shader's function that adds a product: integers have no infinity.
fn add_function(product: &Product, compute: Compute) -> &'static str {
    match (product.kind, compute) {
        (ConvKind::InputGrad, Compute::F32 | Compute::F64) => "add_source_inside",
        _ => "add_source",
    }
}

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
        .arithmetic(name, out.dtype().compute(), [out.dtype()])?;
    let stored = gpu.capabilities.stored(name, out.dtype())?;
    let (a, b, out) = (gpu.bind(a)?, gpu.bind(b)?, gpu.bind(out)?);
    let rows = rows(product);
    let groups_m = product.m.div_ceil(rows);
    let groups_n = product.n.div_ceil(4 * WIDTH);
    let part = part(gpu, product);
    let parts = volume(product.sums).div_ceil(part);
    let groups = groups_n * groups_m * product.groups * parts;
    let workgroups = Workgroups {
        groups,
        groups_m,
        groups_n,
        parts,
        part,
    };
    let launch = |y: Bound<'_>, result: Stored| {
        Dispatch::new(gpu, name, &kernels::CONV_DIRECT, compute)
            .stored("a", stored, &a)
            .stored("b", stored, &b)
            .stored("y", result, &y)
            .swap("source_of_output", product.source_function())
            .swap("add_source", add_function(product, compute))
            .constant("WIDTH", WIDTH as u32)
            .constant("ROWS", rows as u32)
            .run(
                product.params(workgroups, out.numel(), [&a, &b, &y]),
                Grid::groups(groups as u64),
            )
    };
    if parts == 1 {
        return launch(out, stored);
    }
    let room = Parts::new(gpu, compute, parts, out.numel())?;
    launch(room.bound(gpu)?, room.stored())?;
    room.sum(gpu, name, out)
}
