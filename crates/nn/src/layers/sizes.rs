//! How layers print window sizes, and how they are named.

pub use crate::functional::{Each, OutputSize};
use rushlight_tensor::backend::room;
use rushlight_tensor::{Ints, Result};
use std::fmt;

impl<const N: usize> Each<N> {
    /// Formats the list as a Python tuple.
    pub(crate) fn tuple(&self) -> String {
        tuple(&self.0)
    }
}

/// Formats a list as one number if all are the same, and as a Python tuple otherwise.
impl<const N: usize> fmt::Display for Each<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.iter().all(|n| *n == self.0[0]) {
            true => self.0[0].fmt(f),
            false => f.write_str(&self.tuple()),
        }
    }
}

/// Selects the name of a layer for `n` spatial dimensions from those for 1, 2 and 3; otherwise the name of the family.
pub(crate) fn name_of(n: usize, names: [&'static str; 3], family: &'static str) -> &'static str {
    names.get(n.wrapping_sub(1)).copied().unwrap_or(family)
}

/// Formats the items as a Python tuple: `(1, 2)`, and `(1,)` for one item.
pub(crate) fn tuple<T: fmt::Display>(list: &[T]) -> String {
    match list {
        [one] => format!("({one},)"),
        _ => format!(
            "({})",
            list.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
        ),
    }
}

/// Formats one number as it is, and several as a Python tuple.
pub(crate) fn one_or_tuple(list: &Ints) -> String {
    match list.as_slice() {
        [one] => one.to_string(),
        list => tuple(list),
    }
}

/// Formats one number for each of `n` spatial dimensions as a Python tuple; the list has one for all or one for each.
pub(crate) fn tuple_of(list: &Ints, n: usize) -> String {
    match list.as_slice() {
        [one] => tuple(&vec![*one; n]),
        list => tuple(list),
    }
}

/// Checks that `num_layers` layers fit in memory; each takes several thousand bytes however small its weights are.
#[track_caller]
pub(crate) fn room_for_layers(name: &str, num_layers: usize) -> Result<()> {
    const LAYER: usize = 1 << 12;
    room::<u8>(name, num_layers.checked_mul(LAYER)).map(drop)
}
