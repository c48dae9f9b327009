// What a kernel found that the host must hear of. A launch that may find something has a number, p.launch, and a slot, that modulo 1024, whose
// first fault is kept. A slot's number only grows, so nothing has to be cleared before it is used again.

struct Slot {
    launch: atomic<u32>,
    a: atomic<u32>,
    b: atomic<u32>,
    unused: u32,
}

struct Faults {
    // Launches that found something.
    count: atomic<u32>,
    unused: array<u32, 3>,
    slots: array<Slot, 1024>,
}

@group(2) @binding(0) var<storage, read_write> faults: Faults;

// Reports a fault of this launch, with two words that the host expects of its kind.
fn raise(launch: u32, a: u32, b: u32) {
    let slot = &faults.slots[launch % 1024u];
    if (atomicMax(&(*slot).launch, launch) < launch) {
        atomicStore(&(*slot).a, a);
        atomicStore(&(*slot).b, b);
        atomicAdd(&faults.count, 1u);
    }
}

fn divided_by_zero() {
    raise(p.launch, 0u, 0u);
}
