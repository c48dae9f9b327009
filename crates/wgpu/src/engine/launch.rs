//! The description of one dispatch: kernel, tensors, parameters and grid.

use super::{Bound, FaultCode};
use rushlight_shaders::Variant;

/// The number of workgroups along each dimension.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Grid([u32; 3]);

/// The number of workgroups along one dimension that every adapter supports.
const WIDEST: u64 = 65_535;

impl Grid {
    /// Exactly these workgroups.
    pub const fn exact(x: u32, y: u32, z: u32) -> Grid {
        Grid([x, y, z])
    }

    /// At least `count` workgroups, numbered by the shaders' `workgroup_number`.
    pub fn groups(count: u64) -> Grid {
        if count <= WIDEST {
            return Grid([count as u32, 1, 1]);
        }
        let y = count.div_ceil(WIDEST);
        Grid([count.div_ceil(y) as u32, y as u32, 1])
    }

    /// At least `count` threads in workgroups of `width`.
    pub fn threads(count: usize, width: u32) -> Grid {
        Grid::groups((count as u64).div_ceil(u64::from(width)))
    }

    pub const fn sizes(self) -> [u32; 3] {
        self.0
    }

    pub fn fits(self) -> bool {
        self.0.iter().all(|&n| u64::from(n) <= WIDEST)
    }
}

/// A dispatch.
pub(crate) struct Launch<'a> {
    /// The operation's name, for messages.
    pub name: &'static str,
    pub variant: Variant,
    /// In the order of the kernel's bindings, without tensors that share the buffer of another.
    pub tensors: &'a [Bound<'a>],
    /// The bytes of the kernel's `Params`.
    pub params: &'a [u8],
    /// The fault that the kernel may find in data. If any, the stream writes the launch's number into the first word of `params`.
    pub fault: Option<FaultCode>,
    pub grid: Grid,
}
