//! Memory that does not grow. Alone in its process, whose memory it measures.

#[path = "all/support/mod.rs"]
mod support;

use rushlight_backend::{
    Backend, Binary, DType, Dims, Layout, Map, Result, Storage, Unary, View, plan,
};
use support::gpu;

fn view<'a>(storage: &'a Storage, layout: &'a Layout) -> View<'a> {
    View::new(storage, layout, DType::F32).unwrap()
}

/// Bytes of memory of this process that are in use.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let resident = pages.split(' ').nth(1).and_then(|n| n.parse().ok());
    resident.unwrap_or(0u64) * 4096
}

#[test]
fn memory_stays_flat_over_ten_thousand_steps() {
    let Some(gpu) = gpu() else { return };
    let step = |i: usize| -> Result<()> {
        // Shapes that change, as batches of sequences do.
        let n = 300 + i % 7 * 40;
        let layout = Layout::contiguous(Dims::from([n]));
        let x = gpu.upload(&vec![0; n * 4])?;
        let (y, z) = (gpu.alloc(n * 4)?, gpu.alloc(n * 4)?);
        let f = Map::Unary(Unary::Square);
        gpu.map(plan::map(
            f,
            DType::F32,
            &[view(&x, &layout)],
            view(&y, &layout).into(),
        )?)?;
        let f = Map::Binary(Binary::Add);
        let inputs = [view(&x, &layout), view(&y, &layout)];
        gpu.map(plan::map(f, DType::F32, &inputs, view(&z, &layout).into())?)?;
        if i.is_multiple_of(50) {
            gpu.download(&z, 0, &mut [0; 4])?;
        }
        Ok(())
    };
    (0..1000).for_each(|i| step(i).unwrap());
    gpu.synchronize().unwrap();
    let (host, device) = (resident(), gpu.memory());
    (0..10_000).for_each(|i| step(i).unwrap());
    gpu.synchronize().unwrap();
    assert_eq!(gpu.memory(), device);
    let grown = resident().saturating_sub(host);
    assert!(grown < 4 << 20, "{grown} bytes more after 10,000 steps");
}
