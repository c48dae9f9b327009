// What one thread of a workgroup has found, for all of them.

var<workgroup> raised: atomic<u32>;
var<workgroup> outcome: u32;

// Whether any thread of the workgroup says so: the same for all, so barriers may depend on it. All threads call it together.
fn any_thread(thread: u32, says: bool) -> bool {
    if (thread == 0u) {
        atomicStore(&raised, 0u);
    }
    workgroupBarrier();
    if (says) {
        atomicStore(&raised, 1u);
    }
    workgroupBarrier();
    if (thread == 0u) {
        outcome = atomicLoad(&raised);
    }
    return workgroupUniformLoad(&outcome) == 1u;
}
