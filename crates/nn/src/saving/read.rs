//! Reading of safetensors files, whose contents are not trusted.

use super::formats::{ENOUGH, recognize};
use super::{MAX_HEADER, from_file};
use crate::StateDict;
use rushlight_tensor::{Device, Error, Result, Tensor};
use safetensors::tensor::Metadata;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;

/// The contents of a safetensors file.
#[derive(Clone, Default, Debug)]
pub struct TensorFile {
    /// The tensors, on the CPU, in the file's order.
    pub tensors: StateDict,
    /// The metadata: texts by name that were saved with the tensors.
    pub metadata: BTreeMap<String, String>,
}

/// Reads a safetensors file.
///
/// # Errors
/// If the file is missing, truncated or not a safetensors file, or if it has a dtype that tensors do not have. PyTorch's checkpoints
/// (`.pt`, `.pth`), NumPy's files and other formats are recognized by their contents, and the error says how to convert them.
#[track_caller]
pub fn load_tensors(path: impl AsRef<Path>) -> Result<TensorFile> {
    let path = path.as_ref();
    match load(path) {
        Ok(saved) => Ok(saved),
        Err(e) => Err(e.context(format_args!("load {path:?}")).here()),
    }
}

fn load(path: &Path) -> Result<TensorFile> {
    if cfg!(target_endian = "big") {
        return Err(Error::unsupported(
            "safetensors files are little-endian, but this machine is not",
        ));
    }
    let file = File::open(path)?;
    let about = file.metadata()?;
    if about.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory).into());
    }
    // The length of a pipe is not known before its end.
    let length = about.is_file().then_some(about.len());
    let mut file = BufReader::new(file);
    let mut start = Vec::new();
    file.by_ref().take(ENOUGH).read_to_end(&mut start)?;
    if let Some(format) = recognize(&start) {
        return Err(Error::parse(format!("not a safetensors file: {format}")));
    }
    let mut file = Cursor::new(start).chain(file);
    let header = header(&mut file, length)?;
    let mut saved = TensorFile::default();
    if let Some(metadata) = header.metadata() {
        saved.metadata = metadata.clone().into_iter().collect();
    }
    for name in header.offset_keys() {
        let Some(info) = header.info(&name) else {
            return Err(Error::parse(format!("damaged ({name:?} has no entry)")));
        };
        let Some(dtype) = from_file(info.dtype) else {
            let text = format!("{name}: the dtype {} is not supported", info.dtype);
            return Err(Error::parse(text));
        };
        let (start, end) = info.data_offsets;
        let bytes = exactly(&mut file, (end - start) as u64, length)?;
        match Tensor::from_bytes(&bytes, &info.shape[..], dtype, &Device::CPU) {
            Ok(tensor) => saved.tensors.insert(name, tensor),
            Err(e) => return Err(Error::parse(format!("{name}: {}", e.message()))),
        };
    }
    if file.read(&mut [0])? > 0 {
        return Err(Error::parse(
            "the bytes after its last tensor belong to no tensor",
        ));
    }
    Ok(saved)
}

/// Reads the header, which precedes the bytes of the tensors.
fn header(file: &mut impl Read, length: Option<u64>) -> Result<Metadata> {
    let mut size = [0; 8];
    let bytes = exactly(file, 8, length)?;
    size.copy_from_slice(&bytes);
    let size = u64::from_le_bytes(size);
    if size > MAX_HEADER {
        return Err(Error::parse(format!(
            "not a safetensors file (its header would have {size} bytes)"
        )));
    }
    let text = exactly(file, size, length)?;
    let header: Metadata = match serde_json::from_slice(&text) {
        Ok(header) => header,
        // The text is JSON, but does not describe consecutive tensors.
        Err(e) if e.is_data() => return Err(Error::parse(format!("damaged ({e})"))),
        Err(e) => return Err(Error::parse(format!("not a safetensors file ({e})"))),
    };
    if let Some(length) = length {
        let expected = header.data_len() as u64;
        let found = length - size - 8;
        if found < expected {
            return Err(cut_short(length));
        }
        if found > expected {
            return Err(Error::parse(format!(
                "{} bytes after its last tensor belong to no tensor",
                found - expected
            )));
        }
    }
    Ok(header)
}

/// Reads the next `count` bytes. Memory is only allocated for bytes that exist, whatever the header says.
fn exactly(file: &mut impl Read, count: u64, length: Option<u64>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match length {
        Some(length) if count > length => return Err(cut_short(length)),
        Some(_) if bytes.try_reserve_exact(count as usize).is_err() => {
            let text = format!("cannot allocate {count} bytes of memory for its tensors");
            return Err(Error::out_of_memory(text));
        }
        _ => {}
    }
    let read = file.take(count).read_to_end(&mut bytes)?;
    if (read as u64) < count {
        let text = format!("cut short: expected {count} more bytes, found {read}");
        return Err(Error::parse(text));
    }
    Ok(bytes)
}

fn cut_short(length: u64) -> Error {
    Error::parse(format!(
        "not a safetensors file, or cut short: it has {length} bytes, but its header describes more"
    ))
}
