//! One number for every spatial dimension, or one for each: sizes of windows and output sizes.

use rushlight_tensor::Ints;

/// A number for each of `N` spatial dimensions: `3` for all of them, or `[3, 5]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Each<const N: usize>(pub [usize; N]);

impl<const N: usize> From<usize> for Each<N> {
    fn from(n: usize) -> Self {
        Each([n; N])
    }
}

impl<const N: usize> From<[usize; N]> for Each<N> {
    fn from(sizes: [usize; N]) -> Self {
        Each(sizes)
    }
}

impl<const N: usize> From<Each<N>> for Ints {
    fn from(each: Each<N>) -> Self {
        each.0.into()
    }
}

/// The output sizes of an adaptive pooling: `3` for all of `N` spatial dimensions, `[3, 5]`, or `[Some(3), None]`, where `None` keeps the
/// input's size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OutputSize<const N: usize>(pub [Option<usize>; N]);

impl<const N: usize> From<usize> for OutputSize<N> {
    fn from(n: usize) -> Self {
        OutputSize([Some(n); N])
    }
}

impl<const N: usize> From<[usize; N]> for OutputSize<N> {
    fn from(sizes: [usize; N]) -> Self {
        OutputSize(sizes.map(Some))
    }
}

impl<const N: usize> From<[Option<usize>; N]> for OutputSize<N> {
    fn from(sizes: [Option<usize>; N]) -> Self {
        OutputSize(sizes)
    }
}
