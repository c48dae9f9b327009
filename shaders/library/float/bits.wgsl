// Signs, and the numbers that WGSL has no literal for.

fn op_copysign(x: T, y: T) -> T {
    return copy_sign(x, y);
}

// The variable keeps compilers from folding what they refuse as a constant.
fn infinity() -> T {
    var bits = 0x7f800000u;
    return T(bitcast<f32>(bits));
}

fn quiet_nan() -> T {
    var bits = 0x7fc00000u;
    return T(bitcast<f32>(bits));
}
