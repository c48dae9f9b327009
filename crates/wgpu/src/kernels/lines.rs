//! Lines along one dimension, over several tensors at once, and how threads share them out.

use super::fold::Team;
use super::params::Params;
use rushlight_backend::plan::Loops;
use rushlight_backend::{Dims, Layout};

/// The lines of tensors of one shape, but for the size along the lines, which a result may not have.
#[derive(Clone, Debug)]
pub(crate) struct Lines<const N: usize> {
    /// Loops over the lines.
    pub kept: Loops<N>,
    /// How many lines.
    pub count: usize,
    /// Elements of a line.
    pub len: usize,
    /// From one element of a line to the next.
    pub steps: [usize; N],
}

impl<const N: usize> Lines<N> {
    /// The lines along `dim`, as long as those of the first layout.
    pub fn new(dim: usize, layouts: [&Layout; N]) -> Lines<N> {
        let shape = layouts[0].shape();
        let without = |dims: &Dims| {
            let mut rest = *dims;
            if dim < rest.len() {
                rest.remove(dim);
            }
            rest
        };
        let kept = without(shape);
        let strides = layouts.map(|l| without(l.strides()));
        Lines {
            count: kept.numel(),
            kept: Loops::new(&kept, std::array::from_fn(|i| &strides[i])),
            len: shape.get(dim).copied().unwrap_or(1),
            steps: layouts.map(|l| l.strides().get(dim).copied().unwrap_or(1)),
        }
    }

    /// Whether neighbouring lines lie closer to each other than the elements of one, in the first tensor.
    pub fn by_columns(&self) -> bool {
        let beside = self.kept.strides[0].last();
        beside.is_some_and(|&s| s < self.steps[0])
    }

    /// The same lines counted in vectors of four, if they are dense and begin at vectors, also counted from `offsets` on.
    pub fn vectors(&self, offsets: [u32; N]) -> Option<Lines<N>> {
        let whole = |n: &usize| n.is_multiple_of(4);
        let fits = self.steps == [1; N]
            && whole(&self.len)
            && offsets.iter().all(|o| o.is_multiple_of(4))
            && self.kept.strides.iter().all(|s| s.iter().all(whole));
        let mut lines = self.clone();
        lines.len /= 4;
        for stride in lines.kept.strides.iter_mut().flat_map(|s| s.iter_mut()) {
            *stride /= 4;
        }
        fits.then_some(lines)
    }

    /// Threads for each line if one takes `each` elements at best, as a power of two; the others of a workgroup take other lines.
    pub fn lanes(&self, team: Team, each: usize) -> usize {
        let wanted = self
            .len
            .div_ceil(each)
            .next_power_of_two()
            .min(team.threads);
        if self.by_columns() {
            // Enough neighbours for whole lines of a cache.
            return wanted
                .min(team.threads / self.count.next_power_of_two().min(team.threads).min(32));
        }
        wanted
    }

    /// The loops over lines, as the end of a kernel's parameters.
    pub fn append(&self, params: Params) -> Params {
        let params = params.word(self.kept.rank()).dims(&self.kept.shape);
        self.kept.strides.iter().fold(params, Params::dims)
    }
}

/// Cuts two layouts of the same lines along `dim` in two between lines, where the first reaches farthest; for tensors too large for one
/// binding.
pub(crate) fn halves_across(dim: usize, x: &Layout, y: &Layout) -> Option<[[Layout; 2]; 2]> {
    let shape = x.shape();
    let cut = (0..shape.len())
        .filter(|&d| d != dim && shape[d] > 1)
        .max_by_key(|&d| x.strides()[d].saturating_mul(shape[d] - 1))?;
    let half = shape[cut] / 2;
    let part = |start: usize, len: usize| [x, y].map(|l| l.slice(cut, start, len, 1));
    Some([part(0, half), part(half, shape[cut] - half)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_middle_dimension() {
        let x = Layout::contiguous(Dims::from([2, 8, 4]));
        let y = Layout::contiguous(Dims::from([2, 1, 4]));
        let lines = Lines::new(1, [&x, &y]);
        assert_eq!((lines.count, lines.len), (8, 8));
        assert_eq!(lines.steps, [4, 4]);
        assert_eq!(*lines.kept.strides[0], [32, 1]);
        assert_eq!(*lines.kept.strides[1], [4, 1]);
        assert!(lines.by_columns());
        assert!(lines.vectors([0, 0]).is_none());
    }

    #[test]
    fn dense_lines_are_vectors() {
        let x = Layout::contiguous(Dims::from([3, 8]));
        let lines = Lines::new(1, [&x]);
        let vectors = lines.vectors([4]).unwrap();
        assert_eq!((vectors.count, vectors.len), (3, 2));
        assert_eq!(*vectors.kept.strides[0], [2]);
        assert!(lines.vectors([2]).is_none());
        let scalar = Layout::contiguous(Dims::SCALAR);
        assert_eq!(Lines::new(0, [&scalar]).len, 1);
    }
}
