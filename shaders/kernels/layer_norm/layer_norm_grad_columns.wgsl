// The gradients of a layer norm for weight and bias: dw[q, i] = the sum of g[r, i] (x[r, i] - mean[r]) scale[r] over the rows r of part q, and
// db[q, i] = the sum of g[r, i]. All tensors are dense.
// A workgroup processes `rows_per_group` columns of one part with `threads_per_row` threads each.
alias T = f32;

override WIDTH: u32 = 256;

struct Params {
    rows: u32,
    columns: u32,
    // Rows per part, and parts.
    chunk: u32,
    parts: u32,
    // Columns per workgroup, and threads per column: powers of two whose product is WIDTH.
    rows_per_group: u32,
    threads_per_row: u32,
    // Offsets of the inputs.
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

// Threads combine two sums.
alias Part = vec2<T>;

fn combine(a: Part, b: Part) -> Part {
    return a + b;
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let number = workgroup_number(group, groups);
    let part = number % p.parts;
    let column = number / p.parts * p.rows_per_group + thread % p.rows_per_group;
    let in_row = thread / p.rows_per_group;

    var product = T(0);
    var sum = T(0);
    if (column < p.columns) {
        let end = min(p.rows, (part + 1u) * p.chunk);
        for (var row = part * p.chunk + in_row; row < end; row += p.threads_per_row) {
            let v = load_g(p.g + row * p.columns + column);
            let shifted = load_x(p.x + row * p.columns + column) - load_mean(p.mean + 2u * row);
            let z = (shifted - load_mean(p.mean + 2u * row + 1u)) * load_scale(p.scale + row);
            product += v * z;
            sum += v;
        }
    }
    let sums = reduce_row(vec2<T>(product, sum), thread % p.rows_per_group, in_row, p.rows_per_group, p.threads_per_row);
    if (in_row == 0u && column < p.columns && part < p.parts) {
        store_dw(part * p.columns + column, sums.x);
        store_db(part * p.columns + column, sums.y);
    }
}
