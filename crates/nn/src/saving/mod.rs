//! Saving and loading of tensors in the safetensors format. A crash at any moment leaves the old file or the new one.
//!
//! The crate [`rushlight_files`] replaces files atomically. Tensors are written in chunks, so that saving requires the memory of one chunk;
//! loading requires the memory of one tensor in addition to the result. Loading validates the whole file: any inconsistency is an error that
//! names the file.
//!
//! ```
//! use rushlight::nn::{Linear, ModuleExt};
//! let dir = std::env::temp_dir().join(format!("rushlight-doc-{}", std::process::id()));
//! std::fs::create_dir_all(&dir)?;
//! let (trained, fresh) = (Linear::new(3, 2)?, Linear::new(3, 2)?);
//! trained.save(dir.join("model.safetensors"))?;
//! fresh.load(dir.join("model.safetensors"))?;
//! assert!(fresh.weight.equal(&trained.weight)?);
//! std::fs::remove_dir_all(&dir)?;
//! # Ok::<(), rushlight::Error>(())
//! ```

mod formats;
mod read;
mod write;

pub use read::{TensorFile, load_tensors};
pub use write::save_tensors;

use rushlight_tensor::DType;
use safetensors::tensor::Dtype;

/// The largest header that readers of the format accept.
const MAX_HEADER: u64 = 100_000_000;

/// The key of the metadata in a header.
const METADATA: &str = "__metadata__";

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
