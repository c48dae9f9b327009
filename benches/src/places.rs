//! Where the benches run, and how large what they compute may be there.

use rushlight::{Device, gpu};

/// The environment variable that makes every bench short, for CI: set to 1, sizes and times are the smallest.
pub const SHORT: &str = "RUSHLIGHT_BENCH_SHORT";

/// A device under the name of its line in a report.
#[derive(Clone)]
pub struct Place {
    /// `cpu` or `gpu`.
    pub name: &'static str,
    /// The device.
    pub device: Device,
}

/// The CPU, and the GPU if there is one; else standard error says that it is left out.
pub fn places() -> Vec<Place> {
    let mut places = vec![Place {
        name: "cpu",
        device: Device::CPU,
    }];
    match Device::gpu(0) {
        Ok(device) => places.push(Place {
            name: "gpu",
            device,
        }),
        Err(e) => eprintln!("skipped, every gpu line: {}", e.message()),
    }
    places
}

/// How large the work is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Scale {
    /// A few seconds for everything.
    Short,
    /// Fit for a processor, which a GPU in software is too.
    Processor,
    /// Fit for a GPU.
    Hardware,
}

impl Scale {
    /// As large as this machine's GPU, or its absence, allows.
    pub fn of_this_machine() -> Scale {
        if std::env::var(SHORT).is_ok_and(|v| v == "1") {
            return Scale::Short;
        }
        match gpu::open(0) {
            Ok(gpu) if !gpu.is_software_adapter() => Scale::Hardware,
            _ => Scale::Processor,
        }
    }

    /// Those of `sizes`, in ascending order, that are fit: the first, all but the last `large`, or all.
    pub fn choose<T: Copy>(self, sizes: &[T], large: usize) -> Vec<T> {
        let kept = match self {
            Scale::Short => 1,
            Scale::Processor => sizes.len() - large,
            Scale::Hardware => sizes.len(),
        };
        sizes[..kept].to_vec()
    }
}
