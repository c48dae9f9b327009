//! The cache of compiled kernels. Each variant is compiled once, when it is launched first.

use super::failure::guarded;
use rushlight_backend::{Error, Result};
use rushlight_shaders::{Access, Variant};
use std::collections::HashMap;
use std::sync::Arc;
use wgpu::{
    BindGroupLayout, BindGroupLayoutDescriptor, BindGroupLayoutEntry, BindingType,
    BufferBindingType, ComputePipeline, Device, ShaderStages,
};

/// A pipeline with the bind group layout of its tensors.
pub(crate) struct Compiled {
    pub pipeline: ComputePipeline,
    pub tensors: BindGroupLayout,
    /// Identifies that layout.
    pub tensors_id: u64,
    /// Whether the kernel reads or writes each tensor.
    pub accesses: Vec<Access>,
    /// Whether the kernel may report a fault, and therefore needs bind group 2.
    pub faults: bool,
}

pub(crate) struct Pipelines {
    device: Device,
    made: HashMap<Variant, Arc<Compiled>>,
    tensors: HashMap<Vec<Access>, (u64, BindGroupLayout)>,
    /// Layout of group 1, the parameters, at a dynamic offset.
    pub params: BindGroupLayout,
    /// Layout of group 2, the fault buffer.
    pub faults: BindGroupLayout,
}

fn entry(binding: u32, ty: BufferBindingType, dynamic: bool) -> BindGroupLayoutEntry {
    BindGroupLayoutEntry {
        binding,
        visibility: ShaderStages::COMPUTE,
        ty: BindingType::Buffer {
            ty,
            has_dynamic_offset: dynamic,
            min_binding_size: None,
        },
        count: None,
    }
}

fn layout(device: &Device, entries: &[BindGroupLayoutEntry]) -> BindGroupLayout {
    device.create_bind_group_layout(&BindGroupLayoutDescriptor {
        label: None,
        entries,
    })
}

const WRITTEN: BufferBindingType = BufferBindingType::Storage { read_only: false };

impl Pipelines {
    pub fn new(device: Device) -> Pipelines {
        let params = layout(&device, &[entry(0, BufferBindingType::Uniform, true)]);
        let faults = layout(&device, &[entry(0, WRITTEN, false)]);
        Pipelines {
            device,
            made: HashMap::new(),
            tensors: HashMap::new(),
            params,
            faults,
        }
    }

    /// The number of compiled pipelines.
    pub fn count(&self) -> usize {
        self.made.len()
    }

    /// The pipeline of `variant`, compiled if necessary. Errors name the operation `name`.
    #[track_caller]
    pub fn get(&mut self, name: &str, variant: &Variant) -> Result<Arc<Compiled>> {
        if let Some(found) = self.made.get(variant) {
            return Ok(found.clone());
        }
        let source = variant.source().map_err(|function| {
            Error::unsupported(format!(
                "{name}: not on this GPU for this dtype (no shader function {function}); convert to float32, or compute on the CPU"
            ))
        })?;
        let compiled = Arc::new(self.compile(variant, &source).map_err(|message| {
            Error::unsupported(format!(
                "{name}: the GPU's driver refused the kernel {}: {message}",
                variant.name()
            ))
        })?);
        self.made.insert(variant.clone(), compiled.clone());
        Ok(compiled)
    }

    fn tensors(&mut self, accesses: Vec<Access>) -> (u64, BindGroupLayout) {
        let (device, id) = (&self.device, self.tensors.len() as u64);
        self.tensors
            .entry(accesses)
            .or_insert_with_key(|accesses| {
                let entries: Vec<BindGroupLayoutEntry> = accesses
                    .iter()
                    .enumerate()
                    .map(|(i, access)| {
                        let ty = match access {
                            Access::Read => BufferBindingType::Storage { read_only: true },
                            Access::Write => WRITTEN,
                        };
                        entry(i as u32, ty, false)
                    })
                    .collect();
                (id, layout(device, &entries))
            })
            .clone()
    }

