// y[o] = x[o, 0] + x[o, 1] + ...: a reduction whose outputs lie side by side in x: sums of columns. A thread takes four of them.
// `outputs`, `lines` and everything about x are counted in vectors of four; otherwise as in reduce.wgsl.
alias T = f32;

override WIDTH: u32 = 256;

struct Params {
    // The result of no element.
    @size(16) identity: T,
    // What results are divided by where they are finished.
    @size(16) divisor: T,
    outputs: u32,
    // Elements of an output, those of them in a part, and parts.
    count: u32,
    chunk: u32,
    parts: u32,
    // Their product is WIDTH, and both are powers of two.
    lines: u32,
    lanes: u32,
    columns: u32,
    // 1 if results are finished, and elements taken again, scaled, where that is needed: floats that are added up.
    again: u32,
    // Where the tensors begin, and from one part's result to the next.
    x: u32,
    y: u32,
    y_part: u32,
    kept_rank: u32,
    folded_rank: u32,
    // From one output of a vector to the next.
    @size(12) y_step: u32,
    kept_shape: array<vec4<u32>, 2>,
    kept_x: array<vec4<u32>, 2>,
    kept_y: array<vec4<u32>, 2>,
    folded_shape: array<vec4<u32>, 2>,
    folded_x: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load4_x(i: u32) -> vec4<T> { return vec4<T>(x[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }
fn f(x: T) -> T { return x; }

var<workgroup> totals: array<vec4<T>, WIDTH>;
// By line, the exponents of the powers of two that its elements are taken times.
var<workgroup> shifts: array<vec4<i32>, WIDTH>;
var<private> unit: vec4<T>;

fn elements(base: u32, i: u32) -> vec4<T> {
    var at = i * p.folded_x[0].x;
    if (p.folded_rank > 1u) {
        at = strided_offset(i, p.folded_rank, p.folded_shape, p.folded_x);
    }
    let v = load4_x(base + at);
    return vec4<T>(f(taken(v.x, unit.x)), f(taken(v.y, unit.y)), f(taken(v.z, unit.z)), f(taken(v.w, unit.w)));
}

fn join(a: vec4<T>, b: vec4<T>) -> vec4<T> {
    return vec4<T>(op_add(a.x, b.x), op_add(a.y, b.y), op_add(a.z, b.z), op_add(a.w, b.w));
}

fn units(shift: vec4<i32>) -> vec4<T> {
    return vec4<T>(unit_of(shift.x), unit_of(shift.y), unit_of(shift.z), unit_of(shift.w));
}

// The totals of a part of four outputs; whole for lane 0.
fn reduced(output: u32, part: u32, line: u32, lane: u32) -> vec4<T> {
    var a = vec4<T>(p.identity);
    var b = vec4<T>(p.identity);
    if (output < p.outputs) {
        let base = p.x + strided_offset(output, p.kept_rank, p.kept_shape, p.kept_x);
        let end = min(p.count, (part + 1u) * p.chunk);
        var i = part * p.chunk + lane;
        for (; i + p.lanes < end; i += 2u * p.lanes) {
            a = join(a, elements(base, i));
            b = join(b, elements(base, i + p.lanes));
        }
        if (i < end) {
            a = join(a, elements(base, i));
        }
    }
    var total = join(a, b);

    totals[lane * p.lines + line] = total;
    for (var step = p.lanes / 2u; step > 0u; step >>= 1u) {
        workgroupBarrier();
        if (lane < step) {
            total = join(total, totals[(lane + step) * p.lines + line]);
            totals[lane * p.lines + line] = total;
        }
    }
    return total;
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let number = workgroup_number(group, groups);
    let part = number % p.parts;
    let line = thread % p.lines;
    let lane = thread / p.lines;
    let output = number / p.parts * p.lines + line;

    var shift = vec4<i32>(0);
    unit = units(shift);
    var total = reduced(output, part, line, lane);
    if (p.again == 1u) {
        if (lane == 0u) {
            shift = vec4<i32>(no_shift(total.x), no_shift(total.y), no_shift(total.z), no_shift(total.w));
            shifts[line] = shift;
        }
        if (any_thread(thread, output < p.outputs && any(shift != vec4<i32>(0)))) {
            shift = shifts[line];
            unit = units(shift);
            total = reduced(output, part, line, lane);
        }
    }
    if (lane == 0u && output < p.outputs) {
        let at = p.y + strided_offset(output, p.kept_rank, p.kept_shape, p.kept_y) + part * p.y_part;
        store_y(at, as_is(total.x, shift.x, p.divisor));
        store_y(at + p.y_step, as_is(total.y, shift.y, p.divisor));
        store_y(at + 2u * p.y_step, as_is(total.z, shift.z, p.divisor));
        store_y(at + 3u * p.y_step, as_is(total.w, shift.w, p.divisor));
    }
}
