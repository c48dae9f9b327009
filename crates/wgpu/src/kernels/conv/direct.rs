//! Convolutions without shared memory: `conv_direct.wgsl`.

use super::geometry::{Product, volume};
use crate::engine::{Grid, Launch};
use crate::gpu::Gpu;
use crate::kernels::params::Params;
use rushlight_backend::{ConvKind, Result, View};
use rushlight_shaders::{Variant, kernels};

/// Threads of a workgroup; each computes four columns.
const WIDTH: usize = 16;

/// A space and its volume, as four words.
fn space(params: Params, sizes: [usize; 3]) -> Params {
    sizes
        .into_iter()
        .chain([volume(sizes)])
        .fold(params.align(16), Params::word)
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
        .arithmetic(name, out.dtype.compute(), [out.dtype])?;
    let stored = gpu.capabilities.stored(name, out.dtype)?;
    let tensors = [gpu.bind(a)?, gpu.bind(b)?, gpu.bind(out)?];
    let rows = match product.m {
        1 => 1,
        2..=4 => 4,
        _ => 8,
    };
    let groups_n = product.n.div_ceil(4 * WIDTH);
    let groups_m = product.m.div_ceil(rows);
    let groups = groups_n * groups_m * product.groups;
    let words = [
        product.m,
        product.n,
        product.inner,
        groups,
        groups_n,
        groups_m,
    ]
    .into_iter()
    .chain(tensors.iter().map(|t| t.offset as usize))
    .chain(product.group)
    .chain([
        product.a_row,
        product.y_row,
        product.b_block,
        product.y_block,
    ])
    .chain([product.a_inner, product.b_inner]);
    let spaces = [
        product.positions,
        product.sums,
        product.source,
        product.stride,
        product.padding,
        product.dilation,
    ];
    let params = spaces
        .into_iter()
        .fold(words.fold(Params::new(), Params::word), space);
    let source = match product.kind {
        ConvKind::Forward => "source_of_output",
        ConvKind::InputGrad => "source_of_input",
        ConvKind::WeightGrad => "source_of_tap",
    };
    gpu.launch(&Launch {
        name,
        variant: Variant::new(&kernels::CONV_DIRECT, compute)
            .stored("a", stored)
            .stored("b", stored)
            .stored("y", stored)
            .swap("source_of_output", source)
            .constant("WIDTH", WIDTH as u32)
            .constant("ROWS", rows as u32),
        tensors: &tensors,
        params: params.bytes(),
        grid: Grid::groups(groups as u64),
    })
}
