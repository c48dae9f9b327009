// Coordinates in convolutions, as depth, height and width, and the elements that contribute to each other.

struct Window {
    // Size of the tensor that is read.
    source: vec4<i32>,
    stride: vec4<i32>,
    padding: vec4<i32>,
    dilation: vec4<i32>,
}

// Coordinates of element `i` in row-major order of a space.
fn point_of(i: i32, space: vec4<i32>) -> vec3<i32> {
    let row = i / space.z;
    let plane = row / space.y;
    return vec3<i32>(plane, row - plane * space.y, i - row * space.z);
}

// Index of the point in the tensor that is read, or -1 outside of it.
fn index_in_source(point: vec3<i32>, w: Window) -> i32 {
    if (all(point >= vec3<i32>()) && all(point < w.source.xyz)) {
        return (point.x * w.source.y + point.y) * w.source.z + point.z;
    }
    return -1;
}

// Index of the input element that an output reads at a kernel position, or -1.
fn source_of_output(output: vec3<i32>, kernel: vec3<i32>, w: Window) -> i32 {
    return index_in_source(output * w.stride.xyz + kernel * w.dilation.xyz - w.padding.xyz, w);
}

// Index of the output element that reads an input at a kernel position, or -1.
fn source_of_input(input: vec3<i32>, kernel: vec3<i32>, w: Window) -> i32 {
    let origin = input + w.padding.xyz - kernel * w.dilation.xyz;
    let output = origin / w.stride.xyz;
    if (any(output * w.stride.xyz != origin)) {
        return -1;
    }
    return index_in_source(output, w);
}

// Index of the input element that a kernel position reads for an output, or -1.
fn source_of_kernel(kernel: vec3<i32>, output: vec3<i32>, w: Window) -> i32 {
    return source_of_output(output, kernel, w);
}
