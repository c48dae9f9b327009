// A vote among the threads of a workgroup.

var<workgroup> any_set: atomic<u32>;
var<workgroup> outcome: u32;

// Whether `condition` holds for any thread of the workgroup. The result is uniform, so barriers may depend on it. All threads must call this.
fn any_thread(thread: u32, condition: bool) -> bool {
    if (thread == 0u) {
        atomicStore(&any_set, 0u);
    }
    workgroupBarrier();
    if (condition) {
        atomicStore(&any_set, 1u);
    }
    workgroupBarrier();
    if (thread == 0u) {
        outcome = atomicLoad(&any_set);
    }
    return workgroupUniformLoad(&outcome) == 1u;
}
