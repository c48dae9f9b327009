//! Matrix products: merging of batch dimensions, copies and splits of operands, and the choice of a kernel by shape.

mod cooperative;
mod direct;
mod linear;
mod matrices;
mod skinny;
mod split;
mod tiled;

pub(crate) use linear::linear;

use super::{fill, map};
use crate::gpu::Gpu;
use crate::kernels::tiles::LONGEST;
use matrices::Product;
use rushlight_backend::plan::ProductPlan;
use rushlight_backend::{Map, Result, Scalar, View};
use rushlight_shaders::Compute;

/// See [`rushlight_backend::Backend::matmul`].
#[track_caller]
pub(crate) fn matmul(
    gpu: &Gpu,
    plan: &ProductPlan,
    a: &View<'_>,
    b: &View<'_>,
    out: &View<'_>,
) -> Result<()> {
    let task = Task {
        gpu,
        name: "matmul",
        plan: *plan,
        a: *a,
        b: *b,
        bias: None,
        out: *out,
    };
    task.run()
}

/// A product for the operation `name`.
#[track_caller]
pub(crate) fn product(
    gpu: &Gpu,
    name: &'static str,
    a: &View<'_>,
    b: &View<'_>,
    out: &View<'_>,
) -> Result<()> {
    Task::new(gpu, name, [*a, *b], None, *out).run()
}

/// A product `[.., m, k] x [.., k, n] → [.., m, n]`, or a sum of one and a bias `[n]` in every row.
#[derive(Clone, Copy)]
struct Task<'a> {
    gpu: &'a Gpu,
    name: &'static str,
    plan: ProductPlan,
    a: View<'a>,
    b: View<'a>,
    bias: Option<View<'a>>,
    out: View<'a>,
}

/// The kernel that suits the product's shape and the adapter.
fn choose(gpu: &Gpu, product: &Product<'_>) -> Result<()> {
    let ProductPlan { m, n, k, .. } = product.plan;
    let few = m.min(n) <= 8;
    if product.compute == Compute::Pair {
        // The others compute in vectors of WGSL's own types.
        return direct::run(gpu, product);
    }
    if gpu.capabilities.is_software_adapter {
        // On a software adapter sharing memory gains nothing, but long sums of few elements are split between threads.
        return match few {
            true if m * n <= 512 && k >= 512 => skinny::run(gpu, product),
            true if n < m => direct::run(gpu, &product.transposed()),
            _ => direct::run(gpu, product),
        };
    }
    if cooperative::suits(gpu, product) {
        return cooperative::run(gpu, product);
    }
    // Small products do not fill a tile.
    let small = m <= 32 && n <= 32 && k <= 64;
    match few {
        true if k >= 64 => skinny::run(gpu, product),
        true if n < m => direct::run(gpu, &product.transposed()),
        _ if few || small => direct::run(gpu, product),
        _ => tiled::run(gpu, product),
    }
}

impl<'a> Task<'a> {
    fn new(
        gpu: &'a Gpu,
        name: &'static str,
        [a, b]: [View<'a>; 2],
        bias: Option<View<'a>>,
        out: View<'a>,
    ) -> Task<'a> {
        Task {
            gpu,
            name,
            plan: ProductPlan::new(a.layout(), b.layout(), out.layout()),
            a,
            b,
            bias,
            out,
        }
    }

    fn run(&self) -> Result<()> {
        let (ProductPlan { m, n, k, .. }, gpu) = (self.plan, self.gpu);
        if self.out.layout().numel() == 0 {
            return Ok(());
        }
        if k == 0 {
            return self.start();
        }
        if !gpu.fits(&self.a) || !gpu.fits(&self.b) || !gpu.fits(&self.out) {
            return split::halves(self);
        }
        // Threads share the sums of few elements.
        let shared = m.min(n) <= 8 && m * n <= 512 && self.plan.batch.rank() == 0;
        let longest = if shared { 8 * LONGEST } else { LONGEST };
        if gpu.capabilities.is_software_adapter && k > longest {
            return split::sums(self);
        }
        choose(gpu, &Product::new(gpu, self)?)
    }

    /// A product of nothing: zeros, or the bias.
    fn start(&self) -> Result<()> {
        let out = &self.out;
        match self.bias {
            None => fill::fill(self.gpu, Scalar::Int(0), out),
            Some(bias) => {
                let Some(layout) = bias.layout().expand(*out.layout().shape()) else {
                    return Ok(());
                };
                let layout = &layout;
                map::map(
                    self.gpu,
                    Map::Copy,
                    out.dtype(),
                    &[bias.with_layout(layout)?],
                    out,
                )
            }
        }
    }
}
