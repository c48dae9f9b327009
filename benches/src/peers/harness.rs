//! How the programs that are compared measure: the same command line, the same clock and the same pinning for all.
//!
//! `benches/peers/candle` and `benches/peers/burn` are workspaces of their own, which must not depend on this one, and include this file by
//! its path. It therefore knows no library, and needs only clap and rustix.

use clap::{Parser, ValueEnum};
use std::fmt::Display;
use std::time::{Duration, Instant};

/// Measures workloads on the CPU and prints one JSON object, seconds by key. `benches/peers/compare.py` runs the programs in turns.
#[derive(Parser, Clone, Debug)]
pub struct Flags {
    /// Threads of the library, each pinned to a CPU of its own
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = at_least_one)]
    pub threads: usize,
    /// Only the rows whose key starts with this; may be given several times
    #[arg(long, value_name = "PREFIX")]
    pub only: Vec<String>,
    /// Few and short samples: shows that everything runs, not how fast
    #[arg(long)]
    pub quick: bool,
    /// Print the keys instead of measuring
    #[arg(long)]
    pub list: bool,
    /// Run one workload and print the peak of the resident memory in MB instead of times
    #[arg(long, value_name = "WORKLOAD", conflicts_with_all = ["only", "list"])]
    pub memory: Option<Memory>,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("at least one thread is required".into()),
        Ok(n) => Ok(n),
        Err(_) => Err("a number of threads is required".into()),
    }
}

/// A workload whose memory is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Memory {
    /// The rows that start with `adult_`
    Adult,
    /// `mnist_mlp_step`
    Mnist,
    /// `cnn_step`
    Cnn,
    /// `gpt_step`
    Gpt,
}

impl Memory {
    fn prefix(self) -> &'static str {
        match self {
            Memory::Adult => "adult_",
            Memory::Mnist => "mnist_",
            Memory::Cnn => "cnn_",
            Memory::Gpt => "gpt_",
        }
    }

    fn key(self) -> String {
        format!("peak_mb_{}", self.prefix().trim_end_matches('_'))
    }
}

/// Measures row after row and collects the results.
pub struct Bench {
    flags: Flags,
    /// CPUs that this process may use. Asked once: pinning changes the answer.
    cpus: Vec<usize>,
    results: Vec<(String, f64)>,
}

impl Bench {
    /// For these flags.
    pub fn new(flags: Flags) -> Bench {
        Bench {
            flags,
            cpus: allowed_cpus(),
            results: Vec::new(),
        }
    }

    /// Whether a row is to be measured. With `--list` it prints the key, and the answer is no.
    pub fn wants(&self, key: &str) -> bool {
        let wanted = match self.flags.memory {
            Some(memory) => key.starts_with(memory.prefix()),
            None => {
                self.flags.only.is_empty()
                    || self.flags.only.iter().any(|prefix| key.starts_with(prefix))
            }
        };
        if wanted && self.flags.list {
            println!("{key}");
        }
        wanted && !self.flags.list
    }

    /// Whether times are measured, and not memory: only then is there something to check.
    pub fn measures_time(&self) -> bool {
        self.flags.memory.is_none()
    }

    /// Measures the time of `work`, divided by `times`, the number of repetitions within it: the median of at most 9 samples of at least 25 ms.
    ///
    /// It measures up to six times while other processes use more than 5% of the CPUs, and the calmest attempt counts.
    pub fn row<E: Display>(
        &mut self,
        key: &str,
        times: usize,
        mut work: impl FnMut() -> Result<(), E>,
    ) -> Result<(), E> {
        let short = self.flags.quick || !self.measures_time();
        work()?;
        self.pin();
        let (warm_up, shortest) = match short {
            true => (Duration::from_millis(10), 0.005),
            false => (Duration::from_millis(150), 0.025),
        };
        let start = Instant::now();
        let mut runs = 1;
        // Three runs, unless they take seconds.
        while start.elapsed() < warm_up || (runs < 3 && start.elapsed() < Duration::from_secs(3)) {
            work()?;
            runs += 1;
        }
        let start = Instant::now();
        work()?;
        let once = start.elapsed().as_secs_f64();
        let repeats = (shortest / once).ceil().clamp(1.0, 1e6) as usize;
        let samples = match (short, once > 0.2) {
            (true, _) => 3,
            (false, true) => 7,
            (false, false) => 9,
        };
        self.calmest(key, samples, |seconds| {
            for _ in 0..samples {
                let start = Instant::now();
                for _ in 0..repeats {
                    work()?;
                }
                seconds.push(start.elapsed().as_secs_f64() / (repeats * times) as f64);
            }
            Ok(())
        })
    }

    /// The same for work that measures a part of itself and returns the time: the median of 300 times.
    pub fn part<E: Display>(
        &mut self,
        key: &str,
        mut work: impl FnMut() -> Result<Duration, E>,
    ) -> Result<(), E> {
        let times = if self.flags.quick { 30 } else { 300 };
        work()?;
        self.pin();
        for _ in 0..times {
            work()?;
        }
        self.calmest(key, times, |seconds| {
            for _ in 0..times {
                seconds.push(work()?.as_secs_f64());
            }
            Ok(())
        })
    }

