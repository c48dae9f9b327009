// y[i] = the position of the largest of x[0] ... x[i], of the last of equals, of the last NaN once there is one. Over any layout.
// A workgroup takes `lines` lines with `lanes` threads each, tile by tile, as in scan.wgsl.
alias T = f32;

override WIDTH: u32 = 256;

struct Params {
    count: u32,
    // Elements of a line.
    length: u32,
    // Their product is WIDTH, and both are powers of two.
    lines: u32,
    lanes: u32,
    // 1 if neighbouring threads take neighbouring lines, 0 if they take neighbouring elements.
    columns: u32,
    // Where the tensors begin, and from one element of a line to the next.
    x: u32,
    y: u32,
    x_step: u32,
    y_step: u32,
    @size(12) rank: u32,
    shape: array<vec4<u32>, 2>,
    x_strides: array<vec4<u32>, 2>,
    y_strides: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<i32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_x(i: u32) -> T { return T(x[i]); }
fn store_y(i: u32, v: i32) { y[i] = v; }

struct Best {
    value: T,
    at: i32,
}

var<workgroup> totals: array<Best, WIDTH>;

const EACH: u32 = 8u;

// The better of two, b being the later; an `at` below 0 stands for no element.
fn better(a: Best, b: Best) -> Best {
    if (b.at < 0) {
        return a;
    }
    if (a.at < 0 || op_isnan(b.value) || (!op_isnan(a.value) && op_ge(b.value, a.value))) {
        return b;
    }
    return a;
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let across = p.columns == 1u;
    let slot = select(thread / p.lanes, thread % p.lines, across);
    let lane = select(thread % p.lanes, thread / p.lines, across);
    let line = workgroup_number(group, groups) * p.lines + slot;
    let place = lane * p.lines + slot;
    let inside = line < p.count;
    let base = p.x + strided_offset(line, p.rank, p.shape, p.x_strides);
    let to = p.y + strided_offset(line, p.rank, p.shape, p.y_strides);

    var carry = Best(T(0), -1);
    for (var tile = 0u; tile < p.length; tile += p.lanes * EACH) {
        let first = tile + lane * EACH;
        var running: array<Best, EACH>;
        var total = Best(T(0), -1);
        for (var k = 0u; k < EACH; k++) {
            let i = first + k;
            if (inside && i < p.length) {
                total = better(total, Best(load_x(base + i * p.x_step), i32(i)));
            }
            running[k] = total;
        }
        totals[place] = total;
        for (var step = 1u; step < p.lanes; step <<= 1u) {
            workgroupBarrier();
            var before = Best(T(0), -1);
            if (lane >= step) {
                before = totals[place - step * p.lines];
            }
            workgroupBarrier();
            if (lane >= step) {
                total = better(before, total);
                totals[place] = total;
            }
        }
        workgroupBarrier();
        var before = carry;
        if (lane > 0u) {
            before = better(carry, totals[place - p.lines]);
        }
        carry = better(carry, totals[(p.lanes - 1u) * p.lines + slot]);
        for (var k = 0u; k < EACH; k++) {
            let i = first + k;
            if (inside && i < p.length) {
                store_y(to + i * p.y_step, better(before, running[k]).at);
            }
        }
        workgroupBarrier();
    }
}
