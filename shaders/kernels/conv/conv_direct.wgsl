// A convolution or one of its gradients as a product of matrices that are never materialized, without shared memory: for software adapters.
//
// In every group, each of the three is y[row, col] = sum over s and i of a[row, s, i] * b[source(col, s), i]. A column is a block and a
// position within it:
//
//                        rows       columns: blocks, positions   s                  i          source in b
//     output             outputs    images, output positions     kernel positions   inputs     input,  position * stride + s * dilation - padding
//     input gradient     inputs     images, input positions      kernel positions   outputs    output, (position + padding - s * dilation) / stride
//     weight gradient    outputs    inputs, kernel positions     output positions   images     input,  s * stride + position * dilation - padding
//
// b is 0 where the source lies outside. A thread computes up to eight rows by four columns. Workgroups are numbered along the rows first, so
// that the elements of the columns stay in a cache, then along the columns, then along parts of the range of s (y then holds their sums, part
// after part), then along the groups.
alias T = f32;
alias Four = vec4<T>;

override WIDTH: u32 = 16;
override ROWS: u32 = 8;

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> p: Convolution;

fn load_a(i: u32) -> T { return T(a[i]); }
fn load_b(i: u32) -> T { return T(b[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }

fn load_b_or_zero(i: u32, inside: bool) -> T {
    if (inside) {
        return load_b(i);
    }
    return T();
}

fn store_row(row: u32, col: u32, at: u32, v: Four) {
    if (row >= p.m) {
        return;
    }
    let volume = u32(p.positions.w);
    var results = v;
    for (var j = 0u; j < 4u; j += 1u) {
        if (col + j < p.n) {
            let block = (col + j) / volume;
            store_y(at + row * p.y_row + block * p.y_block + (col + j - block * volume), results[j]);
        }
    }
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) ids: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let number = workgroup_number(id, ids);
    let block = number / p.groups_m;
    let sum = block / p.groups_n;
    let group = sum / p.parts;
    let part = sum - group * p.parts;
    let row = (number - block * p.groups_m) * ROWS;
    let col = ((block - sum * p.groups_n) * WIDTH + thread) * 4u;
    if (number >= p.groups || col >= p.n) {
        return;
    }
    // Rows and columns beyond the edges repeat the last one, and are not stored.
    let cols = min(vec4<u32>(col, col + 1u, col + 2u, col + 3u), vec4<u32>(p.n - 1u));
    let blocks = cols / u32(p.positions.w);
    let flat = vec4<i32>(cols - blocks * u32(p.positions.w));
    let x0 = point_of(flat.x, p.positions);
    let x1 = point_of(flat.y, p.positions);
    let x2 = point_of(flat.z, p.positions);
    let x3 = point_of(flat.w, p.positions);
    let base_b = p.b + group * p.b_group + blocks * p.b_block;
    var at_a: array<u32, 8>;
    for (var j = 0u; j < ROWS; j += 1u) {
        at_a[j] = p.a + group * p.a_group + min(row + j, p.m - 1u) * p.a_row;
    }
    var sums: array<Four, 8>;
    let end = min(i32((part + 1u) * p.part), p.sums.w);
    for (var s = i32(part * p.part); s < end; s += 1) {
        let point = point_of(s, p.sums);
        let sources = vec4<i32>(
            source_of_output(x0, point, p.window),
            source_of_output(x1, point, p.window),
            source_of_output(x2, point, p.window),
            source_of_output(x3, point, p.window),
        );
        let inside = sources >= vec4<i32>();
        var at_b = base_b + vec4<u32>(max(sources, vec4<i32>()));
        for (var i = 0u; i < p.inner; i += 1u) {
            let v = Four(
                load_b_or_zero(at_b.x, inside.x),
                load_b_or_zero(at_b.y, inside.y),
                load_b_or_zero(at_b.z, inside.z),
                load_b_or_zero(at_b.w, inside.w),
            );
            for (var j = 0u; j < ROWS; j += 1u) {
                sums[j] = add_source(load_a(at_a[j] + u32(s) + i * p.a_inner), v, inside, sums[j]);
            }
            at_b += p.b_inner;
        }
    }
    let at_y = p.y + part * p.y_part + group * p.y_group;
    for (var j = 0u; j < ROWS; j += 1u) {
        store_row(row + j, col, at_y, sums[j]);
    }
}
