//! How matrix products are split into tiles, and long sums into parts (split-K).

use super::dispatch::Dispatch;
use super::params::params;
use super::reduce::dtype_of;
use super::temporary::Temporary;
use crate::capabilities::Capabilities;
use crate::engine::{Bound, Grid};
use crate::gpu::Gpu;
use rushlight_backend::plan::Loops;
use rushlight_backend::{Dims, Result};
use rushlight_shaders::{Compute, Stored, Variant, kernels};

/// Tiles and parts of the products of a dispatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tiling {
    /// Rows and columns of a tile, and how deep it is.
    pub tile: usize,
    pub depth: usize,
    /// Pairs of tiles in shared memory.
    pub buffers: usize,
    /// Tiles of a product along its rows and columns.
    pub tiles_m: usize,
    pub tiles_n: usize,
    /// Parts of the sum, and how much of it each has.
    pub parts: usize,
    pub part: usize,
}

/// Workgroups that keep a large GPU busy.
pub(crate) const ENOUGH: usize = 256;
/// The number of loop iterations of a thread on a software adapter: Mesa's driver silently ends loops after 65,535 in total.
pub(crate) const LONGEST: usize = 1 << 15;
/// What a part of a sum has at least.
const SHORTEST: usize = 128;
/// Elements that all parts together may have.
const PARTIAL: usize = 1 << 26;

impl Tiling {
    /// For `entries` products of size `[m, n, k]`.
    pub fn new(
        capabilities: &Capabilities,
        compute: Compute,
        entries: usize,
        [m, n, k]: [usize; 3],
    ) -> Tiling {
        let tiles = |tile: usize| [m.div_ceil(tile), n.div_ceil(tile)];
        let count = |tile: usize| tiles(tile).into_iter().product::<usize>() * entries;
        let wide = matches!(compute, Compute::F64 | Compute::I64);
        let (tile, depth) = match wide {
            // A pair of tiles has 16 KiB, which every adapter has.
            true => (64, 16),
            false if count(128) >= ENOUGH / 2 => (128, 16),
            false => (64, 32),
        };
        let size = if wide { 8 } else { 4 };
        let bytes = 2 * tile * depth * size;
        let buffers = if capabilities.shared_memory as usize >= 2 * bytes {
            2
        } else {
            1
        };
        let most = (k / SHORTEST).min(PARTIAL / (entries * m * n)).max(1);
        let parts = (ENOUGH / count(tile)).clamp(1, most);
        let part = k.div_ceil(parts).next_multiple_of(depth);
        let [tiles_m, tiles_n] = tiles(tile);
        Tiling {
            tile,
            depth,
            buffers,
            tiles_m,
            tiles_n,
            parts: k.div_ceil(part),
            part,
        }
    }

    /// The variant with these tiles.
    pub fn variant(&self, variant: Variant) -> Variant {
        variant
            .constant("TILE", self.tile as u32)
            .constant("DEPTH", self.depth as u32)
            .constant("BUFFERS", self.buffers as u32)
    }

    /// Workgroups for `entries` products.
    pub fn workgroups(&self, entries: usize) -> Workgroups {
        Workgroups {
            groups: entries * self.parts * self.tiles_m * self.tiles_n,
            groups_m: self.tiles_m,
            groups_n: self.tiles_n,
            parts: self.parts,
            part: self.part,
        }
    }
}

/// How many workgroups take a batch of products, how many of them the rows and the columns of one; parts of its sums, and how much of them
/// each has.
#[derive(Clone, Copy)]
pub(crate) struct Workgroups {
    pub groups: usize,
    pub groups_m: usize,
    pub groups_n: usize,
    pub parts: usize,
    pub part: usize,
}

/// Memory for the parts of sums, each of `count` elements.
pub(crate) struct Parts {
    memory: Temporary,
    parts: usize,
    compute: Compute,
}

impl Parts {
    pub fn new(gpu: &Gpu, compute: Compute, parts: usize, count: usize) -> Result<Parts> {
        Ok(Parts {
            memory: Temporary::new(gpu, Dims::from([parts, count]), dtype_of(compute))?,
            parts,
            compute,
        })
    }

    pub fn bound(&self, gpu: &Gpu) -> Result<Bound<'_>> {
        self.memory.bind(gpu)
    }

    pub fn stored(&self) -> Stored {
        Stored::Is(dtype_of(self.compute))
    }

    /// Writes the sums over the parts to `y`, `partial_sums.wgsl`.
    pub fn sum(&self, gpu: &Gpu, name: &'static str, y: Bound<'_>) -> Result<()> {
        const WIDTH: u32 = 256;
        let count = y.numel();
        let loops = Loops::new(&y.shape, [&y.strides]);
        Dispatch::new(gpu, name, &kernels::PARTIAL_SUMS, self.compute)
            .constant("WIDTH", WIDTH)
            .stored("x", self.stored(), &self.bound(gpu)?)
            .tensor("y", &y)?
            .run(
                params! {
                    count, parts: self.parts, y: y.offset,
                    rank: loops.rank(), shape: loops.shape, y_strides: loops.strides[0],
                },
                Grid::threads(count, WIDTH),
            )
    }
}
