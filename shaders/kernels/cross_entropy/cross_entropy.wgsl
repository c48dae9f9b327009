// The loss of each row of logits for its target class: loss[r] = ln Σ e^x[r, c] - x[r, target[r]], or 0 if the target is ignored;
// and lse[r], the logarithm alone, for the gradient.
// A workgroup processes WIDTH / THREADS_PER_ROW rows. Each thread of a row computes the maximum of its elements and the sum of exponentials
// relative to it; a tree combines them.
alias T = f32;

override WIDTH: u32 = 256;
override THREADS_PER_ROW: u32 = 32;

struct Params {
    // The launch's number, for faults.
    launch: u32,
    rows: u32,
    classes: u32,
    // Offsets of the tensors, and strides of x and the target.
    x: u32,
    labels: u32,
    loss: u32,
    lse: u32,
    x_row: u32,
    x_class: u32,
    label_row: u32,
    ignore: i32,
    // Whether there is a class to ignore.
    has_ignored_class: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> lse: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_x(i: u32) -> T { return T(x[i]); }
fn load_labels(i: u32) -> i32 { return i32(labels[i]); }
fn store_loss(i: u32, v: T) { loss[i] = v; }
fn store_lse(i: u32, v: T) { lse[i] = v; }

// Threads combine the maximum of their elements, and the sum of exponentials relative to it.
alias Part = vec2<T>;

fn combine(a: Part, b: Part) -> Part {
    let larger = op_maximum(a.x, b.x);
    return vec2<T>(larger, a.y * op_exp(a.x - larger) + b.y * op_exp(b.x - larger));
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let in_row = thread % THREADS_PER_ROW;
    let row = workgroup_number(group, groups) * (WIDTH / THREADS_PER_ROW) + thread / THREADS_PER_ROW;
    var maximum = lowest();
    var sum = T(0);
    if (row < p.rows) {
        for (var c = in_row; c < p.classes; c += THREADS_PER_ROW) {
            let v = load_x(p.x + row * p.x_row + c * p.x_class);
            let larger = op_maximum(maximum, v);
            if (!(larger == maximum)) {
                sum *= op_exp(maximum - larger);
                maximum = larger;
            }
            sum += op_exp(v - maximum);
        }
    }
    let combined = reduce_row(vec2<T>(maximum, sum), thread / THREADS_PER_ROW, in_row, WIDTH / THREADS_PER_ROW, THREADS_PER_ROW);
    if (in_row == 0u && row < p.rows) {
        let total = combined.x + op_log(combined.y);
        store_lse(p.lse + row, total);
        let label = load_labels(p.labels + row * p.label_row);
        var value = T(0);
        if (p.has_ignored_class == 0u || label != p.ignore) {
            if (label < 0 || u32(label) >= p.classes) {
                raise(p.launch, u32(label), p.classes);
            } else {
                value = total - load_x(p.x + row * p.x_row + u32(label) * p.x_class);
            }
        }
        store_loss(p.loss + row, value);
    }
}
