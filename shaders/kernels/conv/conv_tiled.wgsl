// A convolution or one of its gradients as a product of matrices that exist only in shared memory (library/shared/tile.wgsl). conv_direct.wgsl
// defines the rows, columns and sums of the product for each kind; here s and i form one sum of length k, in which s varies fastest.
//
// A workgroup computes one tile of one group, for all of k or for one of several parts of it; y then holds the sums part after part.
alias T = f32;

// Whether the result is written in vectors of four.
override Y_VECTOR: bool = false;

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;
@group(1) @binding(0) var<uniform> p: Convolution;

fn load_a(i: u32) -> T { return T(a[i]); }
fn load_b(i: u32) -> T { return T(b[i]); }
fn store_y(i: u32, v: T) { y[i >> 2u][i & 3u] = v; }
fn store4_y(i: u32, v: vec4<T>) { y[i] = v; }

// Four slices of a from `k` on, for four rows. Rows beyond the last repeat it, and are not stored.
fn block_of_a(at: u32, row: u32, k: u32) -> Block {
    let rows = vec4<u32>(at) + four_from(row, p.m - 1u) * p.a_row;
    return Block(slice_of_a(rows, k), slice_of_a(rows, k + 1u), slice_of_a(rows, k + 2u), slice_of_a(rows, k + 3u));
}

fn slice_of_a(rows: vec4<u32>, k: u32) -> vec4<T> {
    if (k >= p.k) {
        return vec4<T>();
    }
    let length = u32(p.sums.w);
    let inner = k / length;
    let at = rows + vec4<u32>(inner * p.a_inner + k - inner * length);
    return vec4<T>(load_a(at.x), load_a(at.y), load_a(at.z), load_a(at.w));
}

// The same for four columns of b.
fn block_of_b(at: u32, col: u32, k: u32) -> Block {
    let cols = four_from(col, p.n - 1u);
    let blocks = cols / u32(p.positions.w);
    let flat = vec4<i32>(cols - blocks * u32(p.positions.w));
    let starts = vec4<u32>(at) + blocks * p.b_block;
    let columns = FourColumns(starts, point_of(flat.x, p.positions), point_of(flat.y, p.positions), point_of(flat.z, p.positions), point_of(flat.w, p.positions));
    return Block(slice_of_b(columns, k), slice_of_b(columns, k + 1u), slice_of_b(columns, k + 2u), slice_of_b(columns, k + 3u));
}

// The offsets of four columns, and their coordinates.
struct FourColumns {
    starts: vec4<u32>,
    x0: vec3<i32>,
    x1: vec3<i32>,
    x2: vec3<i32>,
    x3: vec3<i32>,
}

fn slice_of_b(columns: FourColumns, k: u32) -> vec4<T> {
    if (k >= p.k) {
        return vec4<T>();
    }
    let length = u32(p.sums.w);
    let inner = k / length;
    let point = point_of(i32(k - inner * length), p.sums);
    let starts = columns.starts + vec4<u32>(inner * p.b_inner);
    return vec4<T>(
        source_element(starts.x, columns.x0, point),
        source_element(starts.y, columns.x1, point),
        source_element(starts.z, columns.x2, point),
        source_element(starts.w, columns.x3, point),
    );
}

fn source_element(start: u32, position: vec3<i32>, point: vec3<i32>) -> T {
    let source = source_of_output(position, point, p.window);
    if (source < 0) {
        return T();
    }
    return load_b(start + u32(source));
}

fn store_four(at: u32, row: u32, col: u32, v: vec4<T>) {
    if (row >= p.m || col >= p.n) {
        return;
    }
    let volume = u32(p.positions.w);
    let to = at + row * p.y_row;
    if (Y_VECTOR) {
        let block = col / volume;
        store4_y((to + block * p.y_block + (col - block * volume)) >> 2u, v);
        return;
    }
    for (var j = 0u; j < min(4u, p.n - col); j += 1u) {
        let block = (col + j) / volume;
        store_y(to + block * p.y_block + (col + j - block * volume), v[j]);
    }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) ids: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let number = workgroup_number(id, ids);
    if (number >= p.groups) {
        return;
    }
    let sum = number / (p.groups_m * p.groups_n);
    let tile = TILE * tile_of(number - sum * (p.groups_m * p.groups_n), p.groups_m, p.groups_n);
    let group = sum / p.parts;
    let part = sum - group * p.parts;
    let start = part * p.part;
    let end = min(p.k, start + p.part);
    let at_a = p.a + group * p.a_group;
    let at_b = p.b + group * p.b_group;

    // The block that this thread loads: the lower half of the threads loads a, neighbouring threads along k; the upper half loads b,
    // neighbouring threads along the columns.
    let of_b = thread >= TILE * DEPTH / 16u;
    let block = thread & (TILE * DEPTH / 16u - 1u);
    let four = select(block & (DEPTH / 4u - 1u), block / (TILE / 4u), of_b);
    let vector = select(block / (DEPTH / 4u), block & (TILE / 4u - 1u), of_b);
    let loads = thread < TILE * DEPTH / 8u;

    let vectors = vectors_of_thread(thread);
    let row = tile.x + 4u * vectors.x;
    let col = tile.y + 4u * vectors.y;
    var sums = Sums();
    var held: Block;
    var buffer = 0u;
    for (var k = start; k < end + DEPTH; k += DEPTH) {
        // The loaded block is stored after the product of the previous step, which hides the latency of the load.
        let more = k < end;
        if (more && loads) {
            if (of_b) {
                held = block_of_b(at_b, tile.y + 4u * vector, k + 4u * four);
            } else {
                held = block_of_a(at_a, tile.x + 4u * vector, k + 4u * four);
            }
        }
        if (k > start) {
            sums = add_product(sums, buffer, vectors);
            buffer = (buffer + 1u) & (BUFFERS - 1u);
            if (BUFFERS == 1u) {
                workgroupBarrier();
            }
        }
        if (more && loads) {
            put_block(held, tile_start(buffer, u32(of_b)), four, vector);
        }
        workgroupBarrier();
    }
    let at_y = p.y + part * p.y_part + group * p.y_group;
    store_four(at_y, row, col, sums.p0);
    store_four(at_y, row + 1u, col, sums.p1);
    store_four(at_y, row + 2u, col, sums.p2);
    store_four(at_y, row + 3u, col, sums.p3);
    if (TILE == 128u) {
        store_four(at_y, row, col + 64u, sums.q0);
        store_four(at_y, row + 1u, col + 64u, sums.q1);
        store_four(at_y, row + 2u, col + 64u, sums.q2);
        store_four(at_y, row + 3u, col + 64u, sums.q3);
        store_four(at_y, row + 64u, col, sums.r0);
        store_four(at_y, row + 65u, col, sums.r1);
        store_four(at_y, row + 66u, col, sums.r2);
        store_four(at_y, row + 67u, col, sums.r3);
        store_four(at_y, row + 64u, col + 64u, sums.s0);
        store_four(at_y, row + 65u, col + 64u, sums.s1);
        store_four(at_y, row + 66u, col + 64u, sums.s2);
        store_four(at_y, row + 67u, col + 64u, sums.s3);
    }
}