    fn calmest<E>(
        &mut self,
        key: &str,
        samples: usize,
        mut attempt: impl FnMut(&mut Vec<f64>) -> Result<(), E>,
    ) -> Result<(), E> {
        let attempts = match self.flags.quick || !self.measures_time() {
            true => 1,
            false => 6,
        };
        let mut calmest: Option<(f64, Vec<f64>)> = None;
        for tried in 0..attempts {
            if tried > 0 {
                std::thread::sleep(Duration::from_millis(250));
            }
            let (before, start) = (CpuTimes::now(), Instant::now());
            let mut seconds = Vec::with_capacity(samples);
            attempt(&mut seconds)?;
            let share = used_by_others(before.as_ref(), self.cpus.len(), start.elapsed());
            seconds.sort_by(f64::total_cmp);
            if calmest.as_ref().is_none_or(|(least, _)| share < *least) {
                calmest = Some((share, seconds));
            }
            if share < 0.05 {
                break;
            }
        }
        if let Some((share, seconds)) = calmest {
            self.record(key, share, &seconds);
        }
        Ok(())
    }

    fn record(&mut self, key: &str, share: f64, sorted: &[f64]) {
        let median = sorted[sorted.len() / 2];
        eprintln!(
            "{key:<36}{:>14.2} us   min {:>12.2}   max {:>12.2}   others {:>3.0}%",
            median * 1e6,
            sorted[0] * 1e6,
            sorted[sorted.len() - 1] * 1e6,
            share * 100.0
        );
        self.results.push((key.into(), median));
    }

    /// Pins the threads that there are by now: schedulers of virtual machines pack two busy threads on one CPU while another is idle.
    fn pin(&self) {
        pin(self.flags.threads, &self.cpus);
    }

    /// Takes back the last result, because it was found to be wrong.
    pub fn withdraw(&mut self) {
        self.results.pop();
    }

    /// Prints the results as one JSON object.
    pub fn finish(mut self) {
        if self.flags.list {
            return;
        }
        if let Some(memory) = self.flags.memory {
            self.results = peak_mb().map(|mb| (memory.key(), mb)).into_iter().collect();
        }
        let rows: Vec<String> = self
            .results
            .iter()
            .map(|(key, value)| format!("\"{key}\": {value:e}"))
            .collect();
        println!("{{{}}}", rows.join(", "));
    }
}

/// The CPU time that everybody used, and that this process used, in seconds since the machine and the process were started.
struct CpuTimes {
    everybody: f64,
    own: f64,
}

impl CpuTimes {
    /// Nothing where there is no `/proc`; every attempt then counts as calm.
    fn now() -> Option<CpuTimes> {
        const TICKS_PER_SECOND: f64 = 100.0;
        let machine = std::fs::read_to_string("/proc/stat").ok()?;
        let ticks: Vec<f64> = machine
            .lines()
            .next()?
            .split_whitespace()
            .skip(1)
            .take(8)
            .map_while(|n| n.parse().ok())
            .collect();
        // user, nice, system, idle, iowait, irq, softirq, steal
        let idle = ticks.get(3)? + ticks.get(4)?;
        let process = std::fs::read_to_string("/proc/self/stat").ok()?;
        // The second field is the program's name in parentheses; the 14th and 15th are its times.
        let fields: Vec<&str> = process.rsplit(')').next()?.split_whitespace().collect();
        let own = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
        Some(CpuTimes {
            everybody: (ticks.iter().sum::<f64>() - idle) / TICKS_PER_SECOND,
            own: own / TICKS_PER_SECOND,
        })
    }
}

/// The share of `cpus` CPUs that other processes have used since `before`.
fn used_by_others(before: Option<&CpuTimes>, cpus: usize, elapsed: Duration) -> f64 {
    let (Some(before), Some(now)) = (before, CpuTimes::now()) else {
        return 0.0;
    };
    let others = (now.everybody - before.everybody) - (now.own - before.own);
    (others / (cpus as f64 * elapsed.as_secs_f64())).max(0.0)
}

/// The peak of the resident memory of this process in MB, where there is `/proc`.
fn peak_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

#[cfg(target_os = "linux")]
fn allowed_cpus() -> Vec<usize> {
    use rustix::thread::{CpuSet, sched_getaffinity};
    match sched_getaffinity(None) {
        Ok(set) => (0..CpuSet::MAX_CPU)
            .filter(|&cpu| set.is_set(cpu))
            .collect(),
        Err(_) => vec![0],
    }
}

#[cfg(not(target_os = "linux"))]
fn allowed_cpus() -> Vec<usize> {
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    (0..cpus).collect()
}

/// Pins the main thread to the first CPU, and each family of worker threads (those of one name, up to a number) one per CPU. A family with
/// fewer threads than `threads` computes together with the main thread, and starts at the second CPU.
#[cfg(target_os = "linux")]
fn pin(threads: usize, cpus: &[usize]) {
    use rustix::process::{Pid, getpid};
    use rustix::thread::{CpuSet, sched_setaffinity};
    use std::collections::BTreeMap;

    let used = &cpus[..threads.min(cpus.len())];
    let to = |thread: Pid, i: usize| {
        let mut set = CpuSet::new();
        set.set(used[i % used.len()]);
        // A thread may have ended meanwhile.
        let _ = sched_setaffinity(Some(thread), &set);
    };
    let main = getpid();
    let mut families: BTreeMap<String, Vec<i32>> = BTreeMap::new();
    for entry in std::fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten()
    {
        let Some(id) = entry.file_name().to_str().and_then(|id| id.parse().ok()) else {
            continue;
        };
        let name = std::fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
        let family = name
            .trim_end()
            .trim_end_matches(|c: char| c.is_ascii_digit());
        if id != main.as_raw_nonzero().get() {
            families.entry(family.into()).or_default().push(id);
        }
    }
    to(main, 0);
    for workers in families.values_mut() {
        workers.sort_unstable();
        let first = usize::from(workers.len() < threads);
        for (i, &id) in workers.iter().enumerate() {
            if let Some(thread) = Pid::from_raw(id) {
                to(thread, first + i);
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn pin(_threads: usize, _cpus: &[usize]) {}
