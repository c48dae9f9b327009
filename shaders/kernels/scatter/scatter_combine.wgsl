// Combines, in order, the partial results that `scatter_runs` left of runs of equal indices that span several chunks of a sorted column. One
// thread per chunk; the thread of the chunk in which a run begins processes the run.
alias T = f32;
alias Index = i32;

override WIDTH: u32 = 256;

@group(0) @binding(0) var<storage, read> index: array<Index>;
@group(0) @binding(1) var<storage, read> order: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> ends: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Columns;

fn load_ends(i: u32) -> T { return T(ends[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }
fn f(x: T, y: T) -> T { return T(op_add(x, y)); }

// A running result, and its accumulated rounding error.
struct Running {
    value: T,
    error: T,
}

fn combined(before: Running, next: Running) -> Running {
    let value = f(before.value, next.value);
    return Running(value, before.error + next.error + no_error(before.value, next.value, value));
}

fn read_partial(i: u32) -> Running {
    return Running(load_ends(i), load_ends(2u * p.count + i));
}

fn key(start: vec4<u32>, k: u32) -> i32 {
    return index_of_word(index[start.x + order[start.y + k * p.along.y].x * p.along.x]);
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let i = workgroup_number(group, groups) * WIDTH + thread;
    if (i >= p.count) {
        return;
    }
    let first = i / p.columns * p.chunk;
    var end = first + p.chunk;
    if (end >= p.n) {
        return;
    }
    let start = column_starts(i % p.columns, p.rank, p.start, p.shape, p.strides);
    let at = key(start, end - 1u);
    let continues = key(start, end) == at;
    let begun = first > 0u && key(start, max(first, 1u) - 1u) == at;
    if (!continues || begun || u32(at) >= p.size || u32(at) - p.low >= p.window) {
        return;
    }
    var running = read_partial(p.count + i);
    var chunk = i;
    while (end < p.n && key(start, end) == at) {
        chunk += p.columns;
        end += p.chunk;
        running = combined(running, read_partial(chunk));
    }
    store_y(start.w + (u32(at) - p.low) * p.along.w, with_error(running.value, running.error));
}
