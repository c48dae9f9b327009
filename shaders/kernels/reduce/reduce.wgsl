// y[o] = x[o, 0] + x[o, 1] + ...: a reduction over any layout. Element i of output o lies at kept(o) + folded(i).
// A workgroup reduces `lines` outputs with `lanes` threads each, and of each output only one part of `parts`; a second pass
// reduces the parts. Which thread takes which elements, and the tree that joins them, follow from the sizes alone.
alias T = f32;
// What is kept of elements while they are combined.
alias Total = f32;

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
    // 1 if neighbouring threads take neighbouring outputs, 0 if they take neighbouring elements.
    columns: u32,
    // 1 if results are finished, and elements taken again, scaled, where that is needed: floats that are added up.
    again: u32,
    // Where the tensors begin, and from one part's result to the next.
    x: u32,
    y: u32,
    y_part: u32,
    kept_rank: u32,
    folded_rank: u32,
    @size(12) y_step: u32,
    kept_shape: array<vec4<u32>, 2>,
    kept_x: array<vec4<u32>, 2>,
    kept_y: array<vec4<u32>, 2>,
    folded_shape: array<vec4<u32>, 2>,
    folded_x: array<vec4<u32>, 2>,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_x(i: u32) -> T { return T(x[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }
fn f(x: T) -> T { return x; }

var<workgroup> totals: array<Total, WIDTH>;
// By line, the exponent of the power of two that its elements are taken times.
var<workgroup> shifts: array<i32, WIDTH>;
var<private> unit: T;

fn element(base: u32, i: u32) -> Total {
    if (p.folded_rank == 1u) {
        return to_total(f(taken(load_x(base + i * p.folded_x[0].x), unit)));
    }
    return to_total(f(taken(load_x(base + strided_offset(i, p.folded_rank, p.folded_shape, p.folded_x)), unit)));
}

// The total of a part of an output; whole for lane 0.
fn reduced(output: u32, part: u32, line: u32, lane: u32) -> Total {
    // Four sums side by side: neither the additions nor the loads wait for each other.
    var a = to_total(p.identity);
    var b = to_total(p.identity);
    var c = to_total(p.identity);
    var d = to_total(p.identity);
    if (output < p.outputs) {
        let base = p.x + strided_offset(output, p.kept_rank, p.kept_shape, p.kept_x);
        let end = min(p.count, (part + 1u) * p.chunk);
        var i = part * p.chunk + lane;
        for (; i + 3u * p.lanes < end; i += 4u * p.lanes) {
            a = op_add(a, element(base, i));
            b = op_add(b, element(base, i + p.lanes));
            c = op_add(c, element(base, i + 2u * p.lanes));
            d = op_add(d, element(base, i + 3u * p.lanes));
        }
        for (; i < end; i += p.lanes) {
            a = op_add(a, element(base, i));
        }
    }
    var total = op_add(op_add(a, b), op_add(c, d));

    totals[lane * p.lines + line] = total;
    for (var step = p.lanes / 2u; step > 0u; step >>= 1u) {
        workgroupBarrier();
        if (lane < step) {
            total = op_add(total, totals[(lane + step) * p.lines + line]);
            totals[lane * p.lines + line] = total;
        }
    }
    return total;
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let number = workgroup_number(group, groups);
    let part = number % p.parts;
    let across = p.columns == 1u;
    let line = select(thread / p.lanes, thread % p.lines, across);
    let lane = select(thread % p.lanes, thread / p.lines, across);
    let output = number / p.parts * p.lines + line;

    unit = unit_of(0);
    var shift = 0;
    var total = reduced(output, part, line, lane);
    if (p.again == 1u) {
        if (lane == 0u) {
            shift = no_shift(of_total(total));
            shifts[line] = shift;
        }
        if (any_thread(thread, output < p.outputs && shift != 0)) {
            shift = shifts[line];
            unit = unit_of(shift);
            total = reduced(output, part, line, lane);
        }
    }
    if (lane == 0u && output < p.outputs) {
        let result = as_is(of_total(total), shift, p.divisor);
        store_y(p.y + strided_offset(output, p.kept_rank, p.kept_shape, p.kept_y) + part * p.y_part, result);
    }
}
