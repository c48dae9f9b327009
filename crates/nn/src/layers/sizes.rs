//! One number for every spatial dimension, or one for each: the arguments of windows.

use rushlight_tensor::Result;
use rushlight_tensor::backend::room;
use std::fmt;

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

impl<const N: usize> From<Each<N>> for rushlight_tensor::Ints {
    fn from(each: Each<N>) -> Self {
        each.0.into()
    }
}

impl<const N: usize> Each<N> {
    /// As Python prints a tuple.
    pub(crate) fn tuple(&self) -> String {
        tuple(&self.0)
    }
}

/// One number if all are the same, else as Python prints a tuple.
impl<const N: usize> fmt::Display for Each<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.iter().all(|n| *n == self.0[0]) {
            true => self.0[0].fmt(f),
            false => f.write_str(&self.tuple()),
        }
    }
}

/// The name of a layer for `n` spatial dimensions, among those for 1, 2 and 3; the family's if there is none.
pub(crate) fn name_of(n: usize, names: [&'static str; 3], family: &'static str) -> &'static str {
    names.get(n.wrapping_sub(1)).copied().unwrap_or(family)
}

/// `(1, 2)`, and `(1,)` for one.
pub(crate) fn tuple<T: fmt::Display>(list: &[T]) -> String {
    match list {
        [one] => format!("({one},)"),
        _ => format!(
            "({})",
            list.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
        ),
    }
}

/// The step of a pooling window; by default the window's size.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Stride<const N: usize>(pub Option<Each<N>>);

impl<const N: usize> From<usize> for Stride<N> {
    fn from(n: usize) -> Self {
        Stride(Some(n.into()))
    }
}

impl<const N: usize> From<[usize; N]> for Stride<N> {
    fn from(sizes: [usize; N]) -> Self {
        Stride(Some(sizes.into()))
    }
}

/// The output sizes of an adaptive pooling; `None` keeps the input's.
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

/// Whether there is memory for so many layers, each of which takes some thousand bytes however small its weights are.
#[track_caller]
pub(crate) fn room_for_layers(name: &str, num_layers: usize) -> Result<()> {
    const LAYER: usize = 1 << 12;
    room::<u8>(name, num_layers.checked_mul(LAYER)).map(drop)
}
