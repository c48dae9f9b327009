//! The size of workgroups, and how much work they take.

use crate::gpu::Gpu;

/// The size of a workgroup, and how much work goes to a thread and to a workgroup.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct WorkgroupShape {
    /// Threads of a workgroup.
    pub threads: usize,
    /// The most steps that a thread takes before its result goes into a tree.
    pub longest: usize,
    /// The fewest steps of a thread for which a row is split into parts.
    pub shortest: usize,
    /// Workgroups that keep the device busy.
    pub plenty: usize,
}

impl WorkgroupShape {
    pub const GPU: WorkgroupShape = WorkgroupShape {
        threads: 256,
        longest: 64,
        shortest: 16,
        plenty: 512,
    };
    /// A workgroup is one thread with vector instructions: barriers between several would be switches from one to the next.
    pub const SOFTWARE_ADAPTER: WorkgroupShape = WorkgroupShape {
        threads: 8,
        longest: 256,
        shortest: 256,
        plenty: 32,
    };

    /// For rows of `steps` elements or vectors.
    ///
    /// Mesa's software driver ends the loops of a thread silently after 65,535 iterations: more threads share long rows there.
    pub fn of(gpu: &Gpu, steps: usize) -> WorkgroupShape {
        if gpu.capabilities.is_software_adapter && steps <= 1 << 15 {
            WorkgroupShape::SOFTWARE_ADAPTER
        } else {
            WorkgroupShape::GPU
        }
    }

    /// Whether a row of `steps` is too long for one workgroup, by the same limit.
    pub fn is_overrun(gpu: &Gpu, steps: usize) -> bool {
        gpu.capabilities.is_software_adapter && steps > 1 << 21
    }

    /// The value of the kernels' constant.
    pub fn width(self) -> u32 {
        self.threads as u32
    }
}
