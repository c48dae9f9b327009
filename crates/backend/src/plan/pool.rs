//! Poolings: their windows, always in three spatial dimensions, and their planes.

use super::conv::space;
use super::planned::{Planned, Types, results, tensor_type};
use super::{Loops, ReducePlan, Space};
use crate::{Axes, DType, Layout, Outputs, Pool, PoolKind, Reduce, Result, View, Windows};
use smallvec::SmallVec;
use std::slice::from_ref;

/// The plan of [`crate::Backend::pool`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PoolPlan {
    /// What is computed.
    pub kind: PoolKind,
    /// The windows.
    pub windows: PoolWindows,
    /// The planes of the input, the output, and the positions of a maximum (else the output again).
    pub planes: Planes,
    /// The same result as a reduction, if it is a mean of floats over a single window that covers the whole plane.
    pub whole: Option<ReducePlan>,
}

/// The windows of a pooling along depth, height and width.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PoolWindows {
    /// The number of spatial dimensions that the tensors have: the last ones.
    pub spatial: usize,
    /// Sizes of the larger side.
    pub space: Space,
    /// Sizes of the smaller side: the number of windows.
    pub pooled: Space,
    /// The size of a window. Size, stride, padding and dilation are 0 for adaptive windows.
    pub kernel: Space,
    /// Stride.
    pub stride: Space,
    /// Padding on both sides.
    pub padding: Space,
    /// Dilation.
    pub dilation: Space,
    /// Whether elements of the padding count in the divisor of the mean.
    pub count_padding: bool,
    /// The divisor of the mean, instead of the number of elements; not 0.
    pub divisor: Option<i64>,
}

/// The elements of one window along one dimension.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// The first element inside the space.
    pub first: usize,
    /// The number of elements inside the space.
    pub count: usize,
    /// The distance between elements.
    pub step: usize,
    /// The number of elements inside the space or its padding; a window is cut off at the end of the padding.
    pub padded: usize,
}

impl Span {
    /// The coordinates of the elements inside the space.
    #[inline(always)]
    pub fn coordinates(self) -> impl Iterator<Item = usize> {
        (0..self.count).map(move |k| self.first + k * self.step)
    }
}

impl PoolWindows {
    /// The windows of a pooling whose sizes have been checked.
    pub fn new(pool: &Pool) -> PoolWindows {
        let adaptive = PoolWindows {
            spatial: pool.space.len(),
            space: space(&pool.space, 1),
            pooled: space(&pool.pooled, 1),
            kernel: [0; 3],
            stride: [0; 3],
            padding: [0; 3],
            dilation: [0; 3],
            count_padding: false,
            divisor: None,
        };
        match &pool.windows {
            Windows::Adaptive => adaptive,
            Windows::Sliding {
                kernel,
                stride,
                padding,
                dilation,
                count_padding,
                divisor,
            } => PoolWindows {
                kernel: space(kernel, 1),
                stride: space(stride, 1),
                padding: space(padding, 0),
                dilation: space(dilation, 1),
                count_padding: *count_padding,
                divisor: *divisor,
                ..adaptive
            },
        }
    }

    /// Whether the windows are adaptive: window `i` of `o` over size `s` extends from `⌊i s / o⌋` to `⌈(i + 1) s / o⌉`.
    #[inline]
    pub fn is_adaptive(&self) -> bool {
        self.kernel == [0; 3]
    }

    /// Whether windows slide without padding and dilation.
    pub fn is_plain(&self) -> bool {
        self.padding == [0; 3] && self.dilation == [1; 3]
    }

    /// Window `o` along dimension `d`.
    pub fn span(&self, d: usize, o: usize) -> Span {
        let (size, pooled) = (self.space[d], self.pooled[d]);
        if self.is_adaptive() {
            let first = o * size / pooled;
            let count = ((o + 1) * size).div_ceil(pooled) - first;
            return Span {
                first,
                count,
                step: 1,
                padded: count,
            };
        }
        let (step, padding) = (self.dilation[d], self.padding[d]);
        // Counted from the start of the padding.
        let start = o * self.stride[d];
        let skipped = padding.saturating_sub(start).div_ceil(step);
        let before = |limit: usize| {
            let count = limit.saturating_sub(start).div_ceil(step);
            count.min(self.kernel[d])
        };
        Span {
            first: (start + skipped * step).saturating_sub(padding),
            count: before(padding + size).saturating_sub(skipped),
            step,
            padded: before(size + 2 * padding),
        }
    }

    /// The divisor of the mean of a window.
    #[inline]
    pub fn divisor(&self, [d, h, w]: [Span; 3]) -> i64 {
        let count = match (self.divisor, self.count_padding) {
            (Some(divisor), _) => return divisor,
            (None, true) => d.padded * h.padded * w.padded,
            (None, false) => d.count * h.count * w.count,
        };
        count.max(1) as i64
    }

    /// The maximum number of elements of a window along each dimension.
    pub fn max_elements(&self) -> Space {
        match self.is_adaptive() {
            true => std::array::from_fn(|d| max_overlap(self.space[d], self.pooled[d])),
            false => self.kernel,
        }
    }

    /// The maximum number of windows that contain an element along each dimension.
    pub fn max_windows(&self) -> Space {
        std::array::from_fn(|d| match self.is_adaptive() {
            true => max_overlap(self.pooled[d], self.space[d]),
            false => (self.kernel[d] * self.dilation[d]).div_ceil(self.stride[d]),
        })
    }

