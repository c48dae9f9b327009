// What a kernel found that the host must hear of: the first is kept until the host reads it.

@group(2) @binding(0) var<storage, read_write> fault: array<atomic<u32>, 4>;

// An int64 beyond 32 bits on an adapter without i64.
const FAULT_WIDE: u32 = 0xffffffffu;

fn raise(ticket: u32, a: u32, b: u32) {
    if (atomicAdd(&fault[0], 1u) == 0u) {
        atomicStore(&fault[1], ticket);
        atomicStore(&fault[2], a);
        atomicStore(&fault[3], b);
    }
}

// The kernel's ticket says of which operation.
fn divided_by_zero() {
    raise(p.ticket, 0u, 0u);
}
