//! The output of a convolution and the gradient of its input: each result pixel is a sum over a few source pixels of every channel.
//!
//! The input gradient with stride `s` splits into `s` phases per dimension: the pixels of one phase use the same kernel elements, at
//! consecutive source positions. So both kinds are products of weights `[m, k]` and pixels `[k, positions]`, where `k` runs over source
//! channels and kernel elements.

use super::padded::{Padded, SLACK};
use super::unfold::{Run, unfold};
use crate::buffer::CpuBuffer;
use crate::matmul::{DEPTH, Matrix, Tile, VectorFloat, Walk, columns, next_rows, run};
use crate::parallel;
use pulp::{Simd, WithSimd};
use rushlight_backend::Result;
use rushlight_backend::plan::{ConvPlan, Space, points, volume};
use smallvec::SmallVec;

/// The minimum number of tasks that a convolution is split into, if its size allows.
const TASKS: usize = 16;
/// The number of spans of positions that reuse a strip of weights while it is in the cache.
const SPANS: usize = 4;
/// The cost of unfolding a panel, in result channels.
const UNFOLDING: usize = 3;
/// The number of multiplications that are worth another thread.
const GRAIN: usize = 1 << 19;

/// Result pixels that use the same kernel elements.
struct Phase {
    /// The coordinates of the first pixel.
    first: Space,
    /// The number of pixels along each dimension.
    count: Space,
    /// The offset of the source element of each channel and kernel element, for position zero.
    sources: Vec<usize>,
    /// The offset of the phase's weights in those of one group.
    weights: usize,
}

struct Gather<T> {
    images: usize,
    groups: usize,
    /// Result channels of a group.
    m: usize,
    /// Size of a result image, and the step between pixels of one phase.
    result: Space,
    step: Space,
    source: Padded,
    phases: Vec<Phase>,
    from: Matrix<T>,
    to: Matrix<T>,
    /// Weights of a phase with `k` sources: a row of `k` elements for each result channel.
    weights: Matrix<T>,
    /// Distance between the weights of two groups.
    group: usize,
}

/// Computes the output `to` from the input `from`.
pub(crate) fn forward<T: VectorFloat>(
    g: &ConvPlan,
    from: *mut T,
    weight: *mut T,
    to: *mut T,
) -> Result<()> {
    let size = std::array::from_fn(|d| {
        let reach = g.kernel[d].saturating_sub(1) * g.dilation[d];
        g.y[d].saturating_sub(1) * g.stride[d] + reach + 1
    });
    let source = Padded {
        channels: g.inputs,
        image: g.x,
        low: g.padding,
        size,
        stride: g.stride,
    };
    let phase = Phase {
        first: [0; 3],
        count: g.y,
        sources: kernel_offsets(&source, g),
        weights: 0,
    };
    crate::simd::arch().dispatch(Gather {
        images: g.images,
        groups: g.groups,
        m: g.outputs,
        result: g.y,
        step: [1; 3],
        group: g.outputs * phase.sources.len(),
        phases: vec![phase],
        source,
        from: Matrix::list(from),
        to: Matrix::list(to),
        weights: Matrix::list(weight),
    })
}

/// The offset in the padded input of each channel and kernel element, for position zero.
pub(super) fn kernel_offsets(source: &Padded, g: &ConvPlan) -> Vec<usize> {
    let mut list = Vec::with_capacity(g.inputs * g.kernel_elements());
    for c in 0..g.inputs {
        for t in points(g.kernel) {
            list.push(source.point(c, std::array::from_fn(|d| t[d] * g.dilation[d])));
        }
    }
    list
}

