// y = a b, or a b + bias, for a with few rows and b with contiguous rows: a thread reads four neighbouring columns of every eighth row of b.
// A workgroup computes 128 columns of four rows, for all of k or for one of several parts of it; y then holds the sums part after part.
alias T = f32;

// Whether b is read in vectors of four along its rows.
override B_VECTOR: bool = false;
override BIAS: bool = false;

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Product;

fn load_a(i: u32) -> T { return T(a[i]); }
fn load_b(i: u32) -> T { return T(b[i >> 2u][i & 3u]); }
fn load4_b(i: u32) -> vec4<T> { return vec4<T>(b[i]); }
fn load_bias(i: u32) -> T { return T(bias[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }

// The sums of each thread for one row.
var<workgroup> shared_sums: array<vec4<T>, 256>;

fn four_of_b(at: u32, col: u32) -> vec4<T> {
    if (B_VECTOR) {
        return load4_b((at + min(col, p.n - 4u)) >> 2u);
    }
    let i = vec4<u32>(at) + four_from(col, p.n - 1u) * p.b_col;
    return vec4<T>(load_b(i.x), load_b(i.y), load_b(i.z), load_b(i.w));
}

// Adds the sums of the eight slices of k for one row, and stores the result.
fn finish(thread: u32, row: u32, col: u32, at: u32, first: bool, v: vec4<T>) {
    shared_sums[thread] = v;
    workgroupBarrier();
    if (thread < 32u && row < p.m) {
        var sum = v;
        for (var slice = 32u; slice < 256u; slice += 32u) {
            sum += shared_sums[thread + slice];
        }
        for (var j = 0u; j < 4u; j += 1u) {
            if (col + j < p.n) {
                var result = sum[j];
                if (BIAS && first) {
                    result += load_bias(p.bias + row * p.bias_row + (col + j) * p.bias_col);
                }
                store_y(at + row * p.y_row + (col + j) * p.y_col, result);
            }
        }
    }
    workgroupBarrier();
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let number = workgroup_number(group, groups);
    if (number >= p.groups) {
        return;
    }
    let block = number / p.groups_n;
    let sum = block / p.groups_m;
    let entry = sum / p.parts;
    let part = sum - entry * p.parts;
    let row = 4u * (block - sum * p.groups_m);
    let col = 128u * (number - block * p.groups_n) + 4u * (thread % 32u);
    let end = min(p.k, (part + 1u) * p.part);
    let at_b = p.b + strided_offset(entry, p.rank, p.batch, p.b_batch);
    // Rows and columns beyond the edges repeat the last one, and are not stored.
    let at_a = vec4<u32>(p.a + strided_offset(entry, p.rank, p.batch, p.a_batch)) + four_from(row, p.m - 1u) * p.a_row;
    var r0 = vec4<T>();
    var r1 = vec4<T>();
    var r2 = vec4<T>();
    var r3 = vec4<T>();
    for (var k = part * p.part + thread / 32u; k < end; k += 8u) {
        let v = four_of_b(at_b + k * p.b_row, col);
        let i = at_a + vec4<u32>(k * p.a_col);
        r0 = multiply_add(load_a(i.x), v, r0);
        if (row + 1u < p.m) {
            r1 = multiply_add(load_a(i.y), v, r1);
        }
        if (row + 2u < p.m) {
            r2 = multiply_add(load_a(i.z), v, r2);
        }
        if (row + 3u < p.m) {
            r3 = multiply_add(load_a(i.w), v, r3);
        }
    }
    let at_y = p.y + part * p.y_part + strided_offset(entry, p.rank, p.batch, p.y_batch);
    finish(thread, row, col, at_y, part == 0u, r0);
    finish(thread, row + 1u, col, at_y, part == 0u, r1);
    finish(thread, row + 2u, col, at_y, part == 0u, r2);
    finish(thread, row + 3u, col, at_y, part == 0u, r3);
}
