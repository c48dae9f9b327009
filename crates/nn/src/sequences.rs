//! Batches of sequences of different lengths.

use rushlight_tensor::{Error, Result, Scalar, Tensor};

/// The side of a sequence that [`pad_sequence`] fills. PyTorch: `padding_side`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PaddingSide {
    /// Before the first step.
    Left,
    /// After the last step.
    #[default]
    Right,
}

/// Pads sequences to the length of the longest one and stacks them. PyTorch: `nn.utils.rnn.pad_sequence`.
///
/// The sequences have shapes `[length, …]` that differ only in the length. With `T` the greatest length, the result has shape
/// `[batch, T, …]` if `batch_first`, otherwise `[T, batch, …]`; its dtype is that of the first sequence. The added steps are filled with
/// `padding_value`.
/// Gradients flow to the sequences.
///
/// ```
/// use rushlight::nn::{PaddingSide, pad_sequence};
/// use rushlight::tensor;
///
/// let sequences = [tensor!([1.0, 2.0, 3.0]), tensor!([4.0])];
/// let right = pad_sequence(&sequences, true, 0.0, PaddingSide::Right)?;
/// assert_eq!(right.to_vec2::<f32>()?, [[1.0, 2.0, 3.0], [4.0, 0.0, 0.0]]);
/// let left = pad_sequence(&sequences, true, -1.0, PaddingSide::Left)?;
/// assert_eq!(left.to_vec2::<f32>()?, [[1.0, 2.0, 3.0], [-1.0, -1.0, 4.0]]);
/// assert_eq!(pad_sequence(&sequences, false, 0.0, PaddingSide::Right)?.shape(), [3, 2]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// Use it in the collate function of a loader (`DataLoaderBuilder::collate`) to make batches of samples of different lengths.
///
/// # Errors
/// If there is no sequence, if a sequence is a scalar, if the sequences differ in a dimension other than the first or are on different
/// devices, or if the dtype cannot represent `padding_value`.
#[track_caller]
pub fn pad_sequence<T: AsRef<Tensor>>(
    sequences: &[T],
    batch_first: bool,
    padding_value: impl Into<Scalar>,
    padding_side: PaddingSide,
) -> Result<Tensor> {
    let sequences: Vec<&Tensor> = sequences.iter().map(AsRef::as_ref).collect();
    padded(&sequences, batch_first, padding_value.into(), padding_side)
}

#[track_caller]
fn padded(
    sequences: &[&Tensor],
    batch_first: bool,
    padding_value: Scalar,
    padding_side: PaddingSide,
) -> Result<Tensor> {
    let longest = longest(sequences)?;
    let first = sequences[0];
    let mut shape = first.shape().to_vec();
    shape[0] = longest;
    let padding = Tensor::full(
        shape.as_slice(),
        padding_value,
        (first.dtype(), first.device()),
    )?;
    // All sequences and their padding are concatenated in one copy, and the batch is a view of it.
    let mut pieces = Vec::with_capacity(2 * sequences.len());
    for &sequence in sequences {
        let sequence = sequence.to(first.dtype())?;
        let missing = longest - sequence.shape()[0];
        let fill = (missing > 0)
            .then(|| padding.narrow(0, 0, missing))
            .transpose()?;
        match padding_side {
            PaddingSide::Left => pieces.extend(fill.into_iter().chain([sequence])),
            PaddingSide::Right => pieces.extend([sequence].into_iter().chain(fill)),
        }
    }
    let pieces: Vec<&Tensor> = pieces.iter().collect();
    shape.insert(0, sequences.len());
    let batch = Tensor::cat(&pieces, 0)?.reshape(shape.as_slice())?;
    match batch_first {
        true => Ok(batch),
        false => batch.transpose(0, 1)?.contiguous(),
    }
}

/// Returns the greatest length of the sequences, or an error if their shapes differ otherwise.
#[track_caller]
fn longest(sequences: &[&Tensor]) -> Result<usize> {
    let Some(first) = sequences.first() else {
        return Err(Error::value("pad_sequence: expected at least one sequence"));
    };
    let mut longest = 0;
    for (i, sequence) in sequences.iter().enumerate() {
        let Some(&length) = sequence.shape().first() else {
            return Err(Error::shape(format!(
                "pad_sequence: sequence {i} has no dimensions; the first dimension is the length"
            )));
        };
        if sequence.shape()[1..] != first.shape()[1..] {
            return Err(Error::shape(format!(
                "pad_sequence: sequences may differ only in the first dimension: sequence 0 has shape {:?}, sequence {i} has shape {:?}",
                first.shape(),
                sequence.shape()
            )));
        }
        longest = longest.max(length);
    }
    Ok(longest)
}

/// Splits a batch that was padded on the right into its sequences, which are views of it. PyTorch: `nn.utils.rnn.unpad_sequence`.
///
/// `padded` has shape `[batch, T, …]` if `batch_first`, otherwise `[T, batch, …]`. Sequence `i` consists of the first `lengths[i]` steps and
/// has shape `[lengths[i], …]`. Gradients flow to `padded`.
///
/// ```
/// use rushlight::nn::{PaddingSide, pad_sequence, unpad_sequence};
/// use rushlight::tensor;
///
/// let sequences = [tensor!([1.0, 2.0, 3.0]), tensor!([4.0])];
/// let padded = pad_sequence(&sequences, false, 0.0, PaddingSide::Right)?;
/// let back = unpad_sequence(&padded, &[3, 1], false)?;
/// assert_eq!(back[0].to_vec::<f32>()?, [1.0, 2.0, 3.0]);
/// assert_eq!(back[1].to_vec::<f32>()?, [4.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If `padded` has fewer than two dimensions, if there is not exactly one length for each sequence, or if a length exceeds `T`.
#[track_caller]
pub fn unpad_sequence(
    padded: &Tensor,
    lengths: &[usize],
    batch_first: bool,
) -> Result<Vec<Tensor>> {
    let &[first, second, ..] = padded.shape() else {
        return Err(Error::shape(format!(
            "unpad_sequence: expected at least two dimensions, batch and steps, got {:?}",
            padded.shape()
        )));
    };
    let (batch_dim, batch, steps) = match batch_first {
        true => (0, first, second),
        false => (1, second, first),
    };
    if lengths.len() != batch {
        return Err(Error::value(format!(
            "unpad_sequence: got {} lengths for the {batch} sequences of {:?}",
            lengths.len(),
            padded.shape()
        )));
    }
    let mut sequences = Vec::with_capacity(batch);
    for (i, &length) in lengths.iter().enumerate() {
        if length > steps {
            return Err(Error::value(format!(
                "unpad_sequence: length {length} of sequence {i} exceeds the {steps} steps of {:?}",
                padded.shape()
            )));
        }
        sequences.push(padded.select(batch_dim, i as isize)?.narrow(0, 0, length)?);
    }
    Ok(sequences)
}
