//! The flags and the exit code of an example: 0 on success; 2 on an error, with its message as one line on standard error.

use clap::{Parser, ValueEnum};
use rushlight::{Device, Result, gpu};
use std::fmt::Display;
use std::process::ExitCode;

/// Reads the flags and runs the example with them. Help and version are printed to standard output, errors to standard error.
pub fn run<Flags: Parser>(example: impl FnOnce(Flags) -> Result<()>) -> ExitCode {
    let flags = match Flags::try_parse() {
        Ok(flags) => flags,
        Err(e) if !e.use_stderr() => {
            // If standard output is closed, there is nobody to report the failure to.
            let _ = e.print();
            return ExitCode::SUCCESS;
        }
        Err(e) => return fail(e),
    };
    match example(flags) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => fail(e),
    }
}

/// The value of the flag `--device`.
#[derive(Clone, Copy, ValueEnum)]
pub enum On {
    /// On the CPU.
    Cpu,
    /// On the first GPU; an error if there is none.
    Gpu,
    /// On a GPU if there is one in hardware, else on the CPU.
    Auto,
}

impl On {
    /// The device.
    pub fn device(self) -> Result<Device> {
        match self {
            On::Cpu => Ok(Device::CPU),
            On::Gpu => Device::gpu(0),
            On::Auto if gpu::is_available() && !gpu::open(0)?.is_software_adapter() => {
                Device::gpu(0)
            }
            On::Auto => Ok(Device::CPU),
        }
    }
}

fn fail(e: impl Display) -> ExitCode {
    let text = e.to_string();
    let line = text.lines().next().unwrap_or_default();
    eprintln!("error: {}", line.strip_prefix("error: ").unwrap_or(line));
    ExitCode::from(2)
}