/// Computes the input's gradient `to` from the output's gradient `from`.
pub(crate) fn input_gradient<T: VectorFloat>(
    g: &ConvPlan,
    from: *mut T,
    weight: *mut T,
    to: *mut T,
) -> Result<()> {
    // Kernel element t reads source position (q + padding - t dilation) / stride for pixel q, if that is an integer.
    let source_of = |d: usize, q: usize, t: usize| {
        let at = (q + g.padding[d]) as isize - (t * g.dilation[d]) as isize;
        let stride = g.stride[d] as isize;
        (at.rem_euclid(stride) == 0).then(|| at.div_euclid(stride))
    };
    let mut pairs: [Vec<Vec<(usize, isize)>>; 3] = Default::default();
    let (mut low, mut size) = ([0; 3], [0; 3]);
    for d in 0..3 {
        let of = |q| {
            (0..g.kernel[d])
                .filter_map(move |t| Some((t, source_of(d, q, t)?)))
                .collect()
        };
        pairs[d] = (0..g.stride[d].min(g.x[d])).map(of).collect();
        let all = || pairs[d].iter().flatten().map(|&(_, at)| at);
        low[d] = (-all().min().unwrap_or(0)).max(0) as usize;
        let high = all().max().unwrap_or(0).max(0) as usize;
        size[d] = low[d] + high + g.x[d].div_ceil(g.stride[d]).max(1);
    }
    let source = Padded {
        channels: g.outputs,
        image: g.y,
        low,
        size,
        stride: [1; 3],
    };
    let mut phases = Vec::new();
    let mut elements = Vec::new();
    let mut weights = 0;
    for first in points(std::array::from_fn(|d| pairs[d].len())) {
        let pairs_of = |d: usize| &pairs[d][first[d]];
        let mut list = Vec::new();
        for &(tz, z) in pairs_of(0) {
            for &(ty, y) in pairs_of(1) {
                for &(tx, x) in pairs_of(2) {
                    let at = [z, y, x];
                    let at: Space = std::array::from_fn(|d| (at[d] + low[d] as isize) as usize);
                    list.push(((tz * g.kernel[1] + ty) * g.kernel[2] + tx, at));
                }
            }
        }
        let channels = 0..g.outputs;
        let sources = channels.flat_map(|c| list.iter().map(move |&(_, at)| (c, at)));
        phases.push(Phase {
            first,
            count: std::array::from_fn(|d| (g.x[d] - first[d]).div_ceil(g.stride[d])),
            sources: sources.map(|(c, at)| source.point(c, at)).collect(),
            weights,
        });
        weights += g.inputs * g.outputs * list.len();
        elements.push(list.iter().map(|&(t, _)| t).collect::<Vec<usize>>());
    }
    let packed = CpuBuffer::new(g.groups * weights * size_of::<T>())?;
    let (weight, rows) = (
        Matrix::list(weight),
        Matrix::list(packed.pointer().cast::<T>()),
    );
    let grain = parallel::grain(g.inputs * g.kernel_elements() * 16);
    parallel::for_ranges(g.groups * g.outputs, grain, |range| {
        for output in range {
            let (group, c) = (output / g.outputs, output % g.outputs);
            for (phase, elements) in phases.iter().zip(&elements) {
                let to = group * weights + phase.weights;
                for row in 0..g.inputs {
                    let to = to + row * phase.sources.len() + c * elements.len();
                    for (i, &t) in elements.iter().enumerate() {
                        let from = (output * g.inputs + row) * g.kernel_elements() + t;
                        // SAFETY: within the weight and its packed copy; each output channel writes different sources.
                        unsafe { *rows.at(to + i, 0).pointer = *weight.at(from, 0).pointer };
                    }
                }
            }
        }
    });
    crate::simd::arch().dispatch(Gather {
        images: g.images,
        groups: g.groups,
        m: g.inputs,
        result: g.x,
        step: g.stride,
        group: weights,
        phases,
        source,
        from: Matrix::list(from),
        to: Matrix::list(to),
        weights: rows,
    })
}

impl<T: VectorFloat> WithSimd for Gather<T> {
    type Output = Result<()>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Result<()> {
        self.run(simd)
    }
}

