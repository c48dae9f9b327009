// Lengths whose squares neither overflow nor vanish, in whatever order they are added: three sums, of the squares of small numbers scaled up, of
// those of plain ones, and of those of large ones scaled down. (Blue, "A portable Fortran program to find the Euclidean norm", 1978.)

fn length_of(x: T) -> vec3<T> {
    let a = abs(x);
    let up = a * LENGTH_UP;
    let down = a * LENGTH_DOWN;
    if (a > LENGTH_LARGE) {
        return vec3<T>(T(0), T(0), down * down);
    }
    if (a < LENGTH_SMALL) {
        return vec3<T>(up * up, T(0), T(0));
    }
    // NaN too.
    return vec3<T>(T(0), a * a, T(0));
}

fn length_sum(a: vec3<T>, b: vec3<T>) -> vec3<T> {
    return a + b;
}

// Next to a larger class the smaller ones count less than rounding, except at their common border.
fn length_result(sums: vec3<T>) -> T {
    if (is_nan(sums.x) || is_nan(sums.y) || is_nan(sums.z)) {
        return quiet_nan();
    }
    if (sums.z > T(0)) {
        return length_root(sums.z + sums.y * LENGTH_DOWN * LENGTH_DOWN) * LENGTH_UP;
    }
    if (sums.y > T(0)) {
        return length_root(sums.y + sums.x * LENGTH_DOWN * LENGTH_DOWN);
    }
    return length_root(sums.x) * LENGTH_DOWN;
}

fn length_root(square: T) -> T {
    if (is_infinite(square)) {
        return square;
    }
    return exact_root(square);
}
