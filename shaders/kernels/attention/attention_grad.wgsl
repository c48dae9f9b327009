// The gradients of attention: with weights w[i, j] = e^(scale q[i]·k[j] - lse[i]) and the slopes of the scores
// s[i, j] = w[i, j] (g[i]·v[j] - g[i]·y[i]), dq[i] = scale Σ_j s[i, j] k[j], dk[j] = scale Σ_i s[i, j] q[i] and dv[j] = Σ_i w[i, j] g[i].
// For dq, a workgroup of 16 x 16 threads processes 16 queries and iterates over the keys in tiles of 16; for dk and dv, it processes 16 keys and
// iterates over the queries. Thread (r, c) computes weight and slope of row r with row c of a tile, and columns c, c + 16, … of row r's gradients.
alias T = f32;

// Whether rows are keys rather than queries.
override KEYS: bool = false;

struct Params {
    // Offset and strides of each tensor: matrix, row, column.
    g: vec4<u32>,
    q: vec4<u32>,
    k: vec4<u32>,
    v: vec4<u32>,
    // Offsets of the dense tensors. `dx` is the gradient of the queries or of the keys.
    y: u32,
    lse: u32,
    dx: u32,
    dv: u32,
    queries: u32,
    keys: u32,
    // Columns of q and k, and of v, y and g.
    width: u32,
    value_width: u32,
    // Whether query i attends only to keys up to i.
    causal: u32,
    scale: T,
}

@group(0) @binding(0) var<storage, read> g: array<f32>;
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> k: array<f32>;
@group(0) @binding(3) var<storage, read> v: array<f32>;
@group(0) @binding(4) var<storage, read> y: array<f32>;
@group(0) @binding(5) var<storage, read> lse: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;
@group(0) @binding(7) var<storage, read_write> dv: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_g(i: u32) -> T { return T(g[i]); }
fn load_q(i: u32) -> T { return T(q[i]); }
fn load_k(i: u32) -> T { return T(k[i]); }
fn load_v(i: u32) -> T { return T(v[i]); }
fn load_y(i: u32) -> T { return T(y[i]); }
fn load_lse(i: u32) -> T { return T(lse[i]); }
fn store_dx(i: u32, v: T) { dx[i] = v; }
fn store_dv(i: u32, v: T) { dv[i] = v; }

var<workgroup> weights: array<T, 272>;
var<workgroup> slopes: array<T, 272>;
// g·y and lse of a tile's queries.
var<workgroup> tile_statistics: array<vec2<T>, 16>;

// Elements of the inputs, 0 beyond the last row and column.

fn of_q(matrix: u32, row: u32, column: u32) -> T {
    if (row < p.queries && column < p.width) {
        return load_q(p.q.x + matrix * p.q.y + row * p.q.z + column * p.q.w);
    }
    return T(0);
}

fn of_k(matrix: u32, row: u32, column: u32) -> T {
    if (row < p.keys && column < p.width) {
        return load_k(p.k.x + matrix * p.k.y + row * p.k.z + column * p.k.w);
    }
    return T(0);
}

fn of_g(matrix: u32, row: u32, column: u32) -> T {
    if (row < p.queries && column < p.value_width) {
        return load_g(p.g.x + matrix * p.g.y + row * p.g.z + column * p.g.w);
    }
    return T(0);
}

fn of_v(matrix: u32, row: u32, column: u32) -> T {
    if (row < p.keys && column < p.value_width) {
        return load_v(p.v.x + matrix * p.v.y + row * p.v.z + column * p.v.w);
    }
    return T(0);
}

// g·y and lse of a query.
fn statistics(matrix: u32, query: u32) -> vec2<T> {
    if (query >= p.queries) {
        return vec2<T>();
    }
    let row = matrix * p.queries + query;
    var along = T(0);
    for (var i = 0u; i < p.value_width; i += 1u) {
        let slope = load_g(p.g.x + matrix * p.g.y + query * p.g.z + i * p.g.w);
        along = fma(slope, load_y(p.y + row * p.value_width + i), along);
    }
    return vec2<T>(along, load_lse(p.lse + row));
}

