//! CIFAR-10 and CIFAR-100 in their binary versions: records of labels and an image of 32 by 32 pixels, one plane per colour.

use super::{Bytes, find};
use crate::TensorDataset;
use rushlight_tensor::{Result, Tensor};
use std::path::Path;

/// The bytes of an image.
const PIXELS: usize = 3 * 32 * 32;

/// The records of one or more files.
struct Records<const LABELS: usize> {
    images: Vec<u8>,
    labels: [Vec<i64>; LABELS],
}

impl<const LABELS: usize> Records<LABELS> {
    fn new() -> Records<LABELS> {
        Records {
            images: Vec::new(),
            labels: std::array::from_fn(|_| Vec::new()),
        }
    }

    /// Adds the records of a file, whose labels must be below `classes`.
    #[track_caller]
    fn read(&mut self, path: &Path, classes: [u8; LABELS]) -> Result<()> {
        let mut file = Bytes::open(path)?;
        loop {
            let start = file.offset;
            let record = file.up_to((LABELS + PIXELS) as u64)?;
            if record.is_empty() {
                return Ok(());
            }
            if record.len() < LABELS + PIXELS {
                return Err(file.malformed(format_args!(
                    "the file ends within the record that begins at byte {start}; a record has {} bytes",
                    LABELS + PIXELS
                )));
            }
            for (i, (labels, n)) in self.labels.iter_mut().zip(classes).enumerate() {
                if record[i] >= n {
                    return Err(file.malformed_at(
                        start + i as u64,
                        format_args!("label {} is not below {n}", record[i]),
                    ));
                }
                labels.push(i64::from(record[i]));
            }
            self.images.extend_from_slice(&record[LABELS..]);
        }
    }

    #[track_caller]
    fn images(&self) -> Result<Tensor> {
        Tensor::from_slice(&self.images, [self.images.len() / PIXELS, 3, 32, 32])
    }

    #[track_caller]
    fn labels(&self, which: usize) -> Result<Tensor> {
        let labels = &self.labels[which];
        Tensor::from_slice(labels, labels.len())
    }
}

/// Reads a file of CIFAR-10's binary version: images `[n, 3, 32, 32]` of `uint8`, and labels `[n]` of `int64` below 10.
///
/// ```
/// use rushlight::data::vision::read_cifar10;
/// # let path = std::env::temp_dir().join(format!("rushlight-read-cifar-{}.bin", std::process::id()));
/// // One record: label 7 and a grey image.
/// let mut record = vec![128; 1 + 3 * 32 * 32];
/// record[0] = 7;
/// std::fs::write(&path, record).unwrap();
/// let (images, labels) = read_cifar10(&path)?;
/// assert_eq!((images.shape(), labels.to_vec::<i64>()?), (&[1, 3, 32, 32][..], vec![7]));
/// # std::fs::remove_file(&path).unwrap();
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the file cannot be read, ends within a record, or has a label that is not below 10.
#[track_caller]
pub fn read_cifar10(path: impl AsRef<Path>) -> Result<(Tensor, Tensor)> {
    let mut records = Records::<1>::new();
    records.read(path.as_ref(), [10])?;
    Ok((records.images()?, records.labels(0)?))
}

/// The images and both kinds of labels of CIFAR-100, as [`read_cifar100`] reads them.
///
/// ```no_run
/// use rushlight::data::vision::{Cifar100, read_cifar100};
/// let Cifar100 { images, fine_labels, .. } = read_cifar100("data/cifar-100-binary/train.bin")?;
/// assert_eq!(images.size(0)?, fine_labels.numel());
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cifar100 {
    /// `[n, 3, 32, 32]` of `uint8`.
    pub images: Tensor,
    /// The superclasses, `[n]` of `int64` below 20.
    pub coarse_labels: Tensor,
    /// The classes, `[n]` of `int64` below 100.
    pub fine_labels: Tensor,
}

/// Reads a file of CIFAR-100's binary version.
///
/// ```no_run
/// use rushlight::data::vision::read_cifar100;
/// let test = read_cifar100("data/cifar-100-binary/test.bin")?;
/// assert_eq!(test.images.shape(), [10_000, 3, 32, 32]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the file cannot be read, ends within a record, or has a coarse label that is not below 20 or a fine one that is not below 100.
#[track_caller]
pub fn read_cifar100(path: impl AsRef<Path>) -> Result<Cifar100> {
    let mut records = Records::<2>::new();
    records.read(path.as_ref(), [20, 100])?;
    Ok(Cifar100 {
        images: records.images()?,
        coarse_labels: records.labels(0)?,
        fine_labels: records.labels(1)?,
    })
}

/// CIFAR-10 from a folder: `data_batch_1.bin` to `data_batch_5.bin` or `test_batch.bin`, in the folder itself or in its folder
/// `cifar-10-batches-bin`.
/// torchvision: `torchvision.datasets.CIFAR10`, which reads the Python version.
///
/// The samples are images `[3, 32, 32]` of `uint8` and labels `[]` of `int64`.
///
/// ```no_run
/// use rushlight::data::{Dataset, vision::cifar10};
/// let train = cifar10("data", true)?;
/// assert_eq!(train.len(), 50_000);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If a file is missing, or as for [`read_cifar10`].
#[track_caller]
pub fn cifar10(root: impl AsRef<Path>, train: bool) -> Result<TensorDataset<(Tensor, Tensor)>> {
    const TRAIN: [&str; 5] = [
        "data_batch_1.bin",
        "data_batch_2.bin",
        "data_batch_3.bin",
        "data_batch_4.bin",
        "data_batch_5.bin",
    ];
    let names = if train {
        &TRAIN[..]
    } else {
        &["test_batch.bin"]
    };
    let mut records = Records::<1>::new();
    for name in names {
        let path = find("cifar10", root.as_ref(), "cifar-10-batches-bin", &[name])?;
        records.read(&path, [10])?;
    }
    TensorDataset::new((records.images()?, records.labels(0)?))
}

/// CIFAR-100 from a folder: `train.bin` or `test.bin`, in the folder itself or in its folder `cifar-100-binary`.
/// torchvision: `torchvision.datasets.CIFAR100`, which reads the Python version.
///
/// The samples are images `[3, 32, 32]` of `uint8` and the fine labels `[]` of `int64`; [`read_cifar100`] gives both kinds of labels.
///
/// ```no_run
/// use rushlight::data::{Dataset, vision::cifar100};
/// assert_eq!(cifar100("data", false)?.len(), 10_000);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the file is missing, or as for [`read_cifar100`].
#[track_caller]
pub fn cifar100(root: impl AsRef<Path>, train: bool) -> Result<TensorDataset<(Tensor, Tensor)>> {
    let name = if train { "train.bin" } else { "test.bin" };
    let path = find("cifar100", root.as_ref(), "cifar-100-binary", &[name])?;
    let all = read_cifar100(path)?;
    TensorDataset::new((all.images, all.fine_labels))
}
