// Merges neighbouring sorted runs of each row: the position of an entry is found by counting the entries of the other run that precede it.
// One thread per entry.

override WIDTH: u32 = 256;

struct Params {
    // Number of entries in total, per row, and per run.
    count: u32,
    length: u32,
    run: u32,
}

@group(0) @binding(0) var<storage, read> runs: array<vec2<u32>>;
@group(0) @binding(1) var<storage, read_write> merged: array<vec2<u32>>;
@group(1) @binding(0) var<uniform> p: Params;

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let index = workgroup_number(group, groups) * WIDTH + thread;
    if (index >= p.count) {
        return;
    }
    let i = index % p.length;
    let row = index - i;
    let entry = runs[index];
    let number = i / p.run;
    // The start of the other run within the row.
    let other = (number ^ 1u) * p.run;
    var low = min(other, p.length);
    let start = low;
    var high = min(low + p.run, p.length);
    while (low < high) {
        let middle = low + (high - low) / 2u;
        let there = runs[row + middle];
        if (there.x < entry.x || (there.x == entry.x && there.y < entry.y)) {
            low = middle + 1u;
        } else {
            high = middle;
        }
    }
    let pair = (number & 0xfffffffeu) * p.run;
    merged[row + pair + (i - number * p.run) + (low - start)] = entry;
}
