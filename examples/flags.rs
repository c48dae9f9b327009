//! The flags and the exit code of an example: 0 on success; 2 on an error, with its message as one line on standard error.

use clap::{Args, Parser, ValueEnum};
use rushlight::{Device, gpu};
use std::fmt::Display;
use std::process::ExitCode;

/// Reads the flags and runs the example with them. Help and version are printed to standard output, errors to standard error.
pub fn run<Flags: Parser>(example: impl FnOnce(Flags) -> rushlight::Result<()>) -> ExitCode {
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
    pub fn device(self) -> rushlight::Result<Device> {
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

/// The flags of every program that trains: such a program flattens them into its own.
#[derive(Args)]
pub struct RunFlags {
    /// The device that computes
    #[arg(long, value_enum, default_value_t = On::Cpu)]
    pub device: On,
    /// Stop after so many steps of the optimizer, and print the loss of each
    #[arg(long, value_parser = positive)]
    pub steps: Option<usize>,
    /// A short run without plots
    #[arg(long)]
    pub quick: bool,
}

impl RunFlags {
    /// The number of passes: `all`, and at most `quick` in a short run.
    pub fn passes(&self, all: usize, quick: usize) -> usize {
        if self.quick { all.min(quick) } else { all }
    }

    /// Whether the program draws plots.
    pub fn draws(&self) -> bool {
        self.steps.is_none() && !self.quick
    }
}

/// The value of a flag that counts something: a number of at least 1.
pub fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("must be at least 1".to_owned()),
        Ok(n) => Ok(n),
        Err(e) => Err(format!("{e}")),
    }
}

fn fail(e: impl Display) -> ExitCode {
    let text = e.to_string();
    let line = text.lines().next().unwrap_or_default();
    eprintln!("error: {}", line.strip_prefix("error: ").unwrap_or(line));
    ExitCode::from(2)
}
