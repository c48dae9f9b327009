// Unsigned numbers and booleans as int64 in two words.

fn of_count(n: u32) -> T {
    return T(n, 0u);
}

fn of_bool(x: bool) -> T {
    return T(u32(x), 0u);
}