impl<T: VectorFloat> Gather<T> {
    #[inline(never)]
    fn run<S: Simd>(&self, simd: S) -> Result<()> {
        let planes = self.images * self.groups;
        if planes * self.m * volume(self.result) == 0 {
            return Ok(());
        }
        let (padded, wide) = (self.source.len(), columns::<T, S>());
        let work: usize = self
            .phases
            .iter()
            .map(|p| p.sources.len() * volume(p.count))
            .sum();
        let work = work * self.m;
        let chunks = TASKS.div_ceil(planes).min(work / GRAIN).max(1);
        // Planes split into several chunks are padded in advance, others by their task.
        let shared = CpuBuffer::new(if chunks > 1 {
            planes * padded * size_of::<T>()
        } else {
            0
        })?;
        let shared = Matrix::list(shared.pointer().cast::<T>());
        let from = |plane: usize| plane * self.source.channels * volume(self.source.image);
        if chunks > 1 {
            parallel::for_ranges(planes, 1, |range| {
                for plane in range {
                    // SAFETY: the plane and its padded copy exist.
                    unsafe {
                        let to = shared.at(plane * padded, 0).pointer;
                        self.source.fill(self.from.at(from(plane), 0).pointer, to);
                    }
                }
            });
        }
        let grain = (GRAIN / (work / chunks).max(1)).max(1);
        parallel::try_for_ranges(planes * chunks, grain, |range| {
            let local = if chunks > 1 {
                0
            } else {
                padded.next_multiple_of(SLACK)
            };
            let (panels, results) = (SPANS * (DEPTH + 1) * wide, SPANS * self.m * wide);
            let scratch = CpuBuffer::new((local + panels + results) * size_of::<T>())?;
            let scratch = Matrix::list(scratch.pointer().cast::<T>());
            for task in range {
                let (plane, chunk) = (task / chunks, task % chunks);
                // SAFETY: the scratch memory of this task has room for the three parts.
                unsafe {
                    let image = match chunks {
                        1 => {
                            let to = scratch.at(0, 0).pointer;
                            self.source.fill(self.from.at(from(plane), 0).pointer, to);
                            to
                        }
                        _ => shared.at(plane * padded, 0).pointer,
                    };
                    let room = Room {
                        image,
                        panels: scratch.at(local, 0).pointer,
                        results: scratch.at(local + panels, 0).pointer,
                    };
                    for phase in &self.phases {
                        let spans = Spans::new(phase, self.m, wide, T::lanes::<S>());
                        let end = spans.len * (chunk + 1) / chunks;
                        for first in (spans.len * chunk / chunks..end).step_by(SPANS) {
                            let list = (first..end.min(first + SPANS)).map(|i| spans.get(phase, i));
                            let list: SmallVec<[Span; SPANS]> = list.collect();
                            self.spans(simd, phase, plane, &list, spans.in_place, &room);
                        }
                    }
                }
            }
            Ok(())
        })
    }

    /// Computes all result channels at a few spans of positions.
    ///
    /// # Safety
    ///
    /// `room` belongs to this task, and holds the padded plane.
    unsafe fn spans<S: Simd>(
        &self,
        simd: S,
        phase: &Phase,
        plane: usize,
        spans: &[Span],
        in_place: bool,
        room: &Room<T>,
    ) {
        let wide = columns::<T, S>();
        let (k, size) = (phase.sources.len(), volume(self.result));
        let group = plane % self.groups * self.group + phase.weights;
        let direct = self.step == [1; 3];
        // SAFETY: all within the result, the weights and the scratch memory.
        unsafe {
            let to = self.to.at(plane * self.m * size, 0).pointer;
            let c_row = if direct { size } else { SPANS * wide };
            for depth in (0..k.max(1)).step_by(DEPTH) {
                let sources = &phase.sources[depth..k.min(depth + DEPTH)];
                let panel = |i: usize| room.panels.add(i * (DEPTH + 1) * wide);
                if !in_place {
                    for (i, span) in spans.iter().enumerate() {
                        let runs = self.runs(phase, span, wide);
                        unfold(simd, sources, &runs, room.image, panel(i));
                    }
                }
                let mut next = 0;
                while next < self.m {
                    let i = next;
                    next += next_rows::<S>(self.m - i);
                    for (j, span) in spans.iter().enumerate() {
                        let c = match direct {
                            true => to.add(span.first),
                            false => room.results.add(j * wide),
                        };
                        let c = c.add(i * c_row);
                        let (b, b_rows) = match in_place {
                            true => {
                                let first = self.source.position(phase.at(span.first));
                                (room.image.add(first), sources.as_ptr())
                            }
                            false => (panel(j) as *const T, std::ptr::null()),
                        };
                        let tile = Tile {
                            walk: Walk::uniform(sources.len(), 1),
                            a: self.weights.at(group + i * k + depth, 0).pointer,
                            a_row: k,
                            a_rows: std::ptr::null(),
                            rows: next - i,
                            b,
                            b_row: wide,
                            b_rows,
                            start: if depth == 0 { std::ptr::null() } else { c },
                            start_row: c_row,
                            c,
                            c_row,
                            columns: span.count,
                        };
                        run(simd, &tile);
                    }
                }
            }
            for (j, span) in spans.iter().enumerate().filter(|_| !direct) {
                for p in 0..span.count {
                    let pixel = to.add(self.offset(phase, span.first + p));
                    let from = room.results.add(j * wide + p);
                    for i in 0..self.m {
                        *pixel.add(i * size) = *from.add(i * c_row);
                    }
                }
            }
        }
    }

