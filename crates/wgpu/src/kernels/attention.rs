//! Attention without a matrix of scores in memory (flash attention), and its gradients: `attention.wgsl`, `attention_grad.wgsl`.

use super::dispatch::Dispatch;
use super::params::{Number, params};
use crate::engine::{Bound, Grid};
use crate::gpu::Gpu;
use rushlight_backend::{Done, Result, Scalar, View};
use rushlight_shaders::kernels;

const NAME: &str = "scaled_dot_product_attention";

/// Columns that a thread of the kernels keeps, times sixteen threads.
const WIDEST: usize = 128;
/// Rows that a workgroup takes.
const ROWS: usize = 16;

/// Offset, and strides of matrix, row and column.
fn start_and_strides(t: &Bound<'_>) -> [usize; 4] {
    [t.offset as usize, t.strides[0], t.strides[1], t.strides[2]]
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
    let [q, k, v] = [gpu.bind(q)?, gpu.bind(k)?, gpu.bind(v)?];
    let [y, lse] = [gpu.bind(y)?, gpu.bind(lse)?];
    Dispatch::new(gpu, NAME, &kernels::ATTENTION, compute)
        .tensors([("q", &q), ("k", &k), ("v", &v), ("y", &y), ("lse", &lse)])?
        .run(
            params! {
                q: start_and_strides(&q), k: start_and_strides(&k), v: start_and_strides(&v), y: y.offset, lse: lse.offset,
                queries: shape[1], keys, width: shape[2], value_width: v.shape[2],
                causal, scale: Number(Scalar::Float(scale), compute),
            },
            Grid::exact(shape[1].div_ceil(ROWS) as u32, shape[0] as u32, 1),
        )?;
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
    let [g, q, k] = [gpu.bind(g)?, gpu.bind(q)?, gpu.bind(k)?];
    let [v, y, lse] = [gpu.bind(v)?, gpu.bind(y)?, gpu.bind(lse)?];
    let [dq, dk, dv] = [gpu.bind(dq)?, gpu.bind(dk)?, gpu.bind(dv)?];
    // For queries, then for keys and values.
    for (rows, dx, dv) in [(shape[1], &dq, None), (keys, &dk, Some(&dv))] {
        Dispatch::new(gpu, NAME, &kernels::ATTENTION_GRAD, compute)
            .constant("KEYS", u32::from(dv.is_some()))
            .tensors([("g", &g), ("q", &q), ("k", &k), ("v", &v), ("y", &y), ("lse", &lse)])?
            .tensor("dx", dx)?
            .optional("dv", dv, ("dx", dx))?
            .run(
                params! {
                    g: start_and_strides(&g), q: start_and_strides(&q), k: start_and_strides(&k), v: start_and_strides(&v), y: y.offset, lse: lse.offset,
                    dx: dx.offset, dv: dv.map_or(0, |dv| dv.offset),
                    queries: shape[1], keys, width: shape[2], value_width: v.shape[2],
                    causal, scale: Number(Scalar::Float(scale), compute),
                },
                Grid::exact(rows.div_ceil(ROWS) as u32, shape[0] as u32, 1),
            )?;
    }
    Ok(Done::Yes)
}
