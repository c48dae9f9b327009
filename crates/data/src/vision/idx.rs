//! IDX, the format of MNIST: a header with the dtype and the sizes, then the elements in row-major order, all big-endian.

use super::{Bytes, find};
use crate::TensorDataset;
use rushlight_tensor::{DType, Error, Result, Tensor};
use std::path::Path;

/// The largest number of dimensions of a tensor.
const MAX_DIMS: u8 = 8;

/// Reads an IDX file, compressed with gzip or not, as a tensor. torchvision: `read_sn3_pascalvincent_tensor`.
///
/// The tensor has the sizes of the header, and the dtype `uint8`, `int8`, `int16`, `int32`, `float32` or `float64`.
///
/// ```
/// use rushlight::data::vision::read_idx;
/// # let path = std::env::temp_dir().join(format!("rushlight-read-idx-{}", std::process::id()));
/// // Unsigned bytes (type 8) in two dimensions, 2 x 3.
/// std::fs::write(&path, [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]).unwrap();
/// assert_eq!(read_idx(&path)?.to_vec2::<u8>()?, [[1, 2, 3], [4, 5, 6]]);
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the file cannot be read, or is not an IDX file whose elements are exactly those that the header announces.
#[track_caller]
pub fn read_idx(path: impl AsRef<Path>) -> Result<Tensor> {
    read(&mut Bytes::open(path.as_ref())?)
}

#[track_caller]
fn read(file: &mut Bytes) -> Result<Tensor> {
    let magic = file.up_to(4)?;
    let &[first, second, code, ndim] = magic.as_slice() else {
        return Err(file.malformed("the file ends within the header"));
    };
    if (first, second) != (0, 0) {
        return Err(file.malformed_at(
            0,
            format_args!("an IDX file begins with two bytes 0, found {first} and {second}"),
        ));
    }
    let (dtype, width) = match code {
        0x08 => (DType::U8, 1),
        0x09 => (DType::I8, 1),
        0x0b => (DType::I16, 2),
        0x0c => (DType::I32, 4),
        0x0d => (DType::F32, 4),
        0x0e => (DType::F64, 8),
        _ => {
            return Err(file.malformed_at(
                2,
                format_args!(
                    "{code:#04x} is not an element type of IDX; these are 0x08, 0x09, 0x0b, 0x0c, 0x0d and 0x0e"
                ),
            ));
        }
    };
    if ndim > MAX_DIMS {
        return Err(file.malformed_at(
            3,
            format_args!("{ndim} dimensions; a tensor has at most {MAX_DIMS}"),
        ));
    }
    let sizes = file.up_to(4 * u64::from(ndim))?;
    if sizes.len() < 4 * usize::from(ndim) {
        return Err(file.malformed(format_args!(
            "the file ends within the {ndim} sizes of the header"
        )));
    }
    let shape: Vec<usize> = sizes
        .chunks_exact(4)
        .map(|c| u32::from_be_bytes([c[0], c[1], c[2], c[3]]) as usize)
        .collect();
    let total = shape
        .iter()
        .try_fold(width, |total: u64, &n| total.checked_mul(n as u64));
    // One byte more than the header announces is read, to notice bytes after the end; the sum must not overflow.
    let Some(total) = total.filter(|&total| total < i64::MAX as u64) else {
        return Err(file.malformed_at(
            4,
            format_args!("sizes {shape:?} need more bytes than any memory has"),
        ));
    };
    let start = file.offset;
    let elements = file.up_to(total + 1)?;
    if (elements.len() as u64) < total {
        return Err(file.malformed(format_args!(
            "the file ends after {} of the {total} bytes of elements that the header announces, {shape:?} of {dtype}",
            elements.len()
        )));
    }
    if elements.len() as u64 > total {
        return Err(file.malformed_at(
            start + total,
            format_args!("there are bytes after the last element of {shape:?} of {dtype}"),
        ));
    }
    tensor(&elements, dtype, &shape)
}

/// A tensor of big-endian elements.
#[track_caller]
fn tensor(bytes: &[u8], dtype: DType, shape: &[usize]) -> Result<Tensor> {
    macro_rules! elements {
        ($t:ty) => {{
            let chunks = bytes.chunks_exact(size_of::<$t>());
            let elements: Vec<$t> = chunks
                .map(|c| {
                    let mut bytes = [0; size_of::<$t>()];
                    bytes.copy_from_slice(c);
                    <$t>::from_be_bytes(bytes)
                })
                .collect();
            Tensor::from_slice(&elements, shape)
        }};
    }
    match dtype {
        DType::I8 => elements!(i8),
        DType::I16 => elements!(i16),
        DType::I32 => elements!(i32),
        DType::F32 => elements!(f32),
        DType::F64 => elements!(f64),
        _ => Tensor::from_slice(bytes, shape),
    }
}

/// MNIST, or a data set whose files have the same names (Fashion-MNIST, KMNIST), from a folder. torchvision: `torchvision.datasets.MNIST`.
///
/// The samples are images `[1, 28, 28]` of `uint8` and labels `[]` of `int64`. The folder holds `train-images-idx3-ubyte` and
/// `train-labels-idx1-ubyte`, or `t10k-…` for the test set, with `.gz` or without, in the folder itself or in its folder `MNIST/raw`.
///
/// ```no_run
/// use rushlight::data::{DataLoader, vision::mnist};
/// let train = mnist("data", true)?;
/// let loader = DataLoader::builder(train).batch_size(64).shuffle(true).build()?;
/// for batch in &loader {
///     let (images, labels) = batch?;
///     let x = images.float()?.div(255.0)?;
///     assert_eq!(x.shape(), [labels.numel(), 1, 28, 28]);
/// }
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If a file is missing or malformed, if the file of images does not have three dimensions or that of labels one, or if there are more
/// images than labels or fewer.
#[track_caller]
pub fn mnist(root: impl AsRef<Path>, train: bool) -> Result<TensorDataset<(Tensor, Tensor)>> {
    let part = if train { "train" } else { "t10k" };
    let ((file, images), (_, labels)) = (
        mnist_part(root.as_ref(), part, "images", 3)?,
        mnist_part(root.as_ref(), part, "labels", 1)?,
    );
    if images.shape()[0] != labels.shape()[0] {
        return Err(Error::parse(format!(
            "{file}: {} images, but {} labels in the other file",
            images.shape()[0],
            labels.shape()[0]
        )));
    }
    TensorDataset::new((images.unsqueeze(1)?, labels.to(DType::I64)?))
}

/// The path of one of the files of MNIST, and its tensor.
#[track_caller]
fn mnist_part(root: &Path, part: &str, what: &str, ndim: usize) -> Result<(String, Tensor)> {
    let name = format!("{part}-{what}-idx{ndim}-ubyte");
    let packed = format!("{name}.gz");
    let path = find("mnist", root, "MNIST/raw", &[&name, &packed])?;
    let x = read_idx(&path)?;
    match (x.dtype(), x.ndim() == ndim) {
        (DType::U8, true) => Ok((path.display().to_string(), x)),
        _ => Err(Error::parse(format!(
            "{}: expected uint8 in {ndim} dimensions, found {} {:?}",
            path.display(),
            x.dtype(),
            x.shape()
        ))),
    }
}
