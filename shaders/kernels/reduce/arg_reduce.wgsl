// y[o] = the position of the largest element of line o, of the first of equals, of the first NaN if there is one. Over any layout.
// A workgroup takes `lines` lines with `lanes` threads each, and of each line one part of `parts`; arg_reduce_parts.wgsl then chooses
// among the parts' positions.
alias T = f32;

override WIDTH: u32 = 256;

struct Params {
    count: u32,
    // Elements of a line, those of them in a part, and parts.
    length: u32,
    chunk: u32,
    parts: u32,
    // Their product is WIDTH, and both are powers of two.
    lines: u32,
    lanes: u32,
    // 1 if neighbouring threads take neighbouring lines, 0 if they take neighbouring elements.
    columns: u32,
    // Where the tensors begin, from one element of a line to the next, and from one part's result to the next.
    x: u32,
    y: u32,
    x_step: u32,
    y_part: u32,
    rank: u32,
    shape: array<vec4<u32>, 2>,
    x_strides: array<vec4<u32>, 2>,
    y_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<i32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_x(i: u32) -> T { return T(x[i]); }
fn store_y(i: u32, v: i32) { y[i] = v; }

var<workgroup> values: array<T, WIDTH>;
var<workgroup> positions: array<u32, WIDTH>;

// No element: it lies behind all of them.
const NONE: u32 = 0xffffffffu;

// Whether element a comes before element b.
fn comes_first(a: T, a_at: u32, b: T, b_at: u32) -> bool {
    if (b_at == NONE || a_at == NONE) {
        return b_at == NONE;
    }
    if (op_isnan(a) || op_isnan(b)) {
        return op_isnan(a) && (!op_isnan(b) || a_at < b_at);
    }
    return op_gt(a, b) || (op_eq(a, b) && a_at < b_at);
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let number = workgroup_number(group, groups);
    let part = number % p.parts;
    let across = p.columns == 1u;
    let slot = select(thread / p.lanes, thread % p.lines, across);
    let lane = select(thread % p.lanes, thread / p.lines, across);
    let line = number / p.parts * p.lines + slot;

    var best = T(0);
    var at = NONE;
    if (line < p.count) {
        let base = p.x + strided_offset(line, p.rank, p.shape, p.x_strides);
        let end = min(p.length, (part + 1u) * p.chunk);
        for (var i = part * p.chunk + lane; i < end; i += p.lanes) {
            let v = load_x(base + i * p.x_step);
            if (comes_first(v, i, best, at)) {
                best = v;
                at = i;
            }
        }
    }

    let place = lane * p.lines + slot;
    values[place] = best;
    positions[place] = at;
    for (var step = p.lanes / 2u; step > 0u; step >>= 1u) {
        workgroupBarrier();
        if (lane < step) {
            let other = place + step * p.lines;
            if (comes_first(values[other], positions[other], best, at)) {
                best = values[other];
                at = positions[other];
                values[place] = best;
                positions[place] = at;
            }
        }
    }
    if (lane == 0u && line < p.count) {
        store_y(p.y + strided_offset(line, p.rank, p.shape, p.y_strides) + part * p.y_part, i32(at));
    }
}
