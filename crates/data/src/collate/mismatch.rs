//! Errors of samples that cannot be put together: they name the samples by their indices in the data set.
//!
//! The indices are known where a batch is fetched and the shapes where its tensors are stacked; the user's own collate function may lie in
//! between. A list of the current thread carries the indices there, so that [`Collate`](crate::Collate) stays a function of the samples
//! alone, which is all that a data set has to implement.

use rushlight_tensor::{Error, Tensor};
use std::cell::RefCell;
use std::fmt::{Debug, Write};

thread_local! {
    static INDICES: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Runs `collate` on the samples at `indices`. Of nested calls the outermost one counts: its indices belong to the data set that the
/// loader was made of, whatever subsets and concatenations lie below.
pub(crate) fn of_samples<R>(indices: &[usize], collate: impl FnOnce() -> R) -> R {
    struct Clear(bool);
    impl Drop for Clear {
        fn drop(&mut self) {
            if self.0 {
                INDICES.with_borrow_mut(Vec::clear);
            }
        }
    }
    let outermost = INDICES.with_borrow_mut(|current| {
        let outermost = current.is_empty();
        if outermost {
            current.extend_from_slice(indices);
        }
        outermost
    });
    let _clear = Clear(outermost);
    collate()
}

/// How many groups of samples, and how many samples of each, a message lists.
const LISTED: usize = 4;

/// How many indices of the batch a message lists.
const BATCH_LISTED: usize = 16;

/// The samples of the batch that is collated: their indices, or their positions in the batch where nobody knows the indices.
struct Names {
    indices: Option<Vec<usize>>,
}

impl Names {
    fn of(samples: usize) -> Names {
        let indices = INDICES.with_borrow(|current| current.clone());
        Names {
            indices: (indices.len() == samples).then_some(indices),
        }
    }

    /// `sample 7`, `samples 7, 9 and 3 more`; `position 0 of the batch` where the indices are unknown.
    fn list(&self, positions: &[usize]) -> String {
        let plural = if positions.len() == 1 { "" } else { "s" };
        let mut text = match self.indices {
            Some(_) => format!("sample{plural} "),
            None => format!("position{plural} "),
        };
        for (i, &position) in positions.iter().take(LISTED).enumerate() {
            let name = self.indices.as_ref().map_or(position, |all| all[position]);
            let comma = if i == 0 { "" } else { ", " };
            let _ = write!(text, "{comma}{name}");
        }
        if positions.len() > LISTED {
            let _ = write!(text, " and {} more", positions.len() - LISTED);
        }
        if self.indices.is_none() {
            text.push_str(" of the batch");
        }
        text
    }

    /// The whole batch: `the batch is samples [0, 7, 2]`.
    fn batch(&self, samples: usize) -> String {
        match &self.indices {
            Some(all) if all.len() > BATCH_LISTED => format!(
                "the batch is samples {:?} and {} more",
                &all[..BATCH_LISTED],
                all.len() - BATCH_LISTED
            ),
            Some(all) => format!("the batch is samples {all:?}"),
            None => format!("the batch has {samples} samples"),
        }
    }
}

/// The values of the samples, each with the samples that have it: `[3] (samples 0, 2), [4] (sample 1)`.
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

/// The error of tensors that could not be stacked; `e` is what stacking reported.
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
        "collate: lists of different lengths have no common batch: length {}; {}. Make them alike in the data set or in a collate \
         function (DataLoaderBuilder::collate)",
        groups(lengths, &names),
        names.batch(lengths.len())
    ))
}

/// The error of a sample, the one at `position` of `samples`, without a key that the first one has.
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
