// Attention: y[i] = Σ_j softmax_j(scale q[i]·k[j]) v[j], for each matrix of a batch; and lse[i], the logarithm of the softmax's divisor.
// A workgroup of 16 x 16 threads processes 16 queries and iterates over the keys in tiles of 16. For each query it keeps the running maximum,
// the sum of exponentials relative to it, and the weighted sum of values, so that the matrix of scores is never in memory. Thread (r, c)
// computes score (r, c) of a tile, and columns c, c + 16, … of the result of query r.
alias T = f32;

struct Params {
    // Offset and strides of each tensor: matrix, row, column.
    q: vec4<u32>,
    k: vec4<u32>,
    v: vec4<u32>,
    y: u32,
    lse: u32,
    queries: u32,
    keys: u32,
    // Columns of q and k, and of v and y.
    width: u32,
    value_width: u32,
    // Whether query i attends only to keys up to i.
    causal: u32,
    scale: T,
}

@group(0) @binding(0) var<storage, read> q: array<f32>;
@group(0) @binding(1) var<storage, read> k: array<f32>;
@group(0) @binding(2) var<storage, read> v: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> lse: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_q(i: u32) -> T { return T(q[i]); }
fn load_k(i: u32) -> T { return T(k[i]); }
fn load_v(i: u32) -> T { return T(v[i]); }
fn store_y(i: u32, v: T) { y[i] = v; }
fn store_lse(i: u32, v: T) { lse[i] = v; }

// Rows have a stride of 17 to avoid bank conflicts.
var<workgroup> weights: array<T, 272>;

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
    let matrix = group.y;
    let c = local.x;
    let r = local.y;
    let query = group.x * 16u + r;
    var maximum = lowest();
    var total = T(0);
    var sums: array<T, 8>;
    for (var i = 0u; i < 8u; i += 1u) {
        sums[i] = T(0);
    }
    let end = select(p.keys, min(p.keys, group.x * 16u + 16u), p.causal != 0u);
    for (var first = 0u; first < end; first += 16u) {
        // The scores of this tile, 16 columns of q and k at a time.
        var score = T(0);
        for (var column = 0u; column < p.width; column += 16u) {
            let at = column + c;
            var q_element = T(0);
            var k_element = T(0);
            if (at < p.width && query < p.queries) {
                q_element = load_q(p.q.x + matrix * p.q.y + query * p.q.z + at * p.q.w);
            }
            if (at < p.width && first + r < p.keys) {
                k_element = load_k(p.k.x + matrix * p.k.y + (first + r) * p.k.z + at * p.k.w);
            }
            score = add_tile_product(q_element, k_element, score, r, c);
        }
        let key = first + c;
        let attended = key < p.keys && (p.causal == 0u || key <= query);
        let scaled_score = score * p.scale;
        weights[r * 17u + c] = select(lowest(), scaled_score, attended);
        workgroupBarrier();
        // Every thread of a row computes the row's maximum itself: sixteen reads cost less than a tree with barriers.
        var new_maximum = maximum;
        for (var i = 0u; i < 16u; i += 1u) {
            new_maximum = op_maximum(new_maximum, weights[r * 17u + i]);
        }
        let correction = op_exp(maximum - new_maximum);
        let weight = select(T(0), op_exp(scaled_score - new_maximum), attended);
        workgroupBarrier();
        weights[r * 17u + c] = weight;
        workgroupBarrier();
        maximum = new_maximum;
        total *= correction;
        for (var i = 0u; i < 16u; i += 1u) {
            total += weights[r * 17u + i];
        }
        let tile = min(16u, p.keys - first);
        for (var s = 0u; s * 16u + c < p.value_width; s += 1u) {
            var sum = sums[s] * correction;
            let column = p.v.x + matrix * p.v.y + (s * 16u + c) * p.v.w;
            for (var i = 0u; i < tile; i += 1u) {
                sum = fma(weights[r * 17u + i], load_v(column + (first + i) * p.v.z), sum);
            }
            sums[s] = sum;
        }
        workgroupBarrier();
    }
    if (query < p.queries) {
        let row = matrix * p.queries + query;
        for (var s = 0u; s * 16u + c < p.value_width; s += 1u) {
            store_y(p.y + row * p.value_width + s * 16u + c, sums[s] / total);
        }
        if (c == 0u) {
            store_lse(p.lse + row, maximum + op_log(total));
        }
    }
}
