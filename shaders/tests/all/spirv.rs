//! Checks the SPIR-V that wgpu's Vulkan backend generates for a kernel with `spirv-val` (Debian: `spirv-tools`): naga's own validation does not
//! cover scopes, decorations and capabilities of SPIR-V.
//!
//! Without the program the check is skipped with a message; with `RUSHLIGHT_REQUIRE_SPIRV_VAL=1` that is a failure.

use naga::back::pipeline_constants::process_overrides;
use naga::back::spv::{self, Capability, PipelineOptions, ZeroInitializeWorkgroupMemoryMode};
use naga::proc::{BoundsCheckPolicies, BoundsCheckPolicy};
use naga::valid::{Capabilities, ModuleInfo};
use naga::{Module, ShaderStage};
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

const PROGRAM: &str = "spirv-val";

fn is_installed() -> bool {
    static INSTALLED: OnceLock<bool> = OnceLock::new();
    *INSTALLED.get_or_init(|| {
        let installed = Command::new(PROGRAM).arg("--version").output().is_ok();
        let required = std::env::var("RUSHLIGHT_REQUIRE_SPIRV_VAL").is_ok_and(|v| v == "1");
        assert!(
            installed || !required,
            "RUSHLIGHT_REQUIRE_SPIRV_VAL is set, and there is no {PROGRAM}"
        );
        if !installed {
            eprintln!("{PROGRAM} is not installed: SPIR-V is not checked");
        }
        installed
    })
}

/// The year and number of the program's release: `SPIRV-Tools v2023.1` is (2023, 1). It decides which messages are tolerated.
fn release() -> (u32, u32) {
    static RELEASE: OnceLock<(u32, u32)> = OnceLock::new();
    *RELEASE.get_or_init(|| {
        let output = Command::new(PROGRAM).arg("--version").output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let numbers = text.split_once('v').and_then(|(_, rest)| {
            let (year, rest) = rest.split_once('.')?;
            let number = rest.split(|c: char| !c.is_ascii_digit()).next()?;
            Some((year.parse().ok()?, number.parse().ok()?))
        });
        numbers.unwrap_or_else(|| panic!("no release in {text:?}"))
    })
}

/// The capabilities that wgpu allows on an adapter with the features that a kernel needs.
fn allowed(needed: Capabilities) -> Vec<Capability> {
    let mut allowed = vec![Capability::Shader, Capability::Matrix];
    if needed.contains(Capabilities::SHADER_INT64) {
        allowed.push(Capability::Int64);
    }
    if needed.contains(Capabilities::SHADER_FLOAT16) {
        allowed.push(Capability::Float16);
    }
    if needed.contains(Capabilities::SUBGROUP) {
        allowed.extend([
            Capability::GroupNonUniform,
            Capability::GroupNonUniformVote,
            Capability::GroupNonUniformArithmetic,
            Capability::GroupNonUniformBallot,
        ]);
    }
    if needed.contains(Capabilities::COOPERATIVE_MATRIX) {
        allowed.extend([
            Capability::CooperativeMatrixKHR,
            Capability::VulkanMemoryModel,
        ]);
    }
    allowed
}

/// The SPIR-V that the driver receives: constants have the values in the file, without bounds checks or initialization of shared memory.
fn words(module: &Module, info: &ModuleInfo, needed: Capabilities, what: &str) -> Vec<u32> {
    let stage = (ShaderStage::Compute, "main");
    let (module, info) = process_overrides(module, info, Some(stage), &Default::default())
        .unwrap_or_else(|e| panic!("{what}: {e}"));
    let unchecked = BoundsCheckPolicy::Unchecked;
    let options = spv::Options {
        lang_version: (1, 6),
        flags: spv::WriterFlags::LABEL_VARYINGS | spv::WriterFlags::FORCE_POINT_SIZE,
        fake_missing_bindings: false,
        binding_map: module
            .global_variables
            .iter()
            .filter_map(|(_, variable)| variable.binding)
            .map(|binding| {
                let info = spv::BindingInfo {
                    descriptor_set: binding.group,
                    binding: binding.binding,
                    binding_array_size: None,
                };
                (binding, info)
            })
            .collect(),
        capabilities: Some(allowed(needed).into_iter().collect()),
        bounds_check_policies: BoundsCheckPolicies {
            index: unchecked,
            buffer: unchecked,
            image_load: unchecked,
            binding_array: unchecked,
        },
        zero_initialize_workgroup_memory: ZeroInitializeWorkgroupMemoryMode::None,
        force_loop_bounding: false,
        ..Default::default()
    };
    let pipeline = PipelineOptions {
        shader_stage: ShaderStage::Compute,
        entry_point: "main".to_owned(),
    };
    spv::write_vec(&module, &info, &options, Some(&pipeline))
        .unwrap_or_else(|e| panic!("{what}: {e}"))
}

/// Fails if the module's SPIR-V is not valid for Vulkan 1.3.
pub fn check(module: &Module, info: &ModuleInfo, needed: Capabilities, what: &str) {
    let words = words(module, info, needed, what);
    if !is_installed() {
        return;
    }
    let mut child = Command::new(PROGRAM)
        .args(["--target-env", "vulkan1.3", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let bytes: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
    child.stdin.take().unwrap().write_all(&bytes).unwrap();
    let output = child.wait_with_output().unwrap();
    if output.status.success() {
        return;
    }
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    // Releases before the summer of 2023 do not know cooperative matrices.
    let old = release() <= (2023, 2);
    if old && needed.contains(Capabilities::COOPERATIVE_MATRIX) && text.contains("6022") {
        eprintln!("{what}: {PROGRAM} is too old: {text}");
        return;
    }
    // Releases from 2025 on refuse strides on arrays in shared memory, which naga 30 writes and drivers pass over.
    if release() >= (2025, 1) && text.contains("None-10684") {
        eprintln!("{what}: {PROGRAM} refuses what naga writes: {text}");
        return;
    }
    panic!("{what}: {text}");
}
