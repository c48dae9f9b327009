//! Runs inputs one after another, each under a time limit, and collects what goes wrong.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// No input may take longer, on a slow machine either.
const LIMIT: Duration = Duration::from_secs(60);
/// Findings after which a run ends.
const MANY: usize = 40;

/// Numbers from a seed (xorshift, started by splitmix).
#[derive(Clone)]
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Rng {
        let z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        Rng((z ^ (z >> 27)) | 1)
    }

    pub fn word(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        ((self.word() >> 33) as usize) % n.max(1)
    }

    pub fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// Tries `count` inputs, or as many as the time given by the environment allows. Each returns what it found, if it found anything.
pub fn run(name: &str, count: u64, input: impl Fn(u64) -> Option<String>) {
    let number = |key: &str| std::env::var(key).ok().and_then(|v| v.parse::<u64>().ok());
    let seconds = number("RUSHLIGHT_FUZZ_SECONDS");
    let only = number("RUSHLIGHT_FUZZ_SEED");
    let log = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}.txt"));
    let watch = Watch::start(name);
    let begun = Instant::now();
    let mut tried = 0;
    let mut findings = Vec::new();
    for seed in only.unwrap_or(0).. {
        let over = match (only, seconds) {
            (Some(_), _) => tried == 1,
            (None, Some(seconds)) => begun.elapsed() >= Duration::from_secs(seconds),
            (None, None) => tried == count,
        };
        if over || findings.len() == MANY {
            break;
        }
        // Where the process itself ends, the file says at which input.
        let _ = std::fs::write(&log, format!("{seed}\n"));
        watch.begin(seed);
        let found = catch_unwind(AssertUnwindSafe(|| input(seed)))
            .unwrap_or_else(|panic| Some(format!("panic: {}", text(&*panic))));
        findings.extend(found.map(|found| format!("seed {seed}: {found}")));
        tried += 1;
    }
    watch.end();
    eprintln!("fuzz {name}: {tried} inputs, {} findings", findings.len());
    assert!(findings.is_empty(), "{name}:\n{}", findings.join("\n"));
}

fn text(panic: &(dyn Any + Send)) -> &str {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text,
        (None, None) => "no message",
    }
}

/// A thread that ends the process when an input takes too long.
struct Watch {
    seed: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
}

impl Watch {
    fn start(name: &str) -> Watch {
        let watch = Watch {
            seed: Arc::new(AtomicU64::new(u64::MAX)),
            over: Arc::default(),
        };
        let (seed, over, name) = (watch.seed.clone(), watch.over.clone(), name.to_owned());
        std::thread::spawn(move || {
            let (mut last, mut since) = (u64::MAX, Instant::now());
            while !over.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(100));
                let now = seed.load(Ordering::Relaxed);
                if now != last {
                    (last, since) = (now, Instant::now());
                } else if now != u64::MAX && since.elapsed() > LIMIT {
                    eprintln!("fuzz {name}: seed {now} takes longer than {LIMIT:?}");
                    std::process::abort();
                }
            }
        });
        watch
    }

    fn begin(&self, seed: u64) {
        self.seed.store(seed, Ordering::Relaxed);
    }

    fn end(self) {
        self.over.store(true, Ordering::Relaxed);
    }
}
