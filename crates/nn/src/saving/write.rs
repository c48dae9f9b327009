//! Writing of safetensors files: a header, then the bytes of the tensors.

use super::{MAX_HEADER, METADATA, to_file};
use crate::StateDict;
use rushlight_files::replace_file;
use rushlight_tensor::{Error, Result, Tensor};
use safetensors::tensor::{Metadata, TensorInfo};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

/// The number of bytes of a tensor that are read at once.
const CHUNK: usize = 1 << 22;

/// Writes tensors and metadata to a safetensors file, which is replaced atomically.
///
/// Equal tensors and metadata produce equal bytes. Symbolic links are followed, and the permissions and the owner of the file are kept.
///
/// # Errors
/// If the file cannot be written or is read-only, if a tensor is named `__metadata__`, or if names and metadata exceed the format's limit
/// of 100 MB.
#[track_caller]
pub fn save_tensors(
    path: impl AsRef<Path>,
    tensors: &StateDict,
    metadata: &BTreeMap<String, String>,
) -> Result<()> {
    let path = path.as_ref();
    match save(path, tensors, metadata) {
        Ok(()) => Ok(()),
        Err(e) => Err(e.context(format_args!("save {path:?}")).here()),
    }
}

fn save(path: &Path, tensors: &StateDict, metadata: &BTreeMap<String, String>) -> Result<()> {
    if cfg!(target_endian = "big") {
        return Err(Error::unsupported(
            "safetensors files are little-endian, but this machine is not",
        ));
    }
    let mut order: Vec<(&str, &Tensor)> = tensors.iter().collect();
    // The order of the format's own library: wide elements first, so that all tensors are aligned.
    order.sort_by(|(a, x), (b, y)| {
        let dtypes = to_file(y.dtype()).cmp(&to_file(x.dtype()));
        dtypes.then(a.cmp(b))
    });
    let header = header(&order, metadata)?;
    replace_file(path, |out| {
        out.write_all(&(header.len() as u64).to_le_bytes())?;
        out.write_all(&header)?;
        for (name, tensor) in &order {
            tensor
                .bytes_in_chunks(CHUNK, |chunk| Ok(out.write_all(chunk)?))
                .map_err(|e| e.context(name))?;
        }
        Ok(())
    })
}

struct Header<'a> {
    metadata: &'a BTreeMap<String, String>,
    tensors: &'a [(String, TensorInfo)],
}

impl Serialize for Header<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if !self.metadata.is_empty() {
            map.serialize_entry(METADATA, self.metadata)?;
        }
        for (name, info) in self.tensors {
            map.serialize_entry(name, info)?;
        }
        map.end()
    }
}

/// The header's text, padded so that the tensors begin at a multiple of 8 bytes.
fn header(order: &[(&str, &Tensor)], metadata: &BTreeMap<String, String>) -> Result<Vec<u8>> {
    let mut infos = Vec::with_capacity(order.len());
    let mut offset = 0usize;
    for (name, tensor) in order {
        if *name == METADATA {
            return Err(Error::value(format!(
                "a tensor cannot be named {METADATA:?}, under which the format keeps the metadata"
            )));
        }
        let bytes = tensor.numel().checked_mul(tensor.dtype().size());
        let Some(end) = bytes.and_then(|bytes| offset.checked_add(bytes)) else {
            return Err(Error::value(format!(
                "{name}: a tensor of shape {:?} has more bytes than a file can hold",
                tensor.shape()
            )));
        };
        let info = TensorInfo {
            dtype: to_file(tensor.dtype()),
            shape: tensor.shape().to_vec(),
            data_offsets: (offset, end),
        };
        infos.push(((*name).to_owned(), info));
        offset = end;
    }
    // A file that the format's own library could not read is not written.
    Metadata::new(None, infos.clone()).map_err(|e| Error::value(e.to_string()))?;
    let header = Header {
        metadata,
        tensors: &infos,
    };
    let mut text = serde_json::to_vec(&header).map_err(|e| Error::value(e.to_string()))?;
    text.resize(text.len().next_multiple_of(8), b' ');
    if text.len() as u64 > MAX_HEADER {
        return Err(Error::value(format!(
            "names, shapes and metadata take {} bytes, but the format allows at most {MAX_HEADER}",
            text.len()
        )));
    }
    Ok(text)
}