fn load_other(i: u32) -> T {
    if (KEYS) {
        return load_q(i);
    }
    return load_k(i);
}

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let matrix = group.y;
    let c = local.x;
    let r = local.y;
    let own = group.x * 16u + r;
    var begin = 0u;
    var end = p.queries;
    var inside = own < p.keys;
    var own_statistics = vec2<T>();
    if (KEYS) {
        // Earlier queries do not attend to these keys.
        begin = select(0u, group.x * 16u, p.causal != 0u);
    } else {
        end = select(p.keys, min(p.keys, group.x * 16u + 16u), p.causal != 0u);
        inside = own < p.queries;
        own_statistics = statistics(matrix, own);
    }
    let others = select(p.keys, p.queries, KEYS);
    var sums: array<T, 8>;
    var value_sums: array<T, 8>;
    for (var i = 0u; i < 8u; i += 1u) {
        sums[i] = T(0);
        value_sums[i] = T(0);
    }
    for (var first = begin; first < end; first += 16u) {
        if (KEYS && r == 0u) {
            tile_statistics[c] = statistics(matrix, first + c);
        }
        var score = T(0);
        for (var column = 0u; column < p.width; column += 16u) {
            if (KEYS) {
                score = add_tile_product(of_k(matrix, own, column + c), of_q(matrix, first + r, column + c), score, r, c);
            } else {
                score = add_tile_product(of_q(matrix, own, column + c), of_k(matrix, first + r, column + c), score, r, c);
            }
        }
        var gain = T(0);
        for (var column = 0u; column < p.value_width; column += 16u) {
            if (KEYS) {
                gain = add_tile_product(of_v(matrix, own, column + c), of_g(matrix, first + r, column + c), gain, r, c);
            } else {
                gain = add_tile_product(of_g(matrix, own, column + c), of_v(matrix, first + r, column + c), gain, r, c);
            }
        }
        let other = first + c;
        var attended = inside && other < others && (p.causal == 0u || other <= own);
        var of_query = own_statistics;
        if (KEYS) {
            attended = inside && other < others && (p.causal == 0u || own <= other);
            of_query = tile_statistics[c];
        }
        let weight = select(T(0), op_exp(score * p.scale - of_query.y), attended);
        weights[r * 17u + c] = weight;
        slopes[r * 17u + c] = select(T(0), weight * (gain - of_query.x) * p.scale, attended);
        workgroupBarrier();
        let tile = min(16u, others - first);
        let other_strides = select(p.k, p.q, KEYS);
        for (var s = 0u; s * 16u + c < p.width; s += 1u) {
            var sum = sums[s];
            let column = other_strides.x + matrix * other_strides.y + (s * 16u + c) * other_strides.w;
            for (var i = 0u; i < tile; i += 1u) {
                sum = fma(slopes[r * 17u + i], load_other(column + (first + i) * other_strides.z), sum);
            }
            sums[s] = sum;
        }
        if (KEYS) {
            for (var s = 0u; s * 16u + c < p.value_width; s += 1u) {
                var sum = value_sums[s];
                let column = p.g.x + matrix * p.g.y + (s * 16u + c) * p.g.w;
                for (var i = 0u; i < tile; i += 1u) {
                    sum = fma(weights[r * 17u + i], load_g(column + (first + i) * p.g.z), sum);
                }
                value_sums[s] = sum;
            }
        }
        workgroupBarrier();
    }
    if (inside) {
        let row = matrix * select(p.queries, p.keys, KEYS) + own;
        for (var s = 0u; s * 16u + c < p.width; s += 1u) {
            store_dx(p.dx + row * p.width + s * 16u + c, sums[s]);
        }
        if (KEYS) {
            for (var s = 0u; s * 16u + c < p.value_width; s += 1u) {
                store_dv(p.dv + row * p.value_width + s * 16u + c, value_sums[s]);
            }
        }
    }
}
