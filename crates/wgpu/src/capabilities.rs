//! What an adapter can do: in which types its shaders compute, how dtypes are stored for them, and its limits.

use crate::options::Options;
use rushlight_backend::{DType, Error, Result};
use rushlight_shaders::{Compute, Stored};
use wgpu::CooperativeScalarType;
use wgpu::{DeviceType, Features, Limits};

/// Bytes of shared memory that products of cooperative matrices need, for one pair of tiles.
pub(crate) const COOPERATIVE_MEMORY: u32 = 28 << 10;

/// The capabilities of an adapter that kernels depend on.
#[derive(Clone, Debug)]
pub(crate) struct Capabilities {
    pub f64: bool,
    pub i64: bool,
    /// Whether the adapter is a software driver that runs on the CPU, where shared memory is no faster than other memory.
    pub is_software_adapter: bool,
    /// Whether subgroups of 32 threads multiply `float16` matrices of 16 x 16 with `f32` sums, and workgroups have enough shared memory for it.
    pub cooperative: bool,
    /// Bytes of shared memory per workgroup.
    pub shared_memory: u32,
    /// The largest size of a binding, in bytes.
    pub binding: u64,
    /// The adapter's name, for messages.
    pub adapter: String,
}

/// Whether the adapter lists the matrix product that our kernel uses.
fn has_matrices(
    info: &wgpu::AdapterInfo,
    features: Features,
    matrices: &[wgpu::CooperativeMatrixProperties],
) -> bool {
    let needed =
        Features::EXPERIMENTAL_COOPERATIVE_MATRIX | Features::SHADER_F16 | Features::SUBGROUP;
    features.contains(needed)
        && [info.subgroup_min_size, info.subgroup_max_size] == [32; 2]
        && matrices.iter().any(|p| {
            [p.m_size, p.n_size, p.k_size] == [16; 3]
                && p.ab_type == CooperativeScalarType::F16
                && p.cr_type == CooperativeScalarType::F32
        })
}

/// The largest binding that kernels use. Kernels count elements, which have at least one byte, in signed 32-bit integers; on an adapter
/// without a limit of its own (Metal) these would overflow.
fn binding(adapter: u64, options: &Options) -> u64 {
    let most = options.binding_limit.unwrap_or(u64::MAX);
    adapter.min(most).min(i32::MAX as u64) / 256 * 256
}

impl Capabilities {
    pub fn new(
        info: &wgpu::AdapterInfo,
        features: Features,
        limits: &Limits,
        matrices: &[wgpu::CooperativeMatrixProperties],
        options: &Options,
    ) -> Capabilities {
        Capabilities {
            // The library takes doubles apart as integers of 64 bits.
            f64: options.int64 && features.contains(Features::SHADER_F64 | Features::SHADER_INT64),
            i64: options.int64 && features.contains(Features::SHADER_INT64),
            is_software_adapter: options
                .software_adapter
                .unwrap_or(info.device_type == DeviceType::Cpu),
            cooperative: has_matrices(info, features, matrices)
                && limits.max_compute_workgroup_storage_size >= COOPERATIVE_MEMORY,
            shared_memory: limits.max_compute_workgroup_storage_size,
            binding: binding(limits.max_storage_buffer_binding_size, options),
            adapter: info.name.clone(),
        }
    }

    /// How elements of `dtype` are stored, or an error if the adapter's kernels cannot read them.
    #[track_caller]
    pub fn stored(&self, name: &str, dtype: DType) -> Result<Stored> {
        match dtype {
            DType::F64 if !self.f64 => Err(self.lacks(name, dtype, "convert to float32")),
            DType::I64 if !self.i64 => Ok(Stored::Pairs),
            _ => Ok(Stored::Is(dtype)),
        }
    }

    /// The shader type that holds every value of `dtype`.
    #[track_caller]
    pub fn natural(&self, name: &str, dtype: DType) -> Result<Compute> {
        match dtype {
            DType::F64 if !self.f64 => Err(self.lacks(name, dtype, "convert to float32")),
            DType::F64 => Ok(Compute::F64),
            DType::F32 | DType::F16 | DType::BF16 => Ok(Compute::F32),
            DType::I64 => Ok(self.wide()),
            _ => Ok(Compute::I32),
        }
    }

    /// The shader type for arithmetic on operands and results of `dtypes`.
    #[track_caller]
    pub fn arithmetic(
        &self,
        name: &str,
        compute: DType,
        dtypes: impl IntoIterator<Item = DType>,
    ) -> Result<Compute> {
        match compute {
            DType::F64 if !self.f64 => Err(self.lacks(name, DType::F64, "convert to float32")),
            DType::F64 => Ok(Compute::F64),
            DType::F32 | DType::F16 | DType::BF16 => Ok(Compute::F32),
            _ if !dtypes.into_iter().any(|d| d == DType::I64) => Ok(Compute::I32),
            _ => Ok(self.wide()),
        }
    }

    /// The shader type for `int64`.
    fn wide(&self) -> Compute {
        match self.i64 {
            true => Compute::I64,
            false => Compute::Pair,
        }
    }

    /// Whether a thread may run this many loop iterations in total: Mesa's software driver silently ends loops after 65,535.
    pub fn allows(&self, rounds: usize) -> bool {
        !self.is_software_adapter || rounds <= 65_000
    }

    #[track_caller]
    fn lacks(&self, name: &str, dtype: DType, instead: &str) -> Error {
        Error::unsupported(format!(
            "{name}: {} has no {dtype} arithmetic; {instead}",
            self.adapter
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_binding_has_more_elements_than_kernels_count() {
        let options = Options::default();
        for adapter in [u64::MAX, 1 << 36, 1 << 32, 1 << 31] {
            let bytes = binding(adapter, &options);
            assert!(i32::try_from(bytes).is_ok(), "{adapter}: {bytes}");
            assert!(bytes > (1 << 31) - 1024, "{adapter}: {bytes}");
        }
        assert_eq!(binding(1 << 27, &options), 1 << 27);
        let small = Options {
            binding_limit: Some(1000),
            ..options
        };
        assert_eq!(binding(u64::MAX, &small), 768);
    }
}
