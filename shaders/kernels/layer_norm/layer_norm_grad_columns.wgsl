// dw[q, i] = the sum of g[r, i] (x[r, i] - mean[r]) scale[r] over the rows r of part q, and db[q, i] that of g[r, i]: what the rows of a
// layer norm add to the gradients of weight and bias. Dense. A workgroup takes `lines` columns of one part with `lanes` threads each.
alias T = f32;

override WIDTH: u32 = 256;

struct Params {
    rows: u32,
    columns: u32,
    // Rows of a part, and parts.
    chunk: u32,
    parts: u32,
    // Their product is WIDTH, and both are powers of two.
    lines: u32,
    lanes: u32,
    // Where the inputs begin.
    g: u32,
    x: u32,
    mean: u32,
    scale: u32,
}

@group(0) @binding(0) var<storage, read> g: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read> scale: array<f32>;
@group(0) @binding(4) var<storage, read_write> dw: array<f32>;
@group(0) @binding(5) var<storage, read_write> db: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_g(i: u32) -> T { return T(g[i]); }
fn load_x(i: u32) -> T { return T(x[i]); }
fn load_mean(i: u32) -> T { return T(mean[i]); }
fn load_scale(i: u32) -> T { return T(scale[i]); }
fn store_dw(i: u32, v: T) { dw[i] = v; }
fn store_db(i: u32, v: T) { db[i] = v; }

var<workgroup> products: array<T, WIDTH>;
var<workgroup> sums: array<T, WIDTH>;

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let number = workgroup_number(group, groups);
    let part = number % p.parts;
    let column = number / p.parts * p.lines + thread % p.lines;
    let lane = thread / p.lines;

    var product = T(0);
    var sum = T(0);
    if (column < p.columns) {
        let end = min(p.rows, (part + 1u) * p.chunk);
        for (var row = part * p.chunk + lane; row < end; row += p.lanes) {
            let v = load_g(p.g + row * p.columns + column);
            let shifted = load_x(p.x + row * p.columns + column) - load_mean(p.mean + 2u * row);
            let z = (shifted - load_mean(p.mean + 2u * row + 1u)) * load_scale(p.scale + row);
            product += v * z;
            sum += v;
        }
    }
    products[thread] = product;
    sums[thread] = sum;
    for (var step = p.lanes / 2u; step > 0u; step >>= 1u) {
        workgroupBarrier();
        if (lane < step) {
            products[thread] += products[thread + step * p.lines];
            sums[thread] += sums[thread + step * p.lines];
        }
    }
    if (lane == 0u && column < p.columns && part < p.parts) {
        store_dw(part * p.columns + column, products[thread]);
        store_db(part * p.columns + column, sums[thread]);
    }
}