    fn compile(&mut self, variant: &Variant, source: &str) -> Result<Compiled, String> {
        let faults = source.contains("@group(2)");
        let accesses = Variant::bindings(source);
        let (tensors_id, tensors) = self.tensors(accesses.clone());
        let device = &self.device;
        let constants: Vec<(&str, f64)> = variant
            .constants()
            .iter()
            .map(|&(name, value)| (name, f64::from(value)))
            .collect();
        let pipeline = guarded(device, || {
            let checks = wgpu::ShaderRuntimeChecks {
                // These would clamp every index once more (a fifth of a matrix product's time). Indices come from shapes that the waist has
                // checked; those in data are checked by the kernels (`FaultCode`); tests run every family between guard bands
                // (`Options::guards`). And no buffer access leaves its binding or buffer on Vulkan and DirectX 12 in any case: wgpu has
                // the driver check (`robustBufferAccess`), which costs nothing on GPUs and does not depend on this.
                bounds_checks: false,
                force_loop_bounding: false,
                ..wgpu::ShaderRuntimeChecks::checked()
            };
            let descriptor = wgpu::ShaderModuleDescriptor {
                label: Some(variant.name()),
                source: wgpu::ShaderSource::Wgsl(source.into()),
            };
            // SAFETY: our own kernels: loops end, and indices lie within bindings by the checks of the waist and of the kernels.
            let module = unsafe { device.create_shader_module_trusted(descriptor, checks) };
            let groups = [Some(&tensors), Some(&self.params), Some(&self.faults)];
            let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label: None,
                bind_group_layouts: if faults { &groups } else { &groups[..2] },
                immediate_size: 0,
            });
            device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(variant.name()),
                layout: Some(&layout),
                module: &module,
                entry_point: Some("main"),
                compilation_options: wgpu::PipelineCompilationOptions {
                    constants: &constants,
                    zero_initialize_workgroup_memory: false,
                },
                cache: None,
            })
        })?;
        Ok(Compiled {
            pipeline,
            tensors,
            tensors_id,
            accesses,
            faults,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::Gpu;
    use crate::engine::{Grid, Launch};
    use rushlight_backend::{Backend, DType, Dims, ErrorKind, Layout, Scalar, View, plan};
    use rushlight_shaders::{Compute, Kernel, Variant, kernels};

    static ILL_TYPED: Kernel = Kernel {
        name: "ill_typed",
        text: "@compute @workgroup_size(64)\nfn main() { let x: u32 = 1.5; }\n",
    };
    static TOO_WIDE: Kernel = Kernel {
        name: "too_wide",
        text: "@compute @workgroup_size(4096)\nfn main() { }\n",
    };

    fn open() -> Option<Gpu> {
        match Gpu::open(0) {
            Ok(gpu) => Some(gpu),
            Err(e) if std::env::var("RUSHLIGHT_REQUIRE_GPU").is_ok_and(|v| v == "1") => {
                panic!("RUSHLIGHT_REQUIRE_GPU is set: {e}")
            }
            Err(_) => None,
        }
    }

    fn launch(gpu: &Gpu, variant: Variant, grid: Grid) -> rushlight_backend::Error {
        let launch = Launch {
            name: "test",
            variant,
            tensors: &[],
            params: &[0; 16],
            fault: None,
            grid,
        };
        gpu.launch(&launch).unwrap_err()
    }

    #[test]
    fn a_shader_that_is_refused_is_an_error_and_the_device_goes_on() {
        let Some(gpu) = open() else { return };
        let one = Grid::exact(1, 1, 1);
        for (kernel, name) in [(&ILL_TYPED, "ill_typed"), (&TOO_WIDE, "too_wide")] {
            let e = launch(&gpu, Variant::new(kernel, Compute::F32), one);
            assert_eq!(e.kind(), ErrorKind::Unsupported, "{e}");
            let message = format!("test: the GPU's driver refused the kernel {name}: ");
            assert!(e.message().starts_with(&message), "{e}");
        }
        let missing = Variant::new(&kernels::UNARY, Compute::F32).function("op_nothing", "x");
        let e = launch(&gpu, missing, one);
        assert!(e.message().contains("no shader function op_nothing"), "{e}");
        let too_many = Variant::new(&kernels::FILL, Compute::F32);
        let e = launch(&gpu, too_many, Grid::exact(70_000, 1, 1));
        assert!(
            e.message().starts_with("test: too large for one dispatch"),
            "{e}"
        );

        let layout = Layout::contiguous(Dims::from([3]));
        let storage = gpu.alloc(12).unwrap();
        let view = View::new(&storage, &layout, DType::F32).unwrap();
        gpu.fill(plan::fill(Scalar::Int(5), view.into()).unwrap())
            .unwrap();
        let mut back = [0.0f32; 3];
        gpu.download(&storage, 0, bytemuck::cast_slice_mut(&mut back))
            .unwrap();
        assert_eq!(back, [5.0; 3]);
    }
}
