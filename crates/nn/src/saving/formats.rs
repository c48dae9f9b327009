//! Recognizes other file formats that are passed to the safetensors reader by mistake, by their first bytes.

/// The number of bytes at the start of a file that suffice to recognize its format.
pub(super) const ENOUGH: u64 = 512;

const TORCH: &str = "which is not read here because loading a pickle runs code; convert it once in Python: \
     safetensors.torch.save_file(torch.load(\"model.pt\", map_location=\"cpu\"), \"model.safetensors\")";

/// Describes the format of a file that begins with `start` and how to convert it; `None` if the format is safetensors or unknown.
pub(super) fn recognize(start: &[u8]) -> Option<String> {
    // The header of a safetensors file, which is JSON, begins after the eight bytes of its length.
    if start.get(8) == Some(&b'{') {
        return None;
    }
    let is = |magic: &[u8]| start.starts_with(magic);
    let text = String::from_utf8_lossy(start);
    let text = text.trim_start();
    let python =
        |what: &str, call: &str| Some(format!("it is {what}; convert it once in Python: {call}"));
    if is(b"PK\x03\x04") {
        return match first_entry(start) {
            name if name.ends_with(".npy") => python(
                "a NumPy archive (.npz)",
                "safetensors.numpy.save_file(dict(numpy.load(\"arrays.npz\")), \"arrays.safetensors\")",
            ),
            name if name.ends_with("/data.pkl") => {
                Some(format!("it is a PyTorch checkpoint, {TORCH}"))
            }
            _ => Some(format!(
                "it is a zip archive; if torch.save wrote it, it is a PyTorch checkpoint, {TORCH}"
            )),
        };
    }
    if is(b"\x80") && matches!(start.get(1), Some(2..=5)) {
        return Some(format!(
            "it is a pickle, such as an old PyTorch checkpoint, {TORCH}"
        ));
    }
    if start.get(257..262) == Some(b"ustar") {
        return Some(format!(
            "it is a tar archive, such as a very old PyTorch checkpoint, {TORCH}"
        ));
    }
    if is(b"\x93NUMPY") {
        return python(
            "a NumPy array (.npy)",
            "safetensors.numpy.save_file({\"name\": numpy.load(\"array.npy\")}, \"array.safetensors\")",
        );
    }
    if is(b"\x89HDF\r\n\x1a\n") {
        return python(
            "an HDF5 file, such as Keras writes",
            "read its arrays with h5py and write them with safetensors.numpy.save_file",
        );
    }
    if is(b"GGUF") {
        return Some("it is a GGUF file, whose quantized tensors are not read here; take the model's safetensors files".into());
    }
    if is(b"\x1f\x8b") {
        return Some("it is compressed with gzip; decompress it first".into());
    }
    if text.starts_with("version https://git-lfs") {
        return Some(
            "it is a pointer of Git LFS, not the file itself; fetch that with `git lfs pull`"
                .into(),
        );
    }
    if text.starts_with("<!DOCTYPE") || text.starts_with("<!doctype") || text.starts_with("<html") {
        return Some("it is an HTML page; what was downloaded is not the file itself".into());
    }
    if text.starts_with('{')
        && ["\"weight_map\"", "\"total_size\""]
            .iter()
            .any(|key| text.contains(key))
    {
        return Some("it is the index of a checkpoint in several files; load each of the files that it names".into());
    }
    None
}

/// The name of the first file in a zip archive.
fn first_entry(start: &[u8]) -> String {
    let length = match start.get(26..28) {
        Some(bytes) => usize::from(bytes[0]) | usize::from(bytes[1]) << 8,
        None => 0,
    };
    let name = start.get(30..30 + length).unwrap_or_default();
    String::from_utf8_lossy(name).into_owned()
}
