//! The same bits from any number of threads: the test runs in child processes, because a process has one pool of threads.

/// A hash of bits, to compare runs.
pub fn fingerprint(values: &[f64]) -> u64 {
    values.iter().fold(0xcbf2_9ce4_8422_2325, |h: u64, x| {
        (h ^ x.to_bits())
            .wrapping_mul(0x100_0000_01b3)
            .rotate_left(29)
    })
}

/// Runs the test `name` of this binary in children with 1, 2, 3 and 8 threads; it prints `bits: …` when `RUSHLIGHT_CHILD` is set.
pub fn same_bits_for_all_thread_counts(name: &str) {
    let run = |threads: &str| {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture", "--test-threads=1"])
            .env("RAYON_NUM_THREADS", threads)
            .env("RUSHLIGHT_CHILD", "1")
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let line = text.lines().find_map(|l| l.split("bits: ").nth(1));
        line.unwrap_or_else(|| panic!("no bits in {text}"))
            .to_owned()
    };
    let one = run("1");
    for threads in ["2", "3", "8"] {
        assert_eq!(run(threads), one, "{threads} threads");
    }
}

pub fn is_child() -> bool {
    std::env::var_os("RUSHLIGHT_CHILD").is_some()
}
