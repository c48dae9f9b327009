// A step of an optimizer on a parameter and up to three states, in place: (p, s0, s1, s2) = f((p, s0, s1, s2), gradient).
// All tensors are dense. One thread per element. The formula and its numbers are those of `library/float/optimizer.wgsl`.
alias T = f32;

override WIDTH: u32 = 256;
// The number of states. The others are neither read nor written.
override STATES: u32 = 3;

struct Params {
    numbers: AdamNumbers,
    // Offsets of the parameter and the states.
    start: vec4<u32>,
    // Number of elements, and offset of the gradient.
    count: u32,
    grad: u32,
}

@group(0) @binding(0) var<storage, read> grad: array<f32>;
@group(0) @binding(1) var<storage, read_write> param: array<f32>;
@group(0) @binding(2) var<storage, read_write> s0: array<f32>;
@group(0) @binding(3) var<storage, read_write> s1: array<f32>;
@group(0) @binding(4) var<storage, read_write> s2: array<f32>;
@group(1) @binding(0) var<uniform> p: Params;

fn load_grad(i: u32) -> T { return T(grad[i]); }
fn load_param(i: u32) -> T { return T(param[i]); }
fn store_param(i: u32, v: T) { param[i] = v; }
fn load_s0(i: u32) -> T { return T(s0[i]); }
fn store_s0(i: u32, v: T) { s0[i] = v; }
fn load_s1(i: u32) -> T { return T(s1[i]); }
fn store_s1(i: u32, v: T) { s1[i] = v; }
fn load_s2(i: u32) -> T { return T(s2[i]); }
fn store_s2(i: u32, v: T) { s2[i] = v; }

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
    let i = workgroup_number(group, groups) * WIDTH + thread;
    if (i < p.count) {
        var now = vec4<T>(load_param(p.start.x + i), T(0), T(0), T(0));
        if (STATES > 0u) {
            now.y = load_s0(p.start.y + i);
        }
        if (STATES > 1u) {
            now.z = load_s1(p.start.z + i);
        }
        if (STATES > 2u) {
            now.w = load_s2(p.start.w + i);
        }
        let next = step_amsgrad(now, load_grad(p.grad + i), p.numbers);
        store_param(p.start.x + i, next.x);
        if (STATES > 0u) {
            store_s0(p.start.y + i, next.y);
        }
        if (STATES > 1u) {
            store_s1(p.start.z + i, next.z);
        }
        if (STATES > 2u) {
            store_s2(p.start.w + i, next.w);
        }
    }
}
