// Signs, and the numbers that WGSL has no literal for.

fn op_copysign(x: T, y: T) -> T {
    return copy_sign(x, y);
}

// Written with a variable, because compilers reject infinity and NaN as constants.
fn infinity() -> T {
    var bits = 0x7f800000u;
    return T(bitcast<f32>(bits));
}

fn quiet_nan() -> T {
    var bits = 0x7fc00000u;
    return T(bitcast<f32>(bits));
}
