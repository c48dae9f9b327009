//! Products of matrices: every kernel is valid for every type that it computes in, whatever its constants.

use naga::front::wgsl;
use naga::valid::{Capabilities, ValidationFlags, Validator};
use rushlight_backend::DType;
use rushlight_shaders::{Compute, Kernel, Variant, kernels};

const KERNELS: [&Kernel; 5] = [
    &kernels::MATMUL_DIRECT,
    &kernels::MATMUL_TILED,
    &kernels::CONV_DIRECT,
    &kernels::CONV_TILED,
    &kernels::PARTIAL_SUMS,
];

const DTYPES: [(Compute, DType); 6] = [
    (Compute::F32, DType::F32),
    (Compute::F32, DType::F16),
    (Compute::F64, DType::F64),
    (Compute::I32, DType::I32),
    (Compute::I32, DType::U8),
    (Compute::I64, DType::I64),
];

#[test]
fn kernels_are_valid_for_every_dtype() {
    for kernel in KERNELS {
        for (compute, dtype) in DTYPES {
            let variant = ["a", "b", "bias", "x", "y"]
                .into_iter()
                .fold(Variant::new(kernel, compute), |v, name| {
                    v.tensor(name, dtype)
                });
            let source = variant.source().unwrap();
            let what = format!("{} for {dtype}", kernel.name);
            let module = wgsl::parse_str(&source)
                .unwrap_or_else(|e| panic!("{what}: {}", e.emit_to_string(&source)));
            let capabilities = Capabilities::FLOAT64 | Capabilities::SHADER_INT64;
            Validator::new(ValidationFlags::all(), capabilities)
                .validate(&module)
                .unwrap_or_else(|e| panic!("{what}: {}", e.emit_to_string(&source)));
        }
    }
}
