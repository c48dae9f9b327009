// Where convolutions read: points of space as depth, height and width, and which point belongs to which.

struct Window {
    // Sizes of the space that is read.
    source: vec4<i32>,
    stride: vec4<i32>,
    padding: vec4<i32>,
    dilation: vec4<i32>,
}

// Point `i` of a space in row-major order.
fn point_of(i: i32, space: vec4<i32>) -> vec3<i32> {
    let line = i / space.z;
    let plane = line / space.y;
    return vec3<i32>(plane, line - plane * space.y, i - line * space.z);
}

// The point's place in the space that is read, or -1 outside of it.
fn place_in_source(point: vec3<i32>, w: Window) -> i32 {
    if (all(point >= vec3<i32>()) && all(point < w.source.xyz)) {
        return (point.x * w.source.y + point.y) * w.source.z + point.z;
    }
    return -1;
}

// What an output reads of the input through a tap.
fn source_of_output(output: vec3<i32>, tap: vec3<i32>, w: Window) -> i32 {
    return place_in_source(output * w.stride.xyz + tap * w.dilation.xyz - w.padding.xyz, w);
}

// The output that reads an input through a tap.
fn source_of_input(input: vec3<i32>, tap: vec3<i32>, w: Window) -> i32 {
    let reach = input + w.padding.xyz - tap * w.dilation.xyz;
    let output = reach / w.stride.xyz;
    if (any(output * w.stride.xyz != reach)) {
        return -1;
    }
    return place_in_source(output, w);
}

// What a tap reads of the input for an output.
fn source_of_tap(tap: vec3<i32>, output: vec3<i32>, w: Window) -> i32 {
    return source_of_output(output, tap, w);
}
