// The gradient of attention for its queries: with weights w[i, j] = e^(scale q[i]·k[j] - lse[i]) and the slopes of the scores
// s[i, j] = w[i, j] (g[i]·v[j] - g[i]·y[i]), dq[i] = scale Σ_j s[i, j] k[j].
// A workgroup of 16 x 16 threads takes 16 queries and walks over the keys in tiles of 16. Thread (r, c) makes slope (r, c) of a tile and
// keeps columns c, c + 16, … of query r's gradient.
alias T = f32;

struct Params {
    // Where the tensors begin, and their strides: matrix, row, column.
    @size(16) g: vec4<u32>,
    @size(16) q: vec4<u32>,
    @size(16) k: vec4<u32>,
    @size(16) v: vec4<u32>,
    y: u32,
    lse: u32,
    dq: u32,
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
@group(0) @binding(6) var<storage, read_write> dq: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_g(i: u32) -> T { return T(g[i]); }
fn load_q(i: u32) -> T { return T(q[i]); }
fn load_k(i: u32) -> T { return T(k[i]); }
fn load_v(i: u32) -> T { return T(v[i]); }
fn load_y(i: u32) -> T { return T(y[i]); }
fn load_lse(i: u32) -> T { return T(lse[i]); }
fn store_dq(i: u32, v: T) { dq[i] = v; }

// Rows of 17, so that neighbouring threads meet different banks.
var<workgroup> row_tile: array<T, 272>;
var<workgroup> column_tile: array<T, 272>;
var<workgroup> slopes: array<T, 272>;

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let matrix = group.y;
    let c = local.x;
    let r = local.y;
    let query = group.x * 16u + r;
    let inside = query < p.queries;
    let row = matrix * p.queries + query;
    var along = T(0);
    var logarithm = T(0);
    if (inside) {
        logarithm = load_lse(p.lse + row);
        for (var i = 0u; i < p.value_width; i += 1u) {
            let slope = load_g(p.g.x + matrix * p.g.y + query * p.g.z + i * p.g.w);
            along = fma(slope, load_y(p.y + row * p.value_width + i), along);
        }
    }
    var sums: array<T, 8>;
    for (var i = 0u; i < 8u; i += 1u) {
        sums[i] = T(0);
    }
    let ends = select(p.keys, min(p.keys, group.x * 16u + 16u), p.causal != 0u);
    for (var first = 0u; first < ends; first += 16u) {
        let other = first + r;
        var score = T(0);
        for (var column = 0u; column < p.width; column += 16u) {
            let at = column + c;
            var q_element = T(0);
            var k_element = T(0);
            if (at < p.width && inside) {
                q_element = load_q(p.q.x + matrix * p.q.y + query * p.q.z + at * p.q.w);
            }
            if (at < p.width && other < p.keys) {
                k_element = load_k(p.k.x + matrix * p.k.y + other * p.k.z + at * p.k.w);
            }
            row_tile[r * 17u + c] = q_element;
            column_tile[r * 17u + c] = k_element;
            workgroupBarrier();
            for (var i = 0u; i < 16u; i += 1u) {
                score = fma(row_tile[r * 17u + i], column_tile[c * 17u + i], score);
            }
            workgroupBarrier();
        }
        var gain = T(0);
        for (var column = 0u; column < p.value_width; column += 16u) {
            let at = column + c;
            var g_element = T(0);
            var v_element = T(0);
            if (at < p.value_width && inside) {
                g_element = load_g(p.g.x + matrix * p.g.y + query * p.g.z + at * p.g.w);
            }
            if (at < p.value_width && other < p.keys) {
                v_element = load_v(p.v.x + matrix * p.v.y + other * p.v.z + at * p.v.w);
            }
            row_tile[r * 17u + c] = g_element;
            column_tile[r * 17u + c] = v_element;
            workgroupBarrier();
            for (var i = 0u; i < 16u; i += 1u) {
                gain = fma(row_tile[r * 17u + i], column_tile[c * 17u + i], gain);
            }
            workgroupBarrier();
        }
        let key = first + c;
        let seen = inside && key < p.keys && (p.causal == 0u || key <= query);
        let slope = op_exp(score * p.scale - logarithm) * (gain - along) * p.scale;
        slopes[r * 17u + c] = select(T(0), slope, seen);
        workgroupBarrier();
        let tile = min(16u, p.keys - first);
        for (var s = 0u; s * 16u + c < p.width; s += 1u) {
            var sum = sums[s];
            let column = p.k.x + matrix * p.k.y + (s * 16u + c) * p.k.w;
            for (var i = 0u; i < tile; i += 1u) {
                sum = fma(slopes[r * 17u + i], load_k(column + (first + i) * p.k.z), sum);
            }
            sums[s] = sum;
        }
        workgroupBarrier();
    }
    if (inside) {
        for (var s = 0u; s * 16u + c < p.width; s += 1u) {
            store_dq(p.dq + row * p.width + s * 16u + c, sums[s]);
        }
    }
}
