// The gradients of attention for its keys and values: with weights w[i, j] = e^(scale q[i]·k[j] - lse[i]) and the slopes of the scores
// s[i, j] = w[i, j] (g[i]·v[j] - g[i]·y[i]), dk[j] = scale Σ_i s[i, j] q[i] and dv[j] = Σ_i w[i, j] g[i].
// A workgroup of 16 x 16 threads takes 16 keys and walks over the queries in tiles of 16. Thread (r, c) makes weight and slope of key r and
// query c of a tile and keeps columns c, c + 16, … of key r's gradients.
alias T = f32;

struct Params {
    // Where the tensors begin, and their strides: matrix, row, column.
    @size(16) g: vec4<u32>,
    @size(16) q: vec4<u32>,
    @size(16) k: vec4<u32>,
    @size(16) v: vec4<u32>,
    y: u32,
    lse: u32,
    dk: u32,
    dv: u32,
    queries: u32,
    keys: u32,
    // Columns of q and k, and of v, y and g.
    width: u32,
    value_width: u32,
    // Whether query i sees only keys up to i.
    causal: u32,
    @align(16) @size(16) scale: T,
}

@group(0) @binding(0) var<storage, read> g: array<f32>;
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> k: array<f32>;
@group(0) @binding(3) var<storage, read> v: array<f32>;
@group(0) @binding(4) var<storage, read> y: array<f32>;
@group(0) @binding(5) var<storage, read> lse: array<f32>;
@group(0) @binding(6) var<storage, read_write> dk: array<f32>;
@group(0) @binding(7) var<storage, read_write> dv: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_g(i: u32) -> T { return T(g[i]); }
fn load_q(i: u32) -> T { return T(q[i]); }
fn load_k(i: u32) -> T { return T(k[i]); }
fn load_v(i: u32) -> T { return T(v[i]); }
fn load_y(i: u32) -> T { return T(y[i]); }
fn load_lse(i: u32) -> T { return T(lse[i]); }
fn store_dk(i: u32, v: T) { dk[i] = v; }
fn store_dv(i: u32, v: T) { dv[i] = v; }

// Rows of 17, so that neighbouring threads meet different banks.
var<workgroup> key_tile: array<T, 272>;
var<workgroup> query_tile: array<T, 272>;
var<workgroup> weights: array<T, 272>;
var<workgroup> slopes: array<T, 272>;
// g·y and lse of the tile's queries.
var<workgroup> along: array<T, 16>;
var<workgroup> logarithms: array<T, 16>;

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let matrix = group.y;
    let c = local.x;
    let r = local.y;
    let key = group.x * 16u + r;
    let inside = key < p.keys;
    var key_sums: array<T, 8>;
    var value_sums: array<T, 8>;
    for (var i = 0u; i < 8u; i += 1u) {
        key_sums[i] = T(0);
        value_sums[i] = T(0);
    }
    // Earlier queries do not see these keys.
    let begins = select(0u, group.x * 16u, p.causal != 0u);
    for (var first = begins; first < p.queries; first += 16u) {
        let other = first + r;
        if (r == 0u) {
            let query = first + c;
            var sum = T(0);
            var logarithm = T(0);
            if (query < p.queries) {
                let row = matrix * p.queries + query;
                logarithm = load_lse(p.lse + row);
                for (var i = 0u; i < p.value_width; i += 1u) {
                    let slope = load_g(p.g.x + matrix * p.g.y + query * p.g.z + i * p.g.w);
                    sum = fma(slope, load_y(p.y + row * p.value_width + i), sum);
                }
            }
            along[c] = sum;
            logarithms[c] = logarithm;
        }
        var score = T(0);
        for (var column = 0u; column < p.width; column += 16u) {
            let at = column + c;
            var k_element = T(0);
            var q_element = T(0);
            if (at < p.width && inside) {
                k_element = load_k(p.k.x + matrix * p.k.y + key * p.k.z + at * p.k.w);
            }
            if (at < p.width && other < p.queries) {
                q_element = load_q(p.q.x + matrix * p.q.y + other * p.q.z + at * p.q.w);
            }
            key_tile[r * 17u + c] = k_element;
            query_tile[r * 17u + c] = q_element;
            workgroupBarrier();
            for (var i = 0u; i < 16u; i += 1u) {
                score = fma(key_tile[r * 17u + i], query_tile[c * 17u + i], score);
            }
            workgroupBarrier();
        }
        var gain = T(0);
        for (var column = 0u; column < p.value_width; column += 16u) {
            let at = column + c;
            var v_element = T(0);
            var g_element = T(0);
            if (at < p.value_width && inside) {
                v_element = load_v(p.v.x + matrix * p.v.y + key * p.v.z + at * p.v.w);
            }
            if (at < p.value_width && other < p.queries) {
                g_element = load_g(p.g.x + matrix * p.g.y + other * p.g.z + at * p.g.w);
            }
            key_tile[r * 17u + c] = v_element;
            query_tile[r * 17u + c] = g_element;
            workgroupBarrier();
            for (var i = 0u; i < 16u; i += 1u) {
                gain = fma(key_tile[r * 17u + i], query_tile[c * 17u + i], gain);
            }
            workgroupBarrier();
        }
        let query = first + c;
        let seen = inside && query < p.queries && (p.causal == 0u || key <= query);
        let weight = select(T(0), op_exp(score * p.scale - logarithms[c]), seen);
        weights[r * 17u + c] = weight;
        slopes[r * 17u + c] = weight * (gain - along[c]) * p.scale;
        workgroupBarrier();
        let tile = min(16u, p.queries - first);
        for (var s = 0u; s * 16u + c < p.width; s += 1u) {
            var sum = key_sums[s];
            let column = p.q.x + matrix * p.q.y + (s * 16u + c) * p.q.w;
            for (var i = 0u; i < tile; i += 1u) {
                sum = fma(slopes[r * 17u + i], load_q(column + (first + i) * p.q.z), sum);
            }
            key_sums[s] = sum;
        }
        for (var s = 0u; s * 16u + c < p.value_width; s += 1u) {
            var sum = value_sums[s];
            let column = p.g.x + matrix * p.g.y + (s * 16u + c) * p.g.w;
            for (var i = 0u; i < tile; i += 1u) {
                sum = fma(weights[r * 17u + i], load_g(column + (first + i) * p.g.z), sum);
            }
            value_sums[s] = sum;
        }
        workgroupBarrier();
    }
    if (inside) {
        let row = matrix * p.keys + key;
        for (var s = 0u; s * 16u + c < p.width; s += 1u) {
            store_dk(p.dk + row * p.width + s * 16u + c, key_sums[s]);
        }
        for (var s = 0u; s * 16u + c < p.value_width; s += 1u) {
            store_dv(p.dv + row * p.value_width + s * 16u + c, value_sums[s]);
        }
    }
}
