//! Tensors in files: the safetensors format, written so that a crash at any moment leaves the old file or the new one.
//!
//! The new file is written beside the target, synced, and renamed over it; then the directory is synced, so that the rename lasts too.
//! Loading trusts nothing in the file: what is wrong is an error that names the file.
//!
//! ```
//! use rushlight_nn::{Linear, ModuleExt};
//! let dir = std::env::temp_dir().join(format!("rushlight-doc-{}", std::process::id()));
//! std::fs::create_dir_all(&dir)?;
//! let (trained, fresh) = (Linear::new(3, 2)?, Linear::new(3, 2)?);
//! trained.save(dir.join("model.safetensors"))?;
//! fresh.load(dir.join("model.safetensors"))?;
//! assert!(fresh.weight.equal(&trained.weight)?);
//! std::fs::remove_dir_all(&dir)?;
//! # Ok::<(), rushlight_tensor::Error>(())
//! ```

use crate::StateDict;
use rushlight_tensor::{DType, Device, Error, ErrorKind, Result, Tensor};
use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, TensorView};
use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// What a file of tensors holds.
#[derive(Clone, Default, Debug)]
pub struct Saved {
    /// The tensors, on the CPU, in the file's order.
    pub tensors: StateDict,
    /// Texts by name that were saved with them.
    pub metadata: BTreeMap<String, String>,
}

/// Writes tensors and metadata to a safetensors file, which is replaced as a whole or not at all.
#[track_caller]
pub fn save_tensors(
    path: impl AsRef<Path>,
    tensors: &StateDict,
    metadata: &BTreeMap<String, String>,
) -> Result<()> {
    let path = path.as_ref();
    if cfg!(target_endian = "big") {
        return Err(Error::unsupported(
            "save: safetensors files are little-endian, this machine is not",
        ));
    }
    let mut bytes = Vec::with_capacity(tensors.len());
    for (name, tensor) in tensors.iter() {
        bytes.push((name, tensor, tensor.bytes()?));
    }
    let mut views = Vec::with_capacity(bytes.len());
    for (name, tensor, bytes) in &bytes {
        match TensorView::new(to_file(tensor.dtype()), tensor.shape().to_vec(), bytes) {
            Ok(view) => views.push((*name, view)),
            Err(e) => return Err(Error::io(format!("save {path:?}: {name}: {e}"))),
        }
    }
    let metadata: HashMap<String, String> = metadata.clone().into_iter().collect();
    let file = match safetensors::serialize(views, (!metadata.is_empty()).then_some(metadata)) {
        Ok(file) => file,
        Err(e) => return Err(Error::io(format!("save {path:?}: {e}"))),
    };
    match replace(path, &file) {
        Ok(()) => Ok(()),
        Err(e) => Err(Error::io(format!("save {path:?}: {e}"))),
    }
}

/// Reads a safetensors file.
///
/// A file that is missing, cut short, not safetensors, or of dtypes that tensors do not have is an error that says so.
#[track_caller]
pub fn load_tensors(path: impl AsRef<Path>) -> Result<Saved> {
    let path = path.as_ref();
    let bad = |kind, what: String| Error::new(kind, format!("load {path:?}: {what}"));
    if cfg!(target_endian = "big") {
        return Err(bad(
            ErrorKind::Unsupported,
            "safetensors files are little-endian, this machine is not".into(),
        ));
    }
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) => return Err(bad(ErrorKind::Io, e.to_string())),
    };
    let parsed = SafeTensors::read_metadata(&bytes)
        .and_then(|(_, header)| Ok((header, SafeTensors::deserialize(&bytes)?)));
    let (header, file) = match parsed {
        Ok(parsed) => parsed,
        Err(e) => return Err(bad(ErrorKind::Parse, explain(&e, bytes.len()))),
    };
    let mut saved = Saved::default();
    if let Some(metadata) = header.metadata() {
        saved.metadata = metadata.clone().into_iter().collect();
    }
    for name in header.offset_keys() {
        let view = match file.tensor(&name) {
            Ok(view) => view,
            Err(e) => return Err(bad(ErrorKind::Parse, explain(&e, bytes.len()))),
        };
        let Some(dtype) = from_file(view.dtype()) else {
            return Err(bad(
                ErrorKind::Parse,
                format!("{name}: tensors have no dtype {}", view.dtype()),
            ));
        };
        match Tensor::from_bytes(view.data(), view.shape(), dtype, &Device::CPU) {
            Ok(tensor) => saved.tensors.insert(name, tensor),
            Err(e) => return Err(bad(ErrorKind::Parse, format!("{name}: {}", e.message()))),
        };
    }
    Ok(saved)
}

/// What is wrong with a file, said to a person.
fn explain(error: &SafeTensorError, length: usize) -> String {
    match error {
        SafeTensorError::HeaderTooSmall | SafeTensorError::InvalidHeaderLength => {
            format!(
                "not a safetensors file, or cut short: its {length} bytes end within the header ({error})"
            )
        }
        SafeTensorError::MetadataIncompleteBuffer => {
            format!(
                "cut short, or with bytes that belong to no tensor: its {length} bytes do not match the header ({error})"
            )
        }
        SafeTensorError::HeaderTooLarge
        | SafeTensorError::InvalidHeader(_)
        | SafeTensorError::InvalidHeaderDeserialization(_) => {
            format!("not a safetensors file ({error})")
        }
        _ => format!("damaged ({error})"),
    }
}

/// Puts `contents` in the file's place in one step.
fn replace(path: &Path, contents: &[u8]) -> std::io::Result<()> {
    let temporary = beside(path)?;
    let written = File::options()
        .write(true)
        .create_new(true)
        .open(&temporary)
        .and_then(|mut file| {
            file.write_all(contents)?;
            file.sync_all()
        });
    if let Err(e) = written.and_then(|()| fs::rename(&temporary, path)) {
        // The first error is the one to tell; a temporary file that cannot be removed either does no harm.
        let _ = fs::remove_file(&temporary);
        return Err(e);
    }
    sync_directory(path)
}

/// A name in the same directory, and so on the same file system, that no other save uses.
fn beside(path: &Path) -> std::io::Result<PathBuf> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let Some(name) = path.file_name() else {
        return Err(std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            "not the path of a file",
        ));
    };
    let mut temporary = OsString::from(".");
    temporary.push(name);
    temporary.push(format!(
        ".{}-{}.tmp",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    ));
    Ok(path.with_file_name(temporary))
}

#[cfg(unix)]
fn sync_directory(path: &Path) -> std::io::Result<()> {
    let directory = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

fn to_file(dtype: DType) -> Dtype {
    match dtype {
        DType::Bool => Dtype::BOOL,
        DType::U8 => Dtype::U8,
        DType::I8 => Dtype::I8,
        DType::I16 => Dtype::I16,
        DType::I32 => Dtype::I32,
        DType::I64 => Dtype::I64,
        DType::F16 => Dtype::F16,
        DType::BF16 => Dtype::BF16,
        DType::F32 => Dtype::F32,
        DType::F64 => Dtype::F64,
    }
}

fn from_file(dtype: Dtype) -> Option<DType> {
    DType::ALL.into_iter().find(|d| to_file(*d) == dtype)
}
