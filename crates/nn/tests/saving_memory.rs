//! Saving takes the memory of a chunk, and loading that of the largest tensor. Alone in its process, whose memory it measures.

use rushlight_nn::{StateDict, load_tensors, save_tensors};
use rushlight_tensor::{Result, Tensor};
use std::collections::BTreeMap;

/// The largest amount of memory, in MiB, that this process ever had; `None` where the system does not report it.
fn peak() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes / 1024)
}

#[test]
fn saving_needs_the_memory_of_a_piece() -> Result<()> {
    let Some(start) = peak() else {
        return Ok(());
    };
    let mib = std::env::var("RUSHLIGHT_TEST_MIB").ok();
    let mib: usize = mib.and_then(|mib| mib.parse().ok()).unwrap_or(64);
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("model.safetensors");
    let quarter = || Tensor::ones([1 << 8, mib << 8], ());
    let mut state = StateDict::new();
    for name in ["a", "b", "c"] {
        state.insert(name, quarter()?);
    }
    // A view whose rows are not dense.
    state.insert("d", quarter()?.t()?);
    let before = peak().unwrap_or(start);
    save_tensors(&path, &state, &BTreeMap::new())?;
    let saved = peak().unwrap_or(start);
    println!("{mib} MiB saved with {} MiB more", saved - before);
    assert!(saved - before < 20, "{} MiB more", saved - before);
    let length = std::fs::metadata(&path)?.len();
    assert!(length > (mib << 20) as u64);
    let loaded = load_tensors(&path)?;
    let more = peak().unwrap_or(start) - saved;
    println!("{mib} MiB loaded with {more} MiB more");
    assert!(more < mib as i64 * 5 / 4 + 20, "{more} MiB more");
    for (name, tensor) in state.iter() {
        assert!(loaded.tensors.require(name)?.equal(tensor)?, "{name}");
    }
    Ok(())
}
