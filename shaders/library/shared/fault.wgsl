// Faults that kernels report to the host. A launch that may fail has a number, p.launch, and the slot p.launch % 1024, which keeps its first
// fault. The launch number in a slot only grows, so that slots are not cleared before they are used again.

struct Slot {
    launch: atomic<u32>,
    a: atomic<u32>,
    b: atomic<u32>,
    unused: u32,
}

struct Faults {
    // Number of launches with a fault.
    count: atomic<u32>,
    unused: array<u32, 3>,
    slots: array<Slot, 1024>,
}

@group(2) @binding(0) var<storage, read_write> faults: Faults;

// Reports a fault of this launch, with two words that the host interprets by kernel.
fn raise(launch: u32, a: u32, b: u32) {
    let slot = &faults.slots[launch % 1024u];
    if (atomicMax(&(*slot).launch, launch) < launch) {
        atomicStore(&(*slot).a, a);
        atomicStore(&(*slot).b, b);
        atomicAdd(&faults.count, 1u);
    }
}

fn raise_division_by_zero() {
    raise(p.launch, 0u, 0u);
}
