//! The adapters of this machine: which there are, their order of preference, and what each can do.

use rushlight_backend::{Error, Result};
use std::fmt::Write;
use std::sync::OnceLock;
use wgpu::{Adapter, DeviceType, Features, Instance};

/// The environment variable that keeps only adapters whose name contains its value, ignoring case.
pub const ADAPTER_FILTER: &str = "RUSHLIGHT_GPU_ADAPTER";

/// What runs on the host, in PyTorch's names: all that goes through `Backend::linalg`, and nothing else.
pub(crate) const ON_HOST: &[&str] = &[
    "linalg.solve",
    "linalg.inv",
    "linalg.solve_triangular",
    "linalg.cholesky",
    "cholesky_solve",
    "linalg.lu_factor",
    "linalg.det",
    "linalg.slogdet",
    "linalg.qr",
    "linalg.eigh",
    "linalg.svd",
    "linalg.pinv",
    "matrix_exp",
    "lu_unpack",
];

fn instance() -> &'static Instance {
    static INSTANCE: OnceLock<Instance> = OnceLock::new();
    INSTANCE.get_or_init(|| {
        Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env())
    })
}

/// The adapters that can run our kernels: discrete GPUs first, software adapters last.
pub(crate) fn adapters() -> Vec<Adapter> {
    let filter = std::env::var(ADAPTER_FILTER)
        .unwrap_or_default()
        .to_lowercase();
    let mut found = pollster::block_on(instance().enumerate_adapters(wgpu::Backends::all()));
    found.retain(|a| a.get_info().name.to_lowercase().contains(&filter) && can_compute(a));
    found.sort_by_key(|a| match a.get_info().device_type {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    });
    found
}

/// Whether the adapter supports as many threads and buffers as our kernels need.
fn can_compute(adapter: &Adapter) -> bool {
    let limits = adapter.limits();
    limits.max_compute_invocations_per_workgroup >= 256
        && limits.max_storage_buffers_per_shader_stage >= 8
}

/// Adapter `index`, or an error that says which adapters were searched.
#[track_caller]
pub(crate) fn adapter(index: usize) -> Result<Adapter> {
    let found = adapters();
    let count = found.len();
    if let Some(adapter) = found.into_iter().nth(index) {
        return Ok(adapter);
    }
    let filter = match std::env::var(ADAPTER_FILTER) {
        Ok(filter) if !filter.is_empty() => {
            format!(" whose name contains {filter:?} ({ADAPTER_FILTER})")
        }
        _ => String::new(),
    };
    Err(Error::device(format!(
        "gpu:{index}: there is no such adapter; looked for Vulkan, Metal and DirectX 12 adapters with compute shaders{filter} and found {count}"
    )))
}

/// The optional features of adapters that we use.
const WANTED: [(Features, &str); 5] = [
    (Features::SHADER_F64, "float64"),
    (Features::SHADER_INT64, "int64 arithmetic"),
    (Features::SHADER_F16, "float16 arithmetic"),
    (Features::SUBGROUP, "subgroups"),
    (
        Features::EXPERIMENTAL_COOPERATIVE_MATRIX,
        "cooperative matrices",
    ),
];

/// The features to request from a device.
pub(crate) fn features(adapter: &Adapter) -> Features {
    let all = WANTED
        .iter()
        .fold(Features::empty(), |all, (f, _)| all | *f);
    all & adapter.features()
}

/// A readable report: every adapter with its limits and the features that would be used, then the operations that run on the host.
pub fn report() -> String {
    let mut text = String::new();
    let found = adapters();
    if found.is_empty() {
        text.push_str("no adapter\n");
    }
    for (i, adapter) in found.iter().enumerate() {
        let (info, limits) = (adapter.get_info(), adapter.limits());
        let has = |wanted: bool| -> String {
            let names: Vec<&str> = WANTED
                .iter()
                .filter(|(f, _)| adapter.features().contains(*f) == wanted)
                .map(|(_, name)| *name)
                .collect();
            if names.is_empty() {
                "nothing".into()
            } else {
                names.join(", ")
            }
        };
        let mib = |bytes: u64| bytes >> 20;
        let lines = [
            format!(
                "gpu:{i}  {} ({:?}, {:?})",
                info.name, info.device_type, info.backend
            ),
            format!(
                "    driver                 {} {}",
                info.driver, info.driver_info
            ),
            format!("    has                    {}", has(true)),
            format!("    lacks                  {}", has(false)),
            format!(
                "    largest buffer         {} MiB",
                mib(limits.max_buffer_size)
            ),
            format!(
                "    largest binding        {} MiB",
                mib(limits.max_storage_buffer_binding_size)
            ),
            format!(
                "    threads per workgroup  {}",
                limits.max_compute_invocations_per_workgroup
            ),
            format!(
                "    shared memory          {} KiB",
                limits.max_compute_workgroup_storage_size >> 10
            ),
            format!(
                "    buffers per kernel     {}",
                limits.max_storage_buffers_per_shader_stage
            ),
        ];
        for line in lines {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{line}");
        }
    }
    let on_host = ON_HOST.join(", ");
    // Writing to a String cannot fail.
    let _ = writeln!(text, "on the host  {on_host}");
    text
}
