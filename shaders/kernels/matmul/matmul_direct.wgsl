// y = a b, or a b + bias in every row, for a: [.., m, k] and b: [.., k, n] with any strides, without shared memory: for software adapters, whose
// caches serve as well, and for small products. A thread computes up to eight rows by four columns. A workgroup has ACROSS threads along the
// columns and WIDTH / ACROSS along the rows. Workgroups are numbered along the rows first, so that columns of b stay in a cache, then along
// the columns, then along the batch.
alias T = f32;
alias Four = vec4<T>;

override WIDTH: u32 = 16;
override ACROSS: u32 = 16;
override ROWS: u32 = 8;
override BIAS: bool = false;
// Whether b is read in vectors along its rows, which are contiguous and begin at multiples of four.
override B_VECTOR: bool = false;

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Product;

fn load_a(i: u32) -> T { return T(a[i]); }
fn load_b(i: u32) -> T { return T(b[i >> 2u][i & 3u]); }
fn load4_b(i: u32) -> Four { return Four(b[i]); }
fn load_bias(i: u32) -> T { return T(bias[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }

// Row i of b at four columns.
fn columns_of_b(at: u32, cols: vec4<u32>) -> Four {
    if (B_VECTOR) {
        return load4_b((at + cols.x) >> 2u);
    }
    return Four(load_b(at + cols.x), load_b(at + cols.y), load_b(at + cols.z), load_b(at + cols.w));
}

fn store_row(row: u32, col: u32, at: u32, v: Four) {
    if (row >= p.m) {
        return;
    }
    let to = at + row * p.y_row;
    var results = v;
    for (var j = 0u; j < 4u; j += 1u) {
        if (col + j < p.n) {
            var result = results[j];
            if (BIAS) {
                result = op_add(result, load_bias(p.bias + row * p.bias_row + (col + j) * p.bias_col));
            }
            store_y(to + (col + j) * p.y_col, result);
        }
    }
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let number = workgroup_number(group, groups);
    let block = number / p.groups_m;
    let entry = block / p.groups_n;
    // With one row of threads, all threads compute the same rows, which drivers can exploit.
    let thread_row = select(thread / ACROSS, 0u, ACROSS == WIDTH);
    let row = ((number - block * p.groups_m) * (WIDTH / ACROSS) + thread_row) * ROWS;
    let col = ((block - entry * p.groups_n) * ACROSS + thread % ACROSS) * 4u;
    if (number >= p.groups || col >= p.n) {
        return;
    }
    // Rows and columns beyond the edges repeat the last one, and are not stored.
    let cols = min(vec4<u32>(col, col + 1u, col + 2u, col + 3u), vec4<u32>(p.n - 1u)) * select(p.b_col, 1u, B_VECTOR);
    var at_b = p.b + strided_offset(entry, p.rank, p.batch, p.b_batch);
    let start_a = p.a + strided_offset(entry, p.rank, p.batch, p.a_batch);
    var sums: array<Four, 8>;
    var at_a: array<u32, 8>;
    for (var j = 0u; j < ROWS; j += 1u) {
        at_a[j] = start_a + min(row + j, p.m - 1u) * p.a_row;
    }
    for (var i = 0u; i < p.k; i += 1u) {
        let r = columns_of_b(at_b, cols);
        for (var j = 0u; j < ROWS; j += 1u) {
            sums[j] = multiply_add(load_a(at_a[j] + i * p.a_col), r, sums[j]);
        }
        at_b += p.b_row;
    }
    let at_y = p.y + strided_offset(entry, p.rank, p.batch, p.y_batch);
    for (var j = 0u; j < ROWS; j += 1u) {
        store_row(row + j, col, at_y, sums[j]);
    }
}
