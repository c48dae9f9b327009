//! Attention without a matrix of scores in memory (flash attention), and its gradients: `attention.wgsl`,
//! `attention_query_grad.wgsl`, `attention_key_grad.wgsl`.

use super::params::Params;
use crate::engine::{Bound, Grid, Launch};
use crate::gpu::Gpu;
use rushlight_backend::{Done, Result, Scalar, View};
use rushlight_shaders::{Compute, Kernel, Variant, kernels};

const NAME: &str = "scaled_dot_product_attention";

/// Columns that a thread of the kernels keeps, times sixteen threads.
const WIDEST: usize = 128;
/// Rows that a workgroup takes.
const ROWS: usize = 16;

/// Beginning, and strides of matrix, row and column.
fn place(params: Params, t: &Bound<'_>) -> Params {
    t.strides
        .iter()
        .fold(params.word(t.offset as usize), |p, s| p.word(*s))
}

/// At most how many rounds a thread goes through `length` keys or queries: in each tile the columns of both products, and three sums of a
/// tile's rows.
fn rounds(length: usize, width: usize, value_width: usize) -> usize {
    let columns = width.div_ceil(ROWS) + value_width.div_ceil(ROWS);
    length.div_ceil(ROWS) * (2 * columns * (ROWS + 1) + 3 * ROWS + value_width)
}

/// Whether the kernels take these tensors.
fn fit(gpu: &Gpu, q: &View<'_>, v: &View<'_>, all: &[View<'_>]) -> bool {
    let (q, v) = (q.layout().shape(), v.layout().shape());
    q[2] <= WIDEST
        && v[2] <= WIDEST
        && q[0] <= 65_535
        && q[1].max(v[1]).div_ceil(ROWS) <= 65_535
        && gpu.capabilities.allows(rounds(q[1].max(v[1]), q[2], v[2]))
        && all.iter().all(|t| gpu.fits(t) && t.layout().numel() > 0)
}

fn variant(
    gpu: &Gpu,
    kernel: &'static Kernel,
    compute: Compute,
    names: &[&'static str],
    tensors: &[Bound<'_>],
) -> Result<Variant> {
    let mut variant = Variant::new(kernel, compute);
    for (name, t) in names.iter().zip(tensors) {
        variant = variant.stored(name, gpu.capabilities.stored(NAME, t.dtype)?);
    }
    Ok(variant)
}

/// Inputs q, k and v; results y and the logarithms.
pub(crate) fn forward(
    gpu: &Gpu,
    (scale, causal): (f64, bool),
    inputs: &[View<'_>],
    outs: &[View<'_>],
) -> Result<Done> {
    let ([q, k, v], [y, lse]) = (inputs, outs) else {
        return Ok(Done::Compose);
    };
    if !fit(gpu, q, v, &[*q, *k, *v, *y]) {
        return Ok(Done::Compose);
    }
    let compute = gpu.capabilities.natural(NAME, q.dtype())?;
    let (shape, keys) = (*q.layout().shape(), k.layout().shape()[1]);
    let tensors = [
        gpu.bind(q)?,
        gpu.bind(k)?,
        gpu.bind(v)?,
        gpu.bind(y)?,
        gpu.bind(lse)?,
    ];
    let params = tensors[..3].iter().fold(Params::new(), place);
    let params = params
        .word(tensors[3].offset as usize)
        .word(tensors[4].offset as usize)
        .word(shape[1])
        .word(keys)
        .word(shape[2])
        .word(v.layout().shape()[2])
        .word(causal as usize)
        .align(16)
        .number(Scalar::Float(scale), compute);
    gpu.launch(&Launch {
        name: NAME,
        variant: variant(
            gpu,
            &kernels::ATTENTION,
            compute,
            &["q", "k", "v", "y", "lse"],
            &tensors,
        )?,
        tensors: &tensors,
        params: params.bytes(),
        fault: None,
        grid: Grid::exact(shape[1].div_ceil(ROWS) as u32, shape[0] as u32, 1),
    })?;
    Ok(Done::Yes)
}

/// Inputs g, q, k, v, y and the logarithms; results for q, k and v.
pub(crate) fn backward(
    gpu: &Gpu,
    (scale, causal): (f64, bool),
    inputs: &[View<'_>],
    outs: &[View<'_>],
) -> Result<Done> {
    let ([g, q, k, v, y, lse], [dq, dk, dv]) = (inputs, outs) else {
        return Ok(Done::Compose);
    };
    let dense = y.layout().is_contiguous() && lse.layout().is_contiguous();
    if !dense || !fit(gpu, q, v, &[*g, *q, *k, *v]) {
        return Ok(Done::Compose);
    }
    let compute = gpu.capabilities.natural(NAME, q.dtype())?;
    let (shape, keys) = (*q.layout().shape(), k.layout().shape()[1]);
    let inputs = [
        gpu.bind(g)?,
        gpu.bind(q)?,
        gpu.bind(k)?,
        gpu.bind(v)?,
        gpu.bind(y)?,
        gpu.bind(lse)?,
    ];
    let run = |kernel, names: &[&'static str], outs: &[Bound<'_>], rows: usize| {
        let tensors = [&inputs[..], outs].concat();
        let params = tensors[..4].iter().fold(Params::new(), place);
        let params = tensors[4..]
            .iter()
            .fold(params, |p, t| p.word(t.offset as usize))
            .word(shape[1])
            .word(keys)
            .word(shape[2])
            .word(v.layout().shape()[2])
            .word(causal as usize)
            .align(16)
            .number(Scalar::Float(scale), compute);
        gpu.launch(&Launch {
            name: NAME,
            variant: variant(gpu, kernel, compute, names, &tensors)?,
            tensors: &tensors,
            params: params.bytes(),
            fault: None,
            grid: Grid::exact(rows.div_ceil(ROWS) as u32, shape[0] as u32, 1),
        })
    };
    run(
        &kernels::ATTENTION_QUERY_GRAD,
        &["g", "q", "k", "v", "y", "lse", "dq"],
        &[gpu.bind(dq)?],
        shape[1],
    )?;
    run(
        &kernels::ATTENTION_KEY_GRAD,
        &["g", "q", "k", "v", "y", "lse", "dk", "dv"],
        &[gpu.bind(dk)?, gpu.bind(dv)?],
        keys,
    )?;
    Ok(Done::Yes)
}
