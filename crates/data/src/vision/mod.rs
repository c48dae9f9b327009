//! Image data sets from files. torchvision: `torchvision.datasets`.
//!
//! Nothing is downloaded: the functions read the files that the authors of the data sets publish. Files are not trusted: a malformed file is an
//! error that names the file and the byte, and memory is allocated for the bytes of the file, not for those that its header announces.

mod cifar;
mod idx;
#[cfg(feature = "image")]
mod image_folder;

pub use cifar::{Cifar100, cifar10, cifar100, read_cifar10, read_cifar100};
pub use idx::{mnist, read_idx};
#[cfg(feature = "image")]
pub use image_folder::ImageFolder;

use flate2::read::MultiGzDecoder;
use rushlight_tensor::{Error, Result};
use std::fmt::Display;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};

/// An open file, decompressed if it was compressed with gzip, with its name and the number of bytes that were read.
struct Bytes {
    reader: Box<dyn Read>,
    name: String,
    offset: u64,
}

impl Bytes {
    #[track_caller]
    fn open(path: &Path) -> Result<Bytes> {
        let name = path.display().to_string();
        let mut magic = [0; 2];
        let opened = File::open(path).and_then(|mut file| {
            let read = file.read(&mut magic)?;
            file.rewind()?;
            Ok((file, read))
        });
        let (file, read) = match opened {
            Ok(opened) => opened,
            Err(e) => return Err(Error::io(format!("{name}: {e}"))),
        };
        let reader: Box<dyn Read> = match (read, magic) {
            (2, [0x1f, 0x8b]) => Box::new(MultiGzDecoder::new(BufReader::new(file))),
            _ => Box::new(BufReader::new(file)),
        };
        Ok(Bytes {
            reader,
            name,
            offset: 0,
        })
    }

    /// The next `n` bytes, or fewer if the file ends earlier.
    #[track_caller]
    fn up_to(&mut self, n: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self.reader.by_ref().take(n).read_to_end(&mut bytes) {
            Ok(read) => {
                self.offset += read as u64;
                Ok(bytes)
            }
            Err(e) => {
                let offset = self.offset + bytes.len() as u64;
                Err(Error::io(format!("{}, byte {offset}: {e}", self.name)))
            }
        }
    }

    /// The error of a malformed file at the current position.
    #[track_caller]
    fn malformed(&self, what: impl Display) -> Error {
        self.malformed_at(self.offset, what)
    }

    /// The error of a malformed file at a position, which for a compressed file counts decompressed bytes.
    #[track_caller]
    fn malformed_at(&self, offset: u64, what: impl Display) -> Error {
        Error::parse(format!("{}, byte {offset}: {what}", self.name))
    }
}

/// The first file that exists: those with one of `names` in `root` first, then those in its folder `inner`.
#[track_caller]
fn find(what: &str, root: &Path, inner: &str, names: &[&str]) -> Result<PathBuf> {
    let folders = [root.to_owned(), root.join(inner)];
    let candidates = folders
        .iter()
        .flat_map(|folder| names.iter().map(|name| folder.join(name)));
    match candidates.into_iter().find(|path| path.is_file()) {
        Some(path) => Ok(path),
        None => Err(Error::io(format!(
            "{what}: found no file {} in {} or {}",
            names.join(" or "),
            folders[0].display(),
            folders[1].display()
        ))),
    }
}
