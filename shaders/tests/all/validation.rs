//! Parses and validates shader text with naga.

use naga::Module;
use naga::front::wgsl;
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use rushlight_backend::DType;
use rushlight_shaders::{Compute, Stored, Variant};

pub const COMPUTES: [Compute; 5] = [
    Compute::F32,
    Compute::F64,
    Compute::I32,
    Compute::I64,
    Compute::Pair,
];

/// The capabilities that a shader requires of an adapter.
pub fn capabilities(compute: Compute, stored: Option<Stored>, source: &str) -> Capabilities {
    let mut needed = Capabilities::empty();
    if compute == Compute::F64 || stored == Some(Stored::Is(DType::F64)) {
        // The library reads the bits of an f64 as a u64.
        needed |= Capabilities::FLOAT64 | Capabilities::SHADER_INT64;
    }
    if compute == Compute::I64 || stored == Some(Stored::Is(DType::I64)) {
        needed |= Capabilities::SHADER_INT64;
    }
    if source.contains("coop_mat") {
        needed |= Capabilities::COOPERATIVE_MATRIX
            | Capabilities::SHADER_FLOAT16
            | Capabilities::SUBGROUP;
    }
    needed
}

/// Validates `source`, and its SPIR-V too if it has an entry point.
pub fn validate(source: &str, capabilities: Capabilities, what: &str) -> (Module, ModuleInfo) {
    let module =
        wgsl::parse_str(source).unwrap_or_else(|e| panic!("{what}: {}", e.emit_to_string(source)));
    let info = Validator::new(ValidationFlags::all(), capabilities)
        .validate(&module)
        .unwrap_or_else(|e| panic!("{what}: {}", e.emit_to_string(source)));
    if !module.entry_points.is_empty() {
        crate::spirv::check(&module, &info, capabilities, what);
    }
    (module, info)
}

/// Validates a variant that computes in `compute` and has tensors stored as `stored`; returns its WGSL as well.
pub fn validate_variant(
    variant: &Variant,
    compute: Compute,
    stored: Option<Stored>,
    what: &str,
) -> (String, Module, ModuleInfo) {
    let source = source(variant, what);
    let (module, info) = validate(&source, capabilities(compute, stored, &source), what);
    (source, module, info)
}

/// The complete WGSL of a variant.
pub fn source(variant: &Variant, what: &str) -> String {
    variant
        .source()
        .unwrap_or_else(|missing| panic!("{what}: the library has no function {missing}"))
}
