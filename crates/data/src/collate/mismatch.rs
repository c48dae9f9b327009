//! Errors of samples that cannot be put together: they name the samples by their indices in the data set.
//!
//! The indices are known where a batch is fetched, and the shapes where its tensors are stacked; a collate function of the user may be called
//! in between. The indices are passed in a thread-local list, so that [`Collate`](crate::Collate), which users implement, is a function of
//! the samples alone.

use rushlight_tensor::{Error, Tensor};
use std::cell::RefCell;
use std::fmt::{Debug, Write};

/// Whether the samples of a batch are still in the order of their indices when they are stacked.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Order {
    Kept,
    /// A collate function of the user may have sorted the samples first, as is usual for packed sequences.
    Unknown,
}

thread_local! {
    static BATCH: RefCell<(Vec<usize>, Order)> = const { RefCell::new((Vec::new(), Order::Kept)) };
}

/// Runs `collate` on the samples at `indices`. If calls are nested, as those of subsets and concatenations are, the indices of the outermost
/// call are used: they belong to the data set of the loader.
pub(crate) fn of_samples<R>(indices: &[usize], order: Order, collate: impl FnOnce() -> R) -> R {
    struct Clear(bool);
    impl Drop for Clear {
        fn drop(&mut self) {
            if self.0 {
                BATCH.with_borrow_mut(|(indices, _)| indices.clear());
            }
        }
    }
    let outermost = BATCH.with_borrow_mut(|current| {
        let outermost = current.0.is_empty();
        if outermost {
            current.0.extend_from_slice(indices);
            current.1 = order;
        }
        outermost
    });
    let _clear = Clear(outermost);
    collate()
}

/// The largest number of groups of samples, and of samples in each group, that a message lists.
const LISTED: usize = 4;

/// The largest number of indices of the batch that a message lists.
const BATCH_LISTED: usize = 16;

/// The names of the samples of the batch in messages: their indices, or their positions in the batch if their order is not known.
struct Names {
    indices: Option<Vec<usize>>,
    order: Order,
}

impl Names {
    fn of(samples: usize) -> Names {
        let (indices, order) = BATCH.with_borrow(|current| current.clone());
        Names {
            indices: (indices.len() == samples).then_some(indices),
            order,
        }
    }

    /// The index of the sample at each position, if it is known.
    fn in_order(&self) -> Option<&[usize]> {
        match self.order {
            Order::Kept => self.indices.as_deref(),
            Order::Unknown => None,
        }
    }

    /// `sample 7`, `samples 7, 9 and 3 more`; `position 0 of the batch` where the index is unknown.
    fn list(&self, positions: &[usize]) -> String {
        let plural = if positions.len() == 1 { "" } else { "s" };
        let indices = self.in_order();
        let mut text = match indices {
            Some(_) => format!("sample{plural} "),
            None => format!("position{plural} "),
        };
        for (i, &position) in positions.iter().take(LISTED).enumerate() {
            let name = indices.map_or(position, |all| all[position]);
            let comma = if i == 0 { "" } else { ", " };
            let _ = write!(text, "{comma}{name}");
        }
        if positions.len() > LISTED {
            let _ = write!(text, " and {} more", positions.len() - LISTED);
        }
        if indices.is_none() {
            text.push_str(" of the batch");
        }
        text
    }

    /// The text for the whole batch: `the batch is samples [0, 7, 2]`.
    fn batch(&self, samples: usize) -> String {
        let Some(all) = &self.indices else {
            return format!("the batch has {samples} samples");
        };
        let mut text = format!(
            "the batch is samples {:?}",
            &all[..all.len().min(BATCH_LISTED)]
        );
        if all.len() > BATCH_LISTED {
            let _ = write!(text, " and {} more", all.len() - BATCH_LISTED);
        }
        if self.order == Order::Unknown {
            text.push_str(" in the order that the collate function gave them");
        }
        text
    }
}

/// The distinct values of the samples, each with the samples that have it: `[3] (samples 0, 2), [4] (sample 1)`.
fn groups<T: PartialEq + Debug>(values: &[T], names: &Names) -> String {
    let mut groups: Vec<(&T, Vec<usize>)> = Vec::new();
    for (position, value) in values.iter().enumerate() {
        match groups.iter_mut().find(|(other, _)| *other == value) {
            Some((_, positions)) => positions.push(position),
            None => groups.push((value, vec![position])),
        }
    }
    let mut text = String::new();
    for (i, (value, positions)) in groups.iter().take(LISTED).enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        let _ = write!(text, "{comma}{value:?} ({})", names.list(positions));
    }
    if groups.len() > LISTED {
        let _ = write!(text, " and {} more", groups.len() - LISTED);
    }
    text
}

/// The error of tensors that could not be stacked; `e` is the error of `stack`.
#[cold]
#[track_caller]
pub(super) fn tensors(samples: &[Tensor], e: Error) -> Error {
    let names = Names::of(samples.len());
    let batch = names.batch(samples.len());
    let shapes: Vec<&[usize]> = samples.iter().map(Tensor::shape).collect();
    if shapes.iter().all(|shape| *shape == shapes[0]) {
        return e.context(format_args!("collate ({batch})"));
    }
    Error::shape(format!(
        "collate: tensors of different shapes cannot be stacked: {}; {batch}. Make them alike in the data set or in a collate function \
         (DataLoaderBuilder::collate), sequences of different lengths by nn::pad_sequence",
        groups(&shapes, &names)
    ))
}

/// The error of lists of different lengths.
#[cold]
#[track_caller]
pub(super) fn lists(lengths: &[usize]) -> Error {
    let names = Names::of(lengths.len());
    Error::shape(format!(
        "collate: lists of different lengths cannot be put into one batch: length {}; {}. Make them alike in the data set or in a collate \
         function (DataLoaderBuilder::collate)",
        groups(lengths, &names),
        names.batch(lengths.len())
    ))
}

/// The error of a sample that lacks a key of the first sample: the one at `position` of `samples` samples.
#[cold]
#[track_caller]
pub(super) fn missing_key(key: &dyn Debug, position: usize, samples: usize) -> Error {
    let names = Names::of(samples);
    Error::value(format!(
        "collate: {} has no entry {key:?}, which {} has; {}",
        names.list(&[position]),
        names.list(&[0]),
        names.batch(samples)
    ))
}
