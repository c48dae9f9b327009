//! Memory for results that are made on the host.

use crate::{Error, Result};

/// An empty list with room for `n` elements of the result of the operation `name`; `None` stands for a number that overflows.
///
/// `Vec::with_capacity` and `collect` abort the process if memory is lacking, so operations whose size the user chooses call this instead.
///
/// ```
/// use rushlight::backend::{ErrorKind, room};
/// assert!(room::<f32>("arange", Some(10)).is_ok());
/// let e = room::<f32>("arange", Some(usize::MAX)).unwrap_err();
/// assert_eq!(e.kind(), ErrorKind::OutOfMemory);
/// ```
#[track_caller]
pub fn room<T>(name: &str, n: Option<usize>) -> Result<Vec<T>> {
    let Some(n) = n else {
        return Err(Error::out_of_memory(format!(
            "{name}: the result has more elements than can be counted"
        )));
    };
    let mut list = Vec::new();
    match list.try_reserve_exact(n) {
        Ok(()) => Ok(list),
        Err(_) => Err(Error::out_of_memory(format!(
            "{name}: out of memory: {n} elements of {} bytes could not be allocated",
            size_of::<T>()
        ))),
    }
}
