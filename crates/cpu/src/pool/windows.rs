//! The positions of the windows of a pooling: for each spatial dimension a table with one entry per window.

use rushlight_backend::{Pool, Windows as Shape};

/// The elements of one window along one dimension.
#[derive(Clone, Copy)]
pub(super) struct Span {
    /// The first element inside the input.
    pub first: usize,
    /// The number of elements inside the input.
    pub taps: usize,
    /// Distance between elements.
    pub step: usize,
    /// The number of elements inside the input or its padding; a window is cut off at the end of the padding.
    pub padded: usize,
}

impl Span {
    const WHOLE: Span = Span {
        first: 0,
        taps: 1,
        step: 1,
        padded: 1,
    };

    #[inline(always)]
    pub fn positions(self) -> impl Iterator<Item = usize> {
        (0..self.taps).map(move |k| self.first + k * self.step)
    }
}

/// All windows, and the divisors of their means.
pub(super) struct Windows {
    /// The windows along depth, height and width.
    pub spans: [Vec<Span>; 3],
    count_padding: bool,
    divisor: Option<i64>,
    /// Kernel size and stride along height and width, if they are equal and there is no padding.
    pub tiles: Option<[usize; 2]>,
}

impl Windows {
    pub fn new(pool: &Pool) -> Windows {
        let spatial = pool.space.len();
        let mut spans = [vec![Span::WHOLE], vec![Span::WHOLE], vec![Span::WHOLE]];
        for i in 0..spatial {
            spans[3 - spatial + i] = (0..pool.pooled[i]).map(|o| span(pool, i, o)).collect();
        }
        let (mut count_padding, mut divisor, mut tiles) = (false, None, None);
        if let Shape::Sliding {
            kernel,
            stride,
            padding,
            dilation,
            count_padding: count,
            divisor: by,
        } = &pool.windows
        {
            (count_padding, divisor) = (*count, *by);
            let plain = kernel == stride
                && padding.iter().all(|&p| p == 0)
                && dilation.iter().all(|&d| d == 1)
                && (0..spatial).all(|i| pool.pooled[i] * kernel[i] <= pool.space[i]);
            if plain && spatial == 2 {
                tiles = Some([kernel[0], kernel[1]]);
            }
        }
        Windows {
            spans,
            count_padding,
            divisor,
            tiles,
        }
    }

    /// The divisor of the mean of a window.
    #[inline]
    pub fn divisor(&self, d: Span, h: Span, w: Span) -> i64 {
        let count = match (self.divisor, self.count_padding) {
            (Some(divisor), _) => return divisor,
            (None, true) => d.padded * h.padded * w.padded,
            (None, false) => d.taps * h.taps * w.taps,
        };
        count.max(1) as i64
    }
}

/// Window `o` along spatial dimension `i`.
fn span(pool: &Pool, i: usize, o: usize) -> Span {
    let size = pool.space[i];
    match &pool.windows {
        Shape::Adaptive => {
            let first = o * size / pool.pooled[i];
            let end = ((o + 1) * size).div_ceil(pool.pooled[i]);
            Span {
                first,
                taps: end - first,
                step: 1,
                padded: end - first,
            }
        }
        Shape::Sliding {
            kernel,
            stride,
            padding,
            dilation,
            ..
        } => {
            let (step, padding) = (dilation[i].max(1), padding[i]);
            // Counted from the start of the padding.
            let start = o * stride[i];
            let skipped = padding.saturating_sub(start).div_ceil(step);
            let before = |limit: usize| limit.saturating_sub(start).div_ceil(step).min(kernel[i]);
            Span {
                first: (start + skipped * step).saturating_sub(padding),
                taps: before(padding + size).saturating_sub(skipped),
                step,
                padded: before(size + 2 * padding),
            }
        }
    }
}