    /// The offset of position `p` of the phase in a result channel.
    fn offset(&self, phase: &Phase, p: usize) -> usize {
        let at = phase.at(p);
        (0..3).fold(0, |sum, d| {
            sum * self.result[d] + phase.first[d] + at[d] * self.step[d]
        })
    }

    /// The runs of neighbouring pixels that the positions of a span read.
    fn runs(&self, phase: &Phase, span: &Span, wide: usize) -> SmallVec<[Run; 8]> {
        let (mut p, end) = (span.first, span.first + span.count);
        let mut runs = SmallVec::new();
        while p < end {
            let at = phase.at(p);
            let length = (phase.count[2] - at[2]).min(end - p);
            runs.push(Run {
                column: p - span.first,
                source: self.source.position(at),
                short: 2 * length <= wide,
            });
            p += length;
        }
        runs
    }
}

impl Phase {
    /// The indices of position `p`.
    fn at(&self, p: usize) -> Space {
        let [_, height, width] = self.count;
        [p / (height * width), p / width % height, p % width]
    }
}

/// Scratch memory of a task.
struct Room<T> {
    image: *const T,
    /// [`SPANS`] panels of [`DEPTH`] + 1 rows.
    panels: *mut T,
    /// One row per result channel, as wide as [`SPANS`] panels.
    results: *mut T,
}

/// The positions of one panel.
struct Span {
    first: usize,
    count: usize,
}

/// The division of the positions of a phase into spans.
struct Spans {
    len: usize,
    wide: usize,
    /// Whether spans end at the end of their row, so that tiles read the padded image directly; otherwise panels are unfolded.
    in_place: bool,
    /// The number of spans per row.
    per_row: usize,
}

impl Spans {
    fn new(phase: &Phase, m: usize, wide: usize, lanes: usize) -> Spans {
        let width = phase.count[2];
        // In place, the vectors at the end of each row are partly unused; unfolding costs about as much as three result channels.
        let idle = width.next_multiple_of(lanes) - width;
        let in_place = m * idle <= UNFOLDING * width;
        let per_row = width.div_ceil(wide);
        let len = match in_place {
            true => phase.count[0] * phase.count[1] * per_row,
            false => volume(phase.count).div_ceil(wide),
        };
        Spans {
            len,
            wide,
            in_place,
            per_row,
        }
    }

    fn get(&self, phase: &Phase, i: usize) -> Span {
        let (first, end) = match self.in_place {
            true => {
                let row = i / self.per_row * phase.count[2];
                (row + i % self.per_row * self.wide, row + phase.count[2])
            }
            false => (i * self.wide, volume(phase.count)),
        };
        Span {
            first,
            count: self.wide.min(end - first),
        }
    }
}
