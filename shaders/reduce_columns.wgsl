// y[o] = x[o, 0] + x[o, 1] + ...: a reduction whose outputs lie side by side in x: sums of columns. A thread takes four of them.
// `outputs`, `lines` and everything about x are counted in vectors of four; otherwise as in reduce.wgsl.
alias T = f32;

override WIDTH: u32 = 256;

struct Params {
    // The result of no element.
    @size(16) identity: T,
    outputs: u32,
    // Elements of an output, those of them in a part, and parts.
    count: u32,
    chunk: u32,
    parts: u32,
    // Their product is WIDTH, and both are powers of two.
    lines: u32,
    lanes: u32,
    columns: u32,
    // The elements that results are the mean of, or 0.
    divisor: u32,
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

fn elements(base: u32, i: u32) -> vec4<T> {
    var at = i * p.folded_x[0].x;
    if (p.folded_rank > 1u) {
        at = strided_offset(i, p.folded_rank, p.folded_shape, p.folded_x);
    }
    let v = load4_x(base + at);
    return vec4<T>(f(v.x), f(v.y), f(v.z), f(v.w));
}

fn join(a: vec4<T>, b: vec4<T>) -> vec4<T> {
    return vec4<T>(op_add(a.x, b.x), op_add(a.y, b.y), op_add(a.z, b.z), op_add(a.w, b.w));
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let number = workgroup_number(group, groups);
    let part = number % p.parts;
    let line = thread % p.lines;
    let lane = thread / p.lines;
    let output = number / p.parts * p.lines + line;

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
    if (lane == 0u && output < p.outputs) {
        if (p.divisor > 0u) {
            total = vec4<T>(mean_of(total.x, p.divisor), mean_of(total.y, p.divisor), mean_of(total.z, p.divisor), mean_of(total.w, p.divisor));
        }
        let at = p.y + strided_offset(output, p.kept_rank, p.kept_shape, p.kept_y) + part * p.y_part;
        store_y(at, total.x);
        store_y(at + p.y_step, total.y);
        store_y(at + 2u * p.y_step, total.z);
        store_y(at + 3u * p.y_step, total.w);
    }
}