    /// Whether a single window covers exactly the whole plane.
    fn is_whole(&self) -> bool {
        let fits = || self.kernel == self.space && self.is_plain() && self.divisor.is_none();
        self.pooled == [1; 3] && (self.is_adaptive() || fits())
    }
}

/// The maximum number of `a` elements that overlap one of `b` equal parts of the same total length.
fn max_overlap(a: usize, b: usize) -> usize {
    let b = b.max(1);
    a.div_ceil(b) + usize::from(!a.is_multiple_of(b))
}

/// Three tensors as planes: their last dimensions are spatial, the others number the planes in row-major order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Planes {
    /// The loops over the planes.
    pub loops: Loops<3>,
    /// The distances between neighbours in a plane of each tensor; 0 along missing dimensions.
    pub steps: [Space; 3],
}

impl Planes {
    /// The planes of `layouts`, whose last `spatial` dimensions are spatial.
    pub fn new(spatial: usize, layouts: [&Layout; 3]) -> Planes {
        let shape = layouts[0].shape();
        let outer = shape.len() - spatial;
        let strides = layouts.map(|l| &**l.strides());
        Planes {
            loops: Loops::over(0..outer, shape, strides),
            steps: strides.map(|s| space(&s[outer..], 0)),
        }
    }

    /// The number of planes.
    #[inline]
    pub fn count(&self) -> usize {
        self.loops.shape.numel()
    }
}

impl PoolPlan {
    fn new(pool: &Pool, x: &View<'_>, outs: &[View<'_>]) -> PoolPlan {
        let windows = PoolWindows::new(pool);
        let (x_layout, out) = (x.layout(), outs[0].layout());
        let whole = pool.kind == PoolKind::Avg && x.dtype().is_float() && windows.is_whole();
        let rank = x_layout.shape().len();
        let axes = (rank - windows.spatial..rank).fold(Axes::NONE, Axes::with);
        PoolPlan {
            kind: pool.kind,
            windows,
            planes: Planes::new(
                windows.spatial,
                [x_layout, out, outs[outs.len() - 1].layout()],
            ),
            whole: whole.then(|| ReducePlan::new(Reduce::Mean, axes, x_layout, out)),
        }
    }
}

/// A pooling; `outs` has a second tensor, of positions, for a maximum.
#[track_caller]
pub fn pool<'a>(pool: &Pool, x: &'a View<'a>, outs: Outputs<'a>) -> Result<Planned<'a, PoolPlan>> {
    let shape = pool.infer(x.layout().shape())?;
    let mut expected = Types::from_slice(&[tensor_type(shape, x.dtype())]);
    if pool.kind == PoolKind::Max {
        expected.push(tensor_type(shape, DType::I64));
    }
    results(pool.kind.name(), &expected, &outs)?;
    let views: SmallVec<[View<'_>; 2]> = outs.views().collect();
    let plan = PoolPlan::new(pool, x, &views);
    drop(views);
    Ok(Planned::proven(plan, from_ref(x), outs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dims;

    fn windows(windows: Windows, space: usize, pooled: usize) -> PoolWindows {
        PoolWindows::new(&Pool {
            kind: PoolKind::Avg,
            windows,
            space: Dims::from([space]),
            pooled: Dims::from([pooled]),
        })
    }

    fn sliding(kernel: usize, stride: usize, padding: usize, dilation: usize) -> Windows {
        Windows::Sliding {
            kernel: Dims::from([kernel]),
            stride: Dims::from([stride]),
            padding: Dims::from([padding]),
            dilation: Dims::from([dilation]),
            count_padding: true,
            divisor: None,
        }
    }

    fn elements(windows: &PoolWindows, o: usize) -> Vec<usize> {
        windows.span(2, o).coordinates().collect()
    }

    #[test]
    fn windows_end_where_the_padding_does() {
        // Ceiling mode: the last of four windows over five elements extends beyond the padding.
        let w = windows(sliding(3, 2, 1, 1), 5, 4);
        assert_eq!((w.space, w.pooled), ([1, 1, 5], [1, 1, 4]));
        let lists = [0, 1, 2, 3].map(|o| elements(&w, o));
        assert_eq!(lists, [vec![0, 1], vec![1, 2, 3], vec![3, 4], vec![]]);
        let divisor = |o| w.divisor([w.span(0, 0), w.span(1, 0), w.span(2, o)]);
        assert_eq!([0, 1, 2, 3].map(divisor), [3, 3, 3, 1]);
        assert_eq!((w.max_elements(), w.max_windows()), ([1, 1, 3], [1, 1, 2]));
    }

    #[test]
    fn dilated_windows_skip_the_padding_in_whole_steps() {
        let w = windows(sliding(3, 1, 2, 3), 6, 4);
        assert_eq!([0, 3].map(|o| elements(&w, o)), [vec![1, 4], vec![1, 4]]);
    }

    #[test]
    fn adaptive_windows_share_elements() {
        let w = windows(Windows::Adaptive, 5, 3);
        let lists = [0, 1, 2].map(|o| elements(&w, o));
        assert_eq!(lists, [vec![0, 1], vec![1, 2, 3], vec![3, 4]]);
        assert_eq!((w.max_elements(), w.max_windows()), ([1, 1, 3], [1, 1, 2]));
        assert!(!w.is_whole() && windows(Windows::Adaptive, 5, 1).is_whole());
        assert!(windows(sliding(5, 1, 0, 1), 5, 1).is_whole());
    }
}
