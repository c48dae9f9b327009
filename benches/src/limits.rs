//! What the card itself gives, apart from the library: how fast a kernel copies memory, and how many multiply-adds it does.

use rushlight::{Error, Result};
use std::time::{Duration, Instant};
use wgpu::{
    Buffer, BufferDescriptor, BufferUsages, ComputePipeline, Device, DeviceDescriptor, Features,
    Instance, InstanceDescriptor, PollType, Queue, ShaderModuleDescriptor, ShaderRuntimeChecks,
    ShaderSource,
};

/// Threads in a workgroup of both kernels.
const WIDTH: u64 = 256;
/// Bytes of the vec4 that a thread writes.
const ELEMENT: u64 = 16;
/// Operations of a thread of `multiply_add.wgsl`: 512 rounds of 16 multiply-adds of four numbers.
const OPERATIONS: u64 = 512 * 16 * 4 * 2;

/// A card's limits, measured.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes read and written a second by a kernel that copies.
    pub copy: f64,
    /// Operations a second of a kernel that only multiplies and adds in float32; a multiply-add counts as two.
    pub multiply_add: f64,
    /// Whether wgpu offers cooperative matrices (tensor cores) on it.
    pub cooperative_matrices: bool,
}

impl Limits {
    /// Measures the adapter of this name; `bytes` are copied at a time, and `threads` multiply and add.
    pub fn measure(adapter: &str, bytes: u64, threads: u64) -> Result<Limits> {
        let card = Card::open(adapter)?;
        let copy = card.pipeline("copy", include_str!("copy.wgsl"))?;
        let fma = card.pipeline("multiply_add", include_str!("multiply_add.wgsl"))?;
        let bytes = bytes
            .max(threads * ELEMENT)
            .next_multiple_of(WIDTH * ELEMENT * 64);
        let [x, y] = [0, 1].map(|_| card.buffer(bytes));
        // Around 1, and finite after any number of rounds.
        let numbers: Vec<f32> = (0..WIDTH * 8)
            .map(|i| 0.5 + (i % 7) as f32 * 0.05)
            .collect();
        card.queue
            .write_buffer(&x, 0, bytemuck::cast_slice(&numbers));
        let copied = card.median(&copy, &x, &y, bytes / ELEMENT)?;
        let added = card.median(&fma, &x, &y, threads)?;
        Ok(Limits {
            copy: 2.0 * bytes as f64 / copied,
            multiply_add: (threads * OPERATIONS) as f64 / added,
            cooperative_matrices: card.cooperative_matrices,
        })
    }
}

/// A device of our own on the adapter that the library has chosen.
struct Card {
    device: Device,
    queue: Queue,
    cooperative_matrices: bool,
}

impl Card {
    fn open(name: &str) -> Result<Card> {
        let failed = |what: &str, e: String| Error::device(format!("{name}: {what}: {e}"));
        let instance = Instance::new(InstanceDescriptor::new_without_display_handle_from_env());
        let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::all()));
        let adapter = adapters
            .into_iter()
            .find(|a| a.get_info().name == name)
            .ok_or_else(|| failed("adapter", "not found".into()))?;
        let descriptor = DeviceDescriptor {
            required_limits: adapter.limits(),
            ..Default::default()
        };
        let (device, queue) = pollster::block_on(adapter.request_device(&descriptor))
            .map_err(|e| failed("device", e.to_string()))?;
        let cooperative_matrices = adapter
            .features()
            .contains(Features::EXPERIMENTAL_COOPERATIVE_MATRIX);
        Ok(Card {
            device,
            queue,
            cooperative_matrices,
        })
    }

    fn pipeline(&self, name: &str, source: &str) -> Result<ComputePipeline> {
        let descriptor = ShaderModuleDescriptor {
            label: Some(name),
            source: ShaderSource::Wgsl(source.into()),
        };
        let checks = ShaderRuntimeChecks {
            bounds_checks: false,
            force_loop_bounding: false,
            ..ShaderRuntimeChecks::checked()
        };
        let scope = self.device.push_error_scope(wgpu::ErrorFilter::Validation);
        // SAFETY: the one loop ends after 512 rounds, and both buffers hold an element for each thread of the grid.
        let module = unsafe { self.device.create_shader_module_trusted(descriptor, checks) };
        let pipeline = self
            .device
            .create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(name),
                layout: None,
                module: &module,
                entry_point: Some("main"),
                compilation_options: Default::default(),
                cache: None,
            });
        match pollster::block_on(scope.pop()) {
            None => Ok(pipeline),
            Some(e) => Err(Error::device(format!("{name}: {e}"))),
        }
    }

    fn buffer(&self, size: u64) -> Buffer {
        self.device.create_buffer(&BufferDescriptor {
            label: None,
            size,
            usage: BufferUsages::STORAGE | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    }

    /// The median time of a dispatch of `threads` threads in seconds.
    fn median(
        &self,
        pipeline: &ComputePipeline,
        x: &Buffer,
        y: &Buffer,
        threads: u64,
    ) -> Result<f64> {
        let entries = [(0, x), (1, y)].map(|(binding, buffer)| wgpu::BindGroupEntry {
            binding,
            resource: buffer.as_entire_binding(),
        });
        let group = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        let groups = threads / WIDTH;
        let grid = [groups / 64, 64].map(|n| n as u32);
        let run = |times: u32| -> Result<Duration> {
            let start = Instant::now();
            let mut encoder = self.device.create_command_encoder(&Default::default());
            let mut pass = encoder.begin_compute_pass(&Default::default());
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, &group, &[]);
            for _ in 0..times {
                pass.dispatch_workgroups(grid[0], grid[1], 1);
            }
            drop(pass);
            self.queue.submit([encoder.finish()]);
            self.device
                .poll(PollType::wait_indefinitely())
                .map_err(|e| Error::device(format!("waiting failed: {e}")))?;
            Ok(start.elapsed())
        };
        run(1)?;
        let once = run(1)?.as_secs_f64();
        let times = (0.05 / once).clamp(1.0, 200.0) as u32;
        let mut seconds = Vec::new();
        for _ in 0..9 {
            seconds.push(run(times)?.as_secs_f64() / f64::from(times));
        }
        seconds.sort_by(f64::total_cmp);
        Ok(seconds[seconds.len() / 2])
    }
}
