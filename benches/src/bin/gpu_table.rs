//! What the GPU reaches of its own limits, in one table: `benches/gpu.sh` runs it after the correctness check.

use clap::Parser;
use rushlight::gpu::Counts;
use rushlight::{DType, Device, Result, gpu};
use rushlight_benches::limits::Limits;
use rushlight_benches::places::Scale;
use rushlight_benches::timing::{median, timed};
use rushlight_benches::work::{self, Work};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Prints how fast the GPU is, against what its memory and its arithmetic give, and against PyTorch on the same card.
#[derive(Parser)]
struct Flags {
    /// PyTorch's times, as `gpu_torch.py` prints them
    #[arg(long, value_name = "FILE.json")]
    torch: Option<PathBuf>,
    /// Seconds for each line
    #[arg(long, value_name = "X", default_value_t = 1.5)]
    seconds: f64,
}

fn main() -> ExitCode {
    match table(Flags::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("error: {e}");
            ExitCode::from(2)
        }
    }
}

fn table(flags: Flags) -> Result<()> {
    let started = Instant::now();
    let card = gpu::open(0)?;
    let scale = Scale::of_this_machine();
    print!("{}", gpu::report());
    if card.is_software_adapter() {
        println!(
            "\nA GPU in software: sizes are small, and the numbers say nothing about a real one."
        );
    }
    let (copied, threads) = if scale == Scale::Hardware {
        (256 << 20, 1 << 21)
    } else {
        (16 << 20, 1 << 14)
    };
    let limits = Limits::measure(card.adapter(), copied, threads)?;
    println!(
        "\nlimits, measured: copy {}, multiply-add in float32 {}, cooperative matrices: {}\n",
        rate(limits.copy, "B/s"),
        rate(limits.multiply_add, "FLOP/s"),
        if limits.cooperative_matrices {
            "yes"
        } else {
            "no"
        },
    );
    let mut table = Table {
        device: Device::gpu(0)?,
        torch: torch(flags.torch)?,
        budget: Duration::from_secs_f64(flags.seconds),
        limits,
    };
    println!(
        "{:<28}{:>12}  {:<14}{:<32}{:>12}",
        "", "median", "rate", "reached", "PyTorch"
    );
    table.memory(scale);
    table.arithmetic(scale);
    table.steps(&card, scale);
    println!("\nin {:.0} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// PyTorch's seconds by key, none if there is no file.
fn torch(file: Option<PathBuf>) -> Result<BTreeMap<String, f64>> {
    let Some(file) = file else {
        return Ok(BTreeMap::new());
    };
    let text = std::fs::read_to_string(&file)?;
    serde_json::from_str(&text)
        .map_err(|e| rushlight::Error::value(format!("{}: {e}", file.display())))
}

struct Table {
    device: Device,
    torch: BTreeMap<String, f64>,
    budget: Duration,
    limits: Limits,
}

/// What a line is held against.
enum Against {
    /// The copy's bytes a second; the aim in percent.
    Copy(f64),
    /// The multiply-adds a second; the aim in percent.
    MultiplyAdd(f64),
    /// An aim in operations a second.
    Rate(f64),
    Nothing,
}

impl Table {
    /// Elementwise functions, reductions and softmax: limited by memory.
    fn memory(&mut self, scale: Scale) {
        let (n, rows) = match scale {
            Scale::Hardware => (1 << 26, 1 << 16),
            _ => (1 << 20, 1 << 10),
        };
        let million = n >> 20;
        for name in ["add", "relu", "exp", "gelu"] {
            let work = work::elementwise(name, n, &self.device);
            self.line(&format!("{name}_{million}M"), work, &Against::Copy(80.0));
        }
        for (name, dim) in [("sum", None), ("sum_dim0", Some(0)), ("sum_dim1", Some(1))] {
            let work = work::sum(dim, rows, 1024, &self.device);
            self.line(&format!("{name}_{rows}x1024"), work, &Against::Copy(80.0));
        }
        let work = work::softmax(rows, 1024, &self.device);
        self.line(&format!("softmax_{rows}x1024"), work, &Against::Copy(80.0));
    }

    /// Products, a convolution and attention: limited by arithmetic.
    fn arithmetic(&mut self, scale: Scale) {
        let (single, half): (&[usize], &[usize]) = match scale {
            Scale::Hardware => (&[1024, 2048, 4096], &[4096, 8192]),
            _ => (&[256, 512], &[256]),
        };
        for &n in single {
            let work = work::matmul(n, DType::F32, &self.device);
            self.line(
                &format!("matmul_{n}_f32"),
                work,
                &Against::MultiplyAdd(50.0),
            );
        }
        for &n in half {
            let work = work::matmul(n, DType::F16, &self.device);
            self.line(&format!("matmul_{n}_f16"), work, &Against::Rate(150e12));
        }
        let (batch, length) = match scale {
            Scale::Hardware => (256, 1024),
            _ => (4, 64),
        };
        let work = work::conv(batch, 64, &self.device);
        self.line(
            &format!("conv_{batch}x64_k3"),
            work,
            &Against::MultiplyAdd(50.0),
        );
        let work = work::attention(8, length, &self.device);
        self.line(
            &format!("attention_{length}"),
            work,
            &Against::MultiplyAdd(50.0),
        );
    }

    /// Training steps, with what they launch.
    fn steps(&mut self, card: &gpu::Gpu, scale: Scale) {
        let batch = if scale == Scale::Hardware { 1024 } else { 64 };
        let work = work::mnist_step(batch, &self.device);
        self.line(&format!("mnist_step_{batch}"), work, &Against::Nothing);
        let work = work::adult_step(&self.device);
        self.line("adult_step", work, &Against::Nothing);
        match self.counted(card) {
            Ok(line) => println!("{:<28}{line}; aim 60 us", ""),
            Err(e) => println!("{:<28}failed: {e}", ""),
        }
    }

    /// What 100 steps of the Adult model ask of the device.
    fn counted(&self, card: &gpu::Gpu) -> Result<String> {
        const STEPS: u64 = 100;
        let mut work = work::adult_step(&self.device)?;
        timed(&self.device, 2, &mut *work.run)?;
        let before = card.counts();
        for _ in 0..STEPS {
            (work.run)()?;
        }
        let after = card.counts();
        self.device.synchronize()?;
        let of = |count: fn(Counts) -> u64| count(after) - count(before);
        Ok(format!(
            "{} launches a step, {} submissions, {} uploads and {} read-backs in {STEPS} steps",
            of(|c| c.launches) as f64 / STEPS as f64,
            of(|c| c.submissions),
            of(|c| c.uploads),
            of(|c| c.read_backs),
        ))
    }

    fn line(&mut self, key: &str, work: Result<Work>, against: &Against) {
        let measured = work.and_then(|mut work| {
            let seconds = median(&self.device, self.budget, &mut *work.run)?;
            Ok((seconds, work.flops / seconds, work.bytes / seconds))
        });
        let (seconds, flops, bytes) = match measured {
            Ok(measured) => measured,
            Err(e) => return println!("{key:<28}{:>12}  {e}", "failed"),
        };
        let (unit, reached) = match against {
            Against::Copy(aim) => {
                let percent = 100.0 * bytes / self.limits.copy;
                (
                    rate(bytes, "B/s"),
                    format!("{percent:.0}% of the copy's, aim {aim:.0}%"),
                )
            }
            Against::MultiplyAdd(aim) => {
                let percent = 100.0 * flops / self.limits.multiply_add;
                (
                    rate(flops, "FLOP/s"),
                    format!("{percent:.0}% of the peak, aim {aim:.0}%"),
                )
            }
            Against::Rate(aim) => (
                rate(flops, "FLOP/s"),
                format!("aim {}", rate(*aim, "FLOP/s")),
            ),
            Against::Nothing => (String::new(), String::new()),
        };
        let torch = match self.torch.get(key) {
            Some(torch) => format!("{} ({:.2}x)", time(*torch), torch / seconds),
            None => "-".into(),
        };
        println!(
            "{key:<28}{:>12}  {unit:<14}{reached:<32}{torch:>12}",
            time(seconds)
        );
    }
}

fn time(seconds: f64) -> String {
    match seconds {
        s if s >= 1.0 => format!("{s:.2} s"),
        s if s >= 1e-3 => format!("{:.2} ms", s * 1e3),
        s => format!("{:.1} us", s * 1e6),
    }
}

fn rate(per_second: f64, unit: &str) -> String {
    match per_second {
        r if r >= 1e12 => format!("{:.2} T{unit}", r / 1e12),
        r => format!("{:.1} G{unit}", r / 1e9),
    }
}
